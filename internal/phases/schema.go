// SPDX-License-Identifier: Apache-2.0

package phases

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
	"github.com/jackc/pgx/v5"
)

// schemaPhase converts the schema and applies to the target what is not there yet. It never alters, replaces or drops what it finds.
type schemaPhase struct{}

// SchemaPlanned tells what schema will make, and what it found there already.
type SchemaPlanned struct {
	Make  map[convert.Kind]int `json:"make"`
	There []string             `json:"there,omitempty"`
	// Hands counts the objects that need a person and are not made.
	Hands int `json:"hands"`
}

// controlSchema is where DMS keeps its control tables on the target, apart from everybody's public.
const controlSchema = "awsdms"

const schemaFact = "schema"

func (schemaPhase) draft(ctx context.Context, h *hands, m *store.Migration, _ runbook.Report) (runbook.Draft, error) {
	d, err := h.dictionary(ctx, nil)
	if err != nil {
		return runbook.Draft{}, err
	}
	conversion := convert.Convert(d, convert.Options{})
	cat, err := h.catalog(ctx)
	if err != nil {
		return runbook.Draft{}, err
	}
	exists, err := h.schemasThere(ctx)
	if err != nil {
		return runbook.Draft{}, err
	}
	planned := SchemaPlanned{Make: map[convert.Kind]int{}}
	bySchema := map[string]*runbook.Step{}
	var order []string
	for _, s := range conversion.Statements {
		if there(cat, exists, s) {
			if s.Kind != convert.KindSchema && s.Kind != convert.KindComment {
				planned.There = append(planned.There, string(s.Kind)+" "+s.Schema+"."+s.Name)
			}
			continue
		}
		step := bySchema[s.Schema]
		if step == nil {
			step = &runbook.Step{ID: "apply-" + s.Schema, Kind: "apply", Object: "schema " + s.Schema, Why: "makes what is not there yet, in one transaction"}
			bySchema[s.Schema] = step
			order = append(order, s.Schema)
		}
		step.SQL = append(step.SQL, s.SQL)
		planned.Make[s.Kind]++
	}
	for _, o := range conversion.Outcomes {
		if o.Outcome == convert.Action {
			planned.Hands++
		}
	}
	var steps []runbook.Step
	for _, name := range order {
		steps = append(steps, *bySchema[name])
	}
	if grants := h.grants(); len(grants) > 0 {
		steps = append(steps, runbook.Step{ID: "grant", Kind: "grant", Object: "to " + h.ends.TargetDMS.User, Why: "what the DMS endpoint's user needs to write rows and keep its control tables", SQL: grants})
	}
	return runbook.Draft{Plan: runbook.Plan{Steps: steps}, Summary: planned, Facts: map[string]any{schemaFact: planned}}, nil
}

// schemasThere are those of the target's schemas that exist.
func (h *hands) schemasThere(ctx context.Context) ([]string, error) {
	pool, err := h.targetRows(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := pool.Query(ctx, "SELECT nspname::text FROM pg_catalog.pg_namespace WHERE nspname = ANY($1)", h.targetSchemas())
	if err != nil {
		return nil, problem("The target's schemas can't be read.", err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, problem("The target's schemas can't be read.", err)
	}
	return names, nil
}

// there tells whether what a statement makes is on the target under the same name. A comment counts as
// there when its object was: what is found is left as it is.
func there(cat *postgres.Catalog, schemas []string, s convert.Statement) bool {
	table := findTable(cat, s.Schema, s.Table) != nil
	switch s.Kind {
	case convert.KindSchema:
		return slices.Contains(schemas, s.Name)
	case convert.KindTable, convert.KindPartition:
		return findTable(cat, s.Schema, s.Name) != nil
	case convert.KindComment, convert.KindGrant:
		return table || slices.ContainsFunc(cat.Views, func(v postgres.View) bool { return v.Schema == s.Schema && v.Name == s.Table })
	case convert.KindSequence:
		return slices.ContainsFunc(cat.Sequences, func(q postgres.Sequence) bool { return q.Schema == s.Schema && q.Name == s.Name })
	case convert.KindPrimaryKey, convert.KindUnique, convert.KindCheck, convert.KindForeignKey:
		return slices.ContainsFunc(cat.Constraints, func(c postgres.Constraint) bool {
			return c.Schema == s.Schema && c.Table == s.Table && c.Name == s.Name
		})
	case convert.KindIndex:
		return slices.ContainsFunc(cat.Indexes, func(i postgres.IndexInfo) bool { return i.Schema == s.Schema && i.Name == s.Name })
	case convert.KindTrigger:
		return slices.ContainsFunc(cat.Triggers, func(t postgres.TriggerInfo) bool {
			return t.Schema == s.Schema && t.Table == s.Table && t.Name == s.Name
		})
	case convert.KindFunction:
		// A trigger's function belongs to the trigger's table: it came with it.
		return table
	case convert.KindView, convert.KindMaterializedView:
		return slices.ContainsFunc(cat.Views, func(v postgres.View) bool { return v.Schema == s.Schema && v.Name == s.Name })
	}
	return false
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

func (schemaPhase) gate(context.Context, *hands, *store.Migration, runbook.Plan) ([]runbook.Evidence, error) {
	return nil, nil
}

func (schemaPhase) step(ctx context.Context, h *hands, _ *store.Migration, plan runbook.Plan, step runbook.Step, _ runbook.Report) (runbook.Result, error) {
	tgt, err := h.target(ctx)
	if err != nil {
		return runbook.Result{}, err
	}
	fingerprint, err := plan.Fingerprint()
	if err != nil {
		return runbook.Result{}, err
	}
	list := make([]postgres.Statement, len(step.SQL))
	for i, sql := range step.SQL {
		list[i] = postgres.Statement{Object: firstLine(sql), SQL: sql}
	}
	if err := tgt.Apply(ctx, h.fence, fingerprint, step.ID, list); err != nil {
		return runbook.Result{}, problem("PostgreSQL refused a statement; nothing of "+step.Object+" was applied.", err)
	}
	return runbook.Result{}, nil
}

func firstLine(sql string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(sql), "\n")
	if len(line) > 120 {
		line = line[:120] + "…"
	}
	return line
}

// SchemaDone is what the schema phase's last message tells.
type SchemaDone struct {
	SchemaPlanned
	Tables, PrimaryKeys, ForeignKeys, Indexes, Sequences, Triggers, Views int
}

func (schemaPhase) conclude(ctx context.Context, h *hands, m *store.Migration, _ runbook.Plan) (runbook.Result, error) {
	var done SchemaDone
	if _, err := m.Fact(schemaFact, &done.SchemaPlanned); err != nil {
		return runbook.Result{}, err
	}
	cat, err := h.catalog(ctx)
	if err != nil {
		return runbook.Result{}, err
	}
	for _, c := range cat.Constraints {
		switch c.Type {
		case "p":
			done.PrimaryKeys++
		case "f":
			done.ForeignKeys++
		}
	}
	for _, i := range cat.Indexes {
		if i.Constraint == "" {
			done.Indexes++
		}
	}
	done.Tables, done.Sequences, done.Triggers, done.Views = len(cat.Tables), len(cat.Sequences), len(cat.Triggers), len(cat.Views)
	return runbook.Result{Data: done}, nil
}
