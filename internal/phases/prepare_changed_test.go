// SPDX-License-Identifier: Apache-2.0

package phases_test

import (
	"context"
	"strings"
	"testing"

	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
	"github.com/stretchr/testify/require"
)

// What another session does to an object between the plan and its drop stops the phase there, and the thread names it.
func TestPrepareStopsBeforeWhatChangedSinceThePlan(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "")
	steps := &stepped{Crew: w.crew}
	w.hands = steps
	w.engine("a")
	w.through("assess", "schema")
	w.onTarget("CREATE INDEX seat_no_ix ON boxoffice.seat (seat_id, category)")
	for _, c := range []struct{ what, sql, says string }{
		{"renamed", "ALTER INDEX boxoffice.seat_no_ix RENAME TO seat_number_ix", "index seat_no_ix of boxoffice.seat is gone since the plan was made"},
		{"redefined", "DROP INDEX boxoffice.seat_number_ix; CREATE INDEX seat_number_ix ON boxoffice.seat (category, seat_id)", "index seat_number_ix of boxoffice.seat is not as planned"},
	} {
		steps.before = func(plan runbook.Plan, step runbook.Step) {
			if plan.Phase == "prepare" && strings.Contains(strings.Join(step.SQL, " "), "seat_n") {
				steps.before = nil
				w.onTarget(c.sql)
			}
		}
		w.ends("prepare", store.Failed)
		told := w.told()
		require.Contains(t, told, "It stopped before boxoffice.seat; what was set aside until there is saved.", c.what)
		require.Contains(t, told, c.says, c.what)
		require.Contains(t, told, `"next":"prepare"`, c.what)
		require.NotContains(t, w.one("SELECT coalesce(string_agg(name, ' '), '') FROM ferryman.saved"), "seat_n", c.what)
	}
	// An index that is added is in no step: it is named at the end, and the next run sets it aside.
	steps.before = func(plan runbook.Plan, step runbook.Step) {
		if step.ID == "marker-target" {
			steps.before = nil
			w.onTarget("CREATE INDEX seat_late_ix ON boxoffice.seat (category)")
		}
	}
	w.ends("prepare", store.Failed)
	require.Contains(t, w.told(), "index seat_late_ix on boxoffice.seat")
	require.Equal(t, "0", w.one("SELECT count(*) FROM ferryman.saved WHERE name = 'seat_late_ix'"))
	w.through("prepare")
	require.Equal(t, "1", w.one("SELECT count(*) FROM ferryman.saved WHERE name = 'seat_late_ix' AND restored_at IS NULL"))
	w.through("load", "rebuild")
	require.Equal(t, "2", w.one("SELECT count(*) FROM pg_class WHERE relname IN ('seat_late_ix', 'seat_number_ix')"))
}

// stepped is a crew with something that happens before its steps.
type stepped struct {
	runbook.Crew
	before func(runbook.Plan, runbook.Step)
	// report is what readings go to besides.
	report runbook.Report
}

type steppedHands struct {
	runbook.Hands
	crew *stepped
}

func (c *stepped) Open(ctx context.Context, m *store.Migration) (runbook.Hands, error) {
	hands, err := c.Crew.Open(ctx, m)
	return &steppedHands{hands, c}, err
}

func (h *steppedHands) Step(ctx context.Context, m *store.Migration, plan runbook.Plan, step runbook.Step, report runbook.Report) (runbook.Result, error) {
	if h.crew.before != nil {
		h.crew.before(plan, step)
	}
	both := func(kind, headline string, data any) {
		if h.crew.report != nil {
			h.crew.report(kind, headline, data)
		}
		report(kind, headline, data)
	}
	return h.Hands.Step(ctx, m, plan, step, both)
}
