// SPDX-License-Identifier: Apache-2.0

package bot

import (
	"context"
	"sync/atomic"
	"time"
)

// A process that is stopped for a while (SIGSTOP, a frozen machine) finds on waking what arrived meanwhile in the buffers of its sockets.
// Slack has long told the people that it did not work, and they may have done it again: none of it may act now.
const (
	// alarmEvery is the time between two beats, sleptFor the gap that counts as sleep: Slack's own patience with an acknowledgement.
	alarmEvery = 200 * time.Millisecond
	sleptFor   = 3 * time.Second
)

// alarm notices that the process was stopped. Its times are those of the wall: other clocks stand still while a machine is frozen.
type alarm struct {
	last atomic.Int64
	woke atomic.Int64
}

// run beats until ctx ends, and calls woken after each sleep.
func (a *alarm) run(ctx context.Context, woken func(slept time.Duration)) {
	for {
		now := time.Now().UnixNano()
		last := a.last.Load()
		slept := last != 0 && now-last > int64(sleptFor)
		if slept {
			a.woke.Store(now) // before last, for who looks at both in between
		}
		a.last.Store(now)
		if slept {
			woken(time.Duration(now - last))
		}
		if !sleep(ctx, alarmEvery) {
			a.last.Store(0)
			return
		}
	}
}

// sleptSince tells whether the process slept after a connection was opened.
func (a *alarm) sleptSince(opened time.Time) bool {
	last := a.last.Load()
	if last != 0 && time.Now().UnixNano()-last > int64(sleptFor) {
		return true
	}
	return a.woke.Load() > opened.UnixNano()
}

// dropLinks cuts the connections that were there while the process slept. What is in them is not acknowledged and not looked at; others
// are opened in their place.
func (b *Bot) dropLinks(slept time.Duration) {
	b.sockets.mu.Lock()
	defer b.sockets.mu.Unlock()
	b.log.Warn("this process was stopped for a while: what Slack sent meanwhile is not carried out, its sockets are opened anew",
		"for", slept.Round(time.Second))
	for l := range b.sockets.open {
		if b.alarm.sleptSince(l.opened) {
			_ = l.ws.Close()
		}
	}
}
