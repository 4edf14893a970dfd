// SPDX-License-Identifier: Apache-2.0

package phases

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/ferryman/ferryman/internal/compare"
	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/dms"
	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
	"github.com/jackc/pgx/v5"
)

// LoadPlanned is what load will do.
type LoadPlanned struct {
	Tables int `json:"tables"`
	// Rows are what the source's statistics promise; -1 is unknown.
	Rows  int64 `json:"rows"`
	Again bool  `json:"again"`
	// Bytes is what the tables take on the target now, TargetRows how many rows they have by its statistics, where they are to be emptied;
	// -1 is unknown.
	Bytes      int64 `json:"bytes"`
	TargetRows int64 `json:"target_rows"`
}

type taskArgs struct {
	Mapping  json.RawMessage `json:"mapping"`
	Settings json.RawMessage `json:"settings"`
}

type startArgs struct {
	How dms.StartType `json:"how"`
}

func (loadPhase) draft(ctx context.Context, h *hands, m *store.Migration, _ runbook.Report) (runbook.Draft, error) {
	tables, err := h.tables(ctx)
	if err != nil {
		return runbook.Draft{}, err
	}
	if len(tables) == 0 {
		return runbook.Draft{}, &runbook.Problem{What: "No table of " + strings.Join(h.schemas, ", ") + " is on the target.", Do: "Run /migrate-schema first."}
	}
	client, err := h.dms(ctx)
	if err != nil {
		return runbook.Draft{}, err
	}
	names := dms.NamesFor(m.Name)
	follow := runbook.Step{ID: "follow", Kind: "follow", Object: names.Task, Why: "until it has stopped after the cached changes", Looks: true}
	again, going, err := taskBefore(ctx, client, m, names.Task, scope(tables))
	if err != nil {
		return runbook.Draft{}, err
	}
	if going {
		return runbook.Draft{Plan: runbook.Plan{Steps: []runbook.Step{follow}}, Summary: h.planned(tables, false)}, nil
	}
	src, err := h.source(ctx)
	if err != nil {
		return runbook.Draft{}, err
	}
	task, err := h.taskArgs(tables, src.User())
	if err != nil {
		return runbook.Draft{}, err
	}
	instance := names.Instance
	if h.profile.AWS.Instance.ID != "" {
		instance = h.profile.AWS.Instance.ID
	}
	steps := []runbook.Step{
		{ID: "instance", Kind: "instance", Object: instance, Why: "the replication instance"},
		{ID: "endpoint-source", Kind: "endpoint_source", Object: names.Source, Why: h.ends.SourceDMS.String()},
		{ID: "endpoint-target", Kind: "endpoint_target", Object: names.Target, Why: h.ends.TargetDMS.String()},
		{ID: "test-source", Kind: "test_source", Object: names.Source, Why: "the instance connects to it"},
		{ID: "test-target", Kind: "test_target", Object: names.Target, Why: "the instance connects to it"},
		{ID: "refresh", Kind: "refresh", Object: names.Source, Why: "DMS reads the schemas"},
		{ID: "task", Kind: "task", Object: names.Task, Why: "full load and changes, stops after the cached changes", Args: task},
	}
	planned := h.planned(tables, again)
	how := dms.Start
	if again {
		how = dms.Reload
		steps = append(steps, runbook.Step{ID: "empty", Kind: "empty", Object: fmt.Sprintf("%d tables", len(tables)), Why: "what the last load left would be loaded twice", SQL: []string{truncate(tables, convert.TargetName(src.User()))}})
		planned.Bytes, planned.TargetRows = h.tableBytes(ctx, tables), h.tableRows(ctx, tables)
	}
	draft := runbook.Draft{Summary: planned}
	if again {
		draft.TwoPeople = "it empties tables on the target"
	}
	start, err := args(startArgs{How: how})
	if err != nil {
		return draft, err
	}
	draft.Plan.Steps = append(steps, runbook.Step{ID: "start", Kind: "start", Object: names.Task, Args: start}, follow)
	return draft, nil
}

// tables are the tables to move, as they are now.
func (h *hands) tables(ctx context.Context) ([]compare.Table, error) {
	d, err := h.dictionary(ctx, nil)
	if err != nil {
		return nil, err
	}
	cat, err := h.catalog(ctx)
	if err != nil {
		return nil, err
	}
	return obeyTables(movedTables(d, cat), d, h.decided), nil
}

// taskBefore tells whether the task was started before, and whether that load is still this phase's to follow to its end: the phase may
// have failed because AWS could not be read, while the task went on.
func taskBefore(ctx context.Context, client *dms.Client, m *store.Migration, id string, names []dms.TableName) (again, going bool, err error) {
	task, err := client.FindTask(ctx, id)
	var absent *dms.NotFoundError
	if errors.As(err, &absent) {
		return false, false, nil
	}
	if err != nil {
		return false, false, problem("AWS DMS does not say whether the task was started before.", err)
	}
	if task.StartDate.IsZero() {
		return false, false, nil
	}
	var loading bool
	if _, err := m.Fact(loadingFact, &loading); err != nil || !loading {
		return true, false, err
	}
	stats, err := client.TableStatistics(ctx, task.ARN)
	if err != nil {
		return true, false, problem("The task's tables can't be read.", err)
	}
	verdict := dms.Judge(task, stats, names)
	return true, verdict.Outcome != dms.Failed, nil
}

func (h *hands) taskArgs(tables []compare.Table, user string) (json.RawMessage, error) {
	mapping, err := dms.TableMappings(dms.MappingSpec{Tables: scope(tables), Marker: dms.TableName{Schema: user, Table: markerTable},
		Only: mappingFilters(tables), Without: h.withoutColumns(tables)})
	if err != nil {
		return nil, problem("The table mapping can't be made.", err)
	}
	aws := h.profile.AWS
	spec := dms.SettingsSpec{FullLOB: aws.LOB.Mode == "full", LOBMaxKB: aws.LOB.MaxKB, MaxSubtasks: aws.MaxFullLoadSubtasks, Validation: aws.Validation}
	if h.ends.TargetDMS.User != h.ends.Target.User {
		spec.ControlSchema = controlSchema
	}
	settings, err := dms.TaskSettings(spec)
	if err != nil {
		return nil, problem("The task settings can't be made.", err)
	}
	return args(taskArgs{Mapping: json.RawMessage(mapping), Settings: json.RawMessage(settings)})
}

func (h *hands) planned(tables []compare.Table, again bool) LoadPlanned {
	planned := LoadPlanned{Tables: len(tables), Again: again}
	rows := expected(h.dict, whole(tables))
	for _, n := range rows {
		planned.Rows += n
	}
	if len(rows) < len(tables) {
		planned.Rows = -1
	}
	return planned
}

// truncate empties all tables in one statement: PostgreSQL allows it only so where foreign keys point among them. The marker table is
// the task's as well.
func truncate(tables []compare.Table, markerSchema string) string {
	names := make([]string, len(tables), len(tables)+1)
	for i, t := range tables {
		names[i] = pgx.Identifier{t.Target.Schema, t.Target.Table}.Sanitize()
	}
	names = append(names, pgx.Identifier{markerSchema, convert.TargetName(markerTable)}.Sanitize())
	return "TRUNCATE " + strings.Join(names, ", ")
}
