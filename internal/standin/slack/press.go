// SPDX-License-Identifier: Apache-2.0

package slack

import (
	"context"
	"fmt"
	"slices"
)

// Match picks an interactive element of a message or view.
type Match func(element Block) bool

// ByAction picks by action_id.
func ByAction(id string) Match { return func(e Block) bool { return e["action_id"] == id } }

// ByLabel picks a button by the words on it.
func ByLabel(label string) Match {
	return func(e Block) bool { t, _ := e["text"].(object); return e["type"] == "button" && t["text"] == label }
}

// ByValue picks a button by action_id and value.
func ByValue(actionID, value string) Match {
	return func(e Block) bool { return e["action_id"] == actionID && e["value"] == value }
}

// Press clicks the button with this action_id in a message of a channel, or in an ephemeral one. A confirmation dialog is confirmed.
// It fails unless the button is in the message now and the person sees it, and when the app does not ack within three seconds.
func (p *Person) Press(ctx context.Context, channel, ts, actionID string) error {
	return p.PressWhere(ctx, channel, ts, ByAction(actionID))
}

// PressWhere clicks the first element of a message that matches.
func (p *Person) PressWhere(ctx context.Context, channel, ts string, match Match) error {
	return p.onMessage(ctx, channel, ts, nil, match, nil)
}

// Choose picks value (an option's value or label, a user's id, a date) in a select, radio group, checkbox group or picker of a message.
func (p *Person) Choose(ctx context.Context, channel, ts, actionID string, value any) error {
	return p.onMessage(ctx, channel, ts, nil, ByAction(actionID), value)
}

// PressStale clicks a button as a message showed it a moment ago, although it has changed since: the click that crosses an update on
// its way. The message must still exist.
func (p *Person) PressStale(ctx context.Context, shown Message, match Match) error {
	return p.onMessage(ctx, shown.Channel, shown.TS, &shown, match, nil)
}

func (p *Person) onMessage(ctx context.Context, channel, ts string, shown *Message, match Match, value any) error {
	s := p.s
	s.mu.Lock()
	member, ch, err := p.in(channel)
	if err != nil {
		s.mu.Unlock()
		return err
	}
	m := ch.message(ts)
	if m == nil {
		m = s.ephemeral(p.ID, channel, ts)
	}
	if m == nil {
		s.mu.Unlock()
		return fmt.Errorf("%w: message %s", ErrNotVisible, ts)
	}
	seen := m
	if shown != nil {
		seen = shown
	}
	block, element := find(seen.Blocks, p.ID, match)
	if element == nil || !s.app.Interactivity {
		s.mu.Unlock()
		return fmt.Errorf("%w in message %s", ErrNoElement, ts)
	}
	action, state, err := s.action(block, element, value, nil)
	if err != nil {
		s.mu.Unlock()
		return err
	}
	payload := s.interaction("block_actions", member, "")
	container := object{"type": "message", "message_ts": m.TS, "channel_id": ch.ID, "is_ephemeral": m.Ephemeral}
	if m.ThreadTS != "" {
		container["thread_ts"] = m.ThreadTS
	}
	payload["container"], payload["channel"] = container, object{"id": ch.ID, "name": commandChannelName(ch)}
	payload["actions"], payload["state"] = []object{action}, object{"values": state}
	if !m.Ephemeral {
		payload["message"] = seen.api(s.team.TeamID, true)
	}
	payload["response_url"] = s.newResponseURL("actions", responseURL{
		channel: ch.ID, user: p.ID, original: m.TS, ephemeral: m.Ephemeral, thread: m.ThreadTS,
	})
	return p.send(ctx, payload, element, ch.ID, m, nil)
}

// PressInView clicks the button with this action_id in a view that the person has open: a modal's or the Home tab.
func (p *Person) PressInView(ctx context.Context, viewID, actionID string) error {
	return p.onView(ctx, viewID, ByAction(actionID), nil)
}

// PressInViewWhere clicks the first element of an open view that matches.
func (p *Person) PressInViewWhere(ctx context.Context, viewID string, match Match) error {
	return p.onView(ctx, viewID, match, nil)
}

// ChooseInView picks a value in an element of an open view that tells the app at once.
func (p *Person) ChooseInView(ctx context.Context, viewID, actionID string, value any) error {
	return p.onView(ctx, viewID, ByAction(actionID), value)
}

func (p *Person) onView(ctx context.Context, viewID string, match Match, value any) error {
	s := p.s
	s.mu.Lock()
	member, err := p.member()
	v := s.onScreen(p.ID, viewID)
	if home := s.homes[p.ID]; v == nil && home != nil && home.ID == viewID {
		v = home
	}
	if err == nil && v == nil {
		err = fmt.Errorf("%w: view %s", ErrNotVisible, viewID)
	}
	if err != nil {
		s.mu.Unlock()
		return err
	}
	block, element := find(v.Blocks, p.ID, match)
	if element == nil {
		s.mu.Unlock()
		return fmt.Errorf("%w in view %s", ErrNoElement, viewID)
	}
	action, state, err := s.action(block, element, value, v)
	if err != nil {
		s.mu.Unlock()
		return err
	}
	from := v.ID
	if v.Type == "home" {
		from = ""
	}
	payload := s.interaction("block_actions", member, from)
	payload["container"], payload["view"] = object{"type": "view", "view_id": v.ID}, s.apiView(v, state)
	payload["actions"] = []object{action}
	return p.send(ctx, payload, element, "", nil, v)
}

// send delivers an interaction and waits for its ack. The lock is held on the way in and released.
func (p *Person) send(ctx context.Context, payload object, element Block, channel string, m *Message, v *View) error {
	s := p.s
	id, _ := element["action_id"].(string)
	label, _ := element["text"].(object)
	words, _ := label["text"].(string)
	s.emit(Change{Kind: ButtonPressed, Channel: channel, User: p.ID, Message: m, View: v, ActionID: id, Text: words})
	e := s.deliver("interactive", payload, false, nil)
	s.mu.Unlock()
	if e == nil {
		return ErrNoApp
	}
	_, err := p.acked(ctx, e)
	return err
}

// find is the first element that matches and that the person sees, and the block it is in. visible_to_user_ids hides elements.
func find(blocks []Block, user string, match Match) (block, element Block) {
	for _, b := range blocks {
		for _, e := range elements(b) {
			if list, ok := e["visible_to_user_ids"].([]any); ok && !slices.Contains(list, any(user)) {
				continue
			}
			if match(e) {
				return b, e
			}
		}
	}
	return nil, nil
}

// elements are the interactive elements of a block.
func elements(b Block) []Block {
	var out []Block
	add := func(v any) {
		if e, ok := v.(object); ok && e["type"] != "image" {
			out = append(out, e)
		}
	}
	add(b["element"])
	add(b["accessory"])
	if b["type"] == "actions" {
		list, _ := b["elements"].([]any)
		for _, e := range list {
			add(e)
		}
	}
	if b["type"] == "data_table" {
		rows, _ := b["rows"].([]any)
		for _, r := range rows {
			cells, _ := r.([]any)
			for _, c := range cells {
				if cell, _ := c.(object); cell["type"] == "action_cell" {
					add(cell["element"])
				}
			}
		}
	}
	return out
}
