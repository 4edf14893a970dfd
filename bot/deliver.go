// SPDX-License-Identifier: Apache-2.0

package bot

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ferryman/ferryman/commands"
	"github.com/ferryman/ferryman/store"
	"github.com/slack-go/slack"
)

const (
	methodPost   = "chat.postMessage"
	methodUpdate = "chat.update"
	methodUpload = "files.upload"
)

// sendOne delivers one Outgoing. Who learns while at it that another has the outbox now sees to it that the other's word stands.
func (b *Bot) sendOne(ctx context.Context, h *hold, o *store.Sending, hasTurn bool) error {
	h.attempt = ""
	err := b.deliver(ctx, h, o, hasTurn)
	if err == nil || h.attempt == "" || h.running.Err() != nil || ctx.Err() == nil && !errors.Is(err, store.ErrLeaseLost) {
		return err
	}
	b.log.Warn("another replica has the outbox", "migration", o.Migration, "key", o.Key, "id", o.ID, "error", err)
	edited := h.attempt == methodUpdate
	b.background.Go(func() {
		if b.succeeded(h.running, o) && edited {
			b.showAgain(h.running, o)
		} else if h.running.Err() == nil {
			b.removeTwins(h.running, o)
		}
	})
	return store.ErrLeaseLost
}

// deliver brings one Outgoing to Slack and records where it is. Its error means: again later. hasTurn tells that there is a turn for an
// edit already.
func (b *Bot) deliver(ctx context.Context, h *hold, o *store.Sending, hasTurn bool) error {
	posted, shown, err := b.shown(ctx, o)
	if err != nil {
		return err
	}
	// A reading that is older than what the message shows already has nothing to say.
	if shown && (o.Priority == store.Progress || o.Again) && o.Event.At.Before(posted.At) {
		return b.Store.DoneOutgoing(ctx, h.owner, o, nil)
	}
	m := b.render(ctx, o)
	if m.Text == "" && len(m.Blocks) == 0 {
		return b.Store.DoneOutgoing(ctx, h.owner, o, nil)
	}
	sum := sumOf(m)
	if shown && o.Priority == store.Progress && sum != "" && sum == posted.Sum {
		posted.At = later(posted.At, o.Event.At)
		return b.Store.DoneOutgoing(ctx, h.owner, o, &posted)
	}
	place, err := b.place(ctx, o)
	if err != nil {
		return err
	}
	missing, err := b.upload(ctx, h, o, place, m.Files)
	if err != nil {
		return err
	}
	for _, text := range missing {
		m = withLine(m, text)
	}
	at := &store.Posted{Channel: posted.Channel, TS: posted.TS, At: later(posted.At, o.Event.At), Sum: sum}
	if shown {
		err = b.edit(ctx, h, o, at, m, hasTurn)
		if isCode(err, goneForGood...) {
			b.log.Info("a message can't be edited and is posted anew", "migration", o.Migration, "key", o.Key, "error", err)
			shown = false
		}
	}
	if !shown {
		at = &store.Posted{At: o.Event.At, Sum: sum}
		err = b.post(ctx, h, o, place, at, m)
	}
	if isCode(err, neverTaken...) {
		b.log.Error("Slack does not take a message; it is left out", "migration", o.Migration, "key", o.Key, "id", o.ID, "error", err)
		at, err = nil, nil
	}
	if err != nil {
		return err
	}
	return b.done(ctx, h, o, at)
}

// goneForGood are Slack's for a message that can't be edited, whoever tries.
var goneForGood = []string{"message_not_found", "cant_update_message", "edit_window_closed"}

// neverTaken are Slack's for a message that it will never take, not even as a few words: those behind it must get through.
var neverTaken = slices.Concat(blockErrors, []string{"no_text", "invalid_arguments"})

// done records where a message is. It is worth another try when it failed: whoever finds no record has to look for the message.
func (b *Bot) done(ctx context.Context, h *hold, o *store.Sending, at *store.Posted) error {
	err := b.Store.DoneOutgoing(ctx, h.owner, o, at)
	if err != nil && (ctx.Err() != nil || errors.Is(err, store.ErrUnavailable)) {
		again, cancel := context.WithTimeout(context.WithoutCancel(ctx), b.StoreTimeout)
		defer cancel()
		err = b.Store.DoneOutgoing(again, h.owner, o, at)
	}
	return err
}

// shown is the message that o edits, if it was posted before.
func (b *Bot) shown(ctx context.Context, o *store.Sending) (store.Posted, bool, error) {
	if o.Key == "" {
		return store.Posted{}, false, nil
	}
	return b.Store.PostedMessage(ctx, o.Migration, o.Key)
}

// place is where o is posted: the root in the migration's channel, everything else in the root's thread.
func (b *Bot) place(ctx context.Context, o *store.Sending) (store.Posted, error) {
	if o.Key != store.RootKey {
		root, found, err := b.Store.PostedMessage(ctx, o.Migration, store.RootKey)
		if err != nil || found {
			return root, err
		}
	}
	m, err := b.Store.Load(ctx, o.Migration)
	if err != nil {
		return store.Posted{}, err
	}
	return store.Posted{Channel: m.Channel}, nil
}

// render words the event. What can't be worded is told as having happened, because silence would be worse.
func (b *Bot) render(ctx context.Context, o *store.Sending) (m commands.Message) {
	err := b.guarded("Render", func() (err error) {
		m, err = b.Router.Render(ctx, o.Outgoing)
		return err
	})
	if err != nil {
		b.log.Error("an event can't be worded", "migration", o.Migration, "kind", o.Event.Kind, "id", o.ID, "error", err)
		return wordless(o)
	}
	return m
}

// wordless says that something happened, where more can't be said.
func wordless(o *store.Sending) commands.Message {
	return commands.Message{Text: fmt.Sprintf("Something happened here (%s) that I can't put into words. `/migrate-status` shows where things stand; "+
		"the reason is in Ferryman's log under `%s`.", commands.Escape(o.Event.Kind), commands.Escape(o.ID))}
}

// edit changes the message in place.
func (b *Bot) edit(ctx context.Context, h *hold, o *store.Sending, at *store.Posted, m commands.Message, hasTurn bool) error {
	if len(m.Blocks) == 0 {
		m.Blocks = plain(m) // Slack keeps the old blocks of a message that is edited without any.
	}
	return b.send(o, m, func(options []slack.MsgOption) error {
		if !hasTurn {
			if err := b.turn(ctx, methodUpdate, at.Channel, o.Priority); err != nil {
				return err
			}
		}
		hasTurn = false
		return b.callAlone(ctx, h, methodUpdate, func(ctx context.Context) error {
			_, _, _, err := b.Slack.api.UpdateMessageContext(ctx, at.Channel, at.TS, options...)
			return err
		})
	})
}

// settled is how long after a try that broke off one may look for its message: Slack may still be at it.
const settled = 2 * time.Second

// post posts a new message and notes where, unless an earlier try of the same post is there already.
func (b *Bot) post(ctx context.Context, h *hold, o *store.Sending, place store.Posted, at *store.Posted, m commands.Message) error {
	before := o.Stage == store.Posting
	if before {
		now, err := b.Store.Now(ctx)
		if err != nil {
			return err
		}
		if wait := settled - now.Sub(o.Since); wait > 0 {
			sleep(ctx, wait)
		}
		ts, err := b.find(ctx, o, place)
		if err != nil {
			return err
		}
		if ts != "" {
			at.Channel, at.TS = place.Channel, ts
			return nil
		}
	}
	err := b.send(o, m, func(options []slack.MsgOption) error {
		if err := b.turn(ctx, methodPost, place.Channel, o.Priority); err != nil {
			return err
		}
		// The mark is the last thing before the call: a replica that finds it looks for the message before it posts it.
		if err := b.Store.MarkOutgoing(ctx, h.owner, o, store.Posting); err != nil {
			return err
		}
		err := b.callAlone(ctx, h, methodPost, func(ctx context.Context) (err error) {
			if place.TS != "" {
				options = append(options, slack.MsgOptionTS(place.TS))
			}
			at.Channel, at.TS, err = b.Slack.api.PostMessageContext(ctx, place.Channel, options...)
			return err
		})
		if place.TS != "" && isCode(err, "thread_not_found", "cannot_reply_to_message", "message_not_found") {
			b.log.Warn("the thread is gone; its message goes to the channel", "migration", o.Migration, "key", o.Key, "error", err)
			if err := b.Store.MarkOutgoing(ctx, h.owner, o, store.Taken); err != nil {
				return err
			}
			return b.post(ctx, h, o, store.Posted{Channel: place.Channel}, at, m)
		}
		if isRefusal(err) && ctx.Err() == nil { // It is not there for certain.
			if err := b.Store.MarkOutgoing(ctx, h.owner, o, store.Taken); err != nil {
				return err
			}
		}
		return err
	})
	if err == nil && before {
		// Slack may come to the first try after all.
		b.background.Go(func() { b.removeTwins(h.running, o) })
	}
	return err
}

// callAlone calls Slack while nobody else can have the outbox. Slack asking for patience is kept where all replicas see it.
func (b *Bot) callAlone(ctx context.Context, h *hold, method string, do func(context.Context) error) error {
	if method != methodPost { // whose mark has asked
		if held, err := h.ask(ctx); err != nil || !held {
			return cmp.Or(err, store.ErrLeaseLost)
		}
	}
	if !h.sure() {
		return store.ErrLeaseLost
	}
	h.attempt = method
	err := b.Slack.once(ctx, method, do)
	var limited *slack.RateLimitedError
	if errors.As(err, &limited) {
		b.log.Warn("Slack asked to wait", "method", method, "for", limited.RetryAfter)
		wait := max(limited.RetryAfter, time.Second)
		if err := b.Store.PauseMethod(ctx, method, wait); err != nil {
			return err
		}
		return &laterError{wait}
	}
	return explain(method, err)
}

// isRefusal tells that a call had no effect for certain: Slack said so, and not that something went wrong on its side.
func isRefusal(err error) bool {
	var later *laterError
	var refused slack.SlackErrorResponse
	return errors.As(err, &later) || errors.As(err, &refused) &&
		!isCode(err, "internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org")
}

// send tries a message in its blocks, then as text alone, then as a few words, until Slack takes it.
func (b *Bot) send(o *store.Sending, m commands.Message, do func([]slack.MsgOption) error) error {
	metadata := slack.MsgOptionMetadata(slack.SlackMetadata{EventType: metadataType, EventPayload: map[string]any{
		"id": o.ID, "key": o.Key, "migration": o.Migration, "kind": o.Event.Kind, "at": o.Event.At.UTC().Format(time.RFC3339Nano),
		"audit_seq": o.AuditSeq, "audit_head": o.AuditHead,
	}})
	for less := 0; ; less++ {
		err := do(append(content(m), metadata))
		if less == 2 || !isCode(err, blockErrors...) {
			return err
		}
		b.log.Error("Slack refused the form of a message; it is sent in a simpler one", "migration", o.Migration, "key", o.Key, "error", err)
		if m.Blocks = plain(m); less == 1 {
			m = wordless(o)
			m.Blocks = plain(m)
		}
	}
}

// blockErrors are Slack's for a message that it will never take as it is.
var blockErrors = []string{"invalid_blocks", "invalid_blocks_format", "msg_too_long", "msg_blocks_too_long"}

// sumOf is a digest of what a message shows.
func sumOf(m commands.Message) string {
	body, err := json.Marshal([]any{m.Text, m.Blocks})
	if err != nil {
		return ""
	}
	return digest(string(body))[:16]
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
