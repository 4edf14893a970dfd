// SPDX-License-Identifier: Apache-2.0

package phases

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/ferryman/ferryman/internal/dms"
	"github.com/ferryman/ferryman/internal/oracle"
	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
)

// stoppedByCutover tells whether the task is stopped since a cutover stopped it.
func stoppedByCutover(ctx context.Context, client *dms.Client, m *store.Migration) (bool, error) {
	var started time.Time
	if ok, err := m.Fact(stoppedFact, &started); err != nil || !ok {
		return false, err
	}
	task, err := client.DescribeTask(ctx, fact(m, taskFact))
	var absent *dms.NotFoundError
	if errors.As(err, &absent) {
		return false, nil
	}
	if err != nil {
		return false, problem("The replication task can't be read.", err)
	}
	return task.Status == "stopped" && task.StartDate.Equal(started), nil
}

// lastChange writes a marker and waits for it: every change that was committed before it has arrived then.
func (h *hands) lastChange(ctx context.Context) (Marker, error) {
	marker, err := h.markerTrip(ctx, max(markerWait, 3*h.profile.Cutover.MaxLatency))
	if _, ok := marker.Lag(); err == nil && !ok {
		err = &runbook.Problem{What: "The last change has not arrived: the marker written at " + marker.Written.UTC().Format("15:04:05") + " UTC was not seen.",
			Means: "The target may miss changes. Nothing was stopped, Oracle can be used on.", Do: "See why the task lags (/migrate-status), then cut over again."}
	}
	return marker, err
}

// quiet looks again, just before the task is stopped, whether nobody writes on the source.
func (h *hands) quiet(ctx context.Context) error {
	src, err := h.source(ctx)
	if err != nil {
		return err
	}
	for _, read := range []func(context.Context, *oracle.Source) (runbook.Evidence, error){h.noSessions, h.noTransactions} {
		e, err := read(ctx, src)
		if err != nil {
			return err
		}
		if !e.Holds {
			return &runbook.Problem{What: "Oracle is in use again: " + e.Value + ".", Means: "What is written there now would be lost. Nothing was stopped, the task runs on.",
				Do: e.Fix + " Then cut over again."}
		}
	}
	return nil
}

// stop proves once more that nothing is under way, stops the task, waits until it has, and looks whether everything that it captured
// was applied.
func (h *hands) stop(ctx context.Context, m *store.Migration, arn string) (runbook.Result, error) {
	client, err := h.dms(ctx)
	if err != nil {
		return runbook.Result{}, err
	}
	var before map[string]int64
	if _, err := m.Fact(gapsFact, &before); err != nil {
		return runbook.Result{}, err
	}
	task, err := client.DescribeTask(ctx, arn)
	if err != nil {
		return runbook.Result{}, problem("The replication task can't be read.", err)
	}
	facts := map[string]any{stoppedFact: task.StartDate}
	if task.Status == "running" { // else this step was begun before
		if err := h.quiet(ctx); err != nil {
			return runbook.Result{}, err
		}
		if facts[markerFact], err = h.lastChange(ctx); err != nil {
			return runbook.Result{}, err
		}
		if err := h.quiet(ctx); err != nil {
			return runbook.Result{}, err
		}
	}
	began := time.Now()
	if _, err := client.StopTask(ctx, arn); err != nil {
		return runbook.Result{}, problem("The task can't be stopped.", err)
	}
	var late []string
	err = client.WaitTask(ctx, arn, min(h.profile.AWS.Poll, 5*time.Second), func(task dms.TaskStatus, stats []dms.TableStat) (bool, error) {
		if task.Status != "stopped" && task.Status != "failed" {
			return false, nil
		}
		for name, gap := range unapplied(stats) {
			if gap > before[name] {
				late = append(late, name)
			}
		}
		slices.Sort(late)
		return true, nil
	})
	if err != nil {
		return runbook.Result{}, problem("Whether the task has stopped can't be read.", err)
	}
	if len(late) > 0 {
		return runbook.Result{}, &runbook.Problem{What: "The task stopped before it applied every change it had captured: " + some(late) + ".",
			Means: "The target misses changes. Triggers and sequences are untouched, Oracle can be used on.", Do: "Run /migrate-replicate to let it go on, then cut over again."}
	}
	facts[stoppingFact] = time.Since(began)
	return runbook.Result{Facts: facts}, nil
}
