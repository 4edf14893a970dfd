// SPDX-License-Identifier: Apache-2.0

package modeltest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/ferryman/ferryman/approvals"
	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
	"github.com/jackc/pgx/v5"
)

// plan is what the world would have a phase do now.
type plan struct {
	steps int
	kind  string
}

func (p plan) of(phase string) []runbook.Step {
	steps := make([]runbook.Step, p.steps)
	for i := range steps {
		steps[i] = runbook.Step{ID: fmt.Sprintf("%d", i+1), Kind: p.kind, Object: fmt.Sprintf("%s.object_%d", phase, i+1)}
	}
	return steps
}

// twoPeople are the phases whose plans need two people; the others run at one person's word.
var twoPeople = map[string]bool{"prepare": true, "load": true, "cutover": true}

// place is somewhere in the work of a crew at which its replica may crash or fall asleep.
type place string

const (
	beforeConsume place = "before the consumption"
	afterConsume  place = "after the consumption"
	beforeStep    place = "before a step"
	insideStep    place = "in a step's transaction"
	afterStep     place = "after a step's transaction"
	afterMirror   place = "after the mirroring"
	whileDrafting place = "while drafting"
)

var places = []place{beforeConsume, afterConsume, beforeStep, insideStep, afterStep, afterMirror, whileDrafting}

// call is something that the engine asked a crew to do.
type call struct {
	replica      string
	what         string // draft, gate, step
	phase        string
	fingerprint  string
	green        bool
	began, ended time.Time
}

// crew opens hands on the world's target, through the connections of one replica.
type crew struct {
	w      *world
	wire   *wire
	target *postgres.Target
}

var _ runbook.Crew = (*crew)(nil)

// Open implements runbook.Crew.
func (c *crew) Open(context.Context, *store.Migration) (runbook.Hands, error) {
	if err := c.wire.pass(); err != nil {
		return nil, err
	}
	return &hands{crew: c, w: c.w}, nil
}

// lay lays a trap for the replica that comes first.
func (w *world) lay(at place, f fault) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.trap, w.trapFault = at, f
}

// spring meets the fault, if this is its place.
func (c *crew) spring(at place) error {
	c.w.mu.Lock()
	sprung := c.w.trap == at
	if sprung {
		c.w.trap = ""
	}
	f := c.w.trapFault
	c.w.mu.Unlock()
	if sprung {
		c.wire.strike(f, string(at))
	}
	return c.wire.pass()
}

// hands consume, remember and change the target as the real ones do, by internal/postgres; a step is a row.
type hands struct {
	crew  *crew
	w     *world
	taken bool
	fence postgres.Fence
}

var _ runbook.Hands = (*hands)(nil)

// take raises the fence, once.
func (h *hands) take(ctx context.Context) error {
	if err := h.crew.wire.pass(); err != nil {
		return err
	}
	if h.taken {
		return nil
	}
	fence, err := h.crew.target.RaiseFence(ctx, h.w.name)
	if err != nil {
		return passing(err)
	}
	h.fence, h.taken = fence, true
	return h.crew.wire.pass()
}

// passing marks what the engine must tell apart: another has the fence, or a session was ended or did not come about.
func passing(err error) error {
	var fenced *postgres.FencedError
	var unreachable *postgres.UnreachableError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &fenced):
		return fmt.Errorf("%w: %w", runbook.ErrOvertaken, err)
	case errors.As(err, &unreachable), isAdminShutdown(err):
		return runbook.Transient(err)
	}
	return err
}

// Draft implements runbook.Hands.
func (h *hands) Draft(_ context.Context, _ *store.Migration, phase string, _ runbook.Report) (runbook.Draft, error) {
	began := h.w.now()
	if err := h.crew.spring(whileDrafting); err != nil {
		return runbook.Draft{}, err
	}
	now := h.w.plan.at(h.w.now())
	h.w.called(call{replica: h.crew.wire.name, what: "draft", phase: phase, began: began, ended: h.w.now()})
	draft := runbook.Draft{Plan: runbook.Plan{Target: h.w.lane.targetID, Steps: now.of(phase)}}
	if twoPeople[phase] {
		draft.TwoPeople = "the model says so"
	}
	return draft, h.crew.wire.pass()
}

// Gate implements runbook.Hands.
func (h *hands) Gate(_ context.Context, _ *store.Migration, p runbook.Plan) ([]runbook.Evidence, error) {
	if err := h.crew.wire.pass(); err != nil {
		return nil, err
	}
	c := call{replica: h.crew.wire.name, what: "gate", phase: p.Phase, began: h.w.now()}
	c.green = h.w.gate.at(c.began)
	c.ended = c.began
	h.w.called(c)
	light := runbook.Evidence{Name: "the light is green", Holds: c.green, Query: "look", Value: fmt.Sprint(c.green), ReadAt: time.Now()}
	return []runbook.Evidence{light}, h.crew.wire.pass()
}

// Consume implements runbook.Hands, by the rule of the real ones: an approval that was used before may be gone on with only where no step of
// its plan was run.
func (h *hands) Consume(ctx context.Context, _ *store.Migration, r approvals.Request) error {
	if err := h.take(ctx); err != nil {
		return err
	}
	if err := h.crew.spring(beforeConsume); err != nil {
		return err
	}
	first, err := h.crew.target.ConsumeApproval(ctx, h.fence, r.ID, r.Fingerprint)
	if err != nil {
		return passing(err)
	}
	if !first && !h.w.doubles.consumeAgain {
		var steps int
		err := h.crew.target.InFence(ctx, h.fence, func(ctx context.Context, tx pgx.Tx) error {
			return tx.QueryRow(ctx, "SELECT count(*) FROM ferryman.step WHERE migration = $1 AND plan = $2", h.w.name, r.Fingerprint).Scan(&steps)
		})
		if err != nil {
			return passing(err)
		}
		if steps > 0 {
			return &runbook.Problem{What: "This approval was used already: the target remembers it."}
		}
	}
	return h.crew.spring(afterConsume)
}

// Step implements runbook.Hands: a row on the target, and the step's outcome in the same transaction.
func (h *hands) Step(ctx context.Context, m *store.Migration, p runbook.Plan, step runbook.Step, _ runbook.Report) (runbook.Result, error) {
	if err := h.take(ctx); err != nil {
		return runbook.Result{}, err
	}
	fingerprint, err := p.Fingerprint()
	if err != nil {
		return runbook.Result{}, err
	}
	if err := h.crew.spring(beforeStep); err != nil {
		return runbook.Result{}, err
	}
	began := h.w.now()
	approval := m.Phase(p.Phase).RequestID
	inFence := func(ctx context.Context, tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, "INSERT INTO ferryman.step (migration, plan, step, outcome) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
			h.w.name, fingerprint, step.ID, postgres.Done)
		if err != nil {
			return err
		}
		// A step that was done before does nothing when it is run again; that it was asked to is written down.
		repeated := tag.RowsAffected() == 0
		if _, err = tx.Exec(ctx, `INSERT INTO public.executed (approval, plan, step, n, migration, replica, repeated) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			approval, fingerprint, step.ID, h.fence.Token, h.w.name, h.crew.wire.name, repeated); err != nil {
			return err
		}
		return h.crew.spring(insideStep)
	}
	run := h.crew.target.InFence
	if h.w.doubles.noFence {
		run = h.unfenced
	}
	if err := run(ctx, h.fence, inFence); err != nil {
		return runbook.Result{}, passing(err)
	}
	h.w.called(call{replica: h.crew.wire.name, what: "step", phase: p.Phase, fingerprint: fingerprint, began: began, ended: h.w.now()})
	return runbook.Result{}, h.crew.spring(afterStep)
}

// unfenced is how a program would write that forgets the fence.
func (h *hands) unfenced(ctx context.Context, _ postgres.Fence, do func(context.Context, pgx.Tx) error) error {
	return pgx.BeginFunc(ctx, h.w.lane.pool, func(tx pgx.Tx) error { return do(ctx, tx) })
}

// Conclude implements runbook.Hands.
func (h *hands) Conclude(context.Context, *store.Migration, runbook.Plan) (runbook.Result, error) {
	return runbook.Result{}, h.crew.wire.pass()
}

// Watch implements runbook.Hands.
func (h *hands) Watch(context.Context, *store.Migration, runbook.Report) (*runbook.Problem, error) {
	return nil, h.crew.wire.pass()
}

// Remember implements runbook.Hands.
func (h *hands) Remember(ctx context.Context, m *store.Migration, entries []store.AuditEntry) error {
	if err := h.take(ctx); err != nil {
		return err
	}
	if h.w.doubles.noMirror {
		return nil
	}
	kept := *m
	kept.Requests = nil
	doc, err := json.Marshal(kept)
	if err != nil {
		return err
	}
	chain := make([]postgres.ChainEntry, len(entries))
	for i, e := range entries {
		chain[i] = postgres.ChainEntry{Seq: e.Seq, Hash: e.Hash, Entry: e.Line()}
	}
	err = h.crew.target.Remember(ctx, h.fence, chain, m.AuditSeq, doc)
	var fork *postgres.ForkError
	if errors.As(err, &fork) {
		return fmt.Errorf("%w: %w", runbook.ErrForked, err)
	}
	if err != nil {
		return passing(err)
	}
	return h.crew.spring(afterMirror)
}

// Remembered implements runbook.Hands.
func (h *hands) Remembered(ctx context.Context, _ *store.Migration) (seq int64, hash string, err error) {
	if err := h.take(ctx); err != nil {
		return 0, "", err
	}
	if h.w.doubles.noMirror {
		return 0, "", nil
	}
	memory, err := h.crew.target.Remembered(ctx, h.w.name)
	return memory.Seq, memory.Hash, passing(err)
}

// Close implements runbook.Hands.
func (h *hands) Close() {}

func (w *world) called(c call) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls = append(w.calls, c)
}
