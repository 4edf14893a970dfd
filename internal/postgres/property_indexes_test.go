// SPDX-License-Identifier: Apache-2.0

package postgres_test

import (
	"fmt"
	"slices"
	"strings"
)

const randomTablespace = "ferryman_random"

// wantedExtensions are those of PostgreSQL's contrib that have access methods or operator classes.
var wantedExtensions = []string{"bloom", "btree_gin", "btree_gist", "intarray", "ltree", "pg_trgm"}

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
	if g.maybe(15) {
		name := g.name("uqx")
		g.add("CREATE UNIQUE INDEX %s ON %s (%s)", q(name), leafOr(t), g.one("(id + 1), k", "upper("+t.col("b")+")"))
	}
	if !t.partitioned && g.maybe(35) {
		g.exclusion(t, t.String(), t.schema)
	}
	if len(t.leaves) > 0 && g.maybe(10) {
		g.exclusion(t, leafOr(t), t.leaves[len(t.leaves)-1][0])
	}
	if t.partitioned && g.maybe(20) {
		g.incomplete(t)
	}
	if !t.partitioned && g.maybe(3) { // k is not unique
		g.failing = append(g.failing, fmt.Sprintf("CREATE UNIQUE INDEX CONCURRENTLY %s ON %s (k)", q(g.name("invalid")), t))
	}
}

func (g *generator) exclusion(t *randomTable, table, schema string) {
	by := []string{"gist (r WITH &&)", "spgist (r WITH &&)", "btree (id WITH =)", "hash (id WITH =)"}
	if g.has("btree_gist") {
		by = append(by, "gist (k WITH =, r WITH &&) INCLUDE (d)", "gist ("+t.col("a")+" gist_int4_ops WITH =, r WITH &&)")
	}
	name, how := g.name("excl"), g.one(by...)
	where := g.one("", " WHERE ("+t.col("a")+" > 5)")
	g.add("ALTER TABLE %s ADD CONSTRAINT %s EXCLUDE USING %s%s%s%s%s", table, q(name), how, g.one("", " WITH (fillfactor = 60)"),
		g.one("", " USING INDEX TABLESPACE "+randomTablespace), where, g.one("", " DEFERRABLE INITIALLY DEFERRED", " DEFERRABLE"))
	if where == "" && strings.HasPrefix(how, "gist") && g.maybe(60) {
		g.add("ALTER TABLE %s CLUSTER ON %s", table, q(name))
	}
	g.comment("CONSTRAINT", q(name)+" ON "+table)
	g.comment("INDEX", q(schema, name))
}

// incomplete makes an index or a unique constraint of a partitioned table that lacks parts, and so is invalid.
func (g *generator) incomplete(t *randomTable) {
	name := g.name("part")
	if g.maybe(40) {
		g.add("ALTER TABLE ONLY %s ADD CONSTRAINT %s UNIQUE (k, %s, id)", t, q(name), t.col("a"))
		return
	}
	g.add("CREATE INDEX %s ON ONLY %s (%s, d DESC)", q(name), t, t.col("a"))
	if g.maybe(60) {
		leaf, part := t.direct[0], g.name("part")
		g.add("CREATE INDEX %s ON %s (%s, d DESC)", q(part), q(leaf[:]...), t.col("a"))
		g.add("ALTER INDEX %s ATTACH PARTITION %s", q(t.schema, name), q(leaf[0], part))
	}
}

func (g *generator) index(t *randomTable, schema, table string, partitioned bool) {
	a, b := t.col("a"), t.col("b")
	name := g.shared("ix", schema)
	unique, method, keys, with, extension := "", "btree", "", "", ""
	kinds := 10 + len(g.extensions)
	switch kind := g.IntN(kinds); {
	case kind <= 1:
		keys = fmt.Sprintf("%s %s, %s %s", a, g.one("", "DESC", "DESC NULLS LAST", "NULLS FIRST"), b, g.one("", `COLLATE "C"`, "text_pattern_ops",
			"COLLATE "+q(outsideSchema)+".codes DESC"))
		if g.maybe(40) {
			keys, unique = keys+", k", "UNIQUE "
		}
		with = g.one("", "fillfactor = 70", "fillfactor = 55, deduplicate_items = off")
	case kind == 2:
		keys = fmt.Sprintf("upper(%s) text_pattern_ops, (coalesce(c, '-')), %s.half(%s)", b, q(outsideSchema), a)
	case kind == 3:
		method, keys = "hash", g.one(a, b)
	case kind == 4:
		method, keys, with = "gist", g.one("r", "r", fmt.Sprintf("to_tsvector('english', %s) tsvector_ops (siglen = 100)", b)), g.one("", "fillfactor = 80", "buffering = on")
	case kind == 5:
		method, keys, with = "gin", g.one("j jsonb_path_ops", "j", fmt.Sprintf("to_tsvector('simple', %s)", b)), g.one("", "fastupdate = off", "gin_pending_list_limit = 128")
	case kind == 6:
		method, keys, with = "brin", g.one(a, "k, d, "+a, "d"), g.one("", "pages_per_range = 16", "autosummarize = on")
		if g.server >= 140000 {
			keys = g.one(keys, a+" int4_minmax_multi_ops (values_per_range = 16)", a+" int4_bloom_ops (n_distinct_per_range = 50)")
		}
	case kind == 7:
		method, keys = "spgist", g.one(b, "r")
	case kind == 8:
		keys = g.one(a, a+", k")
		if t.generated {
			keys = g.one("g", "g DESC, k")
		}
	case kind == 9:
		method, keys = "gist", "r"
	default:
		extension = g.extensions[kind-10]
		method, keys, with = g.ofExtension(extension, a, b)
	}
	sql := fmt.Sprintf("CREATE %sINDEX %s ON %s USING %s (%s)", unique, q(name), table, method, keys)
	if (method == "btree" || method == "gist" && keys == "r") && g.maybe(30) {
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
	if extension != "" && g.maybe(20) {
		g.add("ALTER INDEX %s DEPENDS ON EXTENSION %s", q(schema, name), extension)
	}
	g.comment("INDEX", q(schema, name))
}

// ofExtension gives an access method, keys and storage parameters that come with an extension.
func (g *generator) ofExtension(extension, a, b string) (method, keys, with string) {
	switch extension {
	case "bloom":
		return "bloom", a + ", k, " + b, g.one("", "length = 64, col1 = 2, col2 = 3")
	case "btree_gin":
		return "gin", g.one(a+", j", "k int4_ops, "+b), ""
	case "btree_gist":
		return "gist", g.one(a+", r", b+" gist_text_ops, d"), ""
	case "intarray":
		return "gist", fmt.Sprintf("(ARRAY[%s, k]) %s", a, g.one("gist__int_ops (numranges = 50)", "gist__intbig_ops (siglen = 64)")), ""
	case "ltree":
		return "gist", fmt.Sprintf("text2ltree(c) gist_ltree_ops (siglen = %s)", g.one("32", "100")), ""
	}
	if g.maybe(50) {
		return "gin", b + " gin_trgm_ops", ""
	}
	return "gist", b + " gist_trgm_ops (siglen = 32)", "" // pg_trgm
}

// unique adds a constraint or an index that keys can refer to.
func (g *generator) unique(t *randomTable) {
	columns := slices.Clone([][]string{{"a", "k"}, {"a", "b", "k"}, {"k", "b"}, {"a"}, {"b", "a"}}[g.IntN(5)])
	if t.partitioned && !slices.Contains(columns, "k") {
		columns = append(columns, "k")
	}
	if g.maybe(25) {
		g.add("CREATE UNIQUE INDEX %s ON %s (%s)", q(g.name("uq")), t, t.cols(columns))
		t.uniques = append(t.uniques, columns)
		return
	}
	name := g.shared("uq", t.schema)
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
	if g.maybe(15) {
		g.comment("INDEX", q(t.schema, name))
	}
	if len(g.extensions) > 0 && g.maybe(4) {
		g.add("ALTER INDEX %s DEPENDS ON EXTENSION %s", q(t.schema, name), g.extensions[0])
	}
	g.comment("CONSTRAINT", q(name)+" ON "+t.String())
	if deferrable == "" && g.server >= 140000 && g.maybe(10) {
		overriding := ""
		if strings.Contains(t.identity, "ALWAYS") {
			overriding = " OVERRIDING SYSTEM VALUE"
		}
		g.add("CREATE FUNCTION %s() RETURNS void LANGUAGE sql BEGIN ATOMIC INSERT INTO %s (id, k)%s VALUES (1, 1) ON CONFLICT ON CONSTRAINT %s DO NOTHING; END",
			q(t.schema, g.name("put")), t, overriding, q(name))
	}
}
