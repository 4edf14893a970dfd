// SPDX-License-Identifier: Apache-2.0

package dict

import "slices"

// NoScale is the Scale of a NUMBER declared without one.
const NoScale = -127

// Column is a column of a table or view, as ALL_TAB_COLS describes it.
type Column struct {
	Name     string
	DataType string // VARCHAR2, NUMBER, DATE, TIMESTAMP(6) WITH TIME ZONE, ...
	// TypeOwner is set for object types and collections.
	TypeOwner  string
	Length     int // bytes
	CharLength int
	CharUsed   string // B or C
	Precision  int    // -1 where there is none
	Scale      int    // NoScale where there is none
	Nullable   bool
	ID         int // 0 for invisible and hidden columns
	Default    string
	// DefaultOnNull says that an explicit NULL takes the default too.
	DefaultOnNull bool
	Virtual       bool
	Hidden        bool
	// Identity is ALWAYS or BY DEFAULT for an identity column.
	Identity string
}

// National says that the column is in the national character set.
func (c *Column) National() bool {
	return c.DataType == "NVARCHAR2" || c.DataType == "NCHAR" || c.DataType == "NCLOB"
}

// LOB says that LogMiner does not show the column's values.
func (c *Column) LOB() bool {
	switch c.DataType {
	case "CLOB", "NCLOB", "BLOB", "XMLTYPE", "BFILE", "LONG", "LONG RAW", "JSON":
		return true
	}
	return c.TypeOwner != ""
}

// Table is a table with its columns in COLUMN_ID order, or a view (Kind VIEW).
type Table struct {
	Name
	Kind      string // TABLE or VIEW
	Columns   []*Column
	Temporary bool
}

// Column returns the column of a name, nil where there is none.
func (t *Table) Column(name string) *Column {
	for _, c := range t.Columns {
		if c.Name == name {
			return c
		}
	}
	return nil
}

// Constraint is a row of ALL_CONSTRAINTS with its columns in order.
type Constraint struct {
	Owner, Name, Type, Table string
	Columns                  []string
	Condition                string // of a check
	ROwner, RName            string // the key a foreign key refers to
	DeleteRule               string
	Enabled, Validated       bool
	Deferrable, Deferred     bool
	Generated                bool
	Index                    string
}

// Index is a unique index, with the columns or expressions it is on.
type Index struct {
	Owner, Name, Table string
	Unique             bool
	Terms              []IndexTerm
}

// IndexTerm is a column, or an expression where Column is empty.
type IndexTerm struct{ Column, Expression string }

// Sequence is a row of ALL_SEQUENCES. Its numbers may have 28 digits.
type Sequence struct {
	Name
	Min, Max, Increment, Last string
	Cache                     int64
	Cycle                     bool
}

// Trigger is a row of ALL_TRIGGERS.
type Trigger struct {
	Name
	TableOwner, Table, Type, Event, When, Body string
	Enabled                                    bool
}

// Synonym is a row of ALL_SYNONYMS.
type Synonym struct {
	Name
	Target Name
	Link   string
}

// ViewText is a view and its query.
type ViewText struct {
	Name
	Text string
}

// Model is what an export describes, in a form to build from.
type Model struct {
	Owners      []string
	Tables      []*Table
	Constraints []*Constraint
	Indexes     []*Index
	Sequences   []*Sequence
	Triggers    []*Trigger
	Synonyms    []*Synonym
	Views       []*ViewText
	byName      map[Name]*Table
}

// Table returns the table or view of a name, nil where there is none.
func (m *Model) Table(name Name) *Table { return m.byName[name] }

// Add puts a new table or view into the model.
func (m *Model) Add(t *Table) {
	if t.Kind == "TABLE" {
		m.Tables = append(m.Tables, t)
	}
	m.byName[t.Name] = t
}

// Replace puts a changed table in place of the one of its name.
func (m *Model) Replace(t *Table) {
	for i := range m.Tables {
		if m.Tables[i].Name == t.Name {
			m.Tables[i] = t
		}
	}
	m.byName[t.Name] = t
}

// Remove takes a table or view, and the constraints and indexes on it, out of the model.
func (m *Model) Remove(name Name) {
	delete(m.byName, name)
	m.Tables = slices.DeleteFunc(m.Tables, func(t *Table) bool { return t.Name == name })
	m.Constraints = slices.DeleteFunc(m.Constraints, func(c *Constraint) bool { return c.Owner == name.Owner && c.Table == name.Name })
	m.Indexes = slices.DeleteFunc(m.Indexes, func(x *Index) bool { return x.Owner == name.Owner && x.Table == name.Name })
}

// PrimaryKey returns the columns of a table's enabled primary key.
func (m *Model) PrimaryKey(name Name) []string {
	for _, c := range m.Constraints {
		if c.Type == "P" && c.Enabled && c.Owner == name.Owner && c.Table == name.Name {
			return c.Columns
		}
	}
	return nil
}
