// SPDX-License-Identifier: Apache-2.0

package runbook_test

import (
	"context"
	"testing"
	"time"

	"github.com/ferryman/ferryman/store"
	"github.com/stretchr/testify/require"
)

// Whoever closed the migration died before the target had the last of its audit log; nothing else would ever bring it there.
func TestTheEndOfAClosedMigrationsAuditComesToTheTargetAfterACrash(t *testing.T) {
	t.Parallel()
	b := setup(t)
	m, err := b.store.Update(context.Background(), "m", func(m *store.Migration, now time.Time) (store.Change, error) {
		m.ClosedAt = now
		return store.Change{Audit: []store.Audit{{What: "step", Who: "ferryman"}, {What: "phase", Who: "ferryman", Phase: "cutover", Outcome: "complete"}}}, nil
	})
	require.NoError(t, err)
	b.engine(t, "b")
	require.Eventually(t, func() bool { return b.memory.last().Hash == m.AuditHead }, 2*time.Minute, 10*time.Millisecond)
	require.Len(t, b.memory.lines(), 2)
	require.Empty(t, b.did)
}

func TestAMigrationThatWasClosedLongAgoIsLeftAlone(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, err := b.store.Update(context.Background(), "m", func(m *store.Migration, now time.Time) (store.Change, error) {
		m.ClosedAt = now.Add(-25 * time.Hour)
		return store.Change{Audit: []store.Audit{{What: "phase", Who: "ferryman", Phase: "cutover", Outcome: "complete"}}}, nil
	})
	require.NoError(t, err)
	_, err = b.store.Create(context.Background(), &store.Migration{Name: "n", PolicyHash: "h", ClosedAt: time.Now()}, store.Change{})
	require.NoError(t, err)
	b.engine(t, "b")
	asked := func() int {
		b.memory.mu.Lock()
		defer b.memory.mu.Unlock()
		return b.memory.asked
	}
	require.Eventually(t, func() bool { return asked() > 0 }, 2*time.Minute, 10*time.Millisecond, "of the other one")
	require.Empty(t, b.memory.lines())
}
