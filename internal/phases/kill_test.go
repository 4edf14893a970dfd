// SPDX-License-Identifier: Apache-2.0

package phases_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/ferryman/ferryman/approvals"
	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
	"github.com/stretchr/testify/require"
)

// mortal is a crew whose replica dies once at every boundary: after each effect, before it is recorded in Redis.
type mortal struct {
	runbook.Crew
	mu   sync.Mutex
	died map[string]bool
	kill func()
}

var errKilled = errors.New("killed")

// dies kills the replica the first time that it comes to a boundary.
func (c *mortal) dies(boundary string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.died[boundary] {
		return false
	}
	c.died[boundary] = true
	c.kill()
	return true
}

func (c *mortal) Open(ctx context.Context, m *store.Migration) (runbook.Hands, error) {
	hands, err := c.Crew.Open(ctx, m)
	return &mortalHands{hands, c}, err
}

type mortalHands struct {
	runbook.Hands
	crew *mortal
}

func (h *mortalHands) Draft(ctx context.Context, m *store.Migration, phase string, report runbook.Report) (runbook.Draft, error) {
	draft, err := h.Hands.Draft(ctx, m, phase, report)
	if err == nil && h.crew.dies(phase+" draft "+string(m.Phase(phase).Status)) {
		err = errKilled
	}
	return draft, err
}

func (h *mortalHands) Consume(ctx context.Context, m *store.Migration, r approvals.Request) error {
	err := h.Hands.Consume(ctx, m, r)
	if err == nil && h.crew.dies(r.Phase+" consume") {
		err = errKilled
	}
	return err
}

func (h *mortalHands) Step(ctx context.Context, m *store.Migration, plan runbook.Plan, step runbook.Step, report runbook.Report) (runbook.Result, error) {
	result, err := h.Hands.Step(ctx, m, plan, step, report)
	if err == nil && h.crew.dies(plan.Phase+" step "+step.ID) {
		err = errKilled
	}
	return result, err
}

func (h *mortalHands) Conclude(ctx context.Context, m *store.Migration, plan runbook.Plan) (runbook.Result, error) {
	result, err := h.Hands.Conclude(ctx, m, plan)
	if err == nil && h.crew.dies(plan.Phase+" conclude") {
		err = errKilled
	}
	return result, err
}

func TestKilledAtEveryBoundaryTheEffectsAreOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "")
	crew := &mortal{Crew: w.crew, died: map[string]bool{}}
	w.hands = crew
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	over := make(chan struct{})
	go func() { // one replica after the other, until the test is over
		defer close(over)
		for ctx.Err() == nil {
			replica, kill := context.WithCancel(ctx)
			crew.mu.Lock()
			crew.kill = kill
			crew.mu.Unlock()
			w.replica(t.Name()).Run(replica)
			kill()
		}
	}()
	t.Cleanup(func() { cancel(); <-over })

	w.through(spine...)
	w.isMigrated()
	require.Greater(t, len(crew.died), 50)
	for operation, times := range map[string]int{"CreateReplicationInstance": 1, "CreateEndpoint": 2, "CreateReplicationTask": 1,
		"StartReplicationTask": 2, "StopReplicationTask": 1, "ModifyEndpoint": 0, "ReloadTables": 0} {
		require.Equal(t, times, w.aws.Effects(operation), operation)
	}
	require.Equal(t, "2", w.one("SELECT count(*) FROM ferryman.approval"))
}

// before is a crew with something that happens just before a step, once.
type before struct {
	runbook.Crew
	what map[string]func()
}

type beforeHands struct {
	runbook.Hands
	crew *before
}

func (c *before) Open(ctx context.Context, m *store.Migration) (runbook.Hands, error) {
	hands, err := c.Crew.Open(ctx, m)
	return &beforeHands{hands, c}, err
}

func (h *beforeHands) Step(ctx context.Context, m *store.Migration, plan runbook.Plan, step runbook.Step, report runbook.Report) (runbook.Result, error) {
	name := plan.Phase + " " + step.ID
	if happen := h.crew.what[name]; happen != nil {
		delete(h.crew.what, name)
		happen()
	}
	return h.Hands.Step(ctx, m, plan, step, report)
}
