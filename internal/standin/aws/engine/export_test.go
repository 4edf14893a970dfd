// SPDX-License-Identifier: Apache-2.0

package engine

// What the tests of this package look at from outside it.

type (
	Change    = change
	Field     = field
	Operation = operation
	Table     = table
)

const (
	InsertRow = insertRow
	UpdateRow = updateRow
	DeleteRow = deleteRow
)

var (
	ParseRedo  = parseRedo
	Checkpoint = checkpoint
)

// NewChange makes a change as the parser does.
func NewChange(o Operation, name TableName, set, where []Field) Change {
	return change{operation: o, table: name, set: set, where: where}
}

// Is, Null and LOB make fields.
func Is(column, value string) Field { return field{column: column, value: &value} }
func Null(column string) Field      { return field{column: column} }
func LOB(column string) Field       { return field{column: column, lob: true} }

// Column is a source column of a type; precision and scale -1 are not given.
type Column struct {
	DataType                 string
	Length, Precision, Scale int
}

func (c Column) column() column {
	return column{name: "C", target: "c", dataType: c.DataType, kind: kindOf(c.DataType), length: c.Length, precision: c.Precision, scale: c.Scale}
}

func (c Column) TargetType() string           { return c.column().targetType() }
func (c Column) Normal(text string) *string   { return c.column().normal(text) }
func (c Column) Canonical(text string) string { return c.column().canonical(text) }
func (c Column) Text(v any) (*string, error)  { return c.column().text(v) }
func (c Column) Literal(value string) string  { return c.column().literal(value) }

// LoadPlan hands out tables.
type LoadPlan = loadPlan

// NewTable makes a table of schema S that refers to others.
func NewTable(name string, references ...string) *Table {
	made := &table{TableName: TableName{"S", name}}
	for _, parent := range references {
		made.references = append(made.references, TableName{"S", parent})
	}
	return made
}

var (
	NewLoadPlan = newLoadPlan
	LoadOrder   = loadOrder
	Next        = (*loadPlan).next
	Landed      = (*loadPlan).landed
)
