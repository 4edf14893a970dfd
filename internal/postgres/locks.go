// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/ferryman/ferryman/internal/ledger"
	"github.com/jackc/pgx/v5"
)

// withLocks runs fn in a transaction under lock_timeout, again and again while a lock is not to be had or PostgreSQL broke a
// deadlock, until LockPatience is over. What an earlier holder of the migration's fence left and is in the way is ended.
func (t *Target) withLocks(ctx context.Context, migration string, fn func(context.Context, pgx.Tx) error) error {
	started := time.Now()
	var holders []Holder
	for attempt := 0; ; attempt++ {
		began := time.Now()
		seen, err := t.attempt(ctx, migration, fn)
		if len(seen) > 0 {
			holders = seen
		}
		if code := sqlState(err); code != "55P03" && code != "40P01" {
			return err
		}
		if time.Since(started) >= t.LockPatience {
			return &LockedError{Waited: time.Since(started), Holders: holders, Err: err}
		}
		// The pause lets the others through who queued behind this attempt, for about as long as they stood there; jitter keeps workers
		// from meeting again.
		pause := max(min(50*time.Millisecond<<min(attempt, 5), time.Second), min(time.Since(began), t.LockTimeout))
		pause = pause/2 + rand.N(pause)
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// attempt runs fn once and returns the sessions that were seen holding a lock it waited for.
func (t *Target) attempt(ctx context.Context, migration string, fn func(context.Context, pgx.Tx) error) (holders []Holder, err error) {
	conn, err := t.pool.Acquire(ctx)
	if err != nil {
		return nil, t.connectError(err)
	}
	defer conn.Release()
	watch := t.watchHolders(ctx, conn.Conn().PgConn().PID(), max(t.LockTimeout/3, 10*time.Millisecond), migration)
	begin := pgx.TxOptions{BeginQuery: fmt.Sprintf("BEGIN; SET LOCAL lock_timeout = %d", t.LockTimeout.Milliseconds())}
	noting, keep := ledger.Attempt(ctx)
	err = pgx.BeginTxFunc(ctx, conn, begin, func(tx pgx.Tx) error { return fn(noting, tx) })
	if err == nil {
		keep()
	}
	return watch(), t.lostError(ctx, conn.Conn(), err)
}

// watchHolders looks from time to time which sessions block a backend, and ends those that are Ferryman's own: all of them, or where a
// migration is given those whose transaction is older than its fence. The function it returns stops it and gives the last sessions seen.
func (t *Target) watchHolders(ctx context.Context, pid uint32, every time.Duration, migration string) func() []Holder {
	ctx, cancel := context.WithCancel(ctx)
	var last []Holder
	var done sync.WaitGroup
	done.Go(func() {
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			if holders, err := t.holders(ctx, pid); err == nil && len(holders) > 0 {
				last = holders
				t.endOwn(ctx, pid, migration)
			}
		}
	})
	return func() []Holder {
		cancel()
		done.Wait()
		return last
	}
}

// holders asks for the sessions that block a backend. pg_blocking_pids stops the lock manager for a moment, so it is asked only
// where the backend waits for a lock.
func (t *Target) holders(ctx context.Context, pid uint32) ([]Holder, error) {
	rows, err := t.pool.Query(ctx, `SELECT b.pid, coalesce(a.usename, '')::text, coalesce(a.application_name, ''), coalesce(a.state, ''), a.xact_start,
			CASE WHEN b.pid = 0 THEN 'a prepared transaction (see pg_prepared_xacts)'
				WHEN a.usesysid IS NOT NULL THEN ''
				WHEN a.query LIKE 'autovacuum: %' THEN a.query
				WHEN EXISTS (SELECT FROM pg_stat_progress_vacuum v WHERE v.pid = a.pid)
					THEN 'autovacuum, which gives way by itself unless it prevents a wraparound'
				ELSE coalesce(a.backend_type, 'one of the server''s own, such as autovacuum') END
		FROM pg_stat_activity w
			CROSS JOIN LATERAL (SELECT DISTINCT unnest(CASE WHEN w.wait_event_type = 'Lock' THEN pg_blocking_pids(w.pid) END)) b(pid)
			LEFT JOIN pg_stat_activity a ON a.pid = b.pid
		WHERE w.pid = $1 AND (a.pid IS NOT NULL OR b.pid = 0) ORDER BY a.xact_start, b.pid`, int32(pid))
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (Holder, error) {
		var h Holder
		var since *time.Time
		err := row.Scan(&h.PID, &h.Role, &h.ApplicationName, &h.State, &since, &h.Process)
		if since != nil {
			h.Since = *since
		}
		return h, err
	})
}

// endOwn ends the sessions that carry Ferryman's name, are of this role or of one whose rights it has, and block the backend. Once a
// fence is raised, what is older than it and still there only reads: a session that changes something held the fence and has ended.
// It fails only where the connection does, and then the wait goes on and is tried again.
func (t *Target) endOwn(ctx context.Context, pid uint32, migration string) {
	_, _ = t.pool.Exec(ctx, `SELECT pg_terminate_backend(a.pid) FROM unnest(pg_blocking_pids($1)) b(pid) JOIN pg_stat_activity a ON a.pid = b.pid
		WHERE pg_has_role(a.usesysid, 'USAGE') AND a.application_name LIKE $2
			AND ($3 = '' OR a.xact_start < (SELECT raised_at FROM ferryman.fence WHERE migration = $3))`, int32(pid), applicationPrefix+"%", migration)
}
