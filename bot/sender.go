// SPDX-License-Identifier: Apache-2.0

package bot

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/ferryman/ferryman/store"
)

const (
	// lookEvery is how often the outboxes are looked at whether or not a wake-up came.
	lookEvery = time.Second
	// sendersAtOnce bounds how many migrations are sent for at the same time. None of them waits long while it is one of these.
	sendersAtOnce = 32
	// longestDelay bounds how long a migration whose messages don't get through is left alone.
	longestDelay = 30 * time.Second
)

// sender sends what waits in the outboxes: what is in order, most urgent and oldest first, as soon as there is a turn for it, and newer
// figures for messages that are there, those first that show the oldest.
type sender struct {
	*Bot
	all sync.WaitGroup
	// look says that it is time to look at the outboxes, edit that figures may wait.
	look, edit chan struct{}

	mu     sync.Mutex
	busy   map[string]bool
	delays map[string]delay
}

// delay is for a migration whose last try failed.
type delay struct {
	tries int
	until time.Time
}

// runSender works until ctx ends.
func (b *Bot) runSender(ctx context.Context) {
	s := &sender{Bot: b, look: make(chan struct{}, 1), edit: make(chan struct{}, 1), busy: map[string]bool{}, delays: map[string]delay{}}
	defer s.all.Wait()
	s.all.Go(func() { s.runEdits(ctx) })
	wakes := b.Store.Wakes(ctx)
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		b.vitals.sender.beat()
		select {
		case <-ctx.Done():
			return
		case migration, ok := <-wakes:
			if !ok {
				wakes = nil
				continue
			}
			s.start(ctx, migration)
			poke(s.edit)
		case <-tick.C:
			s.lookAround(ctx)
			poke(s.edit)
		case <-s.look:
			s.lookAround(ctx)
		}
	}
}

func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// lookAround starts sending for those that have something to send in order.
func (s *sender) lookAround(ctx context.Context) {
	waiting, err := s.Store.WaitingOutboxes(ctx)
	if err != nil {
		if ctx.Err() == nil {
			s.log.Warn("the outboxes can't be looked at", "error", err)
		}
		return
	}
	s.metrics.outbox(waiting)
	slices.SortFunc(waiting, func(a, b store.WaitingOutbox) int {
		return cmp.Or(cmp.Compare(a.Priority, b.Priority), a.Oldest.Compare(b.Oldest))
	})
	for _, w := range waiting {
		if w.Ordered {
			s.start(ctx, w.Migration)
		}
	}
}

// claim makes a migration this goroutine's among those of this replica, unless it is another's or its time has not come.
func (s *sender) claim(migration string, bound int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.busy[migration] || len(s.busy) >= bound || time.Now().Before(s.delays[migration].until) {
		return false
	}
	s.busy[migration] = true
	return true
}

// release ends a claim; with an error the migration is left alone for a while.
func (s *sender) release(ctx context.Context, migration string, err error) {
	if ctx.Err() != nil {
		err = nil
	}
	var later *laterError
	s.mu.Lock()
	d := s.delays[migration]
	switch {
	case err == nil, errors.Is(err, store.ErrLeaseLost):
		delete(s.delays, migration)
	case errors.As(err, &later):
		d.until = time.Now().Add(min(later.wait, longestDelay))
		s.delays[migration] = d
	default:
		d.tries++
		d.until = time.Now().Add(min(time.Second<<min(d.tries-1, 10), longestDelay))
		s.delays[migration] = d
	}
	delete(s.busy, migration)
	s.mu.Unlock()
	s.tell(ctx, migration, d, err)
	poke(s.look)
	poke(s.edit)
}

// tell says in the log, and to those who ask for the status, that messages don't get through.
func (s *sender) tell(ctx context.Context, migration string, d delay, err error) {
	var later *laterError
	note := ""
	switch {
	case ctx.Err() != nil, errors.As(err, &later), errors.Is(err, store.ErrLeaseLost), err == nil && d.tries == 0:
		return
	case err != nil:
		s.log.Warn("a message was not sent yet", "migration", migration, "error", err, "again_in", time.Until(d.until).Round(time.Millisecond))
		note = err.Error()
	}
	if err := s.Store.NoteTrouble(ctx, migration, note); err != nil {
		s.log.Warn("it can't be noted that messages wait", "migration", migration, "error", err)
	}
}

// start sends what waits for one migration, unless this replica is at it.
func (s *sender) start(ctx context.Context, migration string) {
	if !s.claim(migration, sendersAtOnce) {
		return
	}
	s.all.Go(func() { s.release(ctx, migration, s.drain(ctx, migration)) })
}

// drain sends in order what waits for one migration, if no other replica is at it.
func (s *sender) drain(running context.Context, migration string) error {
	ctx, h, err := s.hold(running, migration)
	if err != nil || h == nil {
		return err
	}
	defer h.end()
	for running.Err() == nil && ctx.Err() == nil {
		if err := s.relink(ctx, h.owner, migration); err != nil {
			return err
		}
		o, err := s.Store.NextOutgoing(ctx, migration, h.owner)
		if err != nil || o == nil {
			return err
		}
		if err := s.sendOne(ctx, h, o, false); err != nil {
			return err
		}
		s.through(ctx, migration)
	}
	return nil
}

// through ends a migration's delays when a message of it got through.
func (s *sender) through(ctx context.Context, migration string) {
	s.mu.Lock()
	d := s.delays[migration]
	delete(s.delays, migration)
	s.mu.Unlock()
	s.tell(ctx, migration, d, nil)
}

// runEdits sends newer figures, one after the other: it waits for its turn first and then takes those whose message shows the oldest, of
// all migrations. All replicas do the same and share the turns, so that nobody is passed over.
func (s *sender) runEdits(ctx context.Context) {
	for ctx.Err() == nil {
		if len(s.oldestShown(ctx)) == 0 {
			select {
			case <-ctx.Done():
			case <-s.edit:
			}
			continue
		}
		err := s.turn(ctx, methodUpdate, "", store.Progress)
		var later *laterError
		switch {
		case errors.As(err, &later):
			sleep(ctx, min(later.wait, 10*time.Second))
			continue
		case err != nil:
			sleep(ctx, lookEvery)
			continue
		}
		for _, e := range s.oldestShown(ctx) {
			if s.editOne(ctx, e) {
				break
			}
		}
	}
}

// edit is a message that newer figures wait for.
type edit struct {
	migration, key string
	age            time.Duration
}

// rootsShare is how many edits a thread's own figures get for each of its root message, which shows less, while there are not enough for
// all.
const rootsShare = 3

// oldestShown are the messages that newer figures wait for, the oldest shown first.
func (s *sender) oldestShown(ctx context.Context) []edit {
	waiting, err := s.Store.WaitingOutboxes(ctx)
	if err != nil {
		return nil
	}
	now := time.Now()
	var edits []edit
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, w := range waiting {
		if w.Ordered || s.busy[w.Migration] || now.Before(s.delays[w.Migration].until) {
			continue
		}
		for _, e := range w.Edits {
			age := now.Sub(e.Shown)
			if e.Key == store.RootKey {
				age /= rootsShare
			}
			edits = append(edits, edit{w.Migration, e.Key, age})
		}
	}
	slices.SortFunc(edits, func(a, b edit) int { return cmp.Compare(b.age, a.age) })
	return edits
}

// editOne sends newer figures for one message, and tells whether the turn was used for it.
func (s *sender) editOne(ctx context.Context, e edit) (used bool) {
	if !s.claim(e.migration, sendersAtOnce+1) {
		return false
	}
	var err error
	defer func() { s.release(ctx, e.migration, err) }()
	holding, h, err := s.hold(ctx, e.migration)
	if err != nil || h == nil {
		return false
	}
	defer h.end()
	o, err := s.Store.NextEdit(holding, e.migration, h.owner, e.key)
	if err != nil || o == nil {
		return false
	}
	err = s.sendOne(holding, h, o, true)
	return true
}
