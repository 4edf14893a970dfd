// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
)

// Fence is the right to change the target for a migration, until somebody raises it again.
type Fence struct {
	Migration string
	Token     int64
}

// InFence runs fn in a transaction that reads the fence first. fn may be run several times: when a lock is not to be had or a
// deadlock is broken, the transaction is rolled back and repeated, until LockPatience is over. Errors: *FencedError, *LockedError,
// *NoMigrationError, *UnreachableError where the session ended, and fn's own.
func (t *Target) InFence(ctx context.Context, fence Fence, fn func(context.Context, pgx.Tx) error) error {
	return t.withLocks(ctx, fence.Migration, func(ctx context.Context, tx pgx.Tx) error {
		var now int64
		// FOR SHARE, and its lock on the table, are held to the end of the transaction: whoever raises the fence waits for it, so none
		// with an old token commits later.
		err := tx.QueryRow(ctx, "SELECT token FROM ferryman.fence WHERE migration = $1 FOR SHARE", fence.Migration).Scan(&now)
		if errors.Is(err, pgx.ErrNoRows) {
			return &NoMigrationError{Migration: fence.Migration}
		}
		if err != nil {
			return t.homeError("read the fence of "+fence.Migration, err)
		}
		if now != fence.Token {
			return &FencedError{Migration: fence.Migration, Mine: fence.Token, Now: now}
		}
		return fn(ctx, tx)
	})
}

// RaiseFence takes the migration over: when it returns, every transaction of earlier holders has ended. Own old sessions that hold
// the fence (a killed client does not stop its backend) are ended by pg_terminate_backend, also those of another role whose rights
// this one has. Those that only read are ended by [Target.InFence], where one is in the way. Errors: *NoMigrationError, *LockedError.
func (t *Target) RaiseFence(ctx context.Context, migration string) (Fence, error) {
	return t.RaiseFenceWhile(ctx, migration, func(context.Context) error { return nil })
}

// RaiseFenceWhile is RaiseFence for one who may have been stopped since it was told to: still is asked once nobody else can raise the
// fence, and nothing is raised where it returns an error, which is returned. Whoever is stopped after that loses its session to the next.
func (t *Target) RaiseFenceWhile(ctx context.Context, migration string, still func(context.Context) error) (Fence, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, t.LockPatience, errPatience)
	defer cancel()
	conn, err := t.pool.Acquire(ctx)
	if err != nil {
		return Fence{}, t.connectError(err)
	}
	defer conn.Release()

	started := time.Now()
	watch := t.watchHolders(ctx, conn.Conn().PgConn().PID(), 100*time.Millisecond, "")
	fence := Fence{Migration: migration}
	err = pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		// The table lock queues: those who come to read the fence wait behind it. Waiting for the row alone, a busy old holder's next
		// transactions could share it for ever.
		if _, err := tx.Exec(ctx, "LOCK TABLE ferryman.fence IN EXCLUSIVE MODE"); err != nil {
			return err
		}
		if err := still(ctx); err != nil {
			return err
		}
		return tx.QueryRow(ctx, `UPDATE ferryman.fence SET token = token + 1, raised_at = clock_timestamp(), raised_by = current_setting('application_name')
				WHERE migration = $1 RETURNING token`, migration).Scan(&fence.Token)
	})
	holders := watch()
	err = t.lostError(ctx, conn.Conn(), err)
	switch {
	case err == nil:
		// The one kind of work that can't hold the fence. It fails only where the connection does: then it shows as the holder of a lock.
		_, _ = t.pool.Exec(ctx, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
			WHERE datname = current_database() AND pg_has_role(usesysid, 'USAGE') AND application_name = $1`, vacuumPrefix+migration)
		return fence, nil
	case errors.Is(err, pgx.ErrNoRows):
		return Fence{}, &NoMigrationError{Migration: migration}
	case errors.Is(context.Cause(ctx), errPatience):
		return Fence{}, &LockedError{Waited: time.Since(started), Holders: holders, Err: err}
	}
	return Fence{}, t.homeError("raise the fence of "+migration, err)
}

var errPatience = errors.New("waited long enough for a lock")
