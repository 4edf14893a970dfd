// SPDX-License-Identifier: Apache-2.0

package phases

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ferryman/ferryman/internal/dms"
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
	Running []BuildingItem `json:"running,omitempty"` // oldest first
	More    int            `json:"more,omitempty"`    // run besides
	Share   float64        `json:"share"`             // of the estimated work, 0 to 1
	Left    time.Duration  `json:"left"`              // nanoseconds, negative is unknown
	At      time.Time      `json:"at"`
}

// BuildingItem is an object that is being built.
type BuildingItem struct {
	Kind    string    `json:"kind"`    // in words
	Name    string    `json:"name"`    // empty where it is the table itself that is looked at
	Table   string    `json:"table"`   // schema.table
	Doing   string    `json:"doing"`   // in plain words
	Percent int       `json:"percent"` // of what it is doing, -1 unknown
	Since   time.Time `json:"since"`
}

// runningTold is how many objects a reading names.
const runningTold = 8

func rebuilding(p postgres.RebuildProgress) Rebuilding {
	r := Rebuilding{Done: p.Done, Failed: p.Failed, Total: p.Total, Share: p.Share, Left: p.Left, At: p.At, More: max(len(p.Running)-runningTold, 0)}
	for _, o := range p.Running[:min(len(p.Running), runningTold)] {
		item := BuildingItem{Kind: o.Kind.Words(), Name: o.Name, Table: o.Schema + "." + o.Table, Doing: o.Doing(), Percent: int(o.Percent), Since: o.Since}
		if o.Name == "" {
			item.Kind = "table"
		}
		r.Running = append(r.Running, item)
	}
	return r
}

// headline is the reading for the root message.
func (r Rebuilding) headline() string {
	words := fmt.Sprintf("%d of %d", r.Done, r.Total)
	if r.Done+r.Failed < r.Total {
		words += ", " + postgres.LeftWords(r.Left)
	}
	return words
}

// Rebuilt is what rebuild's last message tells.
type Rebuilt struct {
	Indexes     int           `json:"indexes"`
	Uniques     int           `json:"uniques"`
	ForeignKeys int           `json:"foreign_keys"`
	Took        time.Duration `json:"took"`
	StillAside  int           `json:"still_aside"`
	// Open are the foreign keys that stay NOT VALID, as they may by the source.
	Open []OpenKey `json:"open,omitempty"`
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
		r := rebuilding(p)
		report("progress", r.headline(), r)
	}}
	out, err := tgt.Rebuild(ctx, h.fence, options)
	if err == nil && slices.ContainsFunc(out.Failed, connectionLost) {
		out, err = tgt.Rebuild(ctx, h.fence, options) // what is back already stays
	}
	if err != nil {
		return runbook.Result{}, problem("The rebuild was stopped.", err)
	}
	open, rest, err := h.openKeys(ctx, out.Failed)
	if err != nil {
		return runbook.Result{}, err
	}
	if len(rest) > 0 || len(out.Differences) > 0 {
		err := notBack(out, rest, "/migrate-rebuild")
		if slices.ContainsFunc(out.Failed, connectionLost) {
			err = runbook.Transient(err)
		}
		return runbook.Result{}, err
	}
	done := Rebuilt{Took: out.Took, Open: open}
	saved, err := tgt.Saved(ctx, m.Name)
	if err != nil {
		return runbook.Result{}, problem("What was set aside can't be read.", err)
	}
	for _, o := range saved {
		switch {
		case o.RestoredAt == nil && slices.Contains(postgres.CutoverKinds, o.Kind):
			done.StillAside++
		case o.RestoredAt == nil:
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
func connectionLost(f postgres.Failure) bool { return pgPasses(f.Code) }

func (rebuildPhase) conclude(_ context.Context, _ *hands, m *store.Migration, _ runbook.Plan) (runbook.Result, error) {
	var done Rebuilt
	if _, err := m.Fact(rebuiltFact, &done); err != nil {
		return runbook.Result{}, err
	}
	return runbook.Result{Data: done}, nil
}
