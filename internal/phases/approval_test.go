// SPDX-License-Identifier: Apache-2.0

package phases_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/ferryman/ferryman/internal/phases"
	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
	"github.com/stretchr/testify/require"
)

// summary is what the request of a phase shows.
func summary[T any](w *world, m *store.Migration, phase string) T {
	w.Helper()
	var ask runbook.Ask
	there, err := m.Fact("ask:"+m.Phase(phase).RequestID, &ask)
	require.NoError(w, err)
	require.True(w, there)
	var s T
	require.NoError(w, json.Unmarshal(ask.Summary, &s))
	for _, e := range ask.Evidence {
		require.False(w, e.ReadAt.IsZero(), e.Name)
	}
	return s
}

// What the target's people do between the second yes and the first step voids the approval, and is named; what they undo again is waited for.
func TestWhatMovedSinceTheRequestIsNamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "")
	stop := w.engine("a")
	w.through("assess", "schema")
	w.onTarget("CREATE INDEX seat_old_ix ON boxoffice.seat (seat_id, category); CREATE INDEX seat_new_ix ON boxoffice.seat (category)")
	w.command("prepare")
	m := w.settlesAs("prepare", store.Waiting)
	shown := summary[phases.Prepared](w, m, "prepare")
	require.Positive(t, shown.Bytes, "what the indexes take was read")
	require.Positive(t, shown.Tables)
	first := m.Phase("prepare").RequestID
	stop()
	w.approve("prepare")
	w.onTarget("DROP INDEX boxoffice.seat_old_ix; DROP INDEX boxoffice.seat_new_ix; CREATE INDEX seat_new_ix ON boxoffice.seat (category, seat_id); CREATE INDEX seat_row_ix ON boxoffice.seat (seat_id)")
	w.engine("b")
	m = w.settlesAs("prepare", store.Waiting)
	second := m.Phase("prepare").RequestID
	require.NotEqual(t, first, second)
	reason := m.Requests[first].Reason
	for _, words := range []string{"index seat_row_ix on boxoffice.seat was added since", "index seat_new_ix on boxoffice.seat was changed since",
		"index seat_old_ix on boxoffice.seat is gone since"} {
		require.Contains(t, reason, words)
	}
	require.Equal(t, 2, strings.Count(reason, ";"), "nothing else is said to have moved: %s", reason)
	require.Equal(t, "0", w.one("SELECT count(*) FROM ferryman.saved"))
	require.Equal(t, "0", w.one("SELECT count(*) FROM ferryman.approval"))
	w.approve("prepare")
	w.settlesAs("prepare", store.Complete)
	require.Equal(t, "1", w.one("SELECT count(*) FROM ferryman.approval"))

	// A load that empties tables says how much is lost.
	w.through("load")
	w.command("load")
	m = w.settlesAs("load", store.Waiting)
	again := summary[phases.LoadPlanned](w, m, "load")
	require.True(t, again.Again)
	require.Positive(t, again.Bytes)
	require.Positive(t, runbook.Took(m, "load"))
}
