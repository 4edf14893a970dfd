// SPDX-License-Identifier: Apache-2.0

package dictionary

import "time"

// IndexUse is a row of DBA_INDEX_USAGE (Oracle 12.2 and later): what Oracle sampled of an index's use since the instance's statistics
// began. An index without a row has not been seen in use.
type IndexUse struct {
	Owner    string    `ora:"OWNER"`
	Index    string    `ora:"NAME"`
	Accesses *int64    `ora:"TOTAL_ACCESS_COUNT"`
	Execs    *int64    `ora:"TOTAL_EXEC_COUNT"`
	LastUsed time.Time `ora:"LAST_USED"`
}

// MonitoredIndex is a row of DBA_OBJECT_USAGE: an index that somebody watches with ALTER INDEX … MONITORING USAGE. Oracle keeps both
// times as text, MM/DD/YYYY HH24:MI:SS.
type MonitoredIndex struct {
	Owner      string `ora:"OWNER"`
	Index      string `ora:"INDEX_NAME"`
	Table      string `ora:"TABLE_NAME"`
	Monitoring string `ora:"MONITORING"` // YES while it is watched
	Used       string `ora:"USED"`       // YES or NO, between Start and End
	Start      string `ora:"START_MONITORING"`
	End        string `ora:"END_MONITORING"`
}

// HeatMapSegment is a row of DBA_HEAT_MAP_SEGMENT, which needs a paid option and is read only with Options.Diagnostics.
type HeatMapSegment struct {
	Owner     string    `ora:"OWNER"`
	Name      string    `ora:"OBJECT_NAME"`
	Partition string    `ora:"SUBOBJECT_NAME"`
	Write     time.Time `ora:"SEGMENT_WRITE_TIME"`
	FullScan  time.Time `ora:"FULL_SCAN"`
	Lookup    time.Time `ora:"LOOKUP_SCAN"`
}
