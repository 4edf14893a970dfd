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
	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
)

// validatePhase compares row counts and checksums of both sides, table by table, while changes may go on.
type validatePhase struct{}

// Validating is a reading of the comparison.
type Validating struct {
	Done  int       `json:"done"`
	Total int       `json:"total"`
	Rows  int64     `json:"rows"`
	At    time.Time `json:"at"`
}

// Validated is what validate's last message tells.
type Validated struct {
	Tables int   `json:"tables"`
	Rows   int64 `json:"rows"`
	// Equal are the tables with the same rows; Moving those that went on changing and differed each time they were read. Suspect are rows
	// of these, by key, that differed every time: they change all the while, or they are different.
	Equal   int                 `json:"equal"`
	Moving  []string            `json:"moving,omitempty"`
	Suspect map[string][]string `json:"suspect,omitempty"`
	Results []compare.Result    `json:"results"`
	// DMS is the state that DMS's own validation gives each table, counted.
	DMS map[string]int `json:"dms,omitempty"`
	At  time.Time      `json:"at"`
	// Changes are the changes that each table had seen before its rows were read: cutover compares those again that have seen more.
	Changes map[string]int64 `json:"changes"`
}

const (
	validatedFact = "validated"
	// passes is how often a table that differs is read again while changes go on.
	passes = 4
)

func (validatePhase) draft(_ context.Context, h *hands, _ *store.Migration, _ runbook.Report) (runbook.Draft, error) {
	return runbook.Draft{Plan: runbook.Plan{Steps: []runbook.Step{{ID: "compare", Kind: "compare", Object: strings.Join(h.schemas, ", "), Why: "reads every row of both sides, changes nothing"}}}}, nil
}

func (validatePhase) gate(context.Context, *hands, *store.Migration, runbook.Plan) ([]runbook.Evidence, error) {
	return nil, nil
}

func (validatePhase) step(ctx context.Context, h *hands, m *store.Migration, _ runbook.Plan, _ runbook.Step, report runbook.Report) (runbook.Result, error) {
	tables, err := h.tables(ctx)
	if err != nil {
		return runbook.Result{}, err
	}
	stats, err := h.statistics(ctx, m)
	if err != nil {
		return runbook.Result{}, err
	}
	done := Validated{Tables: len(tables), At: time.Now(), Changes: changes(stats), DMS: map[string]int{}}
	for _, s := range stats {
		if s.ValidationState != "" && s.Table != markerTable {
			done.DMS[s.ValidationState]++
		}
	}
	results, moving, suspect, err := h.compareTables(ctx, tables, report)
	if err != nil {
		return runbook.Result{}, err
	}
	done.Results, done.Moving, done.Suspect = results, moving, suspect
	var different []string
	for _, r := range results {
		done.Rows += r.SourceRows
		switch {
		case r.Equal:
			done.Equal++
		case !slices.Contains(moving, r.Target.Table):
			different = append(different, r.Target.Table)
		}
	}
	if len(different) > 0 {
		return runbook.Result{}, differentProblem(results, different)
	}
	return runbook.Result{Facts: map[string]any{validatedFact: done}}, nil
}

// differentProblem names the tables that differ, and rows of each.
func differentProblem(results []compare.Result, different []string) *runbook.Problem {
	p := &runbook.Problem{What: fmt.Sprintf("%d of %d tables are not equal: %s.", len(different), len(results), quoted(different)),
		Do: "Look at the rows on both sides. Put single rows right on PostgreSQL and run /migrate-validate again; or stop the task and load everything again: /migrate-prepare, /migrate-load and on."}
	var means []string
	for _, r := range results {
		if !slices.Contains(different, r.Target.Table) {
			continue
		}
		text := fmt.Sprintf("`%s` has %d rows on Oracle and %d on PostgreSQL", r.Target.Table, r.SourceRows, r.TargetRows)
		var keys []string
		for _, s := range r.Samples {
			keys = append(keys, strings.Join(s.Key, "/")+" is "+s.Kind)
		}
		if len(keys) > 0 {
			text += "; by primary key: " + some(keys)
		}
		if r.Note != "" {
			text += " (" + r.Note + ")"
		}
		means = append(means, text+".")
	}
	p.Means = strings.Join(means, " ")
	return p
}

// statistics are the task's tables.
func (h *hands) statistics(ctx context.Context, m *store.Migration) ([]dms.TableStat, error) {
	client, err := h.dms(ctx)
	if err != nil {
		return nil, err
	}
	stats, err := client.TableStatistics(ctx, fact(m, taskFact))
	if err != nil {
		return nil, problem("The task's tables can't be read.", err)
	}
	return stats, nil
}

// changes counts the captured changes by source table.
func changes(stats []dms.TableStat) map[string]int64 {
	n := map[string]int64{}
	for _, s := range stats {
		n[s.Schema+"."+s.Table] = s.Inserts + s.Updates + s.Deletes
	}
	return n
}

// compareTables compares tables while changes go on: what differs is read again after a marker has passed. A table that stands still and
// differs is different; one that changes all the while is moving. suspect are the rows of moving tables that differed every time.
func (h *hands) compareTables(ctx context.Context, tables []compare.Table, report runbook.Report) (results []compare.Result, moving []string, suspect map[string][]string, err error) {
	if results, err = h.compareOnce(ctx, tables, report); err != nil {
		return nil, nil, nil, err
	}
	open := unequal(results)
	always := map[int][]compare.Sample{}
	for _, i := range open {
		always[i] = results[i].Samples
	}
	for pass := 1; pass < passes && len(open) > 0; pass++ {
		if _, err := h.markerTrip(ctx, markerWait); err != nil {
			return nil, nil, nil, err
		}
		var again []compare.Table
		for _, i := range open {
			again = append(again, tables[i])
		}
		next, err := h.compareOnce(ctx, again, report)
		if err != nil {
			return nil, nil, nil, err
		}
		var still []int
		for n, i := range open {
			before, now := results[i], next[n]
			results[i] = now
			always[i] = both(always[i], now.Samples)
			// Nothing moved on either side while a marker passed: what differs now will differ for ever.
			if !now.Equal && (before.SourceSum != now.SourceSum || before.TargetSum != now.TargetSum) {
				still = append(still, i)
			}
		}
		open = still
	}
	suspect = map[string][]string{}
	for _, i := range open {
		name := results[i].Target.Table
		moving = append(moving, name)
		for _, s := range always[i] {
			suspect[name] = append(suspect[name], strings.Join(s.Key, "/"))
		}
	}
	return results, moving, suspect, nil
}

// both are the rows that differ in the same way in two readings.
func both(a, b []compare.Sample) []compare.Sample {
	return slices.DeleteFunc(slices.Clone(a), func(s compare.Sample) bool {
		return !slices.ContainsFunc(b, func(o compare.Sample) bool { return o.Kind == s.Kind && slices.Equal(o.Key, s.Key) })
	})
}

func unequal(results []compare.Result) []int {
	var open []int
	for i, r := range results {
		if !r.Equal {
			open = append(open, i)
		}
	}
	return open
}

func (validatePhase) conclude(_ context.Context, _ *hands, m *store.Migration, _ runbook.Plan) (runbook.Result, error) {
	var done Validated
	if _, err := m.Fact(validatedFact, &done); err != nil {
		return runbook.Result{}, err
	}
	return runbook.Result{Data: done}, nil
}
