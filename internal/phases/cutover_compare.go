// SPDX-License-Identifier: Apache-2.0

package phases

import (
	"context"
	"slices"

	"github.com/ferryman/ferryman/internal/compare"
	"github.com/ferryman/ferryman/internal/dms"
	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
)

// compareChanged compares the tables that saw changes since the last validation, and those that were moving then; all of them where the
// task was started since, for its counts may have begun anew. The source is quiet: what differs now is different.
func (h *hands) compareChanged(ctx context.Context, m *store.Migration, report runbook.Report) (runbook.Result, error) {
	tables, err := h.tables(ctx)
	if err != nil {
		return runbook.Result{}, err
	}
	var last Validated
	if _, err := m.Fact(validatedFact, &last); err != nil {
		return runbook.Result{}, err
	}
	client, err := h.dms(ctx)
	if err != nil {
		return runbook.Result{}, err
	}
	task, err := client.DescribeTask(ctx, fact(m, taskFact))
	if err != nil {
		return runbook.Result{}, problem("The replication task can't be read.", err)
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
		if !known || now[name] != before || slices.Contains(last.Moving, t.Target.Table) || task.StartDate.After(last.At) {
			again = append(again, t)
		}
	}
	if p, err := h.differs(ctx, again, report); p != nil || err != nil {
		if p != nil {
			p.Means += " Nothing was stopped: the task runs on, Oracle can be used on."
			return runbook.Result{}, p
		}
		return runbook.Result{}, err
	}
	return runbook.Result{Facts: map[string]any{comparedFact: len(again), gapsFact: gaps}}, nil
}

// compareAll compares every table while the task is stopped: equal, nothing can be missing.
func (h *hands) compareAll(ctx context.Context, report runbook.Report) (runbook.Result, error) {
	tables, err := h.tables(ctx)
	if err != nil {
		return runbook.Result{}, err
	}
	if p, err := h.differs(ctx, tables, report); p != nil || err != nil {
		if p != nil {
			p.Means += " The task is stopped: what was written on Oracle since is not on the target."
			p.Do = "Run /migrate-replicate, which sets triggers aside again and lets the task go on; then validate and cut over again."
			return runbook.Result{}, p
		}
		return runbook.Result{}, err
	}
	return runbook.Result{Facts: map[string]any{comparedFact: len(tables)}}, nil
}

// differs compares tables of a quiet source once; the problem names those that are not equal.
func (h *hands) differs(ctx context.Context, tables []compare.Table, report runbook.Report) (*runbook.Problem, error) {
	results, err := h.compareOnce(ctx, tables, report)
	if err != nil {
		return nil, err
	}
	var different []string
	for _, r := range results {
		if !r.Equal {
			different = append(different, r.Target.Table)
		}
	}
	if len(different) == 0 {
		return nil, nil
	}
	return differentProblem(results, different), nil
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
