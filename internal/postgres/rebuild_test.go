// SPDX-License-Identifier: Apache-2.0

package postgres_test

import (
	"context"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/stretchr/testify/require"
)

func TestAKeyThatTheDataBreaksIsNamedWithItsRows(t *testing.T) {
	t.Parallel()
	b := setup(t, schemaFile(t, "boxoffice"))
	before := b.dump(t)
	b.setAside(t, b.plan(t, postgres.SetAsideOptions{LOBColumns: lobs}))
	b.exec(t, "DELETE FROM app.person WHERE id IN (3, 7); UPDATE app.seat SET venue = 999 WHERE venue = 10 AND row_no = 1")

	report, err := b.target.Rebuild(t.Context(), b.fence, postgres.RebuildOptions{})
	require.NoError(t, err)
	require.Empty(t, report.Differences)
	failures := map[string]postgres.Failure{}
	for _, f := range report.Failed {
		failures[f.Object.Name] = f
	}
	require.Len(t, failures, 4)
	mentors := failures["mentor_fk"]
	require.EqualValues(t, 2, mentors.Orphans)
	require.Equal(t, []string{"id=4", "id=8"}, mentors.FirstKeys)
	require.Contains(t, mentors.Error, "2 rows of app.person have no parent row")
	require.Equal(t, 2, one[int](t, b.conn, "SELECT count(*)::int FROM ("+mentors.Query+") rows"))
	require.Equal(t, []string{"venue=999, row_no=1, seat_no=1", "venue=999, row_no=1, seat_no=2", "venue=999, row_no=1, seat_no=3"}, failures["seat_venue"].FirstKeys)
	require.EqualValues(t, 3, failures["ticket_seat"].Orphans)
	require.EqualValues(t, 80, failures[`Ticket "Person"`].Orphans)

	aside, err := b.target.Aside(t.Context(), postgres.RebuildKinds...)
	require.NoError(t, err)
	require.Len(t, aside, 4)
	for _, s := range aside {
		require.Equal(t, failures[s.Name].Error, s.Error)
	}

	b.exec(t, "DELETE FROM app.ticket; DELETE FROM app.seat; UPDATE app.person SET mentor = NULL")
	again, err := b.target.Rebuild(t.Context(), b.fence, postgres.RebuildOptions{})
	require.NoError(t, err)
	require.Empty(t, again.Failed)
	require.Len(t, again.Restored, 4, "just those that were not back")
	_, err = b.target.BringBack(t.Context(), b.fence)
	require.NoError(t, err)
	require.Equal(t, before, b.dump(t))
}

func TestWhatTheDataRefusesIsKeptWithPostgreSQLsWords(t *testing.T) {
	t.Parallel()
	b := setup(t, schemaFile(t, "boxoffice"))
	b.setAside(t, b.plan(t, postgres.SetAsideOptions{LOBColumns: lobs}))
	b.exec(t, "UPDATE app.venue SET name = 'twice' WHERE id IN (10, 15); UPDATE app.person SET photo = NULL WHERE id = 5")
	report, err := b.target.Rebuild(t.Context(), b.fence, postgres.RebuildOptions{})
	require.NoError(t, err)
	require.Len(t, report.Failed, 1)
	require.Equal(t, "venue_name", report.Failed[0].Object.Name)
	require.Contains(t, report.Failed[0].Error, "(name)=(twice) is duplicated")
	report, err = b.target.BringBack(t.Context(), b.fence, postgres.NotNull, postgres.Trigger)
	require.NoError(t, err)
	require.Len(t, report.Failed, 1)
	require.Equal(t, "photo", report.Failed[0].Object.Name)
	require.Contains(t, report.Failed[0].Error, "null values")
	aside, err := b.target.Aside(t.Context(), postgres.CutoverKinds...)
	require.NoError(t, err)
	require.Len(t, aside, 2, "the identity was not asked for, the NOT NULL failed")
}

func TestWhatIsThereAlreadyIsTakenOrNamed(t *testing.T) {
	t.Parallel()
	b := setup(t, schemaFile(t, "boxoffice"))
	b.setAside(t, b.plan(t, postgres.SetAsideOptions{}))
	b.exec(t, "CREATE INDEX ticket_expensive ON app.ticket (price) WHERE price > 100; CREATE INDEX seat_state ON app.seat (state)")
	// What a CREATE INDEX CONCURRENTLY that failed leaves behind.
	_, err := b.conn.Exec(t.Context(), "CREATE UNIQUE INDEX CONCURRENTLY seat_brin ON app.seat (row_no)")
	require.ErrorContains(t, err, "could not create unique index")

	report, err := b.target.Rebuild(t.Context(), b.fence, postgres.RebuildOptions{})
	require.NoError(t, err)
	require.Equal(t, []string{"index app.ticket.ticket_expensive"}, names(report.AlreadyBack))
	require.Len(t, report.Failed, 1)
	require.Equal(t, "seat_state", report.Failed[0].Object.Name)
	require.Contains(t, report.Failed[0].Error, "USING btree (state)")
	require.Contains(t, names(report.Restored), "index app.seat.seat_brin")
	require.Empty(t, report.Differences)
	require.Contains(t, one[string](t, b.conn, "SELECT pg_get_indexdef('app.seat_brin'::regclass)"), "brin")
}

// slowIndexes is a table whose indexes take as long as somebody holds advisory lock 1.
const slowIndexes = `CREATE SCHEMA app; CREATE TABLE app.big (id int PRIMARY KEY, n int);
	CREATE FUNCTION app.slow(n int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM pg_advisory_xact_lock_shared(1); RETURN n; END $$;
	INSERT INTO app.big SELECT i, i FROM generate_series(1, 50) i;
	CREATE INDEX slow_1 ON app.big (app.slow(n)); CREATE INDEX slow_2 ON app.big (app.slow(n), id); CREATE INDEX quick ON app.big (n)`

func TestARebuildThatIsKilledGoesOnWhereItWas(t *testing.T) {
	t.Parallel()
	b := setup(t, slowIndexes)
	before := b.dump(t)
	b.setAside(t, b.plan(t, postgres.SetAsideOptions{}))
	b.exec(t, "SELECT pg_advisory_lock(1)")
	b.target.LockTimeout = time.Minute
	type outcome struct {
		report postgres.RebuildReport
		err    error
	}
	first := make(chan outcome, 1)
	readings := make(chan postgres.RebuildProgress, 1000)
	go func() {
		report, err := b.target.Rebuild(context.Background(), b.fence, postgres.RebuildOptions{Jobs: 3, OnProgress: func(p postgres.RebuildProgress) {
			select {
			case readings <- p:
			default:
			}
		}})
		first <- outcome{report, err}
	}()
	var seen postgres.RebuildProgress
	require.Eventually(t, func() bool {
		select {
		case seen = <-readings:
		default:
		}
		return seen.Done == 1 && len(seen.Running) == 2 && seen.Running[0].Phase != "" && seen.Running[1].Phase != ""
	}, patience, often, "one is done, two are seen at work")
	require.Equal(t, 3, seen.Total)
	require.Equal(t, "big", seen.Running[0].Table)
	require.False(t, seen.Running[0].Since.IsZero())

	require.Equal(t, 1, one[int](t, b.conn, `SELECT count(pg_terminate_backend(pid))::int FROM pg_stat_activity
		WHERE application_name = 'ferryman test' AND query LIKE 'CREATE INDEX slow_1%'`))
	require.Eventually(t, func() bool {
		return one[string](t, b.conn, "SELECT error FROM ferryman.saved WHERE name = 'slow_1'") != ""
	}, patience, often)

	// Another replica takes over while slow_2 is still being built: that session ends, and the old run stops.
	second := open(t, b.url)
	fence, err := second.RaiseFence(t.Context(), "box-office")
	require.NoError(t, err)
	old := <-first
	var fenced *postgres.FencedError
	require.ErrorAs(t, old.err, &fenced)

	b.exec(t, "SELECT pg_advisory_unlock(1)")
	report, err := second.Rebuild(t.Context(), fence, postgres.RebuildOptions{})
	require.NoError(t, err)
	require.ElementsMatch(t, []string{"index app.big.slow_1", "index app.big.slow_2"}, names(report.Restored))
	require.Empty(t, report.Differences)
	require.Equal(t, before, b.dump(t))
}

func TestRebuildAnalyzes(t *testing.T) {
	t.Parallel()
	b := setup(t, schemaFile(t, "boxoffice"))
	b.setAside(t, b.plan(t, postgres.SetAsideOptions{}))
	_, err := b.target.Rebuild(t.Context(), b.fence, postgres.RebuildOptions{Jobs: 1})
	require.NoError(t, err)
	require.Equal(t, 200, one[int](t, b.conn, "SELECT reltuples::int FROM pg_class WHERE oid = 'app.person'::regclass"))
}

func TestABoundOnTemporaryFilesIsKept(t *testing.T) {
	t.Parallel()
	b := setup(t, `CREATE SCHEMA app; CREATE TABLE app.word (w text);
		INSERT INTO app.word SELECT md5(i::text) FROM generate_series(1, 100000) i; CREATE INDEX word_w ON app.word (w)`)
	b.setAside(t, b.plan(t, postgres.SetAsideOptions{}))
	b.admin(t, "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET temp_file_limit = ''1MB''', current_database()); END $$")
	report, err := open(t, b.url).Rebuild(t.Context(), b.fence, postgres.RebuildOptions{})
	require.NoError(t, err)
	require.Empty(t, report.Failed)
	require.Len(t, report.Restored, 1)
}
