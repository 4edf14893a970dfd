// SPDX-License-Identifier: Apache-2.0

package bot

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/ferryman/ferryman/store"
)

// hold is the right to send one migration's messages. The lease is a courtesy and Slack knows no fence, so a replica that slept through
// its lease must find out before it calls: it goes on only while it can tell by its own clock that nobody else can hold the lease.
type hold struct {
	lease *store.Lease
	owner string
	life  time.Duration
	// kept is when the last renewal was begun that succeeded, in nanoseconds since born.
	kept atomic.Int64
	born time.Time
	end  func()

	// running lasts as long as the replica; attempt is the last method of Slack's that was called for the message under way.
	running context.Context
	attempt string
}

// hold takes the outbox lease of a migration and keeps it until end; nil where another replica has it. The context returned ends when
// the lease is lost. It outlasts ctx by a moment, in which what is under way comes to its end, so that nobody has to look for it.
func (b *Bot) hold(ctx context.Context, migration string) (context.Context, *hold, error) {
	h := &hold{owner: b.name, life: b.Takeover, born: time.Now(), running: ctx}
	lease, err := b.Store.Acquire(ctx, migration, store.OutboxLease, h.owner, h.life)
	if err != nil || lease == nil {
		return ctx, nil, err
	}
	h.lease = lease
	holding, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stopped := context.AfterFunc(ctx, func() { time.AfterFunc(stopPatience, cancel) })
	renewed := make(chan struct{})
	go func() {
		defer close(renewed)
		defer cancel()
		h.renew(holding)
	}()
	h.end = func() {
		stopped()
		cancel()
		<-renewed
		giveBack, done := context.WithTimeout(context.WithoutCancel(ctx), callTimeout)
		defer done()
		if err := lease.Release(giveBack); err != nil {
			b.log.Warn("the outbox can't be given back", "migration", migration, "error", err)
		}
	}
	return holding, h, nil
}

// renew keeps the lease until ctx ends, or until it is gone or can't be kept in time.
func (h *hold) renew(ctx context.Context) {
	for sleep(ctx, h.life/5) {
		held, err := h.ask(ctx)
		if err == nil && !held || err != nil && !h.sure() {
			return
		}
	}
}

// ask renews the lease and tells whether it is still held.
func (h *hold) ask(ctx context.Context) (bool, error) {
	began := time.Since(h.born)
	ctx, cancel := context.WithTimeout(ctx, h.life/5)
	defer cancel()
	held, err := h.lease.Renew(ctx)
	if err == nil && held {
		h.kept.Store(int64(began))
	}
	return held, err
}

// sure tells whether nobody else can hold the lease yet, nor will before a call that is made now has reached Slack.
func (h *hold) sure() bool {
	return time.Since(h.born)-time.Duration(h.kept.Load()) < h.life/2
}
