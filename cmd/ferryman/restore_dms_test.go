// SPDX-License-Identifier: Apache-2.0

package main_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// closed ends the open migration, as cutover does: what is left aside then can come back whole.
const closed = "UPDATE ferryman.migration SET closed_at = now()"

const statusTable = `CREATE TABLE public.awsdms_status (server_name varchar(128) NOT NULL, task_name varchar(128) NOT NULL, task_status varchar(32), status_time timestamp,
	PRIMARY KEY (server_name, task_name)); INSERT INTO public.awsdms_status VALUES ('s', 'ABCDEF', '%s', (now() AT TIME ZONE 'UTC') - interval '%s')`

func statusRow(status, age string) string {
	return strings.Replace(strings.Replace(statusTable, "%s", status, 1), "%s", age, 1)
}

func session(t *testing.T, at string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), at)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(t.Context()) })
	return conn
}

func run(t *testing.T, conn *pgx.Conn, sql string) {
	t.Helper()
	_, err := conn.Exec(t.Context(), sql)
	require.NoError(t, err)
}

// named gives a connection string an application name.
func named(t *testing.T, at, application string) string {
	t.Helper()
	u, err := url.Parse(at)
	require.NoError(t, err)
	q := u.Query()
	q.Set("application_name", application)
	u.RawQuery = q.Encode()
	return u.String()
}

func TestRestoreBringsTriggersBackOnlyWhereNothingSpeaksForDMS(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		prepare string // as the superuser
		dms     bool   // a session of the role that owns awsdms_status
		says    string // empty: everything comes back
	}{
		"nothing of it":           {prepare: closed},
		"a task that has stopped": {prepare: closed + "; " + statusRow("NOT RUNNING", "1 minute")},
		"a status of long ago":    {prepare: closed + "; " + statusRow("CHANGE PROCESSING", "3 hours")},
		"an open migration":       {prepare: "SELECT 1", says: "migration box-office is open"},
		"a status of now":         {prepare: closed + "; " + statusRow("CHANGE PROCESSING", "30 seconds"), says: `DMS task ABCDEF wrote "CHANGE PROCESSING" into public.awsdms_status at `},
		"upper-case columns": {prepare: closed + `; CREATE SCHEMA control; CREATE TABLE control.awsdms_status ("TASK_NAME" text, "TASK_STATUS" text, "STATUS_TIME" timestamp);
			INSERT INTO control.awsdms_status VALUES ('UPPER', 'FULL LOAD', now() AT TIME ZONE 'UTC')`, says: `DMS task UPPER wrote "FULL LOAD" into control.awsdms_status`},
		"sessions of DMS": {prepare: closed, dms: true, says: "DMS has sessions on the target: 1 of role "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			at := aside(t)
			run(t, session(t, at), c.prepare)
			if c.dms {
				role, roleURL := testenv.Role(t, at)
				run(t, session(t, at), "GRANT CREATE ON SCHEMA public TO "+role)
				// The role that made DMS's tables is the endpoint's, whatever it is called.
				dms := session(t, named(t, roleURL, "anything"))
				run(t, dms, "CREATE TABLE public.awsdms_apply_exceptions (id int)")
			}
			r := ferryman(t, with{}, "restore", "--target", at, "--yes")
			require.Zero(t, r.status, r.stderr)
			n, on := left(t, at)
			if c.says == "" {
				require.NotContains(t, r.stdout, "Left aside")
				require.Zero(t, n)
				require.True(t, on)
				return
			}
			require.Contains(t, r.stdout, "Left aside: 1 × trigger, because\n")
			require.Contains(t, r.stdout, c.says)
			require.Contains(t, r.stdout, "run the same with --all --dms-is-stopped")
			require.Contains(t, r.stdout, "3 brought back")
			require.Equal(t, 1, n)
			require.False(t, on)
			r = ferryman(t, with{}, "restore", "--target", at, "--yes", "--all", "--dms-is-stopped")
			require.Zero(t, r.status, r.stderr)
			n, on = left(t, at)
			require.Zero(t, n)
			require.True(t, on)
		})
	}
}

func TestRestoreSaysThatItCannotLookAtTheStatus(t *testing.T) {
	t.Parallel()
	at := aside(t)
	admin := session(t, at)
	dms, _ := testenv.Role(t, at)
	run(t, admin, closed+"; "+statusRow("NOT RUNNING", "1 day")+"; ALTER TABLE public.awsdms_status OWNER TO "+dms)
	role, roleURL := testenv.Role(t, at)
	run(t, admin, "GRANT USAGE, CREATE ON SCHEMA app TO "+role+"; ALTER TABLE app.seat OWNER TO "+role+"; ALTER TABLE app.venue OWNER TO "+role+
		"; GRANT USAGE ON SCHEMA ferryman TO "+role+"; GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA ferryman TO "+role)
	r := ferryman(t, with{}, "restore", "--target", roleURL, "--yes")
	require.Zero(t, r.status, r.stderr)
	require.Contains(t, r.stdout, "whether DMS still writes is unknown: role "+role+" may not read public.awsdms_status")
	_, on := left(t, at)
	require.False(t, on)
	run(t, admin, "GRANT SELECT ON public.awsdms_status TO "+role)
	r = ferryman(t, with{}, "restore", "--target", roleURL, "--yes")
	require.Zero(t, r.status, r.stderr)
	_, on = left(t, at)
	require.True(t, on)
}

func TestRestoreOfIndexesAndKeysAlone(t *testing.T) {
	t.Parallel()
	at := aside(t)
	run(t, session(t, at), closed)
	r := ferryman(t, with{}, "restore", "--target", at, "--yes", "--indexes-and-keys")
	require.Zero(t, r.status, r.stderr)
	require.Contains(t, r.stdout, "only indexes and keys were asked for")
	n, on := left(t, at)
	require.Equal(t, 1, n)
	require.False(t, on)
	r = ferryman(t, with{}, "restore", "--target", at, "--yes", "--indexes-and-keys", "--all", "--dms-is-stopped")
	require.Equal(t, 2, r.status)
	require.Contains(t, r.stderr, "exclude each other")
}
