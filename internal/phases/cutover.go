// SPDX-License-Identifier: Apache-2.0

package phases

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ferryman/ferryman/internal/compare"
	"github.com/ferryman/ferryman/internal/dms"
	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
)

// cutoverPhase proves that the last change has arrived, stops the task, and opens the target: sequences, triggers, NOT NULLs and
// identities.
type cutoverPhase struct{}

// CutoverPlanned is what cutover will do.
type CutoverPlanned struct {
	Sequences  int   `json:"sequences"`
	Triggers   int   `json:"triggers"`
	NotNulls   int   `json:"not_nulls"`
	Identities int   `json:"identities"`
	Gap        int64 `json:"gap"`
}

// CutoverDone is what the last message tells: the clock and what was proven.
type CutoverDone struct {
	CutoverPlanned
	Target string `json:"target"`
	// Closed is when the source had no application session any more, as read; Open when the target was ready.
	Closed   time.Time `json:"closed"`
	Open     time.Time `json:"open"`
	Marker   Marker    `json:"marker"`
	Compared int       `json:"compared"`
	Tables   int       `json:"tables"`
	// Stopping is how long the task took to stop.
	Stopping time.Duration `json:"stopping"`
	// Notes are what is to be told of single sequences.
	Notes []string `json:"notes,omitempty"`
}

const (
	markerFact   = "cutover_marker"
	comparedFact = "cutover_compared"
	stoppingFact = "cutover_stopping"
	cutoverFact  = "cutover"
	closedFact   = "cutover_closed"
	gapsFact     = "cutover_gaps"
)

func (cutoverPhase) draft(ctx context.Context, h *hands, m *store.Migration, _ runbook.Report) (runbook.Draft, error) {
	d, err := h.dictionary(ctx, nil)
	if err != nil {
		return runbook.Draft{}, err
	}
	cat, err := h.catalog(ctx)
	if err != nil {
		return runbook.Draft{}, err
	}
	tgt, err := h.target(ctx)
	if err != nil {
		return runbook.Draft{}, err
	}
	saved, err := tgt.Saved(ctx, m.Name)
	if err != nil {
		return runbook.Draft{}, problem("What was set aside can't be read.", err)
	}
	planned := CutoverPlanned{Gap: h.profile.Sequences.Gap}
	steps := []runbook.Step{
		{ID: "marker", Kind: "marker", Object: markerTable, Why: "a row written on the source now, seen on the target: every change before it has arrived"},
		{ID: "compare", Kind: "compare", Object: "the tables changed since the last validation", Why: "counts and checksums must be equal"},
		{ID: "stop", Kind: "stop", Object: dms.NamesFor(m.Name).Task, Why: "DMS writes no more"},
	}
	sequences, err := h.sequenceSteps(cat, d)
	if err != nil {
		return runbook.Draft{}, err
	}
	planned.Sequences = len(sequences)
	steps = append(steps, sequences...)
	back := runbook.Step{ID: "bring-back", Kind: "bring_back", Object: strings.Join(h.targetSchemas(), ", "), Why: "triggers, NOT NULLs and identities as they were"}
	for _, o := range saved {
		if o.RestoredAt != nil {
			continue
		}
		switch o.Kind {
		case postgres.Trigger:
			planned.Triggers++
		case postgres.NotNull:
			planned.NotNulls++
		case postgres.Identity:
			planned.Identities++
		default:
			continue
		}
		back.SQL = append(back.SQL, o.Create...)
	}
	return runbook.Draft{
		Plan: runbook.Plan{Steps: append(steps, back)}, TwoPeople: "after it the applications write to PostgreSQL", Summary: planned,
		Facts: map[string]any{cutoverFact: planned, closedFact: time.Now()},
	}, nil
}

func (cutoverPhase) step(ctx context.Context, h *hands, m *store.Migration, plan runbook.Plan, step runbook.Step, report runbook.Report) (runbook.Result, error) {
	fingerprint, err := plan.Fingerprint()
	if err != nil {
		return runbook.Result{}, err
	}
	report("progress", step.ID, Cutting{Step: step.ID, Object: step.Object})
	switch step.Kind {
	case "marker":
		marker, err := h.markerTrip(ctx, max(markerWait, 3*h.profile.Cutover.MaxLatency))
		if err != nil {
			return runbook.Result{}, err
		}
		if lag, ok := marker.Lag(); !ok {
			return runbook.Result{}, &runbook.Problem{What: "The last change has not arrived: the marker written at " + marker.Written.UTC().Format("15:04:05") + " UTC was not seen.",
				Means: "The target may miss changes. Nothing was stopped, Oracle can be used on.", Do: "See why the task lags (/migrate-status), then cut over again."}
		} else {
			h.crew.Log.Info("marker seen", "migration", m.Name, "lag", lag)
		}
		return runbook.Result{Facts: map[string]any{markerFact: marker}}, nil
	case "compare":
		return h.compareChanged(ctx, m, report)
	case "stop":
		return h.stop(ctx, m, fact(m, taskFact))
	case "sequence":
		src, err := h.source(ctx)
		if err != nil {
			return runbook.Result{}, err
		}
		values, err := src.Sequences(ctx, h.schemas)
		if err != nil {
			return runbook.Result{}, problem("The source's sequences can't be read.", err)
		}
		return h.moveSequence(ctx, fingerprint, step, values)
	case "bring_back":
		return runbook.Result{}, h.bringBack(ctx)
	}
	return runbook.Result{}, fmt.Errorf("cutover has no step %q", step.Kind)
}

// Cutting is a reading of the cutover: the step under way.
type Cutting struct {
	Step   string `json:"step"`
	Object string `json:"object"`
}

// compareChanged compares the tables that saw changes since the last validation, and those that were moving then. The source is quiet:
// what differs now is different.
func (h *hands) compareChanged(ctx context.Context, m *store.Migration, report runbook.Report) (runbook.Result, error) {
	tables, err := h.tables(ctx)
	if err != nil {
		return runbook.Result{}, err
	}
	var last Validated
	if _, err := m.Fact(validatedFact, &last); err != nil {
		return runbook.Result{}, err
	}
	stats, err := h.statistics(ctx, m)
	if err != nil {
		return runbook.Result{}, err
	}
	now, gaps := changes(stats), unapplied(stats)
	var again []compare.Table
	for _, t := range tables {
		name := t.Source.Schema + "." + t.Source.Table
		before, known := last.Changes[name]
		if !known || now[name] != before || isMoving(last, t.Target.Table) {
			again = append(again, t)
		}
	}
	out, err := h.comparePass(ctx, again, report)
	if err != nil {
		return runbook.Result{}, err
	}
	var different []string
	for _, r := range out.Tables {
		if !r.Equal {
			different = append(different, r.Target.Table)
		}
	}
	if len(different) > 0 {
		p := differentProblem(out.Tables, different)
		p.Means += " Nothing was stopped: the task runs on, Oracle can be used on."
		return runbook.Result{}, p
	}
	return runbook.Result{Facts: map[string]any{comparedFact: len(again), gapsFact: gaps}}, nil
}

// unapplied counts for each table the changes that DMS captured and did not apply. It need not be 0: changes that were made while a
// table was loaded, and that the load contains already, are passed over. Once a marker has passed and the source is quiet, it must not
// grow.
func unapplied(stats []dms.TableStat) map[string]int64 {
	gaps := map[string]int64{}
	for _, s := range stats {
		gaps[s.String()] = s.Inserts + s.Updates + s.Deletes - s.AppliedInserts - s.AppliedUpdates - s.AppliedDeletes
	}
	return gaps
}

func isMoving(v Validated, table string) bool {
	for _, name := range v.Moving {
		if name == table {
			return true
		}
	}
	return false
}

// stop stops the task, waits until it has, and looks whether everything that it captured was applied.
func (h *hands) stop(ctx context.Context, m *store.Migration, arn string) (runbook.Result, error) {
	client, err := h.dms(ctx)
	if err != nil {
		return runbook.Result{}, err
	}
	var before map[string]int64
	if _, err := m.Fact(gapsFact, &before); err != nil {
		return runbook.Result{}, err
	}
	began := time.Now()
	if _, err := client.StopTask(ctx, arn); err != nil {
		return runbook.Result{}, problem("The task can't be stopped.", err)
	}
	var late []string
	err = client.WaitTask(ctx, arn, min(h.profile.AWS.Poll, 5*time.Second), func(task dms.TaskStatus, stats []dms.TableStat) (bool, error) {
		if task.Status != "stopped" && task.Status != "failed" {
			return false, nil
		}
		for name, gap := range unapplied(stats) {
			if gap > before[name] {
				late = append(late, name)
			}
		}
		slices.Sort(late)
		return true, nil
	})
	if err != nil {
		return runbook.Result{}, problem("Whether the task has stopped can't be read.", err)
	}
	if len(late) > 0 {
		return runbook.Result{}, &runbook.Problem{What: "The task stopped before it applied every change it had captured: " + some(late) + ".",
			Means: "The target misses changes. Triggers and sequences are untouched, Oracle can be used on.", Do: "Run /migrate-replicate to let it go on, then cut over again."}
	}
	return runbook.Result{Facts: map[string]any{stoppingFact: time.Since(began)}}, nil
}

func (h *hands) bringBack(ctx context.Context) error {
	tgt, err := h.target(ctx)
	if err != nil {
		return err
	}
	out, err := tgt.BringBack(ctx, h.fence, postgres.CutoverKinds...)
	if err != nil {
		return problem("Triggers, NOT NULLs and identities can't be brought back.", err)
	}
	if len(out.Failed) > 0 || len(out.Differences) > 0 {
		return h.notBack(ctx, out)
	}
	return nil
}

func (cutoverPhase) conclude(ctx context.Context, h *hands, m *store.Migration, plan runbook.Plan) (runbook.Result, error) {
	done := CutoverDone{Open: time.Now(), Target: h.ends.Target.Database, Notes: sequenceNotes(m, plan)}
	for name, into := range map[string]any{cutoverFact: &done.CutoverPlanned, closedFact: &done.Closed, markerFact: &done.Marker, comparedFact: &done.Compared, stoppingFact: &done.Stopping} {
		if _, err := m.Fact(name, into); err != nil {
			return runbook.Result{}, err
		}
	}
	var last Validated
	if _, err := m.Fact(validatedFact, &last); err != nil {
		return runbook.Result{}, err
	}
	done.Tables = last.Tables
	tgt, err := h.target(ctx)
	if err != nil {
		return runbook.Result{}, err
	}
	if err := tgt.CloseMigration(ctx, h.fence); err != nil {
		return runbook.Result{}, problem("The end can't be recorded on the target.", err)
	}
	return runbook.Result{Data: done, Close: true}, nil
}
