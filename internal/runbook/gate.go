// SPDX-License-Identifier: Apache-2.0

package runbook

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ferryman/ferryman/approvals"
	"github.com/ferryman/ferryman/store"
)

// GateFor is how old the oldest reading of a gate may be when the first step is committed.
const GateFor = 30 * time.Second

// heldShown bounds how many facts that hold a phase up are kept with it.
const heldShown = 12

// gateReading is a gate as it was read.
type gateReading struct {
	evidence []Evidence
	// readAt is when the oldest of its readings was taken, by Redis's clock; took is how long all of them took.
	readAt time.Time
	took   time.Duration
}

func (g gateReading) until() time.Time { return g.readAt.Add(GateFor) }

func (g gateReading) old(now time.Time) bool { return !now.Before(g.until()) }

// tooSlow is the gate with the fact that it takes too long to read.
func (g gateReading) tooSlow() gateReading {
	g.evidence = append(slices.Clone(g.evidence), Evidence{
		Name: fmt.Sprintf("the whole gate is read within %s", GateFor), Query: "the time it took", Value: g.took.Round(time.Second).String(), ReadAt: time.Now(),
		Fix: "It is tried again. Where it stays so, the source or the target answers too slowly.",
	})
	return g
}

// slowPeople is the gate with the fact that Slack takes too long to say who the people are.
func (g gateReading) slowPeople() gateReading {
	g.evidence = append(slices.Clone(g.evidence), Evidence{
		Name: fmt.Sprintf("Slack says within %s who the people are", approvals.FactsFor), Query: "users.info, usergroups.users.list", Value: "it takes longer", ReadAt: time.Now(),
		Fix: "It is tried again. Slack may be slow, or its limits used up.",
	})
	return g
}

// readGate reads the facts that must hold, and when that was. Evidence carries the times of this machine; they are counted from one
// reading of Redis's clock before all of them, which makes them look older rather than newer.
func (e *Engine) readGate(ctx context.Context, m *store.Migration, hands Hands, plan Plan) (gateReading, error) {
	before, err := e.Store.Now(ctx)
	if err != nil {
		return gateReading{}, err
	}
	began := time.Now()
	evidence, err := hands.Gate(ctx, m, plan)
	if err != nil {
		return gateReading{}, err
	}
	oldest := time.Now()
	for _, v := range evidence {
		if !v.Record && v.ReadAt.Before(oldest) {
			oldest = v.ReadAt
		}
	}
	return gateReading{evidence: evidence, readAt: before.Add(oldest.Sub(began)), took: time.Since(began)}, nil
}

// heldNames are the facts that don't hold.
func heldNames(evidence []Evidence) []string {
	var names []string
	for _, v := range evidence {
		if v.Holds {
			continue
		}
		if len(names) == heldShown {
			return append(names, "and more")
		}
		names = append(names, v.Name)
	}
	return names
}

// holdUp keeps a granted phase from beginning while its gate does not hold, tells the thread, and waits until the gate is to be read
// again. The request's end ends it.
func (e *Engine) holdUp(ctx context.Context, m *store.Migration, phase string, gate gateReading) error {
	names := heldNames(gate.evidence)
	var event store.Event
	var told bool
	err := e.update(ctx, m, phase, m.Phases[phase].Status, func(m *store.Migration, p *store.Phase, now time.Time) (store.Change, error) {
		r := m.Requests[p.RequestID]
		var err error
		if event, err = NewEvent(EventHolding, now, Held{Phase: phase, By: r.Requester, Until: r.ExpiresAt, Evidence: gate.evidence}); err != nil {
			return store.Change{}, err
		}
		told = p.Status != store.Holding || !slices.Equal(p.Held, names)
		if !told {
			return store.Change{}, store.ErrNoChange
		}
		change := store.Change{Outgoing: []store.Outgoing{Tell(m, holdingKey(r.ID), store.Urgent, event)}}
		if p.Status != store.Holding {
			message, err := ApprovalMessage(m, r, now)
			if err != nil {
				return store.Change{}, err
			}
			change.Outgoing = append(change.Outgoing, message)
			change.Audit = []store.Audit{{What: "holding", Who: "ferryman", Phase: phase, Object: r.Fingerprint, Outcome: fmt.Sprint(names)}}
		}
		p.Status, p.Held = store.Holding, names
		return change, nil
	})
	if err != nil {
		return err
	}
	if !told { // the same facts, read anew
		if err := e.Store.PutProgress(ctx, Tell(m, holdingKey(m.Phases[phase].RequestID), store.Progress, event)); err != nil {
			return err
		}
	}
	return e.waitHeld(ctx, m, phase, gate.took)
}

// unreadable holds a granted phase up because something that its start needs can't be read.
func (e *Engine) unreadable(ctx context.Context, m *store.Migration, phase string, cause error, took time.Duration) {
	at := time.Now()
	evidence := []Evidence{{Name: "everything can be read", Query: "the plan, the gate and the people", Value: AsProblem(cause).Error(), ReadAt: at,
		Fix: "It is tried again until the request's time is over."}}
	if err := e.holdUp(ctx, m, phase, gateReading{evidence: evidence, took: took}); err != nil && !errors.Is(err, errOutdated) && ctx.Err() == nil {
		e.Log.Error("hold a phase up", "migration", m.Name, "phase", phase, "error", err)
	}
}

// heldLook is how often a phase that is held up is looked at for somebody's No, and for its end.
const heldLook = 500 * time.Millisecond

// heldAtMost bounds the time between two readings of a gate that holds a phase up.
const heldAtMost = 2 * time.Minute

// waitHeld waits until the gate is to be read again: what takes long to read is read less often.
func (e *Engine) waitHeld(ctx context.Context, m *store.Migration, phase string, took time.Duration) error {
	ctx, cancel := e.interruptible(ctx)
	defer cancel()
	until := time.NewTimer(max(e.HoldEvery, min(5*took, heldAtMost)))
	defer until.Stop()
	look := time.NewTicker(min(heldLook, e.HoldEvery))
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-until.C:
			return nil
		case <-look.C:
		}
		now, err := e.Store.Load(ctx, m.Name)
		if err != nil {
			return err
		}
		if p := now.Phase(phase); p.Status != store.Holding || p.Run != m.Phases[phase].Run {
			return nil
		}
	}
}

// holdingKey is the key of the message that says what holds a phase up.
func holdingKey(requestID string) string { return "holding:" + requestID }

// goesOn tells that what was held up begins now: in a message of its own, and in the one that said why it waited.
func goesOn(m *store.Migration, phase string, r approvals.Request, now time.Time) ([]store.Outgoing, error) {
	data := Held{Phase: phase, By: r.Requester, Names: m.Phase(phase).Held, Since: r.GrantedAt, WentOn: now}
	before, err := NewEvent(EventHolding, now, data)
	if err != nil {
		return nil, err
	}
	event, err := NewEvent(EventGoesOn, now, data)
	if err != nil {
		return nil, err
	}
	return []store.Outgoing{Tell(m, holdingKey(r.ID), store.Urgent, before), Tell(m, "goes-on:"+r.ID, store.Urgent, event)}, nil
}
