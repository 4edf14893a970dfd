// SPDX-License-Identifier: Apache-2.0

package phases_test

import (
	"context"
	"log/slog"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ferryman/ferryman/bot"
	"github.com/ferryman/ferryman/commands"
	"github.com/ferryman/ferryman/internal/adopt"
	"github.com/ferryman/ferryman/internal/config"
	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/internal/standin/slack"
	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/ferryman/ferryman/store"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
)

// office is a world with a workspace: the whole bot, as people see it.
type office struct {
	*world
	slack   *slack.Server
	redis   string
	adopter *adopt.Adopter
	log     *slog.Logger
}

func newOffice(t *testing.T) *office {
	t.Helper()
	w := newWorld(t, "")
	o := &office{world: w, slack: slack.New(slack.Options{Limits: &slack.Limits{Off: true}, Timing: slack.Timing{AckWait: testenv.Within(3 * time.Second), TriggerLife: testenv.Within(3 * time.Second)}}), log: w.crew.Log}
	require.NoError(t, o.slack.Start("127.0.0.1:0"))
	t.Cleanup(o.slack.Close)
	p := w.crew.Config.Profiles["box"]
	p.Channel, p.Operators, p.Approvers = slack.Migrations, config.Operators{Users: []string{slack.DBA}}, config.Approvers{Groups: []string{slack.Approvers}}
	// The world opened its migration with other people.
	w.onTarget("DROP SCHEMA ferryman CASCADE")
	o.redis = testenv.Redis(t)
	db, err := store.Open(t.Context(), o.redis)
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	w.store, w.crew.Store = db, db
	o.adopter = &adopt.Adopter{Store: db, Crew: w.crew, Threads: o.client(), Log: o.log}
	return o
}

func (o *office) client() *bot.Slack {
	return bot.NewSlack(o.slack.AppToken(), o.slack.BotToken(), o.slack.APIURL())
}

// run runs a whole replica until stop is called or the test ends.
func (o *office) run(owner string) (stop func()) {
	o.Helper()
	client := o.client()
	o.crew.Name = func(ctx context.Context, id string) (string, error) {
		p, _, err := client.Person(ctx, id, time.Hour)
		return p.Name, err
	}
	people := &commands.People{Slack: client, Config: o.crew.Config, Hasher: o.crew, Team: o.slack.TeamID()}
	router := &commands.Router{Store: o.store, Config: o.crew.Config, Slack: client, People: people, Opener: o.crew, Schemas: o.crew, Files: client, Log: o.log,
		Adopter: &adopt.Adopter{Store: o.store, Crew: o.crew, Threads: client, Log: o.log, LostWithin: 30 * time.Second}} // a machine may stand still
	fast := bot.Rate{PerMinute: 60000, Burst: 1000}
	b, err := bot.New(bot.Options{Slack: client, Store: o.store, Router: router, Logger: o.log, Sockets: 1,
		Limits: &bot.Limits{Post: fast, Update: fast, Upload: fast, Person: fast, Group: fast}})
	require.NoError(o, err)
	before := o.slack.Sockets()
	e := o.replica(owner)
	e.People = people
	ctx, cancel := context.WithCancel(context.Background())
	engine, ended := make(chan struct{}), make(chan error, 1)
	go func() { defer close(engine); e.Run(ctx) }()
	go func() { ended <- b.Run(ctx) }()
	sockets := func(n int) {
		o.Helper()
		ctx, cancel := o.ctx()
		defer cancel()
		require.NoError(o, o.slack.WaitSockets(ctx, n))
	}
	sockets(before + 1)
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		<-engine
		require.NoError(o, <-ended)
		sockets(before) // Slack notices a while after the bot that a socket was closed
	}
	o.Cleanup(stop)
	return stop
}

func (o *office) ctx() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), patience)
}

// types types a command and returns what its person alone is told.
func (o *office) types(line string) string {
	o.Helper()
	return o.answered(slack.DBA, func(ctx context.Context) {
		answer, err := o.slack.As(slack.DBA).Command(ctx, slack.Migrations, line)
		require.NoError(o, err)
		require.Empty(o, answer.Error)
	})
}

// answered does something and returns what that person alone is told; note, that Ferryman is at it, does not count.
func (o *office) answered(user string, do func(context.Context)) string {
	o.Helper()
	m := o.private(user, do)
	return strings.ReplaceAll(o.slack.RenderText(m), "`", "")
}

func (o *office) private(user string, do func(context.Context)) slack.Message {
	o.Helper()
	ctx, cancel := o.ctx()
	defer cancel()
	before := len(o.slack.Ephemerals(user))
	do(ctx)
	var found slack.Message
	require.NoError(o, o.slack.Wait(ctx, func() bool {
		for _, m := range o.slack.Ephemerals(user)[before:] {
			if text := o.slack.RenderText(m); !strings.HasPrefix(text, "Still working on") && !strings.HasPrefix(text, "Checking your click") {
				found = m
				return true
			}
		}
		return false
	}), "no answer")
	return found
}

// says waits for a message with these words.
func (o *office) says(words string) slack.Message {
	o.Helper()
	ctx, cancel := o.ctx()
	defer cancel()
	m, err := o.slack.WaitMessage(ctx, slack.Migrations, func(m slack.Message) bool { return strings.Contains(o.slack.RenderText(m), words) })
	require.NoError(o, err, "nothing says %q", words)
	return m
}

func (o *office) press(user string, m slack.Message, action string) {
	o.Helper()
	ctx, cancel := o.ctx()
	defer cancel()
	require.NoError(o, o.slack.As(user).Press(ctx, m.Channel, m.TS, action))
}

// asked commands a phase and returns the message that asks for two people.
func (o *office) asked(phase string) slack.Message {
	o.Helper()
	require.Contains(o, o.types("/migrate-"+phase), "is under way")
	m := o.settles(phase)
	require.Equal(o, store.Waiting, m.Phase(phase).Status, o.told())
	return o.request(m.Phase(phase).RequestID)
}

// request is the message of an approval request.
func (o *office) request(id string) slack.Message {
	o.Helper()
	var found slack.Message
	require.Eventually(o, func() bool {
		at, ok, err := o.store.PostedMessage(context.Background(), "box", runbook.ApprovalKey(id))
		if err != nil || !ok {
			return false
		}
		found, ok = o.slack.Message(at.Channel, at.TS)
		return ok
	}, patience, often)
	return found
}

// approves has two people say yes.
func (o *office) approves(m slack.Message, phase string) {
	o.Helper()
	for _, user := range []string{slack.Lead, slack.OnCall} {
		o.press(user, m, "approval.approve")
		if phase == "cutover" {
			ctx, cancel := o.ctx()
			require.NoError(o, o.slack.Wait(ctx, func() bool { return len(o.slack.Modals(user)) > 0 }))
			_, err := o.slack.As(user).Submit(ctx, o.slack.Modals(user)[0].ID, map[string]any{"name": "box"})
			require.NoError(o, err)
			cancel()
		}
	}
}

// goes commands phases one after the other and has them approved where they ask.
func (o *office) goes(phases ...string) {
	o.Helper()
	for _, phase := range phases {
		require.Contains(o, o.types("/migrate-"+phase), "is under way")
		m := o.settles(phase)
		if m.Phase(phase).Status == store.Waiting {
			o.approves(o.request(m.Phase(phase).RequestID), phase)
			m = o.settles2(phase)
		}
		require.Equal(o, store.Complete, m.Phase(phase).Status, "%s: %s", phase, m.Phase(phase).Error)
	}
}

// settles2 waits until a phase that was approved is over.
func (o *office) settles2(phase string) *store.Migration {
	o.Helper()
	var m *store.Migration
	require.Eventually(o, func() bool {
		var err error
		m, err = o.store.Load(context.Background(), "box")
		return err == nil && !m.Phase(phase).Status.Busy()
	}, patience, often, phase)
	return m
}

// still waits until nothing waits to be sent.
func (o *office) still() {
	o.Helper()
	require.Eventually(o, func() bool {
		waiting, err := o.store.WaitingOutboxes(context.Background())
		return err == nil && len(waiting) == 0
	}, patience, often, "the outbox is empty")
}

// remembered waits until the target has the audit log to the end, with the document: that is brought there after a phase's end was told.
func (o *office) remembered() {
	o.Helper()
	require.Eventually(o, func() bool {
		return o.one("SELECT coalesce(max(seq), 0) FROM ferryman.chain") == strconv.FormatInt(o.migration().AuditSeq, 10)
	}, patience, often, "the target remembers the end")
}

// copy is what Redis has, key by key.
type redisCopy map[string]string

func (o *office) copies() redisCopy {
	o.Helper()
	all := redisCopy{}
	rdb := o.store.Client()
	keys, err := rdb.Keys(context.Background(), "*").Result()
	require.NoError(o, err)
	for _, key := range keys {
		dump, err := rdb.Dump(context.Background(), key).Result()
		if err == redis.Nil { // it expired meanwhile
			continue
		}
		require.NoError(o, err)
		all[key] = dump
	}
	return all
}

// becomes sets Redis back to a copy; an empty one is a wiped Redis.
func (o *office) becomes(c redisCopy) {
	o.Helper()
	rdb, ctx := o.store.Client(), context.Background()
	_, err := rdb.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.FlushDB(ctx)
		for key, dump := range c {
			ttl := time.Duration(0)
			if strings.Contains(key, ":lease:") {
				ttl = time.Second
			}
			p.Restore(ctx, key, ttl, dump)
		}
		return nil
	})
	require.NoError(o, err)
}

// onceEach holds the thread against having said anything twice: no two of the bot's messages have one key.
func (o *office) onceEach() {
	o.Helper()
	keys := map[string]int{}
	roots := 0
	for _, m := range o.slack.Messages(slack.Migrations) {
		if m.Metadata == nil {
			continue
		}
		key, _ := m.Metadata.Payload["key"].(string)
		keys[key]++
		require.Equal(o, 1, keys[key], "message %q is there twice: %s", key, o.slack.RenderText(m))
		if !m.IsReply() {
			roots++
		}
	}
	require.Equal(o, 1, roots)
}

// adoptsInSlack presses Adopt, reads what is shown, and goes on.
func (o *office) adoptsInSlack(m slack.Message) (shown string) {
	o.Helper()
	survey := o.private(slack.DBA, func(ctx context.Context) {
		require.NoError(o, o.slack.As(slack.DBA).Press(ctx, m.Channel, m.TS, "migration.adopt"))
	})
	require.Contains(o, o.slack.RenderText(survey), "what is left of it")
	done := o.answered(slack.DBA, func(ctx context.Context) {
		require.NoError(o, o.slack.As(slack.DBA).Press(ctx, survey.Channel, survey.TS, "migration.adopt.go"))
	})
	require.Contains(o, done, "is adopted")
	return o.slack.RenderText(survey)
}

// adopts rebuilds the migration as the command line does.
func (o *office) adopts() *adopt.Findings {
	o.Helper()
	f, err := o.adopter.Survey(o.Context(), "box", "")
	require.NoError(o, err)
	_, err = o.adopter.Adopt(o.Context(), f, "command line: test", "")
	require.NoError(o, err)
	return f
}

// buttons are the action ids in a message as it is now.
func (o *office) buttons(m slack.Message) (ids []string) {
	o.Helper()
	now, ok := o.slack.Message(m.Channel, m.TS)
	require.True(o, ok)
	for _, b := range now.Blocks {
		elements, _ := b["elements"].([]any)
		for _, e := range elements {
			if e, ok := e.(map[string]any); ok && e["action_id"] != nil {
				ids = append(ids, e["action_id"].(string))
			}
		}
	}
	return ids
}
