// SPDX-License-Identifier: Apache-2.0

package store

import (
	"cmp"
	"fmt"
	"slices"
)

// ChainError tells where a chain of audit entries is not what was written.
type ChainError struct {
	// Seq is the entry, To the last where it is several; What says what is wrong with it, in words.
	Seq, To int64
	What    string
}

func (e *ChainError) Error() string {
	if e.To > e.Seq {
		return fmt.Sprintf("audit entries %d to %d: %s", e.Seq, e.To, e.What)
	}
	return fmt.Sprintf("audit entry %d: %s", e.Seq, e.What)
}

// VerifyChain looks whether entries, oldest first, are a chain: each with the hash of its own content, each naming the hash before it,
// none missing, none out of order. They may begin with any entry; whether the first fits what is before it and the last is the chain's
// end is not seen from them alone. Error: *ChainError, of the first that is wrong.
func VerifyChain(entries []AuditEntry) error {
	if wrong := ChainErrors(entries); len(wrong) > 0 {
		return wrong[0]
	}
	return nil
}

// ChainErrors is everything that is wrong with a chain, in the order of the entries.
func ChainErrors(entries []AuditEntry) []*ChainError {
	var wrong []*ChainError
	add := func(seq int64, format string, args ...any) {
		wrong = append(wrong, &ChainError{Seq: seq, What: fmt.Sprintf(format, args...)})
	}
	there := map[int64]bool{}
	for _, e := range entries {
		there[e.Seq] = true
	}
	seen := map[int64]bool{}
	for i, e := range entries {
		changed := false
		switch sum, ok := e.lineSum(); {
		case !ok:
			changed = true
			add(e.Seq, "changed: it is not written as Ferryman writes entries")
		case sum != e.Hash:
			changed = true
			add(e.Seq, "changed: its content does not have its hash")
		case e.Seq < 1:
			changed = true
			add(e.Seq, "has no number")
		}
		switch {
		case seen[e.Seq]:
			add(e.Seq, "there twice")
			continue
		case i == 0 && e.Seq == 1 && e.Prev != "" && !changed:
			add(e.Seq, "cut or rewritten: it is the first and names one before it")
		case i > 0 && e.Seq == entries[i-1].Seq+1:
			if e.Prev != entries[i-1].Hash && !changed {
				add(e.Seq, "does not follow: it names another entry before it than the one that is there. Entry %d was rewritten, or the chain from %d on", entries[i-1].Seq, e.Seq)
			}
		case i > 0 && e.Seq < entries[i-1].Seq:
			add(e.Seq, "out of order: it stands after entry %d", entries[i-1].Seq)
		case i > 0:
			for from := entries[i-1].Seq + 1; from < e.Seq; from++ {
				if there[from] {
					continue // out of order, which is said where it stands
				}
				to := from
				for to+1 < e.Seq && !there[to+1] {
					if to++; to-from > maxHole {
						to = e.Seq - 1
					}
				}
				wrong = append(wrong, &ChainError{Seq: from, To: to, What: "missing"})
				from = to
			}
		}
		seen[e.Seq] = true
	}
	slices.SortStableFunc(wrong, func(a, b *ChainError) int { return cmp.Compare(a.Seq, b.Seq) })
	return wrong
}

// maxHole is the width of a hole from which it is not looked through for what stands elsewhere: numbers are as great as somebody cares to
// write.
const maxHole = 10000
