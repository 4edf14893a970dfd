// SPDX-License-Identifier: Apache-2.0

package phases

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ferryman/ferryman/internal/assess"
	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
	"github.com/jackc/pgx/v5"
)

// schemaPhase converts the schema and applies to the target what is not there yet. What it finds there it alters or replaces only where
// Ferryman made it, nobody changed it since, and two people said yes; it never drops what it did not make.
type schemaPhase struct{}

// SchemaPlanned tells what schema will make, and what it found there already.
type SchemaPlanned struct {
	Make map[convert.Kind]int `json:"make"`
	// Engine is assess.DMS where AWS converted, else empty.
	Engine string `json:"engine,omitempty"`
	// There are the objects that are on the target and the same as what is wanted, or could not be compared.
	There []string `json:"there,omitempty"`
	// Uncompared counts those of There that could not be compared, NoScratch says why.
	Uncompared int    `json:"uncompared,omitempty"`
	NoScratch  string `json:"no_scratch,omitempty"`
	// Replace are those that are dropped and made anew, Left those that are different and left as they are, each with the difference in words.
	Replace []Differs `json:"replace,omitempty"`
	Left    []Differs `json:"left,omitempty"`
	// Added are what is put on tables that were there, Beside what the conversion knows nothing of, Stale what Ferryman made and is not
	// wanted any more: neither is touched.
	Added  []string `json:"added,omitempty"`
	Beside []string `json:"beside,omitempty"`
	Stale  []string `json:"stale,omitempty"`
	// Scripts are the people's scripts that are run.
	Scripts []ScriptRun `json:"scripts,omitempty"`
	// Refused are those that PostgreSQL did not take in the scratch database, with its words: they are not made.
	Refused []Differs `json:"refused,omitempty"`
	// Hands counts the objects that need a person and are not made.
	Hands int `json:"hands"`
}

// Differs is an object that is not as wanted.
type Differs struct {
	Object string   `json:"object"`
	Words  []string `json:"words,omitempty"`
	Why    string   `json:"why,omitempty"`
}

// ScriptRun is a person's script in a plan.
type ScriptRun struct {
	Object string    `json:"object"`
	By     string    `json:"by"`
	At     time.Time `json:"at"`
	From   string    `json:"from,omitempty"`
}

// controlSchema is where DMS keeps its control tables on the target, apart from everybody's public.
const controlSchema = "awsdms"

const (
	schemaFact = "schema"
	// SchemaDifferenceFile is the name of the file that has the whole difference.
	SchemaDifferenceFile = "schema-difference.txt"
	// shownDifferences bounds what a summary carries of each kind; the file has all.
	shownDifferences = 50
)

func (schemaPhase) draft(ctx context.Context, h *hands, m *store.Migration, _ runbook.Report) (runbook.Draft, error) {
	d, conversion, err := h.difference(ctx, m)
	if err != nil {
		return runbook.Draft{}, err
	}
	planned := d.summary(h.decided)
	if h.byAWS() {
		planned.Engine = assess.DMS
	}
	decisions, err := h.awsDecision(m)
	if err != nil {
		return runbook.Draft{}, err
	}
	for _, o := range conversion.Outcomes {
		if o.Outcome == convert.Action {
			planned.Hands++
		}
	}
	planned.Hands += len(planned.Refused)
	var steps []runbook.Step
	for _, s := range d.steps() {
		arguments, err := args(s.items)
		if err != nil {
			return runbook.Draft{}, err
		}
		id := "apply-" + s.schema
		if s.round > 1 {
			id += "-later"
		}
		steps = append(steps, runbook.Step{ID: id, Kind: "apply", Object: "schema " + s.schema, Why: s.why(), SQL: s.sql, Args: arguments})
	}
	if grants := h.grants(); len(grants) > 0 {
		steps = append(steps, runbook.Step{ID: "grant", Kind: "grant", Object: "to " + h.ends.TargetDMS.User, Why: "what the DMS endpoint's user needs to write rows and keep its control tables", SQL: grants})
	}
	if err := h.crew.Store.PutFile(ctx, m.Name, SchemaDifferenceFile, []byte(planned.text())); err != nil {
		return runbook.Draft{}, err
	}
	planned.bound()
	return runbook.Draft{Plan: runbook.Plan{Steps: steps, Decisions: decisions}, TwoPeople: planned.twoPeople(), Summary: planned, Facts: map[string]any{schemaFact: planned}}, nil
}

// difference holds the conversion against the target.
func (h *hands) difference(ctx context.Context, m *store.Migration) (*difference, *convert.Conversion, error) {
	dict, err := h.dictionary(ctx, nil)
	if err != nil {
		return nil, nil, err
	}
	tgt, err := h.target(ctx)
	if err != nil {
		return nil, nil, err
	}
	options, err := h.options(ctx)
	if err != nil {
		return nil, nil, err
	}
	conversion, err := h.conversion(ctx, m, dict, options)
	if err != nil {
		return nil, nil, err
	}
	d := &difference{}
	if d.wishes, err = wishes(conversion, h.decided); err != nil {
		return nil, nil, problem("A script can't be read.", err)
	}
	d.index(conversion)
	if d.want, err = h.expected(ctx, tgt, d.wishes); err != nil {
		return nil, nil, err
	}
	if d.have, err = tgt.ReadSnapshot(ctx, h.targetSchemas()); err != nil {
		return nil, nil, problem("The target's catalog can't be read.", err)
	}
	if d.made, err = tgt.ReadMade(ctx, h.targetSchemas()); err != nil {
		return nil, nil, problem("What Ferryman made on the target can't be read.", err)
	}
	attached := d.compareAll()
	if err := d.replaceAll(ctx, tgt); err != nil {
		return nil, nil, problem("What depends on objects of the target can't be read.", err)
	}
	for _, w := range attached {
		d.compareAttached(w)
	}
	return d, conversion, nil
}

// options are how the schema is converted: by what people decided, with rights for the roles that are on the target.
func (h *hands) options(ctx context.Context) (convert.Options, error) {
	tgt, err := h.target(ctx)
	if err != nil {
		return convert.Options{}, err
	}
	roles, err := tgt.Roles(ctx)
	if err != nil {
		return convert.Options{}, problem("The target's roles can't be read.", err)
	}
	return convert.Options{Decisions: h.decided, Roles: roles}, nil
}

const untriedAWS = "What AWS wrote can't be tried, so nothing of it is planned."

// expected is what the wishes make in a scratch database, nil where there is none that prints definitions as the target does. What
// PostgreSQL does not take there gets its verdict. What another program wrote is tried as a role without rights, or not planned at all.
func (h *hands) expected(ctx context.Context, tgt *postgres.Target, list []*wish) (postgres.Snapshot, error) {
	outside := slices.ContainsFunc(list, func(w *wish) bool { return w.outside })
	scripts := slices.ContainsFunc(list, func(w *wish) bool { return w.script != nil })
	if scripts && h.ends.Scratch == nil && !outside {
		return nil, nil // people's scripts are not tried on the target's server
	}
	if scripts && h.ends.Scratch == nil {
		return nil, &runbook.Problem{What: untriedAWS, Means: "People's scripts are among it, which are not tried on the target's server.", Do: "Take the scripts back. A profile with target.scratch_url takes them."}
	}
	scratch, sameVersion := tgt, true
	if h.ends.Scratch != nil {
		var err error
		if scratch, err = openTarget(ctx, *h.ends.Scratch); err != nil {
			return nil, problem("The scratch database can't be used.", err)
		}
		defer scratch.Close()
		if sameVersion = scratch.ServerVersion()/10000 == tgt.ServerVersion()/10000; !sameVersion && !outside {
			return nil, nil
		}
	}
	var all []postgres.Statement
	var whose []*wish
	for _, w := range list {
		if w.thing.Kind == string(convert.KindGrant) { // its roles are the target's
			continue
		}
		for _, sql := range w.sql {
			all, whose = append(all, postgres.Statement{Object: w.id, SQL: sql, Outside: w.outside}), append(whose, w)
		}
	}
	var snapshot postgres.Snapshot
	var refusals []postgres.Refusal
	var err error
	ok := true
	if outside {
		var trial postgres.Trial
		trial, snapshot, err = scratch.TryAndRead(ctx, all, h.targetSchemas())
		refusals = trial.Refusals
	} else {
		snapshot, refusals, ok, err = scratch.Expect(ctx, all, h.targetSchemas(), scripts)
	}
	var nobody *postgres.NoScratchRoleError
	if errors.As(err, &nobody) {
		return nil, &runbook.Problem{What: untriedAWS, Means: sentence(strings.Replace(err.Error(), "people's scripts are", "scripts of others are", 1)), Err: err}
	}
	if err != nil {
		return nil, problem("The conversion can't be tried in a scratch database.", err)
	}
	if !ok {
		return nil, nil
	}
	for _, r := range refusals {
		w := whose[r.Index]
		w.verdict, w.words = isRefused, append(w.words, r.Words())
	}
	if !sameVersion {
		return nil, nil
	}
	return snapshot, nil
}

// grants are what the endpoint's user needs; none where it is the owner itself.
func (h *hands) grants() []string {
	user := h.ends.TargetDMS.User
	if user == h.ends.Target.User {
		return nil
	}
	role := pgx.Identifier{user}.Sanitize()
	sql := []string{
		"CREATE SCHEMA IF NOT EXISTS " + controlSchema,
		fmt.Sprintf("GRANT USAGE, CREATE ON SCHEMA %s TO %s", controlSchema, role),
	}
	for _, s := range h.targetSchemas() {
		schema := pgx.Identifier{s}.Sanitize()
		sql = append(sql, fmt.Sprintf("GRANT USAGE ON SCHEMA %s TO %s", schema, role),
			fmt.Sprintf("GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON ALL TABLES IN SCHEMA %s TO %s", schema, role))
	}
	return sql
}

// gate looks at the target once more: nothing that the plan touches may have moved.
func (schemaPhase) gate(ctx context.Context, h *hands, _ *store.Migration, plan runbook.Plan) ([]runbook.Evidence, error) {
	items, err := applyItems(plan)
	if err != nil || len(items) == 0 {
		return nil, err
	}
	tgt, err := h.target(ctx)
	if err != nil {
		return nil, err
	}
	now, err := tgt.ReadSnapshot(ctx, h.targetSchemas())
	if err != nil {
		return nil, problem("The target's catalog can't be read.", err)
	}
	as := runbook.Evidence{Name: "the target is as the plan found it", Query: "pg_catalog", ReadAt: time.Now(), Value: fmt.Sprintf("%d objects looked at", len(items)),
		Fix: "Give the command again: the plan is made anew."}
	moved := postgres.Moved(items, now)
	as.Holds = len(moved) == 0
	if !as.Holds {
		as.Value = strings.Join(moved[:min(len(moved), 3)], "; ")
	}
	evidence := []runbook.Evidence{as}
	var empty, full []string
	for _, item := range items {
		if !item.Empty || !as.Holds {
			continue
		}
		rows, err := tgt.HasRows(ctx, item.Thing.Schema, item.Thing.Name)
		if err != nil {
			return nil, problem("Whether tables are empty can't be read.", err)
		}
		empty = append(empty, item.Thing.Name)
		if rows {
			full = append(full, item.Thing.Name)
		}
	}
	if len(empty) > 0 {
		e := runbook.Evidence{Name: "tables that are made anew are empty", Holds: len(full) == 0, Query: "SELECT EXISTS (SELECT FROM …)", ReadAt: time.Now(),
			Value: fmt.Sprintf("%d looked at", len(empty)), Fix: "Their rows would be lost: see who wrote them."}
		if !e.Holds {
			e.Value = "rows in " + strings.Join(full[:min(len(full), 5)], ", ")
		}
		evidence = append(evidence, e)
	}
	return evidence, nil
}

// applyItems are the objects of a plan's steps. A plan of an older Ferryman has none.
func applyItems(plan runbook.Plan) ([]postgres.ApplyItem, error) {
	var all []postgres.ApplyItem
	for _, step := range plan.Steps {
		if step.Kind != "apply" || len(step.Args) == 0 {
			continue
		}
		var items []postgres.ApplyItem
		if err := readArgs(step, &items); err != nil {
			return nil, err
		}
		all = append(all, items...)
	}
	return all, nil
}
