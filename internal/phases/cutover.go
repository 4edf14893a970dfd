// SPDX-License-Identifier: Apache-2.0

package phases

import (
	"context"
	"fmt"
	"strings"
	"time"

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
	Checks     int   `json:"checks"`
	Identities int   `json:"identities"`
	Gap        int64 `json:"gap"`
	// NotValid names the foreign keys that stay NOT VALID, for the source does not enforce them either.
	NotValid []string `json:"not_valid,omitempty"`
}

// CutoverAsked is what the request shows: what it will do, and what was measured before.
type CutoverAsked struct {
	CutoverPlanned
	// Ends tells that an earlier cutover stopped the task, and this one goes on from there.
	Ends bool `json:"ends,omitempty"`
	// Tables and Rows are what the last validation compared, and Comparing how long it took; zero where it is unknown.
	Tables    int           `json:"tables,omitempty"`
	Rows      int64         `json:"rows,omitempty"`
	Comparing time.Duration `json:"comparing,omitempty"`
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
	openedFact   = "cutover_opened"
	// stoppedFact is the start of the task that a cutover stopped: as long as it was not started since, a later cutover need not stop it.
	stoppedFact = "cutover_stopped"
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
	client, err := h.dms(ctx)
	if err != nil {
		return runbook.Draft{}, err
	}
	stopped, err := stoppedByCutover(ctx, client, m)
	if err != nil {
		return runbook.Draft{}, err
	}
	open, _, err := h.notValid(ctx, m)
	if err != nil {
		return runbook.Draft{}, err
	}
	planned := CutoverPlanned{Gap: h.profile.Sequences.Gap}
	for _, k := range open {
		planned.NotValid = append(planned.NotValid, k.name)
	}
	steps := []runbook.Step{
		{ID: "marker", Kind: "marker", Object: markerTable, Why: "a row written on the source now, seen on the target: every change before it has arrived"},
		{ID: "compare", Kind: "compare", Object: "the tables changed since the last validation", Why: "counts and checksums must be equal"},
		{ID: "stop", Kind: "stop", Object: dms.NamesFor(m.Name).Task, Why: "no application is connected, and a last row has arrived; DMS writes no more"},
	}
	if stopped {
		steps = []runbook.Step{{ID: "compare-all", Kind: "compare_all", Object: "every table",
			Why: "an earlier cutover stopped the task, so no row can prove that all has arrived: counts and checksums of both sides must be equal"}}
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
		case postgres.CheckConstraint:
			planned.Checks++
		case postgres.Identity:
			planned.Identities++
		default:
			continue
		}
		back.SQL = append(back.SQL, o.Create...)
	}
	draft := runbook.Draft{
		Plan: runbook.Plan{Decisions: decisions(open), Steps: append(steps, back)}, TwoPeople: "after it the applications write to PostgreSQL", Summary: planned,
		Facts: map[string]any{cutoverFact: planned, closedFact: time.Now()},
	}
	if stopped {
		draft.TwoPeople = "it ends the cutover that stopped the task; after it the applications write to PostgreSQL"
		draft.Facts = nil // they tell of the whole cutover, as it was begun
	}
	if draft.Summary, err = planned.asked(m, stopped); err != nil {
		return runbook.Draft{}, err
	}
	return draft, nil
}

// asked adds what was measured before, for those who decide.
func (c CutoverPlanned) asked(m *store.Migration, stopped bool) (CutoverAsked, error) {
	var last Validated
	_, err := m.Fact(validatedFact, &last)
	return CutoverAsked{CutoverPlanned: c, Ends: stopped, Tables: last.Tables, Rows: last.Rows, Comparing: runbook.Took(m, "validate")}, err
}

func (cutoverPhase) step(ctx context.Context, h *hands, m *store.Migration, plan runbook.Plan, step runbook.Step, report runbook.Report) (runbook.Result, error) {
	fingerprint, err := plan.Fingerprint()
	if err != nil {
		return runbook.Result{}, err
	}
	report("progress", step.ID, Cutting{Step: step.ID, Object: step.Object})
	switch step.Kind {
	case "marker":
		marker, err := h.lastChange(ctx)
		return runbook.Result{Facts: map[string]any{markerFact: marker}}, err
	case "compare":
		return h.compareChanged(ctx, m, report)
	case "compare_all":
		return h.compareAll(ctx, report)
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
		return runbook.Result{Facts: map[string]any{openedFact: time.Now()}}, h.bringBack(ctx)
	}
	return runbook.Result{}, fmt.Errorf("cutover has no step %q", step.Kind)
}

// Cutting is a reading of the cutover: the step under way.
type Cutting struct {
	Step   string `json:"step"`
	Object string `json:"object"`
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
		rest := make([]failed, len(out.Failed))
		for i, f := range out.Failed {
			rest[i].Failure = f
		}
		return notBack(out, rest, "/migrate-cutover")
	}
	return nil
}

func (cutoverPhase) conclude(ctx context.Context, h *hands, m *store.Migration, plan runbook.Plan) (runbook.Result, error) {
	done := CutoverDone{Target: h.ends.Target.Database, Notes: sequenceNotes(m, plan)}
	for name, into := range map[string]any{cutoverFact: &done.CutoverPlanned, closedFact: &done.Closed, markerFact: &done.Marker, comparedFact: &done.Compared, stoppingFact: &done.Stopping, openedFact: &done.Open} {
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
