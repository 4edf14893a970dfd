// SPDX-License-Identifier: Apache-2.0

package runbook

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/ferryman/ferryman/store"
)

// errStopping tells that there is more to do, for whoever takes the lease next.
var errStopping = errors.New("stopping: another replica, or the next start, goes on")

// giveBackPatience bounds giving a lease back: where Redis is away, it ends by itself.
const giveBackPatience = 3 * time.Second

// stopping tells whether the engine was told to stop.
func (e *Engine) stopping() bool {
	select {
	case <-e.told:
		return true
	default:
		return false
	}
}

// interruptible is for what can be broken off anywhere and begun anew without loss: it ends when the engine is told to stop.
func (e *Engine) interruptible(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		select {
		case <-e.told:
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}

// drain waits for what is under way, and cuts it when it takes too long.
func (e *Engine) drain(cut context.CancelFunc) {
	if held := e.Leading(); len(held) > 0 {
		e.Log.Info("told to stop: what is under way may end first", "migrations", held, "within", e.Drain)
	}
	late := time.AfterFunc(e.Drain, func() {
		e.Log.Warn("what is under way is broken off; whoever goes on looks at what it had done", "migrations", e.Leading())
		cut()
	})
	defer late.Stop()
	e.wg.Wait()
}

// rememberLast brings the target up to date before an engine that stops lets go: of a migration that is at its end nobody would.
func (e *Engine) rememberLast(ctx context.Context, name string, hands Hands) {
	m, err := e.Store.Load(ctx, name)
	if err == nil {
		err = e.remember(ctx, m, hands)
	}
	if err != nil {
		e.Log.Warn("the target does not yet have the last of the audit log", "migration", name, "error", err)
	}
}

// giveBack gives the lease back and, when this replica stops, tells the others at once that somebody must go on.
func (e *Engine) giveBack(ctx context.Context, lease *store.Lease, name string) {
	ctx, cancel := context.WithTimeout(ctx, giveBackPatience)
	defer cancel()
	if err := lease.Release(ctx); err != nil {
		e.Log.Warn("give the lease back", "migration", name, "error", err)
		return
	}
	if e.stopping() {
		e.Store.Wake(ctx, name)
	}
}

// hold notes whose lease is held here.
func (e *Engine) hold(name string, held bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if held {
		e.holding[name] = true
	} else {
		delete(e.holding, name)
	}
}

// Leading are the migrations whose lease this replica holds, in order.
func (e *Engine) Leading() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	names := make([]string, 0, len(e.holding))
	for name := range e.holding {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// LastTurn is when the engine's loop last went round; zero before it began.
func (e *Engine) LastTurn() time.Time {
	if at := e.lastTurn.Load(); at != 0 {
		return time.Unix(0, at)
	}
	return time.Time{}
}
