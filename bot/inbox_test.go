// SPDX-License-Identifier: Apache-2.0

package bot_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ferryman/ferryman/bot"
	"github.com/ferryman/ferryman/commands"
	standin "github.com/ferryman/ferryman/internal/standin/slack"
	"github.com/ferryman/ferryman/store"
	"github.com/stretchr/testify/require"
)

// command has somebody type a command in #migrations, and returns what was shown at once.
func (w *world) command(user, line string) standin.Answer {
	w.t.Helper()
	a, err := w.slack.As(user).Command(w.ctx, standin.Migrations, line)
	require.NoError(w.t, err)
	return a
}

// whispered waits for an ephemeral message to the user that contains text.
func (w *world) whispered(user, text string) standin.Message {
	w.t.Helper()
	m, err := w.slack.WaitEphemeral(w.ctx, user, func(m standin.Message) bool { return strings.Contains(m.Text, text) })
	require.NoError(w.t, err, "waiting for %q; so far: %v", text, w.slack.Ephemerals(user))
	return m
}

func TestCommandIsStoredBeforeItIsAcknowledged(t *testing.T) {
	t.Parallel()
	w := newWorld(t, unlimited)
	release := make(chan struct{})
	w.router.handle = func(ctx context.Context, _ commands.Envelope) error { released(ctx, release); return nil }
	r := w.start()
	answer := w.command(standin.DBA, "/migrate-load box wait=1")
	require.Empty(t, answer.Error)
	n, err := w.store.Client().XLen(w.ctx, "ferryman:{in}:stream").Result()
	require.NoError(t, err)
	require.EqualValues(t, 1, n, "it was there when the acknowledgement arrived")
	close(release)
	w.waitFor("the end of the entry", func() bool {
		n, err := w.store.Client().XLen(w.ctx, "ferryman:{in}:stream").Result()
		return err == nil && n == 0
	})
	r.stop()
	require.Len(t, w.router.handled, 1)
	env := w.router.handled[0]
	require.Equal(t, commands.SlashCommand, env.Type)
	require.Equal(t, "/migrate-load", env.Command)
	require.Equal(t, "box wait=1", env.Text)
	require.Equal(t, standin.DBA, env.User)
	require.Equal(t, standin.Migrations, env.Channel)
	require.NotEmpty(t, env.ID)
	require.WithinDuration(t, time.Now(), env.ReceivedAt, time.Minute)
}

func TestWhatSlackDeliversTwiceIsHandledOnce(t *testing.T) {
	t.Parallel()
	for _, sameID := range []bool{true, false} {
		w := newWorld(t, unlimited)
		w.start()
		w.start()
		w.slack.DuplicateNext(3, sameID)
		for i := range 3 {
			w.command(standin.DBA, fmt.Sprintf("/migrate-status n%d", i))
		}
		w.command(standin.DBA, "/migrate-status last")
		w.waitFor("all acknowledgements", func() bool { return w.slack.Stats().Acks+w.slack.Stats().StrayAcks == 7 })
		w.waitFor("an empty inbox", func() bool {
			n, err := w.store.Client().XLen(w.ctx, "ferryman:{in}:stream").Result()
			return err == nil && n == 0
		})
		seen := w.router.seen()
		slices.Sort(seen)
		require.Equal(t, []string{"/migrate-status last", "/migrate-status n0", "/migrate-status n1", "/migrate-status n2"}, seen)
	}
}

func TestWhatADeadReplicaHadTakenIsHandledByAnother(t *testing.T) {
	t.Parallel()
	w := newWorld(t, unlimited)
	body, err := json.Marshal(commands.Envelope{ID: "e1", Type: commands.SlashCommand, User: standin.DBA, Command: "/migrate-load"})
	require.NoError(t, err)
	_, err = w.store.PutInbound(w.ctx, []string{"e1"}, body, 0)
	require.NoError(t, err)
	in, err := w.store.ReadInbound(w.ctx, "dead", time.Second)
	require.NoError(t, err)
	require.NotNil(t, in)
	w.start(func(o *bot.Options) { o.ClaimAfter = 300 * time.Millisecond })
	w.waitFor("the other replica", func() bool { return slices.Equal([]string{"/migrate-load"}, w.router.seen()) })
}

func TestEnvelopeIsTriedAgainWhenTheStoreWasAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t, unlimited)
	var tries atomic.Int64
	w.router.handle = func(context.Context, commands.Envelope) error {
		if tries.Add(1) == 1 {
			return fmt.Errorf("commit: %w", store.ErrUnavailable)
		}
		return facing("second try")
	}
	w.start(func(o *bot.Options) { o.ClaimAfter = 300 * time.Millisecond; o.Workers = 1 })
	w.command(standin.DBA, "/migrate-load")
	w.whispered(standin.DBA, "second try")
}

func TestHandlerThatIsStillAtWorkKeepsItsEnvelope(t *testing.T) {
	t.Parallel()
	w := newWorld(t, unlimited)
	release := make(chan struct{})
	w.router.handle = func(ctx context.Context, _ commands.Envelope) error { released(ctx, release); return nil }
	patient := func(o *bot.Options) { o.ClaimAfter = 5 * time.Second } // more than a machine stands still for
	w.start(patient)
	w.start(patient)
	t.Cleanup(func() { close(release) }) // before the bots are stopped
	w.command(standin.DBA, "/migrate-load")
	pause(15 * time.Second) // three times the patience of the other replica
	require.Len(t, w.router.seen(), 1)
}

func TestErrorsAreAnsweredInPlainWords(t *testing.T) {
	t.Parallel()
	w := newWorld(t, unlimited)
	w.router.handle = func(_ context.Context, env commands.Envelope) error {
		switch env.Text {
		case "mine":
			return fmt.Errorf("parse: %w", facing("There is no migration `mine`."))
		case "panic":
			panic("postgres://user:secret@host/db")
		default:
			return errors.New("postgres://user:secret@host/db")
		}
	}
	w.start()
	w.command(standin.DBA, "/migrate-load mine")
	w.whispered(standin.DBA, "There is no migration `mine`.")
	for text, who := range map[string]string{"panic": standin.Lead, "error": standin.GuestID} {
		w.command(who, "/migrate-load "+text)
		m := w.whispered(who, "Something went wrong here with `/migrate-load`")
		require.NotContains(t, m.Text, "secret")
	}
	require.Empty(t, w.slack.Messages(standin.Migrations), "nobody else is bothered")
}

func TestSlowCommandIsAnsweredInTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t, unlimited)
	client := w.client()
	release := make(chan struct{})
	w.router.handle = func(ctx context.Context, env commands.Envelope) error {
		if env.Text == "quick" {
			return client.Respond(ctx, env.ResponseURL, commands.Message{Text: "quick answer"})
		}
		released(ctx, release)
		return facing("the answer")
	}
	r := w.start(func(o *bot.Options) { o.NoteAfter = 5 * time.Second; o.Slack = client })
	w.command(standin.DBA, "/migrate-load slow")
	w.command(standin.Lead, "/migrate-load quick")
	w.whispered(standin.Lead, "quick answer")
	w.whispered(standin.DBA, "Still working on `/migrate-load`")
	close(release)
	w.whispered(standin.DBA, "the answer")
	r.stop() // by when all notes were given or left out
	require.Len(t, w.slack.Ephemerals(standin.Lead), 1, "who was answered gets no note")
}

func TestSlowClickIsSaidToBeChecked(t *testing.T) {
	t.Parallel()
	w := newWorld(t, unlimited)
	w.router.render = buttons
	release := make(chan struct{})
	w.router.handle = func(ctx context.Context, _ commands.Envelope) error {
		released(ctx, release)
		return facing("You don't count.")
	}
	w.start(fast, func(o *bot.Options) { o.NoteAfter = 300 * time.Millisecond })
	w.open("box")
	posted, err := w.slack.WaitMessage(w.ctx, standin.Migrations, func(m standin.Message) bool { return m.Text == "root" })
	require.NoError(t, err)
	require.NoError(t, w.slack.As(standin.DBA).Press(w.ctx, posted.Channel, posted.TS, "next"))
	w.whispered(standin.DBA, "Checking your click with Slack")
	close(release)
	w.whispered(standin.DBA, "You don't count.")
}

func TestBotThatStopsHandsOverWhatItDoesNotFinish(t *testing.T) {
	t.Parallel()
	w := newWorld(t, unlimited)
	w.router.handle = func(ctx context.Context, _ commands.Envelope) error { <-ctx.Done(); return ctx.Err() }
	patient := func(o *bot.Options) { o.NoteAfter, o.ClaimAfter = time.Hour, time.Hour }
	r := w.start(fast, patient)
	w.command(standin.DBA, "/migrate-load")
	w.waitFor("the command at work", func() bool { return len(w.router.seen()) == 1 })
	stopped := make(chan struct{})
	go func() { defer close(stopped); r.stop() }()
	w.whispered(standin.DBA, "Still working on `/migrate-load`") // at once, as nobody knows later that it is owed
	<-stopped
	w.router.mu.Lock()
	w.router.handle = func(context.Context, commands.Envelope) error { return facing("Done after all.") }
	w.router.mu.Unlock()
	w.start(fast, patient)
	w.whispered(standin.DBA, "Done after all.")
	require.Len(t, w.router.seen(), 2)
}

func TestLostSocketsLoseNoCommand(t *testing.T) {
	t.Parallel()
	w := newWorld(t, unlimited)
	w.start(func(o *bot.Options) { o.Sockets = 2 })
	var taken []string
	for i := range 24 {
		switch i {
		case 6:
			w.slack.DropSockets()
		case 12:
			w.slack.RefreshSockets()
		case 18:
			w.slack.WarnSockets()
		}
		line := fmt.Sprintf("/migrate-status n%d", i)
		if a := w.command(standin.DBA, line); a.Error == "" {
			taken = append(taken, line)
			continue
		}
		// Slack told the person that it did not get through. The bot comes back by itself.
		require.NoError(t, w.slack.WaitSockets(w.ctx, 2))
	}
	require.NotEmpty(t, taken)
	w.waitFor("every command that Slack called taken", func() bool {
		seen := w.router.seen()
		return !slices.ContainsFunc(taken, func(line string) bool { return !slices.Contains(seen, line) })
	})
	seen := w.router.seen()
	slices.Sort(seen)
	require.Equal(t, seen, slices.Compact(slices.Clone(seen)), "and none twice")
}

func TestRefusedAppTokenEndsTheBot(t *testing.T) {
	t.Parallel()
	w := newWorld(t, unlimited)
	for _, tokens := range [][2]string{{"xapp-wrong", w.slack.BotToken()}, {w.slack.AppToken(), "xoxb-wrong"}} {
		b, err := bot.New(bot.Options{Slack: bot.NewSlack(tokens[0], tokens[1], w.slack.APIURL()), Store: w.store, Router: w.router})
		require.NoError(t, err)
		err = b.Run(w.ctx)
		require.ErrorContains(t, err, "SLACK_APP_TOKEN")
		require.NotContains(t, err.Error(), "wrong")
	}
}
