// SPDX-License-Identifier: Apache-2.0

package postgres_test

import (
	"context"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// TestMain runs the tests, or in a child process that one of them started to kill it, a Ferryman.
func TestMain(m *testing.M) {
	if spec := os.Getenv(clientVariable); spec != "" {
		os.Exit(clientMain(spec))
	}
	testenv.SideBySide(4) // they wait for locks and for PostgreSQL more than they work
	testenv.Main(m)
}

// testBundle is a target as Ferryman meets it: a role without superuser that owns what it is to change, and an open migration.
type testBundle struct {
	adminURL string // the superuser's
	url      string // Ferryman's
	role     string
	conn     *pgx.Conn // as Ferryman's role, but not Ferryman's: what tests look with
	target   *postgres.Target
	fence    postgres.Fence
}

func setup(t *testing.T, schemaSQL ...string) *testBundle {
	t.Helper()
	return setupIn(t, testenv.Postgres(t), schemaSQL...)
}

// setupIn is setup in a database that is there.
func setupIn(t *testing.T, adminURL string, schemaSQL ...string) *testBundle {
	t.Helper()
	b := &testBundle{adminURL: adminURL}
	b.role, b.url = testenv.Role(t, b.adminURL)
	b.admin(t, "DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO "+b.role+"', current_database()); END $$")
	b.conn = connect(t, b.url)
	for _, sql := range schemaSQL {
		b.exec(t, sql)
	}
	b.target = open(t, b.url)
	_, err := b.target.EnsureHome(t.Context())
	require.NoError(t, err)
	require.NoError(t, b.target.OpenMigration(t.Context(), postgres.MigrationRecord{Name: "box-office", PolicyHash: "p1", Source: "oracle://db:1521/X"}))
	b.fence, err = b.target.RaiseFence(t.Context(), "box-office")
	require.NoError(t, err)
	return b
}

func open(t *testing.T, url string) *postgres.Target {
	t.Helper()
	target, err := postgres.Open(t.Context(), url, "test")
	require.NoError(t, err)
	t.Cleanup(target.Close)
	return target
}

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

func (b *testBundle) admin(t *testing.T, sql string) {
	t.Helper()
	conn := connect(t, b.adminURL)
	_, err := conn.Exec(t.Context(), sql)
	require.NoError(t, err)
	require.NoError(t, conn.Close(t.Context()))
}

func (b *testBundle) exec(t *testing.T, sql string) {
	t.Helper()
	_, err := b.conn.Exec(t.Context(), sql)
	require.NoError(t, err)
}

func one[T any](t *testing.T, conn *pgx.Conn, sql string, args ...any) T {
	t.Helper()
	var v T
	require.NoError(t, conn.QueryRow(t.Context(), sql, args...).Scan(&v))
	return v
}

// plan reads the catalog of schema app and plans what is set aside.
func (b *testBundle) plan(t *testing.T, opts postgres.SetAsideOptions) postgres.SetAside {
	t.Helper()
	cat, err := b.target.ReadCatalog(t.Context(), []string{"app"})
	require.NoError(t, err)
	plan, err := postgres.PlanSetAside(cat, opts)
	require.NoError(t, err)
	return plan
}

func (b *testBundle) setAside(t *testing.T, plan postgres.SetAside) {
	t.Helper()
	for _, batch := range plan.Batches() {
		require.NoError(t, b.target.SetAsideObjects(t.Context(), b.fence, "plan", batch.Step(), batch.Objects))
	}
}

// dumpVersion is what pg_dump says of itself.
func dumpVersion(t *testing.T) string {
	t.Helper()
	out, err := exec.Command(testenv.Client(t, "pg_dump"), "--version").Output()
	require.NoError(t, err)
	return strings.TrimSpace(string(out))
}

// dump is the schema as pg_dump prints it, without what Ferryman keeps there, the tables of DMS, and where sequences stand. format
// is pg_dump's options where they are not --schema-only.
func (b *testBundle) dump(t *testing.T, format ...string) string {
	t.Helper()
	program := testenv.Client(t, "pg_dump")
	if len(format) == 0 {
		format = []string{"--schema-only"}
	}
	args := append(format, "--exclude-schema=ferryman", "--exclude-table=*.awsdms_*", "--dbname="+b.adminURL)
	if help, _ := exec.Command(program, "--help").Output(); strings.Contains(string(help), "--restrict-key") {
		args = append(args, "--restrict-key=ferryman")
	}
	cmd := exec.Command(program, args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	require.NoError(t, err)
	// Its session keeps its locks until the server notices that it has gone, and a proof waits for nobody.
	looker := connect(t, b.adminURL)
	require.Eventually(t, func() bool {
		return !one[bool](t, looker, "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'pg_dump')")
	}, patience, often)
	require.NoError(t, looker.Close(t.Context()))
	return sequencePosition.ReplaceAllString(string(out), "")
}

var sequencePosition = regexp.MustCompile(`(?m)^SELECT pg_catalog\.setval\(.*\);$`)

const (
	patience = 4 * time.Minute
	often    = 5 * time.Millisecond

	// A lock that somebody else keeps is tried for longer than a busy machine stands still: more than once, and who has it is seen.
	lockTimeout  = 500 * time.Millisecond
	lockPatience = 4 * time.Second
)
