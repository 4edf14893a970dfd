// SPDX-License-Identifier: Apache-2.0

package slack

import (
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
)

// api is a channel as conversations.* show it.
func (s *Server) apiChannel(c *channelState) object {
	if c.IM {
		return object{"id": c.ID, "is_im": true, "is_channel": false, "is_private": true, "user": c.Members[0], "is_archived": c.Archived}
	}
	members := 0
	for _, id := range c.Members {
		if m := s.members[id]; m != nil && m.Kind != Deactivated {
			members++
		}
	}
	return object{
		"id": c.ID, "name": c.Name, "name_normalized": c.Name, "is_channel": !c.Private, "is_group": c.Private, "is_im": false, "is_mpim": false,
		"is_private": c.Private, "is_archived": c.Archived, "is_general": c.Name == "general", "is_ext_shared": c.Shared, "is_shared": c.Shared,
		"is_member": slices.Contains(c.Members, s.app.BotUser), "num_members": members, "context_team_id": s.team.TeamID,
		"topic": object{"value": c.Topic, "creator": "", "last_set": 0}, "purpose": object{"value": "", "creator": "", "last_set": 0},
	}
}

// scoped finds the channel argument and checks the scope of its sort: channels:read for public ones, groups:read for private ones.
func (c *call) scoped(right string) (*channelState, *apiError) {
	ch, e := c.channel("channel")
	if e != nil {
		return nil, e
	}
	return ch, c.need(ch.scopePrefix() + right)
}

func (c *channelState) scopePrefix() string {
	switch {
	case c.IM:
		return "im:"
	case c.Private:
		return "groups:"
	}
	return "channels:"
}

func conversationInfo(c *call) (object, *apiError) {
	ch, e := c.scoped("read")
	if e != nil {
		return nil, e
	}
	o := c.s.apiChannel(ch)
	if !c.flag("include_num_members") {
		delete(o, "num_members")
	}
	return object{"channel": o}, nil
}

func conversationList(c *call) (object, *apiError) {
	s := c.s
	types := c.str("types")
	if types == "" {
		types = "public_channel"
	}
	var list []object
	for _, kind := range strings.Split(types, ",") {
		scope, known := map[string]string{
			"public_channel": "channels:read", "private_channel": "groups:read", "im": "im:read", "mpim": "mpim:read",
		}[strings.TrimSpace(kind)]
		if !known {
			return nil, fail("invalid_types")
		}
		if e := c.need(scope); e != nil {
			return nil, e
		}
	}
	for _, id := range s.chanOrder {
		ch := s.visible(id)
		if ch == nil || ch.Archived && c.flag("exclude_archived") {
			continue
		}
		kind := map[string]string{"channels:": "public_channel", "groups:": "private_channel", "im:": "im"}[ch.scopePrefix()]
		if slices.Contains(strings.Split(strings.ReplaceAll(types, " ", ""), ","), kind) {
			list = append(list, s.apiChannel(ch))
		}
	}
	page, next, e := paged(c, list, 100)
	if e != nil {
		return nil, e
	}
	return object{"channels": page, "response_metadata": object{"next_cursor": next}}, nil
}

func conversationMembers(c *call) (object, *apiError) {
	ch, e := c.scoped("read")
	if e != nil {
		return nil, e
	}
	var list []string
	for _, id := range ch.Members {
		if m := c.s.members[id]; m != nil && m.Kind != Deactivated {
			list = append(list, id)
		}
	}
	page, next, e := paged(c, list, 100)
	if e != nil {
		return nil, e
	}
	return object{"members": page, "response_metadata": object{"next_cursor": next}}, nil
}

func conversationJoin(c *call) (object, *apiError) {
	s := c.s
	ch, e := c.channel("channel")
	switch {
	case e != nil:
		return nil, e
	case ch.Private || ch.IM:
		return nil, fail("method_not_supported_for_channel_type")
	case ch.Archived:
		return nil, fail("is_archived")
	}
	if slices.Contains(ch.Members, s.app.BotUser) {
		return object{"channel": s.apiChannel(ch), "warning": "already_in_channel"}, nil
	}
	ch.Members = append(slices.Clone(ch.Members), s.app.BotUser)
	s.emit(Change{Kind: WorkspaceChanged, Channel: ch.ID, User: s.app.BotUser})
	return object{"channel": s.apiChannel(ch)}, nil
}

func conversationOpen(c *call) (object, *apiError) {
	m := c.s.members[c.str("users")]
	switch {
	case m == nil:
		return nil, fail("user_not_found")
	case m.Kind == Deactivated:
		return nil, fail("user_disabled")
	case m.Kind == BotMember:
		return nil, fail("cannot_dm_bot")
	}
	return object{"channel": object{"id": c.s.im(m.ID).ID}}, nil
}

// paged cuts a list by limit and cursor. Slack's cursors are opaque; these are the place to go on from.
func paged[T any](c *call, list []T, usual int) (page []T, next string, e *apiError) {
	limit, ok := c.number("limit", usual)
	if !ok || limit < 0 || limit > 1000 {
		return nil, "", fail("invalid_limit")
	}
	if limit == 0 {
		limit = usual
	}
	from := 0
	if cursor := c.str("cursor"); cursor != "" {
		raw, err := base64.StdEncoding.DecodeString(cursor)
		place, isPlace := strings.CutPrefix(string(raw), "next:")
		n, numErr := strconv.Atoi(place)
		if err != nil || !isPlace || numErr != nil || n < 0 || n > len(list) {
			return nil, "", fail("invalid_cursor")
		}
		from = n
	}
	to := min(from+limit, len(list))
	if to < len(list) {
		next = base64.StdEncoding.EncodeToString([]byte("next:" + strconv.Itoa(to)))
	}
	if page = list[from:to]; page == nil {
		page = []T{}
	}
	return page, next, nil
}
