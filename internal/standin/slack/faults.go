// SPDX-License-Identifier: Apache-2.0

package slack

import (
	"slices"
	"sync"
	"time"
)

// faults are the breakages in force. The server's lock guards them.
type faults struct {
	limited         map[string]limitFault
	failing         map[string][]fault
	ackDelay        time.Duration
	duplicates      int
	duplicateSameID bool
}

type limitFault struct {
	until      time.Time
	retryAfter time.Duration
}

// fault is what happens to one call: an error code, an HTTP status, a 429, or a cut connection before or after it took effect.
type fault struct {
	code       string
	status     int
	retryAfter time.Duration
	drop       bool
	after      bool
	stall      *Stall
}

func (f *faults) reset() {
	*f = faults{limited: map[string]limitFault{}, failing: map[string][]fault{}}
}

// take uses up the next fault of a method. An empty method name stands for any method.
func (f *faults) take(method string, now time.Time) fault {
	for _, key := range []string{method, ""} {
		if l, ok := f.limited[key]; ok {
			if now.Before(l.until) {
				return fault{retryAfter: l.retryAfter}
			}
			delete(f.limited, key)
		}
		if queue := f.failing[key]; len(queue) > 0 {
			f.failing[key] = queue[1:]
			return queue[0]
		}
	}
	return fault{}
}

func (s *Server) breakNext(method string, n int, f fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults.failing[method] = append(slices.Clone(s.faults.failing[method]), slices.Repeat([]fault{f}, n)...)
}

// FailNext makes the next n calls of a method ("" for any) answer ok false with this error, such as internal_error.
func (s *Server) FailNext(method string, n int, code string) {
	s.breakNext(method, n, fault{code: code})
}

// FailNextHTTP makes the next n calls of a method ("" for any) answer with a bare HTTP status, as Slack's edge does with 502 or 503.
func (s *Server) FailNextHTTP(method string, n, status int) {
	s.breakNext(method, n, fault{status: status})
}

// FailAfterHTTP makes the next n calls of a method ("" for any) take effect and answer with a bare HTTP status all the same.
func (s *Server) FailAfterHTTP(method string, n, status int) {
	s.breakNext(method, n, fault{status: status, after: true})
}

// Stall is a call that Slack has and takes its time with.
type Stall struct {
	arrived, released chan struct{}
	once              sync.Once
}

// Arrived is closed when the call is there.
func (t *Stall) Arrived() <-chan struct{} { return t.arrived }

// Release lets the call go on, whether or not its caller still waits.
func (t *Stall) Release() { t.once.Do(func() { close(t.released) }) }

// StallNext holds the next call of a method ("" for any) before it takes effect, until Release or Close.
func (s *Server) StallNext(method string) *Stall {
	t := &Stall{arrived: make(chan struct{}), released: make(chan struct{})}
	s.breakNext(method, 1, fault{stall: t})
	return t
}

// DropNext cuts the connection of the next n calls of a method ("" for any) before they take effect.
func (s *Server) DropNext(method string, n int) { s.breakNext(method, n, fault{drop: true}) }

// LoseAnswers lets the next n calls of a method ("" for any) take effect and cuts the connection before the answer.
func (s *Server) LoseAnswers(method string, n int) {
	s.breakNext(method, n, fault{drop: true, after: true})
}

// RateLimit makes every call of a method ("" for any) answer 429 with this Retry-After (whole seconds, at least one) for a while.
func (s *Server) RateLimit(method string, retryAfter, lasting time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults.limited[method] = limitFault{until: s.now().Add(lasting), retryAfter: retryAfter}
}

// LimitNext makes the next n calls of a method ("" for any) answer 429 with this Retry-After, whenever they come.
func (s *Server) LimitNext(method string, n int, retryAfter time.Duration) {
	s.breakNext(method, n, fault{retryAfter: retryAfter})
}

// DelayAcks lets every ack arrive this much later; longer than three seconds, and commands end in operation_timeout.
func (s *Server) DelayAcks(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults.ackDelay = d
}

// DuplicateNext delivers each of the next n envelopes twice, the second time on another connection where there is one: with the same
// envelope id, or with a new one around the same payload.
func (s *Server) DuplicateNext(n int, sameID bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults.duplicates, s.faults.duplicateSameID = n, sameID
}

// RevokeToken makes a token answer token_revoked from now on. Open sockets of a revoked app token are told link_disabled.
func (s *Server) RevokeToken(token string) {
	s.mu.Lock()
	s.revoked[token] = true
	var conns []*conn
	if token == s.app.AppToken {
		conns = slices.Clone(s.conns)
	}
	s.mu.Unlock()
	for _, c := range conns {
		c.send(c.disconnect("link_disabled"))
		c.closeAfter(s.timing.CloseAfter)
	}
}

// Heal takes all faults and revocations back.
func (s *Server) Heal() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults.reset()
	s.revoked = map[string]bool{}
}

// DropSockets cuts every Socket Mode connection without a word and says how many there were.
func (s *Server) DropSockets() int { return s.eachSocket(func(c *conn) { c.kill() }) }

// FreezeSockets leaves every connection half open, as a NAT that forgot it does: nothing is sent there any more, pings included, and
// nothing that arrives is heard, but Slack goes on delivering to it.
func (s *Server) FreezeSockets() int { return s.eachSocket(func(c *conn) { c.frozen.Store(true) }) }

// SwitchSocketMode switches the app's Socket Mode off or on, as on the page of its settings. Off, open sockets are told link_disabled.
func (s *Server) SwitchSocketMode(on bool) {
	s.mu.Lock()
	s.app.SocketMode = on
	s.mu.Unlock()
	if !on {
		s.eachSocket(func(c *conn) {
			c.send(c.disconnect("link_disabled"))
			c.closeAfter(s.timing.CloseAfter)
		})
	}
}

// RefreshSockets asks every connection to reconnect (refresh_requested), as Slack does every few hours.
func (s *Server) RefreshSockets() int { return s.eachSocket(func(c *conn) { c.refresh() }) }

// WarnSockets says on every connection that it ends soon.
func (s *Server) WarnSockets() int {
	return s.eachSocket(func(c *conn) { c.send(c.disconnect("warning")) })
}

func (s *Server) eachSocket(do func(*conn)) int {
	s.mu.Lock()
	conns := slices.Clone(s.conns)
	s.mu.Unlock()
	for _, c := range conns {
		do(c)
	}
	return len(conns)
}

// Limited is how often a Web API method was answered with 429 because of its own limit.
func (s *Server) Limited(method string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.limited[method]
}

// Calls is how often a Web API method was called, whatever it answered; "response_url" counts those.
func (s *Server) Calls(method string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[method]
}
