// SPDX-License-Identifier: Apache-2.0

package postgres_test

import (
	"fmt"
	"slices"
	"strings"
)

const randomTablespace = "ferryman_random"

// indexes gives a table, and at times one of its partitions, indexes of every kind.
func (g *generator) indexes(t *randomTable) {
	for range 1 + g.IntN(4) {
		g.index(t, t.schema, t.String(), t.partitioned)
	}
	for _, leaf := range t.leaves {
		if g.maybe(20) {
			g.index(t, leaf[0], q(leaf[:]...), true)
		}
	}
	for range 1 + g.IntN(2) {
		g.unique(t)
	}
	if !t.partitioned && g.maybe(30) {
		name := g.name("excl")
		g.add("ALTER TABLE %s ADD CONSTRAINT %s EXCLUDE USING gist (r WITH &&)%s%s%s%s", t, q(name), g.one("", " WITH (fillfactor = 60)"),
			g.one("", " USING INDEX TABLESPACE "+randomTablespace), g.one("", " WHERE ("+t.col("a")+" > 5)"), g.one("", " DEFERRABLE INITIALLY DEFERRED", " DEFERRABLE"))
		g.comment("CONSTRAINT", q(name)+" ON "+t.String())
	}
}

func (g *generator) index(t *randomTable, schema, table string, partitioned bool) {
	a, b := t.col("a"), t.col("b")
	name := g.name("ix")
	unique, method, keys, with := "", "btree", "", ""
	switch g.IntN(9) {
	case 0, 1:
		keys = fmt.Sprintf("%s %s, %s %s", a, g.one("", "DESC", "DESC NULLS LAST", "NULLS FIRST"), b, g.one("", `COLLATE "C"`, "text_pattern_ops",
			"COLLATE "+q(outsideSchema)+".codes DESC"))
		if g.maybe(40) {
			keys, unique = keys+", k", "UNIQUE "
		}
		with = g.one("", "fillfactor = 70", "fillfactor = 55, deduplicate_items = off")
	case 2:
		keys = fmt.Sprintf("upper(%s) text_pattern_ops, (coalesce(c, '-')), %s.half(%s)", b, q(outsideSchema), a)
	case 3:
		method, keys = "hash", g.one(a, b)
	case 4:
		method, keys, with = "gist", g.one("r", "r", fmt.Sprintf("to_tsvector('english', %s) tsvector_ops (siglen = 100)", b)), g.one("", "fillfactor = 80", "buffering = on")
	case 5:
		method, keys, with = "gin", g.one("j jsonb_path_ops", "j", fmt.Sprintf("to_tsvector('simple', %s)", b)), g.one("", "fastupdate = off", "gin_pending_list_limit = 128")
	case 6:
		method, keys, with = "brin", g.one(a, a+" int4_minmax_multi_ops (values_per_range = 16)", a+" int4_bloom_ops (n_distinct_per_range = 50)", "d"),
			g.one("", "pages_per_range = 16", "autosummarize = on")
	case 7:
		method, keys = "spgist", g.one(b, "r")
	case 8:
		keys = g.one(a, a+", k")
	}
	sql := fmt.Sprintf("CREATE %sINDEX %s ON %s USING %s (%s)", unique, q(name), table, method, keys)
	if method == "btree" && g.maybe(30) {
		sql += fmt.Sprintf(" INCLUDE (%s)", g.one("d", "x, d", b))
	}
	if unique != "" && g.server >= 150000 && g.maybe(40) {
		sql += " NULLS NOT DISTINCT"
	}
	if with != "" {
		sql += " WITH (" + with + ")"
	}
	if g.maybe(15) {
		sql += " TABLESPACE " + randomTablespace
	}
	if g.maybe(25) {
		sql += g.one(" WHERE "+a+" > 3", " WHERE "+b+" IS NOT NULL AND d > '2026-01-05'", " WHERE lob2 IS NOT NULL")
	}
	g.add("%s", sql)
	if strings.Contains(keys, "coalesce") && g.maybe(70) {
		g.add("ALTER INDEX %s ALTER COLUMN 2 SET STATISTICS %s", q(schema, name), g.one("0", "500", "10000"))
	}
	if !partitioned && (method == "btree" || method == "gist") && !strings.Contains(sql, " WHERE ") && g.maybe(25) {
		g.add("ALTER TABLE %s CLUSTER ON %s", table, q(name))
	}
	g.comment("INDEX", q(schema, name))
}

// unique adds a constraint or an index that keys can refer to.
func (g *generator) unique(t *randomTable) {
	columns := slices.Clone([][]string{{"a", "k"}, {"a", "b", "k"}, {"k", "b"}, {"a"}, {"b", "a"}}[g.IntN(5)])
	if t.partitioned && !slices.Contains(columns, "k") {
		columns = append(columns, "k")
	}
	name := g.name("uq")
	if g.maybe(25) {
		g.add("CREATE UNIQUE INDEX %s ON %s (%s)", q(name), t, t.cols(columns))
		t.uniques = append(t.uniques, columns)
		return
	}
	nulls, include, deferrable := "", g.one("", "", " INCLUDE (d)"), g.one("", "", "", " DEFERRABLE", " DEFERRABLE INITIALLY DEFERRED")
	if g.server >= 150000 {
		nulls = g.one("", "", " NULLS NOT DISTINCT")
	}
	g.add("ALTER TABLE %s ADD CONSTRAINT %s UNIQUE%s (%s)%s%s%s%s", t, q(name), nulls, t.cols(columns), include,
		g.one("", "", " WITH (fillfactor = 65)"), g.one("", "", "", " USING INDEX TABLESPACE "+randomTablespace), deferrable)
	if deferrable == "" {
		t.uniques = append(t.uniques, columns)
	}
	if !t.partitioned && g.maybe(15) {
		g.add("ALTER TABLE %s CLUSTER ON %s", t, q(name))
	}
	if g.maybe(10) {
		g.comment("INDEX", q(t.schema, name))
	}
	g.comment("CONSTRAINT", q(name)+" ON "+t.String())
}

// others gives a table triggers in every state, per partition, and what refuses to go.
func (g *generator) others(t *randomTable) {
	fn := q(outsideSchema) + ".fn()"
	for range g.IntN(3) {
		name := g.name("tr")
		g.add("CREATE TRIGGER %s %s ON %s FOR EACH %s EXECUTE FUNCTION %s", q(name), g.one("AFTER INSERT", "AFTER UPDATE OF "+t.col("a"), "AFTER DELETE"), t, "ROW", fn)
		for _, on := range append([][2]string{{t.schema, t.name}}, t.leaves...) {
			if g.maybe(40) {
				g.add("ALTER TABLE ONLY %s %s TRIGGER %s", q(on[:]...), g.one("DISABLE", "ENABLE REPLICA", "ENABLE ALWAYS"), q(name))
			}
		}
	}
	if g.maybe(20) {
		g.add("CREATE TRIGGER %s BEFORE TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION %s", q(g.name("tr")), t, fn)
	}
	if g.maybe(20) {
		g.add("CREATE CONSTRAINT TRIGGER %s AFTER INSERT ON %s DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION %s", q(g.name("tr")), leafOr(t), fn)
	}
	if g.maybe(10) {
		name := g.name("mv")
		g.add("CREATE MATERIALIZED VIEW %s AS SELECT id, %s AS a FROM %s", q(t.schema, name), t.col("a"), t)
		g.add("CREATE UNIQUE INDEX %s ON %s (id)", q(g.name("mvix")), q(t.schema, name))
	}
	if g.maybe(10) && !t.partitioned {
		name := g.name("rid")
		g.add("CREATE UNIQUE INDEX %s ON %s (id, k)", q(name), t)
		g.add("ALTER TABLE %s REPLICA IDENTITY USING INDEX %s", t, q(name))
	}
}

func leafOr(t *randomTable) string {
	if len(t.leaves) > 0 {
		return q(t.leaves[len(t.leaves)-1][:]...)
	}
	return t.String()
}

// foreignKeys lets a table, or one of its partitions, refer to any table: itself, of other schemas, partitioned, out of scope.
func (g *generator) foreignKeys(t *randomTable) {
	for range g.IntN(4) {
		to := g.tables[g.IntN(len(g.tables))]
		if g.maybe(25) {
			to = t
		}
		if len(to.uniques) == 0 {
			continue
		}
		columns := to.uniques[g.IntN(len(to.uniques))]
		from, plain := t.String(), !t.partitioned
		if len(t.leaves) > 0 && g.maybe(30) {
			from = q(t.leaves[g.IntN(len(t.leaves))][:]...)
		}
		on := []string{"NO ACTION", "RESTRICT", "CASCADE", "SET NULL", "SET DEFAULT"}
		name := g.name("fk")
		mine := t.cols(columns)
		suffix := ""
		if plain && g.maybe(15) && len(columns) == 1 {
			mine, suffix = "x", " NOT VALID"
			if columns[0] == "b" {
				continue
			}
		}
		deleted := g.one(on...)
		if g.server >= 150000 && strings.HasPrefix(deleted, "SET") && g.maybe(50) && len(columns) > 1 {
			deleted += fmt.Sprintf(" (%s)", t.col(columns[1]))
		}
		g.add("ALTER TABLE %s ADD CONSTRAINT %s FOREIGN KEY (%s) REFERENCES %s (%s)%s ON DELETE %s ON UPDATE %s%s%s", from, q(name), mine, to,
			to.cols(columns), g.one("", " MATCH FULL"), deleted, g.one(on...), g.one("", "", " DEFERRABLE", " DEFERRABLE INITIALLY DEFERRED"), suffix)
		g.comment("CONSTRAINT", q(name)+" ON "+from)
		if suffix == "" && g.maybe(15) { // another just like it, on the table or one of its partitions
			twin := g.sql[len(g.sql)-1]
			if !strings.HasPrefix(twin, "ALTER") {
				twin = g.sql[len(g.sql)-2]
			}
			g.add("%s", strings.Replace(strings.Replace(twin, q(name), q(g.name("twin")), 1), "ALTER TABLE "+from, "ALTER TABLE "+g.one(from, leafOr(t)), 1))
		}
	}
}

// partitionNames gives some parts of partitioned constraints and indexes names and comments of their own.
func (g *generator) partitionNames() {
	g.add(`DO $$ DECLARE c record; BEGIN
		FOR c IN SELECT k.conrelid::regclass AS t, k.conname, row_number() OVER (ORDER BY n.nspname, r.relname, k.conname) AS i
			FROM pg_constraint k JOIN pg_class r ON r.oid = k.conrelid JOIN pg_namespace n ON n.oid = r.relnamespace
			WHERE k.conparentid <> 0 AND k.contype IN ('u', 'f') LOOP
			IF c.i %% 3 = 0 THEN
				EXECUTE format('ALTER TABLE %%s RENAME CONSTRAINT %%I TO %%I', c.t, c.conname, 'own name ' || c.i);
				IF c.i %% 2 = 0 THEN EXECUTE format('COMMENT ON CONSTRAINT %%I ON %%s IS %%L', 'own name ' || c.i, c.t, 'own comment ' || c.i); END IF;
			END IF;
		END LOOP;
		FOR c IN SELECT x.indexrelid::regclass AS t, row_number() OVER (ORDER BY n.nspname, r.relname) AS i
			FROM pg_index x JOIN pg_class r ON r.oid = x.indexrelid JOIN pg_namespace n ON n.oid = r.relnamespace
			WHERE r.relispartition AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = r.oid) LOOP
			IF c.i %% 2 = 0 THEN EXECUTE format('COMMENT ON INDEX %%s IS %%L', c.t, 'own comment'); END IF;
			IF c.i %% 3 = 0 THEN EXECUTE format('ALTER INDEX %%s RENAME TO %%I', c.t, 'own index ' || c.i); END IF;
		END LOOP; END $$`)
}

func (g *generator) comments(t *randomTable) {
	g.comment("COLUMN", t.String()+".lob2")
	g.comment("TABLE", t.String())
}
