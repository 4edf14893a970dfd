// SPDX-License-Identifier: Apache-2.0

package phases

import (
	"context"
	"fmt"
	"time"

	"github.com/ferryman/ferryman/internal/dms"
	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
)

// replicatePhase resumes the task and follows it until the target has caught up. From then on it is watched until cutover.
type replicatePhase struct{}

// Replicating is a reading of the replication.
type Replicating struct {
	Status string    `json:"status"`
	Marker Marker    `json:"marker"`
	At     time.Time `json:"at"`
	// Captured and Applied count the changes of all tables since the task began.
	Captured int64 `json:"captured"`
	Applied  int64 `json:"applied"`
	// Waited is how long the marker is under way when it has not arrived.
	Waited time.Duration `json:"waited,omitempty"`
}

const replicatingFact = "replicating"

func (replicatePhase) draft(ctx context.Context, h *hands, m *store.Migration, _ runbook.Report) (runbook.Draft, error) {
	// DMS would have the triggers run a second time on the same rows.
	aside, err := h.onAgain(ctx)
	if err != nil {
		return runbook.Draft{}, err
	}
	steps, err := setAsideSteps(aside)
	if err != nil {
		return runbook.Draft{}, err
	}
	var draft runbook.Draft
	if len(steps) > 0 {
		draft.TwoPeople = "it sets aside again, on the target, what a cutover brought back"
	}
	task := dms.NamesFor(m.Name).Task
	draft.Plan.Steps = append(steps,
		runbook.Step{ID: "look", Kind: "look", Object: task, Why: "how the task stands before it is resumed"},
		runbook.Step{ID: "resume", Kind: "resume", Object: task},
		runbook.Step{ID: "catch-up", Kind: "catch_up", Object: task, Why: "until a marker written on the source arrives within the profile's max_latency", Looks: true})
	return draft, nil
}

func (replicatePhase) gate(ctx context.Context, h *hands, m *store.Migration, _ runbook.Plan) ([]runbook.Evidence, error) {
	e, err := h.rebuiltEvidence(ctx, m)
	if err != nil {
		return nil, err
	}
	return []runbook.Evidence{e}, nil
}

func (replicatePhase) step(ctx context.Context, h *hands, m *store.Migration, plan runbook.Plan, step runbook.Step, report runbook.Report) (runbook.Result, error) {
	client, err := h.dms(ctx)
	if err != nil {
		return runbook.Result{}, err
	}
	switch step.Kind {
	case "set_aside":
		fingerprint, err := plan.Fingerprint()
		if err != nil {
			return runbook.Result{}, err
		}
		return runbook.Result{}, h.setAside(ctx, fingerprint, step)
	case "look":
		task, err := client.DescribeTask(ctx, fact(m, taskFact))
		if err != nil {
			return runbook.Result{}, problem("The replication task can't be read.", err)
		}
		return runbook.Result{Facts: map[string]any{guardFact: task.Guard()}}, nil
	case "resume":
		var guard dms.Guard
		if _, err := m.Fact(guardFact, &guard); err != nil {
			return runbook.Result{}, err
		}
		if guard.Status == "running" {
			return runbook.Result{}, nil
		}
		return runbook.Result{}, h.start(ctx, client, m, dms.Resume)
	case "catch_up":
		return h.catchUp(ctx, client, m, report)
	}
	return runbook.Result{}, fmt.Errorf("replicate has no step %q", step.Kind)
}

// catchUp writes markers until one arrives within the profile's latency.
func (h *hands) catchUp(ctx context.Context, client *dms.Client, m *store.Migration, report runbook.Report) (runbook.Result, error) {
	limit := h.profile.Cutover.MaxLatency
	for {
		reading, stopped, err := h.reading(ctx, client, m)
		if err != nil {
			return runbook.Result{}, err
		}
		if stopped != nil {
			return runbook.Result{}, stopped
		}
		report("progress", lagWords(reading), reading)
		if lag, ok := reading.Marker.Lag(); ok && lag <= limit {
			return runbook.Result{Facts: map[string]any{replicatingFact: reading}}, nil
		}
		select {
		case <-ctx.Done():
			return runbook.Result{}, ctx.Err()
		case <-time.After(h.profile.AWS.Poll):
		}
	}
}

// markerWait bounds one reading; a marker that takes longer is told as "more than".
const markerWait = time.Minute

// reading takes one reading of the task, its tables and the lag. stopped is set where the task does not replicate any more.
func (h *hands) reading(ctx context.Context, client *dms.Client, m *store.Migration) (Replicating, *runbook.Problem, error) {
	scope, err := h.scope(ctx, m)
	if err != nil {
		return Replicating{}, nil, err
	}
	task, err := client.DescribeTask(ctx, fact(m, taskFact))
	if err != nil {
		return Replicating{}, nil, problem("The replication task can't be read.", err)
	}
	stats, err := client.TableStatistics(ctx, task.ARN)
	if err != nil {
		return Replicating{}, nil, problem("The task's tables can't be read.", err)
	}
	r := Replicating{Status: task.Status, At: time.Now()}
	for _, s := range stats {
		r.Captured += s.Inserts + s.Updates + s.Deletes
		r.Applied += s.AppliedInserts + s.AppliedUpdates + s.AppliedDeletes
	}
	if verdict := dms.JudgeReplication(task, stats, scope); verdict.Outcome == dms.Failed {
		return r, h.taskProblem(ctx, client, m, task, verdict), nil
	}
	if task.Status != "running" {
		return r, nil, nil
	}
	r.Marker, err = h.markerTrip(ctx, min(markerWait, max(3*h.profile.Cutover.MaxLatency, 5*time.Second)))
	r.At = time.Now()
	if _, ok := r.Marker.Lag(); !ok {
		r.Waited = r.At.Sub(r.Marker.Written)
	}
	return r, nil, err
}

// scope are the tables that the task moves, as load left them: reading both dictionaries for each reading would cost the source much.
func (h *hands) scope(ctx context.Context, m *store.Migration) ([]dms.TableName, error) {
	var names []dms.TableName
	if ok, err := m.Fact(movedFact, &names); ok || err != nil {
		return names, err
	}
	tables, err := h.tables(ctx)
	return scope(tables), err
}

func lagWords(r Replicating) string {
	switch lag, ok := r.Marker.Lag(); {
	case r.Marker.ID == 0:
		return r.Status
	case !ok:
		return "more than " + r.Waited.Round(time.Second).String() + " behind"
	case lag < time.Second:
		return "less than 1 s behind"
	default:
		return lag.Round(time.Second).String() + " behind"
	}
}

func (replicatePhase) conclude(_ context.Context, _ *hands, m *store.Migration, _ runbook.Plan) (runbook.Result, error) {
	var r Replicating
	if _, err := m.Fact(replicatingFact, &r); err != nil {
		return runbook.Result{}, err
	}
	return runbook.Result{Data: r}, nil
}

// Watch implements runbook.Hands: one reading of the replication between replicate and cutover.
func (h *hands) Watch(ctx context.Context, m *store.Migration, report runbook.Report) (*runbook.Problem, error) {
	client, err := h.dms(ctx)
	if err != nil {
		return nil, err
	}
	// A cutover that failed after it had stopped the task is to be given again: nothing is wrong with the task.
	if stopped, err := stoppedByCutover(ctx, client, m); stopped || err != nil {
		return nil, err
	}
	reading, stopped, err := h.reading(ctx, client, m)
	if err != nil || stopped != nil {
		return stopped, err
	}
	report("progress", lagWords(reading), reading)
	return nil, nil
}
