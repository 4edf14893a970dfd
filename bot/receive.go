// SPDX-License-Identifier: Apache-2.0

package bot

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/ferryman/ferryman/commands"
	"github.com/ferryman/ferryman/store"
	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
)

// storeTimeout leaves of Slack's three seconds enough to answer when Redis is away, viewTimeout enough to store after a modal was
// looked at, and receiveTimeout bounds it all.
const (
	receiveTimeout = 15 * time.Second
	storeTimeout   = 1500 * time.Millisecond
	viewTimeout    = 1200 * time.Millisecond
)

const (
	nothingDone  = "Ferryman can't reach its store right now: nothing was done. Try again in a moment."
	maybeDone    = "Ferryman's store did not answer in time, so it is not known whether this was taken. See `/migrate-status` before you try again."
	otherWorkspc = "This Ferryman belongs to another workspace: nothing was done."
)

// acker answers an envelope on the socket that it came by.
type acker interface {
	AckCtx(ctx context.Context, envelopeID string, payload any) error
}

// receive stores what arrived and only then acknowledges it; what can't be stored is said to the person at once. running lasts as long
// as the bot, alive as long as the socket.
func (b *Bot) receive(running, alive context.Context, socket acker, e socketmode.Event) {
	ack := func(payload any) {
		if err := socket.AckCtx(alive, e.Request.EnvelopeID, payload); err != nil && alive.Err() == nil {
			b.log.Warn("an acknowledgement did not leave; Slack may deliver again", "error", err)
		}
	}
	d := decode(e, time.Now())
	if d == nil {
		ack(nil)
		return
	}
	// What was received is brought to its end even when its socket closes meanwhile.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(running), receiveTimeout)
	defer cancel()
	env := d.env
	us, err := b.Slack.Identity(ctx)
	if err != nil || env.Team != us.TeamID {
		b.log.Warn("refused an envelope of another workspace", "team", env.Team, "type", env.Type, "user", env.User)
		b.refuse(ctx, ack, d, otherWorkspc)
		return
	}
	if env.Type == commands.BlockAction && env.ActionID == reopenAction {
		ack(nil)
		b.reopen(ctx, env)
		return
	}
	if env.Type == commands.ViewSubmission {
		if wrong := b.viewErrors(ctx, env); len(wrong) > 0 {
			ack(slack.NewErrorsViewSubmissionResponse(wrong))
			return
		}
	}
	payload, err := json.Marshal(env)
	if err != nil {
		b.log.Error("an envelope can't be written", "error", err)
		return
	}
	storing, stored := context.WithTimeout(ctx, storeTimeout)
	fresh, err := b.Store.PutInbound(storing, d.dedupe, payload, storeTimeout)
	stored()
	if err != nil {
		b.log.Error("what arrived from Slack was not stored", "error", err, "envelope", env.ID)
		text := maybeDone
		if store.NothingDone(err) {
			text = nothingDone
		}
		b.refuse(ctx, ack, d, text)
		return
	}
	ack(nil)
	if !fresh {
		return
	}
	b.noteIfSlow(running, env)
	if env.Type != commands.ViewSubmission && env.TriggerID != "" {
		b.openModal(withEnvelope(ctx, env.ID), env)
	}
}

// refuse acknowledges without having stored, and says so where the person is looking.
func (b *Bot) refuse(ctx context.Context, ack func(any), d *delivery, text string) {
	switch d.env.Type {
	case commands.SlashCommand:
		ack(map[string]any{"response_type": slack.ResponseTypeEphemeral, "text": text})
	case commands.ViewSubmission:
		if len(d.inputs) == 0 {
			return // Without an ack Slack itself says that it did not work, and the modal stays.
		}
		ack(slack.NewErrorsViewSubmissionResponse(map[string]string{slices.Min(d.inputs): text}))
	default:
		ack(nil)
		if d.env.ResponseURL == "" {
			return
		}
		if err := b.Slack.Respond(ctx, d.env.ResponseURL, commands.Message{Text: text}); err != nil {
			b.log.Warn("could not say that nothing was done", "error", err)
		}
	}
}

// viewErrors asks what is wrong with a submitted modal. Where that can't be told in time the submission is taken: Handle looks again.
func (b *Bot) viewErrors(ctx context.Context, env commands.Envelope) (wrong map[string]string) {
	ctx, cancel := context.WithTimeout(ctx, viewTimeout)
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

// noteIfSlow tells the person that their command is being worked on, unless they had an answer by then.
func (b *Bot) noteIfSlow(running context.Context, env commands.Envelope) {
	if env.ResponseURL == "" {
		return
	}
	what := cmp.Or(env.Command, "your click")
	b.background.Go(func() {
		if !sleep(running, b.NoteAfter) {
			return
		}
		ctx, cancel := context.WithTimeout(running, callTimeout)
		defer cancel()
		first, err := b.Store.FirstAnswer(ctx, env.ID)
		if err == nil && !first {
			return
		}
		m := commands.Message{Text: "Still working on " + commandText(what) + " …"}
		if err := b.Slack.Respond(ctx, env.ResponseURL, m); err != nil {
			b.log.Warn("could not say that it takes longer", "error", err, "envelope", env.ID)
		}
	})
}

// noteAnswered records that somebody has been answered.
func (b *Bot) noteAnswered(ctx context.Context, envelopeID string) {
	if _, err := b.Store.FirstAnswer(ctx, envelopeID); err != nil {
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
