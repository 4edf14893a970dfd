// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"time"

	"github.com/ferryman/ferryman/internal/oracle/dictionary"
)

// madeUpSchema owns the made-up dictionary.
const madeUpSchema = "MADEUP"

// Of each hundred objects.
const (
	tablesOf     = 50 // with 12 columns each
	primaryOf    = 30 // of them have a primary key, and its index
	secondaryOf  = 6
	foreignOf    = 20
	sequencesOf  = 4
	viewsOf      = 4
	triggersOf   = 2
	columnsOf    = 12
	notNullOf    = 3 // of a table's columns are NOT NULL, besides that of the key, by a constraint each
	commentsOf   = 1 // of them have a comment; so has every table
	packageLines = 60
)

var (
	nouns = []string{"ORDER", "ITEM", "CUSTOMER", "INVOICE", "PAYMENT", "ACCOUNT", "SHIPMENT", "PRODUCT", "STOCK", "ADDRESS", "CONTRACT", "BATCH",
		"EVENT", "USER", "ROLE", "PRICE", "TAX", "SUPPLIER", "PARCEL", "CLAIM"}
	made  = time.Date(2019, 3, 4, 9, 0, 0, 0, time.UTC)
	types = []dictionary.ColumnTraits{
		{Type: "NUMBER", Length: 22, Precision: number(10), Scale: number(0)},
		{Type: "VARCHAR2", Length: 200, CharLength: 50, CharUsed: "C"},
		{Type: "DATE", Length: 7},
		{Type: "NUMBER", Length: 22, Precision: number(12), Scale: number(2)},
		{Type: "TIMESTAMP(6)", Length: 11, Scale: number(6)},
		{Type: "CHAR", Length: 1, CharLength: 1, CharUsed: "B"},
	}
)

func number(n int64) *int64 { return &n }

// madeUp is a dictionary of n objects, a multiple of 100; the same n gives the same one.
func madeUp(n int) *dictionary.Dictionary {
	m := &maker{d: &dictionary.Dictionary{Schemas: []string{madeUpSchema}}}
	for block := range n / 100 {
		m.tables(block)
		m.others(block)
	}
	return m.d
}

type maker struct {
	d  *dictionary.Dictionary
	id int64
}

func (m *maker) object(kind, name string) {
	m.id++
	m.d.Objects = append(m.d.Objects, dictionary.Object{Owner: madeUpSchema, Name: name, ID: m.id, DataObjectID: number(m.id), Type: kind, Created: made,
		LastDDL: made.Add(time.Duration(m.id%50_000) * time.Hour), Timestamp: "2019-03-04:09:00:00", Status: "VALID", Temporary: "N", Generated: "N", Secondary: "N"})
}

func tableName(block, i int) string {
	return fmt.Sprintf("%s_%s_%05d", nouns[i%len(nouns)], nouns[(i*7+block)%len(nouns)], block*tablesOf+i)
}

func columnName(k int) string {
	if k == 0 {
		return "ID"
	}
	return fmt.Sprintf("%s_%s", nouns[(k*3)%len(nouns)], []string{"ID", "NAME", "DATE", "AMOUNT", "AT", "FLAG"}[k%6])
}

func (m *maker) tables(block int) {
	d := m.d
	for i := range tablesOf {
		name := tableName(block, i)
		m.object("TABLE", name)
		d.Tables = append(d.Tables, dictionary.Table{Owner: madeUpSchema, Name: name, Tablespace: "USERS", Status: "VALID", Logging: "YES", NumRows: number(int64(i) * 1000),
			Blocks: number(int64(i) * 20), AvgRowLen: number(120), LastAnalyzed: made.AddDate(6, 0, i), Partitioned: "NO", Temporary: "N", Secondary: "N", Nested: "NO",
			ReadOnly: "NO", External: "NO"})
		d.TableComments = append(d.TableComments, dictionary.TableComment{Owner: madeUpSchema, Table: name, Type: "TABLE", Comments: "Made-up table " + name})
		d.Segments = append(d.Segments, dictionary.Segment{Owner: madeUpSchema, Name: name, Type: "TABLE", Tablespace: "USERS", Bytes: int64(i) * 20 * 8192})
		for k := range columnsOf {
			traits := types[k%len(types)]
			c := dictionary.Column{ColumnTraits: &traits}
			c.Owner, c.Table, c.Name, c.ID, c.InternalID, c.SegmentID = madeUpSchema, name, columnName(k), number(int64(k+1)), int64(k+1), number(int64(k+1))
			c.Nullable, c.Virtual, c.Hidden, c.Identity, c.DefaultOnNull, c.UserGenerated = "Y", "NO", "NO", "NO", "NO", "YES"
			if k < 4 {
				c.Nullable = "N"
			}
			if k == 2 {
				c.Default = "SYSDATE"
			}
			d.Columns = append(d.Columns, c)
			if k > 0 && k <= commentsOf {
				d.ColumnComments = append(d.ColumnComments, dictionary.ColumnComment{Owner: madeUpSchema, Table: name, Column: c.Name, Comments: "What column " + c.Name + " of " + name + " means"})
			}
			if k > 0 && k <= notNullOf {
				m.constraint("C", name, fmt.Sprintf("SYS_C%07d", m.id*10+int64(k)), c.Name, fmt.Sprintf("%q IS NOT NULL", c.Name))
			}
		}
		if i < primaryOf {
			m.constraint("P", name, name+"_PK", "ID", "")
			m.index(name, name+"_PK", "ID", "UNIQUE")
		}
		if i < secondaryOf {
			m.index(name, name+"_IX", columnName(2), "NONUNIQUE")
		}
		if i >= tablesOf-foreignOf {
			m.constraint("R", name, name+"_FK", columnName(6), "")
			last := &d.Constraints[len(d.Constraints)-1]
			last.ROwner, last.RName, last.DeleteRule = madeUpSchema, tableName(block, i-foreignOf)+"_PK", "NO ACTION"
		}
		if i%2 == 0 {
			d.Modifications = append(d.Modifications, dictionary.Modification{Owner: madeUpSchema, Table: name, Inserts: number(int64(i)), Updates: number(1), Deletes: number(0),
				Timestamp: made.AddDate(6, 1, i), Truncated: "NO"})
		}
	}
}

func (m *maker) constraint(kind, table, name, column, condition string) {
	c := dictionary.Constraint{Owner: madeUpSchema, Name: name, Table: table, SearchCondition: condition, ConstraintTraits: &dictionary.ConstraintTraits{Type: kind,
		Status: "ENABLED", Deferrable: "NOT DEFERRABLE", Deferred: "IMMEDIATE", Validated: "VALIDATED", Generated: "USER NAME"}}
	position := number(1)
	switch kind {
	case "P":
		c.IndexOwner, c.IndexName = madeUpSchema, name
	case "C":
		c.Generated, position = "GENERATED NAME", nil
	}
	m.d.Constraints = append(m.d.Constraints, c)
	m.d.ConsColumns = append(m.d.ConsColumns, dictionary.ConsColumn{Owner: madeUpSchema, Constraint: name, Table: table, Column: column, Position: position})
}

func (m *maker) index(table, name, column, uniqueness string) {
	m.object("INDEX", name)
	m.d.Indexes = append(m.d.Indexes, dictionary.Index{Owner: madeUpSchema, Name: name, Type: "NORMAL", TableOwner: madeUpSchema, Table: table, TableType: "TABLE",
		Uniqueness: uniqueness, Tablespace: "USERS", Status: "VALID", Partitioned: "NO", Temporary: "N", Generated: "N", Secondary: "N", Visibility: "VISIBLE"})
	m.d.IndColumns = append(m.d.IndColumns, dictionary.IndColumn{IndexOwner: madeUpSchema, Index: name, TableOwner: madeUpSchema, Table: table, Column: column, Position: 1,
		Length: number(22), CharLength: number(0), Descend: "ASC"})
	m.d.Segments = append(m.d.Segments, dictionary.Segment{Owner: madeUpSchema, Name: name, Type: "INDEX", Tablespace: "USERS", Bytes: 65536})
}

// others are the objects of a block that are no tables and no indexes.
func (m *maker) others(block int) {
	d := m.d
	for i := range sequencesOf {
		name := fmt.Sprintf("SEQ_%05d_%d", block, i)
		m.object("SEQUENCE", name)
		d.Sequences = append(d.Sequences, dictionary.Sequence{Owner: madeUpSchema, Name: name, Min: "1", Max: "9999999999999999999999999999", Increment: "1", Cycle: "N", Order: "N",
			Cache: number(20), LastNumber: "1021"})
	}
	for i := range viewsOf {
		name, table := fmt.Sprintf("V_%05d_%d", block, i), tableName(block, i)
		m.object("VIEW", name)
		text := fmt.Sprintf("SELECT t.ID, t.%s, NVL(t.%s, SYSDATE) AS SINCE FROM %s t WHERE t.ID > 0", columnName(1), columnName(2), table)
		d.Views = append(d.Views, dictionary.ViewText{Owner: madeUpSchema, Name: name, Length: number(int64(len(text))), Text: text, ReadOnly: "N"})
		for k, column := range []string{"ID", columnName(1), "SINCE"} {
			traits := types[k]
			c := dictionary.Column{ColumnTraits: &traits}
			c.Owner, c.Table, c.Name, c.ID, c.InternalID = madeUpSchema, name, column, number(int64(k+1)), int64(k+1)
			c.Nullable, c.Virtual, c.Hidden, c.Identity, c.DefaultOnNull, c.UserGenerated = "Y", "NO", "NO", "NO", "NO", "YES"
			d.Columns = append(d.Columns, c)
		}
		m.needs(name, "VIEW", table)
	}
	for i := range triggersOf {
		name, table := fmt.Sprintf("TRG_%05d_%d", block, i), tableName(block, i)
		m.object("TRIGGER", name)
		body := fmt.Sprintf("BEGIN\n  IF :NEW.ID IS NULL THEN\n    SELECT SEQ_%05d_%d.NEXTVAL INTO :NEW.ID FROM DUAL;\n  END IF;\nEND;\n", block, i)
		d.Triggers = append(d.Triggers, dictionary.Trigger{Owner: madeUpSchema, Name: name, Type: "BEFORE EACH ROW", Event: "INSERT", TableOwner: madeUpSchema, BaseObjectType: "TABLE",
			Table: table, Referencing: "REFERENCING NEW AS NEW OLD AS OLD", Status: "ENABLED", Description: name + "\nBEFORE INSERT ON " + table + "\nFOR EACH ROW\n", ActionType: "PL/SQL",
			Body: body})
		m.source("TRIGGER", name, fmt.Sprintf("TRIGGER %s\nBEFORE INSERT ON %s\nFOR EACH ROW\n%s", name, table, body))
		m.needs(name, "TRIGGER", table)
	}
	name, table := fmt.Sprintf("PKG_%05d", block), tableName(block, 0)
	m.object("PACKAGE", name)
	m.source("PACKAGE", name, "PACKAGE "+name+" AS\n  PROCEDURE run(p_id IN NUMBER);\n  FUNCTION total RETURN NUMBER;\nEND;\n")
	m.object("PACKAGE BODY", name)
	body := "PACKAGE BODY " + name + " AS\n  PROCEDURE run(p_id IN NUMBER) IS\n    l_n NUMBER;\n  BEGIN\n"
	for i := range packageLines {
		body += fmt.Sprintf("    UPDATE %s SET %s = %d WHERE ID = p_id; -- 'step' %d\n", table, columnName(3), i, i)
	}
	m.source("PACKAGE BODY", name, body+"  END;\n  FUNCTION total RETURN NUMBER IS BEGIN RETURN 1; END;\nEND;\n")
	m.needs(name, "PACKAGE BODY", table)
	m.object("PROCEDURE", fmt.Sprintf("P_%05d", block))
	m.source("PROCEDURE", fmt.Sprintf("P_%05d", block), fmt.Sprintf("PROCEDURE P_%05d IS\nBEGIN\n  EXECUTE IMMEDIATE q'[DELETE FROM %s WHERE ID < 0]';\n  COMMIT;\nEXCEPTION WHEN OTHERS THEN NULL;\nEND;\n", block, table))
	m.object("SYNONYM", fmt.Sprintf("S_%05d", block))
	d.Synonyms = append(d.Synonyms, dictionary.Synonym{Owner: madeUpSchema, Name: fmt.Sprintf("S_%05d", block), TableOwner: madeUpSchema, Table: table})
}

func (m *maker) needs(name, kind, table string) {
	m.d.Dependencies = append(m.d.Dependencies, dictionary.Dependency{Owner: madeUpSchema, Name: name, Type: kind, ReferencedOwner: madeUpSchema, ReferencedName: table,
		ReferencedType: "TABLE", Kind: "HARD"})
}

func (m *maker) source(kind, name, text string) {
	line := int64(0)
	for text != "" {
		end := 0
		for end < len(text) && text[end] != '\n' {
			end++
		}
		end = min(end+1, len(text))
		line++
		m.d.Source = append(m.d.Source, dictionary.SourceLine{Owner: madeUpSchema, Name: name, Type: kind, Line: line, Text: text[:end]})
		text = text[end:]
	}
}
