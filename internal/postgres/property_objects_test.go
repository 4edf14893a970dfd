// SPDX-License-Identifier: Apache-2.0

package postgres_test

import (
	"fmt"
	"slices"
	"strings"
)

// others gives a table triggers in every state, per partition.
func (g *generator) others(t *randomTable) {
	fn := q(outsideSchema) + ".fn(" + g.one("", "'it''s', 'two'") + ")"
	for range g.IntN(3) {
		name := g.shared("tr", t.String())
		g.add("CREATE TRIGGER %s %s ON %s FOR EACH ROW%s EXECUTE FUNCTION %s", q(name),
			g.one("AFTER INSERT", "AFTER UPDATE OF "+t.col("a"), "AFTER DELETE", "BEFORE INSERT OR UPDATE"), t, g.one("", "", " WHEN (pg_trigger_depth() < 1)"), fn)
		for _, on := range append([][2]string{{t.schema, t.name}}, t.leaves...) {
			if g.maybe(40) {
				g.add("ALTER TABLE ONLY %s %s TRIGGER %s", q(on[:]...), g.one("DISABLE", "ENABLE REPLICA", "ENABLE ALWAYS"), q(name))
			}
		}
		g.comment("TRIGGER", q(name)+" ON "+t.String())
	}
	if g.maybe(20) {
		g.add("CREATE TRIGGER %s %s ON %s %sFOR EACH STATEMENT EXECUTE FUNCTION %s", q(g.name("tr")), g.one("BEFORE TRUNCATE", "AFTER TRUNCATE"), t, "", fn)
	}
	if g.maybe(15) {
		g.add("CREATE TRIGGER %s AFTER INSERT ON %s REFERENCING NEW TABLE AS arrived FOR EACH STATEMENT EXECUTE FUNCTION %s", q(g.name("tr")), t, fn)
	}
	if g.maybe(20) {
		name, on := g.name("tr"), leafOr(t)
		g.add("CREATE CONSTRAINT TRIGGER %s AFTER INSERT ON %s %s%s FOR EACH ROW EXECUTE FUNCTION %s", q(name), on,
			g.one("", "FROM "+g.tables[0].String()+" "), g.one("DEFERRABLE INITIALLY DEFERRED", "NOT DEFERRABLE", "DEFERRABLE"), fn)
		if g.maybe(30) {
			g.add("ALTER TABLE %s %s TRIGGER %s", on, g.one("DISABLE", "ENABLE REPLICA", "ENABLE ALWAYS"), q(name))
		}
	}
	if g.maybe(8) {
		g.add("CREATE SEQUENCE %s INCREMENT BY %s%s", q(t.schema, g.name("seq")), g.one("1", "-3", "10"), g.one("", " OWNED BY "+t.String()+".x", " AS integer CYCLE"))
	}
}

// dependents gives a table what must not lose its indexes: views, functions, a replica identity, publications.
func (g *generator) dependents(t *randomTable) {
	if g.maybe(10) {
		name := g.name("mv")
		g.add("CREATE MATERIALIZED VIEW %s AS SELECT id, %s AS a FROM ONLY %s", q(t.schema, name), t.col("a"), t)
		g.add("CREATE UNIQUE INDEX %s ON %s (id)", q(g.name("mvix")), q(t.schema, name))
	}
	if t.primary && g.maybe(10) { // c is allowed there because id is the primary key
		g.add("CREATE VIEW %s AS SELECT id, c, count(*) FROM %s GROUP BY id%s", q(t.schema, g.name("v")), t, map[bool]string{true: ", k"}[t.partitioned])
	}
	g.replicaIdentity(t)
	if t.unlogged || !g.maybe(10) {
		return
	}
	what, root := t.String(), g.one("", ", publish_via_partition_root = true")
	if g.server >= 150000 && (!t.partitioned || root != "") {
		what += g.one("", " (id, k)", " WHERE (id > 3)", " (id, k) WHERE (k < 5)")
	}
	g.add("CREATE PUBLICATION %s FOR TABLE %s WITH (publish = 'insert'%s)", q(g.name("pub")), what, root)
}

func (g *generator) replicaIdentity(t *randomTable) {
	unique := func(table string, columns ...string) {
		name := g.name("rid")
		g.add("CREATE UNIQUE INDEX %s ON %s (%s)", q(name), table, t.cols(columns))
		g.add("ALTER TABLE %s REPLICA IDENTITY USING INDEX %s", table, q(name))
	}
	switch kind := g.IntN(40); {
	case kind < 2:
		g.add("ALTER TABLE %s REPLICA IDENTITY %s", leafOr(t), g.one("FULL", "NOTHING"))
	case kind < 4 && !t.partitioned:
		unique(t.String(), "id", "k")
	case kind < 6 && len(t.leaves) > 0:
		unique(leafOr(t), "id", "k")
	case kind == 6: // a LOB in it keeps its NOT NULL
		g.add("ALTER TABLE %s ALTER %s SET NOT NULL", t, t.col("lob1"))
		unique(leafOr(t), "id", "lob1")
	case kind == 7 && !t.partitioned: // a constraint's
		name := g.name("rid")
		g.add("ALTER TABLE %s ADD CONSTRAINT %s UNIQUE (k, id)", t, q(name))
		g.add("ALTER TABLE %s REPLICA IDENTITY USING INDEX %s", t, q(name))
	}
}

// leafOr is the last partition, which is never partitioned further, or the table.
func leafOr(t *randomTable) string {
	if len(t.leaves) > 0 {
		return q(t.leaves[len(t.leaves)-1][:]...)
	}
	return t.String()
}

// foreignKeys lets a table, or one of its partitions, refer to any table: itself, of other schemas, partitioned, out of scope.
func (g *generator) foreignKeys(t *randomTable) {
	for range g.IntN(4) {
		g.foreignKey(t)
	}
	if len(t.leaves) > 0 && len(t.uniques) > 0 && g.maybe(20) { // from a partition to itself
		g.add("ALTER TABLE %s ADD CONSTRAINT %s FOREIGN KEY (%[3]s) REFERENCES %[1]s (%[3]s)%[4]s", leafOr(t), q(g.name("fk")), t.cols(t.uniques[0]), g.one("", " NOT VALID"))
	}
}

func (g *generator) foreignKey(t *randomTable) {
	to := g.tables[g.IntN(len(g.tables))]
	if g.maybe(25) {
		to = t
	}
	if len(to.uniques) == 0 || (to.unlogged && !t.unlogged) { // PostgreSQL refuses a lasting one to what a crash empties
		return
	}
	columns := to.uniques[g.IntN(len(to.uniques))]
	from, plain := t.String(), !t.partitioned
	name := g.shared("fk", t.String())
	if len(t.leaves) > 0 && g.maybe(30) {
		leaf := t.leaves[g.IntN(len(t.leaves))]
		from, plain, name = q(leaf[:]...), leaf == t.leaves[len(t.leaves)-1], g.name("fk")
	}
	on := []string{"NO ACTION", "RESTRICT", "CASCADE", "SET NULL", "SET DEFAULT"}
	mine, suffix := t.cols(columns), ""
	switch {
	case slices.Equal(columns, []string{"id"}) && g.maybe(30): // an integer that refers to a bigint
		mine = t.col("a")
	case plain && g.maybe(15) && len(columns) == 1 && columns[0] != "b":
		mine, suffix = "x", " NOT VALID" // rows without a parent
	case plain && g.maybe(10):
		suffix = " NOT VALID"
	}
	deleted := g.one(on...)
	if g.server >= 150000 && strings.HasPrefix(deleted, "SET") && g.maybe(50) && len(columns) > 1 {
		deleted += fmt.Sprintf(" (%s)", t.col(columns[1]))
	}
	sql := fmt.Sprintf("ADD CONSTRAINT %s FOREIGN KEY (%s) REFERENCES %s (%s)%s ON DELETE %s ON UPDATE %s%s%s", q(name), mine, to,
		to.cols(columns), g.one("", " MATCH FULL"), deleted, g.one(on...), g.one("", "", " DEFERRABLE", " DEFERRABLE INITIALLY DEFERRED"), suffix)
	g.add("ALTER TABLE %s %s", from, sql)
	g.comment("CONSTRAINT", q(name)+" ON "+from)
	if suffix == "" && g.maybe(15) { // another just like it, on the table or one of its partitions
		g.add("ALTER TABLE %s %s", g.one(from, leafOr(t)), strings.Replace(sql, q(name), q(g.name("twin")), 1))
	}
}

func (g *generator) comments(t *randomTable) {
	g.comment("COLUMN", t.String()+".lob2")
	g.comment("TABLE", t.String())
}
