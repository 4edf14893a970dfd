// SPDX-License-Identifier: Apache-2.0

package slack

import "slices"

// apiUser is a member as users.* show them to the bot. A deactivated account has no rank any more. is_stranger is true only of people
// of another organisation who share no channel with the bot: in a common channel, team_id alone tells.
func (s *Server) apiUser(m *Member) object {
	o := object{
		"id": m.ID, "team_id": s.teamOf(m), "name": m.Name, "deleted": m.Kind == Deactivated, "is_bot": m.Kind == BotMember,
		"is_app_user": false, "updated": 1700000000,
		"profile": object{
			"real_name": m.RealName, "real_name_normalized": m.RealName, "display_name": m.Name, "display_name_normalized": m.Name,
			"team": s.teamOf(m), "avatar_hash": "", "image_48": "",
		},
	}
	if m.Kind == BotMember && m.ID == s.app.BotUser {
		profile := o["profile"].(object)
		profile["api_app_id"], profile["bot_id"], profile["always_active"] = s.app.ID, s.app.BotID, false
	}
	if s.external(m) {
		o["is_stranger"] = !s.sharesChannel(m.ID)
	}
	if m.Kind == Deactivated {
		return o
	}
	o["real_name"] = m.RealName
	tz := m.TZ
	if tz == "" {
		tz = "Etc/UTC"
	}
	o["tz"], o["is_admin"], o["is_owner"], o["is_primary_owner"] = tz, m.Admin, false, false
	o["is_restricted"] = m.Kind == Guest || m.Kind == SingleChannelGuest
	o["is_ultra_restricted"] = m.Kind == SingleChannelGuest
	return o
}

func (s *Server) sharesChannel(user string) bool {
	for _, c := range s.channels {
		if slices.Contains(c.Members, user) && slices.Contains(c.Members, s.app.BotUser) {
			return true
		}
	}
	return false
}

func userInfo(c *call) (object, *apiError) {
	m := c.s.members[c.str("user")]
	if m == nil {
		return nil, fail("user_not_found")
	}
	return object{"user": c.s.apiUser(m)}, nil
}

func userList(c *call) (object, *apiError) {
	list := make([]object, 0, len(c.s.order))
	for _, id := range c.s.order {
		list = append(list, c.s.apiUser(c.s.members[id]))
	}
	page, next, e := paged(c, list, 200)
	if e != nil {
		return nil, e
	}
	return object{"members": page, "cache_ts": c.s.now().Unix(), "response_metadata": object{"next_cursor": next}}, nil
}

func teamInfo(c *call) (object, *apiError) {
	t := c.s.team
	return object{"team": object{"id": t.TeamID, "name": t.Name, "domain": t.Domain, "url": "https://" + t.Domain + ".slack.com/"}}, nil
}

func usergroupList(c *call) (object, *apiError) {
	s := c.s
	if s.team.FreePlan {
		return nil, fail("plan_upgrade_required")
	}
	list := []object{}
	for _, g := range s.groups {
		if g.Disabled && !c.flag("include_disabled") {
			continue
		}
		o := object{
			"id": g.ID, "team_id": s.team.TeamID, "is_usergroup": true, "name": g.Name, "handle": g.Handle, "description": "",
			"is_external": false, "date_create": 1700000000, "date_update": 1700000000, "date_delete": 0, "user_count": len(s.groupMembers(g, false)),
		}
		if g.Disabled {
			o["date_delete"] = 1700000001
		}
		if c.flag("include_users") {
			o["users"] = s.groupMembers(g, false)
		}
		list = append(list, o)
	}
	return object{"usergroups": list}, nil
}

func usergroupUsers(c *call) (object, *apiError) {
	s := c.s
	if s.team.FreePlan {
		return nil, fail("plan_upgrade_required")
	}
	for _, g := range s.groups {
		if g.ID == c.str("usergroup") && (!g.Disabled || c.flag("include_disabled")) {
			return object{"users": s.groupMembers(g, c.flag("include_disabled"))}, nil
		}
	}
	return nil, fail("no_such_subteam")
}

// groupMembers leaves out who was deactivated: such a member leaves every group.
func (s *Server) groupMembers(g Group, all bool) []string {
	users := []string{}
	for _, id := range g.Members {
		if m := s.members[id]; m != nil && (all || m.Kind != Deactivated) {
			users = append(users, id)
		}
	}
	return users
}
