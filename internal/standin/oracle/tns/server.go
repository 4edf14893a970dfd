// SPDX-License-Identifier: Apache-2.0

package tns

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"sync"
)

// Options of a Server.
type Options struct {
	Service     string       // the service name or SID that is served; empty takes any
	Logger      *slog.Logger // nil logs nothing
	MaxLOBBytes int          // that a session may hold as LOBs with a locator; 0 is 1 GiB
}

// Server serves Oracle's wire protocol on listeners.
type Server struct {
	handler Handler
	options Options
	log     *slog.Logger
	ctx     context.Context
	stop    context.CancelFunc
	running sync.WaitGroup

	mu        sync.Mutex
	closed    bool
	listeners map[net.Listener]bool
	serial    uint32
}

// NewServer makes a server that does its work with h.
func NewServer(h Handler, o Options) *Server {
	log := o.Logger
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	ctx, stop := context.WithCancel(context.Background())
	return &Server{handler: h, options: o, log: log, ctx: ctx, stop: stop, listeners: map[net.Listener]bool{}}
}

// Serve takes connections from l until Close, and then returns nil; l is closed in any case.
func (s *Server) Serve(l net.Listener) error {
	defer l.Close()
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.listeners[l] = true
	s.mu.Unlock()
	for {
		nc, err := l.Accept()
		s.mu.Lock()
		if s.closed || err != nil {
			delete(s.listeners, l)
			closed := s.closed
			s.mu.Unlock()
			if err == nil {
				nc.Close()
			}
			if closed {
				return nil
			}
			return err
		}
		s.serial++
		c := newConn(s, nc, s.serial)
		s.running.Add(1)
		s.mu.Unlock()
		go func() {
			defer s.running.Done()
			c.serve()
		}()
	}
}

// Close stops listening, breaks the live connections and waits until their sessions are closed.
func (s *Server) Close() error {
	s.mu.Lock()
	s.closed = true
	var errs []error
	for l := range s.listeners {
		errs = append(errs, l.Close())
	}
	s.mu.Unlock()
	s.stop()
	s.running.Wait()
	return errors.Join(errs...)
}
