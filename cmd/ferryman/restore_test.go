// SPDX-License-Identifier: Apache-2.0

package main_test

import (
	"context"
	"strings"
	"testing"

	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

const tables = `
CREATE SCHEMA app;
CREATE TABLE app.venue (id bigint PRIMARY KEY, name text UNIQUE);
CREATE TABLE app.seat (id bigint PRIMARY KEY, venue_id bigint NOT NULL REFERENCES app.venue, row_no int);
CREATE INDEX seat_row_idx ON app.seat (row_no);
CREATE FUNCTION app.touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER seat_touch BEFORE UPDATE ON app.seat FOR EACH ROW EXECUTE FUNCTION app.touch();`

// aside is a target whose indexes, keys and triggers were set aside, as prepare leaves it, and its superuser's connection string.
func aside(t *testing.T) string {
	t.Helper()
	url := testenv.Postgres(t)
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	defer conn.Close(t.Context())
	_, err = conn.Exec(t.Context(), tables)
	require.NoError(t, err)
	target, err := postgres.Open(t.Context(), url, "test")
	require.NoError(t, err)
	defer target.Close()
	_, err = target.EnsureHome(t.Context())
	require.NoError(t, err)
	require.NoError(t, target.OpenMigration(t.Context(), postgres.MigrationRecord{Name: "box-office", PolicyHash: "p", Source: "s"}))
	fence, err := target.RaiseFence(t.Context(), "box-office")
	require.NoError(t, err)
	catalog, err := target.ReadCatalog(t.Context(), []string{"app"})
	require.NoError(t, err)
	plan, err := postgres.PlanSetAside(catalog, postgres.SetAsideOptions{})
	require.NoError(t, err)
	require.Len(t, plan.Objects, 4, "a key, an index, a unique constraint, a trigger")
	for _, batch := range plan.Batches() {
		require.NoError(t, target.SetAsideObjects(t.Context(), fence, "plan", batch.Step(), batch.Objects))
	}
	return url
}

// left counts what is not back, and tells whether the trigger is on.
func left(t *testing.T, url string) (n int, triggerOn bool) {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), url)
	require.NoError(t, err)
	defer conn.Close(context.Background())
	require.NoError(t, conn.QueryRow(t.Context(), `SELECT count(*) FILTER (WHERE restored_at IS NULL),
		(SELECT tgenabled = 'O' FROM pg_trigger WHERE tgname = 'seat_touch') FROM ferryman.saved`).Scan(&n, &triggerOn))
	return n, triggerOn
}

func TestRestoreNeedsNothingButTheTarget(t *testing.T) {
	t.Parallel()
	url := aside(t)
	r := ferryman(t, with{stdin: "no\n"}, "restore", "--target", url)
	require.Equal(t, 1, r.status)
	require.Contains(t, r.stdout, "Bring these 3 back? [y/N]")
	require.Contains(t, r.stdout, "  index seat_row_idx on app.seat\n")
	require.Contains(t, r.stdout, "Nothing was done.")
	n, _ := left(t, url)
	require.Equal(t, 4, n)

	r = ferryman(t, with{stdin: "y\n"}, "restore", "--target", url)
	require.Zero(t, r.status, r.stderr)
	require.Contains(t, r.stdout, "3 brought back, in ")
	n, on := left(t, url)
	require.Equal(t, 1, n)
	require.False(t, on, "a trigger that is on would disturb a DMS that still writes")

	r = ferryman(t, with{}, "restore", "--target", url, "--yes")
	require.Zero(t, r.status)
	require.Contains(t, r.stdout, "Nothing is set aside that could be brought back: database ")
	r = ferryman(t, with{}, "restore", "--target", url, "--yes", "--all", "--dms-is-stopped")
	require.Zero(t, r.status, r.stderr)
	require.Contains(t, r.stdout, "trigger seat_touch on app.seat\n")
	n, on = left(t, url)
	require.Zero(t, n)
	require.True(t, on)
}

func TestRestoreSaysWhatIsNotBack(t *testing.T) {
	t.Parallel()
	url := aside(t)
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	defer conn.Close(context.Background())
	_, err = conn.Exec(t.Context(), "INSERT INTO app.seat VALUES (1, 88121, 1)")
	require.NoError(t, err)
	r := ferryman(t, with{}, "restore", "--target", url, "--yes")
	require.Equal(t, 1, r.status)
	require.Contains(t, r.stdout, "2 brought back")
	require.Contains(t, r.stdout, "Not back: foreign key seat_venue_id_fkey on app.seat: 1 row of app.seat has no parent row; first: id=1\n  to see the rows: SELECT c.* FROM ")
	require.Contains(t, r.stdout, "What to do: Rows refer to rows that are missing: load the missing ones, or mend those that refer to them.\n")
	_, err = conn.Exec(t.Context(), "INSERT INTO app.venue VALUES (88121, 'Hall')")
	require.NoError(t, err)
	r = ferryman(t, with{}, "restore", "--target", url, "--yes")
	require.Zero(t, r.status, r.stdout)
	require.Contains(t, r.stdout, "1 brought back")
}

func TestRestoreThatNobodyCanAnswer(t *testing.T) {
	t.Parallel()
	url := aside(t)
	r := ferryman(t, with{}, "restore", "--target", url)
	require.Equal(t, 2, r.status)
	require.Contains(t, r.stdout, "To come back in database ")
	require.Contains(t, r.stdout, "1 × foreign key, 1 × index, 1 × unique constraint")
	require.Contains(t, r.stderr, "nothing was done: there is nobody to ask; --yes answers")
	n, _ := left(t, url)
	require.Equal(t, 4, n)
	r = ferryman(t, with{}, "restore", "--target", url, "--dms-is-stopped")
	require.Equal(t, 2, r.status)
	require.Contains(t, r.stderr, "--dms-is-stopped goes with --all")
}

func TestRestoreOfATargetThatCannotBeHad(t *testing.T) {
	t.Parallel()
	url := testenv.Postgres(t)
	_, role := testenv.Role(t, url)
	for name, c := range map[string]struct{ url, says string }{
		"a wrong password":    {strings.Replace(role, ":secret@", ":hush@", 1), "password authentication failed"},
		"nobody there":        {"postgres://u:hush@127.0.0.1:1/d", "can't be reached"},
		"no connection":       {"hush", "it looks like postgres://user:password@host:5432/database"},
		"never prepared here": {url, `nothing can have been set aside in database `},
	} {
		r := ferryman(t, with{}, "restore", "--target", c.url, "--yes")
		require.Equal(t, 1, r.status, name)
		require.Contains(t, r.stderr, c.says, name)
		require.NotContains(t, r.stderr+r.stdout, "hush")
	}
}
