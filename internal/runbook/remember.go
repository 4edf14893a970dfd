// SPDX-License-Identifier: Apache-2.0

package runbook

import (
	"errors"
	"fmt"
)

// ErrForked is wrapped by what Hands.Remember returns where the target has another audit chain than the one that it was to continue.
var ErrForked = errors.New("the target remembers another audit chain")

// ForgotError tells that the target knows more of a migration than Redis, or other things: Redis was wiped or set back to an earlier
// copy, or somebody wrote to one of the two. Nothing is run until the migration is adopted again.
type ForgotError struct {
	Migration string
	// Seq is the last entry of the audit chain in Redis, TargetSeq the last on the target.
	Seq, TargetSeq int64
}

func (e *ForgotError) Error() string {
	if e.TargetSeq > e.Seq {
		return fmt.Sprintf("the target remembers %d audit entries of %s and Redis %d: Redis was wiped or set back to an earlier copy; ferryman adopt %s goes on from what the target remembers",
			e.TargetSeq, e.Migration, e.Seq, e.Migration)
	}
	return fmt.Sprintf("the audit chain of %s on the target is another than the one in Redis: one of them was set back or rewritten; see ferryman audit verify %s",
		e.Migration, e.Migration)
}
