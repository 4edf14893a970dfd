// SPDX-License-Identifier: Apache-2.0

package slack

import "slices"

func conversationHistory(c *call) (object, *apiError) {
	ch, e := c.readable()
	if e != nil {
		return nil, e
	}
	var list []object
	for _, m := range slices.Backward(ch.messages) {
		if (!m.IsReply() || m.Broadcast) && c.inRange(m.TS) {
			list = append(list, m.api(c.s.team.TeamID, c.flag("include_all_metadata")))
		}
	}
	return c.messagePage(list)
}

func conversationReplies(c *call) (object, *apiError) {
	ch, e := c.readable()
	if e != nil {
		return nil, e
	}
	root := ch.message(c.str("ts"))
	if root == nil {
		return nil, fail("thread_not_found")
	}
	if root.IsReply() { // any message of a thread names it
		root = ch.message(root.ThreadTS)
	}
	var list []object
	for _, m := range ch.messages {
		if m == root || m.ThreadTS == root.TS && c.inRange(m.TS) {
			o := m.api(c.s.team.TeamID, c.flag("include_all_metadata"))
			if m != root {
				o["parent_user_id"] = root.User
			}
			list = append(list, o)
		}
	}
	return c.messagePage(list)
}

// readable is the channel to read messages of: the bot must be in it.
func (c *call) readable() (*channelState, *apiError) {
	ch, e := c.scoped("history")
	if e != nil {
		return nil, e
	}
	if !slices.Contains(ch.Members, c.s.app.BotUser) {
		return nil, fail("not_in_channel")
	}
	return ch, nil
}

func (c *call) inRange(ts string) bool {
	edge := 0
	if c.flag("inclusive") {
		edge = 1
	}
	if oldest := c.str("oldest"); oldest != "" && oldest != "0" && compareTS(ts, oldest) < 1-edge {
		return false
	}
	if latest := c.str("latest"); latest != "" && latest != "now" && compareTS(ts, latest) > edge-1 {
		return false
	}
	return true
}

func (c *call) messagePage(list []object) (object, *apiError) {
	page, next, e := paged(c, list, 100)
	if e != nil {
		return nil, e
	}
	o := object{"messages": page, "has_more": next != ""}
	if next != "" {
		o["response_metadata"] = object{"next_cursor": next}
	}
	return o, nil
}

// Messages are all messages of a channel, roots and replies, oldest first.
func (s *Server) Messages(channel string) []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	ch := s.channels[channel]
	if ch == nil {
		return nil
	}
	out := make([]Message, len(ch.messages))
	for i, m := range ch.messages {
		out[i] = *m
	}
	return out
}

// Thread is a thread's root and replies, oldest first.
func (s *Server) Thread(channel, root string) []Message {
	var out []Message
	for _, m := range s.Messages(channel) {
		if m.TS == root || m.ThreadTS == root {
			out = append(out, m)
		}
	}
	return out
}

// Message is one message of a channel as it is now.
func (s *Server) Message(channel, ts string) (Message, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if ch := s.channels[channel]; ch != nil {
		if m := ch.message(ts); m != nil {
			return *m, true
		}
	}
	return Message{}, false
}
