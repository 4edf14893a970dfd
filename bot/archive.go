// SPDX-License-Identifier: Apache-2.0

package bot

import (
	"context"

	"github.com/ferryman/ferryman/commands"
	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
	"github.com/slack-go/slack"
)

var _ runbook.Archive = (*Slack)(nil)

// HasFile implements runbook.Archive.
func (s *Slack) HasFile(ctx context.Context, root store.Posted, name string, size int) (found bool, err error) {
	us, err := s.Identity(ctx)
	if err != nil {
		return false, err
	}
	for cursor, page := "", 0; page < threadPages; page++ {
		var messages []slack.Message
		err := s.call(ctx, "conversations.replies", func(ctx context.Context) (err error) {
			messages, _, cursor, err = s.api.GetConversationRepliesContext(ctx, &slack.GetConversationRepliesParameters{
				ChannelID: root.Channel, Timestamp: root.TS, Cursor: cursor, Limit: threadPage,
			})
			return err
		})
		if err != nil {
			return false, err
		}
		for _, m := range messages {
			for _, f := range m.Files {
				if f.Name == name && f.Size == size && (m.BotID == us.BotID || m.User == us.UserID) {
					return true, nil
				}
			}
		}
		if cursor == "" {
			break
		}
	}
	return false, nil
}

// Notice implements commands.Slack.
func (s *Slack) Notice(ctx context.Context, channel, threadTS string, o store.Outgoing, m commands.Message) error {
	options := append(content(m), slack.MsgOptionMetadata(slack.SlackMetadata{EventType: metadataType, EventPayload: payload(&store.Sending{Outgoing: o})}))
	if threadTS != "" {
		options = append(options, slack.MsgOptionTS(threadTS))
	}
	return s.call(ctx, methodPost, func(ctx context.Context) error {
		_, _, err := s.api.PostMessageContext(ctx, channel, options...)
		return err
	})
}
