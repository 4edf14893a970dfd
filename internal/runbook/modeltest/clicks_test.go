// SPDX-License-Identifier: Apache-2.0

package modeltest_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ferryman/ferryman/commands"
	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
	"github.com/stretchr/testify/require"
)

// The action ids of the design.
const (
	approve  = "approval.approve"
	reject   = "approval.reject"
	withdraw = "approval.withdraw"
)

// click is something that a person did in Slack, and what became of it.
type click struct {
	env     commands.Envelope
	act     string
	request string
	// right tells that it was made on the message of the request.
	right        bool
	began, ended time.Time
	err          error
	// told is what the person alone was told by it.
	told string
	done chan struct{}
}

// over tells whether it has an end yet.
func (c *click) over() bool {
	select {
	case <-c.done:
		return true
	default:
		return false
	}
}

// envelope begins an envelope of somebody.
func (w *world) envelope(user string, kind commands.EnvelopeType) commands.Envelope {
	w.serial++
	return commands.Envelope{ID: fmt.Sprintf("envelope-%d", w.serial), Type: kind, Team: team, User: user, Channel: channel, ResponseURL: user}
}

// handle gives an envelope to a replica and waits for its end, unless the replica falls asleep over it.
func (w *world) handle(r *replica, c *click) {
	w.begin(r, c)
	w.await(r, c)
}

// begin gives an envelope to a replica.
func (w *world) begin(r *replica, c *click) {
	c.began, c.done = w.now(), make(chan struct{})
	w.clicks = append(w.clicks, c)
	r.busy.Go(func() {
		defer close(c.done)
		c.err = w.treat(r, c)
		c.ended = w.now()
	})
}

// await waits until a click has its end, or its replica sleeps.
func (w *world) await(r *replica, c *click) {
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-c.done:
			return
		case <-tick.C:
			if _, asleep := r.wire.state(); asleep {
				return
			}
		}
	}
}

// treat does what the bot does with an envelope: the modal beside the handling, and the answer to who is refused.
func (w *world) treat(r *replica, c *click) error {
	ctx, cancel := context.WithTimeout(r.ctx, 2*time.Minute)
	defer cancel()
	if c.env.Type == commands.BlockAction {
		view, err := r.router.Modal(ctx, c.env)
		if err == nil && view != nil {
			w.mu.Lock()
			w.modals = append(w.modals, modal{user: c.env.User, callback: view.CallbackID, metadata: view.PrivateMetadata, act: c.act})
			w.mu.Unlock()
		}
	}
	err := r.router.Handle(ctx, c.env)
	var refusal commands.Refusal
	if errors.As(err, &refusal) {
		c.told = refusal.ForUser()
	}
	return err
}

// modal is a view that somebody has open.
type modal struct{ user, callback, metadata, act string }

// submit sends a modal off.
func (w *world) submit(r *replica, m modal, fields map[string]string) *click {
	env := w.envelope(m.user, commands.ViewSubmission)
	env.CallbackID, env.PrivateMetadata, env.Fields = m.callback, m.metadata, fields
	env.Channel, env.ResponseURL = "", ""
	c := &click{env: env, act: m.act, request: m.metadata, right: true}
	w.handle(r, c)
	return c
}

// filled is how people fill a modal in: now and then with nothing, or with something else.
func (w *world) filled(m modal) map[string]string {
	if w.rng.IntN(8) == 0 {
		return map[string]string{"reason": "  ", "name": "something-else"}
	}
	return map[string]string{"reason": "not tonight", "name": w.name}
}

// press presses a button of a request's message. A button that opens a modal is pressed and the modal sent off.
func (w *world) press(r *replica, user, action, request string) *click {
	c := w.button(user, action, request)
	w.handle(r, c)
	w.sendModals(r)
	return c
}

// button is a press of a button on the message of a request.
func (w *world) button(user, action, request string) *click {
	env := w.envelope(user, commands.BlockAction)
	env.ActionID, env.Value, env.MessageTS = action, request, w.places[request]
	return &click{env: env, act: strings.TrimPrefix(action, "approval."), request: request, right: true}
}

// sendModals sends off what modals are open; some stay open for later.
func (w *world) sendModals(r *replica) {
	w.mu.Lock()
	open := w.modals
	w.modals = nil
	w.mu.Unlock()
	for _, m := range open {
		if w.rng.IntN(5) == 0 || !r.alive() {
			w.mu.Lock()
			w.modals = append(w.modals, m)
			w.mu.Unlock()
			continue
		}
		w.submit(r, m, w.filled(m))
	}
}

// command types the command of a phase.
func (w *world) command(r *replica, user, phase string) *click {
	env := w.envelope(user, commands.SlashCommand)
	env.Command, env.Text = "/migrate-"+phase, w.name
	c := &click{env: env, act: "command"}
	w.handle(r, c)
	return c
}

// post is the thread: every message of a request that waits to be posted is, and recorded.
func (w *world) post() {
	waiting, err := w.lane.store.Waiting(w.ctx, w.name)
	require.NoError(w.t, err)
	posted := map[string]store.Posted{}
	for _, m := range waiting {
		request, ok := strings.CutPrefix(m.Key, runbook.ApprovalKey(""))
		if !ok {
			continue
		}
		if _, there, err := w.lane.store.PostedMessage(w.ctx, w.name, m.Key); err != nil || there || posted[m.Key].TS != "" {
			require.NoError(w.t, err)
			continue
		}
		w.place(request, posted)
	}
	w.lane.store.Relink(w.ctx, w.name, postman, posted, waiting, nil)
}

// place puts a request's message into the channel, anew where it was there before: the old one is a copy without power from then on.
func (w *world) place(request string, posted map[string]store.Posted) {
	w.serial++
	ts := fmt.Sprintf("1700000000.%06d", w.serial)
	if old := w.places[request]; old != "" {
		w.stale = append(w.stale, staleMessage{request, old})
	}
	w.places[request] = ts
	posted[runbook.ApprovalKey(request)] = store.Posted{Channel: channel, TS: ts}
}

// staleMessage is a message of a request that was replaced.
type staleMessage struct{ request, ts string }

// postman is who holds the outbox.
const postman = "the postman"
