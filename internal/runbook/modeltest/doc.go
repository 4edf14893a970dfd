// SPDX-License-Identifier: Apache-2.0

// Package modeltest holds the tests that throw people, crashes and lost machines at the two-person rule: random sequences judged by a
// model of their own, and a storm of clicks. It has no code but tests.
package modeltest
