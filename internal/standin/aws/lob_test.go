// SPDX-License-Identifier: Apache-2.0

package aws_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestLimitedLOBModeCutsLOBs(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil).withTables()
	w.seed(1)
	w.oracleExec("UPDATE EVENT SET NOTES = :1 WHERE ID = 1", strings.Repeat("é", 3000))
	r := w.task(fullLoad, lowerCase, `{"Logging":{"EnableLogging":true},"FullLoadSettings":{"TargetTablePrepMode":"DO_NOTHING"},"TargetMetadata":{"LobMaxSize":1}}`)
	r.start(fresh)
	r.await("stopped")
	require.EqualValues(t, 1024, value[int64](w, "SELECT length(notes) FROM boxoffice.event WHERE id = 1"))
	require.Contains(t, r.log(), "[SOURCE_UNLOAD   ]W:  The value of column 'NOTES' in table 'BOXOFFICE.EVENT' was truncated to length 1024")
}

func TestTruncationMayFailTheTask(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil).withTables()
	w.seed(1)
	w.oracleExec("UPDATE EVENT SET NOTES = :1 WHERE ID = 1", strings.Repeat("x", 3000))
	r := w.task(fullLoad, lowerCase, `{"FullLoadSettings":{"TargetTablePrepMode":"DO_NOTHING"},"TargetMetadata":{"LobMaxSize":1},
		"ErrorBehavior":{"DataTruncationErrorPolicy":"STOP_TASK"}}`)
	r.start(fresh)
	require.Contains(t, *r.await("failed").LastFailureMessage, "was truncated to length 1024")
}

func TestFullLOBModeNeedsNullableColumns(t *testing.T) {
	t.Parallel()
	const settings = `{"Logging":{"EnableLogging":true},"FullLoadSettings":{"TargetTablePrepMode":"DO_NOTHING"},"TargetMetadata":{"FullLobMode":true,"LimitedSizeLobMode":false,"LobChunkSize":64,"LobMaxSize":0}}`
	w := newWorld(t, nil).withTables()
	w.seed(1)
	w.oracleExec("UPDATE EVENT SET NOTES = :1 WHERE ID = 1", strings.Repeat("y", 50_000))
	w.exec("ALTER TABLE boxoffice.event ALTER notes SET NOT NULL")
	r := w.task(fullLoad, lowerCase, settings)
	r.start(fresh)
	r.await("stopped")
	require.Equal(t, "Table error", *r.table("EVENT").TableState)
	require.Contains(t, r.log(), "SqlState: 23502")

	w.exec("ALTER TABLE boxoffice.event ALTER notes DROP NOT NULL")
	r.start(resume)
	r.await("stopped")
	require.EqualValues(t, 50_000, value[int64](w, "SELECT length(notes) FROM boxoffice.event WHERE id = 1"))
	require.Equal(t, "000102", value[string](w, "SELECT encode(poster, 'hex') FROM boxoffice.event WHERE id = 2"))
}
