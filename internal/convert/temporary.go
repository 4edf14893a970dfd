// SPDX-License-Identifier: Apache-2.0

package convert

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ferryman/ferryman/internal/oracle/dictionary"
)

// temporarySchema is where PostgreSQL keeps a session's own tables, whatever its search_path.
const temporarySchema = "pg_temp"

// temporaryStep makes an action item for each global temporary table, with the script that each session runs before it uses the table. A permanent
// table in its place would show every session the rows of all others.
func (c *converter) temporaryStep() {
	unknown := c.firstUnknown("ALL_INDEXES", "ALL_IND_COLUMNS", "ALL_IND_EXPRESSIONS")
	for _, row := range c.temporaries {
		o := Object{row.Owner, "TABLE", row.Name}
		t := &table{Table: row, object: o, schema: temporarySchema, name: TargetName(row.Name)}
		c.longName(o, "", row.Name)
		c.planColumns(t)
		if c.tooWide(t) {
			continue
		}
		commit, when := "DELETE", "at each COMMIT its rows are gone"
		if row.Duration == "SYS$SESSION" {
			commit, when = "PRESERVE", "its rows stay until the session ends"
		}
		var lines []string
		for _, x := range t.columns {
			var line strings.Builder
			c.writeColumn(&line, t, x)
			lines = append(lines, line.String())
		}
		lines = append(lines, c.temporaryKeys(t)...)
		script := []string{"CREATE TEMPORARY TABLE IF NOT EXISTS " + t.qualified() + " (\n" + strings.Join(lines, ",\n") + "\n) ON COMMIT " + commit + " ROWS"}
		reason := "a global temporary table has one definition for everybody and rows for each session (" + when +
			"); a temporary table of PostgreSQL belongs to one session, its definition too"
		if unknown == "" {
			script = append(script, c.temporaryIndexes(t)...)
		} else {
			reason += "; its indexes are not known, because " + unknown + " could not be read"
		}
		if i := slices.IndexFunc(t.columns, func(x *column) bool { return x.identity != nil }); i >= 0 {
			reason += "; the numbers of " + t.columns[i].Column.Name + " begin anew in each session"
			if q := c.facts.sequences[dictionary.Name{Owner: row.Owner, Name: t.columns[i].identity.Sequence}]; q != nil {
				c.set(Object{row.Owner, "SEQUENCE", q.Name}, LeftOut, "each session makes it with its temporary table "+row.Name)
			}
		}
		c.action(CodeTemporary, o, "", reason, "let every session run this before it uses the table (a connection pool: when it opens a connection), as a role "+
			"with TEMPORARY on the database, and name the table without a schema:\n"+strings.Join(script, ";\n")+";")
	}
}

// temporaryKeys are the keys and checks of a temporary table as CREATE TABLE takes them. They hold for all rows: there are no old ones.
func (c *converter) temporaryKeys(t *table) []string {
	keeps, made := c.keeps, c.out.Statements
	c.keeps, c.out.Statements = true, nil
	for _, kind := range []string{"P", "U", "C"} {
		for _, k := range c.d.ConstraintsOf(t.Owner, t.Table.Name) {
			if k.Type != kind {
				continue
			}
			mine, traits := *k, *k.ConstraintTraits
			traits.Validated = "VALIDATED"
			mine.ConstraintTraits = &traits
			if kind == "C" {
				c.check(t, &mine)
			} else {
				c.key(t, &mine)
				delete(c.keys, dictionary.Name{Owner: k.Owner, Name: k.Name}) // nothing permanent refers to it
			}
		}
	}
	var lines []string
	for _, s := range c.out.Statements {
		lines = append(lines, "    "+strings.TrimPrefix(s.SQL, "ALTER TABLE "+t.qualified()+" ADD "))
	}
	c.keeps, c.out.Statements = keeps, made
	for _, k := range c.d.ConstraintsOf(t.Owner, t.Table.Name) {
		if !slices.Contains([]string{"P", "U", "C", "S"}, k.Type) { // S is supplemental logging
			c.action(CodeKind, t.object, k.Name, "a constraint of type "+clip(k.Type)+" of a temporary table is not converted", "see what it protects")
		}
	}
	return lines
}

// temporaryIndexes are the indexes that no key of the table makes.
func (c *converter) temporaryIndexes(t *table) []string {
	behind := map[string]bool{}
	for _, k := range c.d.ConstraintsOf(t.Owner, t.Table.Name) {
		if (k.Type == "P" || k.Type == "U") && k.Status != "DISABLED" {
			behind[k.IndexName] = true
		}
	}
	var out []string
	for _, i := range c.d.IndexesOf(t.Owner, t.Table.Name) {
		o := Object{i.Owner, "INDEX", i.Name}
		goes := func(why string) {
			c.set(o, LeftOut, why)
			c.note(CodeIndexTable, o, "", why, "")
		}
		if behind[i.Name] {
			goes("each session makes it with a key of its temporary table " + t.Table.Name)
			continue
		}
		switch strings.TrimPrefix(i.Type, "FUNCTION-BASED ") {
		case "NORMAL", "NORMAL/REV", "BITMAP":
		case "LOB":
			c.set(o, LeftOut, "Oracle keeps it for a LOB column")
			continue
		default:
			c.action(CodeIndexKind, o, "", "an index of type "+clip(i.Type)+" has no counterpart", "see what it is used for")
			continue
		}
		parts, nullable, why := c.indexParts(o, t, i)
		if why != "" {
			c.action(CodeIndexExpr, o, "", why, "write the index for PostgreSQL; its functions must be IMMUTABLE")
			continue
		}
		unique := ""
		if i.Uniqueness == "UNIQUE" {
			unique = "UNIQUE "
			if len(parts) > 1 && len(nullable) > 0 {
				c.uniqueNulls(o, "", t, TargetName(i.Name), parts, nullable, "")
			}
		}
		out = append(out, fmt.Sprintf("CREATE %sINDEX IF NOT EXISTS %s ON %s (%s)", unique, ident(TargetName(i.Name)), t.qualified(), strings.Join(parts, ", ")))
		goes("each session makes it: its statement is in the action item of its temporary table " + t.Table.Name)
	}
	return out
}
