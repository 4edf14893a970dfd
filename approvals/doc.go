// SPDX-License-Identifier: Apache-2.0

// Package approvals is the rule of the two people: pure decisions from a stored request, facts about the people, and a given time.
// It reads nothing and keeps nothing; whoever calls it commits what it decides, or decides afresh when another was first.
package approvals
