// SPDX-License-Identifier: Apache-2.0

package phases

import (
	"context"
	"slices"
	"strings"

	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
)

func (schemaPhase) step(ctx context.Context, h *hands, _ *store.Migration, plan runbook.Plan, step runbook.Step, _ runbook.Report) (runbook.Result, error) {
	tgt, err := h.target(ctx)
	if err != nil {
		return runbook.Result{}, err
	}
	fingerprint, err := plan.Fingerprint()
	if err != nil {
		return runbook.Result{}, err
	}
	if step.Kind == "apply" && len(step.Args) > 0 {
		var items []postgres.ApplyItem
		if err := readArgs(step, &items); err != nil {
			return runbook.Result{}, err
		}
		err = tgt.ApplySchema(ctx, h.fence, fingerprint, step.ID, h.targetSchemas(), items, step.SQL)
	} else {
		list := make([]postgres.Statement, len(step.SQL))
		for i, sql := range step.SQL {
			list[i] = postgres.Statement{Object: firstLine(sql), SQL: sql}
		}
		err = tgt.Apply(ctx, h.fence, fingerprint, step.ID, list)
	}
	return runbook.Result{}, schemaProblem(step, err)
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
	// What partitions have of their table's is not counted again.
	for _, c := range cat.Constraints {
		switch {
		case c.Parent != "":
		case c.Type == "p":
			done.PrimaryKeys++
		case c.Type == "f":
			done.ForeignKeys++
		}
	}
	for _, i := range cat.Indexes {
		if i.Constraint == "" && i.Parent == "" {
			done.Indexes++
		}
	}
	for _, t := range cat.Tables {
		if t.PartitionOf == "" {
			done.Tables++
		}
	}
	for _, t := range cat.Triggers {
		if !t.Parent {
			done.Triggers++
		}
	}
	done.Sequences, done.Views = len(cat.Sequences), len(cat.Views)
	result := runbook.Result{Data: done}
	if done.tells() {
		result.Files = []runbook.File{{Name: SchemaDifferenceFile, Title: "The difference to what was on the target"}}
	}
	return result, nil
}

// altersOrScripts tells whether a step needs two people: it changes what is there, or a person's script is in it.
func altersOrScripts(step runbook.Step) bool {
	var items []postgres.ApplyItem
	if step.Kind != "apply" || len(step.Args) == 0 {
		return false
	}
	return readArgs(step, &items) != nil || slices.ContainsFunc(items, func(i postgres.ApplyItem) bool {
		return i.Action == postgres.ApplyDrop || i.Added || i.Script != nil
	})
}
