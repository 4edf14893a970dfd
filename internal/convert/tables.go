// SPDX-License-Identifier: Apache-2.0

package convert

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	sql "github.com/ferryman/ferryman/internal/convert/oraclesql"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
)

// table is a table that is made on the target.
type table struct {
	*dictionary.Table
	object  Object
	schema  string
	name    string
	columns []*column
	// partitioning is nil for a plain table.
	partitioning *partitioning
	// kind is KindMaterializedView where that is what an index is made on, else "".
	kind Kind
}

// column is a column that is made on the target.
type column struct {
	*dictionary.Column
	name string
	typ  *targetType // shared by the columns that have it
	*special
}

// special is what few columns have; the others share ordinary.
type special struct {
	identity *dictionary.IdentityCol
	virtual  string // its expression, where it is generated
	collate  string // "" is the database's
}

var ordinary = &special{}

// mark gives a column what few have.
func (x *column) mark(change func(*special)) {
	mine := *x.special
	change(&mine)
	x.special = &mine
}

func (t *table) column(oracle string) *column {
	for _, c := range t.columns {
		if c.Column.Name == oracle {
			return c
		}
	}
	return nil
}

func (t *table) qualified() string { return ident(t.schema, t.name) }

func (t *table) id() string { return string(cmp.Or(t.kind, KindTable)) + ":" + t.schema + "." + t.name }

// planTables decides which tables are made, and with which columns and types.
func (c *converter) planTables() {
	unknown := c.firstUnknown("ALL_TABLES", "ALL_TAB_COLS", "ALL_CONSTRAINTS", "ALL_CONS_COLUMNS", "ALL_TAB_IDENTITY_COLS")
	for _, o := range c.objectsOf("TABLE") {
		if unknown != "" {
			c.notRead(o, unknown)
			continue
		}
		row := c.d.Table(o.Owner, o.Name)
		if c.specialTable(o, row) {
			continue
		}
		t := &table{Table: row, object: o, schema: TargetName(o.Owner), name: TargetName(o.Name)}
		if !c.schemaNames(t.schema).claim(t.name) {
			c.action(CodeCollision, o, "", fmt.Sprintf("another table is called %s in lower case too", t.name),
				"rename one of them on Oracle, or leave it out")
			continue
		}
		c.longName(o, "", o.Name)
		c.planColumns(t)
		if c.tooWide(t) {
			continue
		}
		c.tables[dictionary.Name{Owner: o.Owner, Name: o.Name}] = t
		c.tableOrder = append(c.tableOrder, t)
	}
	c.harmonize()
}

func (c *converter) longName(o Object, subject, oracle string) {
	if tooLong(oracle) {
		c.action(CodeLongName, o, subject, fmt.Sprintf("%s has %d bytes, PostgreSQL's names have 63; it is called %s there", clip(oracle),
			len(oracle), TargetName(oracle)),
			"give the DMS task a rule that renames it, and tell the application")
	}
}

// specialTable handles what is in ALL_OBJECTS as a table and is not made as one.
func (c *converter) specialTable(o Object, row *dictionary.Table) bool {
	if view, ok := c.facts.containers[dictionary.Name{Owner: o.Owner, Name: o.Name}]; ok {
		c.set(o, LeftOut, "it holds the rows of the materialized view "+view)
		return true
	}
	switch {
	case strings.HasPrefix(o.Name, "BIN$"):
		c.set(o, LeftOut, "it is in the recycle bin")
	case strings.HasPrefix(o.Name, "MLOG$_"), strings.HasPrefix(o.Name, "RUPD$_"), c.facts.logs[dictionary.Name{Owner: o.Owner,
		Name: o.Name}] != "":
		c.set(o, LeftOut, "it is the log of a materialized view")
	case row == nil:
		c.action(CodeObjectTable, o, "", "it is a table of objects (it is not in ALL_TABLES)", "make an ordinary table of its attributes")
	case row.IOTType == "IOT_OVERFLOW" || row.IOTType == "IOT_MAPPING":
		c.set(o, LeftOut, "it is storage of an index-organized table")
	case row.Secondary == "Y":
		c.set(o, LeftOut, "it is storage of a domain index")
	case row.Nested == "YES":
		c.action(CodeObjectTable, o, "", "it stores a nested table", "make an ordinary table with a foreign key to its parent")
	case row.Temporary == "Y":
		c.temporaries = append(c.temporaries, row)
	case row.External == "YES" || c.facts.external[dictionary.Name{Owner: o.Owner, Name: o.Name}]:
		c.action(CodeExternal, o, "", "its rows are files on the database server",
			"load the files with COPY, or use a foreign table (file_fdw; on RDS aws_s3)")
	default:
		return false
	}
	return true
}

// lower is TargetName, with one copy for all the columns that are called so.
func (c *converter) lower(oracle string) string {
	name, ok := c.lowered[oracle]
	if !ok {
		if c.lowered == nil {
			c.lowered = map[string]string{}
		}
		name = TargetName(oracle)
		c.lowered[oracle] = name
	}
	return name
}

func (c *converter) planColumns(t *table) {
	clear(c.taken)
	list := c.d.ColumnsOf(t.Owner, t.Table.Name)
	room := make([]column, len(list))
	t.columns = make([]*column, 0, len(list))
	for i, col := range list {
		if col.Hidden == "YES" && col.UserGenerated != "YES" {
			continue // made by Oracle, behind an index on an expression
		}
		x := &room[i]
		*x = column{Column: col, name: c.lower(col.Name), special: ordinary}
		typ, bad := c.columnType(t, col)
		switch {
		case bad != nil:
			c.action(CodeColumnType, t.object, col.Name, bad.reason+"; the table is made without it", bad.hint)
			continue
		case !c.taken.claim(x.name):
			c.action(CodeCollision, t.object, col.Name,
				fmt.Sprintf("another column is called %s in lower case too; the table is made without this one", x.name),
				"rename one of them on Oracle")
			continue
		}
		c.longName(t.object, col.Name, col.Name)
		x.typ = c.share(typ)
		if typ.Note != "" {
			c.note(NoteType, t.object, col.Name, col.Type+" becomes "+typ.SQL+": "+typ.Note, "see whether the values need it")
		}
		if col.Hidden == "YES" {
			c.note(NoteInvisible, t.object, col.Name, "the column is invisible on Oracle, and DMS does not carry it",
				"make it visible before loading, or leave it")
		}
		if row := c.facts.identities[ColumnName{t.Owner, t.Table.Name, col.Name}]; row != nil {
			x.mark(func(s *special) { s.identity = row })
		}
		if x.identity != nil && !typ.integer() {
			x.typ = c.share(wholeNumber(18))
			c.note(NoteType, t.object, col.Name, col.Type+" becomes bigint: an identity column is an integer on PostgreSQL", "")
		}
		t.columns = append(t.columns, x)
	}
	for _, x := range t.columns {
		if x.Virtual == "YES" {
			c.virtualColumn(t, x)
		}
	}
}

func (c *converter) virtualColumn(t *table, x *column) {
	e, err := sql.ParseExpr(x.Default)
	var got expression
	if err == nil {
		got, err = emit(e, tableScope{c, t, true})
	}
	if err == nil && got.volatile {
		err = uncertain("it is not the same at all times, so PostgreSQL does not store it")
	}
	if err != nil {
		c.action(CodeVirtual, t.object, x.Column.Name, fmt.Sprintf("its expression %s is not converted: %v; the table is made without it",
			clip(x.Default), err),
			"add it as a generated column or to a view")
		t.columns = slices.DeleteFunc(slices.Clone(t.columns), func(y *column) bool { return y == x })
		return
	}
	x.mark(func(s *special) { s.virtual = got.SQL })
}
