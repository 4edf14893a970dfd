// SPDX-License-Identifier: Apache-2.0

package slack

// viewArgument reads and checks the view argument.
func (c *call) viewArgument(kind string) (*View, *apiError) {
	v, ok := c.structured("view")
	if !ok {
		return nil, failWith("invalid_arguments", "invalid JSON [json-pointer:/view]")
	}
	return c.s.readView(v, kind)
}

func viewOpen(c *call) (object, *apiError) { return c.openView(false) }

func viewPush(c *call) (object, *apiError) { return c.openView(true) }

func (c *call) openView(push bool) (object, *apiError) {
	s := c.s
	v, e := c.viewArgument("modal")
	if e != nil {
		return nil, e
	}
	if v.duplicate {
		return nil, fail("duplicate_external_id")
	}
	t, e := s.exchange(c.str("trigger_id"))
	if e != nil {
		return nil, e
	}
	if m := s.members[t.user]; m == nil || m.Kind == Deactivated {
		return nil, fail("user_not_found")
	}
	if push {
		if t.view == "" || s.onScreen(t.user, t.view) == nil {
			return nil, fail("not_found")
		}
		if len(s.modals[t.user]) > maxPushed {
			return nil, fail("push_limit_reached")
		}
	}
	v = s.place(v, t.user, push)
	return object{"view": s.apiView(v, object{})}, nil
}

func (s *Server) onScreen(user, id string) *View {
	for _, v := range s.modals[user] {
		if v.ID == id {
			return v
		}
	}
	return nil
}

func viewUpdate(c *call) (object, *apiError) {
	s := c.s
	id, external := c.str("view_id"), c.str("external_id")
	if id == "" && external == "" {
		return nil, failWith("invalid_arguments", "missing required field: view_id")
	}
	old := s.findView(func(v *View) bool { return id != "" && v.ID == id || id == "" && v.ExternalID == external })
	if old == nil {
		return nil, fail("not_found")
	}
	if hash := c.str("hash"); hash != "" && hash != old.Hash {
		return nil, fail("hash_conflict")
	}
	v, e := c.viewArgument(old.Type)
	if e != nil {
		return nil, e
	}
	if v.duplicate && v.ExternalID != old.ExternalID {
		return nil, fail("duplicate_external_id")
	}
	v = s.swap(old, v)
	return object{"view": s.apiView(v, object{})}, nil
}

func viewPublish(c *call) (object, *apiError) {
	s := c.s
	m := s.members[c.str("user_id")]
	switch {
	case m == nil || m.Kind == Deactivated || m.Kind == BotMember:
		return nil, failWith("invalid_arguments", "no such user [json-pointer:/user_id]")
	case !s.app.HomeTab:
		return nil, fail("not_enabled")
	}
	old := s.homes[m.ID]
	if hash := c.str("hash"); hash != "" && (old == nil || hash != old.Hash) {
		return nil, fail("hash_conflict")
	}
	v, e := c.viewArgument("home")
	if e != nil {
		return nil, e
	}
	if old == nil {
		old = &View{ID: s.newID("V"), User: m.ID}
		old.RootID = old.ID
		s.homes[m.ID] = old
	}
	v = s.swap(old, v)
	return object{"view": s.apiView(v, object{})}, nil
}
