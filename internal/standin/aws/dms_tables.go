// SPDX-License-Identifier: Apache-2.0

package aws

import (
	"github.com/ferryman/ferryman/internal/standin/aws/engine"
)

var tableBounds = bounds{20, 500, 100}

type describeTablesInput struct {
	describe
	ReplicationTaskArn string `aws:"required"`
}

type shownTable struct {
	AppliedDdls                  int64
	AppliedDeletes               int64
	AppliedInserts               int64
	AppliedUpdates               int64
	Ddls                         int64
	Deletes                      int64
	FullLoadCondtnlChkFailedRows int64
	FullLoadEndTime              epoch `json:",omitzero"`
	FullLoadErrorRows            int64
	FullLoadReloaded             bool
	FullLoadRows                 int64
	FullLoadStartTime            epoch `json:",omitzero"`
	Inserts                      int64
	LastUpdateTime               epoch `json:",omitzero"`
	SchemaName                   string
	TableName                    string
	TableState                   string
	Updates                      int64
	ValidationFailedRecords      int64
	ValidationPendingRecords     int64
	ValidationState              string
	ValidationStateDetails       string `json:",omitempty"`
	ValidationSuspendedRecords   int64
}

type describeTablesOutput struct {
	Marker             string `json:",omitempty"`
	ReplicationTaskArn string
	TableStatistics    []shownTable
}

func (s *Server) describeTables(in *describeTablesInput) (*describeTablesOutput, error) {
	s.mu.Lock()
	t := s.tasks[in.ReplicationTaskArn]
	s.mu.Unlock()
	if t == nil {
		return nil, notFound("Task %.200s not found", in.ReplicationTaskArn)
	}
	all, err := matches(t.state.Tables(), in.Filters, map[string]func(engine.TableStatistics) string{
		"schema-name": func(t engine.TableStatistics) string { return t.Schema },
		"table-name":  func(t engine.TableStatistics) string { return t.Table },
		"table-state": func(t engine.TableStatistics) string { return t.State },
	})
	if err != nil {
		return nil, err
	}
	some, next, err := page(all, in.Marker, in.MaxRecords, tableBounds)
	out := &describeTablesOutput{Marker: next, ReplicationTaskArn: t.arn, TableStatistics: []shownTable{}}
	for _, t := range some {
		out.TableStatistics = append(out.TableStatistics, shownTable{
			SchemaName: t.Schema, TableName: t.Table, TableState: t.State, FullLoadRows: t.LoadedRows, FullLoadReloaded: t.Reloaded,
			FullLoadStartTime: epoch(t.LoadStarted), FullLoadEndTime: epoch(t.LoadEnded), LastUpdateTime: epoch(t.Updated),
			Inserts: t.Captured.Inserts, Updates: t.Captured.Updates, Deletes: t.Captured.Deletes, Ddls: t.Captured.DDLs,
			AppliedInserts: t.Applied.Inserts, AppliedUpdates: t.Applied.Updates, AppliedDeletes: t.Applied.Deletes, AppliedDdls: t.Applied.DDLs,
			ValidationState: t.Validation.State, ValidationStateDetails: t.Validation.Details,
			ValidationPendingRecords: t.Validation.Pending, ValidationFailedRecords: t.Validation.Failed,
		})
	}
	return out, err
}

type reloadTablesInput struct {
	ReplicationTaskArn string `aws:"required"`
	TablesToReload     []struct {
		SchemaName string
		TableName  string
	} `aws:"required"`
	ReloadOption string
}

type reloadTablesOutput struct{ ReplicationTaskArn string }

func (s *Server) reloadTables(in *reloadTablesInput) (*reloadTablesOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.tasks[in.ReplicationTaskArn]
	if t == nil {
		return nil, notFound("Task %.200s not found", in.ReplicationTaskArn)
	}
	if t.status != "running" {
		return nil, wrongState("Replication Task is not in the running state: it is %s", t.status)
	}
	if len(in.TablesToReload) > 10 {
		return nil, badValue("At most 10 tables can be reloaded at once.")
	}
	def(&in.ReloadOption, "data-reload")
	validation := t.settings.ValidationSettings.EnableValidation
	switch in.ReloadOption {
	case "data-reload":
		if t.kind == engine.CDC {
			return nil, badCombination("Tables of a cdc task can't be reloaded.")
		}
	case "validate-only":
		if !validation {
			return nil, badCombination("ReloadOption validate-only needs a task with validation enabled.")
		}
	default:
		return nil, badValue("ReloadOption %.40q is not one of data-reload, validate-only.", in.ReloadOption)
	}
	var tables []engine.TableName
	for _, table := range in.TablesToReload {
		name := engine.TableName{Schema: table.SchemaName, Table: table.TableName}
		for _, other := range tables {
			if other == name {
				return nil, badValue("Table %s.%s is named more than once.", name.Schema, name.Table)
			}
		}
		if !t.state.Has(name) {
			return nil, badValue("Table %.100s.%.100s is not part of the task.", name.Schema, name.Table)
		}
		tables = append(tables, name)
	}
	if in.ReloadOption == "data-reload" {
		t.state.RequestReload(tables)
		s.event("replication-task", t.id, "configuration change", "Reload of table details requested")
	} else {
		t.state.RequestValidation(tables)
	}
	return &reloadTablesOutput{t.arn}, nil
}

type describeTaskLogsInput struct {
	describe
	ReplicationInstanceArn string `aws:"required"`
}

type taskLog struct {
	ReplicationInstanceTaskLogSize int64
	ReplicationTaskArn             string
	ReplicationTaskName            string
}

type describeTaskLogsOutput struct {
	Marker                      string `json:",omitempty"`
	ReplicationInstanceArn      string
	ReplicationInstanceTaskLogs []taskLog
}

func (s *Server) describeTaskLogs(in *describeTaskLogsInput) (*describeTaskLogsOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.instances[in.ReplicationInstanceArn] == nil {
		return nil, notFound("Replication instance %.200s not found", in.ReplicationInstanceArn)
	}
	all := []taskLog{}
	for _, t := range sorted(s.tasks, func(t *task) string { return t.id }) {
		if t.instance.ReplicationInstanceArn == in.ReplicationInstanceArn {
			all = append(all, taskLog{s.logs.size(t.logGroup(), t.logStream()), t.arn, t.id})
		}
	}
	out := &describeTaskLogsOutput{ReplicationInstanceArn: in.ReplicationInstanceArn}
	var err error
	out.ReplicationInstanceTaskLogs, out.Marker, err = page(all, in.Marker, in.MaxRecords, usualBounds)
	return out, err
}
