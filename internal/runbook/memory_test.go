// SPDX-License-Identifier: Apache-2.0

package runbook_test

import (
	"context"
	"fmt"
	"sync"

	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
)

// memory is what a target remembers of the one migration of a test.
type memory struct {
	mu      sync.Mutex
	entries []store.AuditEntry
}

func (t *memory) Remember(_ context.Context, _ *store.Migration, entries []store.AuditEntry) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, e := range entries {
		switch n := int64(len(t.entries)); {
		case e.Seq <= n && t.entries[e.Seq-1].Hash == e.Hash:
		case e.Seq == n+1:
			t.entries = append(t.entries, e)
		default:
			return fmt.Errorf("%w: entry %d after %d", runbook.ErrForked, e.Seq, n)
		}
	}
	return nil
}

func (t *memory) Remembered(context.Context, *store.Migration) (seq int64, hash string, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.entries) == 0 {
		return 0, "", nil
	}
	last := t.entries[len(t.entries)-1]
	return last.Seq, last.Hash, nil
}
