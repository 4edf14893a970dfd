// SPDX-License-Identifier: Apache-2.0

package convert

import (
	"fmt"
	"regexp"
	"strings"

	sql "github.com/ferryman/ferryman/internal/convert/oraclesql"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
)

// keysStep makes primary keys, unique constraints and checks.
func (c *converter) keysStep() {
	for _, kind := range []string{"P", "U", "C"} {
		for _, t := range c.tableOrder {
			for _, k := range c.d.ConstraintsOf(t.Owner, t.Table.Name) {
				if k.Type != kind {
					continue
				}
				if kind == "C" {
					c.check(t, k)
				} else {
					c.key(t, k)
				}
			}
		}
	}
	for _, t := range c.tableOrder {
		for _, k := range c.d.ConstraintsOf(t.Owner, t.Table.Name) {
			switch k.Type {
			case "P", "U", "C", "R":
			case "S":
				c.note(NoteStorage, t.object, k.Name, k.Name+" is supplemental logging, which PostgreSQL does not need", "")
			default:
				c.action(CodeKind, t.object, k.Name, "a constraint of type "+clip(k.Type)+" is not converted", "see what it protects")
			}
		}
	}
}

// enabled notes a constraint that is switched off, which PostgreSQL does not have.
func (c *converter) enabled(t *table, k *dictionary.Constraint, what string) bool {
	if k.Status == "DISABLED" {
		c.action(CodeDisabled, t.object, k.Name, what+" "+k.Name+" is disabled on Oracle and is not made",
			"make it if the rows keep to it, else drop it on Oracle")
		return false
	}
	return true
}

// constraintName keeps a name that somebody gave. Oracle's own (SYS_C…) change with every installation, so they get a plain one.
func (c *converter) constraintName(t *table, k *dictionary.Constraint, columns []string, suffix string) string {
	if k.Generated != "GENERATED NAME" {
		return TargetName(k.Name)
	}
	parts := []string{t.name}
	if suffix != "pkey" {
		parts = append(parts, columns...)
	}
	return TargetName(strings.Join(append(parts, suffix), "_"))
}

func (c *converter) claimConstraint(t *table, name, suffix string) string {
	return firstFree(name, suffix, func(name string) bool {
		n := constraintName{t, name}
		taken := c.constraints[n]
		c.constraints[n] = true
		return !taken
	})
}

// constraintName is a constraint on the target: PostgreSQL wants it to be unique in its table.
type constraintName struct {
	table *table
	name  string
}

// targetColumns maps a constraint's columns; ok is false where one of them is not on the target.
func (t *table) targetColumns(oracle []string) (cols []*column, ok bool) {
	for _, name := range oracle {
		x := t.column(name)
		if x == nil {
			return nil, false
		}
		cols = append(cols, x)
	}
	return cols, len(cols) > 0
}

func columnNames(cols []*column) []string {
	out := make([]string, len(cols))
	for i, x := range cols {
		out[i] = x.name
	}
	return out
}

func (c *converter) key(t *table, k *dictionary.Constraint) {
	what, clause, kind, suffix := "primary key", "PRIMARY KEY", KindPrimaryKey, "pkey"
	if k.Type == "U" {
		what, clause, kind, suffix = "unique constraint", "UNIQUE", KindUnique, "key"
	}
	if !c.enabled(t, k, what) {
		return
	}
	cols, ok := t.targetColumns(c.d.ConstraintColumns(k.Owner, k.Name))
	if !ok {
		c.action(CodeIndexTable, t.object, k.Name, "the "+what+" "+k.Name+" has a column that is not on the target", "choose another key")
		return
	}
	want := c.constraintName(t, k, columnNames(cols), suffix)
	name := c.schemaNames(t.schema).free(want, "_"+suffix) // a key's index shares the tables' name space
	c.claimConstraint(t, name, "_"+suffix)
	if name != want {
		c.note(NoteRenamed, t.object, k.Name, fmt.Sprintf("the %s is called %s: another object has its name", what, name), "")
	}
	later := ""
	if k.Deferrable == "DEFERRABLE" {
		if c.facts.referenced[dictionary.Name{Owner: k.Owner, Name: k.Name}] {
			c.note(NoteDeferrable, t.object, k.Name,
				"the "+what+" is deferrable on Oracle; PostgreSQL refuses foreign keys to a deferrable one, so it is checked at once", "")
		} else {
			later = deferral(k)
		}
	}
	if k.Validated == "NOT VALIDATED" {
		c.note(NoteNotValid, t.object, k.Name,
			"the "+what+" may not hold for old rows on Oracle (NOVALIDATE); PostgreSQL has no such key, and loading rows that break it fails",
			"look for duplicates before loading")
	}
	var nullable []string
	for _, x := range cols {
		if x.Nullable != "N" {
			nullable = append(nullable, x.Column.Name)
		}
	}
	if k.Type == "U" && len(cols) > 1 && len(nullable) > 0 {
		var parts []string
		for _, x := range cols {
			parts = append(parts, ident(x.name))
		}
		c.uniqueNulls(t.object, k.Name, t, name, parts, nullable, " UNIQUE NULLS NOT DISTINCT ("+idents(columnNames(cols))+")"+later)
	}
	c.keys[dictionary.Name{Owner: k.Owner, Name: k.Name}] = true
	c.add(Statement{Kind: kind, Object: t.object, Schema: t.schema, Table: t.name, Name: name, DependsOn: []string{t.id()},
		SQL: fmt.Sprintf("ALTER TABLE %s ADD CONSTRAINT %s %s (%s)%s", t.qualified(), ident(name), clause, idents(columnNames(cols)), later)})
}

func deferral(k *dictionary.Constraint) string {
	if k.Deferrable != "DEFERRABLE" {
		return ""
	}
	if k.Deferred == "DEFERRED" {
		return " DEFERRABLE INITIALLY DEFERRED"
	}
	return " DEFERRABLE INITIALLY IMMEDIATE"
}

var notNullCondition = regexp.MustCompile(`(?i)^\s*"?([^"]+?)"?\s+IS\s+NOT\s+NULL\s*$`)

func (c *converter) check(t *table, k *dictionary.Constraint) {
	if m := notNullCondition.FindStringSubmatch(k.SearchCondition); m != nil {
		if x := c.d.Column(t.Owner, t.Table.Name, m[1]); x != nil && x.Nullable == "N" {
			return // it is the column's NOT NULL
		}
	}
	if !c.enabled(t, k, "check") {
		return
	}
	if k.SearchCondition == "" {
		c.action(CodeCheck, t.object, k.Name, "the condition of check "+k.Name+" is not in the dictionary", "read it on Oracle and make it by hand")
		return
	}
	e, err := sql.ParseExpr(k.SearchCondition)
	var got expression
	if err == nil {
		got, err = emit(e, tableScope{c, t, false})
	}
	if err == nil && got.cat != catBool {
		err = uncertain("it is no condition")
	}
	if err == nil && got.volatile {
		err = uncertain("its value is not the same at all times")
	}
	if err != nil {
		c.action(CodeCheck, t.object, k.Name, fmt.Sprintf("check %s (%s) is not converted: %v", k.Name, clip(k.SearchCondition), err),
			"write it for PostgreSQL")
		return
	}
	if k.Deferrable == "DEFERRABLE" {
		c.note(NoteDeferrable, t.object, k.Name, "the check is deferrable on Oracle; PostgreSQL checks it at once", "")
	}
	name := c.claimConstraint(t, c.constraintName(t, k, targetNames(c.d.ConstraintColumns(k.Owner, k.Name)), "check"), "_check")
	c.add(Statement{Kind: KindCheck, Object: t.object, Schema: t.schema, Table: t.name, Name: name, DependsOn: []string{t.id()},
		SQL: fmt.Sprintf("ALTER TABLE %s ADD CONSTRAINT %s CHECK (%s)%s", t.qualified(), ident(name), got.SQL, c.notValid(t, k))})
}

// notValid carries NOVALIDATE over: the constraint holds for new rows and was not looked at for the old ones.
func (c *converter) notValid(t *table, k *dictionary.Constraint) string {
	if k.Validated != "NOT VALIDATED" {
		return ""
	}
	if t.partitioning != nil && k.Type == "R" {
		c.note(NoteNotValid, t.object, k.Name,
			k.Name+" holds for new rows only (NOVALIDATE on Oracle); PostgreSQL has no such foreign key on a partitioned table, so it holds for all",
			"look for rows that break it before loading")
		return ""
	}
	c.note(NoteNotValid, t.object, k.Name,
		k.Name+" holds for new rows only (NOVALIDATE on Oracle, NOT VALID here); a load sees all rows as new",
		"look for rows that break it before loading")
	return " NOT VALID"
}

// foreignKeysStep makes the foreign keys between tables that are on the target.
func (c *converter) foreignKeysStep() {
	for _, t := range c.tableOrder {
		for _, k := range c.d.ConstraintsOf(t.Owner, t.Table.Name) {
			if k.Type == "R" && c.enabled(t, k, "foreign key") {
				c.foreignKey(t, k)
			}
		}
	}
}

func (c *converter) foreignKey(t *table, k *dictionary.Constraint) {
	r := c.d.Constraint(k.ROwner, k.RName)
	if r == nil || !c.keys[dictionary.Name{Owner: r.Owner, Name: r.Name}] {
		c.action(CodeForeignKey, t.object, k.Name, fmt.Sprintf("foreign key %s refers to %s.%s, which is not on the target", k.Name, k.ROwner,
			k.RName),
			"migrate that schema too, or check the rows another way")
		return
	}
	to := c.tables[dictionary.Name{Owner: r.Owner, Name: r.Table}]
	cols, ok := t.targetColumns(c.d.ConstraintColumns(k.Owner, k.Name))
	other, ok2 := to.targetColumns(c.d.ConstraintColumns(r.Owner, r.Name))
	if !ok || !ok2 || len(cols) != len(other) {
		c.action(CodeForeignKey, t.object, k.Name, "foreign key "+k.Name+" has a column that is not on the target", "choose another key")
		return
	}
	rule := ""
	switch k.DeleteRule {
	case "CASCADE", "SET NULL":
		rule = " ON DELETE " + k.DeleteRule
	}
	name := c.claimConstraint(t, c.constraintName(t, k, columnNames(cols), "fkey"), "_fkey")
	c.add(Statement{Kind: KindForeignKey, Object: t.object, Schema: t.schema, Table: t.name, Name: name, DependsOn: []string{t.id(), to.id()},
		SQL: fmt.Sprintf("ALTER TABLE %s ADD CONSTRAINT %s FOREIGN KEY (%s) REFERENCES %s (%s)%s%s%s", t.qualified(), ident(name),
			idents(columnNames(cols)), to.qualified(), idents(columnNames(other)), rule, deferral(k), c.notValid(t, k))})
}
