// SPDX-License-Identifier: Apache-2.0

package phases

import (
	"context"
	"fmt"
	"time"

	"github.com/ferryman/ferryman/internal/dms"
	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
)

// loadPhase sets AWS DMS up, starts the task, and follows it until it has stopped after the cached changes.
type loadPhase struct{}

// Facts that load leaves for later phases.
const (
	instanceFact = "dms_instance"
	sourceFact   = "dms_source"
	targetFact   = "dms_target"
	taskFact     = "dms_task"
	guardFact    = "dms_guard"
	loadedFact   = "loaded"
	// loadingFact is true from the making of the task to the end of its load: then the task is Ferryman's to follow, whatever became
	// of the phase.
	loadingFact = "loading"
	// movedFact are the tables of the task, as DMS names them.
	movedFact = "dms_tables"
)

// Loading is a reading of the load.
type Loading struct {
	dms.Progress
	Status string `json:"status"`
	// Doing says what is under way before rows move, such as "creating the replication instance".
	Doing string `json:"doing,omitempty"`
}

// Loaded is what load's last message tells.
type Loaded struct {
	Tables int           `json:"tables"`
	Rows   int64         `json:"rows"`
	Took   time.Duration `json:"took"`
	Stop   string        `json:"stop"`
}

func (loadPhase) step(ctx context.Context, h *hands, m *store.Migration, plan runbook.Plan, step runbook.Step, report runbook.Report) (runbook.Result, error) {
	client, err := h.dms(ctx)
	if err != nil {
		return runbook.Result{}, err
	}
	if _, err := h.target(ctx); err != nil { // the fence: nobody else may be loading
		return runbook.Result{}, err
	}
	poll := h.profile.AWS.Poll
	doing := func(words string) { report("progress", "setting up", Loading{Doing: words}) }
	switch step.Kind {
	case "instance":
		doing("the replication instance")
		return h.instance(ctx, client, m, step.Object)
	case "endpoint_source":
		doing("the endpoints")
		return h.endpoint(ctx, client, m, dms.SourceRole, step.Object)
	case "endpoint_target":
		return h.endpoint(ctx, client, m, dms.TargetRole, step.Object)
	case "test_source":
		doing("testing the connections")
		return runbook.Result{}, h.test(ctx, client, m, dms.SourceRole, step.Object)
	case "test_target":
		return runbook.Result{}, h.test(ctx, client, m, dms.TargetRole, step.Object)
	case "refresh":
		doing("reading the schemas")
		if err := client.RefreshSchemas(ctx, fact(m, instanceFact), fact(m, sourceFact), poll); err != nil {
			return runbook.Result{}, problem("DMS can't read the source's schemas.", err)
		}
		return runbook.Result{}, nil
	case "task":
		doing("the task")
		return h.task(ctx, client, m, step)
	case "empty":
		return runbook.Result{}, h.empty(ctx, client, m, plan, step)
	case "start":
		var a startArgs
		if err := readArgs(step, &a); err != nil {
			return runbook.Result{}, err
		}
		return runbook.Result{}, h.start(ctx, client, m, a.How)
	case "follow":
		return h.follow(ctx, client, m, report)
	}
	return runbook.Result{}, fmt.Errorf("load has no step %q", step.Kind)
}

func fact(m *store.Migration, name string) string {
	var s string
	_, _ = m.Fact(name, &s)
	return s
}

// empty truncates the tables, unless the task runs: somebody may have started it after the gate was read.
func (h *hands) empty(ctx context.Context, client *dms.Client, m *store.Migration, plan runbook.Plan, step runbook.Step) error {
	task, err := client.DescribeTask(ctx, fact(m, taskFact))
	if err != nil {
		return problem("The replication task can't be read.", err)
	}
	if e := taskRests(task); !e.Holds {
		return &runbook.Problem{What: "The task runs, so the tables were not emptied.", Means: "It is " + e.Value + ".", Do: e.Fix}
	}
	tgt, err := h.target(ctx)
	if err != nil {
		return err
	}
	fingerprint, err := plan.Fingerprint()
	if err != nil {
		return err
	}
	if err := tgt.Apply(ctx, h.fence, fingerprint, step.ID, []postgres.Statement{{Object: step.Object, SQL: step.SQL[0]}}); err != nil {
		return problem("The tables can't be emptied.", err)
	}
	return nil
}

func (loadPhase) conclude(_ context.Context, _ *hands, m *store.Migration, _ runbook.Plan) (runbook.Result, error) {
	var done Loaded
	if _, err := m.Fact(loadedFact, &done); err != nil {
		return runbook.Result{}, err
	}
	return runbook.Result{Data: done}, nil
}
