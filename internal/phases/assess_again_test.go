// SPDX-License-Identifier: Apache-2.0

package phases_test

import (
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/assess"
	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/phases"
	"github.com/ferryman/ferryman/store"
	"github.com/stretchr/testify/require"
)

const cancelScript = `CREATE PROCEDURE boxoffice.cancel_performance(p_performance numeric) LANGUAGE plpgsql AS $$
BEGIN
    UPDATE boxoffice.performance SET status = 'CANCELLED' WHERE performance_id = p_performance;
END $$;`

// Assessed twice with a person's script in between, the second summary says what was resolved and by whom, and the hours go on from the
// first run. The LOBs are measured the second time, because somebody asked.
func TestAssessedTwiceWithAScriptInBetween(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "")
	w.withScripts()
	w.engine("one")
	w.through("assess")
	first, report := w.assessedAs(w.settles("assess"), "assessed_last")
	require.Nil(t, first.Delta)
	require.Len(t, report.History, 1)
	require.Equal(t, assess.Builtin, first.Engine)
	require.True(t, first.Scratch)
	require.Equal(t, []string{"report.html", "action-items.csv", "findings.csv", "objects.csv", "converted.sql", "BOXOFFICE-POSTGRESQL-Csv-report.csv",
		"BOXOFFICE-POSTGRESQL-Csv-report_Action_Items_Summary.csv", "BOXOFFICE-POSTGRESQL-Csv-report_Summary.csv"}, first.Files)

	tried := w.gives("cancel_performance.sql", cancelScript)
	require.Empty(t, tried.Refused)
	_, err := w.store.Update(w.Context(), "box", func(m *store.Migration, _ time.Time) (store.Change, error) {
		return store.Change{}, m.SetFact(phases.MeasureFact, true)
	})
	require.NoError(t, err)
	w.command("assess")
	second, report := w.assessedAs(w.settles("assess"), "assessed_last")
	require.Equal(t, 1, second.Delta.Resolved)
	require.Zero(t, second.Delta.New)
	require.Equal(t, map[string]int{"U0DBA": 1}, second.Delta.By)
	gone := second.Delta.SomeGone[0]
	require.Equal(t, convert.Object{Owner: "BOXOFFICE", Type: "PROCEDURE", Name: "CANCEL_PERFORMANCE"}, gone.Object)
	require.Equal(t, "a script of U0DBA", gone.Why)
	require.Negative(t, second.Delta.HoursHigh)
	require.Equal(t, first.Totals.Action-1, second.Totals.Action)
	require.Equal(t, first.Totals.Converted+1, second.Totals.Converted, "a scratch database took it")
	require.Len(t, report.History, 2)
	page, err := w.store.File(w.Context(), "box", "report.html")
	require.NoError(t, err)
	require.Contains(t, string(page), "<polyline")
	require.Contains(t, string(page), "a script of U0DBA")
	require.Positive(t, second.Offload.Number)
	for _, f := range report.Findings {
		for _, o := range f.Objects {
			if f.Code == "FM-DMS-009" {
				require.NotContains(t, o.Detail, "not measured", o.Name)
			}
		}
	}
}
