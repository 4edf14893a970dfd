// SPDX-License-Identifier: Apache-2.0

package adopt

import (
	"context"

	"github.com/ferryman/ferryman/store"
)

// Behind tells whether Redis knows less of a migration than its target, or other things. The two are the last entries of both chains. A
// target that can't be asked is an error.
func (a *Adopter) Behind(ctx context.Context, name string) (behind bool, seq, targetSeq int64, err error) {
	m, err := a.Store.Load(ctx, name)
	if err != nil {
		return false, 0, 0, err
	}
	targetSeq, hash, err := a.Crew.Kept(ctx, m)
	if err != nil || targetSeq == 0 {
		return false, 0, 0, err
	}
	// Redis after the target: it is the one that is ahead where all is well.
	if m, err = a.Store.Load(ctx, name); err != nil {
		return false, 0, 0, err
	}
	has, err := a.has(ctx, m, targetSeq, hash)
	return !has, m.AuditSeq, targetSeq, err
}

// has tells whether the chain in Redis has an entry.
func (a *Adopter) has(ctx context.Context, m *store.Migration, seq int64, hash string) (bool, error) {
	if m.AuditSeq <= seq {
		return m.AuditSeq == seq && m.AuditHead == hash, nil
	}
	entries, err := a.Store.AuditFrom(ctx, m.Name, seq-1)
	if err != nil || len(entries) == 0 {
		return false, err
	}
	return entries[0].Seq == seq && entries[0].Hash == hash, nil
}
