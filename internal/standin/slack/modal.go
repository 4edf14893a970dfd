// SPDX-License-Identifier: Apache-2.0

package slack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// Submission is what a person sees after pressing a modal's submit button: Errors by block id, with the modal still open; or the view
// that took its place or lies on top now; or Closed, when the view went away. Trouble is set when Slack could not make sense of the
// app's answer, or had none in time: the modal stays with "We had some trouble connecting. Try again?".
type Submission struct {
	Errors  map[string]string `json:"errors,omitempty"`
	Shown   *View             `json:"shown,omitempty"`
	Closed  bool              `json:"closed"`
	Trouble string            `json:"trouble,omitempty"`
}

// Submit fills the fields of the modal on top, by block id or action id, and submits it. Values are strings, or lists of strings where
// several may be chosen; options are meant by value or label. What the client itself can tell is wrong is not sent to the app.
func (p *Person) Submit(ctx context.Context, viewID string, values map[string]any) (Submission, error) {
	s := p.s
	s.mu.Lock()
	member, v, err := p.top(viewID)
	if err == nil && v.SubmitText == "" {
		err = fmt.Errorf("%w: view %s has no submit button", ErrNoElement, viewID)
	}
	if err == nil {
		err = v.check(values)
	}
	if err != nil {
		s.mu.Unlock()
		return Submission{}, err
	}
	filled := v.values(values)
	if wrong := v.complaints(filled); len(wrong) > 0 {
		s.mu.Unlock()
		return Submission{Errors: wrong}, nil
	}
	payload := s.interaction("view_submission", member, v.ID)
	payload["view"], payload["response_urls"] = s.apiView(v, filled), []any{}
	s.emit(Change{Kind: ButtonPressed, User: p.ID, View: v, Text: v.SubmitText, ActionID: "view_submission"})
	e := s.deliver("interactive", payload, true, nil)
	s.mu.Unlock()
	if e == nil {
		return Submission{Trouble: ErrNoApp.Error()}, nil
	}
	raw, err := p.acked(ctx, e)
	if errors.Is(err, ErrNotAcked) {
		return Submission{Trouble: err.Error()}, nil
	}
	if err != nil {
		return Submission{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.submitted(p.ID, v.ID, raw), nil
}

// check refuses values for fields that the view does not have or that cannot take them.
func (v *View) check(values map[string]any) error {
	for name, value := range values {
		var field Block
		for _, b := range v.Blocks {
			for _, e := range elements(b) {
				if b["block_id"] == name || e["action_id"] == name {
					field = e
				}
			}
		}
		if field == nil {
			return fmt.Errorf("%w: view %s has no field %q", ErrNoElement, v.ID, name)
		}
		if _, err := fieldValue(field, value); err != nil {
			return err
		}
	}
	return nil
}

// submitted carries out a response_action.
func (s *Server) submitted(user, viewID string, raw []byte) Submission {
	v := s.onScreen(user, viewID)
	if v == nil { // the app closed or replaced it by itself meanwhile
		return Submission{Closed: true}
	}
	var a struct {
		Action string            `json:"response_action"`
		Errors map[string]string `json:"errors"`
		View   json.RawMessage   `json:"view"`
	}
	if len(raw) > 0 && json.Unmarshal(raw, &a) != nil {
		return Submission{Trouble: "the answer is not an object"}
	}
	switch a.Action {
	case "":
		s.pop(user, v)
		return Submission{Closed: true}
	case "clear":
		s.clear(user)
		return Submission{Closed: true}
	case "errors":
		for id := range a.Errors {
			if !slices.ContainsFunc(v.Blocks, func(b Block) bool { return b["block_id"] == id && b["type"] == "input" }) {
				return Submission{Trouble: fmt.Sprintf("errors name %q, which is no input block", id)}
			}
		}
		if len(a.Errors) == 0 {
			return Submission{Trouble: "errors are empty"}
		}
		return Submission{Errors: a.Errors}
	case "update", "push":
		decoded, err := decodeJSON(a.View)
		if err != nil {
			return Submission{Trouble: "the answer has no view"}
		}
		next, e := s.readView(decoded, "modal")
		if e != nil {
			return Submission{Trouble: fmt.Sprint(e.code, e.more)}
		}
		if a.Action == "update" {
			next = s.swap(v, next)
		} else {
			if len(s.modals[user]) > maxPushed {
				return Submission{Trouble: "push_limit_reached"}
			}
			next = s.place(next, user, true)
		}
		shown := *next
		return Submission{Shown: &shown}
	}
	return Submission{Trouble: "unknown response_action " + a.Action}
}

// CloseView presses Cancel on the modal on top; the view below it comes back. The app hears of it if it asked to (notify_on_close).
func (p *Person) CloseView(viewID string) error {
	s := p.s
	s.mu.Lock()
	defer s.mu.Unlock()
	member, v, err := p.top(viewID)
	if err != nil {
		return err
	}
	gone := []*View{v}
	if v.ClearOnClose {
		gone = slices.Clone(s.modals[p.ID])
	}
	for _, each := range gone {
		if !each.NotifyOnClose {
			continue
		}
		payload := s.interaction("view_closed", member, "")
		delete(payload, "trigger_id")
		payload["view"], payload["is_cleared"] = s.apiView(each, each.values(nil)), v.ClearOnClose
		s.deliver("interactive", payload, false, nil)
	}
	if v.ClearOnClose {
		s.clear(p.ID)
	} else {
		s.pop(p.ID, v)
	}
	return nil
}

// top is the modal on top of the person's screen, if it is this one. The lock is held.
func (p *Person) top(viewID string) (*Member, *View, error) {
	m, err := p.member()
	if err != nil {
		return nil, nil, err
	}
	stack := p.s.modals[p.ID]
	if len(stack) == 0 || stack[len(stack)-1].ID != viewID {
		return nil, nil, fmt.Errorf("%w: view %s is not on top", ErrNotVisible, viewID)
	}
	return m, stack[len(stack)-1], nil
}

func (s *Server) pop(user string, v *View) {
	s.modals[user] = slices.DeleteFunc(slices.Clone(s.modals[user]), func(o *View) bool { return o == v })
	if len(s.modals[user]) == 0 {
		delete(s.modals, user)
	}
	s.emit(Change{Kind: ModalClosed, User: user, View: v})
}

func (s *Server) clear(user string) {
	for _, v := range slices.Backward(s.modals[user]) {
		s.pop(user, v)
	}
}
