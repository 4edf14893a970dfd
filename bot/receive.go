// SPDX-License-Identifier: Apache-2.0

package bot

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/ferryman/ferryman/commands"
	"github.com/ferryman/ferryman/store"
	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
)

const (
	// receiveTimeout bounds all that is done with one arrival.
	receiveTimeout = 15 * time.Second
	// settleFor is for how long a person is owed the word whether something was taken; Slack takes it for thirty minutes.
	settleFor = 25 * time.Minute
)

// A crowd's acknowledgements go first: modalsAtOnce bounds how many envelopes are looked at for a modal, which reads the store, and
// giveWay how long that, and the workers' next envelope, wait for those that are being received.
const (
	modalsAtOnce = 8
	giveWay      = 100 * time.Millisecond
)

const (
	nothingDone  = "Ferryman can't reach its store right now: nothing was done. Try again in a moment."
	maybeDone    = "Ferryman's store did not answer in time, so it is not known yet whether this was taken. You will be told here once it is."
	notDone      = "Ferryman's store is back: what you did just before was not taken, and nothing was done. Try again."
	otherWorkspc = "This Ferryman belongs to another workspace: nothing was done."
)

// acker answers an envelope on the socket that it came by.
type acker interface {
	ack(envelopeID string, payload any) error
}

// receive stores what arrived and only then acknowledges it; what can't be stored is said to the person at once.
func (b *Bot) receive(socket acker, r *socketmode.Request) {
	arrived := time.Now()
	b.receiving.begin()
	acked := sync.OnceFunc(b.receiving.end)
	defer acked()
	d := decode(r, arrived)
	ack := func(outcome string, payload any) {
		defer acked()
		if err := socket.ack(r.EnvelopeID, payload); err != nil {
			b.log.Warn("an acknowledgement did not leave; Slack may deliver again", "error", err)
			outcome += "_unacked"
		}
		b.metrics.received(d, outcome, time.Since(arrived))
	}
	if d == nil {
		ack("ignored", nil)
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), receiveTimeout)
	defer cancel()
	env := d.env
	us, err := b.Slack.Identity(ctx) // known since the start
	if err != nil || env.Team != us.TeamID {
		b.log.Warn("refused an envelope of another workspace", "team", env.Team, "type", env.Type, "user", env.User)
		b.refuse(ctx, ack, d, otherWorkspc)
		return
	}
	if env.Type == commands.BlockAction && env.ActionID == reopenAction {
		ack("reopen", nil)
		b.reopen(ctx, env)
		return
	}
	// A form that stays open with what is wrong in it is no act yet: it is not stored, and nobody handles it.
	if env.Type == commands.ViewSubmission {
		if wrong := b.viewErrors(ctx, env); len(wrong) > 0 {
			ack("invalid", slack.NewErrorsViewSubmissionResponse(wrong))
			return
		}
	}
	payload, err := json.Marshal(env)
	if err != nil {
		b.log.Error("an envelope can't be written", "error", err)
		return
	}
	storing, stored := context.WithTimeout(ctx, b.StoreTimeout)
	fresh, err := b.Store.PutInbound(storing, d.dedupe, payload, b.StoreTimeout)
	stored()
	if err != nil {
		b.log.Error("what arrived from Slack was not stored", "error", err, "envelope", env.ID)
		if store.NothingDone(err) {
			b.refuse(ctx, ack, d, nothingDone)
			return
		}
		b.refuse(ctx, ack, d, maybeDone)
		b.background.Go(func() { b.settle(d) })
		return
	}
	if !fresh {
		ack("repeated", nil)
		return
	}
	ack("stored", nil)
	b.noteIfSlow(env)
	if env.Type != commands.ViewSubmission && env.TriggerID != "" {
		select {
		case b.modals <- struct{}{}:
			defer func() { <-b.modals }()
			b.letPass(ctx)
			b.openModal(withEnvelope(ctx, env.ID), env)
		case <-ctx.Done():
		}
	}
}

// letPass waits for what is being received, but not for long.
func (b *Bot) letPass(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, giveWay)
	defer cancel()
	b.receiving.wait(ctx)
}

// refuse acknowledges without having stored, and says so where the person is looking.
func (b *Bot) refuse(ctx context.Context, ack func(outcome string, payload any), d *delivery, text string) {
	switch d.env.Type {
	case commands.SlashCommand:
		ack("refused", map[string]any{"response_type": slack.ResponseTypeEphemeral, "text": text})
	case commands.ViewSubmission:
		if len(d.inputs) == 0 {
			return // Without an ack Slack itself says that it did not work, and the modal stays.
		}
		ack("refused", slack.NewErrorsViewSubmissionResponse(map[string]string{slices.Min(d.inputs): text}))
	case commands.FilesShared:
		return // without an ack Slack sends it again, for an hour
	default:
		ack("refused", nil)
		if d.env.ResponseURL == "" {
			return
		}
		if err := b.Slack.Respond(ctx, d.env.ResponseURL, commands.Message{Text: text}); err != nil {
			b.log.Warn("could not say that nothing was done", "error", err)
		}
	}
}

// settle tells a person what became of something that may have been stored. Where it was, its handler answers; where it was not, it
// never will be any more, as the time for it has passed.
func (b *Bot) settle(d *delivery) {
	if d.env.ResponseURL == "" {
		return
	}
	for until := time.Now().Add(settleFor); time.Now().Before(until); {
		timer := time.NewTimer(2 * b.StoreTimeout)
		select {
		case <-timer.C:
		case <-b.told:
			timer.Stop()
			return
		}
		ctx, cancel := context.WithTimeout(context.Background(), callTimeout)
		stored, err := b.Store.WasStored(ctx, d.dedupe)
		if err == nil && !stored {
			err = b.Slack.Respond(ctx, d.env.ResponseURL, commands.Message{Text: notDone})
		}
		cancel()
		if err == nil {
			return
		}
	}
}

// viewErrors asks what is wrong with a submitted modal. Where that can't be told in time the submission is taken: Handle looks again.
func (b *Bot) viewErrors(ctx context.Context, env commands.Envelope) (wrong map[string]string) {
	ctx, cancel := context.WithTimeout(ctx, b.StoreTimeout/3) // which leaves enough to store it after that
	defer cancel()
	err := b.guarded("ViewErrors", func() (err error) {
		wrong, err = b.Router.ViewErrors(ctx, env)
		return err
	})
	if err != nil {
		b.log.Warn("a submitted modal could not be looked at before it was taken", "error", err, "envelope", env.ID)
		return nil
	}
	return wrong
}

// noteIfSlow tells the person that their command is being worked on, unless they had an answer by then. A bot that stops says so at
// once: whoever goes on does not know how long they have been waiting.
func (b *Bot) noteIfSlow(env commands.Envelope) {
	if env.ResponseURL == "" {
		return
	}
	text := "Checking your click with Slack …"
	if env.Command != "" {
		text = "Still working on " + commandText(env.Command) + " …"
	}
	b.background.Go(func() {
		timer := time.NewTimer(b.NoteAfter)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-b.told:
		}
		ctx, cancel := context.WithTimeout(context.Background(), callTimeout)
		defer cancel()
		if answered, err := b.Store.Answered(ctx, env.ID); err == nil && answered {
			return
		}
		if err := b.Slack.Respond(ctx, env.ResponseURL, commands.Message{Text: text}); err != nil {
			b.log.Warn("could not say that it takes longer", "error", err, "envelope", env.ID)
		}
	})
}

// noteAnswered records that somebody has been answered.
func (b *Bot) noteAnswered(ctx context.Context, envelopeID string) {
	if err := b.Store.NoteAnswer(ctx, envelopeID); err != nil {
		b.log.Warn("an answer was not noted", "error", err, "envelope", envelopeID)
	}
}

// guarded turns a panic into an error that has the place in the log and nothing of it in Slack.
func (b *Bot) guarded(doing string, do func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			b.log.Error("panic", "in", doing, "value", fmt.Sprint(p), "stack", stack())
			err = fmt.Errorf("%s panicked", doing)
		}
	}()
	return do()
}
