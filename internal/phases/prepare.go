// SPDX-License-Identifier: Apache-2.0

package phases

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/oracle"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
	"github.com/jackc/pgx/v5"
)

// preparePhase saves and drops what would stop DMS or slow it down, and makes the marker table on both sides.
type preparePhase struct{}

// Prepared is what prepare will do, and did, in numbers.
type Prepared struct {
	ForeignKeys int   `json:"foreign_keys"`
	Indexes     int   `json:"indexes"`
	Uniques     int   `json:"uniques"`
	Triggers    int   `json:"triggers"`
	NotNulls    int   `json:"not_nulls"`
	Identities  int   `json:"identities"`
	Sequences   int   `json:"sequences"`
	Gap         int64 `json:"gap"`
	// Stays are what is left in place, each with its reason.
	Stays []postgres.Stay `json:"stays,omitempty"`
	// Marker names the table that prepare makes on the source.
	Marker string `json:"marker"`
	// Notes are what is to be told of single sequences.
	Notes []string `json:"notes,omitempty"`
}

// sequenceArgs is the rule by which a sequence is moved: where it goes is read when it is moved.
type sequenceArgs struct {
	Owner  string                `json:"owner"`
	Source string                `json:"source"`
	Schema string                `json:"schema"`
	Name   string                `json:"name"`
	Gap    int64                 `json:"gap"`
	Fills  []postgres.ColumnName `json:"fills,omitempty"`
}

const preparedFact = "prepared"

func (preparePhase) draft(ctx context.Context, h *hands, _ *store.Migration, _ runbook.Report) (runbook.Draft, error) {
	d, err := h.dictionary(ctx, nil)
	if err != nil {
		return runbook.Draft{}, err
	}
	cat, err := h.catalog(ctx)
	if err != nil {
		return runbook.Draft{}, err
	}
	aside, err := postgres.PlanSetAside(cat, postgres.SetAsideOptions{LOBColumns: lobColumns(d), KeepPatterns: h.profile.Prepare.Keep})
	if err != nil {
		return runbook.Draft{}, problem("What to set aside can't be planned.", err)
	}
	src, err := h.source(ctx)
	if err != nil {
		return runbook.Draft{}, err
	}
	marker := src.User() + "." + markerTable
	planned := Prepared{Gap: h.profile.Sequences.Gap, Stays: aside.Stays, Marker: marker}
	var steps []runbook.Step
	for i, batch := range aside.Batches() {
		raw, err := args(batch.Objects)
		if err != nil {
			return runbook.Draft{}, err
		}
		step := runbook.Step{ID: fmt.Sprintf("set-aside-%04d", i+1), Kind: "set_aside", Object: batch.Schema + "." + batch.Table, Why: why(batch.Objects), Args: raw}
		for _, o := range batch.Objects {
			step.SQL = append(step.SQL, o.Drop)
			planned.count(o.Kind)
		}
		steps = append(steps, step)
	}
	sequences, err := h.sequenceSteps(cat, d)
	if err != nil {
		return runbook.Draft{}, err
	}
	planned.Sequences = len(sequences)
	steps = append(steps, sequences...)
	steps = append(steps, h.markerSteps(src.User(), marker)...)
	return runbook.Draft{
		Plan: runbook.Plan{
			Decisions: []string{"While replicating and at cutover, a row is written to " + marker + " to measure how long a change takes to arrive."},
			Steps:     steps,
		},
		TwoPeople: "it drops objects on the target and makes a table on the source", Summary: planned, Facts: map[string]any{preparedFact: planned},
	}, nil
}

func why(objects []postgres.Object) string {
	var reasons []string
	for _, o := range objects {
		if !slices.Contains(reasons, o.Why) {
			reasons = append(reasons, o.Why)
		}
	}
	return strings.Join(reasons, "; ")
}

func (p *Prepared) count(kind postgres.Kind) {
	switch kind {
	case postgres.ForeignKey:
		p.ForeignKeys++
	case postgres.Index:
		p.Indexes++
	case postgres.Unique, postgres.Exclusion:
		p.Uniques++
	case postgres.Trigger:
		p.Triggers++
	case postgres.NotNull:
		p.NotNulls++
	case postgres.Identity:
		p.Identities++
	}
}

// sequenceSteps has a step for each sequence of the target that the source has too.
func (h *hands) sequenceSteps(cat *postgres.Catalog, d *dictionary.Dictionary) ([]runbook.Step, error) {
	fills := fills(d)
	var steps []runbook.Step
	for _, s := range cat.Sequences {
		a := sequenceArgs{Schema: s.Schema, Name: s.Name, Gap: h.profile.Sequences.Gap, Fills: fills[s.Schema+"."+s.Name]}
		rule := "the greatest of the columns it fills and where it is, plus %d increments"
		for _, o := range d.Sequences {
			if convert.TargetName(o.Owner) == s.Schema && convert.TargetName(o.Name) == s.Name {
				a.Owner, a.Source, a.Gap = o.Owner, o.Name, h.profile.Sequences.GapFor(o.Name)
				rule = "the greater of source and target, plus %d increments"
			}
		}
		raw, err := args(a)
		if err != nil {
			return nil, err
		}
		steps = append(steps, runbook.Step{ID: "sequence-" + s.Schema + "." + s.Name, Kind: "sequence", Object: s.Schema + "." + s.Name, Why: fmt.Sprintf(rule, a.Gap), Args: raw})
	}
	return steps, nil
}

// moveSequence moves a sequence ahead by its rule.
func (h *hands) moveSequence(ctx context.Context, fingerprint string, step runbook.Step, source []oracle.SequenceValue) (runbook.Result, error) {
	var a sequenceArgs
	if err := readArgs(step, &a); err != nil {
		return runbook.Result{}, err
	}
	tgt, err := h.target(ctx)
	if err != nil {
		return runbook.Result{}, err
	}
	want := postgres.SequenceTarget{Schema: a.Schema, Name: a.Name, Gap: a.Gap, Columns: a.Fills}
	for _, s := range source {
		if s.Owner == a.Owner && s.Name == a.Source {
			want.AtLeast = string(s.LastNumber)
		}
	}
	out, err := tgt.AdvanceSequence(ctx, h.fence, fingerprint, step.ID, want)
	if err != nil {
		return runbook.Result{}, problem("Sequence "+step.Object+" can't be moved.", err)
	}
	return runbook.Result{Facts: map[string]any{noteFact + step.Object: out.Note}}, nil
}

// noteFact is the prefix of what is to be told of a sequence, such as that its gap does not fit.
const noteFact = "sequence:"

// sequenceNotes are what was noted of the plan's sequences.
func sequenceNotes(m *store.Migration, plan runbook.Plan) []string {
	var notes []string
	for _, s := range plan.Steps {
		if note := fact(m, noteFact+s.Object); s.Kind == "sequence" && note != "" {
			notes = append(notes, s.Object+": "+note)
		}
	}
	return notes
}

func (h *hands) markerSteps(user, marker string) []runbook.Step {
	schema := convert.TargetName(user)
	table := pgx.Identifier{schema, convert.TargetName(markerTable)}.Sanitize()
	onTarget := []string{
		"CREATE SCHEMA IF NOT EXISTS " + pgx.Identifier{schema}.Sanitize(),
		"CREATE TABLE IF NOT EXISTS " + table + " (id bigint PRIMARY KEY, written_at timestamp)",
	}
	if role := h.ends.TargetDMS.User; role != h.ends.Target.User {
		onTarget = append(onTarget,
			fmt.Sprintf("GRANT USAGE ON SCHEMA %s TO %s", pgx.Identifier{schema}.Sanitize(), pgx.Identifier{role}.Sanitize()),
			fmt.Sprintf("GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON %s TO %s", table, pgx.Identifier{role}.Sanitize()))
	}
	return []runbook.Step{
		{ID: "marker-target", Kind: "marker_target", Object: schema + "." + convert.TargetName(markerTable), Why: "its rows show what has arrived", SQL: onTarget},
		{ID: "marker-source", Kind: "marker_source", Object: "on the source: table " + marker, Why: "made if it is not there, with supplemental logging of its key, readable by " + h.ends.SourceDMS.User},
	}
}

func (preparePhase) gate(ctx context.Context, h *hands, _ *store.Migration, _ runbook.Plan) ([]runbook.Evidence, error) {
	tgt, err := h.target(ctx)
	if err != nil {
		return nil, err
	}
	checks, err := tgt.CheckPrivileges(ctx, h.targetSchemas())
	if err != nil {
		return nil, problem("The role's rights on the target can't be read.", err)
	}
	at := time.Now()
	evidence := make([]runbook.Evidence, len(checks))
	for i, c := range checks {
		evidence[i] = runbook.Evidence{Name: c.Name, Holds: c.OK, Query: "pg_catalog", Value: c.Found, ReadAt: at, Fix: c.Fix}
	}
	return evidence, nil
}

func (preparePhase) step(ctx context.Context, h *hands, _ *store.Migration, plan runbook.Plan, step runbook.Step, _ runbook.Report) (runbook.Result, error) {
	tgt, err := h.target(ctx)
	if err != nil {
		return runbook.Result{}, err
	}
	src, err := h.source(ctx)
	if err != nil {
		return runbook.Result{}, err
	}
	fingerprint, err := plan.Fingerprint()
	if err != nil {
		return runbook.Result{}, err
	}
	switch step.Kind {
	case "set_aside":
		var objects []postgres.Object
		if err := readArgs(step, &objects); err != nil {
			return runbook.Result{}, err
		}
		if err := tgt.SetAsideObjects(ctx, h.fence, fingerprint, step.ID, objects); err != nil {
			return runbook.Result{}, problem("Prepare stopped before "+step.Object+"; what was set aside until there is saved.", err)
		}
	case "sequence":
		values, err := src.Sequences(ctx, h.schemas)
		if err != nil {
			return runbook.Result{}, problem("The source's sequences can't be read.", err)
		}
		return h.moveSequence(ctx, fingerprint, step, values)
	case "marker_target":
		list := make([]postgres.Statement, len(step.SQL))
		for i, sql := range step.SQL {
			list[i] = postgres.Statement{Object: step.Object, SQL: sql}
		}
		if err := tgt.Apply(ctx, h.fence, fingerprint, step.ID, list); err != nil {
			return runbook.Result{}, problem("The marker table can't be made on the target.", err)
		}
	case "marker_source":
		if err := src.EnsureMarker(ctx, h.ends.SourceDMS.User); err != nil {
			return runbook.Result{}, problem("The marker table can't be made on the source.", err)
		}
	default:
		return runbook.Result{}, fmt.Errorf("prepare has no step %q", step.Kind)
	}
	return runbook.Result{}, nil
}

func (preparePhase) conclude(_ context.Context, _ *hands, m *store.Migration, plan runbook.Plan) (runbook.Result, error) {
	var done Prepared
	if _, err := m.Fact(preparedFact, &done); err != nil {
		return runbook.Result{}, err
	}
	done.Notes = sequenceNotes(m, plan)
	return runbook.Result{Data: done}, nil
}
