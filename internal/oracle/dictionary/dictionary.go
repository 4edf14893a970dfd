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
	// Numbers is what was measured in NUMBER columns, where somebody asked for it.
	Numbers []MeasuredNumber

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

	Errors         []CodeError      `view:"ALL_ERRORS" owner:"OWNER"`
	Subpartitions  []Subpartition   `view:"ALL_TAB_SUBPARTITIONS" owner:"TABLE_OWNER"`
	PartIndexes    []PartIndex      `view:"ALL_PART_INDEXES" owner:"OWNER"`
	IndPartitions  []IndPartition   `view:"ALL_IND_PARTITIONS" owner:"INDEX_OWNER"`
	TabPrivs       []TabPriv        `view:"ALL_TAB_PRIVS" owner:"TABLE_SCHEMA"`
	ColPrivs       []ColPriv        `view:"ALL_COL_PRIVS" owner:"TABLE_SCHEMA"`
	MViewLogs      []MViewLog       `view:"ALL_MVIEW_LOGS" owner:"LOG_OWNER"`
	Procedures     []Procedure      `view:"ALL_PROCEDURES" owner:"OWNER"`
	Jobs           []Job            `view:"ALL_JOBS" owner:"SCHEMA_USER"`
	EncryptedCols  []EncryptedCol   `view:"ALL_ENCRYPTED_COLUMNS" owner:"OWNER"`
	Policies       []Policy         `view:"ALL_POLICIES" owner:"OBJECT_OWNER"`
	Segments       []Segment        `view:"DBA_SEGMENTS" owner:"OWNER"`
	IndexUsage     []IndexUse       `view:"DBA_INDEX_USAGE" owner:"OWNER"`
	MonitoredIndex []MonitoredIndex `view:"DBA_OBJECT_USAGE" owner:"OWNER"`
	HeatMap        []HeatMapSegment `view:"DBA_HEAT_MAP_SEGMENT" owner:"OWNER" paid:"yes"`

	once   sync.Once
	lookup lookup
	shared *shared // while it is read
}

// Database is what V$DATABASE and other views say of the whole database. A field is "" or nil where it could not be read; Unknown has the
// view then.
type Database struct {
	Name     string `json:"name"`
	Version  string `json:"version"`
	LogMode  string `json:"log_mode"`
	OpenMode string `json:"open_mode"`
	Role     string `json:"role"`
	CDB      string `json:"cdb"`
	// SupplementalMin is YES, NO or IMPLICIT; PK and All are YES or NO.
	SupplementalMin string `json:"supplemental_log_data_min"`
	SupplementalPK  string `json:"supplemental_log_data_pk"`
	SupplementalAll string `json:"supplemental_log_data_all"`
	// Banner is the first line of V$VERSION; it names the edition.
	Banner string
	// ForceLogging is YES where even NOLOGGING operations are logged.
	ForceLogging string `json:"force_logging"`
	// CharacterSet is the database's, such as AL32UTF8; NationalCharacterSet that of NCHAR columns.
	CharacterSet         string `json:"character_set"`
	NationalCharacterSet string `json:"national_character_set"`
	// Parameters are the settings of V$PARAMETER that a migration depends on, by name, such as compatible.
	Parameters map[string]string `json:"parameters"`
	// StartedAt is the instance's start, on the clock of the database and without its zone: what it counts, it counts since then. In an
	// export it is the day.
	StartedAt time.Time `json:"-"`
	// ArchivedLogBytesPerHour is nil too where V$ARCHIVED_LOG holds nothing of the last seven days.
	ArchivedLogBytesPerHour *LogRate          `json:"archived_log_bytes_per_hour"`
	OpenTransactions        *OpenTransactions `json:"open_transactions"`
	// ReadAt is when it was read; in an export it is the day.
	ReadAt time.Time `json:"-"`
}

// LogRate is how much redo was archived, in bytes per hour, over Hours hours. Peak is the hour with the most.
type LogRate struct {
	Average int64 `json:"average"`
	Peak    int64 `json:"peak"`
	Hours   int   `json:"hours"`
}

// OpenTransactions are those of all users at ReadAt. Oldest is the start of the one that has been open longest, on the clock of the
// database and without its zone; it is the zero time where there is none. OldestFor is how long that one has been open.
type OpenTransactions struct {
	Count     int           `json:"count"`
	Oldest    time.Time     `json:"oldest"`
	OldestFor time.Duration `json:"oldest_for"`
}

// Options says what to read beyond the default.
type Options struct {
	// Diagnostics allows views that need a paid option of Oracle.
	Diagnostics bool
	// NoSource leaves code out: ALL_SOURCE without rows, triggers without bodies. The texts of views stay.
	NoSource bool
	// Progress, where it is not nil, is called after each view with its number from 1, how many there are, and the rows it had.
	Progress func(view string, number, of, rows int)
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

// Sealed tells that nothing will be added any more.
func (d *Dictionary) Sealed() { d.shared = nil }

// InScope says whether an owner is one of the schemas.
func (d *Dictionary) InScope(owner string) bool { return slices.Contains(d.Schemas, owner) }
