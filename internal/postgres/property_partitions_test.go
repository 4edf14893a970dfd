// SPDX-License-Identifier: Apache-2.0

package postgres_test

import "fmt"

// partitions makes the partitions of a table, levels deep. k runs from 0 to 7.
func (g *generator) partitions(t *randomTable, schema, parent, method string, levels int) {
	bounds := map[string][]string{
		"RANGE": {"FOR VALUES FROM (MINVALUE) TO (3)", "FOR VALUES FROM (3) TO (6)", "DEFAULT"},
		"LIST":  {"FOR VALUES IN (0, 3, 6)", "FOR VALUES IN (1, 4, 7)", "DEFAULT"},
		"HASH":  {"FOR VALUES WITH (MODULUS 2, REMAINDER 0)", "FOR VALUES WITH (MODULUS 2, REMAINDER 1)"},
	}[method]
	for i, bound := range bounds {
		home := t.schema
		if g.maybe(15) {
			home = g.schemas[g.IntN(len(g.schemas))]
		}
		name := g.name("p")
		t.leaves = append(t.leaves, [2]string{home, name})
		if schema == t.schema && parent == t.name {
			t.direct = append(t.direct, [2]string{home, name})
		}
		further := g.one("RANGE", "LIST", "HASH")
		by := ""
		deeper := levels > 1 && i == 0
		if deeper {
			by = fmt.Sprintf(" PARTITION BY %s (k)", further)
		}
		if g.maybe(40) {
			g.add("CREATE TABLE %s PARTITION OF %s %s%s", q(home, name), q(schema, parent), bound, by)
			if g.maybe(30) {
				g.add("ALTER TABLE %s ALTER lob2 SET NOT NULL", q(home, name))
			}
		} else {
			g.attached(t, home, name, q(schema, parent), bound, by)
		}
		if g.maybe(15) {
			g.add("ALTER TABLE %s ADD CONSTRAINT %s CHECK (%s IS NOT NULL AND lob2 IS NOT NULL)", q(home, name), q(g.name("ck")), t.col("lob1"))
		}
		if deeper {
			g.partitions(t, home, name, further, levels-1)
		}
	}
}

// attached makes a partition as a table of its own first: its columns lie in another order, and its keys have names of their own.
func (g *generator) attached(t *randomTable, home, name, parent, bound, by string) {
	table := q(home, name)
	g.add("CREATE TABLE %s (%sLIKE %s INCLUDING GENERATED)%s", table, g.one("", "gone int, "), parent, by)
	g.add("ALTER TABLE %s DROP COLUMN IF EXISTS gone, DROP COLUMN d, ADD COLUMN d date DEFAULT '2026-01-01'", table)
	g.ownNotNulls(table)
	if g.maybe(20) {
		g.add("CREATE INDEX %s ON %s (%s, k)", q(g.name("ix")), table, t.col("a")) // one of the parent may take it over
	}
	// Checks of the parent have to be there before: a copy of them stays local or not as PostgreSQL likes.
	g.add(`DO $$ DECLARE c record; BEGIN FOR c IN SELECT conname, pg_get_constraintdef(oid) AS def FROM pg_constraint
		WHERE conrelid = %s::regclass AND contype = 'c' LOOP EXECUTE format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', %s, c.conname, c.def);
		END LOOP; END $$`, quoted(parent), quoted(table))
	g.add("ALTER TABLE %s ATTACH PARTITION %s %s", parent, table, bound)
}

// partitionNames gives some parts of partitioned constraints and indexes names, comments and places of their own.
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
		END LOOP;
		FOR c IN SELECT x.indexrelid::regclass AS t, r.relkind, a.amname, row_number() OVER (ORDER BY n.nspname, r.relname) AS i
			FROM pg_index x JOIN pg_class r ON r.oid = x.indexrelid JOIN pg_namespace n ON n.oid = r.relnamespace JOIN pg_am a ON a.oid = r.relam
			WHERE r.relispartition LOOP
			IF c.i %% 7 = 0 THEN EXECUTE format('ALTER INDEX %%s SET TABLESPACE ` + randomTablespace + `', c.t); END IF;
			IF c.i %% 5 = 0 AND c.relkind = 'i' AND c.amname IN ('btree', 'hash', 'gist', 'spgist') THEN
				EXECUTE format('ALTER INDEX %%s SET (fillfactor = 77)', c.t); END IF;
		END LOOP;
		FOR c IN SELECT x.indexrelid::regclass AS t, x.indkey::int2[] AS keys, row_number() OVER (ORDER BY n.nspname, r.relname) AS i
			FROM pg_index x JOIN pg_class r ON r.oid = x.indexrelid JOIN pg_namespace n ON n.oid = r.relnamespace
			WHERE r.relispartition AND 0 = ANY (x.indkey::int2[]) LOOP
			IF c.i %% 4 = 0 THEN EXECUTE format('ALTER INDEX %%s ALTER COLUMN %%s SET STATISTICS 33', c.t, array_position(c.keys, 0::int2) + 1); END IF;
		END LOOP;
		FOR c IN SELECT x.indexrelid::regclass AS x, x.indrelid::regclass AS t, row_number() OVER (ORDER BY n.nspname, r.relname) AS i
			FROM pg_index x JOIN pg_class r ON r.oid = x.indexrelid JOIN pg_namespace n ON n.oid = r.relnamespace JOIN pg_am a ON a.oid = r.relam
			WHERE r.relispartition AND r.relkind = 'i' AND x.indpred IS NULL AND a.amname IN ('btree', 'gist') LOOP
			IF c.i %% 9 = 0 THEN EXECUTE format('ALTER TABLE %%s CLUSTER ON %%I', c.t, (SELECT relname FROM pg_class WHERE oid = c.x)); END IF;
		END LOOP;
		FOR c IN SELECT k.conrelid::regclass AS t, k.conname, row_number() OVER (ORDER BY n.nspname, r.relname, k.conname) AS i
			FROM pg_constraint k JOIN pg_class r ON r.oid = k.conrelid JOIN pg_namespace n ON n.oid = r.relnamespace
			WHERE r.relispartition AND k.contype = 'c' AND k.coninhcount > 0 LOOP
			IF c.i %% 6 = 0 THEN EXECUTE format('COMMENT ON CONSTRAINT %%I ON %%s IS ''own words''', c.conname, c.t); END IF;
		END LOOP; END $$`)
}
