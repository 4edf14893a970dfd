// SPDX-License-Identifier: Apache-2.0

package oracle_test

import (
	"context"
	"database/sql"
	"io/fs"
	"os"
	"testing"

	"github.com/ferryman/ferryman/internal/standin/oracle"
	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// start runs a stand-in with the export directories and users DBA, FERRYMAN, PLAIN and the schema's owner.
func start(t testing.TB, owner string, change func(*oracle.Options), exports ...string) *oracle.Server {
	t.Helper()
	opts := oracle.Options{Postgres: testenv.Server(t), SupplementalLog: true, SupplementalLogPK: true, Users: []oracle.User{
		{Name: "ADMIN", Password: "admin", Roles: []string{"DBA"}},
		{Name: "FERRYMAN", Password: "ferry", Roles: []string{"CONNECT", "RESOURCE", "SELECT_CATALOG_ROLE"},
			Privileges: []string{"SELECT ANY TABLE"}},
		{Name: "DMS", Password: "dms", Roles: []string{"SELECT_CATALOG_ROLE", "EXECUTE_CATALOG_ROLE"},
			Privileges: []string{"SELECT ANY TABLE", "LOGMINING"}},
		{Name: "PLAIN", Password: "plain", Roles: []string{"CONNECT"}},
		{Name: owner, Password: "app", Roles: []string{"CONNECT", "RESOURCE"}, Privileges: []string{"CREATE VIEW"}},
	}}
	var dirs []fs.FS
	for _, dir := range exports {
		dirs = append(dirs, os.DirFS(dir))
	}
	opts.Exports = dirs
	if change != nil {
		change(&opts)
	}
	server, err := oracle.Start(context.Background(), opts)
	require.NoError(t, err)
	t.Cleanup(server.Close)
	return server
}

// open connects a user with go-ora.
func open(t testing.TB, s *oracle.Server, user string) *sql.DB {
	t.Helper()
	db := oracle.OpenDB(s.URL(user))
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// one reads one row of one column.
func one[T any](t testing.TB, db interface {
	QueryRow(string, ...any) *sql.Row
}, query string, args ...any) T {
	t.Helper()
	var value T
	require.NoError(t, db.QueryRow(query, args...).Scan(&value), query)
	return value
}
