// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"fmt"
	"slices"
	"strings"
)

func (o *objects) notNull(t *Table, c *Column) Object {
	object := Object{Kind: NotNull, Schema: t.Schema, Table: t.Name, Name: c.Name}
	if c.NotNullConstraint.Name == "" {
		// ONLY: a table that inherits otherwise than as a partition keeps a NOT NULL of its own, or none.
		column := fmt.Sprintf("ALTER TABLE %s%s ALTER COLUMN %s ", when(t.HasHeirs, "ONLY ", ""), ident(t.Schema, t.Name), ident(c.Name))
		object.Drop = column + "DROP NOT NULL"
		return define(object, []string{column + "SET NOT NULL"})
	}
	drop, create := o.notNullConstraint(t, c)
	object.Drop = drop[0]
	if len(drop) > 1 {
		object.Drop = "DO " + literal("BEGIN\n\t"+strings.Join(drop, ";\n\t")+";\nEND")
	}
	return define(object, append(create, o.notNullComments(t, c)...))
}

// notNullConstraint drops and makes the NOT NULL of a table that has it as a constraint (PostgreSQL 18). What a partition has of it
// comes and goes with it, unless it is the partition's own as well, or has another name or state: that is dropped after it, and made
// before it, for then it is adopted. The table's own statement is the first that drops and the last that makes.
func (o *objects) notNullConstraint(t *Table, c *Column) (drop, create []string) {
	table := ident(t.Schema, t.Name)
	drop = []string{fmt.Sprintf("ALTER TABLE %s ALTER COLUMN %s DROP NOT NULL", table, ident(c.Name))}
	for _, p := range o.partitions[ident(t.Schema, t.Name)] {
		part := p.column(c.Name)
		if part == nil || part.NotNullConstraint.Name == "" {
			continue
		}
		dropPart, createPart := o.notNullConstraint(p, part)
		if !part.NotNullConstraint.Local && part.NotNullConstraint.Name == c.NotNullConstraint.Name &&
			part.NotNullConstraint.Definition == c.NotNullConstraint.Definition {
			dropPart, createPart = dropPart[1:], createPart[:len(createPart)-1]
		}
		drop, create = append(drop, dropPart...), append(create, createPart...)
	}
	return drop, append(create, fmt.Sprintf("ALTER TABLE %s ADD CONSTRAINT %s %s", table, ident(c.NotNullConstraint.Name), c.NotNullConstraint.Definition))
}

func (o *objects) notNullComments(t *Table, c *Column) []string {
	sql := commentOn("CONSTRAINT "+ident(c.NotNullConstraint.Name)+" ON "+ident(t.Schema, t.Name), c.NotNullConstraint.Comment)
	for _, p := range o.partitions[ident(t.Schema, t.Name)] {
		if part := p.column(c.Name); part != nil && part.NotNullConstraint.Name != "" {
			sql = append(sql, o.notNullComments(p, part)...)
		}
	}
	return sql
}

// column is the table's column of that name, nil where it has none.
func (t *Table) column(name string) *Column {
	i := slices.IndexFunc(t.Columns, func(c Column) bool { return c.Name == name })
	if i < 0 {
		return nil
	}
	return &t.Columns[i]
}
