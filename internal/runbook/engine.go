// SPDX-License-Identifier: Apache-2.0

package runbook

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ferryman/ferryman/store"
)

// Engine plans, gates and runs the phases that commands asked for, and goes on with what another replica left. Any number of replicas
// may run one: a lease keeps two of them off the same migration, the fence on the target makes that certain.
type Engine struct {
	Store  *store.Store
	Crew   Crew
	People People
	Log    *slog.Logger
	// Owner names this replica in leases.
	Owner string
	// LeaseTTL is how long a dead replica's work waits for another; WatchEvery how often what runs between phases is read; Patience
	// for how long what passes by itself, such as a database that restarts, is tried again before the phase fails.
	LeaseTTL   time.Duration
	WatchEvery time.Duration
	Patience   time.Duration
	// HoldEvery is how often the gate of a granted phase is read that it holds up, 15 s unless given; PlanWithin is how long the making of
	// a plan may take, an hour unless given.
	HoldEvery  time.Duration
	PlanWithin time.Duration
	// Drain is how long what is under way may go on when the engine is told to stop, 25 s unless given.
	Drain time.Duration
	// OnStep, where it is set, is told of every step that was tried, and for how long.
	OnStep func(phase, kind string, took time.Duration, err error)

	mu      sync.Mutex
	driving map[string]bool
	holding map[string]bool
	watched map[string]time.Time
	closing map[string]time.Time
	warned  map[string]time.Time
	// kept is how far the target has each migration's audit log, as far as this replica knows.
	kept     map[string]int64
	wg       sync.WaitGroup
	told     <-chan struct{}
	lastTurn atomic.Int64
}

// scanEvery is how often the migrations are looked through where nothing wakes the engine.
const scanEvery = time.Second

// Run works until ctx is done. Then no further step begins, what is under way may end within Drain, the leases are given back, and Run
// returns.
func (e *Engine) Run(ctx context.Context) {
	e.mu.Lock()
	e.driving, e.holding = map[string]bool{}, map[string]bool{}
	e.watched, e.warned = map[string]time.Time{}, map[string]time.Time{}
	e.mu.Unlock()
	e.told = ctx.Done()
	if e.LeaseTTL == 0 {
		e.LeaseTTL = 15 * time.Second
	}
	if e.WatchEvery == 0 {
		e.WatchEvery = 15 * time.Second
	}
	if e.Patience == 0 {
		e.Patience = 2 * time.Minute
	}
	if e.HoldEvery == 0 {
		e.HoldEvery = 15 * time.Second
	}
	if e.PlanWithin == 0 {
		e.PlanWithin = time.Hour
	}
	if e.Drain == 0 {
		e.Drain = 25 * time.Second
	}
	working, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	wake := e.Store.Wakes(ctx)
	tick := time.NewTicker(scanEvery)
	defer tick.Stop()
	for {
		e.lastTurn.Store(time.Now().UnixNano())
		e.scan(ctx, working)
		select {
		case <-ctx.Done():
			e.drain(cut)
			return
		case <-wake:
		case <-tick.C:
		}
	}
}

// scan starts a drive, which lasts as long as working, for each migration that has something to do and is not driven here already.
func (e *Engine) scan(ctx, working context.Context) {
	all, unreadable, err := e.Store.Readable(ctx)
	if err != nil {
		if ctx.Err() == nil {
			e.Log.Error("list the migrations", "error", err)
		}
		return
	}
	for name, why := range unreadable {
		e.warnSometimes(name, why)
	}
	for _, m := range all {
		if m.Open() && !e.hasWork(ctx, m) || !m.Open() && !e.owesLastWords(m) || !e.begin(m.Name) {
			continue
		}
		e.wg.Add(1)
		go func() {
			defer e.wg.Done()
			defer e.end(m.Name)
			e.drive(working, m.Name)
		}()
	}
}

// warnSometimes says at most once a minute that a migration can't be read; the others go on.
func (e *Engine) warnSometimes(name string, why error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if time.Since(e.warned[name]) < time.Minute {
		return
	}
	e.warned[name] = time.Now()
	e.Log.Error("a migration can't be read, and is left alone", "migration", name, "error", why)
}

func (e *Engine) begin(name string) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.driving[name] {
		return false
	}
	e.driving[name] = true
	return true
}

func (e *Engine) end(name string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.driving, name)
}

// hasWork tells whether the engine has something to do for a migration; a waiting request has none until it expires.
func (e *Engine) hasWork(ctx context.Context, m *store.Migration) bool {
	switch busy := m.BusyPhase(); {
	case busy == "":
		e.mu.Lock()
		defer e.mu.Unlock()
		return Watching(m) && time.Since(e.watched[m.Name]) >= e.WatchEvery
	case m.Phases[busy].Status == store.Waiting:
		e.settle(ctx, m, busy)
		return false
	case approved(m.Phases[busy].Status):
		e.settle(ctx, m, busy)
		return true
	default:
		return true
	}
}

// drive holds the migration's lease and works until there is nothing to do.
func (e *Engine) drive(ctx context.Context, name string) {
	lease, err := e.Store.Acquire(ctx, name, "engine", e.Owner, e.LeaseTTL)
	if err != nil {
		e.Log.Error("take the lease", "migration", name, "error", err)
		return
	}
	if lease == nil {
		return
	}
	e.hold(name, true)
	defer e.hold(name, false)
	ctx, cancel := context.WithCancel(ctx)
	renewed := make(chan struct{})
	go func() {
		defer close(renewed)
		e.keep(ctx, cancel, lease, name)
	}()
	e.work(withLead(ctx, lease), name, lease)
	cancel()
	<-renewed
	e.giveBack(context.WithoutCancel(ctx), lease, name)
}

// keep renews the lease and cancels the work when it was lost.
func (e *Engine) keep(ctx context.Context, cancel func(), lease *store.Lease, name string) {
	tick := time.NewTicker(e.LeaseTTL / 3)
	defer tick.Stop()
	last := time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		asked := time.Now()
		held, err := lease.Renew(ctx)
		switch {
		case err == nil && held:
			last = asked
		case err == nil || time.Since(last) > e.LeaseTTL:
			if ctx.Err() == nil {
				e.Log.Warn("lost the lease: another replica goes on", "migration", name, "error", err)
			}
			cancel()
			return
		}
	}
}
