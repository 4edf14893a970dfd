// SPDX-License-Identifier: Apache-2.0

package dms_test

import (
	"testing"

	"github.com/ferryman/ferryman/internal/dms"
	"github.com/stretchr/testify/require"
)

func stat(name, state string) dms.TableStat {
	return dms.TableStat{TableName: table("S", name), State: state}
}

func TestJudgeTheLoad(t *testing.T) {
	t.Parallel()
	scope := []dms.TableName{table("S", "A"), table("S", "B")}
	all := []dms.TableStat{stat("A", dms.TableCompleted), stat("B", dms.TableCompleted), stat("C", dms.TableLoading)}
	good := dms.TaskStatus{Status: "stopped", StopReason: dms.StopAfterCachedEvents}
	with := func(change func(*dms.TaskStatus)) dms.TaskStatus { s := good; change(&s); return s }

	cases := map[string]struct {
		task    dms.TaskStatus
		tables  []dms.TableStat
		outcome dms.Outcome
		reason  string
		named   int
	}{
		"all in":   {good, all, dms.Complete, "", 0},
		"running":  {dms.TaskStatus{Status: "running"}, all, dms.Going, "", 0},
		"starting": {dms.TaskStatus{Status: "starting"}, nil, dms.Going, "", 0},
		"an unknown status": {dms.TaskStatus{Status: "contemplating", StopReason: dms.StopAfterCachedEvents}, all, dms.Going,
			"", 0},
		"running with an error": {dms.TaskStatus{Status: "running"}, []dms.TableStat{stat("A", dms.TableErrored)}, dms.Going, "1 table failed: S.A (Table error)", 1},
		// 100 % and stopped, nothing loaded: AWS's own sample.
		"full load only": {with(func(s *dms.TaskStatus) { s.StopReason = dms.StopFullLoadOnly; s.Stats.FullLoadPercent = 100 }), all, dms.Failed, "full load alone", 0},
		"before changes": {with(func(s *dms.TaskStatus) { s.StopReason = dms.StopAfterFullLoad }), all, dms.Failed, "without applying the changes", 0},
		"by hand":        {with(func(s *dms.TaskStatus) { s.StopReason = dms.StopNormal }), all, dms.Failed, "stopped by somebody", 0},
		"fatal": {with(func(s *dms.TaskStatus) { s.StopReason = dms.StopFatal; s.LastFailure = "Last Error LOB." }), []dms.TableStat{stat("A", dms.TableErrored)},
			dms.Failed, "an error it can't get over: Last Error LOB", 1},
		"a new reason": {with(func(s *dms.TaskStatus) { s.StopReason, s.StopReasonRaw = "MOON", "Stop Reason MOON" }), all, dms.Failed, `"Stop Reason MOON"`, 0},
		"no reason":    {with(func(s *dms.TaskStatus) { s.StopReason = "" }), all, dms.Failed, "does not say why", 0},
		"a table failed": {good, []dms.TableStat{stat("A", dms.TableCompleted), stat("B", dms.TableErrored)}, dms.Failed,
			"1 table failed: S.B (Table error)", 1},
		"only counted":      {with(func(s *dms.TaskStatus) { s.Stats.TablesErrored = 2 }), all, dms.Failed, "counts 2 tables with errors", 0},
		"a table is absent": {good, all[:1], dms.Failed, "without 1 table: S.B (not in the task)", 1},
		"a table is behind": {good, []dms.TableStat{stat("A", dms.TableCompleted), stat("B", dms.TableLoading)}, dms.Failed, "S.B (Full load)", 1},
		"nothing at all":    {good, nil, dms.Failed, "without 2 tables", 2},
		"failed":            {dms.TaskStatus{Status: "failed", LastFailure: "network"}, all, dms.Failed, "the task failed: network", 0},
		"deleted":           {dms.TaskStatus{Status: "deleting"}, all, dms.Failed, "being deleted", 0},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := dms.Judge(c.task, c.tables, scope)
			require.Equal(t, c.outcome, v.Outcome, v.Reason)
			require.Contains(t, v.Reason, c.reason)
			require.Len(t, v.Tables, c.named)
			require.Equal(t, v.Reason == "", v.Advice == "", "what happened and what to do come together")
			require.Equal(t, v.Outcome == dms.Failed && v.Reason == "", false)
		})
	}
}

func TestEveryStopReasonIsExplained(t *testing.T) {
	t.Parallel()
	seen := map[string]dms.StopReason{}
	for _, reason := range []dms.StopReason{dms.StopNormal, dms.StopRecoverable, dms.StopFatal, dms.StopFullLoadOnly, dms.StopAfterFullLoad,
		dms.StopAfterCachedEvents, dms.StopExpressLimits, dms.StopAfterDDL, dms.StopLowMemory, dms.StopLowDisk, dms.StopAtServerTime, dms.StopReconfiguration} {
		v := dms.JudgeReplication(dms.TaskStatus{Status: "stopped", StopReason: reason}, nil, nil)
		require.Equal(t, dms.Failed, v.Outcome)
		require.NotContains(t, v.Reason, "does not know", reason)
		require.Empty(t, seen[v.Reason], reason)
		seen[v.Reason] = reason
	}
}

func TestJudgeReplication(t *testing.T) {
	t.Parallel()
	scope := []dms.TableName{table("S", "A"), table("S", "B")}
	running := dms.TaskStatus{Status: "running"}
	good := []dms.TableStat{stat("A", dms.TableCompleted), stat("B", dms.TableCompleted)}

	require.Equal(t, dms.Verdict{Outcome: dms.Going}, dms.JudgeReplication(running, good, scope))
	require.Equal(t, dms.Going, dms.JudgeReplication(dms.TaskStatus{Status: "starting"}, nil, scope).Outcome)
	v := dms.JudgeReplication(running, []dms.TableStat{good[0], stat("B", dms.TableErrored)}, scope)
	require.Equal(t, dms.Failed, v.Outcome)
	require.Contains(t, v.Reason, "1 table no longer get changes: S.B")
	require.Contains(t, dms.JudgeReplication(dms.TaskStatus{Status: "failed", LastFailure: "ORA-1"}, good, scope).Reason, "ORA-1")
	require.Contains(t, dms.JudgeReplication(dms.TaskStatus{Status: "ready"}, good, scope).Reason, "does not run")
	require.Contains(t, dms.JudgeReplication(dms.TaskStatus{Status: "stopped", StopReason: dms.StopLowDisk}, good, scope).Advice, "storage_gb")
}
