// SPDX-License-Identifier: Apache-2.0

package slack

import "slices"

func postEphemeral(c *call) (object, *apiError) {
	s := c.s
	ch, e := c.target()
	if e != nil {
		return nil, e
	}
	m := s.members[c.str("user")]
	switch {
	case m == nil || m.Kind == Deactivated:
		return nil, fail("user_not_found")
	case !slices.Contains(ch.Members, m.ID):
		return nil, fail("user_not_in_channel")
	}
	body, e := s.readContent(c.params, maxText)
	if e != nil {
		return nil, e
	}
	if body.empty() {
		return nil, fail("no_text")
	}
	msg := s.botMessage(ch.ID, body)
	if msg.ThreadTS, e = s.thread(ch, c.str("thread_ts")); e != nil {
		return nil, e
	}
	return object{"message_ts": s.whisper(m.ID, msg).TS}, nil
}

// whisper shows a message to one person. It is in no history.
func (s *Server) whisper(to string, m Message) *Message {
	m.TS, m.Versions, m.Ephemeral, m.To = s.nextTS(), 1, true, to
	s.ephemerals[to] = append(s.ephemerals[to], &m)
	s.emit(Change{Kind: EphemeralPosted, Channel: m.Channel, User: to, Message: &m})
	return &m
}

func (s *Server) ephemeral(to, channel, ts string) *Message {
	for _, m := range s.ephemerals[to] {
		if m.TS == ts && m.Channel == channel {
			return m
		}
	}
	return nil
}

func (s *Server) changeEphemeral(old *Message, body content) *Message {
	m := *old
	m.Text, m.Blocks, m.Attachments = body.text, body.blocks, body.attachments
	m.Versions++
	list := s.ephemerals[old.To]
	list[slices.Index(list, old)] = &m
	s.emit(Change{Kind: EphemeralChanged, Channel: m.Channel, User: m.To, Message: &m})
	return &m
}

func (s *Server) removeEphemeral(old *Message) {
	list := slices.Clone(s.ephemerals[old.To])
	s.ephemerals[old.To] = slices.DeleteFunc(list, func(m *Message) bool { return m == old })
	s.emit(Change{Kind: EphemeralDeleted, Channel: old.Channel, User: old.To, Message: old})
}

// Ephemerals are the ephemeral messages a person has on screen, in all channels.
func (s *Server) Ephemerals(user string) []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Message, len(s.ephemerals[user]))
	for i, m := range s.ephemerals[user] {
		out[i] = *m
	}
	return out
}
