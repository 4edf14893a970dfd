// SPDX-License-Identifier: Apache-2.0

package runbook

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"time"

	"github.com/ferryman/ferryman/approvals"
	"github.com/ferryman/ferryman/store"
)

// The kinds of events that the engine itself makes; phases report their own.
const (
	EventRoot     = "root"
	EventApproval = "approval"
	EventReminder = "reminder"
	EventHolding  = "holding"
	EventGoesOn   = "goes_on"
	EventVoid     = "void"
	EventRed      = "red"
	EventFailed   = "failed"
	EventComplete = "complete"
)

// Ask is the data of EventApproval: the request and what it is about.
type Ask struct {
	Request  approvals.Request `json:"request"`
	Why      string            `json:"why"`
	Summary  json.RawMessage   `json:"summary,omitempty"`
	Evidence []Evidence        `json:"evidence,omitempty"`
	// Moved says what is different from the plan that this one replaces.
	Moved []string `json:"moved,omitempty"`
	Steps int      `json:"steps"`
	// Before is how long the phase took the last time that it was run to its end; zero where it never was.
	Before time.Duration `json:"before,omitempty"`
	// Files tells that the plan and its script go with this message: they do with the first one of a request.
	Files bool `json:"files,omitempty"`
}

// Held is the data of EventHolding and EventGoesOn.
type Held struct {
	Phase string `json:"phase"`
	// By is who commanded it.
	By string `json:"by"`
	// Until is when the request expires, Evidence the gate as it was read; Names are the facts that held it up last, until WentOn.
	Until    time.Time  `json:"until,omitzero"`
	Evidence []Evidence `json:"evidence,omitempty"`
	Names    []string   `json:"names,omitempty"`
	Since    time.Time  `json:"since,omitzero"`
	WentOn   time.Time  `json:"went_on,omitzero"`
}

// Ended is the data of EventVoid, EventRed, EventFailed and EventComplete.
type Ended struct {
	Phase    string          `json:"phase"`
	Took     time.Duration   `json:"took,omitempty"`
	Moved    []string        `json:"moved,omitempty"`
	Evidence []Evidence      `json:"evidence,omitempty"`
	Problem  *Problem        `json:"problem,omitempty"`
	Data     json.RawMessage `json:"data,omitempty"`
	Files    []File          `json:"files,omitempty"`
	Next     string          `json:"next,omitempty"`
	// Adopt tells that the migration must be adopted before anything can go on.
	Adopt bool `json:"adopt,omitempty"`
}

// NewEvent makes an event of data that can always be written as JSON.
func NewEvent(kind string, at time.Time, data any) (store.Event, error) {
	body, err := json.Marshal(data)
	if err != nil {
		return store.Event{}, fmt.Errorf("write event %s: %w", kind, err)
	}
	return store.Event{Kind: kind, At: at, Data: body}, nil
}

// Tell makes the message that tells of an event.
func Tell(m *store.Migration, key string, priority store.Priority, event store.Event) store.Outgoing {
	return store.Outgoing{ID: rand.Text(), Migration: m.Name, Key: key, Priority: priority, Event: event}
}

// ApprovalKey is the key of a request's message: a click counts only from the message posted under it.
func ApprovalKey(requestID string) string { return "approval:" + requestID }

// Root is the edit of the root message for the migration as it is.
func Root(m *store.Migration, at time.Time) store.Outgoing {
	return Tell(m, store.RootKey, store.Progress, store.Event{Kind: EventRoot, At: at})
}

// report passes a phase's readings to the thread. A reading that can't be passed on is only logged: the next one replaces it.
func (e *Engine) report(ctx context.Context, m *store.Migration, phase string) Report {
	run := m.Phase(phase).Run
	return func(kind, headline string, data any) {
		now, err := e.Store.Now(ctx)
		if err != nil {
			return
		}
		event, err := NewEvent(phase+"."+kind, now, data)
		if err == nil {
			err = e.Store.PutProgress(ctx, Tell(m, fmt.Sprintf("%s:%d:%s", phase, run, kind), store.Progress, event))
		}
		if err == nil && headline != "" {
			err = e.headline(ctx, m.Name, phase, headline)
		}
		if err != nil && ctx.Err() == nil {
			e.Log.Warn("tell a reading", "migration", m.Name, "phase", phase, "error", err)
		}
	}
}

func (e *Engine) headline(ctx context.Context, migration, phase, headline string) error {
	_, err := e.Store.Update(ctx, migration, func(m *store.Migration, now time.Time) (store.Change, error) {
		p := m.Phase(phase)
		if p.Headline == headline {
			return store.Change{}, store.ErrNoChange
		}
		p.Headline = headline
		return store.Change{Outgoing: []store.Outgoing{Root(m, now)}}, nil
	})
	return err
}

// update commits a change of a phase that must still be in the given status of the run that was read, and edits the root message.
func (e *Engine) update(ctx context.Context, read *store.Migration, phase string, from store.PhaseStatus, decide func(m *store.Migration, p *store.Phase, now time.Time) (store.Change, error)) error {
	run := read.Phase(phase).Run
	_, err := e.Store.Update(ctx, read.Name, func(m *store.Migration, now time.Time) (store.Change, error) {
		p := m.Phase(phase)
		if p.Status != from || p.Run != run {
			return store.Change{}, errOutdated
		}
		before := p.Status
		c, err := decide(m, p, now)
		if err != nil {
			return c, err
		}
		moved := p.Headline == tryingAgain
		if moved {
			p.Headline = ""
		}
		if moved || p.Status != before || len(c.Outgoing) > 0 {
			c.Outgoing = append(c.Outgoing, Root(m, now))
		}
		return c, nil
	})
	return err
}
