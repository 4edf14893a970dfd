// SPDX-License-Identifier: Apache-2.0

package slack

import (
	"fmt"
	"slices"
	"strings"
)

// SetMember adds a member or replaces the one with the same ID: that is how somebody is deactivated or becomes a guest.
func (s *Server) SetMember(m Member) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.members[m.ID] == nil {
		s.order = append(s.order, m.ID)
	}
	s.members[m.ID] = &m
	s.emit(Change{Kind: WorkspaceChanged, User: m.ID})
}

// Members are all accounts in the order they were added.
func (s *Server) Members() []Member {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Member, 0, len(s.order))
	for _, id := range s.order {
		out = append(out, *s.members[id])
	}
	return out
}

// Deactivate turns a member's account off.
func (s *Server) Deactivate(user string) error {
	s.mu.Lock()
	m := s.members[user]
	s.mu.Unlock()
	if m == nil {
		return fmt.Errorf("slack stand-in: no member %s", user)
	}
	changed := *m
	changed.Kind = Deactivated
	s.SetMember(changed)
	return nil
}

// AddChannel adds a channel or replaces the settings of the one with the same ID; its messages stay.
func (s *Server) AddChannel(c Channel) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.Members = slices.Clone(c.Members)
	if old := s.channels[c.ID]; old != nil {
		old.Channel = c
	} else {
		s.channels[c.ID] = &channelState{Channel: c, removed: map[string]bool{}}
		s.chanOrder = append(s.chanOrder, c.ID)
	}
	s.emit(Change{Kind: WorkspaceChanged, Channel: c.ID})
}

// Channels are all channels in the order they were added.
func (s *Server) Channels() []Channel {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Channel, 0, len(s.chanOrder))
	for _, id := range s.chanOrder {
		c := s.channels[id].Channel
		c.Members = slices.Clone(c.Members)
		out = append(out, c)
	}
	return out
}

// Invite makes users, or the bot, members of a channel, as /invite does.
func (s *Server) Invite(channel string, users ...string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.channels[channel]
	if c == nil {
		return fmt.Errorf("slack stand-in: no channel %s", channel)
	}
	for _, u := range users {
		if s.members[u] == nil {
			return fmt.Errorf("slack stand-in: no member %s", u)
		}
		if !slices.Contains(c.Members, u) {
			c.Members = append(slices.Clone(c.Members), u)
			s.emit(Change{Kind: WorkspaceChanged, Channel: channel, User: u})
			s.event(object{"type": "member_joined_channel", "user": u, "channel": channel, "channel_type": "C", "team": s.team.TeamID})
		}
	}
	return nil
}

// Archive archives a channel, or takes that back.
func (s *Server) Archive(channel string, archived bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.channels[channel]
	if c == nil {
		return fmt.Errorf("slack stand-in: no channel %s", channel)
	}
	c.Archived = archived
	s.emit(Change{Kind: WorkspaceChanged, Channel: channel})
	return nil
}

// Remove takes users, or the bot, out of a channel.
func (s *Server) Remove(channel string, users ...string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.channels[channel]
	if c == nil {
		return fmt.Errorf("slack stand-in: no channel %s", channel)
	}
	c.Members = slices.DeleteFunc(slices.Clone(c.Members), func(u string) bool { return slices.Contains(users, u) })
	s.emit(Change{Kind: WorkspaceChanged, Channel: channel})
	return nil
}

// SetGroup adds a user group or replaces the one with the same ID.
func (s *Server) SetGroup(g Group) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g.Members = slices.Clone(g.Members)
	if i := slices.IndexFunc(s.groups, func(old Group) bool { return old.ID == g.ID }); i >= 0 {
		s.groups[i] = g
	} else {
		s.groups = append(s.groups, g)
	}
	s.emit(Change{Kind: WorkspaceChanged})
}

// Groups are the user groups.
func (s *Server) Groups() []Group {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.groups)
}

// SetScopes replaces the scopes that the bot token was granted, as a reinstallation does.
func (s *Server) SetScopes(scopes ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.app.Scopes = slices.Clone(scopes)
}

// Install gives the app the name, scopes, commands, events and switches of a manifest; tokens and ids stay.
func (s *Server) Install(m App) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m.ID, m.BotID, m.BotUser, m.BotToken, m.AppToken = s.app.ID, s.app.BotID, s.app.BotUser, s.app.BotToken, s.app.AppToken
	s.app = m
	s.emit(Change{Kind: WorkspaceChanged})
}

// App is the installed app.
func (s *Server) App() App {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.app
}

// TeamID is the workspace's id.
func (s *Server) TeamID() string { return s.team.TeamID }

// Name is how an id is shown to people: @name for members, @handle for groups, #name for channels; the id itself when unknown.
func (s *Server) Name(id string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.name(id)
}

func (s *Server) name(id string) string {
	if m := s.members[id]; m != nil {
		return "@" + m.Name
	}
	if c := s.channels[id]; c != nil {
		return "#" + c.Name
	}
	for _, g := range s.groups {
		if g.ID == id {
			return "@" + g.Handle
		}
	}
	return id
}

// external says whether a member belongs to another organisation.
func (s *Server) external(m *Member) bool { return m.TeamID != "" && m.TeamID != s.team.TeamID }

// teamOf is the team id that payloads give for a member.
func (s *Server) teamOf(m *Member) string {
	if m.TeamID != "" {
		return m.TeamID
	}
	return s.team.TeamID
}

// im finds or makes the direct message between a member and the app.
func (s *Server) im(user string) *channelState {
	id := "D" + strings.TrimPrefix(user, "U")
	if c := s.channels[id]; c != nil {
		return c
	}
	c := &channelState{
		Channel: Channel{ID: id, Name: "directmessage", IM: true, Members: []string{user, s.app.BotUser}}, removed: map[string]bool{},
	}
	s.channels[id] = c
	s.chanOrder = append(s.chanOrder, id)
	return c
}
