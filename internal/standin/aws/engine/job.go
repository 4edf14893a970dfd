// SPDX-License-Identifier: Apache-2.0

// Package engine moves rows from an Oracle database to a PostgreSQL database as a DMS replication task does: first whole tables, in
// parallel and in no order that foreign keys would like, then the changes that were made meanwhile, transaction by transaction in the
// order of their commits.
package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ferryman/ferryman/internal/standin/aws/mapping"
	"github.com/ferryman/ferryman/internal/standin/aws/settings"
)

// Migration types.
const (
	FullLoad       = "full-load"
	CDC            = "cdc"
	FullLoadAndCDC = "full-load-and-cdc"
)

// Stop reasons, as the API shows them.
const (
	StoppedNormally          = "Stop Reason NORMAL"
	StoppedFullLoadOnly      = "Stop Reason FULL_LOAD_ONLY_FINISHED"
	StoppedAfterFullLoad     = "Stop Reason STOPPED_AFTER_FULL_LOAD"
	StoppedAfterCachedEvents = "Stop Reason STOPPED_AFTER_CACHED_EVENTS"
	StoppedAtServerTime      = "Stop Reason STOPPED_AT_SERVER_TIME"
	StoppedAtCommitTime      = "Stop Reason STOPPED_AT_COMMIT_TIME"
)

// Job is one replication task to be run.
type Job struct {
	Name     string // the task's resource ID: TASK_NAME in the control tables
	Server   string // the replication instance: SERVER_NAME there
	Type     string // migration type
	Source   Oracle
	Target   Postgres
	Rules    *mapping.Rules
	Settings *settings.Settings
	Stop     Stop

	PollInterval  time.Duration // between two looks at the source's redo
	RecoverFor    time.Duration // how long "for ever" is where a lost database is to be reached again
	RowsPerSecond int           // bound of the full load; 0: none

	FailTable func(schema, table string) error // an error to fail a table's load with
	Held      func() <-chan struct{}           // closes when the load may go on; nil: it may now
	Log       func(Line)
}

// Mode is how a run begins.
type Mode int

// The three types of StartReplicationTask.
const (
	Fresh Mode = iota
	Resume
	Reload
)

// Start says where a run begins. From is the SCN to capture from, 0 for now.
type Start struct {
	Mode Mode
	From uint64
}

// Outcome is how a run ended: for a stop reason, or with a failure message.
type Outcome struct {
	StopReason string
	Failure    string
}

// FailureMessage words a failure as the API shows it in LastFailureMessage and, for failed tasks, in StopReason.
func FailureMessage(text, reason string) string {
	level := "FATAL"
	if reason == "RECOVERABLE_ERROR" {
		level = "RECOVERABLE"
	}
	return fmt.Sprintf("Last Error  %s Stop Reason %s Error Level %s", text, reason, level)
}

// fatal is an error that ends the task whatever its settings say about retries.
type fatal struct{ text string }

func (f fatal) Error() string { return f.text }

// Run works until the task is finished, has failed or ctx ends. state carries over from run to run.
func (j *Job) Run(ctx context.Context, state *State, start Start) Outcome {
	j.info("TASK_MANAGER", "Task '%s' running %s in %s mode", j.Name, j.Type, [...]string{"fresh start", "resume", "reload target"}[start.Mode])
	attempts := 0
	for {
		r := &run{Job: j, state: state}
		reason, err := r.once(ctx, start)
		if ctx.Err() != nil {
			return Outcome{StopReason: StoppedNormally}
		}
		if err == nil {
			j.info("TASK_MANAGER", "Task '%s' stopped: %s", j.Name, reason)
			return Outcome{StopReason: reason}
		}
		var end fatal
		if errors.As(err, &end) {
			return j.fail(end.text)
		}
		j.error("TASK_MANAGER", "Task error notification received from subtask 0, thread 0 [1020401] %s", err)
		tries, reached := j.reconnect(ctx)
		attempts += tries
		if ctx.Err() != nil {
			return Outcome{StopReason: StoppedNormally}
		}
		if !reached {
			return j.fail(fmt.Sprintf("Task '%s' was suspended after %d unsuccessful recovery attempts: %s", j.Name, attempts, err))
		}
		j.warn("TASK_MANAGER", "Task '%s' recovered, it goes on from the last checkpoint", j.Name)
		start = Start{Mode: Resume}
	}
}

func (j *Job) fail(text string) Outcome {
	j.error("TASK_MANAGER", "%s [1022301]", text)
	return Outcome{Failure: FailureMessage(text, "FATAL_ERROR")}
}

// reconnect tries to reach both databases again as often as the task's settings allow, or, where they say for ever, so often that the
// pauses make RecoverFor: what a try takes on a slow machine is not the database's absence.
func (j *Job) reconnect(ctx context.Context) (tries int, reached bool) {
	behaviour := j.Settings.ErrorBehavior
	pause := max(min(time.Duration(behaviour.RecoverableErrorInterval)*time.Second, j.RecoverFor/10), 10*time.Millisecond)
	allowed := behaviour.RecoverableErrorCount
	if allowed < 0 {
		allowed = max(1, int(j.RecoverFor/pause))
	}
	for tries < allowed {
		select {
		case <-ctx.Done():
			return tries, false
		case <-time.After(pause):
		}
		tries++
		err := errors.Join(j.Source.Test(ctx), j.Target.Test(ctx))
		if err == nil {
			return tries, true
		}
		j.warn("TASK_MANAGER", "Recovery attempt %d failed: %s", tries, err)
	}
	return tries, false
}
