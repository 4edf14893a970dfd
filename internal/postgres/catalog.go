// SPDX-License-Identifier: Apache-2.0

package postgres

// Catalog is what a set of schemas holds, read from pg_catalog in one snapshot. Every list is ordered by schema, table and name.
type Catalog struct {
	Schemas     []string
	Tables      []Table
	Indexes     []IndexInfo
	Constraints []Constraint // foreign keys into the schemas from other schemas are in too
	Triggers    []TriggerInfo
	Sequences   []Sequence
	Views       []View
}

// Table is an ordinary or partitioned table.
type Table struct {
	Schema      string
	Name        string
	Partitioned bool
	// PartitionOf is the parent's quoted schema and table ("app"."sale"), empty for what is no partition.
	PartitionOf string
	PrimaryKey  []string // column names in key order, nil without one
	RowEstimate int64    // of the last ANALYZE or VACUUM; -1 is unknown
	Comment     string
	Columns     []Column
	// HasHeirs tells that tables inherit from it, other than as partitions.
	HasHeirs bool
}

// Column is a table's column.
type Column struct {
	Name      string
	Type      string // with its modifiers, as format_type prints it
	NotNull   bool
	Default   string // expression, empty without
	Identity  string // "", "a" (GENERATED ALWAYS) or "d" (BY DEFAULT)
	Generated bool   // GENERATED ALWAYS AS (…) STORED or (18 and later) VIRTUAL; the expression is in Default
	Comment   string
	// IdentityInherited tells that the identity is the partitioned parent's and changes with it (17 and later).
	IdentityInherited bool
	// NotNullInherited tells that the NOT NULL is a parent's too and can't go without that one's.
	NotNullInherited bool
	// NotNullConstraint is the constraint that NOT NULL is where the server keeps one (18 and later).
	NotNullConstraint NotNullConstraint
}

// NotNullConstraint is a NOT NULL as a constraint of its own.
type NotNullConstraint struct {
	Name       string
	Definition string // pg_get_constraintdef
	Local      bool   // the table's own, whether or not a parent has it, too
	Comment    string
}

// IndexInfo is an index of a table or materialized view.
type IndexInfo struct {
	Schema      string // of the table and the index
	Table       string
	Name        string
	Definition  string   // pg_get_indexdef
	Columns     []string // of the key, without expressions
	Primary     bool
	Unique      bool
	Valid       bool
	ReplicaID   bool // chosen as REPLICA IDENTITY
	Clustered   bool
	Constraint  string // the constraint it implements, if any
	Parent      string // quoted schema and name of the index that it is attached to, if any
	Partitioned bool
	OfMatview   bool
	Tablespace  string             // empty is the database's default
	Statistics  []ColumnStatistics // set for expression columns
	Options     string             // storage parameters as WITH takes them
	Comment     string
	Extensions  []string // that it is marked as depending on (ALTER INDEX … DEPENDS ON EXTENSION)
	Dependents  []string // what else depends on it or on its constraint, as PostgreSQL describes it; foreign keys are not listed
	// WithoutOverlaps tells of a unique one that it is a temporal constraint's (18 and later): PostgreSQL makes it with that only.
	WithoutOverlaps bool
}

// ColumnStatistics is a statistics target that was set for a column of an index.
type ColumnStatistics struct {
	Position int // from 1
	Target   int
}

// Constraint is a table's constraint. Inherited ones of partitions are in as well, with Parent set.
type Constraint struct {
	Schema     string
	Table      string
	Name       string
	Type       string // p, u, f, c, x as in pg_constraint.contype
	Definition string // pg_get_constraintdef, without NOT VALID
	Validated  bool
	Enforced   bool // false is NOT ENFORCED (18 and later), which is never validated
	Deferrable bool
	Deferred   bool
	Columns    []string
	RefSchema  string // foreign keys only, as the two that follow
	RefTable   string
	RefColumns []string
	Parent     string // quoted schema, table and name of the constraint it comes from, if any; checks have none
	Inherited  bool   // of a parent, which has it, too
	// TouchesPartitions tells that the referencing or the referenced table is partitioned.
	TouchesPartitions bool
	Comment           string
}

// TriggerInfo is a user's trigger.
type TriggerInfo struct {
	Schema     string
	Table      string
	Name       string
	Definition string // pg_get_triggerdef
	Enabled    string // O (enabled), D (disabled), R (replica), A (always)
	Parent     bool   // a copy of a trigger on the partitioned parent
	Comment    string
}

// Sequence is a sequence and where it stands.
type Sequence struct {
	Schema    string
	Name      string
	Type      string // smallint, integer or bigint
	Start     int64
	Min       int64
	Max       int64
	Increment int64
	Cache     int64
	Cycle     bool
	// LastValue is nil as long as nextval was never called, or the role may not read it.
	LastValue *int64
	// OwnedBy is the column it belongs to, nil for a free-standing one. Identity tells that the column is an identity.
	OwnedBy  *ColumnName
	Identity bool
	Comment  string
}

// View is a view or materialized view.
type View struct {
	Schema       string
	Name         string
	Materialized bool
	Definition   string
	Comment      string
}
