// SPDX-License-Identifier: Apache-2.0

package main_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/stretchr/testify/require"
)

// dump is a database's schema as pg_dump prints it, without what Ferryman keeps there.
func dump(t *testing.T, at string) string {
	t.Helper()
	program := testenv.Client(t, "pg_dump")
	args := []string{"--schema-only", "--exclude-schema=ferryman", "--dbname=" + at}
	if help, _ := exec.Command(program, "--help").Output(); strings.Contains(string(help), "--restrict-key") {
		args = append(args, "--restrict-key=ferryman")
	}
	out, err := exec.Command(program, args...).Output()
	require.NoError(t, err)
	return string(out)
}

// What is printed is run by psql on a target on which Ferryman never was, and restored.
func TestAPrintedPrepareIsRunByHandAndRestored(t *testing.T) {
	t.Parallel()
	psql := testenv.Client(t, "psql")
	at := testenv.Postgres(t)
	run(t, session(t, at), tables)
	before := dump(t, at)
	r := ferryman(t, with{}, "plan", "prepare", "--target", at, "--all-schemas", "--keep", "app.seat.seat_row*")
	require.Zero(t, r.status, r.stderr)
	require.Contains(t, r.stdout, "-- trigger seat_touch of app.seat: it ran on the source already")
	require.Contains(t, r.stdout, "-- index seat_row_idx of app.seat: the profile keeps what matches app.seat.seat_row*")
	require.Equal(t, before, dump(t, at), "printing runs nothing")
	file := filepath.Join(t.TempDir(), "prepare.sql")
	require.NoError(t, os.WriteFile(file, []byte(r.stdout), 0o600))
	out, err := exec.Command(psql, "--no-psqlrc", "-f", file, at).CombinedOutput()
	require.NoError(t, err, string(out))
	n, on := left(t, at)
	require.Equal(t, 3, n, "a key, a unique constraint, a trigger")
	require.False(t, on)
	require.NotEqual(t, before, dump(t, at))

	r = ferryman(t, with{}, "restore", "--target", at, "--yes")
	require.Zero(t, r.status, r.stderr)
	require.Contains(t, r.stdout, "3 brought back")
	require.Equal(t, before, dump(t, at))
}

func TestAPlanOfWhatCouldNotComeBackIsANo(t *testing.T) {
	t.Parallel()
	at := testenv.Postgres(t)
	role, roleURL := testenv.Role(t, at)
	run(t, session(t, at), "CREATE SCHEMA app; CREATE TABLE app.t (id int PRIMARY KEY, n int); CREATE INDEX t_n ON app.t (n); ALTER TABLE app.t OWNER TO "+role+
		"; GRANT USAGE ON SCHEMA app TO "+role)
	r := ferryman(t, with{}, "plan", "prepare", "--target", roleURL, "--schema", "app")
	require.Equal(t, 1, r.status)
	require.Contains(t, r.stderr, "index t_n of app.t: CREATE on schema app")
	require.Contains(t, r.stderr, `have the DBA run: GRANT CREATE ON SCHEMA "app" TO "`+role+`";`)
	require.Contains(t, r.stdout, "This script stops here")
	require.NotContains(t, r.stderr+r.stdout, "secret")
}

func TestAPlanUsedWrongly(t *testing.T) {
	t.Parallel()
	at := testenv.Postgres(t)
	for says, args := range map[string][]string{
		"plan prepare needs --target URL":                          {"prepare", "--schema", "app"},
		"needs --schema S, once for each schema, or --all-schemas": {"prepare", "--target", at},
		"once for each schema, or --all-schemas":                   {"prepare", "--target", at, "--schema", "a", "--all-schemas"},
		"--gap is a number of increments, 0 or more":               {"prepare", "--target", at, "--schema", "a", "--gap", "-1"},
		`--migration "Box Office" is no name of a migration`:       {"prepare", "--target", at, "--schema", "a", "--migration", "Box Office"},
		`there is no plan of "load"`:                               {"load"},
		`ferryman plan prepare takes no "now"`:                     {"prepare", "now"},
	} {
		r := ferryman(t, with{}, append([]string{"plan"}, args...)...)
		require.Equal(t, 2, r.status, args)
		require.Contains(t, r.stderr, says)
		require.Empty(t, r.stdout)
	}
	for says, args := range map[string][]string{
		"there is no table in schema ap:":    {"--schema", "ap"},
		"no schema on the target has tables": {"--all-schemas"},
	} {
		r := ferryman(t, with{}, append([]string{"plan", "prepare", "--target", at}, args...)...)
		require.Equal(t, 1, r.status)
		require.Contains(t, r.stderr, says)
	}
	r := ferryman(t, with{}, "plan", "--help")
	require.Zero(t, r.status)
	require.Contains(t, r.stdout, "prepare")
}
