// SPDX-License-Identifier: Apache-2.0

package dms_test

import (
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/dms"
	"github.com/stretchr/testify/require"
)

var noon = time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)

func loading(name, state string, rows int64) dms.TableStat {
	s := stat(name, state)
	s.FullLoadRows = rows
	return s
}

func TestEstimateNeedsTwoReadings(t *testing.T) {
	t.Parallel()
	expected := map[dms.TableName]int64{table("S", "A"): 1000, table("S", "B"): 3000}
	read := func(a, b int64) []dms.TableStat {
		return []dms.TableStat{loading("A", dms.TableLoading, a), loading("B", dms.TableBefore, b)}
	}
	var rate dms.Rate
	p := dms.Estimate(noon, read(0, 0), expected, &rate)
	require.Zero(t, p.PerSecond)
	require.True(t, p.End.IsZero())
	require.Equal(t, int64(4000), p.Expected)

	p = dms.Estimate(noon.Add(10*time.Second), read(500, 0), expected, &rate)
	require.InDelta(t, 50, p.PerSecond, 0.01)
	require.WithinDuration(t, noon.Add(80*time.Second), p.End, time.Second, "3,500 rows at 50 a second")
	require.Equal(t, 7*time.Second, p.Margin)
	require.Equal(t, []dms.TableProgress{{TableName: table("S", "A"), State: dms.TableLoading, Rows: 500, Percent: 50},
		{TableName: table("S", "B"), State: dms.TableBefore, Rows: 0, Percent: 0}}, p.Tables)
	require.Equal(t, 1, p.Running)
	require.Equal(t, 1, p.Waiting)
}

func TestEstimateShowsTheUnknownAsUnknown(t *testing.T) {
	t.Parallel()
	var rate dms.Rate
	read := func(rows int64) []dms.TableStat {
		return []dms.TableStat{loading("A", dms.TableLoading, rows), loading("B", dms.TableCompleted, 7)}
	}
	dms.Estimate(noon, read(0), nil, &rate)
	p := dms.Estimate(noon.Add(time.Second), read(100), nil, &rate)
	require.Equal(t, int64(-1), p.Expected)
	require.Equal(t, -1, p.Tables[0].Percent)
	require.Equal(t, 100, p.Tables[1].Percent)
	require.InDelta(t, 100, p.PerSecond, 0.01)
	require.True(t, p.End.IsZero())
}

func TestEstimateNeverClaimsATableBeforeItIsComplete(t *testing.T) {
	t.Parallel()
	expected := map[dms.TableName]int64{table("S", "A"): 10, table("S", "E"): 0}
	p := dms.Estimate(noon, []dms.TableStat{loading("A", dms.TableLoading, 5000), loading("E", dms.TableLoading, 0), loading("X", dms.TableErrored, 3)}, expected, nil)
	require.Equal(t, 99, p.Tables[0].Percent, "the source's statistics were old")
	require.Equal(t, 0, p.Tables[1].Percent)
	require.Equal(t, 1, p.Errored)
	require.Zero(t, p.Done)
}

func TestRateFollowsTheLastMinutes(t *testing.T) {
	t.Parallel()
	var rate dms.Rate
	at, rows := noon, int64(0)
	step := func(n int, perSecond int64) float64 {
		for range n {
			rate.Observe(at, rows)
			at, rows = at.Add(10*time.Second), rows+10*perSecond
		}
		r, ok := rate.PerSecond()
		require.True(t, ok)
		return r
	}
	require.InDelta(t, 100, step(20, 100), 1)
	slower := step(20, 50)
	require.Greater(t, slower, 50.0)
	require.Less(t, slower, 65.0)

	before, _ := rate.PerSecond()
	rate.Observe(at, 5)                    // a table starts again
	rate.Observe(at.Add(-time.Second), 99) // a reading from the past
	after, _ := rate.PerSecond()
	require.Equal(t, before, after)
}

func TestMarginGrowsWithTheSpread(t *testing.T) {
	t.Parallel()
	margin := func(jumps ...int64) time.Duration {
		expected := map[dms.TableName]int64{table("S", "A"): 1_000_000}
		var rate dms.Rate
		var p dms.Progress
		at, rows := noon, int64(0)
		for _, jump := range jumps {
			p = dms.Estimate(at, []dms.TableStat{loading("A", dms.TableLoading, rows)}, expected, &rate)
			at, rows = at.Add(10*time.Second), rows+jump
		}
		require.False(t, p.End.IsZero())
		return p.Margin
	}
	require.Greater(t, margin(1000, 100, 2000, 50, 1900, 0), margin(1000, 1000, 1000, 1000, 1000, 0))
}
