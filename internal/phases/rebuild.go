// SPDX-License-Identifier: Apache-2.0

package phases

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/dms"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
)

// rebuildPhase brings indexes, unique constraints and foreign keys back and proves that they are the same as before.
type rebuildPhase struct{}

// Rebuilding is a reading of the rebuild.
type Rebuilding struct {
	Done    int            `json:"done"`
	Failed  int            `json:"failed"`
	Total   int            `json:"total"`
	Running []BuildingItem `json:"running,omitempty"`
	At      time.Time      `json:"at"`
}

// BuildingItem is an object that is being built.
type BuildingItem struct {
	Name    string `json:"name"`
	Percent int    `json:"percent"` // -1 unknown
}

// Rebuilt is what rebuild's last message tells.
type Rebuilt struct {
	Indexes     int           `json:"indexes"`
	Uniques     int           `json:"uniques"`
	ForeignKeys int           `json:"foreign_keys"`
	Took        time.Duration `json:"took"`
	StillAside  int           `json:"still_aside"`
}

const rebuiltFact = "rebuilt"

func (rebuildPhase) draft(ctx context.Context, h *hands, m *store.Migration, _ runbook.Report) (runbook.Draft, error) {
	tgt, err := h.target(ctx)
	if err != nil {
		return runbook.Draft{}, err
	}
	saved, err := tgt.Saved(ctx, m.Name)
	if err != nil {
		return runbook.Draft{}, problem("What was set aside can't be read.", err)
	}
	step := runbook.Step{ID: "rebuild", Kind: "rebuild", Object: strings.Join(h.targetSchemas(), ", "), Why: "indexes before keys, keys validated"}
	for _, o := range saved {
		if o.RestoredAt == nil && slices.Contains(postgres.RebuildKinds, o.Kind) {
			step.SQL = append(step.SQL, o.Create...)
		}
	}
	return runbook.Draft{Plan: runbook.Plan{Steps: []runbook.Step{step}}}, nil
}

func (rebuildPhase) gate(ctx context.Context, h *hands, m *store.Migration, _ runbook.Plan) ([]runbook.Evidence, error) {
	client, err := h.dms(ctx)
	if err != nil {
		return nil, err
	}
	task, err := client.DescribeTask(ctx, fact(m, taskFact))
	if err != nil {
		return nil, problem("The replication task can't be read.", err)
	}
	if !m.Phase("replicate").StartedAt.IsZero() { // it had stopped there, and was resumed since
		return []runbook.Evidence{taskRests(task)}, nil
	}
	return []runbook.Evidence{{
		Name: "the task has stopped after the cached changes", Holds: task.Status == "stopped" && task.StopReason == dms.StopAfterCachedEvents,
		Query: "DescribeReplicationTasks", Value: strings.TrimSpace(task.Status + " " + string(task.StopReason)), ReadAt: task.ReadAt,
		Fix: "Wait until it has, or stop it.",
	}}, nil
}

func (rebuildPhase) step(ctx context.Context, h *hands, m *store.Migration, _ runbook.Plan, _ runbook.Step, report runbook.Report) (runbook.Result, error) {
	tgt, err := h.target(ctx)
	if err != nil {
		return runbook.Result{}, err
	}
	options := postgres.RebuildOptions{Jobs: h.profile.Rebuild.Jobs, MemoryMB: h.profile.Rebuild.MemoryMB, OnProgress: func(p postgres.RebuildProgress) {
		r := Rebuilding{Done: p.Done, Failed: p.Failed, Total: p.Total, At: p.At}
		for _, running := range p.Running {
			r.Running = append(r.Running, BuildingItem{Name: running.Name, Percent: int(running.Percent)})
		}
		report("progress", fmt.Sprintf("%d of %d", p.Done, p.Total), r)
	}}
	out, err := tgt.Rebuild(ctx, h.fence, options)
	if err == nil && slices.ContainsFunc(out.Failed, connectionLost) {
		out, err = tgt.Rebuild(ctx, h.fence, options) // what is back already stays
	}
	if err != nil {
		return runbook.Result{}, problem("The rebuild was stopped.", err)
	}
	if len(out.Failed) > 0 || len(out.Differences) > 0 {
		return runbook.Result{}, h.notBack(ctx, out, "/migrate-rebuild")
	}
	done := Rebuilt{Took: out.Took}
	saved, err := tgt.Saved(ctx, m.Name)
	if err != nil {
		return runbook.Result{}, problem("What was set aside can't be read.", err)
	}
	for _, o := range saved {
		switch {
		case o.RestoredAt == nil:
			done.StillAside++
		case o.Kind == postgres.Index:
			done.Indexes++
		case o.Kind == postgres.ForeignKey:
			done.ForeignKeys++
		case o.Kind == postgres.Unique || o.Kind == postgres.Exclusion:
			done.Uniques++
		}
	}
	return runbook.Result{Facts: map[string]any{rebuiltFact: done}}, nil
}

// connectionLost tells the failures that are the server's restart, not the object's.
func connectionLost(f postgres.Failure) bool {
	return strings.Contains(f.Error, "[57P0") || strings.Contains(f.Error, "[08")
}

// notBack says what did not come back, what that means, and what to do about each.
func (h *hands) notBack(ctx context.Context, out postgres.RebuildReport, command string) error {
	back := len(out.Restored) + len(out.AlreadyBack)
	p := &runbook.Problem{What: fmt.Sprintf("Brought back %d of %d objects.", back, back+len(out.Failed)), Do: "Mend what is named and run " + command + " again: it does just what is left."}
	d, err := h.dictionary(ctx, nil)
	if err != nil {
		h.crew.Log.Warn("read the state of keys on the source", "error", err)
	}
	var means []string
	for _, f := range out.Failed {
		text := fmt.Sprintf("Not back: %s %s on %s: %s.", f.Object.Kind.Words(), f.Object.Name, f.Object.Table, strings.TrimSuffix(f.Error, "."))
		if f.Orphans > 0 {
			if d != nil && enforcedOnSource(d, f.Object) {
				text += " On Oracle this key is enforced, so the parent table is missing rows that Oracle has. Replicating waits for it."
			}
			p.Log = append(p.Log, f.Query)
		}
		means = append(means, text)
	}
	for _, diff := range out.Differences {
		means = append(means, fmt.Sprintf("%s %s came back different: it was %s, it is %s.", diff.Kind, diff.Name, or(diff.Before, "not there"), or(diff.After, "not there")))
	}
	p.Means = strings.Join(means, " ")
	return p
}

// enforcedOnSource tells whether the source has the same foreign key, switched on.
func enforcedOnSource(d *dictionary.Dictionary, o postgres.Object) bool {
	return slices.ContainsFunc(d.Constraints, func(c dictionary.Constraint) bool {
		return c.Type == "R" && c.Status == "ENABLED" && convert.TargetName(c.Name) == o.Name && convert.TargetName(c.Owner) == o.Schema
	})
}

func (rebuildPhase) conclude(_ context.Context, _ *hands, m *store.Migration, _ runbook.Plan) (runbook.Result, error) {
	var done Rebuilt
	if _, err := m.Fact(rebuiltFact, &done); err != nil {
		return runbook.Result{}, err
	}
	return runbook.Result{Data: done}, nil
}
