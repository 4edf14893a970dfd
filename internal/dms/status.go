// SPDX-License-Identifier: Apache-2.0

package dms

import (
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/databasemigrationservice/types"
)

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
	// StartDate is when it was last started in any way; zero where it never was.
	StartDate time.Time
	Stats     TaskStats
	// ReadAt is when it was read.
	ReadAt time.Time
}

func (s TaskStatus) is(statuses ...string) bool { return slices.Contains(statuses, s.Status) }

// idle says whether the task does not run and nothing is being done to it.
func (s TaskStatus) idle() bool { return s.is("ready", "stopped", "failed") }

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
	TableBefore    = "Before load"
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

func readTask(t *types.ReplicationTask) TaskStatus {
	raw := aws.ToString(t.StopReason)
	status := TaskStatus{
		ID: aws.ToString(t.ReplicationTaskIdentifier), ARN: aws.ToString(t.ReplicationTaskArn), ResourceID: ResourceID(aws.ToString(t.ReplicationTaskArn)),
		InstanceARN: aws.ToString(t.ReplicationInstanceArn), Status: aws.ToString(t.Status),
		StopReason: StopReason(strings.TrimSpace(strings.TrimPrefix(raw, "Stop Reason "))), StopReasonRaw: raw,
		LastFailure: aws.ToString(t.LastFailureMessage), Checkpoint: aws.ToString(t.RecoveryCheckpoint),
		StartDate: aws.ToTime(t.ReplicationTaskStartDate), ReadAt: time.Now(),
	}
	if s := t.ReplicationTaskStats; s != nil {
		status.Stats = TaskStats{
			Elapsed: time.Duration(s.ElapsedTimeMillis) * time.Millisecond, FullLoadPercent: int(s.FullLoadProgressPercent),
			TablesLoaded: int(s.TablesLoaded), TablesLoading: int(s.TablesLoading), TablesQueued: int(s.TablesQueued), TablesErrored: int(s.TablesErrored),
			FreshStart: aws.ToTime(s.FreshStartDate), Started: aws.ToTime(s.StartDate), Stopped: aws.ToTime(s.StopDate),
			FullLoadStarted: aws.ToTime(s.FullLoadStartDate), FullLoadDone: aws.ToTime(s.FullLoadFinishDate),
		}
		if status.Stats.Started.After(status.StartDate) {
			status.StartDate = status.Stats.Started
		}
	}
	return status
}

func readTable(t *types.TableStatistics) TableStat {
	return TableStat{
		TableName: TableName{Schema: aws.ToString(t.SchemaName), Table: aws.ToString(t.TableName)}, State: aws.ToString(t.TableState),
		FullLoadRows: t.FullLoadRows, Inserts: t.Inserts, Updates: t.Updates, Deletes: t.Deletes, DDLs: t.Ddls,
		AppliedInserts: aws.ToInt64(t.AppliedInserts), AppliedUpdates: aws.ToInt64(t.AppliedUpdates), AppliedDeletes: aws.ToInt64(t.AppliedDeletes),
		Reloaded: aws.ToBool(t.FullLoadReloaded), FullLoadStarted: aws.ToTime(t.FullLoadStartTime), FullLoadDone: aws.ToTime(t.FullLoadEndTime),
		Updated: aws.ToTime(t.LastUpdateTime), ValidationState: aws.ToString(t.ValidationState), ValidationDetails: aws.ToString(t.ValidationStateDetails),
		ValidationPending: t.ValidationPendingRecords, ValidationFailed: t.ValidationFailedRecords, ValidationSuspended: t.ValidationSuspendedRecords,
	}
}
