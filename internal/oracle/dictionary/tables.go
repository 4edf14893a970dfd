// SPDX-License-Identifier: Apache-2.0

package dictionary

import "time"

// Object is a row of ALL_OBJECTS.
type Object struct {
	Owner        string    `ora:"OWNER"`
	Name         string    `ora:"OBJECT_NAME"`
	Subobject    string    `ora:"SUBOBJECT_NAME"`
	ID           int64     `ora:"OBJECT_ID"`
	DataObjectID *int64    `ora:"DATA_OBJECT_ID"`
	Type         string    `ora:"OBJECT_TYPE"`
	Created      time.Time `ora:"CREATED"`
	LastDDL      time.Time `ora:"LAST_DDL_TIME"`
	Timestamp    string    `ora:"TIMESTAMP"`
	Status       string    `ora:"STATUS"`
	Temporary    string    `ora:"TEMPORARY"`
	Generated    string    `ora:"GENERATED"`
	Secondary    string    `ora:"SECONDARY"`
}

// Table is a row of ALL_TABLES. NumRows is nil where the table was never analysed.
type Table struct {
	Owner        string    `ora:"OWNER"`
	Name         string    `ora:"TABLE_NAME"`
	Tablespace   string    `ora:"TABLESPACE_NAME"`
	Status       string    `ora:"STATUS"`
	IOTType      string    `ora:"IOT_TYPE"`
	Logging      string    `ora:"LOGGING"`
	NumRows      *int64    `ora:"NUM_ROWS"`
	Blocks       *int64    `ora:"BLOCKS"`
	AvgRowLen    *int64    `ora:"AVG_ROW_LEN"`
	LastAnalyzed time.Time `ora:"LAST_ANALYZED"`
	Partitioned  string    `ora:"PARTITIONED"`
	Temporary    string    `ora:"TEMPORARY"`
	Secondary    string    `ora:"SECONDARY"`
	Nested       string    `ora:"NESTED"`
	Duration     string    `ora:"DURATION"`
	ReadOnly     string    `ora:"READ_ONLY"`
	External     string    `ora:"EXTERNAL"`
	Cluster      string    `ora:"CLUSTER_NAME"`
	// CompressFor is how its rows are compressed (BASIC, ADVANCED, QUERY LOW, ARCHIVE HIGH ROW LEVEL LOCKING, …), "" where they are not; the
	// partitions of a partitioned table have their own.
	CompressFor string `ora:"COMPRESS_FOR"`
}

// Column is a row of ALL_TAB_COLS: columns of tables, of views and of materialized views' containers, hidden ones too.
// ID is nil for hidden and invisible columns. Traits is never nil, and columns that have the same share them: they are not to be
// changed in what was read.
type Column struct {
	Owner string `ora:"OWNER"`
	Table string `ora:"TABLE_NAME"`
	Name  string `ora:"COLUMN_NAME"`
	*ColumnTraits
	ID         *int64 `ora:"COLUMN_ID"`
	InternalID int64  `ora:"INTERNAL_COLUMN_ID"`
	SegmentID  *int64 `ora:"SEGMENT_COLUMN_ID"`
}

// ColumnTraits are what many columns have in common: a schema of 600,000 columns has a few thousand of them.
type ColumnTraits struct {
	Type          string `ora:"DATA_TYPE"`
	TypeOwner     string `ora:"DATA_TYPE_OWNER"`
	Length        int64  `ora:"DATA_LENGTH"`
	Precision     *int64 `ora:"DATA_PRECISION"`
	Scale         *int64 `ora:"DATA_SCALE"`
	Nullable      string `ora:"NULLABLE"`
	Default       string `ora:"DATA_DEFAULT"`
	CharLength    int64  `ora:"CHAR_LENGTH"`
	CharUsed      string `ora:"CHAR_USED"`
	Virtual       string `ora:"VIRTUAL_COLUMN"`
	Hidden        string `ora:"HIDDEN_COLUMN"`
	Identity      string `ora:"IDENTITY_COLUMN"`
	DefaultOnNull string `ora:"DEFAULT_ON_NULL"`
	UserGenerated string `ora:"USER_GENERATED"`
}

// IdentityCol is a row of ALL_TAB_IDENTITY_COLS.
type IdentityCol struct {
	Owner      string `ora:"OWNER"`
	Table      string `ora:"TABLE_NAME"`
	Column     string `ora:"COLUMN_NAME"`
	Generation string `ora:"GENERATION_TYPE"` // ALWAYS or BY DEFAULT
	Sequence   string `ora:"SEQUENCE_NAME"`
	Options    string `ora:"IDENTITY_OPTIONS"`
}

// TableComment is a row of ALL_TAB_COMMENTS.
type TableComment struct {
	Owner    string `ora:"OWNER"`
	Table    string `ora:"TABLE_NAME"`
	Type     string `ora:"TABLE_TYPE"` // TABLE or VIEW
	Comments string `ora:"COMMENTS"`
}

// ColumnComment is a row of ALL_COL_COMMENTS.
type ColumnComment struct {
	Owner    string `ora:"OWNER"`
	Table    string `ora:"TABLE_NAME"`
	Column   string `ora:"COLUMN_NAME"`
	Comments string `ora:"COMMENTS"`
}

// Lob is a row of ALL_LOBS.
type Lob struct {
	Owner       string `ora:"OWNER"`
	Table       string `ora:"TABLE_NAME"`
	Column      string `ora:"COLUMN_NAME"`
	Segment     string `ora:"SEGMENT_NAME"`
	Tablespace  string `ora:"TABLESPACE_NAME"`
	Index       string `ora:"INDEX_NAME"`
	Chunk       *int64 `ora:"CHUNK"`
	SecureFile  string `ora:"SECUREFILE"`
	InRow       string `ora:"IN_ROW"`
	Partitioned string `ora:"PARTITIONED"`
}

// PartTable is a row of ALL_PART_TABLES.
type PartTable struct {
	Owner            string `ora:"OWNER"`
	Table            string `ora:"TABLE_NAME"`
	Partitioning     string `ora:"PARTITIONING_TYPE"`
	Subpartitioning  string `ora:"SUBPARTITIONING_TYPE"`
	Partitions       *int64 `ora:"PARTITION_COUNT"`
	DefSubpartitions *int64 `ora:"DEF_SUBPARTITION_COUNT"`
	KeyColumns       *int64 `ora:"PARTITIONING_KEY_COUNT"`
	SubKeyColumns    *int64 `ora:"SUBPARTITIONING_KEY_COUNT"`
	Status           string `ora:"STATUS"`
	DefTablespace    string `ora:"DEF_TABLESPACE_NAME"`
	RefConstraint    string `ora:"REF_PTN_CONSTRAINT_NAME"`
	Interval         string `ora:"INTERVAL"`
}

// PartKeyColumn is a row of ALL_PART_KEY_COLUMNS.
type PartKeyColumn struct {
	Owner      string `ora:"OWNER"`
	Name       string `ora:"NAME"`
	ObjectType string `ora:"OBJECT_TYPE"`
	Column     string `ora:"COLUMN_NAME"`
	Position   int64  `ora:"COLUMN_POSITION"`
}

// SubpartKey is a row of ALL_SUBPART_KEY_COLUMNS.
type SubpartKey struct {
	Owner      string `ora:"OWNER"`
	Name       string `ora:"NAME"`
	ObjectType string `ora:"OBJECT_TYPE"`
	Column     string `ora:"COLUMN_NAME"`
	Position   int64  `ora:"COLUMN_POSITION"`
}

// Partition is a row of ALL_TAB_PARTITIONS.
type Partition struct {
	Owner           string    `ora:"TABLE_OWNER"`
	Table           string    `ora:"TABLE_NAME"`
	Composite       string    `ora:"COMPOSITE"`
	Name            string    `ora:"PARTITION_NAME"`
	Subpartitions   *int64    `ora:"SUBPARTITION_COUNT"`
	HighValue       string    `ora:"HIGH_VALUE"`
	HighValueLength *int64    `ora:"HIGH_VALUE_LENGTH"`
	Position        int64     `ora:"PARTITION_POSITION"`
	Tablespace      string    `ora:"TABLESPACE_NAME"`
	NumRows         *int64    `ora:"NUM_ROWS"`
	Blocks          *int64    `ora:"BLOCKS"`
	LastAnalyzed    time.Time `ora:"LAST_ANALYZED"`
	Interval        string    `ora:"INTERVAL"`
	CompressFor     string    `ora:"COMPRESS_FOR"`
}

// ObjectTable is a row of ALL_OBJECT_TABLES; such tables are not in ALL_TABLES.
type ObjectTable struct {
	Owner        string    `ora:"OWNER"`
	Table        string    `ora:"TABLE_NAME"`
	Tablespace   string    `ora:"TABLESPACE_NAME"`
	NumRows      *int64    `ora:"NUM_ROWS"`
	Blocks       *int64    `ora:"BLOCKS"`
	AvgRowLen    *int64    `ora:"AVG_ROW_LEN"`
	LastAnalyzed time.Time `ora:"LAST_ANALYZED"`
	TypeOwner    string    `ora:"TABLE_TYPE_OWNER"`
	Type         string    `ora:"TABLE_TYPE"`
	Temporary    string    `ora:"TEMPORARY"`
	Nested       string    `ora:"NESTED"`
}

// NestedTable is a row of ALL_NESTED_TABLES.
type NestedTable struct {
	Owner        string `ora:"OWNER"`
	Table        string `ora:"TABLE_NAME"`
	TypeOwner    string `ora:"TABLE_TYPE_OWNER"`
	Type         string `ora:"TABLE_TYPE_NAME"`
	ParentTable  string `ora:"PARENT_TABLE_NAME"`
	ParentColumn string `ora:"PARENT_TABLE_COLUMN"`
}

// ExternalTable is a row of ALL_EXTERNAL_TABLES.
type ExternalTable struct {
	Owner            string `ora:"OWNER"`
	Table            string `ora:"TABLE_NAME"`
	TypeOwner        string `ora:"TYPE_OWNER"`
	Type             string `ora:"TYPE_NAME"`
	DirectoryOwner   string `ora:"DEFAULT_DIRECTORY_OWNER"`
	Directory        string `ora:"DEFAULT_DIRECTORY_NAME"`
	RejectLimit      string `ora:"REJECT_LIMIT"`
	AccessType       string `ora:"ACCESS_TYPE"`
	AccessParameters string `ora:"ACCESS_PARAMETERS"`
}

// ExternalFile is a row of ALL_EXTERNAL_LOCATIONS.
type ExternalFile struct {
	Owner          string `ora:"OWNER"`
	Table          string `ora:"TABLE_NAME"`
	Location       string `ora:"LOCATION"`
	DirectoryOwner string `ora:"DIRECTORY_OWNER"`
	Directory      string `ora:"DIRECTORY_NAME"`
}

// LogGroup is a row of ALL_LOG_GROUPS. Kind is PRIMARY KEY LOGGING, UNIQUE KEY LOGGING, FOREIGN KEY LOGGING, ALL COLUMN LOGGING or
// USER LOG GROUP.
type LogGroup struct {
	Owner     string `ora:"OWNER"`
	Name      string `ora:"LOG_GROUP_NAME"`
	Table     string `ora:"TABLE_NAME"`
	Kind      string `ora:"LOG_GROUP_TYPE"`
	Always    string `ora:"ALWAYS"` // ALWAYS or CONDITIONAL
	Generated string `ora:"GENERATED"`
}

// LogGroupColumn is a row of ALL_LOG_GROUP_COLUMNS.
type LogGroupColumn struct {
	Owner    string `ora:"OWNER"`
	Group    string `ora:"LOG_GROUP_NAME"`
	Table    string `ora:"TABLE_NAME"`
	Column   string `ora:"COLUMN_NAME"`
	Position *int64 `ora:"POSITION"`
}

// Modification is a row of ALL_TAB_MODIFICATIONS: changes since the table was last analysed, as far as Oracle has flushed them.
type Modification struct {
	Owner        string    `ora:"TABLE_OWNER"`
	Table        string    `ora:"TABLE_NAME"`
	Partition    string    `ora:"PARTITION_NAME"` // "" is the whole table
	Subpartition string    `ora:"SUBPARTITION_NAME"`
	Inserts      *int64    `ora:"INSERTS"`
	Updates      *int64    `ora:"UPDATES"`
	Deletes      *int64    `ora:"DELETES"`
	Timestamp    time.Time `ora:"TIMESTAMP"`
	Truncated    string    `ora:"TRUNCATED"`
	DropSegments *int64    `ora:"DROP_SEGMENTS"`
}
