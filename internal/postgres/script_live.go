// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
)

// asItIs digests all that is saved of an object of kind $1 and name $3 of table $2, with its parts on partitions: another digest is
// another object. NULL where there is none.
const asItIs = `WITH RECURSIVE tab AS (SELECT $2::oid AS oid
		UNION SELECT c.oid FROM tab JOIN pg_catalog.pg_inherits h ON h.inhparent = tab.oid JOIN pg_catalog.pg_class c ON c.oid = h.inhrelid AND c.relispartition
			WHERE $1 IN ('check', 'not_null', 'identity')),
	con AS (SELECT k.oid FROM tab JOIN pg_catalog.pg_constraint k ON k.conrelid = tab.oid AND k.conname = $3
			WHERE $1 IN ('foreign_key', 'unique', 'exclusion', 'check')
		UNION SELECT k.oid FROM con JOIN pg_catalog.pg_constraint k ON k.conparentid = con.oid),
	idx AS (SELECT i.indexrelid AS oid FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
			WHERE $1 = 'index' AND i.indrelid = $2 AND x.relname = $3
		UNION SELECT k.conindid FROM con JOIN pg_catalog.pg_constraint k ON k.oid = con.oid WHERE $1 IN ('unique', 'exclusion')
		UNION SELECT h.inhrelid FROM idx JOIN pg_catalog.pg_inherits h ON h.inhparent = idx.oid)
SELECT md5(string_agg(line, E'\n' ORDER BY line COLLATE "C")) FROM (
	SELECT concat_ws(' ', k.conrelid::regclass, k.confrelid::regclass, k.conname, p.conname, pg_catalog.pg_get_constraintdef(k.oid),
			pg_catalog.obj_description(k.oid, 'pg_constraint')) AS line
		FROM con JOIN pg_catalog.pg_constraint k ON k.oid = con.oid LEFT JOIN pg_catalog.pg_constraint p ON p.oid = k.conparentid
	UNION ALL SELECT concat_ws(' ', pg_catalog.pg_get_indexdef(i.indexrelid), i.indisvalid, i.indisclustered, x.reltablespace, x.reloptions, h.inhparent::regclass,
			ARRAY(SELECT a.attnum || '=' || a.attstattarget FROM pg_catalog.pg_attribute a WHERE a.attrelid = x.oid AND a.attstattarget >= 0 ORDER BY a.attnum),
			ARRAY(SELECT d.refobjid FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = x.oid AND d.deptype = 'x' ORDER BY 1),
			pg_catalog.obj_description(x.oid, 'pg_class'))
		FROM idx JOIN pg_catalog.pg_index i ON i.indexrelid = idx.oid JOIN pg_catalog.pg_class x ON x.oid = idx.oid
		LEFT JOIN pg_catalog.pg_inherits h ON h.inhrelid = x.oid
	UNION ALL SELECT pg_catalog.pg_get_triggerdef(g.oid) || '; state ' || g.tgenabled::text FROM pg_catalog.pg_trigger g
		WHERE $1 = 'trigger' AND g.tgrelid = $2 AND g.tgname = $3
	UNION ALL SELECT concat_ws(' ', tab.oid::regclass, CASE $1 WHEN 'identity' THEN a.attidentity::text ELSE a.attnotnull::text END,
			(SELECT n.conname || ' ' || pg_catalog.pg_get_constraintdef(n.oid) FROM pg_catalog.pg_constraint n
				WHERE $1 = 'not_null' AND n.conrelid = tab.oid AND n.contype = 'n' AND n.conkey = ARRAY[a.attnum]))
		FROM tab JOIN pg_catalog.pg_attribute a ON a.attrelid = tab.oid
		WHERE $1 IN ('not_null', 'identity') AND a.attname = $3 AND NOT a.attisdropped) found`

// readAsItIs digests the objects of a plan that was made of the catalog, and makes sure that they are still those.
func (t *Target) readAsItIs(ctx context.Context, cat *Catalog, objects []Object) (map[string]string, error) {
	digests := map[string]string{}
	query := strings.NewReplacer("$1", "$1::text", "$2", "$2::text::regclass", "$3", "$3::name").Replace(asItIs)
	err := pgx.BeginTxFunc(ctx, t.pool, pgx.TxOptions{AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SET LOCAL jit = off; SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off"); err != nil {
			return err
		}
		const atOnce = 500
		for from := 0; from < len(objects); from += atOnce {
			batch := &pgx.Batch{}
			some := objects[from:min(from+atOnce, len(objects))]
			for _, o := range some {
				batch.Queue(query, string(o.Kind), ident(o.Schema, o.Table), o.Name).QueryRow(func(row pgx.Row) error {
					var digest *string
					if err := row.Scan(&digest); err != nil {
						return err
					}
					if digest == nil {
						return fmt.Errorf("%s is gone: print it again", describe(o))
					}
					digests[keyOf(o)] = *digest
					return nil
				})
			}
			if err := tx.SendBatch(ctx, batch).Close(); err != nil {
				return fmt.Errorf("read the objects as they are: %w", err)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	again, err := t.ReadCatalog(ctx, cat.Schemas)
	if err != nil {
		return nil, err
	}
	for _, d := range Differences(cat.Definitions(), again.Definitions()) {
		return nil, fmt.Errorf("%s %s of %s.%s changed while it was read: print it again", d.Kind, d.Name, d.Schema, d.Table)
	}
	return digests, nil
}

// keyOf is an object's own among all of a plan.
func keyOf(o Object) string { return string(o.Kind) + " " + ident(o.Schema, o.Table, o.Name) }

// asItIsFunction makes a function of it that ends with the session.
func asItIsFunction() string {
	body := strings.NewReplacer("$1", "kind", "$2", "of_table", "$3", "named").Replace(asItIs)
	return "CREATE FUNCTION pg_temp.as_it_is(kind text, of_table regclass, named name) RETURNS text LANGUAGE sql\n" +
		"SET jit = off SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS\n" + dollarQuoted(body) + ";"
}

// sameAsPrinted is the condition that an object is what it was when the script was printed.
func sameAsPrinted(o Object, digest string) string {
	return fmt.Sprintf("pg_temp.as_it_is(%s, %s, %s) = %s", literal(string(o.Kind)), literal(ident(o.Schema, o.Table)), literal(o.Name), literal(digest))
}
