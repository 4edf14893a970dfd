// SPDX-License-Identifier: Apache-2.0

package dms

import "time"

// Rate learns how fast rows arrive from successive readings. The zero value is ready; it is not for concurrent use.
type Rate struct{}

// Observe takes a reading of rows loaded so far.
func (r *Rate) Observe(at time.Time, rows int64) { panic("x") }

// PerSecond is the learned rate; ok is false until two readings with time and rows between them.
func (r *Rate) PerSecond() (rate float64, ok bool) { panic("x") }

// Progress is how far the full load is.
type Progress struct {
	Done, Running, Waiting, Errored int
	// Rows are loaded so far; Expected comes from the source's statistics and is -1 where a table has none.
	Rows, Expected int64
	// PerSecond is 0 where it is not yet known.
	PerSecond float64
	// End is when the last row should be in, give or take Margin; zero where unknown.
	End    time.Time
	Margin time.Duration
	Tables []TableProgress
	ReadAt time.Time
}

// TableProgress is one table's part. Percent is -1 where the source's row count is unknown.
type TableProgress struct {
	TableName
	State   string
	Rows    int64
	Percent int
}

// Estimate makes a progress report of one reading; expected are ALL_TABLES.NUM_ROWS by table.
func Estimate(at time.Time, tables []TableStat, expected map[TableName]int64, rate *Rate) Progress {
	panic("x")
}
