// SPDX-License-Identifier: Apache-2.0

package settings_test

import (
	"encoding/json"
	"testing"

	"github.com/ferryman/ferryman/internal/standin/aws/settings"
	"github.com/stretchr/testify/require"
)

func TestDocumentsAreLaidOverTheDefaults(t *testing.T) {
	t.Parallel()
	s, err := settings.Parse(`{"Logging":{"EnableLogging":true},"FullLoadSettings":{"TargetTablePrepMode":"DO_NOTHING","StopTaskCachedChangesApplied":true}}`)
	require.NoError(t, err)
	require.Equal(t, "DO_NOTHING", s.FullLoadSettings.TargetTablePrepMode)
	require.Equal(t, 8, s.FullLoadSettings.MaxFullLoadSubTasks)
	require.Len(t, s.Logging.LogComponents, 19)
	modified, err := s.Modify(`{"FullLoadSettings":{"CommitRate":500}}`)
	require.NoError(t, err)
	require.Equal(t, 500, modified.FullLoadSettings.CommitRate)
	require.True(t, modified.FullLoadSettings.StopTaskCachedChangesApplied)
	require.Equal(t, 10000, s.FullLoadSettings.CommitRate)

	var shown map[string]map[string]any
	var whole map[string]any
	require.NoError(t, json.Unmarshal([]byte(s.Document("group", "stream")), &whole))
	_ = json.Unmarshal([]byte(s.Document("group", "stream")), &shown)
	require.Equal(t, "group", shown["Logging"]["CloudWatchLogGroup"])
	require.EqualValues(t, 5, shown["ControlTablesSettings"]["historyTimeslotInMinutes"])
	require.Contains(t, whole, "TTSettings")
}

func TestWhatDMSRefuses(t *testing.T) {
	t.Parallel()
	for _, document := range []string{
		`{`, `[]`, `{"FullLoad":{}}`, `{"FullLoadSettings":{"CommitRat":1}}`, `{"FullLoadSettings":{"CommitRate":"1"}}`,
		`{"FullLoadSettings":{"CommitRate":50001}}`, `{"FullLoadSettings":{"MaxFullLoadSubTasks":50}}`,
		`{"FullLoadSettings":{"TargetTablePrepMode":"ANYTHING"}}`, `{"ErrorBehavior":{"TableErrorPolicy":"LAUGH"}}`,
		`{"FullLoadSettings":{"StopTaskCachedChangesApplied":true,"StopTaskCachedChangesNotApplied":true}}`,
	} {
		_, err := settings.Parse(document)
		require.ErrorIs(t, err, settings.ErrInvalid, document)
	}
	_, err := settings.Parse(`{"Logging":{"CloudWatchLogGroup":"mine"}}`)
	require.ErrorIs(t, err, settings.ErrLogGroup)
	_, err = settings.Parse(`{"Logging":{"CloudWatchLogGroup":null},"BeforeImageSettings":null}`)
	require.NoError(t, err)
}
