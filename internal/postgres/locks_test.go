// SPDX-License-Identifier: Apache-2.0

package postgres_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/stretchr/testify/require"
)

// lockedBy sets the batch of a table aside, which must fail, and gives what was seen in the way.
func (b *testBundle) lockedBy(t *testing.T, table string) *postgres.LockedError {
	t.Helper()
	batches := b.plan(t, postgres.SetAsideOptions{}).Batches()
	batch := batches[slices.IndexFunc(batches, func(b postgres.Batch) bool { return b.Step() == "set aside rest of app."+table })]
	var locked *postgres.LockedError
	require.ErrorAs(t, b.target.SetAsideObjects(t.Context(), b.fence, "plan", batch.Step(), batch.Objects), &locked)
	return locked
}

func TestWhoHoldsTheLockIsNamed(t *testing.T) {
	t.Parallel()
	b := setup(t, "CREATE SCHEMA app; CREATE TABLE app.busy (id int PRIMARY KEY, a int); CREATE INDEX busy_a ON app.busy (a)")
	b.target.LockTimeout, b.target.LockPatience = lockTimeout, lockPatience
	b.exec(t, "SET application_name = 'till 7'; BEGIN; SELECT FROM app.busy")
	locked := b.lockedBy(t, "busy")
	require.Len(t, locked.Holders, 1)
	require.WithinDuration(t, time.Now(), locked.Holders[0].Since, time.Minute)
	require.Regexp(t, `session \d+ \(till 7, role `+b.role+`, idle in transaction, in a transaction since \d\d:`, locked.Error())
	b.exec(t, "ROLLBACK")

	// What another role's session does is not shown to a role without pg_read_all_stats: it is not made up either.
	admin := connect(t, b.adminURL)
	_, err := admin.Exec(t.Context(), "SET application_name = 'nightly'; BEGIN; LOCK TABLE app.busy IN ACCESS SHARE MODE")
	require.NoError(t, err)
	locked = b.lockedBy(t, "busy")
	require.Len(t, locked.Holders, 1)
	require.Zero(t, locked.Holders[0].Since)
	require.Regexp(t, `session \d+ \(nightly, role postgres; what it does is shown to members of pg_read_all_stats\)`, locked.Error())
	b.admin(t, "GRANT pg_read_all_stats TO "+b.role)
	require.Contains(t, b.lockedBy(t, "busy").Error(), "(nightly, role postgres, idle in transaction, in a transaction since ")
	_, err = admin.Exec(t.Context(), "ROLLBACK")
	require.NoError(t, err)
}

func TestAPreparedTransactionThatHoldsTheLockIsNamed(t *testing.T) {
	t.Parallel()
	b := onServer(t, map[string]string{"max_prepared_transactions": "2"},
		"CREATE SCHEMA app; CREATE TABLE app.busy (id int PRIMARY KEY, a int); CREATE INDEX busy_a ON app.busy (a)",
		"BEGIN; INSERT INTO app.busy VALUES (1); PREPARE TRANSACTION 'left over'")
	b.target.LockTimeout, b.target.LockPatience = lockTimeout, lockPatience
	require.Contains(t, b.lockedBy(t, "busy").Error(), "it is held by a prepared transaction (see pg_prepared_xacts)")
	b.exec(t, "ROLLBACK PREPARED 'left over'")
}

// A vacuum that prevents a wraparound does not give way. What it is and which table it works on is shown to members of
// pg_read_all_stats; everybody else sees that it is autovacuum.
func TestAutovacuumThatHoldsTheLockIsNamed(t *testing.T) {
	t.Parallel()
	b := onServer(t, map[string]string{"autovacuum": "on", "autovacuum_naptime": "1", "autovacuum_freeze_max_age": "100000"},
		`CREATE SCHEMA app; CREATE TABLE app.old (id int, a text) WITH (autovacuum_enabled = off, autovacuum_vacuum_cost_delay = 100, autovacuum_vacuum_cost_limit = 1);
			INSERT INTO app.old SELECT i, repeat('x', 1000) FROM generate_series(1, 5000) i; CREATE INDEX old_a ON app.old (id)`,
		// Every number that a transaction takes makes the table a little older.
		"DO $$ BEGIN FOR i IN 1..110000 LOOP PERFORM txid_current(); COMMIT; END LOOP; END $$")
	looker := connect(t, b.adminURL)
	require.Eventually(t, func() bool {
		return one[bool](t, looker, "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE query LIKE 'autovacuum: VACUUM%app.old (to prevent wraparound)')")
	}, 2*time.Minute, often)
	b.target.LockTimeout, b.target.LockPatience = lockTimeout, lockPatience
	require.Regexp(t, `held by server process \d+ \(autovacuum, which gives way by itself unless it prevents a wraparound\)`, b.lockedBy(t, "old").Error())
	b.admin(t, "GRANT pg_read_all_stats TO "+b.role)
	require.Regexp(t, `held by server process \d+ \(autovacuum: VACUUM (ANALYZE )?app.old \(to prevent wraparound\)\)`, b.lockedBy(t, "old").Error())
}

// One busy table delays its own batch, each attempt waits for LockTimeout at most, and between two the application gets its turn.
func TestABusyTableIsWaitedForAndTheApplicationGoesOn(t *testing.T) {
	t.Parallel()
	b := setup(t, `CREATE SCHEMA app; CREATE TABLE app.a (id int PRIMARY KEY, v int); CREATE TABLE app.busy (id int PRIMARY KEY, v int); CREATE TABLE app.c (id int PRIMARY KEY, v int);
		CREATE INDEX a_v ON app.a (v); CREATE INDEX busy_v ON app.busy (v); CREATE INDEX c_v ON app.c (v); INSERT INTO app.busy VALUES (1, 0)`)
	b.target.LockTimeout = 200 * time.Millisecond
	batches := b.plan(t, postgres.SetAsideOptions{}).Batches()
	require.Equal(t, "busy", batches[1].Table)
	set := func(batch postgres.Batch) error {
		return b.target.SetAsideObjects(context.Background(), b.fence, "plan", batch.Step(), batch.Objects)
	}
	require.NoError(t, set(batches[0]), "what comes before it is done")
	long := connect(t, b.url)
	_, err := long.Exec(t.Context(), "BEGIN; SELECT FROM app.busy")
	require.NoError(t, err)
	done := make(chan error, 1)
	go func() { done <- set(batches[1]) }()
	require.NoError(t, set(batches[2]), "another table's batch is not held up")

	slowest, stood := b.slowestUpdate(t)
	for try := 1; stood > time.Second; try++ { // that says nothing
		require.Less(t, try, 10, "the machine is too busy to tell")
		slowest, stood = b.slowestUpdate(t)
	}
	require.Less(t, slowest, 2*time.Second, "an update waits behind one attempt, and never behind two")
	require.Greater(t, slowest, 50*time.Millisecond, "it was tried meanwhile")
	select {
	case err := <-done:
		t.Fatal("the table was in use all the time: ", err)
	default:
	}
	_, err = long.Exec(t.Context(), "COMMIT")
	require.NoError(t, err)
	require.NoError(t, <-done)
	require.Equal(t, 3, one[int](t, b.conn, "SELECT count(*)::int FROM ferryman.saved"))
}

// slowestUpdate updates app.busy for three seconds. stood is for how long the machine gave this process no turn meanwhile, at most.
func (b *testBundle) slowestUpdate(t *testing.T) (slowest, stood time.Duration) {
	t.Helper()
	over, gaps := make(chan struct{}), make(chan time.Duration)
	go func() {
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		longest, last := time.Duration(0), time.Now()
		for {
			select {
			case <-tick.C:
				longest, last = max(longest, time.Since(last)), time.Now()
			case <-over:
				gaps <- max(longest, time.Since(last))
				return
			}
		}
	}()
	for started := time.Now(); time.Since(started) < 3*time.Second; {
		at := time.Now()
		b.exec(t, "UPDATE app.busy SET v = v + 1")
		slowest = max(slowest, time.Since(at))
	}
	close(over)
	return slowest, <-gaps
}
