// SPDX-License-Identifier: Apache-2.0

package commands

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
)

// lookLease is held by the one replica that looks for lost migrations, lookPatience is how long it may take.
const (
	lookLease    = "look"
	lookPatience = 2 * time.Minute
)

// Forgot is the data of runbook.EventForgot.
type Forgot struct {
	Seq       int64 `json:"seq"`
	TargetSeq int64 `json:"target_seq"`
}

// LookForLost holds what Redis knows against the targets, once Redis went back or a replica starts, and says in the threads what Redis
// has lost, with the button that adopts it. What can't be asked is passed over: a command meets it again.
func (r *Router) LookForLost(ctx context.Context) {
	if r.Adopter == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, lookPatience)
	defer cancel()
	lease, err := r.Store.Acquire(ctx, "index", lookLease, fmt.Sprintf("%p", r), lookPatience)
	if err != nil || lease == nil {
		return
	}
	defer func() { _ = lease.Release(context.WithoutCancel(ctx)) }()
	all, err := r.Store.List(ctx)
	if err != nil {
		r.Log.Warn("look for what Redis lost", "error", err)
		return
	}
	for _, m := range all {
		if !m.Open() {
			continue
		}
		if err := r.tellBehind(ctx, m.Name); err != nil && ctx.Err() == nil {
			r.Log.Warn("a migration can't be held against its target", "migration", m.Name, "error", err)
		}
	}
	for _, profile := range slices.Sorted(maps.Keys(r.Config.Profiles)) {
		if slices.ContainsFunc(all, func(m *store.Migration) bool { return m.Profile == profile && m.Open() }) {
			continue
		}
		lost, _ := r.Adopter.Lost(ctx, []string{profile}, all)
		for _, name := range lost {
			r.Log.Error("a migration is open on its target and Redis does not know it", "migration", name, "profile", profile)
			if err := r.tellLost(ctx, name, profile); err != nil && ctx.Err() == nil {
				r.Log.Warn("tell a thread that Redis lost its migration", "migration", name, "error", err)
			}
		}
	}
}

// tellBehind says in a migration's thread that Redis was set back behind its target, unless a phase is under way that will.
func (r *Router) tellBehind(ctx context.Context, name string) error {
	behind, seq, targetSeq, err := r.Adopter.Behind(ctx, name)
	if err != nil || !behind {
		return err
	}
	_, err = r.Store.Update(ctx, name, func(m *store.Migration, now time.Time) (store.Change, error) {
		if p := m.BusyPhase(); p != "" && m.Phases[p].Status != store.Waiting {
			return store.Change{}, store.ErrNoChange
		}
		event, err := runbook.NewEvent(runbook.EventForgot, now, Forgot{Seq: seq, TargetSeq: targetSeq})
		return store.Change{Outgoing: []store.Outgoing{runbook.Tell(m, fmt.Sprintf("forgot:%d", targetSeq), store.Urgent, event)}}, err
	})
	return err
}

// tellLost says in the thread of a migration that Redis does not have that it was lost. There is no outbox for it: what was said already
// is seen in the thread itself.
func (r *Router) tellLost(ctx context.Context, name, profile string) error {
	channel := r.Config.Profiles[profile].Channel
	seq, err := r.Adopter.Remembers(ctx, name, profile)
	if err != nil || seq == 0 || r.Adopter.Threads == nil {
		return err
	}
	thread, err := r.Adopter.Threads.Thread(ctx, channel, name, time.Time{})
	if err != nil {
		return err
	}
	key := fmt.Sprintf("forgot:%d", seq)
	if _, said := thread.Places()[key]; said {
		return nil
	}
	event, err := runbook.NewEvent(runbook.EventForgot, time.Now(), Forgot{TargetSeq: seq})
	if err != nil {
		return err
	}
	m := &store.Migration{Name: name}
	words, err := forgot(m, event)
	if err != nil {
		return err
	}
	return r.Slack.Notice(ctx, channel, thread.Root, runbook.Tell(m, key, store.Urgent, event), words)
}

// forgot says that Redis knows less than the target, and offers to adopt.
func forgot(m *store.Migration, event store.Event) (Message, error) {
	var f Forgot
	if err := json.Unmarshal(event.Data, &f); err != nil {
		return Message{}, err
	}
	problem := (&runbook.ForgotError{Migration: m.Name, Seq: f.Seq, TargetSeq: f.TargetSeq}).Problem()
	return message("⚠ "+problemText(problem)).
		with(contextBlock("Adopt shows first what it finds, and changes nothing before that is confirmed."), adoptButton(m.Name)), nil
}
