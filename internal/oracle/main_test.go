// SPDX-License-Identifier: Apache-2.0

package oracle_test

import (
	"context"
	"database/sql"
	"io/fs"
	"os"
	"testing"

	"github.com/ferryman/ferryman/internal/oracle"
	standin "github.com/ferryman/ferryman/internal/standin/oracle"
	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) { testenv.Main(m) }

const boxOffice = "../../cmd/rehearse/boxoffice"

// serve starts a stand-in with the box office. FERRYMAN may read everything, LIMITED only its own.
func serve(t testing.TB, change func(*standin.Options)) *standin.Server {
	t.Helper()
	opts := standin.Options{Postgres: testenv.Server(t), Exports: []fs.FS{os.DirFS(boxOffice)}, SupplementalLog: true, Users: []standin.User{
		{Name: "FERRYMAN", Password: "s3cret-ferry", Roles: []string{"CONNECT", "RESOURCE", "SELECT_CATALOG_ROLE"}, Privileges: []string{"SELECT ANY TABLE", "CREATE TABLE"}},
		{Name: "DMS", Password: "dms", Roles: []string{"SELECT_CATALOG_ROLE", "EXECUTE_CATALOG_ROLE"},
			Privileges: []string{"SELECT ANY TABLE", "LOGMINING", "SELECT ANY TRANSACTION", "SELECT ANY DICTIONARY"}},
		{Name: "LIMITED", Password: "limited", Roles: []string{"CONNECT"}},
		{Name: "BOXOFFICE", Password: "app", Roles: []string{"CONNECT", "RESOURCE"}},
	}}
	if change != nil {
		change(&opts)
	}
	server, err := standin.Start(context.Background(), opts)
	require.NoError(t, err)
	t.Cleanup(server.Close)
	return server
}

func open(t testing.TB, url string) *oracle.Source {
	t.Helper()
	s, err := oracle.Open(context.Background(), url)
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// application is a client that is not Ferryman.
func application(t testing.TB, server *standin.Server) *sql.DB {
	t.Helper()
	db := standin.OpenDB(server.URL("BOXOFFICE"))
	t.Cleanup(func() { _ = db.Close() })
	return db
}
