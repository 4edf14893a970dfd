// SPDX-License-Identifier: Apache-2.0

package bot

import (
	"context"
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

// errPaused: Slack asked for patience, and the pause is noted where all replicas see it.
var errPaused = errors.New("Slack asked to wait")

// deliver brings one Outgoing to Slack and records where it is. Its error means: again later.
func (b *Bot) deliver(ctx context.Context, owner string, o *store.Sending) error {
	posted, shown, err := b.shown(ctx, o)
	if err != nil {
		return err
	}
	// A reading that is older than what the message shows already has nothing to say.
	if shown && o.Priority == store.Progress && o.Event.At.Before(posted.At) {
		return b.Store.DoneOutgoing(ctx, owner, o, nil)
	}
	m := b.render(ctx, o)
	if m.Text == "" && len(m.Blocks) == 0 {
		return b.Store.DoneOutgoing(ctx, owner, o, nil)
	}
	place, err := b.place(ctx, o)
	if err != nil {
		return err
	}
	missing, err := b.upload(ctx, owner, o, place, m.Files)
	if err != nil {
		return err
	}
	for _, text := range missing {
		m = withLine(m, text)
	}
	if shown {
		at, err := b.edit(ctx, o, posted, m)
		if err == nil {
			return b.Store.DoneOutgoing(ctx, owner, o, at)
		}
		if !isCode(err, "message_not_found", "cant_update_message", "edit_window_closed") {
			return b.givenUp(ctx, owner, o, err)
		}
		b.log.Info("a message can't be edited and is posted anew", "migration", o.Migration, "key", o.Key, "error", err)
	}
	at, err := b.post(ctx, owner, o, place, m)
	if err != nil {
		return b.givenUp(ctx, owner, o, err)
	}
	return b.Store.DoneOutgoing(ctx, owner, o, at)
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
		return commands.Message{Text: fmt.Sprintf("Something happened here (%s) that I can't put into words. `/migrate-status` shows where things stand; the reason is in Ferryman's log under `%s`.", o.Event.Kind, o.ID)}
	}
	return m
}

// edit changes the message in place.
func (b *Bot) edit(ctx context.Context, o *store.Sending, at store.Posted, m commands.Message) (*store.Posted, error) {
	if len(m.Blocks) == 0 {
		m.Blocks = plain(m) // Slack keeps the old blocks of a message that is edited without any.
	}
	err := b.send(ctx, methodUpdate, at.Channel, o, m, func(ctx context.Context, options []slack.MsgOption) error {
		_, _, _, err := b.Slack.api.UpdateMessageContext(ctx, at.Channel, at.TS, options...)
		return err
	})
	at.At = later(at.At, o.Event.At)
	return &at, err
}

// post posts a new message, unless an earlier try of the same post is there already.
func (b *Bot) post(ctx context.Context, owner string, o *store.Sending, place store.Posted, m commands.Message) (*store.Posted, error) {
	if o.Stage == store.Posting {
		ts, err := b.find(ctx, o, place)
		if err != nil {
			return nil, err
		}
		if ts != "" {
			return &store.Posted{Channel: place.Channel, TS: ts, At: o.Event.At}, nil
		}
	}
	if err := b.Store.MarkOutgoing(ctx, owner, o, store.Posting); err != nil {
		return nil, err
	}
	at := store.Posted{At: o.Event.At}
	err := b.send(ctx, methodPost, place.Channel, o, m, func(ctx context.Context, options []slack.MsgOption) (err error) {
		if place.TS != "" {
			options = append(options, slack.MsgOptionTS(place.TS))
		}
		at.Channel, at.TS, err = b.Slack.api.PostMessageContext(ctx, place.Channel, options...)
		return err
	})
	if place.TS != "" && isCode(err, "thread_not_found", "cannot_reply_to_message", "message_not_found") {
		b.log.Warn("the thread is gone; its message goes to the channel", "migration", o.Migration, "key", o.Key, "error", err)
		return b.post(ctx, owner, o, store.Posted{Channel: place.Channel}, m)
	}
	return &at, err
}

// send takes its turn and calls. Blocks that Slack refuses are left out, so that at least the text arrives.
func (b *Bot) send(ctx context.Context, method, channel string, o *store.Sending, m commands.Message,
	do func(context.Context, []slack.MsgOption) error,
) error {
	metadata := slack.MsgOptionMetadata(slack.SlackMetadata{EventType: metadataType, EventPayload: payload(o)})
	for fallback := false; ; fallback = true {
		if err := b.turn(ctx, method, channel, o.Priority); err != nil {
			return err
		}
		options := append(content(m), metadata)
		err := b.Slack.once(ctx, method, func(ctx context.Context) error { return do(ctx, options) })
		if fallback || !isCode(err, blockErrors...) {
			return b.paused(ctx, method, err)
		}
		b.log.Error("Slack refused the blocks of a message; its text is sent alone", "migration", o.Migration, "key", o.Key, "error", err)
		m.Blocks = plain(m)
	}
}

// blockErrors are Slack's for a message that it will never take as it is.
var blockErrors = []string{"invalid_blocks", "invalid_blocks_format", "msg_too_long", "msg_blocks_too_long"}

// paused notes Slack's Retry-After for all replicas.
func (b *Bot) paused(ctx context.Context, method string, err error) error {
	var limited *slack.RateLimitedError
	if !errors.As(err, &limited) {
		return explain(method, err)
	}
	b.log.Warn("Slack asked to wait", "method", method, "for", limited.RetryAfter)
	if err := b.Store.PauseMethod(ctx, method, max(limited.RetryAfter, time.Second)); err != nil {
		return err
	}
	return errPaused
}

// givenUp ends a message that Slack will never take, so that those behind it get through; every other error stays one.
func (b *Bot) givenUp(ctx context.Context, owner string, o *store.Sending, err error) error {
	if !isCode(err, slices.Concat(blockErrors, []string{"no_text", "invalid_arguments"})...) {
		return err
	}
	b.log.Error("Slack does not take a message; it is left out", "migration", o.Migration, "key", o.Key, "id", o.ID, "error", err)
	return b.Store.DoneOutgoing(ctx, owner, o, nil)
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
