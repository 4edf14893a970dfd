// SPDX-License-Identifier: Apache-2.0

package bot_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ferryman/ferryman/bot"
	"github.com/ferryman/ferryman/commands"
	standin "github.com/ferryman/ferryman/internal/standin/slack"
	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/ferryman/ferryman/store"
	"github.com/slack-go/slack"
	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) {
	flag.Parse()
	if full {
		patience = 5 * time.Minute
	}
	// These tests mostly wait for Slack's seconds to pass, and can do so side by side.
	if err := flag.Set("test.parallel", "12"); err != nil {
		panic(err)
	}
	testenv.Main(m)
}

// patience bounds every wait of these tests; none should come near it.
var patience = 4 * time.Minute

// world is a workspace, a Redis and the commands; replicas are started in it.
type world struct {
	t      *testing.T
	ctx    context.Context
	slack  *standin.Server
	redis  string
	store  *store.Store
	router *router
}

func newWorld(t *testing.T, options standin.Options) *world {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	if options.Timing.AckWait == 0 {
		options.Timing.AckWait = testenv.Within(3 * time.Second)
	}
	if options.Timing.TriggerLife == 0 {
		options.Timing.TriggerLife = testenv.Within(3 * time.Second)
	}
	server := standin.New(options)
	require.NoError(t, server.Start("127.0.0.1:0"))
	t.Cleanup(server.Close)
	w := &world{t: t, ctx: ctx, slack: server, redis: testenv.Redis(t), router: &router{}}
	w.store = openStore(t, w.redis)
	return w
}

func openStore(t *testing.T, url string) *store.Store {
	t.Helper()
	s, err := store.Open(context.Background(), url)
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func (w *world) client() *bot.Slack {
	return bot.NewSlack(w.slack.AppToken(), w.slack.BotToken(), w.slack.APIURL())
}

// sharing is a client that shares what it reads of people, with rates of its own or Slack's.
func (w *world) sharing(limits bot.Limits) *bot.Slack {
	s := w.client()
	s.Share(openStore(w.t, w.redis), limits)
	return s
}

// replica is a running bot; stop ends it and waits for its end.
type replica struct {
	*bot.Bot
	stop func()
}

// options are a replica's, with connections of its own.
func (w *world) options(change ...func(*bot.Options)) bot.Options {
	o := bot.Options{
		Slack: w.client(), Store: openStore(w.t, w.redis), Router: w.router, Sockets: 1, SocketOffset: time.Millisecond,
		StoreTimeout: testenv.Within(1500 * time.Millisecond),
		Logger:       slog.New(slog.NewTextHandler(testWriter{w.t}, nil)),
	}
	for _, c := range change {
		c(&o)
	}
	return o
}

// start runs a replica until stop or the test's end, and waits for its sockets.
func (w *world) start(change ...func(*bot.Options)) *replica {
	w.t.Helper()
	o := w.options(change...)
	b, err := bot.New(o)
	require.NoError(w.t, err)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- b.Run(ctx) }()
	r := &replica{Bot: b, stop: sync.OnceFunc(func() {
		cancel()
		require.NoError(w.t, <-ended)
	})}
	w.t.Cleanup(r.stop)
	if o.Sockets > 0 {
		w.waitFor("the sockets", func() bool { return b.Connected() == o.Sockets })
	}
	return r
}

// open creates a migration in #migrations whose root message is posted.
func (w *world) open(name string) {
	w.t.Helper()
	_, err := w.store.Create(w.ctx, &store.Migration{Name: name, Channel: standin.Migrations}, store.Change{
		Outgoing: []store.Outgoing{outgoing(name, store.RootKey, store.Urgent, "root of "+name)},
	})
	require.NoError(w.t, err)
}

// say commits messages to a migration's outbox.
func (w *world) say(name string, messages ...store.Outgoing) {
	w.t.Helper()
	_, err := w.store.Update(w.ctx, name, func(*store.Migration, time.Time) (store.Change, error) {
		return store.Change{Outgoing: messages}, nil
	})
	require.NoError(w.t, err)
}

// thread is the texts in a migration's thread, first to last.
func (w *world) thread(name string) []string {
	root, found, err := w.store.PostedMessage(w.ctx, name, store.RootKey)
	require.NoError(w.t, err)
	if !found {
		return nil
	}
	var texts []string
	for _, m := range w.slack.Thread(root.Channel, root.TS) {
		texts = append(texts, m.Text)
	}
	return texts
}

// waitThread waits until the thread, its root included, reads like this.
func (w *world) waitThread(name string, want ...string) {
	w.t.Helper()
	ok := false
	for deadline := time.Now().Add(patience); !ok && time.Now().Before(deadline); {
		if ok = slices.Equal(want, w.thread(name)); !ok {
			pause(10 * time.Millisecond)
		}
	}
	require.Equal(w.t, want, w.thread(name))
}

func (w *world) waitFor(what string, holds func() bool) {
	w.t.Helper()
	require.Eventually(w.t, holds, patience, 10*time.Millisecond, what)
}

// released waits for a test to go on, or to have failed and wait for its bots to end.
func released(ctx context.Context, release <-chan struct{}) {
	select {
	case <-release:
	case <-ctx.Done():
	}
}

func pause(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	<-timer.C
}

var (
	idLock sync.Mutex
	lastID int
)

// outgoing is a message whose words are its event's.
func outgoing(migration, key string, p store.Priority, text string) store.Outgoing {
	idLock.Lock()
	lastID++
	id := fmt.Sprintf("out-%d", lastID)
	idLock.Unlock()
	body, _ := json.Marshal(text)
	return store.Outgoing{ID: id, Migration: migration, Key: key, Priority: p, Event: store.Event{Kind: "said", At: time.Now(), Data: body}}
}

// router is a set of commands that a test fills in.
type router struct {
	mu         sync.Mutex
	handled    []commands.Envelope
	handle     func(context.Context, commands.Envelope) error
	modal      func(context.Context, commands.Envelope) (*slack.ModalViewRequest, error)
	viewErrors func(context.Context, commands.Envelope) (map[string]string, error)
	render     func(store.Outgoing) (commands.Message, error)
}

func (r *router) Handle(ctx context.Context, env commands.Envelope) error {
	r.mu.Lock()
	r.handled = append(r.handled, env)
	handle := r.handle
	r.mu.Unlock()
	if handle == nil {
		return nil
	}
	return handle(ctx, env)
}

func (r *router) Modal(ctx context.Context, env commands.Envelope) (*slack.ModalViewRequest, error) {
	if r.modal == nil {
		return nil, nil
	}
	return r.modal(ctx, env)
}

func (r *router) ViewErrors(ctx context.Context, env commands.Envelope) (map[string]string, error) {
	if r.viewErrors == nil {
		return nil, nil
	}
	return r.viewErrors(ctx, env)
}

func (r *router) Render(_ context.Context, o store.Outgoing) (commands.Message, error) {
	if r.render != nil {
		return r.render(o)
	}
	var text string
	err := json.Unmarshal(o.Event.Data, &text)
	return commands.Message{Text: text}, err
}

// seen is what Handle was called with, as "command text" or the action.
func (r *router) seen() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []string
	for _, e := range r.handled {
		all = append(all, strings.TrimSpace(e.Command+e.ActionID+e.CallbackID+" "+e.Text+e.Value))
	}
	return all
}

type testWriter struct{ t *testing.T }

func (w testWriter) Write(p []byte) (int, error) {
	w.t.Log(strings.TrimSpace(string(p)))
	return len(p), nil
}

// facing is an error in a person's own words.
type facing string

func (f facing) Error() string   { return "refused" }
func (f facing) ForUser() string { return string(f) }
