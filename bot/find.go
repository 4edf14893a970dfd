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

// find looks for a post whose outcome is unknown, by the id in its metadata, among what was posted since shortly before the try. The
// timestamp is empty where it is not there.
func (b *Bot) find(ctx context.Context, o *store.Sending, place store.Posted) (ts string, err error) {
	us, err := b.Slack.Identity(ctx)
	if err != nil {
		return "", err
	}
	oldest := ""
	if !o.Since.IsZero() {
		oldest = fmt.Sprintf("%d.000000", o.Since.Add(-time.Minute).Unix())
	}
	for cursor, page := "", 0; page < 20; page++ {
		var messages []slack.Message
		if place.TS == "" {
			err = b.Slack.call(ctx, "conversations.history", func(ctx context.Context) error {
				answer, err := b.Slack.api.GetConversationHistoryContext(ctx, &slack.GetConversationHistoryParameters{
					ChannelID: place.Channel, Cursor: cursor, Oldest: oldest, Limit: 100, IncludeAllMetadata: true,
				})
				if err == nil {
					messages, cursor = answer.Messages, answer.ResponseMetaData.NextCursor
				}
				return err
			})
		} else {
			err = b.Slack.call(ctx, "conversations.replies", func(ctx context.Context) (err error) {
				messages, _, cursor, err = b.Slack.api.GetConversationRepliesContext(ctx, &slack.GetConversationRepliesParameters{
					ChannelID: place.Channel, Timestamp: place.TS, Cursor: cursor, Oldest: oldest, Limit: 100, IncludeAllMetadata: true,
				})
				return err
			})
		}
		if isCode(err, "missing_scope", "thread_not_found") {
			b.log.Warn("whether a message was posted can't be looked up; it is posted, perhaps again", "migration", o.Migration, "error", err)
			return "", nil
		}
		if err != nil {
			return "", err
		}
		for _, m := range messages {
			// Anybody's app can write the same metadata; only this bot's own message counts.
			mine := m.BotID == us.BotID || m.User == us.UserID
			if mine && m.Metadata.EventType == metadataType && m.Metadata.EventPayload["id"] == o.ID {
				return m.Timestamp, nil
			}
		}
		if cursor == "" {
			return "", nil
		}
	}
	return "", nil
}
