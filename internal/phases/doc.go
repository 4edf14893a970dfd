// SPDX-License-Identifier: Apache-2.0

// Package phases is what each phase of the runbook plans, checks and does, one file for each, built on the packages for the source,
// the target and AWS DMS. It says what happened as data; the words are in commands.
package phases
