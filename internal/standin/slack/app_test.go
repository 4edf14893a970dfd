// SPDX-License-Identifier: Apache-2.0

package slack_test

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/standin/slack"
	"github.com/ferryman/ferryman/internal/testenv"
	client "github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
	"github.com/stretchr/testify/require"
)

// start runs a server that ends with the test.
func start(t *testing.T, o slack.Options) *slack.Server {
	t.Helper()
	s := slack.New(o)
	require.NoError(t, s.Start("127.0.0.1:0"))
	t.Cleanup(s.Close)
	return s
}

// relaxed has no rate limits, for tests of something else.
func relaxed() slack.Options {
	return slack.Options{Limits: &slack.Limits{Off: true}, Timing: slack.Timing{AckWait: testenv.Within(3 * time.Second)}}
}

func api(s *slack.Server) *client.Client {
	return client.New(s.BotToken(), client.OptionAppLevelToken(s.AppToken()), client.OptionAPIURL(s.APIURL()))
}

func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// clock is a time that tests move.
type clock struct{ at atomic.Int64 }

func newClock() *clock {
	c := &clock{}
	c.at.Store(time.Date(2026, 1, 31, 10, 0, 0, 0, time.UTC).UnixNano())
	return c
}

func (c *clock) now() time.Time                        { return time.Unix(0, c.at.Load()) }
func (c *clock) forward(d time.Duration)               { c.at.Add(int64(d)) }
func (c *clock) options(o slack.Options) slack.Options { o.Now = c.now; return o }

// app is a slack-go Socket Mode app whose handler tests set. Without a handler it acks everything.
type app struct {
	*client.Client
	socket *socketmode.Client
	mu     sync.Mutex
	seen   []socketmode.Event
	handle func(*app, socketmode.Event)
	count  atomic.Int64
}

// connect runs an app until the test ends and waits for its socket.
func connect(t *testing.T, s *slack.Server, handle func(*app, socketmode.Event)) *app {
	t.Helper()
	before := s.Sockets()
	a := run(t, s, handle)
	require.NoError(t, s.WaitSockets(within(t), before+1))
	return a
}

func run(t *testing.T, s *slack.Server, handle func(*app, socketmode.Event)) *app {
	t.Helper()
	a := &app{Client: api(s), handle: handle}
	a.socket = socketmode.New(a.Client)
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { _ = a.socket.RunContext(ctx) })
	wg.Go(func() {
		for {
			select {
			case <-ctx.Done():
				return
			case e := <-a.socket.Events:
				a.take(e)
			}
		}
	})
	t.Cleanup(func() { cancel(); wg.Wait() })
	return a
}

func (a *app) take(e socketmode.Event) {
	switch e.Type {
	case socketmode.EventTypeSlashCommand, socketmode.EventTypeInteractive, socketmode.EventTypeEventsAPI, socketmode.EventTypeHello:
	default:
		return
	}
	a.mu.Lock()
	a.seen = append(a.seen, e)
	a.mu.Unlock()
	if e.Type == socketmode.EventTypeHello {
		return
	}
	a.count.Add(1) // of what is in seen
	if a.handle == nil {
		_ = a.socket.Ack(*e.Request)
		return
	}
	a.handle(a, e)
}

// events are what arrived so far, hellos included.
func (a *app) events() []socketmode.Event {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]socketmode.Event(nil), a.seen...)
}

// last waits for an event of the type and returns it with its raw payload.
func (a *app) last(t *testing.T, kind socketmode.EventType) (socketmode.Event, map[string]any) {
	t.Helper()
	var found socketmode.Event
	require.Eventually(t, func() bool {
		for _, e := range a.events() {
			if e.Type == kind {
				found = e
			}
		}
		return found.Request != nil
	}, 2*time.Minute, time.Millisecond)
	var payload map[string]any
	if len(found.Request.Payload) > 0 {
		require.NoError(t, json.Unmarshal(found.Request.Payload, &payload))
	}
	return found, payload
}

func button(id, label, value string) *client.ButtonBlockElement {
	return client.NewButtonBlockElement(id, value, client.NewTextBlockObject(client.PlainTextType, label, false, false))
}

func section(words string) *client.SectionBlock {
	return client.NewSectionBlock(client.NewTextBlockObject(client.MarkdownType, words, false, false), nil, nil)
}

func decode(r *http.Response, v any) error { return json.NewDecoder(r.Body).Decode(v) }
