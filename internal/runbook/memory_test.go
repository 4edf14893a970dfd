// SPDX-License-Identifier: Apache-2.0

package runbook_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
)

// memory is what a target remembers of the one migration of a test.
type memory struct {
	mu      sync.Mutex
	entries []store.AuditEntry
	// away are what calls fail with, one each, asked how often they were made.
	away  []error
	asked int
}

func (t *memory) next() error {
	t.asked++
	if len(t.away) == 0 {
		return nil
	}
	err := t.away[0]
	t.away = t.away[1:]
	return err
}

// goesAway lets the next n calls fail as those to a target that is away.
func (t *memory) goesAway(n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for range n {
		t.away = append(t.away, runbook.Transient(errors.New("the target is away")))
	}
}

// lines are the entries that the target has.
func (t *memory) lines() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	lines := make([]string, len(t.entries))
	for i, e := range t.entries {
		lines[i] = e.Line()
	}
	return lines
}

// all are the entries, which the engine may add to meanwhile.
func (t *memory) all() []store.AuditEntry {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.entries)
}

func (t *memory) last() store.AuditEntry {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.entries) == 0 {
		return store.AuditEntry{}
	}
	return t.entries[len(t.entries)-1]
}

func (t *memory) Remember(_ context.Context, _ *store.Migration, entries []store.AuditEntry) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.next(); err != nil {
		return err
	}
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
	if err := t.next(); err != nil {
		return 0, "", err
	}
	if len(t.entries) == 0 {
		return 0, "", nil
	}
	last := t.entries[len(t.entries)-1]
	return last.Seq, last.Hash, nil
}
