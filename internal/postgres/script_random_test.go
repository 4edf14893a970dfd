// SPDX-License-Identifier: Apache-2.0

package postgres_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/stretchr/testify/require"
)

// What is printed of random schemas leads psql to the target that Ferryman itself prepares, row by row of what is saved, and restore
// brings it back to the same dump. One schema of ten that the other test makes.
func TestRandomSchemasPreparedByScript(t *testing.T) {
	t.Parallel()
	const perDatabase = 25
	seed := number(t, "FERRYMAN_SEED", uint64(time.Now().UnixNano()%1e9))
	databases := max(1, int(number(t, "FERRYMAN_SCHEMAS", 500))/10/perDatabase)
	t.Logf("FERRYMAN_SEED=%d, %d schemas, %s", seed, databases*perDatabase, dumpVersion(t))
	makeTablespace(t)
	for i := range databases {
		t.Run(fmt.Sprintf("FERRYMAN_SEED=%d", seed+uint64(i)), func(t *testing.T) {
			t.Parallel()
			byFerryman, byHand := setup(t), untouched(t, "SELECT 1")
			g := &generator{Rand: rand.New(rand.NewPCG(seed+uint64(i), 2)), server: byHand.target.ServerVersion()}
			byHand.install(t, g)
			for _, extension := range g.extensions {
				byFerryman.admin(t, "CREATE EXTENSION "+extension)
			}
			g.database(perDatabase)
			byHand.run(t, g)
			byFerryman.run(t, g)
			before, all := byHand.dump(t, withRows), append(slices.Clone(g.schemas), outsideSchema)
			catalog := byHand.definitions(t, all)

			script, ok := byHand.script(t, postgres.ScriptOptions{Schemas: g.schemas, KeepPatterns: []string{keepPattern}, Gap: 100})
			require.True(t, ok, script)
			out, err := byHand.psql(t, script)
			require.NoError(t, err, out)
			byFerryman.prepare(t, g.schemas, postgres.SetAsideOptions{LOBColumns: byFerryman.mayBeLOBs(t, g.schemas), KeepPatterns: []string{keepPattern}})
			require.Empty(t, postgres.Differences(byFerryman.definitions(t, all), byHand.definitions(t, all)))
			sameText(t, byFerryman.savedRows(t), byHand.savedRows(t))
			sameText(t, strings.ReplaceAll(byFerryman.dump(t, withRows), byFerryman.role, byHand.role), byHand.dump(t, withRows))

			report, err := byHand.target.Restore(t.Context(), postgres.RestoreOptions{All: true, Actor: "dba"})
			require.NoError(t, err)
			require.Empty(t, report.Failed)
			require.Empty(t, report.Differences)
			sameText(t, before, byHand.dump(t, withRows))
			require.Empty(t, postgres.Differences(catalog, byHand.definitions(t, all)))
		})
	}
}

// mayBeLOBs are the columns of which nobody says that they are none: text, bytea or xml in no unique index, and not generated.
func (b *testBundle) mayBeLOBs(t *testing.T, schemas []string) []postgres.ColumnName {
	t.Helper()
	rows, err := b.conn.Query(t.Context(), `WITH RECURSIVE tab AS (
			SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = ANY($1) AND c.relkind IN ('r', 'p')
			UNION SELECT p.oid FROM tab JOIN pg_inherits i ON i.inhparent = tab.oid JOIN pg_class p ON p.oid = i.inhrelid AND p.relispartition)
		SELECT n.nspname::text, c.relname::text, a.attname::text FROM tab JOIN pg_class c USING (oid) JOIN pg_namespace n ON n.oid = c.relnamespace
		JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
		WHERE a.atttypid IN ('text'::regtype, 'bytea'::regtype, 'xml'::regtype) AND NOT EXISTS (SELECT FROM pg_index x
			WHERE x.indrelid = c.oid AND x.indisunique AND a.attnum = ANY ((x.indkey::int2[])[0:x.indnkeyatts - 1]))`, schemas)
	require.NoError(t, err)
	var columns []postgres.ColumnName
	for rows.Next() {
		var c postgres.ColumnName
		require.NoError(t, rows.Scan(&c.Schema, &c.Table, &c.Column))
		columns = append(columns, c)
	}
	require.NoError(t, rows.Err())
	return columns
}
