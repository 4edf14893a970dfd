// SPDX-License-Identifier: Apache-2.0

package postgres_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// generator writes the SQL of random schemas. The same seed writes the same.
type generator struct {
	*rand.Rand
	schemas    []string
	sql        []string
	failing    []string // statements that fail, and leave something behind
	tables     []*randomTable
	n          int
	server     int             // server_version_num
	extensions []string        // that are installed
	taken      map[string]bool // names that are used on purpose more than once, by where
}

// randomTable is a table that was made. Every one has the same columns (some under odd names) and the same rows, so that any key
// over the same columns holds: id, k (which partitions), a, b, c, d, r, j, x (refers nowhere), lob1, lob2, at times g (generated).
type randomTable struct {
	schema, name string
	leaves       [][2]string // all partitions, of every level
	direct       [][2]string // those of the first level
	partitioned  bool
	odd          map[string]string
	uniques      [][]string // column lists that a key can refer to
	primary      bool
	generated    bool
	heir         *randomTable
	identity     string
	outside      bool
	unlogged     bool
}

const outsideSchema = "Outside"

func q(parts ...string) string { return pgx.Identifier(parts).Sanitize() }

func (t *randomTable) String() string { return q(t.schema, t.name) }

func (t *randomTable) col(name string) string {
	if odd := t.odd[name]; odd != "" {
		return q(odd)
	}
	return q(name)
}

func (t *randomTable) cols(names []string) string {
	list := make([]string, len(names))
	for i, n := range names {
		list[i] = t.col(n)
	}
	return strings.Join(list, ", ")
}

func (g *generator) add(format string, args ...any) {
	g.sql = append(g.sql, fmt.Sprintf(format, args...))
}

func (g *generator) maybe(percent int) bool { return g.IntN(100) < percent }

func (g *generator) one(list ...string) string { return list[g.IntN(len(list))] }

func (g *generator) has(extension string) bool { return slices.Contains(g.extensions, extension) }

// keepPattern is what a profile may keep; some names match it.
const keepPattern = "*keep/me*"

// name makes a name that nothing else in the database has, at times one that needs quotes or is as long as one can be.
func (g *generator) name(prefix string) string {
	g.n++
	name := fmt.Sprintf(g.one("%s_%d", "%s_%d", "%s_%d", "%s_%d", `%s "%d"`, "Größe %s %d", "%s.%d", "%s'%d", `%s\%d`, "%s_%d_ü", "keep/me %s %d"), prefix, g.n)
	if strings.HasSuffix(name, "_ü") {
		name += strings.Repeat("ü", (63-len(name))/2)
		name += strings.Repeat("u", 63-len(name))
	}
	return name
}

// shared makes, at times, a name that objects of other tables or schemas have as well, but none within where.
func (g *generator) shared(prefix, where string) string {
	if key := where + "\x00" + prefix; g.maybe(12) && !g.taken[key] {
		g.taken[key] = true
		return "same " + prefix
	}
	return g.name(prefix)
}

func (g *generator) comment(kind, on string) {
	if g.maybe(25) {
		g.add("COMMENT ON %s %s IS %s", kind, on, g.one("'it''s one'", `E'back\\slash'`, "'two\nlines'", "'plain'"))
	}
}

// database writes count schemas, and one that is out of scope, and what lies between them.
func (g *generator) database(count int) {
	g.taken = map[string]bool{}
	g.add("CREATE SCHEMA %s", q(outsideSchema))
	g.add("CREATE FUNCTION %s.fn() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END'", q(outsideSchema))
	g.add("CREATE FUNCTION %s.half(int) RETURNS int IMMUTABLE STRICT LANGUAGE sql AS 'SELECT $1 / 2'", q(outsideSchema))
	g.add("CREATE COLLATION %s.codes (provider = libc, locale = 'C')", q(outsideSchema))
	for i := range count {
		schema := fmt.Sprintf(g.one("s%02d", "s%02d", "S %02d", "s.%02d", `s"%02d`, "ß'%02d"), i)
		g.schemas = append(g.schemas, schema)
		g.add("CREATE SCHEMA %s", q(schema))
		for range 1 + g.IntN(2) {
			g.table(schema, g.name("t"))
		}
	}
	// Without quotes, two tables have the same full name.
	g.schemas = append(g.schemas, "x", "x.y")
	g.add("CREATE SCHEMA x; CREATE SCHEMA %s", q("x.y"))
	g.table("x", "y.z")
	g.table("x.y", "z")
	g.table(outsideSchema, g.name("t"))
	g.table(outsideSchema, g.name("t"))
	for _, t := range g.tables {
		if t.outside {
			continue
		}
		g.indexes(t)
		g.others(t)
		g.dependents(t)
	}
	for _, t := range g.tables {
		g.foreignKeys(t)
	}
	for _, t := range g.tables {
		g.newer(t)
	}
	g.partitionNames()
	g.notNullComments()
	for _, t := range g.tables {
		g.comments(t)
	}
}

func (g *generator) table(schema, name string) {
	t := &randomTable{schema: schema, name: name, odd: map[string]string{}, outside: schema == outsideSchema}
	g.tables = append(g.tables, t)
	for _, c := range []string{"a", "b", "lob1"} {
		if g.maybe(15) {
			t.odd[c] = c + g.one(` "odd"`, " Col", ".x", "é")
		}
	}
	t.partitioned, t.generated = g.maybe(35), g.maybe(25)
	key := []string{"id"}
	if t.partitioned {
		key = append(key, "k")
	}
	t.identity = g.one("", "GENERATED ALWAYS AS IDENTITY", "GENERATED ALWAYS AS IDENTITY (START WITH 100 INCREMENT BY 7)", "GENERATED BY DEFAULT AS IDENTITY")
	columns := g.columns(t)
	dropped := !t.partitioned && g.maybe(20)
	if dropped {
		columns = slices.Insert(columns, 3, "gone int")
	}
	if t.primary = g.maybe(85); t.primary {
		columns = append(columns, fmt.Sprintf("CONSTRAINT %s PRIMARY KEY (%s)", q(g.name("pk")), t.cols(key)))
		t.uniques = append(t.uniques, key)
	}
	for range g.IntN(3) {
		columns = append(columns, g.check(t))
	}
	method := g.one("RANGE", "LIST", "HASH")
	t.unlogged = !t.partitioned && g.maybe(4) && !t.outside
	ending := ""
	if t.partitioned {
		ending = fmt.Sprintf(" PARTITION BY %s (k)", method)
	} else if g.maybe(5) {
		ending = " WITH (fillfactor = 80) TABLESPACE " + randomTablespace
	}
	g.add("CREATE %sTABLE %s (%s)%s", map[bool]string{true: "UNLOGGED "}[t.unlogged], t, strings.Join(columns, ", "), ending)
	if dropped {
		g.add("ALTER TABLE %s DROP COLUMN gone", t)
	}
	if t.partitioned {
		g.partitions(t, t.schema, t.name, method, []int{1, 1, 1, 1, 2, 2, 3}[g.IntN(7)])
	}
	g.rows(t)
	if !t.partitioned && !t.outside && !t.unlogged && g.maybe(8) {
		g.heirTable(t)
	}
	if g.maybe(30) {
		g.add("ALTER TABLE %s ADD CONSTRAINT %s CHECK (%s IS NOT NULL AND %s > 5) NOT VALID", t, q(g.name("late")), t.col("lob1"), t.col("a"))
	}
}

func (g *generator) rows(t *randomTable) {
	overriding := ""
	if strings.Contains(t.identity, "ALWAYS") {
		overriding = " OVERRIDING SYSTEM VALUE"
	}
	g.add(`INSERT INTO %s (%s)%s SELECT i, i %% 8, i, 'b' || i, 'c' || i, '2026-01-01'::date + i, int4range(i * 10, i * 10 + 5),
		jsonb_build_object('n', i), 1000 + i, 'lob', 'lob' FROM generate_series(1, 20) i`, t,
		t.cols([]string{"id", "k", "a", "b", "c", "d", "r", "j", "x", "lob1", "lob2"}), overriding)
}

// heirTable makes a table that inherits from another, otherwise than as a partition.
func (g *generator) heirTable(of *randomTable) {
	heir := &randomTable{schema: of.schema, name: g.name("heir"), odd: of.odd, generated: of.generated, primary: g.maybe(70)}
	columns := "extra int" + g.one("", ", lob2 bytea NOT NULL")
	if heir.primary {
		columns += ", PRIMARY KEY (id)"
		heir.uniques = append(heir.uniques, []string{"id"})
	}
	g.add("CREATE TABLE %s (%s) INHERITS (%s)", heir, columns, of)
	of.heir = heir
	g.tables = append(g.tables, heir)
	g.rows(heir)
}

func (g *generator) columns(t *randomTable) []string {
	null := func() string { return g.one("", "", " NOT NULL") }
	columns := []string{
		"id bigint NOT NULL " + t.identity, "k int NOT NULL", t.col("a") + " int", t.col("b") + " text", `c varchar(40) COLLATE "C"` + null(),
		"d date DEFAULT '2026-01-01'", "r int4range", "j jsonb", "x int", t.col("lob1") + " text" + null(), "lob2 bytea" + null()}
	if t.generated {
		columns = append(columns, "g int GENERATED ALWAYS AS (k * 2 + "+t.col("a")+") STORED")
	}
	return columns
}

// check is a table constraint; some reject NULL in a LOB column, some don't.
func (g *generator) check(t *randomTable) string {
	lob := t.col("lob1")
	expression := g.one(lob+" IS NOT NULL", "coalesce(length("+lob+"), 0) > 0", "length("+lob+") > 0", "lob2 IS NOT NULL OR "+t.col("a")+" < 0",
		"num_nulls("+lob+", lob2) = 0", t.col("a")+" > 0", lob+" <> '' AND lob2 <> ''", "CASE WHEN lob2 IS NULL THEN false ELSE true END")
	text := fmt.Sprintf("CONSTRAINT %s CHECK (%s)", q(g.shared("ck", t.String())), expression)
	if !t.partitioned && g.maybe(15) {
		text += " NO INHERIT"
	}
	return text
}

func quoted(s string) string {
	return "E'" + strings.ReplaceAll(strings.ReplaceAll(s, `\`, `\\`), "'", "''") + "'"
}
