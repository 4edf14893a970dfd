// SPDX-License-Identifier: Apache-2.0

// Package oracle is the source side of a migration: its dictionary, and the facts that gates look at. It reads; what it writes is the
// marker table in the schema of its own user.
//
// go-ora's context does not interrupt a fetch. Every call here therefore runs on a session whose socket is closed when the call's
// context ends, or when Oracle sends nothing for a while.
package oracle

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"sync"
)

// Source is an Oracle database that Ferryman may read. Its methods may be called at the same time.
type Source struct {
	url      *url.URL
	user     string
	password string
	idle     chan *session
	mu       sync.Mutex
	closed   bool
}

// maxIdle is how many sessions are kept for the next call.
const maxIdle = 2

// Open connects and proves the connection. connection is oracle://user:password@host:port/service. The error is an *AuthError where
// Oracle refuses the user, else an *UnreachableError; neither has the password in it.
func Open(ctx context.Context, connection string) (*Source, error) {
	u, err := url.Parse(connection)
	if err != nil || u.Scheme != "oracle" || u.Host == "" || u.User == nil || u.User.Username() == "" {
		// err would repeat the whole string.
		return nil, &UnreachableError{Address: "the source",
			Reason: "its connection string is not of the form oracle://user:password@host:port/service"}
	}
	password, _ := u.User.Password()
	s := &Source{url: u, user: strings.ToUpper(u.User.Username()), password: password, idle: make(chan *session, maxIdle)}
	x, err := s.connect(ctx)
	if err != nil {
		return nil, err
	}
	s.release(x)
	return s, nil
}

// User is the name of the session's user in upper case.
func (s *Source) User() string { return s.user }

// Close ends all sessions that are not in use; those in use end with their call.
func (s *Source) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for {
		select {
		case x := <-s.idle:
			x.close()
		default:
			return nil
		}
	}
}

func (s *Source) release(x *session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed && !x.broken {
		select {
		case s.idle <- x:
			return
		default:
		}
	}
	x.close()
}

// acquire takes a session that is still alive, or opens one.
func (s *Source) acquire(ctx context.Context) (*session, error) {
	for {
		s.mu.Lock()
		closed := s.closed
		s.mu.Unlock()
		if closed {
			return nil, errors.New("the connection to Oracle was closed")
		}
		select {
		case x := <-s.idle:
			if x.alive(ctx) {
				return x, nil
			}
			x.close()
		default:
			return s.connect(ctx)
		}
	}
}

// with runs f on a session of its own; the session's socket is closed when ctx ends.
func (s *Source) with(ctx context.Context, f func(*session) error) error {
	x, err := s.acquire(ctx)
	if err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, x.socket.close)
	err = f(x)
	if !stop() {
		x.broken = true
	}
	if code := oracleCode(err); err != nil && code == 0 {
		x.broken = true // the protocol, the network or the caller: the session's state is not known
	}
	s.release(x)
	if cause := context.Cause(ctx); err != nil && cause != nil {
		return cause // what the closed socket says does not matter
	}
	return s.plain(err)
}
