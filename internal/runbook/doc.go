// SPDX-License-Identifier: Apache-2.0

// Package runbook is the state machine of a migration and the engine that plans, gates and runs its phases and resumes them after a
// crash. It knows nothing of any phase: what a step does is in internal/phases, what a message says in commands.
package runbook
