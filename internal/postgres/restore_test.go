// SPDX-License-Identifier: Apache-2.0

package postgres_test

import (
	"context"
	"sync"
	"testing"

	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// asideWithTrigger is a target with two tables, of which an index, a key and a trigger are set aside.
func asideWithTrigger(t *testing.T) *testBundle {
	t.Helper()
	b := setup(t, `CREATE SCHEMA app; CREATE TABLE app.venue (id bigint PRIMARY KEY);
		CREATE TABLE app.seat (id bigint PRIMARY KEY, venue_id bigint CONSTRAINT seat_venue_fk REFERENCES app.venue, row_no int);
		CREATE INDEX seat_row_idx ON app.seat (row_no);
		CREATE FUNCTION app.touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
		CREATE TRIGGER seat_touch BEFORE UPDATE ON app.seat FOR EACH ROW EXECUTE FUNCTION app.touch()`)
	plan := b.plan(t, postgres.SetAsideOptions{})
	require.Len(t, plan.Objects, 3)
	b.setAside(t, plan)
	return b
}

const endMigration = "UPDATE ferryman.migration SET closed_at = now()"

func triggerOn(t *testing.T, b *testBundle) bool {
	t.Helper()
	return one[string](t, b.conn, "SELECT tgenabled::text FROM pg_trigger WHERE tgname = 'seat_touch'") == "O"
}

// Whoever calls Restore without a word on DMS gets triggers back only where nothing speaks for DMS.
func TestRestoreDoesNotTurnTriggersOnAgainstDMSByAccident(t *testing.T) {
	t.Parallel()
	b := asideWithTrigger(t)
	scope, err := b.target.RestoreScope(t.Context(), postgres.RestoreOptions{})
	require.NoError(t, err)
	require.Len(t, scope.Back, 2)
	require.Len(t, scope.Kept, 1)
	require.Equal(t, postgres.Trigger, scope.Kept[0].Kind)
	require.Equal(t, []string{"migration box-office is open: its load, or the changes after it, may still come"}, scope.Why)

	report, err := b.target.Restore(t.Context(), postgres.RestoreOptions{Actor: "dba"})
	require.NoError(t, err)
	require.Len(t, report.Restored, 2)
	require.False(t, triggerOn(t, b))
	const audit = "SELECT detail FROM ferryman.audit WHERE action = 'restore' AND actor = 'dba' ORDER BY id DESC LIMIT 1"
	require.Equal(t, "2 brought back, 0 were back, 0 failed, triggers, NOT NULLs and identities: left aside (migration box-office is open: its load, or "+
		"the changes after it, may still come)", one[string](t, b.conn, audit))

	b.exec(t, endMigration)
	scope, err = b.target.RestoreScope(t.Context(), postgres.RestoreOptions{IndexesAndKeys: true})
	require.NoError(t, err)
	require.Empty(t, scope.Back)
	require.Equal(t, []string{"only indexes and keys were asked for"}, scope.Why)
	_, err = b.target.Restore(t.Context(), postgres.RestoreOptions{IndexesAndKeys: true})
	require.NoError(t, err)
	require.False(t, triggerOn(t, b))

	report, err = b.target.Restore(t.Context(), postgres.RestoreOptions{Actor: "dba"})
	require.NoError(t, err)
	require.Len(t, report.Restored, 1)
	require.True(t, triggerOn(t, b))
	require.Contains(t, one[string](t, b.conn, audit), "1 brought back")
	scope, err = b.target.RestoreScope(t.Context(), postgres.RestoreOptions{})
	require.NoError(t, err)
	require.Equal(t, postgres.RestoreScope{}, scope)
}

// A task that is started while indexes are built is seen before triggers come back.
func TestRestoreLooksForDMSAgainBeforeTriggersComeBack(t *testing.T) {
	t.Parallel()
	b := asideWithTrigger(t)
	b.exec(t, endMigration)
	// The build of the index is what opens the migration here, so that the order is certain.
	b.admin(t, `CREATE FUNCTION public.opens() RETURNS event_trigger LANGUAGE plpgsql AS $$BEGIN UPDATE ferryman.migration SET closed_at = NULL; END$$;
		CREATE EVENT TRIGGER opens ON ddl_command_end WHEN TAG IN ('CREATE INDEX') EXECUTE FUNCTION public.opens()`)
	scope, err := b.target.RestoreScope(t.Context(), postgres.RestoreOptions{})
	require.NoError(t, err)
	require.Len(t, scope.Back, 3, "nothing speaks for DMS yet")
	report, err := b.target.Restore(t.Context(), postgres.RestoreOptions{Actor: "dba"})
	require.NoError(t, err)
	require.Len(t, report.Restored, 2)
	require.False(t, triggerOn(t, b))
	report, err = b.target.Restore(t.Context(), postgres.RestoreOptions{Actor: "dba", All: true})
	require.NoError(t, err)
	require.Len(t, report.Restored, 1)
	require.True(t, triggerOn(t, b))
}

// The parts of a restore are one run to who looks at it.
func TestProgressOfARestoreIsThatOfTheWholeRun(t *testing.T) {
	t.Parallel()
	b := asideWithTrigger(t)
	var last postgres.RebuildProgress
	share := 0.0
	_, err := b.target.Restore(t.Context(), postgres.RestoreOptions{All: true, Actor: "dba", RebuildOptions: postgres.RebuildOptions{OnProgress: func(p postgres.RebuildProgress) {
		require.Equal(t, 3, p.Total)
		require.GreaterOrEqual(t, p.Done, last.Done)
		require.GreaterOrEqual(t, p.Share, share)
		last, share = p, p.Share
	}}})
	require.NoError(t, err)
	require.Equal(t, 3, last.Done)
}

// DMS that shows by nothing else shows by what it writes.
func TestRestoreSeesRowsChange(t *testing.T) {
	t.Parallel()
	b := asideWithTrigger(t)
	b.exec(t, endMigration)
	writing, stop := context.WithCancel(t.Context())
	var writer sync.WaitGroup
	connection, err := pgx.Connect(t.Context(), b.url)
	require.NoError(t, err)
	defer connection.Close(context.Background())
	writer.Go(func() {
		for id := 1; writing.Err() == nil; id++ {
			_, _ = connection.Exec(context.Background(), "INSERT INTO app.seat VALUES ($1, NULL, 1)", id)
		}
	})
	scope, err := b.target.RestoreScope(t.Context(), postgres.RestoreOptions{})
	stop()
	writer.Wait()
	require.NoError(t, err)
	require.Len(t, scope.Kept, 1)
	require.Equal(t, []string{"somebody writes rows right now, perhaps DMS: app.seat"}, scope.Why)
}
