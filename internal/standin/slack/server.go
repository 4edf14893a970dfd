// SPDX-License-Identifier: Apache-2.0

package slack

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

type object = map[string]any

// Timing holds the durations that Slack's protocol depends on. A zero field stands for Slack's own value (DefaultTiming).
type Timing struct {
	// AckWait is how long an envelope may stay without its ack.
	AckWait time.Duration
	// TriggerLife is how long a trigger id can be exchanged for a modal.
	TriggerLife time.Duration
	// ResponseURLLife is how long a response_url takes answers (at most five).
	ResponseURLLife time.Duration
	// PingEvery is the time between WebSocket pings.
	PingEvery time.Duration
	// ConnectionLife is how long a socket lives before Slack asks for a new one; WarningBefore is the notice given.
	ConnectionLife, WarningBefore time.Duration
	// CloseAfter is how long a socket stays open after refresh_requested.
	CloseAfter time.Duration
	// EventRetries are the pauses before an event without ack is sent again.
	EventRetries []time.Duration
	// FileProcessing is how long a finished upload takes to appear in the channel.
	FileProcessing time.Duration
}

// DefaultTiming is Slack's: 3 s for acks and trigger ids, 30 min for response_url, an hour for a socket with 10 s of warning, retries
// of events at once, after 1 min and after 5 min.
func DefaultTiming() Timing {
	return Timing{
		AckWait: 3 * time.Second, TriggerLife: 3 * time.Second, ResponseURLLife: 30 * time.Minute, PingEvery: 5 * time.Second,
		ConnectionLife: time.Hour, WarningBefore: 10 * time.Second, CloseAfter: 5 * time.Second,
		EventRetries: []time.Duration{0, time.Minute, 5 * time.Minute}, FileProcessing: 50 * time.Millisecond,
	}
}

// Options say what a Server is started with.
type Options struct {
	// Workspace is used as it is; with an empty TeamID it is DefaultWorkspace.
	Workspace Workspace
	// Limits are the rate limits; nil stands for Slack's own (DefaultLimits).
	Limits *Limits
	// Timing overrides DefaultTiming field by field.
	Timing Timing
	// Now is the clock of timestamps, expiries and rate limits. Waiting (acks, retries, pings) is always in real time.
	Now func() time.Time
}

// Server is the stand-in: one workspace with one installed app.
type Server struct {
	timing Timing
	now    func() time.Time
	limits *limiter

	ctx    context.Context
	cancel context.CancelFunc
	work   sync.WaitGroup
	workMu sync.Mutex
	ending bool // no more work is begun
	http   *http.Server
	url    string

	mu        sync.Mutex
	team      Workspace // without members, channels and groups, which follow
	members   map[string]*Member
	order     []string // member ids as they were added
	channels  map[string]*channelState
	chanOrder []string
	groups    []Group
	app       App
	revoked   map[string]bool

	lastTS     int64
	serial     int64
	ephemerals map[string][]*Message // by user
	modals     map[string][]*View    // by user, root first
	homes      map[string]*View
	files      map[string]*fileState
	triggers   map[string]*trigger
	responses  map[string]*responseURL

	tickets map[string]ticket
	conns   []*conn
	faults  faults
	calls   map[string]int
	limited map[string]int
	stats   Stats

	watchers map[*Subscription]bool
	changed  chan struct{} // closed and replaced at every change
	seq      int64
}

type channelState struct {
	Channel
	messages []*Message // by TS
	removed  map[string]bool
}

// New makes a server that is not listening yet.
func New(o Options) *Server {
	if o.Workspace.TeamID == "" {
		o.Workspace = DefaultWorkspace()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	limits := DefaultLimits()
	if o.Limits != nil {
		limits = *o.Limits
	}
	ctx, cancel := context.WithCancel(context.Background())
	s := &Server{
		timing: o.Timing.orDefault(), now: o.Now, limits: newLimiter(limits), ctx: ctx, cancel: cancel,
		team: o.Workspace, app: o.Workspace.App, groups: slices.Clone(o.Workspace.Groups),
		members: map[string]*Member{}, channels: map[string]*channelState{}, revoked: map[string]bool{},
		ephemerals: map[string][]*Message{}, modals: map[string][]*View{}, homes: map[string]*View{}, files: map[string]*fileState{},
		triggers: map[string]*trigger{}, responses: map[string]*responseURL{}, tickets: map[string]ticket{}, calls: map[string]int{}, limited: map[string]int{},
		watchers: map[*Subscription]bool{}, changed: make(chan struct{}),
	}
	s.faults.reset()
	for _, m := range o.Workspace.Members {
		s.SetMember(m)
	}
	for _, c := range o.Workspace.Channels {
		s.AddChannel(c)
	}
	return s
}

func (t Timing) orDefault() Timing {
	d := DefaultTiming()
	for _, p := range []struct{ given, usual *time.Duration }{
		{&t.AckWait, &d.AckWait}, {&t.TriggerLife, &d.TriggerLife}, {&t.ResponseURLLife, &d.ResponseURLLife}, {&t.PingEvery, &d.PingEvery},
		{&t.ConnectionLife, &d.ConnectionLife}, {&t.WarningBefore, &d.WarningBefore}, {&t.CloseAfter, &d.CloseAfter},
		{&t.FileProcessing, &d.FileProcessing},
	} {
		if *p.given == 0 {
			*p.given = *p.usual
		}
	}
	if t.EventRetries == nil {
		t.EventRetries = d.EventRetries
	}
	return t
}

// Start listens on addr ("127.0.0.1:0" for a free port) until Close.
func (s *Server) Start(addr string) error {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return fmt.Errorf("slack stand-in: listen on %s: %w", addr, err)
	}
	s.mu.Lock()
	s.url = "http://" + listener.Addr().String()
	s.http = &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second}
	s.mu.Unlock()
	s.begin(func() { _ = s.http.Serve(listener) })
	return nil
}

// URL is the server's address, without a slash at the end.
func (s *Server) URL() string { return s.url }

// APIURL is what clients take as Slack's API address: URL()/api/.
func (s *Server) APIURL() string { return s.url + "/api/" }

// BotToken and AppToken are the app's two credentials.
func (s *Server) BotToken() string { return s.App().BotToken }

// AppToken is the app-level token, with scope connections:write.
func (s *Server) AppToken() string { return s.App().AppToken }

// begin runs something that Close waits for. It is false, and nothing runs, once the server is closing.
func (s *Server) begin(run func()) bool {
	s.workMu.Lock()
	defer s.workMu.Unlock()
	if s.ending {
		return false
	}
	s.work.Go(run)
	return true
}

// Close ends listening and every connection, and waits for what was under way.
func (s *Server) Close() {
	s.cancel()
	s.workMu.Lock()
	s.ending = true
	s.workMu.Unlock()
	s.mu.Lock()
	server, conns := s.http, slices.Clone(s.conns)
	for w := range s.watchers {
		w.shut()
	}
	s.mu.Unlock()
	if server != nil {
		_ = server.Close()
	}
	for _, c := range conns {
		c.kill()
	}
	s.work.Wait()
}

// nextTS makes the next message timestamp: seconds and microseconds, never twice the same.
func (s *Server) nextTS() string {
	at := s.now().UnixMicro()
	if at <= s.lastTS {
		at = s.lastTS + 1
	}
	s.lastTS = at
	return fmt.Sprintf("%d.%06d", at/1e6, at%1e6)
}

// newID makes an identifier of Slack's look: a letter for the kind and a number in base 32.
func (s *Server) newID(kind string) string {
	s.serial++
	const digits = "0123456789ABCDEFGHJKLMNPQRSTVWXY"
	var b [8]byte
	for i, n := len(b)-1, s.serial*7919; i >= 0; i, n = i-1, n/32 {
		b[i] = digits[n%32]
	}
	return kind + "0" + string(b[:])
}

// compareTS orders timestamps as numbers.
func compareTS(a, b string) int {
	as, af, _ := strings.Cut(a, ".")
	bs, bf, _ := strings.Cut(b, ".")
	if len(as) != len(bs) {
		return len(as) - len(bs)
	}
	if c := strings.Compare(as, bs); c != 0 {
		return c
	}
	return strings.Compare(af, bf)
}

// errClosed is what waiting functions return when the server goes away.
var errClosed = errors.New("slack stand-in: the server was closed")
