// SPDX-License-Identifier: Apache-2.0

package slack

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

var tsPattern = regexp.MustCompile(`^\d{9,11}\.\d{6}$`)

// channel finds the channel argument as the bot may see it: a private channel that it is not in does not exist for it.
func (c *call) channel(name string) (*channelState, *apiError) {
	ch := c.s.visible(c.str(name))
	if ch == nil {
		return nil, fail("channel_not_found")
	}
	return ch, nil
}

func (s *Server) visible(id string) *channelState {
	ch := s.channels[id]
	if ch == nil || (ch.Private || ch.IM) && !slices.Contains(ch.Members, s.app.BotUser) {
		return nil
	}
	return ch
}

// target is the channel to post to: an id, a #name, or a member's id for the direct message with them.
func (c *call) target() (*channelState, *apiError) {
	s, id := c.s, c.str("channel")
	if m := s.members[id]; m != nil {
		if m.Kind == Deactivated || m.Kind == BotMember {
			return nil, fail("channel_not_found")
		}
		return s.im(id), nil
	}
	for _, ch := range s.channels {
		if !ch.IM && (id == ch.Name || id == "#"+ch.Name) {
			id = ch.ID
			break
		}
	}
	ch := s.visible(id)
	switch {
	case ch == nil:
		return nil, fail("channel_not_found")
	case ch.Archived:
		return nil, fail("is_archived")
	case !slices.Contains(ch.Members, s.app.BotUser) && !slices.Contains(s.app.Scopes, "chat:write.public"):
		return nil, fail("not_in_channel")
	}
	return ch, nil
}

func postMessage(c *call) (object, *apiError) {
	s := c.s
	ch, e := c.target()
	if e != nil {
		return nil, e
	}
	body, e := s.readContent(c.params, maxText)
	if e != nil {
		return nil, e
	}
	if body.empty() {
		return nil, fail("no_text")
	}
	if c.has("username") || c.has("icon_emoji") || c.has("icon_url") {
		if e := c.need("chat:write.customize"); e != nil {
			return nil, e
		}
	}
	thread, e := s.thread(ch, c.str("thread_ts"))
	if e != nil {
		return nil, e
	}
	m := s.botMessage(ch.ID, body)
	m.ThreadTS, m.Username, m.Broadcast = thread, c.str("username"), thread != "" && c.flag("reply_broadcast")
	posted := s.post(ch, m)
	return object{"channel": ch.ID, "ts": posted.TS, "message": posted.api(s.team.TeamID, true)}, nil
}

// thread checks thread_ts. A root that was deleted makes the message a plain one, as slack-go documents of Slack
// (PostMessageWithResponseContext); one that never was is refused.
func (s *Server) thread(ch *channelState, ts string) (string, *apiError) {
	if ts == "" {
		return "", nil
	}
	if !tsPattern.MatchString(ts) {
		return "", fail("invalid_thread_ts")
	}
	root := ch.message(ts)
	switch {
	case root != nil && root.IsReply():
		return "", fail("cannot_reply_to_message")
	case root != nil:
		return ts, nil
	case ch.removed[ts]:
		return "", nil
	}
	return "", fail("thread_not_found")
}

func (s *Server) botMessage(channel string, c content) Message {
	return Message{
		Channel: channel, User: s.app.BotUser, BotID: s.app.BotID, AppID: s.app.ID,
		Text: c.text, Blocks: c.blocks, Attachments: c.attachments, Metadata: c.metadata,
	}
}

// post adds a message to a channel, counts it in its thread, and tells everybody.
func (s *Server) post(ch *channelState, m Message) *Message {
	m.TS, m.Versions = s.nextTS(), 1
	if m.ThreadTS != "" {
		root := *ch.message(m.ThreadTS)
		root.ThreadTS, root.LatestReply = root.TS, m.TS
		root.ReplyCount++
		if !slices.Contains(root.ReplyUsers, m.User) {
			root.ReplyUsers = append(slices.Clone(root.ReplyUsers), m.User)
		}
		ch.replace(root)
	}
	ch.messages = append(ch.messages, &m)
	s.emit(Change{Kind: MessagePosted, Channel: ch.ID, User: m.User, Message: &m})
	s.messageEvents(ch, &m)
	return &m
}

func updateMessage(c *call) (object, *apiError) {
	s := c.s
	ch, e := c.channel("channel")
	if e != nil {
		return nil, e
	}
	old := ch.message(c.str("ts"))
	switch {
	case old == nil:
		return nil, fail("message_not_found")
	case old.AppID != s.app.ID:
		return nil, fail("cant_update_message")
	case ch.Archived:
		return nil, fail("is_archived")
	}
	body, e := s.readContent(c.params, maxUpdateText)
	if e != nil {
		return nil, e
	}
	if !body.hasText && !body.hasBlocks && !body.hasAttachments {
		return nil, fail("no_text")
	}
	m := s.change(ch, old, body)
	return object{"channel": ch.ID, "ts": m.TS, "text": m.Text, "message": m.api(s.team.TeamID, true)}, nil
}

// change replaces what a message says. Text without blocks removes the blocks; blocks without text keep the old fallback text and
// show no "edited" (the reference of chat.update).
func (s *Server) change(ch *channelState, old *Message, body content) *Message {
	m := *old
	if body.hasBlocks || body.hasText {
		m.Blocks = body.blocks
	}
	if body.hasText {
		m.Text = body.text
	}
	if body.hasAttachments {
		m.Attachments = body.attachments
	}
	if body.hasMet && body.metadata != nil {
		m.Metadata = body.metadata
	}
	if !body.hasBlocks {
		m.EditedTS, m.EditedBy = s.nextTS(), m.User
	}
	m.Versions++
	changed := ch.replace(m)
	s.emit(Change{Kind: MessageChanged, Channel: ch.ID, User: m.User, Message: changed})
	s.event(object{
		"type": "message", "subtype": "message_changed", "channel": ch.ID, "ts": s.nextTS(), "hidden": true, "channel_type": ch.kind(),
		"message": changed.api(s.team.TeamID, true), "previous_message": old.api(s.team.TeamID, true),
	})
	return changed
}

func deleteMessage(c *call) (object, *apiError) {
	s := c.s
	ch, e := c.channel("channel")
	if e != nil {
		return nil, e
	}
	old := ch.message(c.str("ts"))
	switch {
	case old == nil:
		return nil, fail("message_not_found")
	case old.AppID != s.app.ID:
		return nil, fail("cant_delete_message")
	}
	s.remove(ch, old)
	return object{"channel": ch.ID, "ts": old.TS}, nil
}

// Delete takes a message away, as an admin of the workspace can.
func (s *Server) Delete(channel, ts string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	ch := s.channels[channel]
	if ch == nil || ch.message(ts) == nil {
		return fmt.Errorf("slack stand-in: no message %s in %s", ts, channel)
	}
	s.remove(ch, ch.message(ts))
	return nil
}

// remove takes a message away. A root with replies leaves a tombstone, so that the thread stays where it is.
func (s *Server) remove(ch *channelState, old *Message) {
	if old.ReplyCount > 0 {
		ch.replace(Message{
			Channel: ch.ID, TS: old.TS, ThreadTS: old.TS, User: "USLACKBOT", Subtype: "tombstone", Text: "This message was deleted.",
			ReplyCount: old.ReplyCount, ReplyUsers: old.ReplyUsers, LatestReply: old.LatestReply, Versions: old.Versions + 1,
		})
	} else {
		i := ch.find(old.TS)
		ch.messages = slices.Delete(slices.Clone(ch.messages), i, i+1)
		ch.removed[old.TS] = true
	}
	if root := ch.message(old.ThreadTS); root != nil && old.IsReply() {
		r := *root
		r.ReplyCount--
		ch.replace(r)
	}
	s.emit(Change{Kind: MessageDeleted, Channel: ch.ID, User: old.User, Message: old})
	s.event(object{
		"type": "message", "subtype": "message_deleted", "channel": ch.ID, "ts": s.nextTS(), "deleted_ts": old.TS, "hidden": true,
		"channel_type": ch.kind(), "previous_message": old.api(s.team.TeamID, true),
	})
}

func getPermalink(c *call) (object, *apiError) {
	ch, e := c.channel("channel")
	if e != nil {
		return nil, e
	}
	m := ch.message(c.str("message_ts"))
	if m == nil {
		return nil, fail("message_not_found")
	}
	link := "https://" + c.s.team.Domain + ".slack.com/archives/" + ch.ID + "/p" + strings.ReplaceAll(m.TS, ".", "")
	if m.IsReply() {
		link += "?thread_ts=" + m.ThreadTS + "&cid=" + ch.ID
	}
	return object{"channel": ch.ID, "permalink": link}, nil
}

// kind is what events call the sort of channel.
func (c *channelState) kind() string {
	switch {
	case c.IM:
		return "im"
	case c.Private:
		return "group"
	}
	return "channel"
}
