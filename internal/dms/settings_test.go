// SPDX-License-Identifier: Apache-2.0

package dms_test

import (
	"encoding/json"
	"testing"

	"github.com/ferryman/ferryman/internal/dms"
	"github.com/stretchr/testify/require"
)

func settings(t *testing.T, spec dms.SettingsSpec) (string, map[string]map[string]any) {
	t.Helper()
	text, err := dms.TaskSettings(spec)
	require.NoError(t, err)
	var doc map[string]map[string]any
	require.NoError(t, json.Unmarshal([]byte(text), &doc))
	return text, doc
}

func TestTaskSettingsOfTheRunbook(t *testing.T) {
	t.Parallel()
	text, doc := settings(t, dms.SettingsSpec{LOBMaxKB: 16, Validation: true})
	again, _ := settings(t, dms.SettingsSpec{LOBMaxKB: 16, Validation: true})
	require.Equal(t, text, again)

	require.Equal(t, map[string]any{"TargetTablePrepMode": "DO_NOTHING", "CreatePkAfterFullLoad": false, "StopTaskCachedChangesApplied": true,
		"StopTaskCachedChangesNotApplied": false, "MaxFullLoadSubTasks": 8.0, "TransactionConsistencyTimeout": 600.0}, doc["FullLoadSettings"])
	require.Equal(t, map[string]any{"SupportLobs": true, "FullLobMode": false, "LimitedSizeLobMode": true, "LobMaxSize": 16.0, "TargetSchema": "",
		"BatchApplyEnabled": false}, doc["TargetMetadata"])
	require.Equal(t, map[string]any{"ControlSchema": "public", "HistoryTimeslotInMinutes": 5.0, "HistoryTableEnabled": true,
		"SuspendedTablesTableEnabled": true, "StatusTableEnabled": true}, doc["ControlTablesSettings"])
	require.Equal(t, map[string]any{"HandleSourceTableDropped": false, "HandleSourceTableTruncated": false, "HandleSourceTableAltered": false},
		doc["ChangeProcessingDdlHandlingPolicy"])
	require.Equal(t, true, doc["Logging"]["EnableLogging"])
	require.Equal(t, "STOP_TASK", doc["ErrorBehavior"]["DataTruncationErrorPolicy"])
	require.Equal(t, true, doc["ErrorBehavior"]["FailOnNoTablesCaptured"])
	require.Equal(t, true, doc["ErrorBehavior"]["FailOnTransactionConsistencyBreached"])
	for key, policy := range doc["ErrorBehavior"] {
		require.NotEqual(t, "IGNORE_RECORD", policy, key)
	}
	require.Equal(t, true, doc["ValidationSettings"]["EnableValidation"])

	_, doc = settings(t, dms.SettingsSpec{FullLOB: true, MaxSubtasks: 49, ControlSchema: "dms"})
	require.Equal(t, map[string]any{"SupportLobs": true, "FullLobMode": true, "LimitedSizeLobMode": false, "LobChunkSize": 64.0, "TargetSchema": "",
		"BatchApplyEnabled": false}, doc["TargetMetadata"])
	require.Equal(t, 49.0, doc["FullLoadSettings"]["MaxFullLoadSubTasks"])
	require.Equal(t, "dms", doc["ControlTablesSettings"]["ControlSchema"])
	require.Equal(t, false, doc["ValidationSettings"]["EnableValidation"])

	for _, spec := range []dms.SettingsSpec{{LOBMaxKB: 102401}, {LOBMaxKB: -1}, {MaxSubtasks: 50}} {
		_, err := dms.TaskSettings(spec)
		require.ErrorContains(t, err, "outside DMS's 1 to")
	}
}

func TestSettingsDifferences(t *testing.T) {
	t.Parallel()
	want, _ := settings(t, dms.SettingsSpec{})
	diff := func(change func(doc map[string]map[string]any)) []string {
		_, doc := settings(t, dms.SettingsSpec{})
		change(doc)
		have, err := json.Marshal(doc)
		require.NoError(t, err)
		found, err := dms.SettingsDifferences(want, string(have))
		require.NoError(t, err)
		return found
	}
	require.Empty(t, diff(func(doc map[string]map[string]any) { // what the service does to settings
		doc["ControlTablesSettings"]["historyTimeslotInMinutes"] = 5
		doc["Logging"]["CloudWatchLogGroup"] = "dms-tasks-x"
		components := doc["Logging"]["LogComponents"].([]any)
		components[0], components[1] = components[1], components[0]
		doc["Logging"]["LogComponents"] = append(components, components[0], map[string]any{"Id": "IO", "Severity": "LOGGER_SEVERITY_DEFAULT"})
		doc["TTSettings"] = nil
	}))
	require.Equal(t, []string{"FullLoadSettings.StopTaskCachedChangesApplied is false, should be true"},
		diff(func(doc map[string]map[string]any) { doc["FullLoadSettings"]["StopTaskCachedChangesApplied"] = false }))
	require.Equal(t, []string{"ControlTablesSettings.ControlSchema is not set, should be public"},
		diff(func(doc map[string]map[string]any) { delete(doc["ControlTablesSettings"], "ControlSchema") }))
	require.Equal(t, []string{"ValidationSettings is missing"}, diff(func(doc map[string]map[string]any) { delete(doc, "ValidationSettings") }))
	require.Equal(t, []string{`Logging.LogComponents lacks {"Id":"SOURCE_UNLOAD","Severity":"LOGGER_SEVERITY_DEFAULT"}`},
		diff(func(doc map[string]map[string]any) {
			doc["Logging"]["LogComponents"].([]any)[0].(map[string]any)["Severity"] = "LOGGER_SEVERITY_DEBUG"
		}))
}
