// SPDX-License-Identifier: Apache-2.0

package slack

import (
	"encoding/json"
	"fmt"
	"slices"
	"unicode/utf8"
)

// maxPushed is how many views may lie on top of a modal's first.
const maxPushed = 2

// View is a modal or a Home tab as one person has it on screen.
type View struct {
	ID              string  `json:"id"`
	Type            string  `json:"type"`
	User            string  `json:"user"`
	Title           string  `json:"title,omitempty"`
	SubmitText      string  `json:"submit,omitempty"`
	CloseText       string  `json:"close,omitempty"`
	CallbackID      string  `json:"callback_id,omitempty"`
	ExternalID      string  `json:"external_id,omitempty"`
	PrivateMetadata string  `json:"private_metadata,omitempty"`
	Hash            string  `json:"hash"`
	RootID          string  `json:"root_view_id"`
	PreviousID      string  `json:"previous_view_id,omitempty"`
	Blocks          []Block `json:"blocks"`
	ClearOnClose    bool    `json:"clear_on_close,omitempty"`
	NotifyOnClose   bool    `json:"notify_on_close,omitempty"`
	Versions        int     `json:"versions"`

	raw       object
	duplicate bool // another open view has the same external_id
}

// api is a view as methods and payloads show it, with the values of its fields.
func (s *Server) apiView(v *View, values object) object {
	o := object{
		"id": v.ID, "team_id": s.team.TeamID, "type": v.Type, "blocks": v.Blocks, "private_metadata": v.PrivateMetadata,
		"callback_id": v.CallbackID, "external_id": v.ExternalID, "state": object{"values": values}, "hash": v.Hash, "root_view_id": v.RootID,
		"previous_view_id": nil, "clear_on_close": v.ClearOnClose, "notify_on_close": v.NotifyOnClose, "app_id": s.app.ID, "bot_id": s.app.BotID,
		"app_installed_team_id": s.team.TeamID, "title": v.raw["title"], "submit": v.raw["submit"], "close": v.raw["close"],
	}
	if v.PreviousID != "" {
		o["previous_view_id"] = v.PreviousID
	}
	return o
}

// readView checks a view; kinds are "modal" and "home".
func (s *Server) readView(v any, kind string) (*View, *apiError) {
	raw, ok := v.(object)
	if !ok {
		return nil, failWith("invalid_arguments", "must provide an object [json-pointer:/view]")
	}
	if size, err := json.Marshal(raw); err != nil || len(size) > 250<<10 {
		return nil, fail("view_too_large")
	}
	if errs := checkView(raw, kind); len(errs) > 0 {
		return nil, failWith("invalid_arguments", errs...)
	}
	str := func(key string) string { t, _ := raw[key].(string); return t }
	label := func(key string) string { o, _ := raw[key].(object); t, _ := o["text"].(string); return t }
	var blocks []Block
	for _, b := range raw["blocks"].([]any) {
		blocks = append(blocks, b.(object))
	}
	view := &View{
		Type: kind, Title: label("title"), SubmitText: label("submit"), CloseText: label("close"), CallbackID: str("callback_id"),
		ExternalID: str("external_id"), PrivateMetadata: str("private_metadata"), Blocks: s.withBlockIDs(blocks),
		ClearOnClose: raw["clear_on_close"] == true, NotifyOnClose: raw["notify_on_close"] == true, raw: raw, Versions: 1,
	}
	if view.ExternalID != "" && s.findView(func(o *View) bool { return o.ExternalID == view.ExternalID }) != nil {
		view.duplicate = true
	}
	return view, nil
}

func checkView(raw object, kind string) []string {
	c := &checker{}
	c.fields(raw, "/view", "type title blocks submit close private_metadata callback_id clear_on_close notify_on_close external_id submit_disabled")
	if raw["type"] != kind {
		c.add("/view/type", "must be "+kind)
	}
	if kind == "modal" {
		c.label(raw["title"], "/view/title", 24, true)
		c.label(raw["submit"], "/view/submit", 24, false)
		c.label(raw["close"], "/view/close", 24, false)
	}
	for key, limit := range map[string]int{"private_metadata": 3000, "callback_id": 255, "external_id": 255} {
		if t, _ := raw[key].(string); utf8.RuneCountInString(t) > limit {
			c.add("/view/"+key, fmt.Sprintf("must be less than %d characters", limit+1))
		}
	}
	list, ok := raw["blocks"].([]any)
	if !ok {
		c.add("/view", "missing required field: blocks")
		return c.errs
	}
	var blocks []Block
	inputs := false
	for i, b := range list {
		o, ok := b.(object)
		if !ok {
			c.add(fmt.Sprintf("/view/blocks/%d", i), "must provide an object")
			return c.errs
		}
		inputs = inputs || o["type"] == "input"
		blocks = append(blocks, o)
	}
	if kind == "modal" && inputs && raw["submit"] == nil {
		c.add("/view", "missing required field: submit, as there are input blocks")
	}
	where := inModal
	if kind == "home" {
		where = inHome
	}
	return append(c.errs, checkBlocks(blocks, where, "/view/blocks")...)
}

// place gives a view its identity and puts it on the person's screen: on top of the stack, or as its first.
func (s *Server) place(v *View, user string, push bool) *View {
	v.User, v.ID = user, s.newID("V")
	v.Hash = fmt.Sprintf("%d.%08x", s.now().Unix(), s.serial)
	v.RootID = v.ID
	if push {
		stack := s.modals[user]
		v.RootID, v.PreviousID = stack[0].ID, stack[len(stack)-1].ID
		s.modals[user] = append(slices.Clone(stack), v)
	} else {
		s.modals[user] = []*View{v}
	}
	s.emit(Change{Kind: ModalOpened, User: user, View: v})
	return v
}

// swap replaces what a view shows; its identity stays.
func (s *Server) swap(old, v *View) *View {
	v.ID, v.User, v.RootID, v.PreviousID, v.Versions = old.ID, old.User, old.RootID, old.PreviousID, old.Versions+1
	s.serial++
	v.Hash = fmt.Sprintf("%d.%08x", s.now().Unix(), s.serial)
	if s.homes[old.User] == old {
		s.homes[old.User] = v
		s.emit(Change{Kind: HomePublished, User: v.User, View: v})
		return v
	}
	stack := slices.Clone(s.modals[old.User])
	stack[slices.Index(stack, old)] = v
	s.modals[old.User] = stack
	s.emit(Change{Kind: ModalUpdated, User: v.User, View: v})
	return v
}

func (s *Server) findView(fits func(*View) bool) *View {
	for _, stack := range s.modals {
		for _, v := range stack {
			if fits(v) {
				return v
			}
		}
	}
	for _, v := range s.homes {
		if fits(v) {
			return v
		}
	}
	return nil
}

// Modals are the views of the modal a person has open, the one on top last.
func (s *Server) Modals(user string) []View {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]View, len(s.modals[user]))
	for i, v := range s.modals[user] {
		out[i] = *v
	}
	return out
}

// Home is the Home tab that the app published for a person.
func (s *Server) Home(user string) (View, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if v := s.homes[user]; v != nil {
		return *v, true
	}
	return View{}, false
}
