// SPDX-License-Identifier: Apache-2.0

package settings

import "encoding/json"

// defaults is the document of a task for which none was given. What is null here is off; historyTimeslotInMinutes is the service's
// own second spelling.
func defaults() map[string]any {
	var document map[string]any
	if err := json.Unmarshal([]byte(defaultDocument), &document); err != nil {
		panic(err) // a constant
	}
	return document
}

const defaultDocument = `{
"TargetMetadata": {"TargetSchema": "", "SupportLobs": true, "FullLobMode": false, "LobChunkSize": 0, "LimitedSizeLobMode": true,
  "LobMaxSize": 32, "InlineLobMaxSize": 0, "LoadMaxFileSize": 0, "ParallelLoadThreads": 0, "ParallelLoadBufferSize": 0,
  "ParallelLoadQueuesPerThread": 0, "ParallelApplyThreads": 0, "ParallelApplyBufferSize": 0, "ParallelApplyQueuesPerThread": 0,
  "BatchApplyEnabled": false, "TaskRecoveryTableEnabled": false},
"FullLoadSettings": {"TargetTablePrepMode": "DROP_AND_CREATE", "CreatePkAfterFullLoad": false, "StopTaskCachedChangesApplied": false,
  "StopTaskCachedChangesNotApplied": false, "MaxFullLoadSubTasks": 8, "TransactionConsistencyTimeout": 600, "CommitRate": 10000},
"Logging": {"EnableLogging": false, "EnableLogContext": false, "CloudWatchLogGroup": null, "CloudWatchLogStream": null,
  "DeleteTaskLogs": null, "LogComponents": [
  {"Id": "TRANSFORMATION", "Severity": "LOGGER_SEVERITY_DEFAULT"}, {"Id": "SOURCE_UNLOAD", "Severity": "LOGGER_SEVERITY_DEFAULT"},
  {"Id": "IO", "Severity": "LOGGER_SEVERITY_DEFAULT"}, {"Id": "TARGET_LOAD", "Severity": "LOGGER_SEVERITY_DEFAULT"},
  {"Id": "PERFORMANCE", "Severity": "LOGGER_SEVERITY_DEFAULT"}, {"Id": "SOURCE_CAPTURE", "Severity": "LOGGER_SEVERITY_DEFAULT"},
  {"Id": "SORTER", "Severity": "LOGGER_SEVERITY_DEFAULT"}, {"Id": "REST_SERVER", "Severity": "LOGGER_SEVERITY_DEFAULT"},
  {"Id": "VALIDATOR_EXT", "Severity": "LOGGER_SEVERITY_DEFAULT"}, {"Id": "TARGET_APPLY", "Severity": "LOGGER_SEVERITY_DEFAULT"},
  {"Id": "TASK_MANAGER", "Severity": "LOGGER_SEVERITY_DEFAULT"}, {"Id": "TABLES_MANAGER", "Severity": "LOGGER_SEVERITY_DEFAULT"},
  {"Id": "METADATA_MANAGER", "Severity": "LOGGER_SEVERITY_DEFAULT"}, {"Id": "FILE_FACTORY", "Severity": "LOGGER_SEVERITY_DEFAULT"},
  {"Id": "COMMON", "Severity": "LOGGER_SEVERITY_DEFAULT"}, {"Id": "ADDONS", "Severity": "LOGGER_SEVERITY_DEFAULT"},
  {"Id": "DATA_STRUCTURE", "Severity": "LOGGER_SEVERITY_DEFAULT"}, {"Id": "COMMUNICATION", "Severity": "LOGGER_SEVERITY_DEFAULT"},
  {"Id": "FILE_TRANSFER", "Severity": "LOGGER_SEVERITY_DEFAULT"}]},
"ControlTablesSettings": {"ControlSchema": "", "HistoryTimeslotInMinutes": 5, "historyTimeslotInMinutes": 5,
  "HistoryTableEnabled": false, "SuspendedTablesTableEnabled": false, "StatusTableEnabled": false,
  "FullLoadExceptionTableEnabled": false},
"StreamBufferSettings": {"StreamBufferCount": 3, "StreamBufferSizeInMB": 8, "CtrlStreamBufferSizeInMB": 5},
"ChangeProcessingDdlHandlingPolicy": {"HandleSourceTableDropped": true, "HandleSourceTableTruncated": true,
  "HandleSourceTableAltered": true},
"ErrorBehavior": {"DataErrorPolicy": "LOG_ERROR", "DataTruncationErrorPolicy": "LOG_ERROR", "DataMaskingErrorPolicy": "STOP_TASK",
  "DataErrorEscalationPolicy": "SUSPEND_TABLE", "DataErrorEscalationCount": 0, "EventErrorPolicy": "IGNORE",
  "TableErrorPolicy": "SUSPEND_TABLE", "TableErrorEscalationPolicy": "STOP_TASK", "TableErrorEscalationCount": 0,
  "RecoverableErrorCount": -1, "RecoverableErrorInterval": 5, "RecoverableErrorThrottling": true,
  "RecoverableErrorThrottlingMax": 1800, "RecoverableErrorStopRetryAfterThrottlingMax": true,
  "ApplyErrorDeletePolicy": "IGNORE_RECORD", "ApplyErrorInsertPolicy": "LOG_ERROR", "ApplyErrorUpdatePolicy": "LOG_ERROR",
  "ApplyErrorEscalationPolicy": "LOG_ERROR", "ApplyErrorEscalationCount": 0, "ApplyErrorFailOnTruncationDdl": false,
  "FullLoadIgnoreConflicts": true, "FailOnTransactionConsistencyBreached": false, "FailOnNoTablesCaptured": true},
"ChangeProcessingTuning": {"BatchApplyPreserveTransaction": true, "BatchApplyTimeoutMin": 1, "BatchApplyTimeoutMax": 30,
  "BatchApplyMemoryLimit": 500, "BatchSplitSize": 0, "MinTransactionSize": 1000, "CommitTimeout": 1, "MemoryLimitTotal": 1024,
  "MemoryKeepTime": 60, "StatementCacheSize": 50, "RecoveryTimeout": -1},
"ValidationSettings": {"EnableValidation": false, "ValidationMode": "ROW_LEVEL", "ThreadCount": 5, "PartitionSize": 10000,
  "FailureMaxCount": 10000, "TableFailureMaxCount": 1000, "RecordFailureDelayInMinutes": 5, "RecordFailureDelayLimitInMinutes": 0,
  "RecordSuspendDelayInMinutes": 30, "MaxKeyColumnSize": 8096, "ValidationOnly": false, "HandleCollationDiff": false,
  "SkipLobColumns": false, "ValidationPartialLobSize": 0, "ValidationQueryCdcDelaySeconds": 0, "ValidationS3Mask": 0,
  "ValidationS3Time": 0},
"PostProcessingRules": null, "CharacterSetSettings": null, "LoopbackPreventionSettings": null, "BeforeImageSettings": null,
"TTSettings": null, "FailTaskWhenCleanTaskResourceFailed": false, "ResyncSettings": null
}`
