// SPDX-License-Identifier: Apache-2.0

package phases

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ferryman/ferryman/internal/compare"
	"github.com/ferryman/ferryman/internal/dms"
	"github.com/ferryman/ferryman/internal/oracle"
	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
	"github.com/jackc/pgx/v5"
)

// named is how many objects a piece of evidence names.
const named = 5

func (loadPhase) gate(ctx context.Context, h *hands, _ *store.Migration, plan runbook.Plan) ([]runbook.Evidence, error) {
	if len(plan.Steps) == 1 { // to follow what was started already
		return nil, nil
	}
	if err := h.freshDictionary(ctx); err != nil {
		return nil, err
	}
	tables, err := h.tables(ctx)
	if err != nil {
		return nil, err
	}
	src, err := h.source(ctx)
	if err != nil {
		return nil, err
	}
	ready, err := src.Readiness(ctx, h.schemas)
	if err != nil {
		return nil, problem("Whether the source is ready can't be read.", err)
	}
	evidence := []runbook.Evidence{archiveLog(ready), minimalLogging(ready), tableLogging(ready, tables)}
	if filtered := filterLogging(h.dict, ready, tables); filtered != nil {
		filtered.ReadAt = h.looked()
		evidence = append(evidence, *filtered)
	}
	aside, err := h.stillAside(ctx)
	if err != nil {
		return nil, err
	}
	evidence = append(evidence, aside)
	if slices.ContainsFunc(plan.Steps, func(s runbook.Step) bool { return s.Kind == "empty" }) {
		rests, err := h.restsEvidence(ctx, dms.NamesFor(plan.Migration).Task)
		if err != nil {
			return nil, err
		}
		return append(evidence, rests), nil
	}
	empty, err := h.emptyTables(ctx, tables)
	if err != nil {
		return nil, err
	}
	return append(evidence, empty), nil
}

// restsEvidence looks whether the task does not run.
func (h *hands) restsEvidence(ctx context.Context, id string) (runbook.Evidence, error) {
	client, err := h.dms(ctx)
	if err != nil {
		return runbook.Evidence{}, err
	}
	task, err := client.FindTask(ctx, id)
	var absent *dms.NotFoundError
	if errors.As(err, &absent) {
		return runbook.Evidence{Name: taskRestsName, Holds: true, Query: "DescribeReplicationTasks", Value: "there is none", ReadAt: time.Now()}, nil
	}
	if err != nil {
		return runbook.Evidence{}, problem("The replication task can't be read.", err)
	}
	return taskRests(task), nil
}

const taskRestsName = "the task does not run"

func taskRests(task dms.TaskStatus) runbook.Evidence {
	return runbook.Evidence{
		Name: taskRestsName, Holds: slices.Contains([]string{"ready", "stopped", "failed"}, task.Status), Query: "DescribeReplicationTasks", Value: task.Status, ReadAt: task.ReadAt,
		Fix: "Stop it: aws dms stop-replication-task --replication-task-arn " + task.ARN,
	}
}

func archiveLog(r *oracle.Readiness) runbook.Evidence {
	return runbook.Evidence{
		Name: "the source keeps its redo", Holds: r.Database.LogMode == "ARCHIVELOG", Query: "SELECT log_mode FROM v$database", Value: or(r.Database.LogMode, "unknown"), ReadAt: r.ReadAt,
		Fix: "Put the database into ARCHIVELOG mode (on RDS: turn automatic backups on).",
	}
}

func minimalLogging(r *oracle.Readiness) runbook.Evidence {
	value := r.Database.SupplementalMin
	return runbook.Evidence{
		Name: "minimal supplemental logging", Holds: value == "YES" || value == "IMPLICIT", Query: "SELECT supplemental_log_data_min FROM v$database", Value: or(value, "unknown"), ReadAt: r.ReadAt,
		Fix: "ALTER DATABASE ADD SUPPLEMENTAL LOG DATA; it waits for every open transaction.",
	}
}

// tableLogging looks whether every table logs what DMS needs to find a row: its primary key, or all columns where it has none.
func tableLogging(r *oracle.Readiness, tables []compare.Table) runbook.Evidence {
	wanted := map[string]bool{}
	for _, t := range tables {
		wanted[t.Source.Schema+"."+t.Source.Table] = true
	}
	var missing, fixes []string
	for _, t := range r.Tables {
		if !wanted[t.Owner+"."+t.Table] {
			continue
		}
		columns := ""
		switch {
		case r.Database.SupplementalAll == "YES" || t.Level == "all":
		case !t.HasPK:
			columns = "ALL"
		case r.Database.SupplementalPK != "YES" && t.Level == "none":
			columns = "PRIMARY KEY"
		}
		if columns != "" {
			missing = append(missing, t.Owner+"."+t.Table)
			fixes = append(fixes, fmt.Sprintf("ALTER TABLE %q.%q ADD SUPPLEMENTAL LOG DATA (%s) COLUMNS;", t.Owner, t.Table, columns))
		}
	}
	value := fmt.Sprintf("%d tables log what is needed", len(wanted))
	if len(missing) > 0 {
		value = "missing on " + some(missing)
	}
	return runbook.Evidence{Name: "supplemental logging of every table", Holds: len(missing) == 0, Query: "ALL_LOG_GROUPS, v$database", Value: value, ReadAt: r.ReadAt, Fix: strings.Join(fixes[:min(len(fixes), named)], "\n")}
}

// stillAside looks whether the target has anything that prepare would set aside today.
func (h *hands) stillAside(ctx context.Context) (runbook.Evidence, error) {
	left, err := h.inPlace(ctx)
	if err != nil {
		return runbook.Evidence{}, err
	}
	value := "nothing in place that would stop the load"
	if len(left) > 0 {
		value = "in place: " + some(left)
	}
	return runbook.Evidence{Name: "what prepare set aside is still aside", Holds: len(left) == 0, Query: "pg_catalog", Value: value, ReadAt: h.looked(), Fix: "Run /migrate-prepare again."}, nil
}

// emptyTables looks whether the target's tables hold rows: DMS would load its own beside them.
func (h *hands) emptyTables(ctx context.Context, tables []compare.Table) (runbook.Evidence, error) {
	pool, err := h.targetRows(ctx)
	if err != nil {
		return runbook.Evidence{}, err
	}
	var full []string
	for _, t := range tables {
		var any bool
		name := pgx.Identifier{t.Target.Schema, t.Target.Table}.Sanitize()
		if err := pool.QueryRow(ctx, "SELECT EXISTS (SELECT FROM "+name+")").Scan(&any); err != nil {
			return runbook.Evidence{}, problem("Table "+name+" can't be read.", err)
		}
		if any {
			full = append(full, t.Target.Table)
		}
	}
	value := fmt.Sprintf("%d tables are empty", len(tables))
	if len(full) > 0 {
		value = "rows in " + some(full)
	}
	return runbook.Evidence{Name: "the target's tables are empty", Holds: len(full) == 0, Query: "SELECT EXISTS (SELECT FROM …)", Value: value, ReadAt: time.Now(), Fix: "Empty them, if their rows are not needed."}, nil
}

// some names the first few of a list.
func some(names []string) string {
	if len(names) <= named {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:named], ", "), len(names)-named)
}

func or(s, instead string) string {
	if s == "" {
		return instead
	}
	return s
}

func quoted(names []string) string { return "`" + strings.Join(names, "`, `") + "`" }
