// SPDX-License-Identifier: Apache-2.0

package slack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
)

// What a person can run into. None of them reaches the app.
var (
	// ErrCannotAct is returned for accounts nobody can use: deactivated ones, bots, and ids that do not exist.
	ErrCannotAct = errors.New("this account cannot act")
	// ErrNotVisible is returned for channels, messages and modals that the person does not have on screen.
	ErrNotVisible = errors.New("not on this person's screen")
	// ErrNoElement is returned for a button or field that is not there (any more).
	ErrNoElement = errors.New("no such element")
	// ErrNotAcked is returned when the app did not ack in time: the person sees a warning sign beside the button.
	ErrNotAcked = errors.New("the app did not respond in time")
	// ErrNoApp is returned when the app has no connection open.
	ErrNoApp = errors.New("the app is not connected")
)

// Person acts as one member: sees what they see, and does what their client lets them do.
type Person struct {
	s  *Server
	ID string
}

// As is the member with this id, at their client.
func (s *Server) As(user string) *Person { return &Person{s: s, ID: user} }

// member is who acts; the lock is held.
func (p *Person) member() (*Member, error) {
	m := p.s.members[p.ID]
	if m == nil || m.Kind == Deactivated || m.Kind == BotMember {
		return nil, fmt.Errorf("%w: %s", ErrCannotAct, p.ID)
	}
	return m, nil
}

// in is the channel, if the person is in it. The lock is held.
func (p *Person) in(channel string) (*Member, *channelState, error) {
	m, err := p.member()
	if err != nil {
		return nil, nil, err
	}
	ch := p.s.channels[channel]
	if ch == nil || !slices.Contains(ch.Members, p.ID) {
		return nil, nil, fmt.Errorf("%w: channel %s", ErrNotVisible, channel)
	}
	return m, ch, nil
}

// Say posts a plain message, in a thread unless thread is empty, and returns its ts.
func (p *Person) Say(channel, thread, text string) (string, error) {
	s := p.s
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ch, err := p.in(channel)
	if err != nil {
		return "", err
	}
	if ch.Archived {
		return "", fmt.Errorf("%w: channel %s is archived", ErrNotVisible, channel)
	}
	if root := ch.message(thread); thread != "" && (root == nil || root.IsReply()) {
		return "", fmt.Errorf("%w: thread %s", ErrNotVisible, thread)
	}
	return s.post(ch, Message{Channel: ch.ID, User: p.ID, Text: text, ThreadTS: thread}).TS, nil
}

// History are the messages of the channel itself, without the replies, oldest first.
func (p *Person) History(channel string) ([]Message, error) {
	if err := p.look(channel); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(p.s.Messages(channel), func(m Message) bool { return m.IsReply() && !m.Broadcast }), nil
}

// Thread is a thread's root and replies, oldest first.
func (p *Person) Thread(channel, root string) ([]Message, error) {
	if err := p.look(channel); err != nil {
		return nil, err
	}
	return p.s.Thread(channel, root), nil
}

func (p *Person) look(channel string) error {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	_, _, err := p.in(channel)
	return err
}

// Ephemerals are the messages that only this person sees, in all channels.
func (p *Person) Ephemerals() []Message { return p.s.Ephemerals(p.ID) }

// Modals are the open modal's views, the one on top last.
func (p *Person) Modals() []View { return p.s.Modals(p.ID) }

// OpenHome opens the app's Home tab, which tells the app so, and returns what it has published for this person until now.
func (p *Person) OpenHome() (view View, published bool, err error) {
	s := p.s
	s.mu.Lock()
	if _, err = p.member(); err != nil {
		s.mu.Unlock()
		return View{}, false, err
	}
	event := object{"type": "app_home_opened", "user": p.ID, "channel": s.im(p.ID).ID, "tab": "home"}
	if v := s.homes[p.ID]; v != nil {
		event["view"] = s.apiView(v, object{})
	}
	s.event(event)
	s.mu.Unlock()
	view, published = s.Home(p.ID)
	return view, published, nil
}

// acked waits for an envelope's ack and gives its payload.
func (p *Person) acked(ctx context.Context, e *envelope) (json.RawMessage, error) {
	timer := time.NewTimer(p.s.timing.AckWait)
	defer timer.Stop()
	select {
	case payload := <-e.acked:
		return payload, nil
	case <-timer.C:
		return nil, ErrNotAcked
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	case <-p.s.ctx.Done():
		return nil, errClosed
	}
}

// apiPerson is how interactions name who acted.
func (s *Server) apiPerson(m *Member) object {
	return object{"id": m.ID, "username": m.Name, "name": m.Name, "team_id": s.teamOf(m)}
}

// interaction is what all interactive payloads have in common.
func (s *Server) interaction(kind string, m *Member, view string) object {
	return object{
		"type": kind, "user": s.apiPerson(m), "api_app_id": s.app.ID, "token": verificationToken, "trigger_id": s.newTrigger(m.ID, view),
		"team": object{"id": s.team.TeamID, "domain": s.team.Domain}, "enterprise": nil, "is_enterprise_install": false,
	}
}
