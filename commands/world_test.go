// SPDX-License-Identifier: Apache-2.0

package commands_test

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ferryman/ferryman/approvals"
	"github.com/ferryman/ferryman/bot"
	"github.com/ferryman/ferryman/commands"
	"github.com/ferryman/ferryman/internal/config"
	"github.com/ferryman/ferryman/internal/phases"
	"github.com/ferryman/ferryman/internal/runbook"
	standin "github.com/ferryman/ferryman/internal/standin/slack"
	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/ferryman/ferryman/store"
	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// patience bounds every wait of these tests; none should come near it.
const patience = 8 * time.Minute

// slackPatience is what Slack gives an app to answer.
const slackPatience = 3 * time.Second

// world is a workspace, a Redis, and the bot with the commands: what people type goes in at one end, what they see comes out.
type world struct {
	t      *testing.T
	ctx    context.Context
	slack  *standin.Server
	store  *store.Store
	config *config.Config
	opener *opener
	router *commands.Router
	client *bot.Slack
	log    *journal
}

// opener stands for the target.
type opener struct {
	mu     sync.Mutex
	opened []string
	err    error
}

func (o *opener) OpenTarget(_ context.Context, name, _, _ string) (phases.Opening, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err != nil {
		return phases.Opening{}, o.err
	}
	o.opened = append(o.opened, name)
	return phases.Opening{TargetID: "id", PolicyHash: "h", Schemas: []string{"BOXOFFICE"}, Source: "Oracle BOXOFFICE", Target: "PostgreSQL tickets"}, nil
}

type hasher struct{}

func (hasher) PolicyHash(context.Context, string) (string, error) { return "h", nil }

// profile is one whose operator is the DBA and whose approvers are the group of lead and oncall.
func profile(channel string) *config.Profile {
	return &config.Profile{
		Channel: channel, Operators: config.Operators{Users: []string{standin.DBA}}, Approvers: config.Approvers{Groups: []string{standin.Approvers}},
		Approvals: config.Approvals{Expires: time.Hour}, MaxResume: 4 * time.Hour,
	}
}

func newWorld(t *testing.T, change ...func(*world)) *world {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	server := standin.New(standin.Options{Limits: &standin.Limits{Off: true}, Timing: standin.Timing{AckWait: testenv.Within(slackPatience), TriggerLife: testenv.Within(slackPatience)}})
	require.NoError(t, server.Start("127.0.0.1:0"))
	t.Cleanup(server.Close)
	db, err := store.Open(ctx, testenv.Redis(t))
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	w := &world{
		t: t, ctx: ctx, slack: server, store: db, opener: &opener{},
		config: &config.Config{Profiles: map[string]*config.Profile{
			"box-office": profile(standin.Migrations), "second": profile(standin.Migrations), "elsewhere": profile(standin.General),
		}},
	}
	w.log = &journal{t: t}
	w.client = bot.NewSlack(server.AppToken(), server.BotToken(), server.APIURL())
	log := slog.New(slog.NewTextHandler(w.log, nil))
	people := &commands.People{Slack: w.client, Config: w.config, Hasher: hasher{}, Team: server.TeamID()}
	w.router = &commands.Router{Store: db, Config: w.config, Slack: w.client, People: people, Opener: w.opener, Log: log}
	for _, c := range change {
		c(w)
	}
	fast := bot.Rate{PerMinute: 60000, Burst: 1000}
	b, err := bot.New(bot.Options{
		Slack: w.client, Store: db, Router: w.router, Logger: log, Sockets: 1, NoteAfter: testenv.Within(slackPatience), StoreTimeout: testenv.Within(slackPatience / 2), Limits: &bot.Limits{Post: fast, PostAll: fast, Update: fast, Upload: fast, Person: fast, Group: fast},
	})
	require.NoError(t, err)
	running, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- b.Run(running) }()
	t.Cleanup(func() {
		stop()
		require.NoError(t, <-ended)
	})
	require.NoError(t, server.WaitSockets(ctx, 1))
	return w
}

// engine runs the phases that are commanded, with a crew's hands.
func (w *world) engine(c *crew) {
	ctx, cancel := context.WithCancel(context.Background())
	e := &runbook.Engine{Store: w.store, Crew: c, People: w.router.People, Log: slog.New(slog.DiscardHandler), Owner: "test", Drain: 100 * time.Millisecond, HoldEvery: 30 * time.Millisecond}
	done := make(chan struct{})
	go func() { defer close(done); e.Run(ctx) }()
	w.t.Cleanup(func() { cancel(); <-done })
}

// open puts a migration into a channel, with what is complete already.
func (w *world) open(name, channel string, complete ...string) {
	w.t.Helper()
	m := &store.Migration{
		Name: name, Profile: name, Channel: channel, OpenedBy: standin.DBA, OpenedAt: time.Now(), PolicyHash: "h", Schemas: []string{"BOXOFFICE"},
		Source: "Oracle BOXOFFICE", Target: "PostgreSQL tickets", Phases: map[string]*store.Phase{},
	}
	for _, p := range complete {
		m.Phases[p] = &store.Phase{Status: store.Complete, Run: 1, StartedAt: time.Now(), EndedAt: time.Now()}
	}
	_, err := w.store.Create(w.ctx, m, store.Change{Outgoing: []store.Outgoing{runbook.Root(m, time.Now())}})
	require.NoError(w.t, err)
	w.eventually("the root message", func() bool {
		_, ok, err := w.store.PostedMessage(w.ctx, name, store.RootKey)
		return err == nil && ok
	})
}

// load is the migration as it is stored now.
func (w *world) load(name string) *store.Migration {
	w.t.Helper()
	m, err := w.store.Load(w.ctx, name)
	require.NoError(w.t, err)
	return m
}

// types types a command in #migrations and returns the answer, which only that person sees and which comes within Slack's patience.
func (w *world) types(user, line string) string {
	w.t.Helper()
	return w.typesIn(standin.Migrations, user, line)
}

func (w *world) typesIn(channel, user, line string) string {
	w.t.Helper()
	return w.answered(user, func() {
		answer, err := w.slack.As(user).Command(w.ctx, channel, line)
		require.NoError(w.t, err)
		require.Empty(w.t, answer.Error)
	})
}

// answered does something as a person and returns what that person alone is told, with code as plain text.
func (w *world) answered(user string, do func()) string {
	w.t.Helper()
	before, began := len(w.slack.Ephemerals(user)), time.Now()
	do()
	var text string
	require.NoError(w.t, w.slack.Wait(w.ctx, func() bool {
		now := w.slack.Ephemerals(user)
		if len(now) > before {
			text = strings.ReplaceAll(w.slack.RenderText(now[len(now)-1]), "`", "")
		}
		return text != ""
	}), "no answer")
	require.Less(w.t, time.Since(began), slackPatience)
	return text
}

// says waits until the thread or the channel has a message with these words, and returns it.
func (w *world) says(words string) standin.Message {
	w.t.Helper()
	m, err := w.slack.WaitMessage(w.ctx, standin.Migrations, func(m standin.Message) bool { return strings.Contains(w.slack.RenderText(m), words) })
	require.NoError(w.t, err, "nothing says %q", words)
	return m
}

func (w *world) eventually(what string, holds func() bool) {
	w.t.Helper()
	require.Eventually(w.t, holds, patience, 10*time.Millisecond, what)
}

// crew is the hands of phases that do nothing: what they would draft, find and come to is given.
type crew struct {
	mu         sync.Mutex
	remembered []store.AuditEntry

	two      map[string]string
	steps    []runbook.Step
	summary  map[string]any
	evidence map[string][]runbook.Evidence
	data     map[string]any
}

func (c *crew) Open(context.Context, *store.Migration) (runbook.Hands, error) { return c, nil }

func (c *crew) Close() {}

// set changes what is given, while an engine asks for it.
func (c *crew) set(change func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change()
}

func (c *crew) Remember(_ context.Context, _ *store.Migration, entries []store.AuditEntry) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.remembered = append(c.remembered, entries...)
	return nil
}

func (c *crew) Remembered(context.Context, *store.Migration) (seq int64, hash string, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.remembered) == 0 {
		return 0, "", nil
	}
	last := c.remembered[len(c.remembered)-1]
	return last.Seq, last.Hash, nil
}

func (c *crew) Draft(_ context.Context, _ *store.Migration, phase string, _ runbook.Report) (runbook.Draft, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	steps := c.steps
	if steps == nil {
		steps = []runbook.Step{{ID: "1", Kind: "nothing"}}
	}
	return runbook.Draft{Plan: runbook.Plan{Steps: steps}, TwoPeople: c.two[phase], Summary: c.summary[phase]}, nil
}

func (c *crew) Gate(_ context.Context, _ *store.Migration, p runbook.Plan) ([]runbook.Evidence, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	evidence := slices.Clone(c.evidence[p.Phase])
	for i := range evidence {
		evidence[i].ReadAt = time.Now()
	}
	return evidence, nil
}

func (c *crew) Consume(context.Context, *store.Migration, approvals.Request) error { return nil }

func (c *crew) Step(context.Context, *store.Migration, runbook.Plan, runbook.Step, runbook.Report) (runbook.Result, error) {
	return runbook.Result{}, nil
}

func (c *crew) Conclude(_ context.Context, _ *store.Migration, p runbook.Plan) (runbook.Result, error) {
	return runbook.Result{Data: c.data[p.Phase]}, nil
}

func (c *crew) Watch(context.Context, *store.Migration, runbook.Report) (*runbook.Problem, error) {
	return nil, nil
}

// journal is the bot's log.
type journal struct {
	t    *testing.T
	mu   sync.Mutex
	text strings.Builder
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.text.Write(p)
	j.t.Log(strings.TrimSpace(string(p)))
	return len(p), nil
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}
