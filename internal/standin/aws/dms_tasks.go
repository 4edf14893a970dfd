// SPDX-License-Identifier: Apache-2.0

package aws

import (
	"slices"
	"strings"
	"time"

	"github.com/ferryman/ferryman/internal/standin/aws/engine"
	"github.com/ferryman/ferryman/internal/standin/aws/mapping"
	"github.com/ferryman/ferryman/internal/standin/aws/settings"
)

// task is a replication task. Its fields are guarded by the server's lock, but for state, which guards itself.
type task struct {
	arn, id, kind  string // kind is the migration type
	instance       *instance
	source, target *endpoint
	mappings       string
	data           string
	startAt        string // CdcStartPosition
	stopAt         string // CdcStopPosition
	rules          *mapping.Rules
	settings       *settings.Settings
	created        time.Time
	state          *engine.State

	status, stopReason, failure string
	started, fresh, stopped     time.Time
	ran                         bool // it was started before
	halt                        func(error)
}

// active says that the task is running or about to change its state by itself.
func (t *task) active() bool {
	return slices.Contains([]string{"starting", "running", "stopping"}, t.status)
}

func (t *task) logGroup() string  { return "dms-tasks-" + t.instance.ReplicationInstanceIdentifier }
func (t *task) logStream() string { return "dms-task-" + resourceID(t.arn) }

type shownTask struct {
	CdcStartPosition            string `json:",omitempty"`
	CdcStopPosition             string `json:",omitempty"`
	LastFailureMessage          string `json:",omitempty"`
	MigrationType               string
	RecoveryCheckpoint          string `json:",omitempty"`
	ReplicationInstanceArn      string
	ReplicationTaskArn          string
	ReplicationTaskCreationDate epoch
	ReplicationTaskIdentifier   string
	ReplicationTaskSettings     string      `json:",omitempty"`
	ReplicationTaskStartDate    epoch       `json:",omitzero"`
	ReplicationTaskStats        *shownStats `json:",omitempty"`
	SourceEndpointArn           string
	Status                      string
	StopReason                  string `json:",omitempty"`
	TableMappings               string `json:",omitempty"`
	TargetEndpointArn           string
	TaskData                    string `json:",omitempty"`
}

type shownStats struct {
	ElapsedTimeMillis       int64
	FreshStartDate          epoch `json:",omitzero"`
	FullLoadFinishDate      epoch `json:",omitzero"`
	FullLoadProgressPercent int
	FullLoadStartDate       epoch `json:",omitzero"`
	StartDate               epoch `json:",omitzero"`
	StopDate                epoch `json:",omitzero"`
	TablesErrored           int
	TablesLoaded            int
	TablesLoading           int
	TablesQueued            int
}

func (t *task) shown(withSettings bool) *shownTask {
	out := &shownTask{
		CdcStartPosition: t.startAt, CdcStopPosition: t.stopAt, LastFailureMessage: t.failure, MigrationType: t.kind,
		RecoveryCheckpoint: t.state.Checkpoint(), ReplicationInstanceArn: t.instance.ReplicationInstanceArn,
		ReplicationTaskArn: t.arn, ReplicationTaskCreationDate: epoch(t.created), ReplicationTaskIdentifier: t.id,
		ReplicationTaskStartDate: epoch(t.started), SourceEndpointArn: t.source.arn, Status: t.status, StopReason: t.stopReason,
		TargetEndpointArn: t.target.arn, TaskData: t.data,
	}
	if withSettings {
		out.ReplicationTaskSettings = t.settings.Document(t.logGroup(), t.logStream())
		out.TableMappings = t.mappings
	}
	if t.ran {
		p := t.state.Progress()
		end := time.Now()
		if !t.stopped.IsZero() {
			end = t.stopped
		}
		out.ReplicationTaskStats = &shownStats{
			ElapsedTimeMillis: end.Sub(t.started).Milliseconds(), FreshStartDate: epoch(t.fresh), StartDate: epoch(t.started),
			StopDate: epoch(t.stopped), FullLoadStartDate: epoch(p.LoadStarted), FullLoadFinishDate: epoch(p.LoadFinished),
			FullLoadProgressPercent: p.Percent, TablesErrored: p.Errored, TablesLoaded: p.Loaded, TablesLoading: p.Loading,
			TablesQueued: p.Queued,
		}
	}
	return out
}

type taskOutput struct{ ReplicationTask *shownTask }

type createTaskInput struct {
	MigrationType             string `aws:"required"`
	ReplicationInstanceArn    string `aws:"required"`
	ReplicationTaskIdentifier string `aws:"required"`
	SourceEndpointArn         string `aws:"required"`
	TableMappings             string `aws:"required"`
	TargetEndpointArn         string `aws:"required"`
	CdcStartPosition          string
	CdcStartTime              epoch
	CdcStopPosition           string
	ReplicationTaskSettings   string
	ResourceIdentifier        string
	Tags                      []tag
	TaskData                  string
}

var migrationTypes = []string{engine.FullLoad, engine.CDC, engine.FullLoadAndCDC}

func (s *Server) createTask(in *createTaskInput) (*taskOutput, error) {
	if err := checkIdentifier("ReplicationTaskIdentifier", in.ReplicationTaskIdentifier, 255); err != nil {
		return nil, err
	}
	if !slices.Contains(migrationTypes, in.MigrationType) {
		return nil, badValue("MigrationType %.40q is not one of %s.", in.MigrationType, strings.Join(migrationTypes, ", "))
	}
	rules, err := mapping.Parse(in.TableMappings)
	if err != nil {
		return nil, badValue("%s", err)
	}
	parsed, err := settings.Parse(in.ReplicationTaskSettings)
	if err != nil {
		return nil, badValue("%s", err)
	}
	if err := checkPositions(in.CdcStartPosition, in.CdcStartTime, in.CdcStopPosition); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	id := strings.ToLower(in.ReplicationTaskIdentifier)
	for _, other := range s.tasks {
		if other.id == id {
			return nil, exists("Replication Task %s already exists.", id)
		}
	}
	source, err := s.endpointOfKind(in.SourceEndpointArn, "source")
	if err != nil {
		return nil, err
	}
	target, err := s.endpointOfKind(in.TargetEndpointArn, "target")
	if err != nil {
		return nil, err
	}
	on, err := s.availableInstance(in.ReplicationInstanceArn)
	if err != nil {
		return nil, err
	}
	arn, err := s.newARN("task", in.ResourceIdentifier)
	if err != nil {
		return nil, err
	}
	if err := s.tag(arn, in.Tags); err != nil {
		return nil, err
	}
	created := &task{arn: arn, id: id, kind: in.MigrationType, instance: on, source: source, target: target, mappings: in.TableMappings,
		data: in.TaskData, startAt: in.CdcStartPosition, stopAt: in.CdcStopPosition, rules: rules, settings: parsed,
		created: time.Now(), status: "creating", state: engine.NewState()}
	s.tasks[arn] = created
	s.event("replication-task", id, "creation", "Replication task created")
	s.after(s.opts.Delays.Task, func() { created.status = "ready" })
	return &taskOutput{created.shown(true)}, nil
}

func (s *Server) endpointOfKind(arn, kind string) (*endpoint, error) {
	found := s.endpoints[arn]
	if found == nil {
		return nil, notFound("Endpoint %.200s not found.", arn)
	}
	if found.kind != kind {
		return nil, badValue("Endpoint %s is not a %s endpoint.", found.id, kind)
	}
	return found, nil
}

// checkPositions refuses positions that the engine could not honour.
func checkPositions(start string, startTime epoch, stop string) error {
	if !startTime.IsZero() {
		if start != "" {
			return badCombination("CdcStartTime and CdcStartPosition can't both be given.")
		}
		return badCombination("CdcStartTime is not served here; give CdcStartPosition with an SCN or a checkpoint.")
	}
	if start != "" {
		if _, err := engine.ParsePosition(start); err != nil {
			return badValue("CdcStartPosition: %s", err)
		}
	}
	if stop != "" {
		if _, err := engine.ParseStop(stop); err != nil {
			return badValue("CdcStopPosition: %s", err)
		}
	}
	return nil
}
