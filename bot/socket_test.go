// SPDX-License-Identifier: Apache-2.0

package bot_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ferryman/ferryman/bot"
	"github.com/ferryman/ferryman/commands"
	standin "github.com/ferryman/ferryman/internal/standin/slack"
	"github.com/gorilla/websocket"
	"github.com/slack-go/slack"
	"github.com/stretchr/testify/require"
)

// quickly is a Slack whose connections end after so long, with this much of a warning.
func quickly(life, warning time.Duration) standin.Options {
	o := unlimited
	o.Timing = standin.Timing{ConnectionLife: life, WarningBefore: warning, CloseAfter: 2 * time.Second}
	return o
}

func TestSocketIsReplacedBeforeItEnds(t *testing.T) {
	t.Parallel()
	for name, warning := range map[string]time.Duration{"by its age": time.Millisecond, "by Slack's warning": time.Second} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, quickly(3*time.Second, warning))
			changes := w.slack.Subscribe()
			defer changes.Close()
			w.start()
			open, closed := 0, 0
			for c := range changes.C {
				switch c.Kind {
				case standin.SocketOpened:
					open++
				case standin.SocketClosed:
					open, closed = open-1, closed+1
					require.Positive(t, open, "the next was open before")
				}
				require.LessOrEqual(t, open, 3)
				if closed == 2 {
					break
				}
			}
		})
	}
}

func TestSocketsOfOneAgeGrowApart(t *testing.T) {
	t.Parallel()
	w := newWorld(t, quickly(30*time.Second, time.Millisecond)) // the two are replaced three seconds apart: more than a machine stands still for
	w.run(func(o *bot.Options) { o.Sockets, o.SocketOffset = 2, 3*time.Second })
	require.NoError(t, w.slack.WaitSockets(w.ctx, 2))
	changes := w.slack.Subscribe()
	defer changes.Close()
	w.slack.DropSockets()
	var opened []time.Time
	for c := range changes.C {
		if c.Kind == standin.SocketOpened {
			opened = append(opened, c.At)
		}
		if len(opened) == 4 {
			break
		}
	}
	require.Greater(t, opened[3].Sub(opened[2]), 100*time.Millisecond, "one after the other, though both were opened at once")
}

func TestSocketThatSlackEndsAtOnceIsReplaced(t *testing.T) {
	t.Parallel()
	w := newWorld(t, unlimited)
	r := w.start(func(o *bot.Options) { o.Sockets = 2 })
	for range 2 {
		w.slack.RefreshSockets()
		require.NoError(t, w.slack.WaitSockets(w.ctx, 4), "the new ones beside the old")
		w.waitFor("the old ones' end", func() bool { return w.slack.Sockets() == 2 && r.Connected() == 2 })
	}
	require.Empty(t, w.command(standin.DBA, "/migrate-status").Error)
}

func TestHalfOpenSocketIsReplaced(t *testing.T) {
	t.Parallel()
	o := unlimited
	o.Timing = standin.Timing{PingEvery: 100 * time.Millisecond, AckWait: 5 * time.Second}
	w := newWorld(t, o)
	changes := w.slack.Subscribe()
	defer changes.Close()
	r := w.start(func(o *bot.Options) { o.SocketSilence = 5 * time.Second })
	w.waitFor("hello", func() bool { return r.Connected() == 1 })
	w.slack.FreezeSockets()
	require.Equal(t, "operation_timeout", w.command(standin.DBA, "/migrate-status lost").Error)
	for c := range changes.C {
		if c.Kind == standin.SocketClosed {
			break
		}
	}
	require.NoError(t, w.slack.WaitSockets(w.ctx, 1))
	w.waitFor("hello", func() bool { return r.Connected() == 1 })
	require.Empty(t, w.command(standin.DBA, "/migrate-status there").Error)
	w.waitFor("the command", func() bool { return len(w.router.seen()) == 1 })
	require.Equal(t, []string{"/migrate-status there"}, w.router.seen())
}

func TestTooManySocketsAreWaitedOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t, unlimited)
	api := slack.New("", slack.OptionAppLevelToken(w.slack.AppToken()), slack.OptionAPIURL(w.slack.APIURL()))
	var others []*websocket.Conn
	for range 10 {
		_, url, err := api.StartSocketModeContext(w.ctx)
		require.NoError(t, err)
		ws, _, err := websocket.DefaultDialer.Dial(url, nil)
		require.NoError(t, err)
		t.Cleanup(func() { _ = ws.Close() })
		others = append(others, ws)
	}
	require.NoError(t, w.slack.WaitSockets(w.ctx, 10))
	b := w.run()
	w.waitFor("a reason", func() bool {
		err := b.Listening()
		return err != nil && b.Connected() == 0 && w.slack.Stats().TooManySockets > 0 && strings.Contains(fmt.Sprint(err), "ten connections")
	})
	require.NoError(t, others[0].Close())
	w.waitFor("a socket", func() bool { return b.Listening() == nil })
}

func TestReplicasKeepRoomForEachOther(t *testing.T) {
	t.Parallel()
	w := newWorld(t, unlimited)
	for i := range 7 {
		taken, err := w.store.TakeSocket(w.ctx, fmt.Sprint("other", i), 10, time.Hour)
		require.NoError(t, err)
		require.True(t, taken)
	}
	two := func(o *bot.Options) { o.Sockets, o.SocketOffset = 2, 3*time.Second }
	first := w.run(two)
	w.waitFor("the first replica's one socket", func() bool { return first.Connected() == 1 })
	second := w.run(two)
	w.waitFor("the second replica's one socket", func() bool { return second.Connected() == 1 })
	changes := w.slack.Subscribe()
	defer changes.Close()
	w.slack.RefreshSockets() // which has the last place, one after the other
	for closed := 0; closed < 2; {
		if (<-changes.C).Kind == standin.SocketClosed {
			closed++
		}
	}
	w.waitFor("both replaced", func() bool {
		return w.slack.Sockets() == 2 && first.Connected() == 1 && second.Connected() == 1
	})
	third := w.run(two)
	w.waitFor("a third that waits", func() bool {
		return third.Listening() != nil && fmt.Sprint(third.Listening()) != "no socket to Slack is open yet"
	})
	require.ErrorContains(t, third.Listening(), "waits for a place")
	require.NoError(t, w.store.LeaveSocket(w.ctx, "other0"))
	w.waitFor("the third", func() bool { return third.Listening() == nil })
	require.Zero(t, w.slack.Stats().TooManySockets)
}

func TestSocketModeSwitchedOffIsSaidAndIsOverByItself(t *testing.T) {
	t.Parallel()
	o := unlimited
	o.Timing.CloseAfter = 50 * time.Millisecond
	w := newWorld(t, o)
	r := w.start()
	w.slack.SwitchSocketMode(false)
	w.waitFor("the reason", func() bool { return r.Listening() != nil })
	w.waitFor("the advice", func() bool { err := r.Listening(); return err != nil && len(err.Error()) > 60 })
	require.ErrorContains(t, r.Listening(), "switch on Socket Mode")
	w.slack.SwitchSocketMode(true)
	w.waitFor("the way back", func() bool { return r.Listening() == nil })
}

func TestSlackAwayIsWaitedOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t, unlimited)
	r := w.start()
	w.slack.FailNextHTTP("", 1000, 503)
	w.slack.DropSockets()
	w.waitFor("the silence", func() bool { return r.Listening() != nil })
	late := w.run() // and one that starts meanwhile
	calls := w.slack.Calls("apps.connections.open")
	w.waitFor("more tries", func() bool { return w.slack.Calls("apps.connections.open") > calls })
	w.slack.Heal()
	w.waitFor("the way back", func() bool { return r.Listening() == nil && late.Listening() == nil })
	require.Empty(t, w.command(standin.DBA, "/migrate-status").Error)
}

// run starts a replica like start does, and does not wait for its sockets.
func (w *world) run(change ...func(*bot.Options)) *bot.Bot {
	w.t.Helper()
	o := w.options(change...)
	b, err := bot.New(o)
	require.NoError(w.t, err)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- b.Run(ctx) }()
	w.t.Cleanup(func() {
		cancel()
		require.NoError(w.t, <-ended)
	})
	return b
}

// What arrived on a socket that was cut since is still being received: a bot that has ended has come to its end with that, too.
func TestABotThatEndsWaitsForWhatACutSocketHadBrought(t *testing.T) {
	t.Parallel()
	w := newWorld(t, unlimited)
	looking, ended, after := make(chan struct{}), make(chan struct{}), make(chan bool, 1)
	w.router.modal = func(context.Context, commands.Envelope) (*slack.ModalViewRequest, error) {
		close(looking)
		select {
		case <-ended:
			after <- true
		case <-time.After(3 * time.Second): // more than the bot takes to stop otherwise
			after <- false
		}
		return nil, nil
	}
	r := w.start(fast)
	require.Empty(t, w.command(standin.DBA, "/migrate-status").Error)
	<-looking
	w.slack.DropSockets()
	require.NoError(t, w.slack.WaitSockets(w.ctx, 1))
	r.stop()
	close(ended)
	require.False(t, <-after, "the bot had ended while it looked for the form")
}
