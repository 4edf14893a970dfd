// SPDX-License-Identifier: Apache-2.0

package compare

import (
	"context"
	"slices"
	"time"
)

// Name is a table's schema and name on one side.
type Name struct {
	Schema string `json:"schema"`
	Table  string `json:"table"`
}

func (n Name) String() string { return n.Schema + "." + n.Table }

// Column is one column on both sides.
type Column struct {
	// Source and Target are its names on the two sides.
	Source, Target string
	// OracleType is ALL_TAB_COLS.DATA_TYPE, such as NUMBER or TIMESTAMP(6) WITH TIME ZONE; PostgresType is format_type's text.
	OracleType, PostgresType string
}

// Table is one table on both sides.
type Table struct {
	Source, Target Name
	Columns        []Column
	// Key are the positions in Columns of the primary key; empty where there is none.
	Key []int
	// Only are conditions that the source's rows must meet, all of them.
	Only []Filter
}

// Rows streams one table's rows: each row has a value for each of the table's columns, in their order. A value is nil, string,
// []byte, bool, int64, float64 or time.Time. The slice may be used again after yield returns; yield's error ends the reading.
type Rows func(ctx context.Context, yield func([]any) error) error

// Side gives the rows of a table on one side.
type Side func(Table) Rows

// Options say how tables are compared.
type Options struct {
	Source, Target Side
	// Jobs is how many tables are read side by side; 0 is 2.
	Jobs int
	// Samples is how many keys are named for a table that differs; 0 is 10, -1 none.
	Samples int
	// Progress is told about rows read; it is called from several goroutines, at most once a second for each table and side.
	Progress func(Progress)
}

// Progress of one table on one side.
type Progress struct {
	Table Table
	// Side is "source" or "target".
	Side string
	Rows int64
	Done bool
}

// Report is the outcome for all tables, in the order asked.
type Report struct {
	Tables []Result `json:"tables"`
}

// Equal says whether every table is equal.
func (r Report) Equal() bool {
	return !slices.ContainsFunc(r.Tables, func(t Result) bool { return !t.Equal })
}

// Result is the outcome for one table.
type Result struct {
	Source     Name   `json:"source"`
	Target     Name   `json:"target"`
	SourceRows int64  `json:"source_rows"`
	TargetRows int64  `json:"target_rows"`
	SourceSum  string `json:"source_sum"`
	TargetSum  string `json:"target_sum"`
	Equal      bool   `json:"equal"`
	// Samples name some of the rows that differ, by primary key.
	Samples []Sample `json:"samples,omitempty"`
	// Note says what the result does not show, such as why no rows are named.
	Note string `json:"note,omitempty"`
	// Error is why the table could not be compared; Equal is false then.
	Error string `json:"error,omitempty"`
	// SourceReadAt and TargetReadAt are when the two snapshots began.
	SourceReadAt time.Time `json:"source_read_at"`
	TargetReadAt time.Time `json:"target_read_at"`
}

// Kinds of a Sample.
const (
	Missing   = "missing"   // not on the target
	Extra     = "extra"     // only on the target
	Different = "different" // on both with other values
)

// Sample is one row that differs.
type Sample struct {
	// Key has the primary key's values in canonical text.
	Key  []string `json:"key"`
	Kind string   `json:"kind"`
}
