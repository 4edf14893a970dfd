// SPDX-License-Identifier: Apache-2.0

package postgres_test

import "cmp"

// newerFeatures are what only the newer servers have.
var newerFeatures = []feature{
	{name: "foreign key, not valid, of a partitioned table", from: "fk", where: "NOT convalidated AND conenforced AND relkind = 'p'", since: 180000, goes: true},
	{name: "foreign key, not enforced", from: "fk", where: "NOT conenforced AND relkind = 'r'", since: 180000, goes: true},
	{name: "foreign key, not enforced, of a partitioned table", from: "fk", where: "NOT conenforced AND relkind = 'p'", since: 180000, goes: true},
	{name: "foreign key, temporal", from: "fk", where: "conperiod", since: 180000, goes: true, extension: "btree_gist"},
	{name: "unique constraint, temporal", from: "con", where: "contype = 'u' AND conperiod AND relkind = 'r' AND conparentid = 0", since: 180000, goes: true, extension: "btree_gist"},
	{name: "unique constraint, temporal, of a partitioned table", from: "con", where: "contype = 'u' AND conperiod AND relkind = 'p'", since: 180000, extension: "btree_gist"},
	{name: "exclusion constraint of a partitioned table", from: "con", where: "contype = 'x' AND relkind = 'p'", since: 170000, extension: "btree_gist"},
	{name: "identity of a partition", from: "col", where: "attidentity = 'a' AND relispartition", since: 170000, goes: true},
	{name: "check, not enforced", from: "con", where: "contype = 'c' AND NOT conenforced", since: 180000},
	{name: "not null, with a name of its own", from: "con", where: "contype = 'n' AND conname LIKE 'given%'", since: 180000, goes: true},
	{name: "not null, a partition's, with a name of its own", from: "con", where: "contype = 'n' AND conname LIKE 'own %' AND relispartition AND coninhcount > 0", since: 180000, goes: true},
	{name: "not null, not valid", from: "con", where: "contype = 'n' AND NOT convalidated", since: 180000, goes: true},
	{name: "not null, no inherit", from: "con", where: "contype = 'n' AND connoinherit", since: 180000, goes: true},
	{name: "not null, commented", from: "con", where: "contype = 'n' AND obj_description(oid, 'pg_constraint') IS NOT NULL", since: 180000, goes: true},
	{name: "column, generated, virtual", from: "col", where: "attgenerated = 'v'", since: 180000},
}

func init() { features = append(features, newerFeatures...) }

// newer gives a table what only newer servers have. A key that is not enforced goes between columns that no other key is between:
// PostgreSQL refuses a partition two alike of which one is enforced.
func (g *generator) newer(t *randomTable) {
	if g.server >= 170000 && t.partitioned && g.has("btree_gist") && g.maybe(15) {
		g.add("ALTER TABLE %s ADD CONSTRAINT %s EXCLUDE USING gist (k WITH =, r WITH &&)", t, q(g.name("excl")))
	}
	if g.server < 180000 {
		return
	}
	if t.heir == nil && g.maybe(30) {
		g.notNull(t, g.one("lob1", "lob2"), g.one("", "", " NOT VALID"))
	}
	if !t.partitioned && t.heir == nil && g.maybe(10) {
		g.notNull(t, "lob2", " NO INHERIT")
	}
	if g.maybe(20) {
		g.add("ALTER TABLE %s ADD CONSTRAINT %s CHECK (%s IS NOT NULL AND k < 0) NOT ENFORCED", t, q(g.name("loose")), t.col("lob1"))
	}
	if g.maybe(20) {
		g.add("ALTER TABLE %s ADD COLUMN v int GENERATED ALWAYS AS (k + 1) VIRTUAL", t)
	}
	to := g.tables[g.IntN(len(g.tables))]
	if to.primary && !to.partitioned && to.unlogged == t.unlogged {
		name := q(g.name("fk"))
		switch g.IntN(4) {
		case 0:
			g.add("ALTER TABLE %s ADD CONSTRAINT %s FOREIGN KEY (k) REFERENCES %s (id) ON DELETE CASCADE%s NOT ENFORCED", t, name, to,
				g.one("", " DEFERRABLE INITIALLY DEFERRED"))
			g.comment("CONSTRAINT", name+" ON "+t.String())
		case 1:
			if t.partitioned {
				g.add("ALTER TABLE %s ADD CONSTRAINT %s FOREIGN KEY (x) REFERENCES %s (id) NOT VALID", t, name, to)
			}
		}
	}
	if g.has("btree_gist") && g.maybe(30) && !t.outside {
		columns := "a"
		if t.partitioned {
			columns = "k"
		}
		name := q(g.name("during"))
		g.add("ALTER TABLE %s ADD CONSTRAINT %s UNIQUE (%s, r WITHOUT OVERLAPS)%s", t, name, t.col(columns), g.one("", " WITH (fillfactor = 60)"))
		g.comment("CONSTRAINT", name+" ON "+t.String())
		if from := g.tables[g.IntN(len(g.tables))]; from.unlogged == t.unlogged {
			g.add("ALTER TABLE %s ADD CONSTRAINT %s FOREIGN KEY (%s, PERIOD r) REFERENCES %s (%s, PERIOD r)", from, q(g.name("fk")), from.col(columns), t, t.col(columns))
		}
	}
}

// notNull adds a constraint with a name where the column and what inherits it have none.
func (g *generator) notNull(t *randomTable, column, ending string) {
	g.add(`DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_partition_tree(%[1]s) t JOIN pg_attribute a ON a.attrelid = t.relid WHERE a.attname = %[3]s AND attnotnull)
			AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = %[1]s::regclass AND a.attname = %[3]s AND attnotnull) THEN
		EXECUTE %[2]s; END IF; END $$`, quoted(t.String()),
		quoted("ALTER TABLE "+t.String()+" ADD CONSTRAINT "+q(g.name("given"))+" NOT NULL "+t.col(column)+ending), quoted(cmp.Or(t.odd[column], column)))
}

// ownNotNulls renames some NOT NULL constraints of a table that is to be a partition.
func (g *generator) ownNotNulls(table string) {
	if g.server >= 180000 && g.maybe(50) {
		g.n++
		g.add(`DO $$ DECLARE c record; BEGIN FOR c IN SELECT conname, conkey FROM pg_constraint WHERE conrelid = %[1]s::regclass AND contype = 'n' AND NOT connoinherit
			LOOP EXECUTE format('ALTER TABLE %%s RENAME CONSTRAINT %%I TO %%I', %[1]s, c.conname, 'own %[2]d ' || c.conkey[1]); END LOOP; END $$`, quoted(table), g.n)
	}
}

// notNullComments comments on some NOT NULL constraints, inherited ones among them.
func (g *generator) notNullComments() {
	if g.server >= 180000 {
		g.add(`DO $$ DECLARE c record; BEGIN FOR c IN SELECT k.conrelid::regclass AS t, k.conname, row_number() OVER (ORDER BY n.nspname, r.relname, k.conname) AS i
			FROM pg_constraint k JOIN pg_class r ON r.oid = k.conrelid JOIN pg_namespace n ON n.oid = r.relnamespace WHERE k.contype = 'n' AND r.oid > 16383 AND n.nspname <> 'ferryman'
			AND r.relowner = current_user::regrole LOOP
			IF c.i %% 3 = 0 THEN EXECUTE format('COMMENT ON CONSTRAINT %%I ON %%s IS ''not %%s''', c.conname, c.t, c.i); END IF; END LOOP; END $$`)
	}
}
