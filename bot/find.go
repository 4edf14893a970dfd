// SPDX-License-Identifier: Apache-2.0

package bot

import (
	"context"
	"fmt"
	"time"

	"github.com/ferryman/ferryman/store"
	"github.com/slack-go/slack"
)

// metadataType marks the bot's own messages.
const metadataType = "ferryman"

// payload is what a message says of itself to programs: with it a lost migration is found again, and its audit chain is verified.
func payload(o *store.Sending) map[string]any {
	p := map[string]any{"id": o.ID, "key": o.Key, "migration": o.Migration, "kind": o.Event.Kind, "at": o.Event.At.UTC().Format(time.RFC3339Nano)}
	if o.AuditSeq > 0 {
		p["audit_seq"], p["audit_head"] = o.AuditSeq, o.AuditHead
	}
	return p
}

// sinceMargin is how much earlier than the first try one looks: the clocks of Redis and Slack may differ.
const sinceMargin = 15 * time.Minute

// find looks for a post whose outcome is unknown, by the id in its metadata. The timestamp is empty where it is not there.
func (b *Bot) find(ctx context.Context, o *store.Sending, place store.Posted) (ts string, err error) {
	us, err := b.Slack.Identity(ctx)
	if err != nil {
		return "", err
	}
	return b.search(ctx, o, place, func(m slack.Message) bool { return isOurs(m, us, o) })
}

// search goes through what was posted to the thread, or to the channel, since shortly before o was first tried, until one fits.
func (b *Bot) search(ctx context.Context, o *store.Sending, place store.Posted, fits func(slack.Message) bool) (ts string, err error) {
	oldest := ""
	if !o.Since.IsZero() {
		oldest = fmt.Sprintf("%d.000000", o.Since.Add(-sinceMargin).Unix())
	}
	for cursor := ""; ; {
		var messages []slack.Message
		if place.TS == "" {
			err = b.Slack.call(ctx, "conversations.history", func(ctx context.Context) error {
				answer, err := b.Slack.api.GetConversationHistoryContext(ctx, &slack.GetConversationHistoryParameters{
					ChannelID: place.Channel, Cursor: cursor, Oldest: oldest, Limit: 200, IncludeAllMetadata: true,
				})
				if err == nil {
					messages, cursor = answer.Messages, answer.ResponseMetaData.NextCursor
				}
				return err
			})
		} else {
			err = b.Slack.call(ctx, "conversations.replies", func(ctx context.Context) (err error) {
				messages, _, cursor, err = b.Slack.api.GetConversationRepliesContext(ctx, &slack.GetConversationRepliesParameters{
					ChannelID: place.Channel, Timestamp: place.TS, Cursor: cursor, Oldest: oldest, Limit: 200, IncludeAllMetadata: true,
				})
				return err
			})
		}
		if place.TS != "" && isCode(err, "thread_not_found") { // Its root was deleted, and what belongs there goes to the channel.
			return b.search(ctx, o, store.Posted{Channel: place.Channel}, fits)
		}
		if isCode(err, "missing_scope") {
			b.log.Warn("what was posted can't be looked up; it is posted, perhaps again", "migration", o.Migration, "error", err)
			return "", nil
		}
		if err != nil {
			return "", err
		}
		for _, m := range messages {
			if fits(m) {
				return m.Timestamp, nil
			}
		}
		if cursor == "" {
			return "", nil
		}
	}
}
