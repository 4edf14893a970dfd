// SPDX-License-Identifier: Apache-2.0

package bot

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
)

// Slack takes ten connections of one app. One place is kept for replacing a connection, and a replica's second leaves one more to
// replicas that have none yet: five replicas can listen, and more than that wait with their work in Redis only.
const (
	maxSockets   = 10
	roomForFirst = maxSockets - 1
	roomForMore  = maxSockets - 2

	// Attempts to connect are this far apart at most; Slack allows some fifty a minute of all replicas together.
	shortestWait = 500 * time.Millisecond
	longestWait  = 30 * time.Second
	// lingerFor is how long a connection that was replaced may wait for Slack to close it, after the end that Slack gave it.
	lingerFor = 30 * time.Second
)

// errNoRoom tells that all replicas' connections are as many as Slack takes.
var errNoRoom = errors.New("all replicas together have as many sockets as Slack takes: this one waits for a place")

// sockets are the connections of this replica.
type sockets struct {
	mu   sync.Mutex
	open map[*link]bool
	// trouble is, by position, why there is none; replaceAt when the one that is there will be replaced.
	trouble   map[int]error
	replaceAt map[int]time.Time
}

func (s *sockets) note(i int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.trouble[i] = err
}

// Connected is the number of sockets that Slack has said hello on and that are open.
func (b *Bot) Connected() int {
	b.sockets.mu.Lock()
	defer b.sockets.mu.Unlock()
	return len(b.sockets.open)
}

// runSocket keeps the i-th connection to Slack until ctx ends, and replaces it before it ends. It returns an error only when Slack
// refuses the app token.
func (b *Bot) runSocket(ctx context.Context, i int) error {
	var replaced sync.WaitGroup
	defer replaced.Wait()
	if !sleep(ctx, time.Duration(i)*b.SocketOffset) {
		return nil
	}
	room := roomForFirst
	if i > 0 {
		room = roomForMore
	}
	var current *link
	for ctx.Err() == nil {
		if current == nil {
			var err error
			if current, err = b.connect(ctx, i, room); current == nil {
				return err
			}
		}
		select {
		case <-current.gone:
			b.log.Warn("a socket to Slack ended; opening another", "socket", i, "error", current.why())
			current = nil
		case why := <-current.asked:
			if why == disabled {
				b.log.Error("Slack ends the socket", "error", why)
			}
			next, err := b.replace(ctx, i, current, string(why))
			if err != nil {
				b.closeLink(current)
				return err
			}
			if next != nil {
				old := current
				replaced.Go(func() { b.retire(ctx, old) })
			}
			current = next
		case <-ctx.Done():
		}
	}
	if current != nil {
		b.closeLink(current)
	}
	return nil
}

// replace opens a connection beside one that is about to end, which goes on receiving meanwhile. It returns nil when the old one ended
// first: then its own place is free.
func (b *Bot) replace(ctx context.Context, i int, old *link, why string) (*link, error) {
	began := time.Now()
	trying, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-old.gone:
			cancel()
		case <-trying.Done():
		}
	}()
	next, err := b.connect(trying, i, maxSockets)
	if next != nil {
		b.log.Info("replaced a socket to Slack", "socket", i, "why", why, "lived", time.Since(old.opened).Round(time.Second), "took", time.Since(began).Round(time.Millisecond))
	}
	if next == nil && err == nil && ctx.Err() != nil {
		b.closeLink(old)
	}
	return next, err
}

// retire leaves a replaced connection to Slack to close, which then sends nothing there any more: whoever closes it from this side may
// cross an envelope on its way. Where Slack does not, it is closed some time after the end that Slack gave it.
func (b *Bot) retire(ctx context.Context, old *link) {
	wait := time.NewTimer(max(lingerFor, min(time.Until(old.opened.Add(old.life+lingerFor)), 2*time.Minute)))
	defer wait.Stop()
	select {
	case <-old.gone:
		return
	case <-wait.C:
	case <-ctx.Done():
	}
	b.closeLink(old)
}

// closeLink closes a connection that is this side's to close.
func (b *Bot) closeLink(l *link) {
	ctx, cancel := context.WithTimeout(context.Background(), receiveTimeout)
	defer cancel()
	l.close(ctx)
}

// connect opens a connection as soon as there is room among all replicas' and Slack lets it, however long that takes. It returns nil
// without an error when ctx ended first, and an error only when Slack refuses the app token.
func (b *Bot) connect(ctx context.Context, i, room int) (*link, error) {
	wait := shortestWait
	for ctx.Err() == nil {
		l, err := b.tryConnect(ctx, room)
		if err == nil {
			b.sockets.note(i, nil)
			b.serve(l, i)
			return l, nil
		}
		if ctx.Err() == nil {
			b.sockets.note(i, err)
		}
		if isTokenError(err) {
			return nil, explain("apps.connections.open", err)
		}
		if ctx.Err() != nil {
			break
		}
		pause := wait/2 + rand.N(wait/2+1)
		var limited *slack.RateLimitedError
		switch {
		case errors.Is(err, errNoRoom):
			pause = time.Second + rand.N(2*time.Second)
		case errors.As(err, &limited):
			pause += limited.RetryAfter
		case errors.Is(err, tooMany), errors.Is(err, disabled):
			pause = max(pause, 2*time.Second+rand.N(2*time.Second))
		}
		b.log.Warn("no socket to Slack yet", "socket", i, "error", err, "again_in", pause.Round(time.Millisecond))
		sleep(ctx, pause)
		wait = min(2*wait, longestWait)
	}
	return nil, nil
}

// tryConnect opens one connection and keeps its place for as long as it lasts. Where Redis is away nobody counts: people must be told
// that it is, and Slack turns an eleventh connection away itself.
func (b *Bot) tryConnect(ctx context.Context, room int) (*link, error) {
	place := b.name + "/" + uuid.NewString()[:8]
	asking, asked := context.WithTimeout(ctx, b.StoreTimeout)
	taken, err := b.Store.TakeSocket(asking, place, room, b.placeFor())
	asked()
	if err == nil && !taken {
		return nil, errNoRoom
	}
	l, err := b.openLink(ctx)
	if err != nil {
		b.leave(place)
		return nil, err
	}
	b.background.Go(func() {
		for {
			select {
			case <-l.gone:
				b.leave(place)
				return
			case <-time.After(b.placeFor() / 3):
			}
			ctx, cancel := context.WithTimeout(context.Background(), callTimeout)
			if err := b.Store.KeepSocket(ctx, place, b.placeFor()); err != nil {
				b.log.Warn("the place of a socket could not be kept", "error", err)
			}
			cancel()
		}
	})
	return l, nil
}

// placeFor is how long a dead replica's connections keep their places.
func (b *Bot) placeFor() time.Duration { return 2 * b.Takeover }

// leave gives a place back; where Redis is away it frees itself.
func (b *Bot) leave(place string) {
	ctx, cancel := context.WithTimeout(context.Background(), b.StoreTimeout)
	defer cancel()
	if err := b.Store.LeaveSocket(ctx, place); err != nil {
		b.log.Warn("the place of a socket was not given back; it frees itself", "error", err)
	}
}

// serve receives what arrives on a connection, and asks for another in its place before it gets too old.
func (b *Bot) serve(l *link, i int) {
	b.sockets.mu.Lock()
	b.sockets.open[l] = true
	b.sockets.mu.Unlock()
	b.background.Go(func() {
		l.read(b.SocketSilence, func(r *socketmode.Request) {
			if b.alarm.sleptSince(l.opened) {
				return // Slack has given it up: see dropLinks
			}
			_ = b.guarded("receive", func() error { b.receive(l, r); return nil })
		}, func(err error) { b.log.Warn("Slack sent something that can't be read", "error", err) })
		b.sockets.mu.Lock()
		delete(b.sockets.open, l)
		b.sockets.mu.Unlock()
		// What had arrived by then is still being received. A bot that has ended has nothing under way.
		ctx, cancel := context.WithTimeout(context.Background(), receiveTimeout)
		defer cancel()
		l.busy.wait(ctx)
	})
	if l.life > 0 {
		tooOld := time.AfterFunc(time.Until(b.replaceAt(l, i)), func() {
			select {
			case l.asked <- "old":
			default:
			}
		})
		b.background.Go(func() { <-l.gone; tooOld.Stop() })
	}
}

// replaceAt is when a connection is replaced: some seconds before the end that Slack means to put to it, and not together with this
// replica's others, which may have been opened at the same moment.
func (b *Bot) replaceAt(l *link, i int) time.Time {
	apart := min(b.SocketOffset, l.life/10)
	at := l.opened.Add(l.life - min(45*time.Second, l.life/5) - rand.N(min(15*time.Second, l.life/20)+1))
	b.sockets.mu.Lock()
	defer b.sockets.mu.Unlock()
	for j, other := range b.sockets.replaceAt {
		if j != i && at.Sub(other).Abs() < apart {
			at = other.Add(-apart)
		}
	}
	b.sockets.replaceAt[i] = at
	return at
}
