// SPDX-License-Identifier: Apache-2.0

package dictionary

import "time"

// Subpartition is a row of ALL_TAB_SUBPARTITIONS.
type Subpartition struct {
	Owner           string    `ora:"TABLE_OWNER"`
	Table           string    `ora:"TABLE_NAME"`
	Partition       string    `ora:"PARTITION_NAME"`
	Name            string    `ora:"SUBPARTITION_NAME"`
	HighValue       string    `ora:"HIGH_VALUE"`
	HighValueLength *int64    `ora:"HIGH_VALUE_LENGTH"`
	Position        int64     `ora:"SUBPARTITION_POSITION"`
	Tablespace      string    `ora:"TABLESPACE_NAME"`
	NumRows         *int64    `ora:"NUM_ROWS"`
	Blocks          *int64    `ora:"BLOCKS"`
	LastAnalyzed    time.Time `ora:"LAST_ANALYZED"`
	CompressFor     string    `ora:"COMPRESS_FOR"`
}

// PartIndex is a row of ALL_PART_INDEXES. Locality is LOCAL or GLOBAL, Alignment PREFIXED or NON_PREFIXED.
type PartIndex struct {
	Owner           string `ora:"OWNER"`
	Index           string `ora:"INDEX_NAME"`
	Table           string `ora:"TABLE_NAME"`
	Partitioning    string `ora:"PARTITIONING_TYPE"`
	Subpartitioning string `ora:"SUBPARTITIONING_TYPE"`
	Partitions      *int64 `ora:"PARTITION_COUNT"`
	Locality        string `ora:"LOCALITY"`
	Alignment       string `ora:"ALIGNMENT"`
}

// IndPartition is a row of ALL_IND_PARTITIONS.
type IndPartition struct {
	IndexOwner string `ora:"INDEX_OWNER"`
	Index      string `ora:"INDEX_NAME"`
	Composite  string `ora:"COMPOSITE"`
	Name       string `ora:"PARTITION_NAME"`
	HighValue  string `ora:"HIGH_VALUE"`
	Position   int64  `ora:"PARTITION_POSITION"`
	Status     string `ora:"STATUS"` // USABLE, UNUSABLE, or N/A where it has subpartitions
	Tablespace string `ora:"TABLESPACE_NAME"`
	NumRows    *int64 `ora:"NUM_ROWS"`
}

// MViewLog is a row of ALL_MVIEW_LOGS: the changes of Master that are kept for a fast refresh.
type MViewLog struct {
	Owner      string `ora:"LOG_OWNER"`
	Master     string `ora:"MASTER"`
	Table      string `ora:"LOG_TABLE"`
	Rowids     string `ora:"ROWIDS"`
	PrimaryKey string `ora:"PRIMARY_KEY"`
}

// EncryptedCol is a row of ALL_ENCRYPTED_COLUMNS.
type EncryptedCol struct {
	Owner     string `ora:"OWNER"`
	Table     string `ora:"TABLE_NAME"`
	Column    string `ora:"COLUMN_NAME"`
	Algorithm string `ora:"ENCRYPTION_ALG"`
	Salt      string `ora:"SALT"`
}

// Segment is a row of DBA_SEGMENTS: the space that an object takes. There is no ALL_SEGMENTS; where DBA_SEGMENTS may not be read, the
// user's own are in USER_SEGMENTS.
type Segment struct {
	Owner      string `ora:"OWNER"`
	Name       string `ora:"SEGMENT_NAME"`
	Partition  string `ora:"PARTITION_NAME"`
	Type       string `ora:"SEGMENT_TYPE"` // TABLE, TABLE PARTITION, INDEX, LOBSEGMENT, …
	Tablespace string `ora:"TABLESPACE_NAME"`
	Bytes      int64  `ora:"BYTES"`
}
