// SPDX-License-Identifier: Apache-2.0

package slack

import "slices"

func reactionAdd(c *call) (object, *apiError) {
	s := c.s
	ch, e := c.channel("channel")
	if e != nil {
		return nil, e
	}
	old := ch.message(c.str("timestamp"))
	switch {
	case old == nil:
		return nil, fail("message_not_found")
	case ch.Archived:
		return nil, fail("is_archived")
	case !slices.Contains(ch.Members, s.app.BotUser):
		return nil, fail("not_in_channel")
	}
	m, name := *old, c.str("name")
	m.Reactions = slices.Clone(m.Reactions)
	i := slices.IndexFunc(m.Reactions, func(r Reaction) bool { return r.Name == name })
	switch {
	case i < 0:
		m.Reactions = append(m.Reactions, Reaction{Name: name, Users: []string{s.app.BotUser}, Count: 1})
	case slices.Contains(m.Reactions[i].Users, s.app.BotUser):
		return nil, fail("already_reacted")
	default:
		r := m.Reactions[i]
		m.Reactions[i] = Reaction{Name: name, Users: append(slices.Clone(r.Users), s.app.BotUser), Count: r.Count + 1}
	}
	s.emit(Change{Kind: ReactionAdded, Channel: ch.ID, User: s.app.BotUser, Message: ch.replace(m), Text: name})
	return object{}, nil
}

func pinAdd(c *call) (object, *apiError) {
	ch, e := c.channel("channel")
	if e != nil {
		return nil, e
	}
	old := ch.message(c.str("timestamp"))
	switch {
	case old == nil:
		return nil, fail("message_not_found")
	case old.Pinned:
		return nil, fail("already_pinned")
	}
	m := *old
	m.Pinned = true
	c.s.emit(Change{Kind: MessageChanged, Channel: ch.ID, User: m.User, Message: ch.replace(m)})
	return object{}, nil
}
