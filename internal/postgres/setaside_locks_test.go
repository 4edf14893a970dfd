// SPDX-License-Identifier: Apache-2.0

package postgres_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/localserver"
	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/stretchr/testify/require"
)

// fewLocks is a server with room for 64 × 10 = 640 locks, and the few more that PostgreSQL finds for its own processes.
func fewLocks(t *testing.T, schemaSQL ...string) *testBundle {
	t.Helper()
	return onServer(t, map[string]string{"max_connections": "10", "max_locks_per_transaction": "64", "max_worker_processes": "0",
		"max_wal_senders": "0", "autovacuum": "off", "autovacuum_max_workers": "1"}, schemaSQL...)
}

// onServer is a target on a server of its own.
func onServer(t *testing.T, settings map[string]string, schemaSQL ...string) *testBundle {
	t.Helper()
	server, err := localserver.StartPostgres(t.Context(), localserver.PostgresOptions{Settings: settings})
	require.NoError(t, err)
	t.Cleanup(server.Stop)
	b := &testBundle{adminURL: server.URL("postgres"), role: "owner", url: server.UserURL("owner", "secret", "postgres")}
	b.admin(t, "CREATE ROLE owner LOGIN PASSWORD 'secret'; GRANT CREATE ON DATABASE postgres TO owner")
	b.conn = connect(t, b.url)
	for _, sql := range schemaSQL {
		b.exec(t, sql)
	}
	b.target = open(t, b.url)
	_, err = b.target.EnsureHome(t.Context())
	require.NoError(t, err)
	require.NoError(t, b.target.OpenMigration(t.Context(), postgres.MigrationRecord{Name: "box-office", PolicyHash: "p1", Source: "oracle://db:1521/X"}))
	b.fence, err = b.target.RaiseFence(t.Context(), "box-office")
	require.NoError(t, err)
	return b
}

// many is a DO block for each hundred numbers up to n: the locks of one would not fit either. %1$s in sql is the number.
func many(n int, sql string) []string {
	var blocks []string
	for from := 1; from <= n; from += 100 {
		blocks = append(blocks, fmt.Sprintf("DO $$ BEGIN FOR i IN %d..%d LOOP EXECUTE format(%s, i); END LOOP; END $$",
			from, min(from+99, n), "'"+strings.ReplaceAll(sql, "'", "''")+"'"))
	}
	return blocks
}

func TestATableWithMoreIndexesThanTheServerHasLocksForIsSetAside(t *testing.T) {
	t.Parallel()
	schema := append([]string{"SET max_parallel_maintenance_workers = 0; CREATE SCHEMA app; CREATE TABLE app.wide (id int PRIMARY KEY, a int)"},
		many(1300, "CREATE INDEX wide_%1$s ON app.wide (a)")...)
	b := fewLocks(t, schema...)
	plan := b.plan(t, postgres.SetAsideOptions{})
	require.Len(t, plan.Objects, 1300)
	proof, err := b.target.Prove(t.Context(), plan)
	require.NoError(t, err)
	require.Empty(t, proof.Problems)
	if b.target.ServerVersion() >= 150000 { // 13 and 14 have not even room for a SELECT from that table, which locks its indexes
		require.Equal(t, 1300, proof.Tried, "also the attempts are made a few at a time")
	}
	steps := map[string]bool{}
	for _, batch := range plan.Batches() {
		require.False(t, steps[batch.Step()], batch.Step())
		steps[batch.Step()] = true
		require.NoError(t, b.target.SetAsideObjects(t.Context(), b.fence, "plan", batch.Step(), batch.Objects))
	}
	require.Contains(t, steps, "set aside rest of app.wide")
	require.Contains(t, steps, "set aside rest of app.wide, part 2")
	require.Equal(t, 1, one[int](t, b.conn, "SELECT count(*)::int FROM pg_index WHERE indrelid = 'app.wide'::regclass"))
	require.Equal(t, 1300, one[int](t, b.conn, "SELECT count(*)::int FROM ferryman.saved WHERE restored_at IS NULL"))
}

func TestPartitionsAndKeysThatNeedMoreLocksThanTheServerHasGoInParts(t *testing.T) {
	t.Parallel()
	schema := []string{`CREATE SCHEMA app; CREATE TABLE app.city (id int PRIMARY KEY, code int UNIQUE);
		CREATE TABLE app.sale (id int, city int, a int, b int, PRIMARY KEY (id)) PARTITION BY RANGE (id)`}
	schema = append(schema, many(100, "CREATE TABLE app.sale_%1$s PARTITION OF app.sale FOR VALUES FROM (%1$s) TO (%1$s + 1)")...)
	for i := range 9 {
		schema = append(schema, fmt.Sprintf("CREATE INDEX sale_a%d ON app.sale (a, b)", i))
	}
	schema = append(schema, "CREATE TABLE app.hub (id int PRIMARY KEY, city int)")
	schema = append(schema, many(200, "ALTER TABLE app.hub ADD CONSTRAINT hub_%1$s FOREIGN KEY (city) REFERENCES app.city (id)")...)
	schema = append(schema, many(200, "CREATE TABLE app.leaf_%1$s (id int PRIMARY KEY, city int REFERENCES app.city (code))")...)
	b := fewLocks(t, schema...)
	plan := b.plan(t, postgres.SetAsideOptions{})
	proof, err := b.target.Prove(t.Context(), plan)
	require.NoError(t, err)
	require.Empty(t, proof.Problems)
	b.setAside(t, plan)
	require.Equal(t, len(plan.Objects), one[int](t, b.conn, "SELECT count(*)::int FROM ferryman.saved WHERE restored_at IS NULL"))
}

func TestAnObjectThatNeedsMoreLocksThanTheServerHasIsNamedBeforeTheFirstDrop(t *testing.T) {
	t.Parallel()
	schema := []string{"CREATE SCHEMA app; CREATE TABLE app.sale (id int, a int) PARTITION BY RANGE (id)"}
	schema = append(schema, many(400, "CREATE TABLE app.sale_%1$s PARTITION OF app.sale FOR VALUES FROM (%1$s) TO (%1$s + 1)")...)
	schema = append(schema, "CREATE INDEX sale_a ON ONLY app.sale (a)")
	schema = append(schema, many(400, "CREATE INDEX sale_a_%1$s ON app.sale_%1$s (a)")...)
	schema = append(schema, many(400, "ALTER INDEX app.sale_a ATTACH PARTITION app.sale_a_%1$s")...)
	b := fewLocks(t, append(schema, "CREATE TABLE app.other (id int PRIMARY KEY, a int); CREATE INDEX other_a ON app.other (a)")...)
	plan := b.plan(t, postgres.SetAsideOptions{})
	require.Equal(t, []string{"index app.other.other_a", "index app.sale.sale_a"}, names(plan.Objects))
	proof, err := b.target.Prove(t.Context(), plan)
	require.NoError(t, err)
	require.Len(t, proof.Problems, 1)
	require.Equal(t, "sale_a", proof.Problems[0].Name)
	require.Regexp(t, `it needs about 9\d\d locks in one transaction, and the server has room for 640 \(max_locks_per_transaction 64, max_connections 10\)`,
		proof.Problems[0].Lacks)
	require.Equal(t, []string{"ALTER SYSTEM SET max_locks_per_transaction = 128; -- and a restart; on RDS and Aurora in the parameter group"}, proof.Fixes())
	require.Equal(t, 1, proof.Tried)
}

// What the plan counts is what PostgreSQL takes, or a little more: it is looked at from another session while the transaction waits
// for its last statement.
func TestTheLocksOfAnObjectAreCountedAsPostgreSQLTakesThem(t *testing.T) {
	t.Parallel()
	for _, schema := range []string{"partitions", "boxoffice"} {
		t.Run(schema, func(t *testing.T) {
			t.Parallel()
			countLocks(t, setup(t, schemaFile(t, schema)))
		})
	}
}

func countLocks(t *testing.T, b *testBundle) {
	t.Helper()
	plan := b.plan(t, postgres.SetAsideOptions{LOBColumns: lobs})
	b.target.LockTimeout = time.Minute
	looker := connect(t, b.url)
	for _, object := range plan.Objects {
		b.exec(t, "BEGIN; LOCK TABLE ferryman.step IN EXCLUSIVE MODE")
		done := make(chan error, 1)
		go func() {
			done <- b.target.SetAsideObjects(context.Background(), b.fence, "plan", object.Name, []postgres.Object{object})
		}()
		var taken int
		require.Eventually(t, func() bool {
			// The table's own tree is what stays out of the count, as the catalog and schema ferryman.
			taken = one[int](t, looker, `WITH RECURSIVE waits AS (SELECT l.pid FROM pg_locks l WHERE NOT l.granted AND l.relation = 'ferryman.step'::regclass),
					tree AS (SELECT $1::regclass::oid AS oid UNION ALL SELECT inhrelid FROM tree JOIN pg_inherits ON inhparent = tree.oid)
				SELECT CASE WHEN EXISTS (SELECT FROM waits) THEN (SELECT count(DISTINCT (l.locktype, l.relation, l.classid, l.objid))::int FROM pg_locks l
					LEFT JOIN pg_class c ON c.oid = l.relation LEFT JOIN pg_namespace n ON n.oid = c.relnamespace
					WHERE l.pid = (SELECT pid FROM waits) AND l.locktype IN ('relation', 'object') AND coalesce(n.nspname, '') NOT IN ('ferryman', 'pg_catalog')
						AND coalesce(l.relation, 0) NOT IN (SELECT oid FROM tree)) ELSE -1 END`, fmt.Sprintf("%q.%q", object.Schema, object.Table))
			return taken >= 0
		}, patience, often)
		b.exec(t, "ROLLBACK")
		require.NoError(t, <-done)
		require.LessOrEqual(t, taken, object.Locks, "%s %s.%s", object.Kind, object.Table, object.Name)
		if object.Kind == postgres.NotNull {
			continue // 18 keeps a constraint of each partition, older servers none
		}
		require.LessOrEqual(t, object.Locks, 3*taken+3, "%s %s.%s takes %d", object.Kind, object.Table, object.Name, taken)
	}
}
