// SPDX-License-Identifier: Apache-2.0

package bot_test

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ferryman/ferryman/bot"
	"github.com/ferryman/ferryman/commands"
	standin "github.com/ferryman/ferryman/internal/standin/slack"
	"github.com/ferryman/ferryman/store"
	"github.com/slack-go/slack"
	"github.com/stretchr/testify/require"
)

// full tells that the tests run in their long form.
var full = os.Getenv("FERRYMAN_TEST_FULL") != ""

// stream is people who command and click without a pause, and what Slack told them.
type stream struct {
	w     *world
	ended chan struct{}
	stop  func()
	mu    sync.Mutex
	// told is what Slack said about each act: nil where it was taken.
	told map[string]error
}

// stream has somebody do something in Slack perSecond times a second, every other time a click, until end.
func (w *world) stream(perSecond int) *stream {
	w.t.Helper()
	w.router.render = func(o store.Outgoing) (commands.Message, error) {
		m := commands.Message{Text: o.Key}
		if o.Key == store.RootKey {
			button := slack.NewButtonBlockElement("next", "box", slack.NewTextBlockObject(slack.PlainTextType, "Next", false, false))
			m.Blocks = []slack.Block{slack.NewActionBlock("", button)}
		}
		return m, nil
	}
	w.open("box")
	root, err := w.slack.WaitMessage(w.ctx, standin.Migrations, func(m standin.Message) bool { return m.Text == store.RootKey })
	require.NoError(w.t, err)
	s := &stream{w: w, ended: make(chan struct{}), told: map[string]error{}}
	quit := make(chan struct{})
	s.stop = sync.OnceFunc(func() { close(quit); <-s.ended })
	w.t.Cleanup(s.stop)
	go func() {
		defer close(s.ended)
		var acts sync.WaitGroup
		defer acts.Wait()
		beat := time.NewTicker(time.Second / time.Duration(perSecond))
		defer beat.Stop()
		for i := 0; ; i++ {
			select {
			case <-quit:
				return
			case <-beat.C:
			}
			acts.Go(func() { s.act(i, root) })
		}
	}()
	return s
}

// act is one command or click. What tells clicks apart for the handlers is only who clicked: so each is by a trigger, counted.
func (s *stream) act(i int, root standin.Message) {
	who := s.w.slack.As(standin.DBA)
	name, err := fmt.Sprintf("click %d", i), error(nil)
	if i%2 == 0 {
		name = fmt.Sprintf("/migrate-status n%d", i)
		var a standin.Answer
		if a, err = who.Command(s.w.ctx, standin.Migrations, name); err == nil && (a.Error != "" || strings.Contains(a.Text(), "store")) {
			err = errors.New(cmp.Or(a.Error, a.Text()))
		}
	} else {
		err = who.Press(s.w.ctx, root.Channel, root.TS, "next")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.told[name] = err
}

// end stops the stream and returns how many commands and clicks Slack said were taken, and what it said of the others.
func (s *stream) end() (commands map[string]bool, clicks int, refused map[string]error) {
	s.stop()
	commands, refused = map[string]bool{}, map[string]error{}
	for name, err := range s.told {
		switch {
		case err != nil:
			refused[name] = err
		case name[0] == '/':
			commands[name] = true
		default:
			clicks++
		}
	}
	return commands, clicks, refused
}

// handledOnce waits until everything that was taken is handled, and fails where something was handled twice. What Slack called refused
// may have been handled, once; of clicks, which are all alike, there are at most so many more.
func (s *stream) handledOnce(commands map[string]bool, clicks int, refused map[string]error) {
	s.w.t.Helper()
	s.w.waitFor("an empty inbox", func() bool {
		n, err := s.w.store.Client().XLen(s.w.ctx, "ferryman:{in}:stream").Result()
		return err == nil && n == 0
	})
	seen := map[string]int{}
	for _, what := range s.w.router.seen() {
		seen[what]++
	}
	clicked := seen["next box"]
	delete(seen, "next box")
	for name, n := range seen {
		require.Equal(s.w.t, 1, n, name)
		require.True(s.w.t, commands[name] || refused[name] != nil, name)
	}
	for name := range commands {
		require.Equal(s.w.t, 1, seen[name], "%s was taken and not handled", name)
	}
	// A click that could not be stored in time, as on a machine that does too much at once, was answered with that.
	refusedClicks, toldCommands := 0, 0
	for name, err := range refused {
		switch {
		case name[0] != '/':
			refusedClicks++
		case slow(err):
			toldCommands++
		}
	}
	s.w.waitFor("every click handled, or its person told, which is after the acknowledgement", func() bool {
		toldClicks := -toldCommands
		for _, m := range s.w.slack.Ephemerals(standin.DBA) {
			if strings.Contains(m.Text, "store") {
				toldClicks++
			}
		}
		return clicked >= clicks-toldClicks
	})
	require.LessOrEqual(s.w.t, clicked, clicks+refusedClicks)
}

// slow tells a command whose person was told that the store did not answer in time.
func slow(err error) bool { return strings.Contains(err.Error(), "store") }

// patiently lets Slack wait longer for acknowledgements than its three seconds: the short form is about what is lost, on any machine.
func patiently(o standin.Options) standin.Options {
	if !full {
		o.Timing.AckWait = 15 * time.Second
	}
	return o
}

// lasting is how long people go on, in the short form and the long.
func (w *world) lasting(lean, long time.Duration) <-chan time.Time {
	if full {
		lean = long
	}
	return time.After(lean)
}

func TestSocketRefreshUnderFiftyClicksASecondLosesNone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, patiently(quickly(3*time.Second, 300*time.Millisecond)))
	two := func(o *bot.Options) { o.Sockets = 2; o.SocketOffset = 100 * time.Millisecond }
	w.run(fast, two)
	w.run(fast, two)
	// There may be more by the time that all four are open: the first are replaced soon.
	require.NoError(t, w.slack.Wait(w.ctx, func() bool { return w.slack.Sockets() >= 4 }))
	changes := w.slack.Subscribe()
	defer changes.Close()
	var ends atomic.Int64
	go func() {
		for c := range changes.C {
			if c.Kind == standin.SocketClosed {
				ends.Add(1)
			}
		}
	}()
	s := w.stream(50)
	<-w.lasting(6*time.Second, time.Minute)
	taken, clicks, refused := s.end()
	for name, err := range refused {
		require.True(t, slow(err), "%s: %v", name, err)
	}
	require.Greater(t, len(taken)+clicks, 100)
	s.handledOnce(taken, clicks, refused)
	w.waitFor("sockets to be refreshed all the time", func() bool { return ends.Load() >= 4 })
	require.Zero(t, w.slack.Stats().TooManySockets)
}

func TestSocketsThatAreCutWithoutAWordLoseNothingThatWasTaken(t *testing.T) {
	t.Parallel()
	w := newWorld(t, patiently(unlimited))
	w.run(fast, func(o *bot.Options) { o.Sockets = 2 })
	w.run(fast, func(o *bot.Options) { o.Sockets = 2 })
	require.NoError(t, w.slack.WaitSockets(w.ctx, 4))
	s := w.stream(50)
	for range 3 {
		<-w.lasting(500*time.Millisecond, 10*time.Second)
		w.slack.DropSockets()
		require.NoError(t, w.slack.WaitSockets(w.ctx, 4))
	}
	<-w.lasting(500*time.Millisecond, 10*time.Second)
	taken, clicks, refused := s.end()
	s.handledOnce(taken, clicks, refused)
	require.Greater(t, len(taken)+clicks, 20)
	for name, err := range refused { // the person was told: nobody was there, or the one who was there was cut off
		require.True(t, errors.Is(err, standin.ErrNoApp) || errors.Is(err, standin.ErrNotAcked) || err.Error() == "dispatch_failed" ||
			err.Error() == "operation_timeout" || slow(err), "%s: %v", name, err)
	}
}

func TestRollingUpdateLosesNothingAndDoublesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, patiently(unlimited))
	two := func(o *bot.Options) { o.Sockets = 2; o.SocketOffset = 50 * time.Millisecond }
	var replicas []*replica
	for range 3 {
		replicas = append(replicas, w.start(fast, two))
	}
	s := w.stream(50)
	want := []string{store.RootKey}
	tell := func() {
		for range 10 {
			key := fmt.Sprintf("message %d", len(want))
			want = append(want, key)
			w.say("box", outgoing("box", key, store.Normal, ""))
		}
	}
	rounds := 1
	if full {
		rounds = 10
	}
	for range rounds {
		for i := range replicas {
			tell()
			<-w.lasting(300*time.Millisecond, time.Second)
			replicas[i].stop()
			tell()
			replicas[i] = w.start(fast, two)
		}
	}
	taken, clicks, refused := s.end()
	// What crosses the goodbye of a socket on its way may reach the bot or not; Slack tells its person that nobody answered.
	require.LessOrEqual(t, len(refused), 6*rounds, "%v", refused)
	for name, err := range refused {
		require.True(t, errors.Is(err, standin.ErrNotAcked) || err.Error() == "operation_timeout" || slow(err), "%s: %v", name, err)
	}
	s.handledOnce(taken, clicks, refused)
	require.Greater(t, len(taken)+clicks, 20)
	w.waitThread("box", want...)
}
