// SPDX-License-Identifier: Apache-2.0

package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ferryman/ferryman/internal/adopt"
	"github.com/ferryman/ferryman/store"
	"github.com/slack-go/slack"
)

var _ adopt.Threads = (*Slack)(nil)

// threadPages bounds how far back a root message is looked for, and how much of its thread is read, in pages of threadPage.
const (
	threadPages = 100
	threadPage  = 200
)

// Thread implements adopt.Threads. Anybody's app can write the same metadata: only this bot's own messages count.
func (s *Slack) Thread(ctx context.Context, channel, migration string, since time.Time) (*adopt.Thread, error) {
	root, oldest := "", ""
	if since.Unix() > 0 {
		oldest = strconv.FormatInt(since.Unix(), 10) + ".000000"
	}
	err := s.pages(ctx, "conversations.history", migration, func(ctx context.Context, cursor string) ([]slack.Message, string, error) {
		answer, err := s.api.GetConversationHistoryContext(ctx, &slack.GetConversationHistoryParameters{
			ChannelID: channel, Cursor: cursor, Oldest: oldest, Limit: threadPage, IncludeAllMetadata: true,
		})
		if err != nil {
			return nil, "", err
		}
		return answer.Messages, answer.ResponseMetaData.NextCursor, nil
	}, func(m adopt.Message) bool {
		if m.Key == store.RootKey {
			root = m.TS
		}
		return root == ""
	})
	if err != nil || root == "" {
		return &adopt.Thread{Channel: channel}, err
	}
	return s.threadOf(ctx, channel, migration, root)
}

// threadOf reads what the bot posted in a thread.
func (s *Slack) threadOf(ctx context.Context, channel, migration, root string) (*adopt.Thread, error) {
	t := &adopt.Thread{Channel: channel, Root: root}
	err := s.pages(ctx, "conversations.replies", migration, func(ctx context.Context, cursor string) ([]slack.Message, string, error) {
		messages, _, next, err := s.api.GetConversationRepliesContext(ctx, &slack.GetConversationRepliesParameters{
			ChannelID: channel, Timestamp: t.Root, Cursor: cursor, Limit: threadPage, IncludeAllMetadata: true,
		})
		return messages, next, err
	}, func(m adopt.Message) bool {
		t.Messages = append(t.Messages, m)
		return true
	})
	// The root comes with each page of its thread.
	slices.SortStableFunc(t.Messages, func(a, b adopt.Message) int { return strings.Compare(a.TS, b.TS) })
	t.Messages = slices.CompactFunc(t.Messages, func(a, b adopt.Message) bool { return a.TS == b.TS })
	return t, err
}

// pages gives each of the bot's own messages of a migration to take, page after page, until it has enough.
func (s *Slack) pages(ctx context.Context, method, migration string, read func(context.Context, string) ([]slack.Message, string, error), take func(adopt.Message) bool) error {
	us, err := s.Identity(ctx)
	if err != nil {
		return err
	}
	for cursor, page := "", 0; ; page++ {
		if page == threadPages {
			return fmt.Errorf("%s: looked through %d messages without coming to an end", method, threadPages*threadPage)
		}
		var messages []slack.Message
		var next string
		err := s.call(ctx, method, func(ctx context.Context) (err error) {
			messages, next, err = read(ctx, cursor)
			return err
		})
		if err != nil {
			return err
		}
		for _, m := range messages {
			if m.BotID != us.BotID && m.User != us.UserID || m.Metadata.EventType != metadataType || m.Metadata.EventPayload["migration"] != migration {
				continue
			}
			if !take(ownMessage(m)) {
				return nil
			}
		}
		if cursor = next; cursor == "" {
			return nil
		}
	}
}

// ownMessage reads a message's metadata and buttons.
func ownMessage(m slack.Message) adopt.Message {
	payload := m.Metadata.EventPayload
	text := func(name string) string { s, _ := payload[name].(string); return s }
	own := adopt.Message{TS: m.Timestamp, ID: text("id"), Key: text("key"), AuditHead: text("audit_head"), Text: m.Text}
	own.At, _ = time.Parse(time.RFC3339Nano, text("at"))
	if n, ok := payload["audit_seq"].(float64); ok {
		own.AuditSeq = int64(n)
	}
	if body, err := json.Marshal(m.Blocks); err == nil {
		own.Blocks = body
	}
	for _, block := range m.Blocks.BlockSet {
		actions, ok := block.(*slack.ActionBlock)
		if !ok || actions.Elements == nil {
			continue
		}
		for _, e := range actions.Elements.ElementSet {
			if button, ok := e.(*slack.ButtonBlockElement); ok {
				own.Actions = append(own.Actions, button.ActionID)
			}
		}
	}
	return own
}

// relink reads a migration's thread where it is not known where its messages are, or what of the outbox was sent already: after Redis
// was lost, set back, or adopted without Slack.
func (b *Bot) relink(ctx context.Context, owner, migration string) error {
	first := b.memory.firstTime(migration)
	if _, err := b.wentBack(ctx); err != nil {
		return err
	}
	unread, err := b.Store.ThreadUnread(ctx, migration)
	if err != nil || !unread && !first {
		return err
	}
	waiting, err := b.Store.Waiting(ctx, migration)
	if err != nil || !unread && !b.older(waiting) {
		return err
	}
	m, err := b.Store.Load(ctx, migration)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	thread, err := b.ownThread(ctx, m)
	if err != nil {
		return err
	}
	// What waits by now: with every change of a request its edit was written, so that those of m are in here or in the thread.
	if waiting, err = b.Store.Waiting(ctx, migration); err != nil {
		return err
	}
	coming := map[string]bool{}
	sent := slices.DeleteFunc(waiting, func(o store.WaitingMessage) bool {
		there := thread.Has(o.Outgoing)
		coming[o.Key] = coming[o.Key] || !there
		return !there
	})
	now, err := b.Store.Now(ctx)
	if err != nil {
		return err
	}
	// Buttons of requests that the migration does not have decide on nothing. Those of one that it has ended go with the edit that waits.
	dead := slices.DeleteFunc(thread.Lively(), func(message adopt.Message) bool { return adopt.Alive(m, message) || coming[message.Key] })
	edits, err := adopt.Strip(m, dead, now)
	if err != nil {
		return err
	}
	b.log.Info("read the thread of a migration", "migration", migration, "messages", len(thread.Messages), "sent_already", len(sent), "stripped", len(edits))
	return b.Store.Relink(ctx, migration, owner, thread.Places(), sent, edits)
}

// ownThread is the thread of a migration, by its root message where that is known and there, else looked for in its channel.
func (b *Bot) ownThread(ctx context.Context, m *store.Migration) (*adopt.Thread, error) {
	root, found, err := b.Store.PostedMessage(ctx, m.Name, store.RootKey)
	if err != nil {
		return nil, err
	}
	if found {
		thread, err := b.Slack.threadOf(ctx, root.Channel, m.Name, root.TS)
		if !isCode(err, "thread_not_found", "message_not_found") {
			return thread, err
		}
	}
	return b.Slack.Thread(ctx, m.Channel, m.Name, m.OpenedAt.Add(-time.Hour))
}
