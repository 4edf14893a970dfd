// SPDX-License-Identifier: Apache-2.0

package phases_test

import (
	"encoding/json"
	"regexp"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/phases"
	"github.com/ferryman/ferryman/store"
	"github.com/stretchr/testify/require"
)

// What was measured of NUMBER columns because somebody asked is in the report, and what the schema phase makes follows it, though it reads the
// dictionary anew. Asked to forget it, the next assessment goes by the dictionary alone.
func TestMeasuredNumbersChooseTheTypesOfTheTarget(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "")
	w.onSource("UPDATE CUSTOMER SET POINTS = 4711")
	fact := func(name string, value any) {
		_, err := w.store.Update(w.Context(), "box", func(m *store.Migration, _ time.Time) (store.Change, error) {
			return store.Change{}, m.SetFact(name, value)
		})
		require.NoError(t, err)
	}
	note := func() (reasons []string) {
		_, report := w.assessedAs(w.settles("assess"), "assessed_last")
		for _, a := range report.Actions {
			if a.Code == convert.NoteMeasured && a.Object.Name == "CUSTOMER" && a.Subject == "POINTS" {
				reasons = append(reasons, a.Reason)
			}
		}
		return reasons
	}
	w.engine("one")
	w.command("assess")
	require.Empty(t, note(), "nobody asked")
	fact(phases.MeasureNumbersFact, true)
	w.command("assess")
	said := note()
	require.Len(t, said, 1)
	require.Regexp(t, `^NUMBER becomes integer; all rows were looked at on \d{4}-\d\d-\d\d: \d+ values with at most 4 digits before the point, 0 behind it$`, said[0])

	w.onSource("UPDATE CUSTOMER SET POINTS = 1")
	w.command("assess")
	require.Equal(t, said, note(), "it is kept, and not measured again")
	fact(phases.MeasuredNumbersFact, "")
	w.command("assess")
	require.Empty(t, note(), "it was to be forgotten")
	w.onSource("UPDATE CUSTOMER SET POINTS = 1234")
	fact(phases.MeasureNumbersFact, true)
	w.command("assess")
	day := regexp.MustCompile(`\d{4}-\d\d-\d\d`) // it may be past midnight by now
	again := note()
	require.Len(t, again, 1)
	require.Equal(t, day.ReplaceAllString(said[0], ""), day.ReplaceAllString(again[0], ""))
	w.through("schema")
	require.Equal(t, "integer", w.one("SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'boxoffice.customer'::regclass AND attname = 'points'"))
	m, err := w.store.Load(w.Context(), "box")
	require.NoError(t, err)
	var file string
	require.NoError(t, json.Unmarshal(m.Facts[phases.MeasuredNumbersFact], &file))
	text, err := w.store.File(w.Context(), "box", file)
	require.NoError(t, err)
	require.Contains(t, string(text), "BOXOFFICE,CUSTOMER,POINTS,")
	require.NotContains(t, string(text), "1234")
}
