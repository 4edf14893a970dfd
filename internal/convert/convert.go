// SPDX-License-Identifier: Apache-2.0

// Package convert turns an Oracle schema into PostgreSQL statements. It works on the dictionary alone, touches no database, and
// gives the same answer for the same input. Every row of ALL_OBJECTS in scope gets an outcome: what cannot be converted with
// certainty is an action item with its reason, never a guess and never silence.
package convert

import (
	"time"

	"github.com/ferryman/ferryman/internal/oracle/dictionary"
)

// Engine converts a schema. Builtin is the one that ships with Ferryman.
type Engine interface {
	Convert(*dictionary.Dictionary, Options) *Conversion
}

// Options choose what is converted and how.
type Options struct {
	// Decisions are what people decided about this migration.
	Decisions Decisions
	// Measurements are the digits that were found in number columns, by owner, table and column: they choose the type where the
	// dictionary leaves it open. Nil takes those that came with the dictionary.
	Measurements map[ColumnName]Measurement
	// Roles are those that exist on the target; nil means that nobody looked. Rights are granted to these only.
	Roles []string
	// Forget makes the statements and keeps none, where nobody tries or shows them: of a large schema they take as much memory as its
	// dictionary. It is not obeyed where there are people's scripts.
	Forget bool
}

// ColumnName is a column of the source.
type ColumnName struct{ Owner, Table, Column string }

// Object is an object of the source as ALL_OBJECTS names it.
type Object struct {
	Owner string `json:"owner"`
	Type  string `json:"type"`
	Name  string `json:"name"`
}

// Kind is what a statement makes.
type Kind string

// The kinds, in the order in which they can be applied.
const (
	KindSchema     Kind = "schema"
	KindSequence   Kind = "sequence"
	KindTable      Kind = "table"
	KindPartition  Kind = "partition"
	KindPrimaryKey Kind = "primary key"
	KindUnique     Kind = "unique"
	KindCheck      Kind = "check"
	KindIndex      Kind = "index"
	KindForeignKey Kind = "foreign key"
	KindFunction   Kind = "function"
	KindTrigger    Kind = "trigger"
	KindView       Kind = "view"
	KindComment    Kind = "comment"
	// KindMaterializedView comes with its rows left out: it is refreshed after the load.
	KindMaterializedView Kind = "materialized view"
	KindGrant            Kind = "grant"
	// KindType is a type or domain that a person's script makes.
	KindType Kind = "type"
	// KindProcedure is a procedure; what a package becomes is functions and procedures too.
	KindProcedure Kind = "procedure"
	// KindStatement is a statement of a person's script that makes nothing of the other kinds.
	KindStatement Kind = "statement"
)

// Statement is one statement for the target. Conversion.Statements are in an order in which they can be run one after another.
type Statement struct {
	// ID is stable from run to run: kind and target name, as in "foreign key:boxoffice.ticket.ticket_seat_fk".
	ID   string `json:"id"`
	Kind Kind   `json:"kind"`
	// Object is the source object that it comes from; for a constraint the table.
	Object Object `json:"object"`
	// Subobject is the partition on the source that it comes from, "" for anything else.
	Subobject string `json:"subobject,omitempty"`
	// By is the person whose script the statement is from, "" for what the engine made.
	By string `json:"by,omitempty"`
	// Outside is true for what another program wrote, such as AWS DMS Schema Conversion: it is run only where it keeps to its form.
	Outside bool `json:"outside,omitempty"`
	// Schema and Table say where on the target it belongs (Table is "" for what has none), Name what it makes there.
	Schema string `json:"schema"`
	Table  string `json:"table,omitempty"`
	Name   string `json:"name"`
	SQL    string `json:"sql"`
	// DependsOn lists the IDs that must be there before.
	DependsOn []string `json:"depends_on,omitempty"`
}

// Outcome is what became of an object.
type Outcome string

// The outcomes of the contract `ferryman assess --json`.
const (
	Converted Outcome = "converted"
	Action    Outcome = "action"
	LeftOut   Outcome = "left_out"
	NotTried  Outcome = "not_tried"
)

// ObjectOutcome is one row of ALL_OBJECTS and what became of it.
type ObjectOutcome struct {
	Object
	// Subobject is a partition's name.
	Subobject string  `json:"subobject,omitempty"`
	Outcome   Outcome `json:"outcome"`
	// Why is one sentence where the outcome is not plain conversion.
	Why string `json:"why,omitempty"`
	// Codes are those of its action items and notes; never nil.
	Codes []string `json:"codes"`
	// LastDDL is when it was last changed on Oracle, by Oracle's clock.
	LastDDL time.Time `json:"last_ddl,omitzero"`
}

// Complexity is how hard an action item is for a person.
type Complexity string

// The words of AWS's Schema Conversion Tool in its CSV.
const (
	Simple  Complexity = "Simple"
	Medium  Complexity = "Medium"
	Complex Complexity = "Complex"
)

// ActionItem is something a person has to do or to look at. Hours and Complexity are given by
// package assess, from its price list; a note on an object that was converted costs nothing.
type ActionItem struct {
	Code       string     `json:"code"`
	Object     Object     `json:"object"`
	Subject    string     `json:"subject,omitempty"` // what in the object: a column, a constraint
	Line       int        `json:"line,omitempty"`
	Reason     string     `json:"reason"`
	Hint       string     `json:"hint"`
	Hours      float64    `json:"hours"`
	Complexity Complexity `json:"complexity"`
	// Note is true where the object was converted and this only needs to be known.
	Note bool `json:"note,omitempty"`
	// Lines and Constructs say how much code a person rewrites and what is in it, by the names of package plsql; assess prices them.
	Lines      int            `json:"lines,omitempty"`
	Constructs map[string]int `json:"constructs,omitempty"`
}

// Conversion is the whole answer.
type Conversion struct {
	Statements []Statement     `json:"statements"`
	Outcomes   []ObjectOutcome `json:"outcomes"`
	Actions    []ActionItem    `json:"actions"`
}

// Script is the statements as one SQL file for people to read.
func (c *Conversion) Script() string { return script(c) }
