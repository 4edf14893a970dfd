// SPDX-License-Identifier: Apache-2.0

package phases

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/ferryman/ferryman/internal/dms"
	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
)

func (h *hands) instance(ctx context.Context, client *dms.Client, m *store.Migration, id string) (runbook.Result, error) {
	i := h.profile.AWS.Instance
	_, err := client.EnsureInstance(ctx, dms.InstanceSpec{
		ID: id, Existing: i.ID != "", Class: i.Class, EngineVersion: i.EngineVersion, StorageGB: int32(i.StorageGB), MultiAZ: i.MultiAZ,
		PubliclyAccessible: i.PubliclyAccessible, SubnetGroup: i.SubnetGroup, SecurityGroupIDs: i.SecurityGroupIDs, Migration: m.Name, Tags: h.profile.AWS.Tags,
	})
	if err != nil {
		return runbook.Result{}, problem("The replication instance can't be had.", err)
	}
	ready, err := client.WaitInstance(ctx, id, h.profile.AWS.Poll)
	if err != nil {
		return runbook.Result{}, problem("The replication instance does not become available.", err)
	}
	return runbook.Result{Facts: map[string]any{instanceFact: ready.ARN, "dms_instance_id": ready.ID}}, nil
}

// endpointSpec is the endpoint of a role as it should be.
func (h *hands) endpointSpec(m *store.Migration, role dms.Role, id string) dms.EndpointSpec {
	spec := dms.EndpointSpec{ID: id, Role: role, Migration: m.Name, Tags: h.profile.AWS.Tags, Database: h.ends.TargetDMS}
	if role == dms.SourceRole {
		spec.Database = h.ends.SourceDMS
	}
	return spec
}

func (h *hands) endpoint(ctx context.Context, client *dms.Client, m *store.Migration, role dms.Role, id string) (runbook.Result, error) {
	spec := h.endpointSpec(m, role, id)
	name := targetFact
	if role == dms.SourceRole {
		name = sourceFact
	}
	end, err := client.EnsureEndpoint(ctx, spec)
	var drift *dms.DriftError
	if errors.As(err, &drift) {
		// The endpoint carries this migration's name and is its own: it is brought in line, its password too.
		end, err = client.UpdateEndpoint(ctx, spec)
	}
	if err != nil {
		return runbook.Result{}, problem(fmt.Sprintf("The %s endpoint can't be made.", role), err)
	}
	return runbook.Result{Facts: map[string]any{name: end.ARN}}, nil
}

// test has the instance connect. A password that was changed since the endpoint was made can't be seen: where the test fails, the
// endpoint is given all of its properties once more, and tested again.
func (h *hands) test(ctx context.Context, client *dms.Client, m *store.Migration, role dms.Role, id string) error {
	end, endpoint := h.ends.TargetDMS, targetFact
	if role == dms.SourceRole {
		end, endpoint = h.ends.SourceDMS, sourceFact
	}
	try := func() error {
		return client.TestConnection(ctx, fact(m, instanceFact), fact(m, endpoint), h.profile.AWS.Poll)
	}
	err := try()
	var refused *dms.ConnectionError
	if errors.As(err, &refused) {
		if _, err := client.UpdateEndpoint(ctx, h.endpointSpec(m, role, id)); err != nil {
			return problem(fmt.Sprintf("The %s endpoint can't be brought in line.", role), err)
		}
		err = try()
	}
	if err == nil {
		return nil
	}
	return &runbook.Problem{
		What: fmt.Sprintf("The replication instance can't connect to the %s, %s.", role, end), Means: sentence(err.Error()),
		Do: "See that the host can be reached from the instance's subnet, and that user and password in dms_url are right; then give the command again.", Err: err,
	}
}

// task makes the task, or brings one that does not run in line, and keeps what was read of it before it is started.
func (h *hands) task(ctx context.Context, client *dms.Client, m *store.Migration, step runbook.Step) (runbook.Result, error) {
	var a taskArgs
	if err := readArgs(step, &a); err != nil {
		return runbook.Result{}, err
	}
	spec := dms.TaskSpec{
		ID: step.Object, SourceARN: fact(m, sourceFact), TargetARN: fact(m, targetFact), InstanceARN: fact(m, instanceFact),
		TableMappings: string(a.Mapping), Settings: string(a.Settings), Migration: m.Name, Tags: h.profile.AWS.Tags,
	}
	status, err := client.EnsureTask(ctx, spec, h.profile.AWS.Poll)
	var drift *dms.DriftError
	if errors.As(err, &drift) {
		status, err = client.UpdateTask(ctx, spec, h.profile.AWS.Poll)
	}
	if err != nil {
		return runbook.Result{}, problem("The replication task can't be made.", err)
	}
	moved, err := h.tables(ctx)
	if err != nil {
		return runbook.Result{}, err
	}
	return runbook.Result{Facts: map[string]any{taskFact: status.ARN, guardFact: status.Guard(), loadingFact: true, movedFact: scope(moved)}}, nil
}

// start starts the task, once: the guard, stored by the step before, tells whether an earlier try reached AWS.
func (h *hands) start(ctx context.Context, client *dms.Client, m *store.Migration, how dms.StartType) error {
	var guard dms.Guard
	if _, err := m.Fact(guardFact, &guard); err != nil {
		return err
	}
	if _, err := client.StartTask(ctx, fact(m, taskFact), how, guard); err != nil {
		return problem("The replication task can't be started.", err)
	}
	return nil
}

// follow reads the task until it has stopped after the cached changes, or failed.
func (h *hands) follow(ctx context.Context, client *dms.Client, m *store.Migration, report runbook.Report) (runbook.Result, error) {
	tables, err := h.tables(ctx)
	if err != nil {
		return runbook.Result{}, err
	}
	names, rows := scope(tables), expected(h.dict, whole(tables))
	var rate dms.Rate
	var done Loaded
	err = client.WaitTask(ctx, fact(m, taskFact), h.profile.AWS.Poll, func(task dms.TaskStatus, stats []dms.TableStat) (bool, error) {
		var loaded int64
		stats = slices.DeleteFunc(stats, func(s dms.TableStat) bool { return s.Table == markerTable })
		for _, s := range stats {
			loaded += s.FullLoadRows
		}
		rate.Observe(task.ReadAt, loaded)
		progress := dms.Estimate(task.ReadAt, stats, rows, &rate)
		report("progress", headline(progress), Loading{Progress: progress, Status: task.Status})
		verdict := dms.Judge(task, stats, names)
		switch verdict.Outcome {
		case dms.Complete:
			done = Loaded{Tables: len(names), Rows: loaded, Stop: string(task.StopReason)}
			if started := task.Stats.Started; !started.IsZero() && !task.Stats.Stopped.IsZero() {
				done.Took = task.Stats.Stopped.Sub(started)
			}
			return true, nil
		case dms.Failed:
			return false, h.taskProblem(ctx, client, m, task, verdict)
		}
		return false, nil
	})
	if err != nil {
		return runbook.Result{}, err
	}
	return runbook.Result{Facts: map[string]any{loadedFact: done, loadingFact: false}}, nil
}

func headline(p dms.Progress) string {
	if p.Expected <= 0 {
		return fmt.Sprintf("%d of %d tables", p.Done, p.Done+p.Running+p.Waiting+p.Errored)
	}
	return fmt.Sprintf("%d %%", min(100, p.Rows*100/p.Expected))
}
