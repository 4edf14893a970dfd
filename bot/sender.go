// SPDX-License-Identifier: Apache-2.0

package bot

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/ferryman/ferryman/store"
)

const (
	// lookEvery is how often the outboxes are looked at whether or not a wake-up came.
	lookEvery = time.Second
	// sendersAtOnce bounds how many migrations are sent for at the same time.
	sendersAtOnce = 16
)

// runSender sends what waits in the outboxes, one goroutine for each migration that has something.
func (b *Bot) runSender(ctx context.Context) {
	var (
		mu      sync.Mutex
		sending = map[string]bool{}
		all     sync.WaitGroup
	)
	defer all.Wait()
	start := func(migration string) {
		mu.Lock()
		defer mu.Unlock()
		if sending[migration] || len(sending) >= sendersAtOnce {
			return
		}
		sending[migration] = true
		all.Go(func() {
			b.drain(ctx, migration)
			mu.Lock()
			defer mu.Unlock()
			delete(sending, migration)
		})
	}
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
			start(migration)
		case <-tick.C:
			waiting, err := b.Store.WaitingOutboxes(ctx)
			if err != nil && ctx.Err() == nil {
				b.log.Warn("the outboxes can't be looked at", "error", err)
			}
			b.metrics.outbox(waiting)
			for _, w := range waiting {
				start(w.Migration)
			}
		}
	}
}

// drain sends everything that waits for one migration, in order, if no other replica is at it.
func (b *Bot) drain(ctx context.Context, migration string) {
	owner := b.name
	lease, err := b.Store.Acquire(ctx, migration, store.OutboxLease, owner, b.Takeover)
	if err != nil {
		b.log.Warn("the outbox can't be taken", "migration", migration, "error", err)
		return
	}
	if lease == nil {
		return
	}
	ctx, cancel := context.WithCancel(ctx)
	renewing := make(chan struct{})
	go func() {
		defer close(renewing)
		b.renew(ctx, cancel, lease)
	}()
	defer func() {
		cancel()
		<-renewing
		giveBack, done := context.WithTimeout(context.WithoutCancel(ctx), callTimeout)
		defer done()
		if err := lease.Release(giveBack); err != nil {
			b.log.Warn("the outbox can't be given back", "migration", migration, "error", err)
		}
	}()
	for wait := time.Second; ctx.Err() == nil; {
		var o *store.Sending
		err := b.relink(ctx, owner, migration)
		if err == nil {
			o, err = b.Store.NextOutgoing(ctx, migration, owner)
		}
		if err == nil && o == nil {
			return
		}
		if err == nil {
			err = b.deliver(ctx, owner, o)
		}
		switch {
		case err == nil:
			wait = time.Second
			continue
		case errors.Is(err, store.ErrLeaseLost):
			return
		case errors.Is(err, errPaused):
			continue
		case ctx.Err() == nil:
			b.log.Warn("a message was not sent yet", "migration", migration, "error", err, "again_in", wait)
		}
		sleep(ctx, wait)
		wait = min(2*wait, 30*time.Second)
	}
}

// renew keeps the lease until ctx ends, and ends it when the lease is gone or can't be kept in time.
func (b *Bot) renew(ctx context.Context, lost context.CancelFunc, lease *store.Lease) {
	kept := time.Now()
	for sleep(ctx, b.Takeover/5) {
		held, err := lease.Renew(ctx)
		if err == nil && held {
			kept = time.Now()
			continue
		}
		if err == nil || time.Since(kept) > b.Takeover/2 {
			lost()
			return
		}
	}
}
