// SPDX-License-Identifier: Apache-2.0

package phases

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
)

// Remember implements runbook.Hands. Requests and votes are left out of the document: an approval never survives the loss of Redis.
func (h *hands) Remember(ctx context.Context, m *store.Migration, entries []store.AuditEntry) error {
	return passing(h.remember(ctx, m, entries))
}

func (h *hands) remember(ctx context.Context, m *store.Migration, entries []store.AuditEntry) error {
	tgt, err := h.target(ctx)
	if err != nil {
		return err
	}
	kept := *m
	kept.Requests = nil
	doc, err := json.Marshal(kept)
	if err != nil {
		return fmt.Errorf("write migration %s for the target: %w", m.Name, err)
	}
	chain := make([]postgres.ChainEntry, len(entries))
	for i, e := range entries {
		chain[i] = postgres.ChainEntry{Seq: e.Seq, Hash: e.Hash, Entry: e.Line()}
	}
	err = tgt.Remember(ctx, h.fence, chain, m.AuditSeq, doc)
	var fork *postgres.ForkError
	if errors.As(err, &fork) {
		return fmt.Errorf("%w: %w", runbook.ErrForked, err)
	}
	return err
}

// Remembered implements runbook.Hands.
func (h *hands) Remembered(ctx context.Context, m *store.Migration) (seq int64, hash string, err error) {
	tgt, err := h.target(ctx)
	if err != nil {
		return 0, "", passing(err)
	}
	memory, err := tgt.Remembered(ctx, m.Name)
	return memory.Seq, memory.Hash, passing(err)
}
