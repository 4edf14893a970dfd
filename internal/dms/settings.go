// SPDX-License-Identifier: Apache-2.0

package dms

import (
	"cmp"
	"fmt"
)

// SettingsSpec is what differs between the settings of tasks.
type SettingsSpec struct {
	// FullLOB fetches every large object; otherwise values longer than LOBMaxKB (default 32) stop the task.
	FullLOB  bool
	LOBMaxKB int
	// MaxSubtasks is how many tables load side by side, 1 to 49; 0 is 8.
	MaxSubtasks int
	// Validation has DMS compare rows.
	Validation bool
	// ControlSchema is the target schema of the control tables; empty is public.
	ControlSchema string
}

type object = map[string]any

// TaskSettings makes the task settings' JSON of the runbook. Only what matters to it is set; the rest stays with AWS's defaults.
// DMS's defaults forgive: here nothing is lost without the task, the table or awsdms_apply_exceptions saying so.
func TaskSettings(spec SettingsSpec) (string, error) {
	maxKB, subtasks := cmp.Or(spec.LOBMaxKB, 32), cmp.Or(spec.MaxSubtasks, 8)
	if maxKB < 1 || maxKB > 102400 {
		return "", fmt.Errorf("a limit of %d KB for large objects is outside DMS's 1 to 102400; use full LOB mode", maxKB)
	}
	if subtasks < 1 || subtasks > 49 {
		return "", fmt.Errorf("%d tables side by side is outside DMS's 1 to 49", subtasks)
	}
	lob := object{"SupportLobs": true, "FullLobMode": false, "LimitedSizeLobMode": true, "LobMaxSize": maxKB}
	if spec.FullLOB {
		// Chunks of more than 64 KB can fail.
		lob = object{"SupportLobs": true, "FullLobMode": true, "LimitedSizeLobMode": false, "LobChunkSize": 64}
	}
	lob["TargetSchema"] = ""
	lob["BatchApplyEnabled"] = false
	var components []object
	for _, id := range []string{"SOURCE_UNLOAD", "TARGET_LOAD", "SOURCE_CAPTURE", "TARGET_APPLY", "TASK_MANAGER"} {
		components = append(components, object{"Id": id, "Severity": "LOGGER_SEVERITY_DEFAULT"})
	}
	return encode(object{
		"TargetMetadata": lob,
		"FullLoadSettings": object{
			"TargetTablePrepMode": "DO_NOTHING", "CreatePkAfterFullLoad": false,
			"StopTaskCachedChangesApplied": true, "StopTaskCachedChangesNotApplied": false,
			"MaxFullLoadSubTasks": subtasks, "TransactionConsistencyTimeout": 600,
		},
		"Logging": object{"EnableLogging": true, "LogComponents": components},
		"ControlTablesSettings": object{
			"ControlSchema": cmp.Or(spec.ControlSchema, "public"), "HistoryTimeslotInMinutes": 5,
			"HistoryTableEnabled": true, "SuspendedTablesTableEnabled": true, "StatusTableEnabled": true,
		},
		"ErrorBehavior": object{
			"DataErrorPolicy": "SUSPEND_TABLE", "DataTruncationErrorPolicy": "STOP_TASK", "TableErrorPolicy": "SUSPEND_TABLE",
			// A change that finds its row already done, or gone, is common where load and changes overlap: it is logged, not fatal.
			"ApplyErrorDeletePolicy": "LOG_ERROR", "ApplyErrorInsertPolicy": "LOG_ERROR", "ApplyErrorUpdatePolicy": "LOG_ERROR",
			"ApplyErrorFailOnTruncationDdl": true, "FullLoadIgnoreConflicts": true,
			"FailOnTransactionConsistencyBreached": true, "FailOnNoTablesCaptured": true,
		},
		// A DROP or TRUNCATE on the source must not reach the target by itself.
		"ChangeProcessingDdlHandlingPolicy": object{
			"HandleSourceTableDropped": false, "HandleSourceTableTruncated": false, "HandleSourceTableAltered": false,
		},
		"ValidationSettings": object{"EnableValidation": spec.Validation, "HandleCollationDiff": true},
	})
}
