// SPDX-License-Identifier: Apache-2.0

package postgres_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// objectStates is one row for each object, and each part of one on a partition, with all that the catalog says of it and that stays
// when it is made anew. It reads the tables of the catalog only: functions that print definitions look past the snapshot. Two
// columns do not stay: connoinherit, which says nothing but for checks, and confdelsetcols of a key's part, where PostgreSQL 15 keeps the
// numbers of the parent's columns and acts by the parent's.
const objectStates = `
WITH comments AS NOT MATERIALIZED (SELECT * FROM pg_description WHERE objsubid = 0)
SELECT 'x:' || format('%I.%I.%I', n.nspname, c.relname, x.relname) AS key,
	((to_jsonb(i) - '{indexrelid,indrelid,indexprs,indpred,indcheckxmin}'::text[]) || jsonb_build_object(
		'options', x.reloptions, 'space', x.reltablespace, 'method', x.relam, 'expression', i.indexprs IS NOT NULL, 'partial', i.indpred IS NOT NULL,
		'comment', (SELECT description FROM comments WHERE objoid = x.oid AND classoid = 'pg_class'::regclass),
		'statistics', (SELECT jsonb_agg(a.attstattarget ORDER BY a.attnum) FROM pg_attribute a WHERE a.attrelid = x.oid),
		'of', (SELECT p.relname FROM pg_inherits h JOIN pg_class p ON p.oid = h.inhparent WHERE h.inhrelid = x.oid)))::text AS state
FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_class x ON x.oid = i.indexrelid
WHERE n.oid > 16383 AND n.nspname <> 'ferryman'
UNION ALL
SELECT CASE k.contype WHEN 'f' THEN 'f:' WHEN 'c' THEN 'c:' ELSE 'k:' END || format('%I.%I.%I', n.nspname, c.relname, k.conname),
	((to_jsonb(k) - '{oid,connamespace,conrelid,conindid,conparentid,conbin}'::text[] - CASE k.contype WHEN 'c' THEN '' ELSE 'connoinherit' END
		- CASE k.conparentid WHEN 0 THEN '' ELSE 'confdelsetcols' END) || jsonb_build_object(
		'comment', (SELECT description FROM comments WHERE objoid = k.oid AND classoid = 'pg_constraint'::regclass),
		'of', (SELECT p.conname FROM pg_constraint p WHERE p.oid = k.conparentid)))::text
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.oid > 16383 AND n.nspname <> 'ferryman' AND k.contype IN ('p', 'u', 'x', 'f', 'c')
UNION ALL
SELECT 't:' || format('%I.%I.%I', n.nspname, c.relname, g.tgname),
	g.tgenabled::text || ' ' || coalesce((SELECT description FROM comments WHERE objoid = g.oid AND classoid = 'pg_trigger'::regclass), '')
FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.oid > 16383 AND n.nspname <> 'ferryman' AND (NOT g.tgisinternal OR (g.tgparentid <> 0 AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.oid = g.tgconstraint AND k.contype <> 't')))
UNION ALL
SELECT v.key || format('%I.%I.%I', n.nspname, c.relname, a.attname), v.state
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (VALUES ('n:', CASE WHEN a.attnotnull THEN 'not null' END), ('i:', nullif(a.attidentity::text, ''))) v(key, state)
WHERE n.oid > 16383 AND n.nspname <> 'ferryman' AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped AND v.state IS NOT NULL`

// objectCovers says under which saved objects each of them may be aside: its own, or that of what it is a part of.
const objectCovers = `
WITH RECURSIVE up(leaf, at) AS (SELECT oid, oid FROM pg_class
		UNION SELECT up.leaf, i.inhparent FROM up JOIN pg_inherits i ON i.inhrelid = up.at),
	keys(leaf, at) AS (SELECT oid, oid FROM pg_constraint
		UNION SELECT keys.leaf, k.conparentid FROM keys JOIN pg_constraint k ON k.oid = keys.at AND k.conparentid <> 0),
	rel AS (SELECT c.oid, format('%I.%I', n.nspname, c.relname) AS name, c.relname
		FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.oid > 16383)
SELECT 'x:' || t.name || '.' || quote_ident(x.relname) AS key, 'x:' || rt.name || '.' || quote_ident(r.relname) AS cover
FROM pg_index i JOIN rel t ON t.oid = i.indrelid JOIN rel x ON x.oid = i.indexrelid JOIN up ON up.leaf = i.indexrelid
JOIN pg_index ri ON ri.indexrelid = up.at JOIN rel rt ON rt.oid = ri.indrelid JOIN rel r ON r.oid = up.at
UNION ALL
SELECT 'k:' || t.name || '.' || quote_ident(k.conname), 'x:' || rt.name || '.' || quote_ident(r.relname)
FROM pg_constraint k JOIN rel t ON t.oid = k.conrelid JOIN up ON up.leaf = k.conindid
JOIN pg_index ri ON ri.indexrelid = up.at JOIN rel rt ON rt.oid = ri.indrelid JOIN rel r ON r.oid = up.at WHERE k.contype IN ('p', 'u', 'x')
UNION ALL
SELECT 'f:' || t.name || '.' || quote_ident(k.conname), 'f:' || rt.name || '.' || quote_ident(r.conname)
FROM pg_constraint k JOIN rel t ON t.oid = k.conrelid JOIN keys ON keys.leaf = k.oid JOIN pg_constraint r ON r.oid = keys.at
JOIN rel rt ON rt.oid = r.conrelid WHERE k.contype = 'f'
UNION ALL
SELECT 'c:' || t.name || '.' || quote_ident(k.conname), 'c:' || rt.name || '.' || quote_ident(k.conname)
FROM pg_constraint k JOIN rel t ON t.oid = k.conrelid JOIN up ON up.leaf = k.conrelid JOIN rel rt ON rt.oid = up.at WHERE k.contype = 'c'
UNION ALL
SELECT v.key || t.name || '.' || quote_ident(a.attname), v.key || rt.name || '.' || quote_ident(a.attname)
FROM pg_attribute a JOIN rel t ON t.oid = a.attrelid JOIN up ON up.leaf = a.attrelid JOIN rel rt ON rt.oid = up.at
CROSS JOIN (VALUES ('n:'), ('i:')) v(key)
WHERE a.attnum > 0
UNION ALL
SELECT 't:' || t.name || '.' || quote_ident(g.tgname), 't:' || t.name || '.' || quote_ident(g.tgname)
FROM pg_trigger g JOIN rel t ON t.oid = g.tgrelid`

// lost lists what was there in the beginning and is now neither in the state it had nor saved as the plan has it. It is one statement,
// so it sees one moment, and it locks nothing that Ferryman needs.
const lost = `WITH now AS MATERIALIZED (` + objectStates + `)
SELECT coalesce(array_agg(w.key || ' was ' || w.state || ' and is ' || coalesce((SELECT o.state FROM now o WHERE o.key = w.key), 'gone')
	ORDER BY w.key), '{}')
FROM ferryman.watched w LEFT JOIN now ON now.key = w.key AND now.state = w.state
WHERE now.key IS NULL AND NOT EXISTS (SELECT FROM ferryman.cover v JOIN ferryman.planned p ON p.key = v.cover
	JOIN ferryman.saved s ON s.kind = p.kind AND s.schema_name = p.schema_name AND s.table_name = p.table_name AND s.name = p.name
	WHERE v.key = w.key AND s.restored_at IS NULL AND s.definition = p.definition)`

var coverKeys = map[postgres.Kind]string{postgres.ForeignKey: "f:", postgres.Trigger: "t:", postgres.NotNull: "n:", postgres.CheckConstraint: "c:",
	postgres.Identity: "i:", postgres.Exclusion: "x:", postgres.Unique: "x:", postgres.Index: "x:"}

// remember writes down what there is, for the watcher, in a schema that dumps leave out.
func (b *testBundle) remember(t *testing.T, plan postgres.SetAside) {
	t.Helper()
	b.exec(t, "CREATE TABLE ferryman.watched AS "+objectStates)
	b.exec(t, "CREATE TABLE ferryman.cover AS "+objectCovers)
	b.exec(t, "DELETE FROM ferryman.cover v WHERE NOT EXISTS (SELECT FROM ferryman.watched w WHERE w.key = v.key)")
	b.exec(t, "CREATE TABLE ferryman.planned (key text PRIMARY KEY, kind text, schema_name text, table_name text, name text, definition text)")
	for _, o := range plan.Objects {
		_, err := b.conn.Exec(t.Context(), `INSERT INTO ferryman.planned
			VALUES ($1 || format('%I.%I.%I', $3::text, $4::text, $5::text), $2, $3, $4, $5, $6)`, coverKeys[o.Kind], o.Kind, o.Schema, o.Table, o.Name, o.Definition)
		require.NoError(t, err)
	}
	b.exec(t, "ANALYZE ferryman.watched, ferryman.cover, ferryman.planned")
	require.Empty(t, one[[]string](t, b.conn, lost))
}

// watch looks all the time, from a connection of its own that comes back when the server does, whether anything is neither there nor
// saved. The function it returns ends that and fails the test where there was.
func (b *testBundle) watch(t *testing.T) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	ended := make(chan error, 1)
	looked := 0
	go func() {
		var conn *pgx.Conn
		defer func() {
			if conn != nil {
				_ = conn.Close(context.Background())
			}
		}()
		for ctx.Err() == nil {
			var err error
			if conn == nil || conn.IsClosed() {
				if conn, err = pgx.Connect(context.Background(), b.url); err != nil {
					conn = nil
					continue // the server is away
				}
			}
			var missing []string
			if err = conn.QueryRow(context.Background(), lost).Scan(&missing); err != nil && !conn.IsClosed() {
				ended <- err
				return
			}
			if len(missing) > 0 {
				ended <- fmt.Errorf("neither there nor saved:\n%s", strings.Join(missing, "\n"))
				return
			}
			if err == nil {
				looked++
			}
		}
		ended <- nil
	}()
	return func() {
		t.Helper()
		cancel()
		require.NoError(t, <-ended)
		require.Positive(t, looked)
		t.Logf("the watcher looked %d times", looked)
	}
}

// The watcher must see what it is for.
func TestTheWatcherSeesWhatIsLost(t *testing.T) {
	t.Parallel()
	b, plan := crashBundle(t, setup(t))
	for key, sql := range map[string]string{
		"x:app.sale.sale_upper":       "DROP INDEX app.sale_upper",
		"x:app.june.june_own":         "COMMENT ON INDEX app.june_own IS NULL",
		"f:elsewhere.june_b.a_b_city": "ALTER TABLE elsewhere.june_b DROP CONSTRAINT a_b_city",
		"f:app.june_a.june_a_lies_in": "COMMENT ON CONSTRAINT june_a_lies_in ON app.june_a IS NULL",
		"t:app.june_a.on_sale":        "ALTER TABLE app.june_a ENABLE TRIGGER on_sale",
		"n:app.june_a.memo":           "ALTER TABLE app.june_a ALTER memo DROP NOT NULL",
		"i:app.doc.id":                "ALTER TABLE app.doc ALTER id SET GENERATED BY DEFAULT",
		"c:app.doc.doc_body":          "ALTER TABLE app.doc DROP CONSTRAINT doc_body",
		"k:app.doc.doc_at":            "ALTER TABLE app.doc DROP CONSTRAINT doc_at",
		"x:app.doc.doc_code":          "ALTER TABLE app.doc SET WITHOUT CLUSTER",
		"x:app.doc.doc_held":          "ALTER INDEX app.doc_held ALTER COLUMN 2 SET STATISTICS 5",
	} {
		b.exec(t, "BEGIN")
		b.exec(t, sql)
		missing := one[[]string](t, b.conn, lost)
		b.exec(t, "ROLLBACK")
		require.Contains(t, "\n"+strings.Join(missing, "\n"), "\n"+key+" was ", sql)
	}
	// Saved counts only while it is aside, and only as the plan has it.
	b.setAside(t, plan)
	require.Empty(t, one[[]string](t, b.conn, lost))
	for _, sql := range []string{"UPDATE ferryman.saved SET restored_at = now() WHERE kind = 'trigger' AND table_name = 'june_a'",
		"UPDATE ferryman.saved SET definition = definition || ' ' WHERE name = 'sale_once'", "DELETE FROM ferryman.saved WHERE name = 'refund_sale'"} {
		b.exec(t, "BEGIN")
		b.exec(t, sql)
		missing := one[[]string](t, b.conn, lost)
		b.exec(t, "ROLLBACK")
		require.NotEmpty(t, missing, sql)
	}
}
