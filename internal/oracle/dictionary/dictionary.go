// SPDX-License-Identifier: Apache-2.0

// Package dictionary is what Oracle's dictionary says about some schemas, in memory. It is the same whether it was read from a live
// database (package oracle) or from a directory of CSV files, one per view (ReadExport, WriteExport).
//
// Every slice of Dictionary is one view and every field of its rows one column. A NULL string is "", which in Oracle is the same
// thing; a number that may be NULL is a pointer; a NULL date is the zero time. What could not be read is named in Unknown and is
// never taken for absent.
package dictionary

import (
	"slices"
	"sync"
	"time"
)

// Dictionary holds the rows of the dictionary views for Schemas.
type Dictionary struct {
	Schemas []string
	// Unknown says for a view ("ALL_LOG_GROUPS") or a column ("ALL_TABLES.EXTERNAL") why it could not be read.
	Unknown map[string]string
	// Limited lists the views of which only the rows that the user may see were read (ALL_ where DBA_ was denied).
	Limited []string
	// Database is nil where nobody asked the database itself, as in an export.
	Database *Database

	Objects         []Object         `view:"ALL_OBJECTS" owner:"OWNER"`
	Tables          []Table          `view:"ALL_TABLES" owner:"OWNER"`
	Columns         []Column         `view:"ALL_TAB_COLS" owner:"OWNER"`
	IdentityCols    []IdentityCol    `view:"ALL_TAB_IDENTITY_COLS" owner:"OWNER"`
	TableComments   []TableComment   `view:"ALL_TAB_COMMENTS" owner:"OWNER"`
	ColumnComments  []ColumnComment  `view:"ALL_COL_COMMENTS" owner:"OWNER"`
	MViewComments   []MViewComment   `view:"ALL_MVIEW_COMMENTS" owner:"OWNER"`
	Constraints     []Constraint     `view:"ALL_CONSTRAINTS" owner:"OWNER"`
	ConsColumns     []ConsColumn     `view:"ALL_CONS_COLUMNS" owner:"OWNER"`
	Indexes         []Index          `view:"ALL_INDEXES" owner:"OWNER"`
	IndColumns      []IndColumn      `view:"ALL_IND_COLUMNS" owner:"INDEX_OWNER"`
	IndExpressions  []IndExpression  `view:"ALL_IND_EXPRESSIONS" owner:"INDEX_OWNER"`
	Sequences       []Sequence       `view:"ALL_SEQUENCES" owner:"SEQUENCE_OWNER"`
	Triggers        []Trigger        `view:"ALL_TRIGGERS" owner:"OWNER"`
	TriggerCols     []TriggerCol     `view:"ALL_TRIGGER_COLS" owner:"TRIGGER_OWNER"`
	Views           []ViewText       `view:"ALL_VIEWS" owner:"OWNER"`
	MViews          []MView          `view:"ALL_MVIEWS" owner:"OWNER"`
	Synonyms        []Synonym        `view:"ALL_SYNONYMS" owner:"OWNER"`
	Source          []SourceLine     `view:"ALL_SOURCE" owner:"OWNER"`
	Lobs            []Lob            `view:"ALL_LOBS" owner:"OWNER"`
	PartTables      []PartTable      `view:"ALL_PART_TABLES" owner:"OWNER"`
	PartKeyColumns  []PartKeyColumn  `view:"ALL_PART_KEY_COLUMNS" owner:"OWNER"`
	SubpartKeys     []SubpartKey     `view:"ALL_SUBPART_KEY_COLUMNS" owner:"OWNER"`
	Partitions      []Partition      `view:"ALL_TAB_PARTITIONS" owner:"TABLE_OWNER"`
	Types           []Type           `view:"ALL_TYPES" owner:"OWNER"`
	TypeAttrs       []TypeAttr       `view:"ALL_TYPE_ATTRS" owner:"OWNER"`
	CollTypes       []CollType       `view:"ALL_COLL_TYPES" owner:"OWNER"`
	ObjectTables    []ObjectTable    `view:"ALL_OBJECT_TABLES" owner:"OWNER"`
	NestedTables    []NestedTable    `view:"ALL_NESTED_TABLES" owner:"OWNER"`
	ExternalTables  []ExternalTable  `view:"ALL_EXTERNAL_TABLES" owner:"OWNER"`
	ExternalFiles   []ExternalFile   `view:"ALL_EXTERNAL_LOCATIONS" owner:"OWNER"`
	DBLinks         []DBLink         `view:"ALL_DB_LINKS" owner:"OWNER"`
	LogGroups       []LogGroup       `view:"ALL_LOG_GROUPS" owner:"OWNER"`
	LogGroupColumns []LogGroupColumn `view:"ALL_LOG_GROUP_COLUMNS" owner:"OWNER"`
	SchedulerJobs   []SchedulerJob   `view:"ALL_SCHEDULER_JOBS" owner:"OWNER"`
	Dependencies    []Dependency     `view:"ALL_DEPENDENCIES" owner:"OWNER"`
	Modifications   []Modification   `view:"ALL_TAB_MODIFICATIONS" owner:"TABLE_OWNER"`

	once   sync.Once
	lookup lookup
}

// Database is what V$DATABASE and V$INSTANCE say. A field is "" where it could not be read.
type Database struct {
	Name, Version, LogMode, OpenMode, Role string
	// SupplementalMin is YES, NO or IMPLICIT; PK and All are YES or NO.
	SupplementalMin, SupplementalPK, SupplementalAll string
	CDB                                              string
	ReadAt                                           time.Time
}

// Knows says whether a view was read.
func (d *Dictionary) Knows(view string) bool {
	_, unknown := d.Unknown[view]
	return !unknown
}

// KnowsColumn says whether a column of a view was read.
func (d *Dictionary) KnowsColumn(view, column string) bool {
	return d.Knows(view) && d.Knows(view+"."+column)
}

// SetUnknown records why a view, or a column of one, could not be read.
func (d *Dictionary) SetUnknown(what, reason string) {
	if d.Unknown == nil {
		d.Unknown = map[string]string{}
	}
	d.Unknown[what] = reason
}

// InScope says whether an owner is one of the schemas.
func (d *Dictionary) InScope(owner string) bool { return slices.Contains(d.Schemas, owner) }
