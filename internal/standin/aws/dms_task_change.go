// SPDX-License-Identifier: Apache-2.0

package aws

import (
	"cmp"
	"slices"
	"strings"

	"github.com/ferryman/ferryman/internal/standin/aws/mapping"
)

type describeTasksInput struct {
	describe
	WithoutSettings bool
}

type describeTasksOutput struct {
	Marker           string `json:",omitempty"`
	ReplicationTasks []*shownTask
}

func (s *Server) describeTasks(in *describeTasksInput) (*describeTasksOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := sorted(s.tasks, func(t *task) string { return t.id })
	filters := slices.Clone(in.Filters)
	for i, f := range filters { // an endpoint is either of two
		if f.Name == "endpoint-arn" {
			all = slices.DeleteFunc(all, func(t *task) bool {
				return !slices.Contains(f.Values, t.source.arn) && !slices.Contains(f.Values, t.target.arn)
			})
			filters = slices.Delete(filters, i, i+1)
			break
		}
	}
	all, err := matches(all, filters, map[string]func(*task) string{
		"replication-task-arn":     func(t *task) string { return t.arn },
		"replication-task-id":      func(t *task) string { return t.id },
		"migration-type":           func(t *task) string { return t.kind },
		"replication-instance-arn": func(t *task) string { return t.instance.ReplicationInstanceArn },
	})
	if err != nil {
		return nil, err
	}
	if len(all) == 0 && len(in.Filters) > 0 {
		return nil, notFound("No Tasks found matching filter %s", in.Filters[0].Name)
	}
	some, next, err := page(all, in.Marker, in.MaxRecords, usualBounds)
	out := &describeTasksOutput{Marker: next, ReplicationTasks: []*shownTask{}}
	for _, t := range some {
		out.ReplicationTasks = append(out.ReplicationTasks, t.shown(!in.WithoutSettings))
	}
	return out, err
}

type modifyTaskInput struct {
	ReplicationTaskArn        string `aws:"required"`
	CdcStartPosition          string
	CdcStartTime              epoch
	CdcStopPosition           string
	MigrationType             string
	ReplicationTaskIdentifier string
	ReplicationTaskSettings   string
	TableMappings             string
	TaskData                  string
}

func (s *Server) modifyTask(in *modifyTaskInput) (*taskOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.tasks[in.ReplicationTaskArn]
	if t == nil {
		return nil, notFound("Task %.200s not found", in.ReplicationTaskArn)
	}
	if !slices.Contains([]string{"ready", "stopped", "failed"}, t.status) {
		return nil, wrongState("Replication Task, excluding logging severity task settings, cannot be modified while it is %s state", t.status)
	}
	if in.MigrationType != "" && !slices.Contains(migrationTypes, in.MigrationType) {
		return nil, badValue("MigrationType %.40q is not one of %s.", in.MigrationType, strings.Join(migrationTypes, ", "))
	}
	if err := checkPositions(in.CdcStartPosition, in.CdcStartTime, in.CdcStopPosition); err != nil {
		return nil, err
	}
	rules, parsed, id := t.rules, t.settings, t.id
	var err error
	if in.TableMappings != "" {
		if rules, err = mapping.Parse(in.TableMappings); err != nil {
			return nil, badValue("%s", err)
		}
	}
	if in.ReplicationTaskSettings != "" {
		if parsed, err = t.settings.Modify(in.ReplicationTaskSettings); err != nil {
			return nil, badValue("%s", err)
		}
	}
	if in.ReplicationTaskIdentifier != "" {
		id = strings.ToLower(in.ReplicationTaskIdentifier)
		if err := checkIdentifier("ReplicationTaskIdentifier", id, 255); err != nil {
			return nil, err
		}
		for _, other := range s.tasks {
			if other != t && other.id == id {
				return nil, exists("Replication Task %s already exists.", id)
			}
		}
	}
	t.rules, t.settings, t.id = rules, parsed, id
	t.mappings, t.kind = cmp.Or(in.TableMappings, t.mappings), cmp.Or(in.MigrationType, t.kind)
	t.startAt, t.stopAt = cmp.Or(in.CdcStartPosition, t.startAt), cmp.Or(in.CdcStopPosition, t.stopAt)
	replace(&t.data, in.TaskData)
	s.event("replication-task", t.id, "configuration change", "Replication task modified")
	was := t.status
	t.status = "modifying"
	s.after(s.opts.Delays.Task, func() { t.status = was })
	return &taskOutput{t.shown(true)}, nil
}

type taskARN struct {
	ReplicationTaskArn string `aws:"required"`
}

func (s *Server) deleteTask(in *taskARN) (*taskOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.tasks[in.ReplicationTaskArn]
	if t == nil {
		return nil, notFound("Task %.200s not found", in.ReplicationTaskArn)
	}
	if !slices.Contains([]string{"ready", "stopped", "failed"}, t.status) {
		return nil, wrongState("Replication Task %s cannot be deleted, it is %s.", t.id, t.status)
	}
	t.status = "deleting"
	s.event("replication-task", t.id, "deletion", "Replication task deleted")
	s.after(s.opts.Delays.Task, func() {
		delete(s.tasks, t.arn)
		delete(s.tags, t.arn)
		s.logs.remove(t.logGroup(), t.logStream())
	})
	return &taskOutput{t.shown(true)}, nil
}
