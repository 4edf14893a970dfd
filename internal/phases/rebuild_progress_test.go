// SPDX-License-Identifier: Apache-2.0

package phases_test

import (
	"sync"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/phases"
	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/ferryman/ferryman/store"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// While something is built the thread names it, with what is done to it and since when, and the root message says how long it takes.
func TestWhatIsBuiltIsToldWhileItIs(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "")
	var mu sync.Mutex
	var readings []phases.Rebuilding
	var headlines []string
	w.hands = &stepped{Crew: w.crew, report: func(_, headline string, data any) {
		if r, ok := data.(phases.Rebuilding); ok {
			mu.Lock()
			defer mu.Unlock()
			readings, headlines = append(readings, r), append(headlines, headline)
		}
	}}
	w.engine("a")
	w.through("assess", "schema", "prepare", "load")
	// Who writes to a table holds up what is built on it.
	holder, err := pgx.ConnectConfig(t.Context(), w.target.Config())
	require.NoError(t, err)
	defer holder.Close(t.Context())
	_, err = holder.Exec(t.Context(), "BEGIN; LOCK TABLE boxoffice.customer IN ROW EXCLUSIVE MODE")
	require.NoError(t, err)
	started := time.Now()
	w.command("rebuild")
	require.Eventually(t, func() bool {
		mu.Lock()
		defer mu.Unlock()
		for i, r := range readings {
			for _, o := range r.Running {
				if o.Table == "boxoffice.customer" && o.Kind == "index" && o.Name != "" && o.Doing != "" && o.Percent == -1 && !o.Since.Before(started.Add(-time.Second)) {
					require.Greater(t, r.Total, r.Done)
					require.Regexp(t, `^\d+ of \d+, (about .* left|a few seconds left|time left unknown)$`, headlines[i])
					return true
				}
			}
		}
		return false
	}, patience, often)
	require.Eventually(t, func() bool {
		m, err := w.store.Load(t.Context(), "box")
		return err == nil && m.Phases["rebuild"].Headline != ""
	}, patience, often, "the root message has the headline")
	_, err = holder.Exec(t.Context(), "ROLLBACK")
	require.NoError(t, err)
	require.Equal(t, store.Complete, w.settles("rebuild").Phases["rebuild"].Status, w.told())
	mu.Lock()
	defer mu.Unlock()
	last := readings[len(readings)-1]
	require.Equal(t, last.Total, last.Done)
	require.Empty(t, last.Running)
	require.NotContains(t, headlines[len(headlines)-1], "left", "nothing is left")
}

// However many are at work at once, the thread names a few.
func TestAReadingOfTheRebuildIsBounded(t *testing.T) {
	t.Parallel()
	p := postgres.RebuildProgress{Done: 3, Failed: 1, Total: 60, Share: 0.5, Left: 12 * time.Minute}
	for range 32 {
		p.Running = append(p.Running, postgres.Running{Kind: postgres.Index, Schema: "app", Table: "seat", Name: "seat_ix", Phase: "building index: sorting live tuples", Percent: 40.7, Since: time.Now()})
	}
	p.Running[1] = postgres.Running{Kind: postgres.VacuumKind, Schema: "app", Table: "seat", Percent: -1}
	r := phases.ReadingOfRebuild(p)
	require.Len(t, r.Running, 8)
	require.Equal(t, 24, r.More)
	require.Equal(t, []string{"index", "seat_ix", "app.seat", "sorting"}, []string{r.Running[0].Kind, r.Running[0].Name, r.Running[0].Table, r.Running[0].Doing})
	require.Equal(t, 40, r.Running[0].Percent)
	require.Equal(t, "table", r.Running[1].Kind)
	require.Equal(t, -1, r.Running[1].Percent)
	require.InDelta(t, 0.5, r.Share, 0)
	require.Equal(t, 12*time.Minute, r.Left)
}
