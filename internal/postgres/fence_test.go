// SPDX-License-Identifier: Apache-2.0

package postgres_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

func TestWhoWasOvertakenChangesNothing(t *testing.T) {
	t.Parallel()
	b := setup(t, "CREATE SCHEMA app; CREATE TABLE app.t (n int)")
	newer, err := b.target.RaiseFence(t.Context(), "box-office")
	require.NoError(t, err)
	require.Greater(t, newer.Token, b.fence.Token)

	insert := func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "INSERT INTO app.t VALUES (1)")
		return err
	}
	var fenced *postgres.FencedError
	require.ErrorAs(t, b.target.InFence(t.Context(), b.fence, insert), &fenced)
	require.Equal(t, newer.Token, fenced.Now)
	require.Zero(t, one[int](t, b.conn, "SELECT count(*)::int FROM app.t"))
	require.NoError(t, b.target.InFence(t.Context(), newer, insert))
	require.Equal(t, 1, one[int](t, b.conn, "SELECT count(*)::int FROM app.t"))

	var unknown *postgres.NoMigrationError
	require.ErrorAs(t, b.target.InFence(t.Context(), postgres.Fence{Migration: "nothing"}, insert), &unknown)
	_, err = b.target.RaiseFence(t.Context(), "nothing")
	require.ErrorAs(t, err, &unknown)
}

// A killed client does not stop its backend: the takeover ends the session that still holds the old fence.
func TestTakingOverEndsOwnOldSessions(t *testing.T) {
	t.Parallel()
	b := setup(t, "CREATE SCHEMA app; CREATE TABLE app.t (n int)")
	inside := make(chan struct{})
	ended := make(chan error, 1)
	go func() {
		ended <- b.target.InFence(context.Background(), b.fence, func(ctx context.Context, tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, "INSERT INTO app.t VALUES (1)"); err != nil {
				return err
			}
			close(inside)
			_, err := tx.Exec(ctx, "SELECT pg_sleep(600)")
			return err
		})
	}()
	<-inside
	second := open(t, b.url)
	fence, err := second.RaiseFence(t.Context(), "box-office")
	require.NoError(t, err)
	require.Equal(t, b.fence.Token+1, fence.Token)
	require.Zero(t, one[int](t, b.conn, "SELECT count(*)::int FROM app.t"), "when RaiseFence returns, nothing of the old holder can come any more")
	require.Error(t, <-ended)
}

func TestTakingOverWaitsForSessionsThatAreNotFerrymans(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.exec(t, "BEGIN; SELECT * FROM ferryman.fence FOR SHARE")
	b.target.LockPatience = lockPatience
	var locked *postgres.LockedError
	_, err := b.target.RaiseFence(t.Context(), "box-office")
	require.ErrorAs(t, err, &locked)
	require.Len(t, locked.Holders, 1)
	require.Equal(t, b.role, locked.Holders[0].Role)
	b.exec(t, "ROLLBACK")
	_, err = b.target.RaiseFence(t.Context(), "box-office")
	require.NoError(t, err)
}

func TestALockThatIsNotToBeHadNamesItsHolder(t *testing.T) {
	t.Parallel()
	b := setup(t, "CREATE SCHEMA app; CREATE TABLE app.t (n int)", "SET application_name = 'nightly report'")
	b.exec(t, "BEGIN; SELECT * FROM app.t")
	b.target.LockTimeout, b.target.LockPatience = lockTimeout, lockPatience
	var attempts atomic.Int64
	lock := func(ctx context.Context, tx pgx.Tx) error {
		attempts.Add(1)
		_, err := tx.Exec(ctx, "LOCK TABLE app.t IN ACCESS EXCLUSIVE MODE")
		return err
	}
	var locked *postgres.LockedError
	err := b.target.InFence(t.Context(), b.fence, lock)
	require.ErrorAs(t, err, &locked)
	require.ErrorContains(t, err, "nightly report")
	require.Greater(t, attempts.Load(), int64(1), "it is tried again before it gives up")

	b.target.LockPatience = patience
	before := attempts.Load()
	done := make(chan error, 1)
	go func() { done <- b.target.InFence(context.Background(), b.fence, lock) }()
	require.Eventually(t, func() bool { return attempts.Load() > before+1 }, patience, often)
	b.exec(t, "ROLLBACK")
	require.NoError(t, <-done)
}

func TestStepsAndApprovals(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, ok, err := b.target.StepOutcome(t.Context(), "box-office", "plan", "1")
	require.NoError(t, err)
	require.False(t, ok)

	record := func(outcome string, end error) error {
		return b.target.InFence(t.Context(), b.fence, func(ctx context.Context, tx pgx.Tx) error {
			return errors.Join(b.target.RecordStep(ctx, tx, "box-office", postgres.StepOutcome{Plan: "plan", Step: "1", Outcome: outcome, Detail: "d"}), end)
		})
	}
	require.Error(t, record("done", errors.New("the step failed")))
	_, ok, err = b.target.StepOutcome(t.Context(), "box-office", "plan", "1")
	require.NoError(t, err)
	require.False(t, ok, "the outcome goes with the transaction")
	require.NoError(t, record("failed", nil))
	require.NoError(t, record(postgres.Done, nil))
	outcome, ok, err := b.target.StepOutcome(t.Context(), "box-office", "plan", "1")
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, postgres.Done, outcome.Outcome)
	require.False(t, outcome.At.IsZero())

	first, err := b.target.ConsumeApproval(t.Context(), b.fence, "a1", "f1")
	require.NoError(t, err)
	require.True(t, first)
	first, err = b.target.ConsumeApproval(t.Context(), b.fence, "a1", "f1")
	require.NoError(t, err)
	require.False(t, first)
	require.NoError(t, b.target.Audit(t.Context(), "box-office", "dba", "tried", "x"))
	require.Equal(t, "tried", one[string](t, b.conn, "SELECT action FROM ferryman.audit"))
}
