// SPDX-License-Identifier: Apache-2.0

package aws

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/ferryman/ferryman/internal/standin/aws/engine"
)

type startTaskInput struct {
	ReplicationTaskArn       string `aws:"required"`
	StartReplicationTaskType string `aws:"required"`
	CdcStartPosition         string
	CdcStartTime             epoch
	CdcStopPosition          string
}

func (s *Server) startTask(in *startTaskInput) (*taskOutput, error) {
	if err := checkPositions(in.CdcStartPosition, in.CdcStartTime, in.CdcStopPosition); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.tasks[in.ReplicationTaskArn]
	if t == nil {
		return nil, notFound("Task %.200s not found", in.ReplicationTaskArn)
	}
	if !slices.Contains([]string{"ready", "stopped", "failed"}, t.status) {
		return nil, wrongState("Replication Task cannot be started, invalid state")
	}
	if t.instance.ReplicationInstanceStatus != "available" {
		return nil, wrongState("Replication Instance %s is not in the available state: it is %s.",
			t.instance.ReplicationInstanceIdentifier, t.instance.ReplicationInstanceStatus)
	}
	start, err := t.startMode(in)
	if err != nil {
		return nil, err
	}
	for _, e := range []*endpoint{t.source, t.target} {
		tested := s.connections[connectionKey{e.arn, t.instance.ReplicationInstanceArn}]
		if tested == nil || tested.Status != "successful" {
			return nil, wrongState("Test connection for replication instance and endpoint should be successful for starting the replication task")
		}
	}
	job, err := s.job(t)
	if err != nil {
		return nil, wrongState("%s", err)
	}
	t.startAt, t.stopAt = cmp.Or(in.CdcStartPosition, t.startAt), cmp.Or(in.CdcStopPosition, t.stopAt)
	if t.stopAt != "" {
		job.Stop, _ = engine.ParseStop(t.stopAt) // checked when it was given
	}
	s.run(t, job, start)
	return &taskOutput{t.shown(true)}, nil
}

func (t *task) startMode(in *startTaskInput) (engine.Start, error) {
	start := engine.Start{}
	switch in.StartReplicationTaskType {
	case "start-replication":
		if t.ran && t.kind != engine.CDC {
			return start, badCombination("Start Type : START_REPLICATION, valid only for tasks running for the first time")
		}
		start.Mode = engine.Fresh
	case "resume-processing":
		if !t.ran {
			return start, badCombination("Start Type : RESUME_PROCESSING, not valid for tasks running for the first time")
		}
		start.Mode = engine.Resume
	case "reload-target":
		if !t.ran || t.kind == engine.CDC {
			return start, badCombination("Start Type : RELOAD_TARGET, valid only for tasks with a full load that have run before")
		}
		start.Mode = engine.Reload
	default:
		return start, badValue("StartReplicationTaskType %.40q is not one of start-replication, resume-processing, reload-target.",
			in.StartReplicationTaskType)
	}
	if position := cmp.Or(in.CdcStartPosition, t.startAt); position != "" && start.Mode == engine.Fresh {
		if t.kind != engine.CDC {
			return start, badCombination("CdcStartPosition is for tasks of migration type cdc.")
		}
		start.From, _ = engine.ParsePosition(position) // checked when it was given
	}
	return start, nil
}

// job makes the engine's view of a task.
func (s *Server) job(t *task) (*engine.Job, error) {
	source, err := s.oracle(t.source)
	if err != nil {
		return nil, err
	}
	target, err := s.postgres(t.target)
	if err != nil {
		return nil, err
	}
	job := &engine.Job{
		Name: resourceID(t.arn), Server: t.instance.ReplicationInstanceIdentifier, Type: t.kind, Source: *source, Target: *target,
		Rules: t.rules, Settings: t.settings, PollInterval: s.opts.PollInterval, RecoverFor: s.opts.RecoverFor,
		RowsPerSecond: s.opts.LoadRowsPerSecond, FailTable: s.faults.table, Held: s.faults.held, Log: func(engine.Line) {},
	}
	if t.settings.Logging.EnableLogging {
		group, stream := t.logGroup(), t.logStream()
		job.Log = func(line engine.Line) {
			at := time.Now()
			s.logs.write(group, stream, at, line.Format(at))
		}
	}
	return job, nil
}

var (
	errStopped = errors.New("the task was stopped")
	errKilled  = errors.New("the replication instance was lost")
)

// run takes a task through starting and running to its end. The caller holds the lock.
func (s *Server) run(t *task, job *engine.Job, start engine.Start) {
	ctx, halt := context.WithCancelCause(s.ctx)
	began := time.Now()
	t.status, t.stopReason, t.failure, t.halt = "starting", "", "", halt
	t.started, t.stopped = began, time.Time{}
	if start.Mode != engine.Resume || !t.ran {
		t.fresh = began
	}
	t.ran = true
	s.event("replication-task", t.id, "state change", "Replication task started")
	t.state.Prepare(start.Mode)
	s.running.Go(func() {
		defer halt(nil)
		select {
		case <-ctx.Done():
		case <-time.After(s.opts.Delays.Task):
		}
		s.mu.Lock()
		if t.status == "starting" {
			t.status = "running"
		}
		s.mu.Unlock()
		outcome := job.Run(ctx, t.state, start)
		cause := context.Cause(ctx)
		if errors.Is(cause, errStopped) {
			select {
			case <-s.ctx.Done():
			case <-time.After(s.opts.Delays.Task):
			}
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		t.stopped = time.Now()
		switch {
		case errors.Is(cause, errKilled):
			outcome = engine.Outcome{Failure: engine.FailureMessage("Replication instance failure; task will need to be resumed.", "RECOVERABLE_ERROR")}
		case errors.Is(cause, errStopped):
			outcome = engine.Outcome{StopReason: engine.StoppedNormally}
		}
		if outcome.Failure != "" {
			t.status, t.stopReason, t.failure = "failed", outcome.Failure, outcome.Failure
			s.event("replication-task", t.id, "failure", "Replication task failed")
			return
		}
		t.status, t.stopReason = "stopped", outcome.StopReason
		s.event("replication-task", t.id, "state change", "Replication task stopped")
	})
}

func (s *Server) stopTask(in *taskARN) (*taskOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.tasks[in.ReplicationTaskArn]
	if t == nil {
		return nil, notFound("Task %.200s not found", in.ReplicationTaskArn)
	}
	if t.status != "running" {
		return nil, wrongState("Replication Task cannot be stopped, it is not running: it is %s", t.status)
	}
	t.status = "stopping"
	t.halt(errStopped)
	return &taskOutput{t.shown(true)}, nil
}

// KillTasks ends all running tasks at once, as the loss of their replication instance would: they are failed, with a recoverable
// error, and may be resumed.
func (s *Server) KillTasks() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.tasks {
		if t.active() {
			t.halt(errKilled)
		}
	}
}
