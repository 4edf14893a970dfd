// SPDX-License-Identifier: Apache-2.0

package modeltest_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/ferryman/ferryman/bot"
	"github.com/ferryman/ferryman/commands"
	"github.com/ferryman/ferryman/internal/config"
	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/ferryman/ferryman/internal/runbook"
	standin "github.com/ferryman/ferryman/internal/standin/slack"
	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/ferryman/ferryman/store"
	"github.com/stretchr/testify/require"
)

// stormPatience bounds the storm. Slack lets 100 people be looked up in a minute.
const stormPatience = 5 * time.Minute

// storm is a workspace full of people, three whole bots, and a migration with a target of its own for each request.
type storm struct {
	t        *testing.T
	ctx      context.Context
	slack    *standin.Server
	store    *store.Store
	people   []string
	channels map[string]string // by migration
	worlds   []*world
	shown    []standin.Message
	began    time.Time
}

// fleet opens the hands of every migration of a storm, as one replica.
type fleet struct {
	crews map[string]*crew
}

// Open implements runbook.Crew.
func (f fleet) Open(ctx context.Context, m *store.Migration) (runbook.Hands, error) {
	return f.crews[m.Name].Open(ctx, m)
}

func newStorm(t *testing.T, people, requests int) *storm {
	ctx, cancel := context.WithTimeout(context.Background(), stormPatience)
	t.Cleanup(cancel)
	s := &storm{t: t, ctx: ctx, channels: map[string]string{}}
	for n := range people {
		s.people = append(s.people, person(n))
	}
	channels := (requests + 1) / 2
	s.slack = standin.New(standin.Options{Workspace: stormWorkspace(people, channels)}) // with Slack's limits
	require.NoError(t, s.slack.Start("127.0.0.1:0"))
	t.Cleanup(s.slack.Close)
	redisURL := testenv.OwnRedis(t, nil).URL(0)
	db, err := store.Open(ctx, redisURL)
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	s.store = db
	profile := &config.Profile{
		Name: profileName, Channel: stormChannel(0),
		Operators: config.Operators{Users: []string{standin.DBA}}, Approvers: config.Approvers{Groups: []string{standin.Approvers}},
		Approvals: config.Approvals{Expires: time.Hour}, MaxResume: 4 * time.Hour,
	}
	cfg := &config.Config{Profiles: map[string]*config.Profile{profileName: profile}}
	for n := range requests {
		s.open(fmt.Sprintf("storm-%d", n), stormChannel(n%channels), profile)
	}
	for n := range 3 {
		s.replica(n, redisURL, cfg)
	}
	require.NoError(t, s.slack.WaitSockets(ctx, 6))
	return s
}

// open opens a migration on a target of its own.
func (s *storm) open(name, channel string, profile *config.Profile) {
	pool, targets, id := newTarget(s.t, 1)
	_, err := pool.Exec(s.ctx, executedSQL)
	require.NoError(s.t, err)
	w := &world{t: s.t, ctx: s.ctx, name: name, lane: &lane{targets: targets, pool: pool, targetID: id}, counts: map[string]int{}}
	w.plan.set(time.Now(), plan{steps: 3, kind: "index"})
	w.gate.set(time.Now(), true)
	w.people = newPeople(time.Now())
	hash := profile.PolicyHash(&config.Endpoints{})
	require.NoError(s.t, targets[0].OpenMigration(s.ctx, postgres.MigrationRecord{Name: name, PolicyHash: hash, Source: "storm"}))
	m := &store.Migration{
		Name: name, Profile: profileName, Channel: channel, OpenedBy: standin.DBA, OpenedAt: time.Now(), PolicyHash: hash, TargetID: id,
		Schemas: []string{"S"}, Source: "Oracle S", Target: "PostgreSQL s",
		Phases: map[string]*store.Phase{"assess": {Status: store.Complete, Run: 1}, "schema": {Status: store.Complete, Run: 1}},
	}
	root := runbook.Root(m, time.Now())
	root.Priority = store.Urgent
	_, err = s.store.Create(s.ctx, m, store.Change{Outgoing: []store.Outgoing{root}})
	require.NoError(s.t, err)
	s.worlds, s.channels[name] = append(s.worlds, w), channel
}

// replica runs a whole Ferryman until the test ends: its own connections, bot and engine.
func (s *storm) replica(n int, redisURL string, cfg *config.Config) {
	db, err := store.Open(s.ctx, redisURL)
	require.NoError(s.t, err)
	log := slog.New(slog.DiscardHandler)
	if os.Getenv("FERRYMAN_TEST_LOG") != "" {
		log = slog.New(slog.NewTextHandler(testLog{s.t}, nil)).With("replica", n)
	}
	client := bot.NewSlack(s.slack.AppToken(), s.slack.BotToken(), s.slack.APIURL())
	people := &commands.People{Slack: client, Config: cfg, Hasher: hasher{cfg}, Team: s.slack.TeamID()}
	router := &commands.Router{Store: db, Config: cfg, Slack: client, People: people, Log: log}
	b, err := bot.New(bot.Options{Slack: client, Store: db, Router: router, Logger: log, SocketOffset: 100 * time.Millisecond})
	require.NoError(s.t, err)
	f := fleet{crews: map[string]*crew{}}
	for _, w := range s.worlds {
		f.crews[w.name] = &crew{w: w, wire: &wire{world: w, name: fmt.Sprintf("replica-%d", n)}, target: w.lane.targets[0]}
	}
	engine := &runbook.Engine{Store: db, Crew: f, People: people, Log: log, Owner: fmt.Sprintf("replica-%d", n), Drain: time.Second}
	ctx, cancel := context.WithCancel(context.Background())
	ended, botEnded := make(chan struct{}), make(chan error, 1)
	go func() { defer close(ended); engine.Run(ctx) }()
	go func() { botEnded <- b.Run(ctx) }()
	s.t.Cleanup(func() {
		cancel()
		require.NoError(s.t, <-botEnded)
		<-ended
		_ = db.Close()
	})
}
