// SPDX-License-Identifier: Apache-2.0

package phases

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/dms"
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
	Checks      int   `json:"checks"`
	Identities  int   `json:"identities"`
	Sequences   int   `json:"sequences"`
	Gap         int64 `json:"gap"`
	// Tables is how many tables of the target it is done to, and Bytes what the indexes take that go, as the target says; -1 is unknown.
	Tables int   `json:"tables"`
	Bytes  int64 `json:"bytes"`
	// Stays are the first of what is left in place beside primary keys, each with its reason; MoreStay is how many more there are.
	Stays    []postgres.Stay `json:"stays,omitempty"`
	MoreStay int             `json:"more_stay,omitempty"`
	// Marker names the table that prepare makes on the source.
	Marker string `json:"marker"`
	// Notes are what is to be told of single sequences.
	Notes []string `json:"notes,omitempty"`
}

const preparedFact = "prepared"

// staysKept bounds what is kept of the objects that stay: a request is read by people.
const staysKept = 20

func (preparePhase) draft(ctx context.Context, h *hands, _ *store.Migration, _ runbook.Report) (runbook.Draft, error) {
	d, err := h.dictionary(ctx, nil)
	if err != nil {
		return runbook.Draft{}, err
	}
	cat, err := h.catalog(ctx)
	if err != nil {
		return runbook.Draft{}, err
	}
	aside, err := h.planSetAside(cat, d)
	if err != nil {
		return runbook.Draft{}, err
	}
	src, err := h.source(ctx)
	if err != nil {
		return runbook.Draft{}, err
	}
	marker := src.User() + "." + markerTable
	planned := Prepared{Gap: h.profile.Sequences.Gap, Marker: marker, Tables: len(aside.Batches()), Bytes: h.indexBytes(ctx, aside.Objects)}
	planned.Stays = slices.DeleteFunc(slices.Clone(aside.Stays), func(s postgres.Stay) bool { return s.Kind == postgres.PrimaryKey })
	if more := len(planned.Stays) - staysKept; more > 0 {
		planned.Stays, planned.MoreStay = planned.Stays[:staysKept:staysKept], more
	}
	steps, err := setAsideSteps(aside)
	if err != nil {
		return runbook.Draft{}, err
	}
	for _, o := range aside.Objects {
		planned.count(o.Kind)
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
		Since: func(old runbook.Plan) []string { return asideSince(old, steps) },
	}, nil
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
	case postgres.CheckConstraint:
		p.Checks++
	case postgres.Identity:
		p.Identities++
	}
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

func (preparePhase) gate(ctx context.Context, h *hands, m *store.Migration, plan runbook.Plan) ([]runbook.Evidence, error) {
	tgt, err := h.target(ctx)
	if err != nil {
		return nil, err
	}
	// What takes long first: at the start the oldest reading must be young.
	comesBack, err := provedToComeBack(ctx, tgt, plan)
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
	evidence = append(evidence, comesBack)
	if fact(m, taskFact) == "" {
		return evidence, nil
	}
	rests, err := h.restsEvidence(ctx, dms.NamesFor(m.Name).Task)
	return append(evidence, rests), err
}

// provedToComeBack is whether everything that the plan sets aside could be made again by this role.
func provedToComeBack(ctx context.Context, tgt *postgres.Target, plan runbook.Plan) (runbook.Evidence, error) {
	var aside postgres.SetAside
	for _, step := range plan.Steps {
		if step.Kind != "set_aside" {
			continue
		}
		var objects []postgres.Object
		if err := readArgs(step, &objects); err != nil {
			return runbook.Evidence{}, err
		}
		aside.Objects = append(aside.Objects, objects...)
	}
	proof, err := tgt.Prove(ctx, aside)
	if err != nil {
		return runbook.Evidence{}, problem("Whether what is set aside could come back can't be read.", err)
	}
	return runbook.Evidence{Name: "everything that goes can come back", Holds: len(proof.Problems) == 0,
		Query: "pg_catalog; DROP and CREATE on empty tables, rolled back", Value: proof.Found(), ReadAt: time.Now(), Fix: strings.Join(proof.Fixes(), " ")}, nil
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
		return runbook.Result{}, h.setAside(ctx, fingerprint, step)
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

// conclude looks whether anything has come since the plan was made: nothing has set that aside.
func (preparePhase) conclude(ctx context.Context, h *hands, m *store.Migration, plan runbook.Plan) (runbook.Result, error) {
	left, err := h.inPlace(ctx)
	if err != nil {
		return runbook.Result{}, err
	}
	if len(left) > 0 {
		return runbook.Result{}, &runbook.Problem{What: fmt.Sprintf("Somebody changed the target meanwhile: %s came after the plan was made.", some(left)),
			Means: "All of the plan is done; what came was left alone, and it would stop or slow the load.", Do: "Run /migrate-prepare again: it does just what is left."}
	}
	var done Prepared
	if _, err := m.Fact(preparedFact, &done); err != nil {
		return runbook.Result{}, err
	}
	done.Notes = sequenceNotes(m, plan)
	return runbook.Result{Data: done}, nil
}
