// SPDX-License-Identifier: Apache-2.0

package dms

import (
	"fmt"
	"strings"
)

// Verdict is what a reading of a task means.
type Verdict struct {
	Outcome Outcome
	// Reason says in plain words what happened; Advice what to do. Both are empty while it goes on well.
	Reason, Advice string
	// Tables are those that are in the way; of one that was not read, only the name is set.
	Tables []TableStat
}

// Outcome of a load or of replicating.
type Outcome string

// The outcomes. Complete is said of a full load only.
const (
	Going    Outcome = "going"
	Complete Outcome = "complete"
	Failed   Outcome = "failed"
)

// Judge decides whether the full load of every table in scope is done: the task stopped after it had applied the cached changes,
// none of its tables failed, and each table in scope is completed. A progress of 100 % is not asked: DMS shows it for a task that
// loaded nothing as well.
func Judge(task TaskStatus, tables []TableStat, scope []TableName) Verdict {
	errored := withState(tables, TableErrored, TableCancelled, TableNotThere)
	switch {
	case task.Status == "failed" || task.Status == "failed-move":
		return Verdict{Failed, "the task failed" + because(task),
			"see the task's log below; when the cause is gone, resume the task: tables that are complete stay, the others start again", errored}
	case task.Status == "deleting":
		return Verdict{Failed, "the task is being deleted, by somebody else", "find out who deletes it and why; the load starts anew with a new task", nil}
	case task.Status != "stopped":
		if len(errored) > 0 {
			return Verdict{Going, "the task goes on, but " + count(len(errored), "table") + " failed: " + names(errored),
				"the other tables go on; when the cause is gone, load these tables again", errored}
		}
		return Verdict{Outcome: Going}
	case task.StopReason != StopAfterCachedEvents:
		v := stopped(task)
		v.Tables = errored
		return v
	case len(errored) > 0:
		return Verdict{Failed, "the load ended, but " + count(len(errored), "table") + " failed: " + names(errored),
			"see the task's log for the reason; when it is gone, empty these tables and load them again", errored}
	case task.Stats.TablesErrored > 0:
		return Verdict{Failed, "the load ended, and the task counts " + count(task.Stats.TablesErrored, "table") + " with errors that its statistics do not name",
			"look at the task's table statistics in the DMS console", nil}
	}
	if missing := incomplete(tables, scope); len(missing) > 0 {
		return Verdict{Failed, "the load ended without " + count(len(missing), "table") + ": " + names(missing),
			"check that the source endpoint's user may read them and that the table mapping names them; then load them again", missing}
	}
	return Verdict{Outcome: Complete}
}

// JudgeReplication decides about a task that should replicate changes: Going while it runs and no table in scope fell out, Failed
// otherwise.
func JudgeReplication(task TaskStatus, tables []TableStat, scope []TableName) Verdict {
	switch task.Status {
	case "failed", "failed-move":
		return Verdict{Failed, "the task failed" + because(task), "see the task's log below; when the cause is gone, resume it: it goes on where it stopped", nil}
	case "stopped", "ready", "deleting":
		v := stopped(task)
		if task.Status != "stopped" {
			v = Verdict{Outcome: Failed, Reason: fmt.Sprintf("the task does not run, it is %q", task.Status), Advice: "resume the task"}
		}
		return v
	}
	if out := incomplete(tables, scope); len(out) > 0 && task.Status == "running" {
		return Verdict{Failed, count(len(out), "table") + " no longer get changes: " + names(out),
			"see the task's log for the reason; when it is gone, empty these tables and load them again. Every change since then is missing from them", out}
	}
	return Verdict{Outcome: Going}
}

// stopped explains a stop that is not the wanted one.
func stopped(task TaskStatus) Verdict {
	v := func(reason, advice string) Verdict {
		return Verdict{Outcome: Failed, Reason: reason + because(task), Advice: advice}
	}
	switch task.StopReason {
	case StopNormal:
		return v("the task was stopped by somebody", "resume it when it may go on")
	case StopFatal:
		return v("the task stopped by itself after an error it can't get over", "see the task's log below; remove the cause, then resume the task")
	case StopRecoverable:
		return v("the task gave up after repeating itself", "see the task's log below: mostly a database was not reached; then resume the task")
	case StopAfterFullLoad:
		return v("the task stopped after the full load without applying the changes made meanwhile",
			"its setting StopTaskCachedChangesApplied was changed; set it again and resume the task")
	case StopAfterCachedEvents:
		return v("the task stopped after the full load and the changes made meanwhile", "resume it to replicate")
	case StopFullLoadOnly:
		return v("the task ended as a full load alone, so changes are not replicated",
			"its migration type was changed; it has to be full-load-and-cdc. Delete the task and load again")
	case StopExpressLimits:
		return v("the task stopped: the replication instance's licence limits are reached", "use another instance class")
	case StopAfterDDL:
		return v("the task stopped after a change of a table's structure on the source", "bring the target's table in line, then resume the task")
	case StopLowMemory:
		return v("the task stopped because the replication instance has too little memory", "take a larger aws.instance.class, then resume the task")
	case StopLowDisk:
		return v("the task stopped because the replication instance's storage is full", "raise aws.instance.storage_gb of the instance, then resume the task")
	case StopAtServerTime, StopAtCommitTime:
		return v("the task stopped at the time somebody had set for it", "take its stop position away, then resume it")
	case StopReconfiguration, StopRecycle:
		return v("AWS stopped the task to maintain it", "resume it")
	case "":
		return v("the task stopped, and AWS does not say why", "see the task's log below, then resume the task")
	}
	return v(fmt.Sprintf("the task stopped for a reason that Ferryman does not know: %q", task.StopReasonRaw), "see the task's log below and the DMS console")
}

func because(task TaskStatus) string {
	if task.LastFailure == "" {
		return ""
	}
	return ": " + strings.TrimSuffix(task.LastFailure, ".")
}

func withState(tables []TableStat, states ...string) []TableStat {
	var found []TableStat
	for _, t := range tables {
		for _, state := range states {
			if t.State == state {
				found = append(found, t)
			}
		}
	}
	return found
}

// incomplete are the tables in scope that are not completed, also those that the task does not know.
func incomplete(tables []TableStat, scope []TableName) []TableStat {
	byName := map[TableName]TableStat{}
	for _, t := range tables {
		byName[t.TableName] = t
	}
	var missing []TableStat
	for _, name := range scope {
		t, ok := byName[name]
		if !ok {
			t = TableStat{TableName: name}
		}
		if t.State != TableCompleted {
			missing = append(missing, t)
		}
	}
	return missing
}

// names lists tables with their states, ten at most.
func names(tables []TableStat) string {
	var list []string
	for _, t := range tables[:min(len(tables), 10)] {
		state := t.State
		if state == "" {
			state = "not in the task"
		}
		list = append(list, fmt.Sprintf("%s (%s)", t.TableName, state))
	}
	if more := len(tables) - len(list); more > 0 {
		list = append(list, fmt.Sprintf("%d more", more))
	}
	return strings.Join(list, ", ")
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
