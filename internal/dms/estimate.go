// SPDX-License-Identifier: Apache-2.0

package dms

import (
	"math"
	"time"
)

// window is how much of the past a rate remembers: a reading half as old counts about twice as much.
const window = 2 * time.Minute

// Rate learns how fast rows arrive from successive readings. The zero value is ready; it is not for concurrent use.
type Rate struct {
	at       time.Time
	rows     int64
	learned  bool
	mean     float64 // rows a second, weighted towards the last minutes
	variance float64
}

// Observe takes a reading of rows loaded so far. One that does not come after the last is ignored; fewer rows than before (a table
// starts again) begin anew without forgetting the rate.
func (r *Rate) Observe(at time.Time, rows int64) {
	last, lastRows := r.at, r.rows
	elapsed := at.Sub(last)
	if !last.IsZero() && elapsed <= 0 {
		return
	}
	r.at, r.rows = at, rows
	if last.IsZero() || rows < lastRows {
		return
	}
	now := float64(rows-lastRows) / elapsed.Seconds()
	if !r.learned {
		if rows > lastRows {
			r.mean, r.learned = now, true
		}
		return
	}
	weight := 1 - math.Exp(-elapsed.Seconds()/window.Seconds())
	off := now - r.mean
	r.mean += weight * off
	r.variance = (1 - weight) * (r.variance + weight*off*off)
}

// PerSecond is the learned rate in rows a second; ok is false until two readings have had rows between them.
func (r *Rate) PerSecond() (rate float64, ok bool) { return r.mean, r.learned }

// Progress is how far the full load is.
type Progress struct {
	Done, Running, Waiting, Errored int
	// Rows are loaded so far. Expected comes from the source's statistics, which may be old; -1 where a table has none.
	Rows, Expected int64
	// PerSecond is 0 where it is not yet known.
	PerSecond float64
	// End is when the last row should be in, give or take Margin; zero where unknown.
	End    time.Time
	Margin time.Duration
	Tables []TableProgress
	ReadAt time.Time
}

// TableProgress is one table's part. Percent is -1 where the source's row count is unknown, and 100 only when the table is complete.
type TableProgress struct {
	TableName
	State   string
	Rows    int64
	Percent int
}

// Estimate makes a progress report of one reading and teaches it to rate, which may be nil; expected are ALL_TABLES.NUM_ROWS by
// table. A completed table counts with the rows it got, not with what was expected.
func Estimate(at time.Time, tables []TableStat, expected map[TableName]int64, rate *Rate) Progress {
	p := Progress{ReadAt: at}
	var left int64
	known := true
	for _, t := range tables {
		want, ok := expected[t.TableName]
		entry := TableProgress{TableName: t.TableName, State: t.State, Rows: t.FullLoadRows, Percent: -1}
		p.Rows += t.FullLoadRows
		switch t.State {
		case TableCompleted:
			p.Done++
			entry.Percent = 100
			p.Expected += t.FullLoadRows
			p.Tables = append(p.Tables, entry)
			continue
		case TableErrored, TableCancelled, TableNotThere:
			p.Errored++
		case TableLoading, TableReloading:
			p.Running++
		default:
			p.Waiting++
		}
		if ok && want >= 0 {
			entry.Percent = percent(t.FullLoadRows, want)
			p.Expected += max(want, t.FullLoadRows)
			if t.State != TableErrored && t.State != TableCancelled && t.State != TableNotThere {
				left += max(want-t.FullLoadRows, 0)
			}
		} else {
			known = false
		}
		p.Tables = append(p.Tables, entry)
	}
	if !known {
		p.Expected = -1
	}
	if rate == nil {
		return p
	}
	rate.Observe(at, p.Rows)
	perSecond, ok := rate.PerSecond()
	if !ok {
		return p
	}
	p.PerSecond = perSecond
	if known && left > 0 && perSecond > 0 {
		seconds := float64(left) / perSecond
		// The spread of the rate, and never less than a tenth: the expected rows are an estimate too.
		spread := max(math.Sqrt(rate.variance)/perSecond, 0.1)
		if seconds < (30 * 24 * time.Hour).Seconds() {
			p.End = at.Add(time.Duration(seconds * float64(time.Second)))
			p.Margin = time.Duration(min(spread, 1) * seconds * float64(time.Second)).Round(time.Second)
		}
	}
	return p
}

func percent(rows, want int64) int {
	if want <= 0 {
		return 0
	}
	return int(min(99, 100*float64(rows)/float64(want)))
}
