// SPDX-License-Identifier: Apache-2.0

package slack

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// ChangeKind names what happened in the workspace.
type ChangeKind string

// What can be watched.
const (
	MessagePosted    ChangeKind = "message_posted"
	MessageChanged   ChangeKind = "message_changed"
	MessageDeleted   ChangeKind = "message_deleted"
	EphemeralPosted  ChangeKind = "ephemeral_posted"
	EphemeralChanged ChangeKind = "ephemeral_changed"
	EphemeralDeleted ChangeKind = "ephemeral_deleted"
	ReactionAdded    ChangeKind = "reaction_added"
	ModalOpened      ChangeKind = "modal_opened"
	ModalUpdated     ChangeKind = "modal_updated"
	ModalClosed      ChangeKind = "modal_closed"
	HomePublished    ChangeKind = "home_published"
	FileShared       ChangeKind = "file_shared"
	CommandTyped     ChangeKind = "command_typed"
	ButtonPressed    ChangeKind = "button_pressed"
	SocketOpened     ChangeKind = "socket_opened"
	SocketClosed     ChangeKind = "socket_closed"
	WorkspaceChanged ChangeKind = "workspace_changed"
)

// Change is one thing that happened. Message and View are as they were just after it; User is who did it, or who sees it.
type Change struct {
	Seq      int64      `json:"seq"`
	Kind     ChangeKind `json:"kind"`
	At       time.Time  `json:"at"`
	Channel  string     `json:"channel,omitempty"`
	User     string     `json:"user,omitempty"`
	Message  *Message   `json:"message,omitempty"`
	View     *View      `json:"view,omitempty"`
	File     *File      `json:"file,omitempty"`
	Text     string     `json:"text,omitempty"`
	ActionID string     `json:"action_id,omitempty"`
}

// Subscription is a stream of all changes from its beginning on; none is lost, however slowly it is read.
type Subscription struct {
	C <-chan Change

	server *Server
	mu     sync.Mutex
	queue  []Change
	wake   chan struct{}
	done   chan struct{}
	once   sync.Once
}

// Subscribe starts a stream of changes. Close it when it is no longer read.
func (s *Server) Subscribe() *Subscription {
	out := make(chan Change)
	sub := &Subscription{C: out, server: s, wake: make(chan struct{}, 1), done: make(chan struct{})}
	s.mu.Lock()
	s.watchers[sub] = true
	s.mu.Unlock()
	running := s.begin(func() {
		defer close(out)
		for {
			sub.mu.Lock()
			batch := sub.queue
			sub.queue = nil
			sub.mu.Unlock()
			for _, c := range batch {
				select {
				case out <- c:
				case <-sub.done:
					return
				}
			}
			if len(batch) > 0 {
				continue
			}
			select {
			case <-sub.wake:
			case <-sub.done:
				return
			}
		}
	})
	if !running {
		close(out)
	}
	return sub
}

// Close ends the stream; C is closed.
func (sub *Subscription) Close() {
	sub.server.mu.Lock()
	delete(sub.server.watchers, sub)
	sub.server.mu.Unlock()
	sub.shut()
}

func (sub *Subscription) shut() { sub.once.Do(func() { close(sub.done) }) }

func (sub *Subscription) push(c Change) {
	sub.mu.Lock()
	sub.queue = append(sub.queue, c)
	sub.mu.Unlock()
	select {
	case sub.wake <- struct{}{}:
	default:
	}
}

// emit tells the watchers and wakes who waits. The server's lock is held.
func (s *Server) emit(c Change) {
	s.seq++
	c.Seq, c.At = s.seq, s.now()
	for w := range s.watchers {
		w.push(c)
	}
	close(s.changed)
	s.changed = make(chan struct{})
}

// Wait returns when holds() is true: it is asked now and again after every change. It must not block.
func (s *Server) Wait(ctx context.Context, holds func() bool) error {
	for {
		s.mu.Lock()
		changed := s.changed
		s.mu.Unlock()
		if holds() {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("slack stand-in: waited in vain: %w", context.Cause(ctx))
		case <-s.ctx.Done():
			return errClosed
		}
	}
}

// WaitMessage waits for a message of the channel, root or reply, that fits, and returns the oldest such.
func (s *Server) WaitMessage(ctx context.Context, channel string, fits func(Message) bool) (Message, error) {
	var found Message
	err := s.Wait(ctx, func() bool {
		for _, m := range s.Messages(channel) {
			if fits(m) {
				found = m
				return true
			}
		}
		return false
	})
	return found, err
}

// WaitEphemeral waits for an ephemeral message to the user that fits.
func (s *Server) WaitEphemeral(ctx context.Context, user string, fits func(Message) bool) (Message, error) {
	var found Message
	err := s.Wait(ctx, func() bool {
		for _, m := range s.Ephemerals(user) {
			if fits(m) {
				found = m
				return true
			}
		}
		return false
	})
	return found, err
}

// WaitModal waits until the modal on top of the user's screen fits.
func (s *Server) WaitModal(ctx context.Context, user string, fits func(View) bool) (View, error) {
	var found View
	err := s.Wait(ctx, func() bool {
		stack := s.Modals(user)
		if len(stack) == 0 || !fits(stack[len(stack)-1]) {
			return false
		}
		found = stack[len(stack)-1]
		return true
	})
	return found, err
}

// WaitSockets waits until exactly n Socket Mode connections are open.
func (s *Server) WaitSockets(ctx context.Context, n int) error {
	return s.Wait(ctx, func() bool { return s.Sockets() == n })
}
