// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
)

const whyCheck = "it may reject the NULL that DMS writes into a LOB column first"

// lob lets go what of a table and its partitions rejects NULL in a column. A NOT NULL and a check come from the parent where that has
// them, and change with it.
func (p *planner) lob(t *Table, column string, seen map[ColumnName]bool) {
	if t == nil || seen[ColumnName{t.Schema, t.Name, column}] {
		return
	}
	seen[ColumnName{t.Schema, t.Name, column}] = true
	if object, ok := p.find(NotNull, t.Schema, t.Name, column); ok {
		if c := t.column(column); !c.NotNullInherited || p.tables[t.PartitionOf] == nil {
			p.decide(object, whyNotNull, cmp.Or(notNullBound(t, c), p.notNullStays(t, column)))
		}
	}
	for i := range p.cat.Constraints {
		if k := &p.cat.Constraints[i]; k.Type == "c" && k.Schema == t.Schema && k.Table == t.Name && slices.Contains(k.Columns, column) {
			p.check(t, k, seen)
		}
	}
	for _, partition := range p.partitions[ident(t.Schema, t.Name)] {
		p.lob(partition, column, seen)
	}
}

// notNullBound is why a NOT NULL can't go by itself: another table's hangs together with it. Up to PostgreSQL 17 that is so between
// partitions only.
func notNullBound(t *Table, c *Column) string {
	switch {
	case c.NotNullInherited:
		return "it comes from a table that this one inherits from; drop it there by hand, or DMS can't write NULL into the LOB column first"
	case t.HasHeirs && c.NotNullConstraint.Name != "" && !strings.HasSuffix(strings.TrimSuffix(c.NotNullConstraint.Definition, " NOT VALID"), " NO INHERIT"):
		return "tables inherit it; drop it by hand, or DMS can't write NULL into the LOB column first"
	}
	return ""
}

// notNullStays is why PostgreSQL would not drop a NOT NULL: a key of the table, or of a partition that has the column's NOT NULL from
// it, is made of the column.
func (p *planner) notNullStays(t *Table, column string) string {
	key := ""
	if slices.Contains(t.PrimaryKey, column) {
		key = "primary key of " + t.Schema + "." + t.Name
	}
	for _, x := range p.indexes[ident(t.Schema, t.Name)] {
		if x.ReplicaID && slices.Contains(x.Columns, column) {
			key = "replica identity " + x.Schema + "." + x.Table + "." + x.Name
		}
	}
	if key != "" {
		return "it belongs to the " + key + ", which needs it; DMS can't write NULL there first"
	}
	for _, partition := range p.partitions[ident(t.Schema, t.Name)] {
		if stays := p.notNullStays(partition, column); stays != "" {
			return stays
		}
	}
	return ""
}

// check decides on a check that reads a LOB column, once however many it reads.
func (p *planner) check(t *Table, k *Constraint, seen map[ColumnName]bool) {
	self := ColumnName{k.Schema, k.Table, "check " + k.Name}
	if seen[self] || (k.Inherited && p.tables[t.PartitionOf] != nil) {
		return
	}
	seen[self] = true
	stays := ""
	switch {
	case strings.HasSuffix(k.Definition, " NOT ENFORCED"):
		stays = "it is not enforced"
	case passesNull(k.Definition):
		stays = "it lets NULL pass in a LOB column"
	case k.Inherited:
		stays = "it comes from a table that this one inherits from; drop it there by hand, or DMS can't write NULL into the LOB column first"
	case t.HasHeirs && !strings.HasSuffix(k.Definition, " NO INHERIT"):
		stays = "tables inherit it; drop it by hand, or DMS can't write NULL into the LOB column first"
	}
	p.decide(p.constraint(k), whyCheck, stays)
}

var (
	checkLiteral = regexp.MustCompile(`E?'(?:[^']|'')*'`)
	checkName    = regexp.MustCompile(`"(?:[^"]|"")*"`)
	checkNull    = regexp.MustCompile(`\b(IS|CASE|COALESCE|NULLIF|GREATEST|LEAST|DISTINCT|ROW|ARRAY|XMLCONCAT|NULL)\b`)
	checkCall    = regexp.MustCompile(`([\pL\pN_$.]+)\(`)
	strictCalls  = []string{"length", "char_length", "octet_length", "bit_length", "lower", "upper", "btrim", "ltrim", "rtrim", "substr", "abs", "md5"}
	noCalls      = []string{"numeric", "character", "varchar", "varying", "bit", "bpchar", "timestamp", "time", "interval"} // modifiers of types in casts
)

// passesNull tells of a check, as PostgreSQL prints it, that NULL in one of its columns rejects no row that another value there would
// not: it holds AND, OR, NOT, operators and strict functions only. Where it holds anything else the answer is no.
func passesNull(definition string) bool {
	text := checkName.ReplaceAllString(checkLiteral.ReplaceAllString(definition, "''"), "quoted")
	text = strings.TrimSuffix(strings.TrimPrefix(text, "CHECK "), " NO INHERIT")
	if checkNull.MatchString(text) {
		return false
	}
	for _, call := range checkCall.FindAllStringSubmatch(text, -1) {
		if !slices.Contains(strictCalls, call[1]) && !slices.Contains(noCalls, call[1]) {
			return false
		}
	}
	return true
}
