// SPDX-License-Identifier: Apache-2.0

package bot

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/ferryman/ferryman/commands"
	"github.com/ferryman/ferryman/store"
	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/slack-go/slack"
	"golang.org/x/sync/errgroup"
)

// Router is what the bot knows of the commands.
type Router interface {
	// Handle carries out what a person did. It may be called more than once for the same envelope. An error that is a UserFacing
	// is told to the person in its own words, any other as "something went wrong".
	Handle(ctx context.Context, env commands.Envelope) error
	// Modal is the view to open in answer to a command or a button; nil where the answer is no modal. It is called at once, beside
	// Handle, because Slack lets a modal be opened for three seconds only.
	Modal(ctx context.Context, env commands.Envelope) (*slack.ModalViewRequest, error)
	// ViewErrors is what is wrong with a submitted modal, by the block_id of the input. Where it is not empty the modal stays open
	// and Handle is not called.
	ViewErrors(ctx context.Context, env commands.Envelope) (map[string]string, error)
	// Render words an event. An empty Message means that there is nothing to show.
	Render(ctx context.Context, o store.Outgoing) (commands.Message, error)
}

// UserFacing is an error that is the person's own matter: its text is shown to them, and to nobody else.
type UserFacing interface {
	error
	// ForUser says what was wrong and what to do, in Slack's mrkdwn with everything from outside escaped.
	ForUser() string
}

var (
	_ Router         = (*commands.Router)(nil)
	_ commands.Slack = (*Slack)(nil)
	_ UserFacing     = commands.Refusal("")
)

// Options are what a Bot needs.
type Options struct {
	// Slack is the bot's side of the Web API, of which each Bot needs one of its own; Store is the state. The commands use both too.
	Slack *Slack
	Store *store.Store
	// Router may be set after New, but before Run.
	Router Router
	Logger *slog.Logger
	// Metrics is where the bot's metrics are registered; nil for nowhere.
	Metrics prometheus.Registerer

	// Sockets is the number of connections to Slack, 2 unless given, 10 at most over all replicas. Each is opened SocketOffset after
	// the one before, 20 s unless given, so that Slack does not refresh them at the same moment.
	Sockets      int
	SocketOffset time.Duration
	// SocketSilence is after how long without a word from Slack, which pings every few seconds, a socket counts as half-open and is
	// replaced; 30 s unless given.
	SocketSilence time.Duration
	// Workers is how many envelopes are handled at once, 8 unless given.
	Workers int
	// Takeover is how long a migration's messages wait when the replica that sent them died, 15 s unless given.
	Takeover time.Duration
	// ClaimAfter is how long an envelope's handler may be silent before another replica takes it over, twice Takeover unless given.
	ClaimAfter time.Duration
	// NoteAfter is when somebody who got no answer yet is told that it is being worked on, 2 s unless given: Slack's patience is 3 s.
	NoteAfter time.Duration
	// StoreTimeout is how long storing what arrives may take before its person is told that it was not taken, 1.5 s unless given: that leaves
	// of Slack's patience enough to say so. A third of it may go before that into looking at a submitted form.
	StoreTimeout time.Duration
	// Limits are Slack's rate limits unless given.
	Limits *Limits
}

// Bot is one replica.
type Bot struct {
	Options
	log     *slog.Logger
	name    string
	metrics *metrics
	memory  memory
	sockets sockets
	vitals  vitals
	alarm   alarm
	modals  chan struct{}
	// receiving are the envelopes that are not acknowledged yet.
	receiving inFlight
	// told is closed when the bot is told to stop; background is what was begun and goes on beside the loops.
	told       chan struct{}
	background sync.WaitGroup
}

// New makes a replica with a name of its own. Nothing is opened before Run.
func New(o Options) (*Bot, error) {
	if o.Slack == nil || o.Store == nil {
		return nil, errors.New("bot.New: Slack and Store are needed")
	}
	setDefault(&o.Sockets, 2)
	setDefault(&o.SocketOffset, 20*time.Second)
	setDefault(&o.SocketSilence, 30*time.Second)
	setDefault(&o.Workers, 8)
	setDefault(&o.Takeover, 15*time.Second)
	setDefault(&o.ClaimAfter, 2*o.Takeover)
	setDefault(&o.NoteAfter, 2*time.Second)
	setDefault(&o.StoreTimeout, 1500*time.Millisecond)
	if o.Limits == nil {
		o.Limits = &Limits{}
	}
	limits := o.Limits.orSlacks()
	o.Limits = &limits
	o.Slack.Share(o.Store, limits)
	if o.Logger == nil {
		o.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	host, _ := os.Hostname()
	b := &Bot{Options: o, log: o.Logger, memory: memory{began: time.Now(), look: true}, name: host + "-" + uuid.NewString()[:8], told: make(chan struct{}), modals: make(chan struct{}, modalsAtOnce),
		sockets: sockets{open: map[*link]bool{}, trouble: map[int]error{}, replaceAt: map[int]time.Time{}}}
	b.metrics = newMetrics(b)
	b.Slack.onRateLimit, b.Slack.answered = b.metrics.countRateLimit, b.noteAnswered
	if o.Metrics != nil {
		if err := o.Metrics.Register(b.metrics); err != nil {
			return nil, fmt.Errorf("register the bot's metrics: %w", err)
		}
	}
	return b, nil
}

// Run works until ctx ends, which is no error, or until Slack refuses a token. When ctx ends nothing new is begun, what is under way
// comes to its end, and the sockets, on which people are answered meanwhile, close last.
func (b *Bot) Run(ctx context.Context) error {
	if b.Router == nil {
		return errors.New("bot.Run: no Router")
	}
	if _, err := b.Slack.WaitIdentity(ctx, b.log); err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return err
	}
	defer b.background.Wait()
	g, working := errgroup.WithContext(ctx)
	listening, deaf := context.WithCancel(context.WithoutCancel(ctx))
	defer deaf()
	for i := range b.Sockets {
		g.Go(func() error { return b.runSocket(listening, i) })
	}
	g.Go(func() error { b.alarm.run(listening, b.dropLinks); return nil })
	var work sync.WaitGroup
	for range b.Workers {
		work.Go(func() { b.runWorker(working) })
	}
	work.Go(func() { b.runClaimer(working) })
	work.Go(func() { b.runSender(working) })
	work.Go(func() { b.runBeat(working) })
	g.Go(func() error {
		<-working.Done()
		close(b.told)
		work.Wait()
		deaf()
		return nil
	})
	if err := g.Wait(); err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// sleep waits, and is false when ctx ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func setDefault[T comparable](value *T, standard T) {
	var zero T
	if *value == zero {
		*value = standard
	}
}
