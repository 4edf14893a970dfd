// SPDX-License-Identifier: Apache-2.0

package postgres_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// A killed process leaves sessions that go on: one that builds an index, validates a key, gathers statistics. The next Ferryman ends
// them, and ends in the same place.
func TestTheNextOneEndsWhatADeadOneLeft(t *testing.T) {
	t.Parallel()
	b, plan := crashBundle(t, setup(t))
	before := b.dump(t, withRows)
	stop := b.watch(t)
	l := &life{plan: plan}
	for word, doing := range map[string]string{"CREATE": "CREATE INDEX%", "ALTER": "ALTER TABLE % VALIDATE CONSTRAINT %", "ANALYZE": "ANALYZE %"} {
		l.phase = 0
		hold := fmt.Sprintf("SELECT %%s(hashtext('%s'))", word)
		b.exec(t, fmt.Sprintf(hold, "pg_advisory_lock"))
		c := b.startClient(t, l, false)
		const atWork = `SELECT coalesce(array_agg(a.pid), '{}') FROM pg_stat_activity a JOIN pg_locks k ON k.pid = a.pid AND k.locktype = 'advisory' AND NOT k.granted
			WHERE a.datname = current_database() AND a.application_name = 'ferryman test' AND a.query LIKE $1`
		var left []int32
		require.Eventually(t, func() bool {
			left = one[[]int32](t, b.conn, atWork, doing)
			return len(left) > 0
		}, patience, often, word)
		c.killed(t, l)
		require.Subset(t, one[[]int32](t, b.conn, atWork, doing), left, "a session does not notice that its client is gone")

		target := open(t, b.url)
		_, err := target.RaiseFence(t.Context(), "box-office")
		require.NoError(t, err)
		require.Empty(t, one[[]int32](t, b.conn, atWork, doing), word)
		b.exec(t, fmt.Sprintf(hold, "pg_advisory_unlock"))
		require.NoError(t, l.live(t.Context(), target))
		sameText(t, before, b.dump(t, withRows))
	}
	stop()
}

// A session that only reads holds no fence. A dead one's may read a large table for hours and keep its lock all the while: whoever
// needs that lock after a takeover ends it, and nobody else's.
func TestWhatADeadOneReadsIsEndedWhereItIsInTheWay(t *testing.T) {
	t.Parallel()
	b := setup(t, "CREATE SCHEMA app; CREATE TABLE app.t (n int)")
	reads := func(name string) *pgx.Conn {
		conn := connect(t, b.url)
		_, err := conn.Exec(t.Context(), fmt.Sprintf("SET application_name = '%s'; BEGIN; SELECT count(*) FROM app.t", name))
		require.NoError(t, err)
		return conn
	}
	lock := func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "LOCK TABLE app.t IN ACCESS EXCLUSIVE MODE")
		return err
	}
	dead := reads("ferryman test")
	fence, err := b.target.RaiseFence(t.Context(), "box-office")
	require.NoError(t, err)
	require.NoError(t, dead.Ping(t.Context()), "it is in nobody's way yet")
	require.NoError(t, b.target.InFence(t.Context(), fence, lock))
	require.Error(t, dead.Ping(t.Context()))

	b.target.LockTimeout, b.target.LockPatience = lockTimeout, lockPatience
	for name, began := range map[string]string{"report": "before", "ferryman test": "after"} {
		conn := reads(name)
		if began == "before" {
			fence, err = b.target.RaiseFence(t.Context(), "box-office")
			require.NoError(t, err)
		}
		var locked *postgres.LockedError
		require.ErrorAs(t, b.target.InFence(t.Context(), fence, lock), &locked, name)
		require.Len(t, locked.Holders, 1)
		require.NoError(t, conn.Ping(t.Context()), name)
		require.NoError(t, conn.Close(t.Context()))
	}
}

// A DBA who restores is another role: one that may act as Ferryman's may end its sessions.
func TestTakingOverAsAnotherRoleEndsOldSessions(t *testing.T) {
	t.Parallel()
	b := setup(t)
	role, url := testenv.Role(t, b.adminURL)
	b.admin(t, "GRANT "+b.role+" TO "+role)
	inside, ended := make(chan struct{}), make(chan error, 1)
	go func() {
		ended <- b.target.InFence(context.Background(), b.fence, func(ctx context.Context, tx pgx.Tx) error {
			close(inside)
			_, err := tx.Exec(ctx, "SELECT pg_sleep(600)")
			return err
		})
	}()
	<-inside
	fence, err := open(t, url).RaiseFence(t.Context(), "box-office")
	require.NoError(t, err)
	require.Equal(t, b.fence.Token+1, fence.Token)
	require.Error(t, <-ended)
}
