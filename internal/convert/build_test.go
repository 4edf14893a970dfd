// SPDX-License-Identifier: Apache-2.0

package convert_test

import (
	"fmt"
	"strings"

	"github.com/ferryman/ferryman/internal/oracle/dictionary"
)

// schema builds a dictionary of one schema, S, by hand.
type schema struct{ *dictionary.Dictionary }

func newSchema() schema {
	return schema{&dictionary.Dictionary{Schemas: []string{"S"}}}
}

func (s schema) object(kind, name string) {
	s.Objects = append(s.Objects, dictionary.Object{Owner: "S", Name: name, Type: kind, Status: "VALID", ID: int64(len(s.Objects) + 1)})
}

// table adds a table. A column is "NAME TYPE [NOT NULL] [DEFAULT text]"; TYPE is NUMBER(5,2), VARCHAR2(10), … and has no blank unless it
// is written with a tilde.
func (s schema) table(name string, columns ...string) *dictionary.Table {
	s.object("TABLE", name)
	s.Tables = append(s.Tables, dictionary.Table{Owner: "S", Name: name, Temporary: "N", Secondary: "N", Nested: "NO", External: "NO", Partitioned: "NO"})
	for _, text := range columns {
		s.column(name, text)
	}
	return &s.Tables[len(s.Tables)-1]
}

func (s schema) column(table, text string) *dictionary.Column {
	head, def, _ := strings.Cut(text, " DEFAULT ")
	words := strings.Fields(head)
	id := int64(1)
	for _, c := range s.Columns {
		if c.Table == table {
			id++
		}
	}
	c := dictionary.Column{Owner: "S", Table: table, Name: words[0], ID: &id, InternalID: id, ColumnTraits: &dictionary.ColumnTraits{Nullable: "Y", Default: def,
		Virtual: "NO", Hidden: "NO", Identity: "NO", DefaultOnNull: "NO", UserGenerated: "YES"}}
	if strings.HasSuffix(head, "NOT NULL") {
		c.Nullable = "N"
	}
	setType(&c, strings.ReplaceAll(words[1], "~", " "))
	s.Columns = append(s.Columns, c)
	return &s.Columns[len(s.Columns)-1]
}

func setType(c *dictionary.Column, typ string) {
	base, rest, _ := strings.Cut(typ, "(")
	c.Type = base
	var a, b int64
	switch base {
	case "NUMBER":
		switch n, _ := fmt.Sscanf(rest, "%d,%d", &a, &b); {
		case rest == "*,0)":
			c.Scale = &b
		case n > 0:
			c.Precision, c.Scale = &a, &b
		}
	case "VARCHAR2", "CHAR", "NVARCHAR2", "NCHAR", "RAW":
		_, _ = fmt.Sscanf(rest, "%d", &a)
		c.Length = a
		if base != "RAW" {
			c.CharLength, c.CharUsed = a, "B"
		}
	default:
		c.Type = typ
	}
}

// key adds a constraint of type P, U or R (with "TABLE_KEY" as what it refers to) over columns, and the index behind P and U.
func (s schema) key(kind, table, name, refers string, columns ...string) *dictionary.Constraint {
	k := dictionary.Constraint{Owner: "S", Name: name, Table: table, ConstraintTraits: &dictionary.ConstraintTraits{Type: kind, Status: "ENABLED",
		Validated: "VALIDATED", Deferrable: "NOT DEFERRABLE", Deferred: "IMMEDIATE", Generated: "USER NAME", DeleteRule: "NO ACTION"}}
	if kind == "R" {
		k.ROwner, k.RName = "S", refers
	} else {
		k.IndexName = name
		s.index(table, name, true, columns...)
	}
	s.Constraints = append(s.Constraints, k)
	for i, c := range columns {
		position := int64(i + 1)
		s.ConsColumns = append(s.ConsColumns, dictionary.ConsColumn{Owner: "S", Constraint: name, Table: table, Column: c, Position: &position})
	}
	return &s.Constraints[len(s.Constraints)-1]
}

func (s schema) check(table, name, condition string, columns ...string) *dictionary.Constraint {
	k := dictionary.Constraint{Owner: "S", Name: name, Table: table, SearchCondition: condition,
		ConstraintTraits: &dictionary.ConstraintTraits{Type: "C", Status: "ENABLED", Validated: "VALIDATED", Generated: "USER NAME"}}
	s.Constraints = append(s.Constraints, k)
	for _, c := range columns {
		s.ConsColumns = append(s.ConsColumns, dictionary.ConsColumn{Owner: "S", Constraint: name, Table: table, Column: c})
	}
	return &s.Constraints[len(s.Constraints)-1]
}

// index adds an index; a column that starts with = is an expression.
func (s schema) index(table, name string, unique bool, columns ...string) *dictionary.Index {
	s.object("INDEX", name)
	i := dictionary.Index{Owner: "S", Name: name, Type: "NORMAL", TableOwner: "S", Table: table, Uniqueness: "NONUNIQUE", Status: "VALID", Visibility: "VISIBLE"}
	if unique {
		i.Uniqueness = "UNIQUE"
	}
	for n, c := range columns {
		position := int64(n + 1)
		if text, ok := strings.CutPrefix(c, "="); ok {
			i.Type = "FUNCTION-BASED NORMAL"
			c = fmt.Sprintf("SYS_NC%05d$", n)
			s.IndExpressions = append(s.IndExpressions, dictionary.IndExpression{IndexOwner: "S", Index: name, TableOwner: "S", Table: table, Expression: text, Position: position})
		}
		s.IndColumns = append(s.IndColumns, dictionary.IndColumn{IndexOwner: "S", Index: name, TableOwner: "S", Table: table, Column: c, Position: position, Descend: "ASC"})
	}
	s.Indexes = append(s.Indexes, i)
	return &s.Indexes[len(s.Indexes)-1]
}

func (s schema) sequence(name string, by, lo, hi, last string) *dictionary.Sequence {
	s.object("SEQUENCE", name)
	d := func(n string) dictionary.Decimal { return dictionary.Decimal(n) }
	s.Sequences = append(s.Sequences, dictionary.Sequence{Owner: "S", Name: name, Increment: d(by), Min: d(lo), Max: d(hi), LastNumber: d(last), Cycle: "N"})
	return &s.Sequences[len(s.Sequences)-1]
}

func (s schema) trigger(name, table, when, body string) *dictionary.Trigger {
	s.object("TRIGGER", name)
	s.Triggers = append(s.Triggers, dictionary.Trigger{Owner: "S", Name: name, Type: "BEFORE EACH ROW", Event: "INSERT", TableOwner: "S", BaseObjectType: "TABLE",
		Table: table, Referencing: "REFERENCING NEW AS NEW OLD AS OLD", Status: "ENABLED", When: when, Body: body})
	return &s.Triggers[len(s.Triggers)-1]
}

func (s schema) view(name, text string, columns ...string) {
	s.object("VIEW", name)
	s.Views = append(s.Views, dictionary.ViewText{Owner: "S", Name: name, Text: text, ReadOnly: "N"})
	for _, c := range columns {
		s.column(name, c)
	}
}
