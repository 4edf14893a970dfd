// SPDX-License-Identifier: Apache-2.0

package dms

import "time"

// StopReason is why a task stopped, without the prefix "Stop Reason ".
type StopReason string

// The stop reasons that Ferryman decides on. Others are shown as they come.
const (
	StopNormal            StopReason = "NORMAL"
	StopRecoverable       StopReason = "RECOVERABLE_ERROR"
	StopFatal             StopReason = "FATAL_ERROR"
	StopFullLoadOnly      StopReason = "FULL_LOAD_ONLY_FINISHED"
	StopAfterFullLoad     StopReason = "STOPPED_AFTER_FULL_LOAD"
	StopAfterCachedEvents StopReason = "STOPPED_AFTER_CACHED_EVENTS"
	StopExpressLimits     StopReason = "EXPRESS_LICENSE_LIMITS_REACHED"
	StopAfterDDL          StopReason = "STOPPED_AFTER_DDL_APPLY"
	StopLowMemory         StopReason = "STOPPED_DUE_TO_LOW_MEMORY"
	StopLowDisk           StopReason = "STOPPED_DUE_TO_LOW_DISK"
	StopAtServerTime      StopReason = "STOPPED_AT_SERVER_TIME"
	StopAtCommitTime      StopReason = "STOPPED_AT_COMMIT_TIME"
	StopReconfiguration   StopReason = "RECONFIGURATION_RESTART"
	StopRecycle           StopReason = "RECYCLE_TASK"
)

// TaskStatus is one reading of a task.
type TaskStatus struct {
	ID, ARN string
	// ResourceID is the last part of the ARN: the name that metrics, log streams and control tables know the task by.
	ResourceID  string
	InstanceARN string
	// Status is DMS's own word: creating, ready, starting, running, stopping, stopped, failed, …; unknown ones are passed on.
	Status     string
	StopReason StopReason
	// StopReasonRaw is the stop reason as AWS wrote it.
	StopReasonRaw string
	LastFailure   string
	// Checkpoint is from where DMS would go on.
	Checkpoint string
	StartDate  time.Time
	Stats      TaskStats
	// ReadAt is when it was read.
	ReadAt time.Time
}

// Guard is what StartTask needs of this reading.
func (s TaskStatus) Guard() Guard {
	return Guard{Status: s.Status, StartDate: s.StartDate, FreshStart: s.Stats.FreshStart}
}

// TaskStats are a task's own counts. Zero times were absent.
type TaskStats struct {
	Elapsed                                                     time.Duration
	FullLoadPercent                                             int
	TablesLoaded, TablesLoading, TablesQueued, TablesErrored    int
	FreshStart, Started, Stopped, FullLoadStarted, FullLoadDone time.Time
}

// TableName is a table as DMS names it: by the source's schema and table, upper case for Oracle.
type TableName struct {
	Schema string `json:"schema"`
	Table  string `json:"table"`
}

func (t TableName) String() string { return t.Schema + "." + t.Table }

// Table states, as DMS writes them.
const (
	TableNotThere  = "Table does not exist"
	StateBefore    = "Before load"
	TableLoading   = "Full load"
	TableCompleted = "Table completed"
	TableCancelled = "Table cancelled"
	TableErrored   = "Table error"
	TableReloading = "Table is being reloaded"
)

// TableStat is one reading of one table's statistics.
type TableStat struct {
	TableName
	State                                          string
	FullLoadRows                                   int64
	Inserts, Updates, Deletes, DDLs                int64
	AppliedInserts, AppliedUpdates, AppliedDeletes int64
	Reloaded                                       bool
	FullLoadStarted, FullLoadDone, Updated         time.Time
	ValidationState, ValidationDetails             string
	ValidationPending, ValidationFailed            int64
	ValidationSuspended                            int64
}

// Verdict is what a reading of a task means for the load.
type Verdict struct {
	// Outcome is Going, Complete or Failed.
	Outcome Outcome
	// Reason says in plain words what happened; Advice what to do. Both are empty while it goes on well.
	Reason, Advice string
	// Tables are those that are in the way, with their states.
	Tables []TableStat
}

// Outcome of a load.
type Outcome string

// The outcomes.
const (
	Going    Outcome = "going"
	Complete Outcome = "complete"
	Failed   Outcome = "failed"
)

// Judge decides whether the full load of every table in scope is done: the task stopped after it had applied the cached changes,
// none of its tables failed, and each table in scope is completed. A progress of 100 % is not asked: DMS shows it for a task that
// loaded nothing.
func Judge(task TaskStatus, tables []TableStat, scope []TableName) Verdict { panic("x") }

// JudgeReplication decides about a task that should replicate changes: Going while it runs and no table fell out.
func JudgeReplication(task TaskStatus, tables []TableStat, scope []TableName) Verdict { panic("x") }
