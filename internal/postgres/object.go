// SPDX-License-Identifier: Apache-2.0

package postgres

// Kind is the kind of an object that can be set aside.
type Kind string

// The kinds, in the order in which they are set aside.
const (
	ForeignKey Kind = "foreign_key"
	Trigger    Kind = "trigger"  // disabled, not dropped
	NotNull    Kind = "not_null" // of a LOB column
	// CheckConstraint is a check that may reject NULL in a LOB column.
	CheckConstraint Kind = "check"
	Identity        Kind = "identity" // GENERATED ALWAYS, set to BY DEFAULT
	Exclusion       Kind = "exclusion"
	Unique          Kind = "unique" // a constraint; a unique index without one is an index
	Index           Kind = "index"
	// PrimaryKey is never set aside: it is named among what stays.
	PrimaryKey Kind = "primary_key"
)

// RebuildKinds come back once the full load is done; CutoverKinds only after the replication has stopped for good.
var (
	RebuildKinds = []Kind{Index, Unique, Exclusion, ForeignKey}
	CutoverKinds = []Kind{Trigger, NotNull, CheckConstraint, Identity}
)

// Words is the kind as people call it.
func (k Kind) Words() string {
	switch k {
	case ForeignKey:
		return "foreign key"
	case NotNull:
		return "NOT NULL"
	case CheckConstraint:
		return "check constraint"
	case Unique:
		return "unique constraint"
	case Exclusion:
		return "exclusion constraint"
	case Identity:
		return "identity column"
	case PrimaryKey:
		return "primary key"
	}
	return string(k)
}

// Object is one thing to set aside: what it is, how it goes, and how it comes back exactly as it was.
type Object struct {
	Kind   Kind   `json:"kind"`
	Schema string `json:"schema"`
	Table  string `json:"table"`
	// Name is the constraint's, index's or trigger's, and for NotNull and Identity the column's.
	Name string `json:"name"`
	// Definition describes the object completely; under the lock it is compared with the live one.
	Definition string `json:"definition"`
	// Drop is the statement that sets it aside. Create are those that bring it back, in order, in one transaction; a foreign key's
	// first adds it NOT VALID where it can, and then the last, VALIDATE, follows in a second transaction.
	Drop   string   `json:"drop"`
	Create []string `json:"create"`
	Why    string   `json:"why"`
	// Locks is about how many locks setting it aside takes besides those on its table and that one's partitions.
	Locks int `json:"locks,omitempty"`
}

// Stay is an object that is not set aside, and the reason.
type Stay struct {
	Kind   Kind   `json:"kind"`
	Schema string `json:"schema"`
	Table  string `json:"table"`
	Name   string `json:"name"`
	Why    string `json:"why"`
}

// ColumnName names a column of a table.
type ColumnName struct {
	Schema string `json:"schema"`
	Table  string `json:"table"`
	Column string `json:"column"`
}

// SetAsideOptions choose what is set aside.
type SetAsideOptions struct {
	// LOBColumns are the columns that carry LOBs: DMS writes them as NULL first, so their NOT NULL has to go, and
	// checks that may reject NULL. Those of a partitioned table are those of its partitions, too.
	LOBColumns []ColumnName
	// KeepPatterns are shell patterns (*, ?, [a-z]) over "schema.table.name"; what matches stays.
	KeepPatterns []string
}

// SetAside is the part of a plan that says what goes and what stays. The same catalog gives the same bytes of JSON.
type SetAside struct {
	Objects []Object `json:"objects"`
	Stays   []Stay   `json:"stays"`
}

// Batch is what one transaction sets aside: objects of one table.
type Batch struct {
	Schema  string
	Table   string
	Part    int // from 1; more than one where the table has too many for one transaction
	Objects []Object
}
