// SPDX-License-Identifier: Apache-2.0

package bot

import (
	"errors"
	"sync/atomic"
	"time"
)

// vitals are the loops that must go round.
type vitals struct{ inbox, sender pulse }

// pulse is when a loop last went round.
type pulse struct{ at atomic.Int64 }

func (p *pulse) beat() { p.at.Store(time.Now().UnixNano()) }

func (p *pulse) last() time.Time {
	if at := p.at.Load(); at != 0 {
		return time.Unix(0, at)
	}
	return time.Time{}
}

// LastTurns are when the loops last went round: "inbox", where one of the workers is enough, and "outbox". A loop that has not begun
// has the zero time.
func (b *Bot) LastTurns() map[string]time.Time {
	return map[string]time.Time{"inbox": b.vitals.inbox.last(), "outbox": b.vitals.sender.last()}
}

// Listening is nil when at least one socket to Slack is open, and otherwise says why there is none.
func (b *Bot) Listening() error {
	if b.Connected() > 0 {
		return nil
	}
	b.sockets.mu.Lock()
	defer b.sockets.mu.Unlock()
	for i := range b.Sockets {
		if err := b.sockets.trouble[i]; err != nil {
			return err
		}
	}
	return errors.New("no socket to Slack is open yet")
}
