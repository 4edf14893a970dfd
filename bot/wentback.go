// SPDX-License-Identifier: Apache-2.0

package bot

import (
	"context"
	"sync"
	"time"

	"github.com/ferryman/ferryman/store"
)

// beatEvery is how often a running bot counts on in Redis, by which it notices a Redis that went back in time.
const beatEvery = time.Second

// memory is what a replica knows of Redis beyond Redis itself.
type memory struct {
	mu      sync.Mutex
	began   time.Time
	beat    int64
	drained map[string]bool
	// look tells that what Redis knows is to be held against the targets.
	look bool
}

// runBeat counts on until ctx ends, and has what Redis knows looked at when it starts and whenever Redis went back.
func (b *Bot) runBeat(ctx context.Context) {
	var looking sync.WaitGroup
	defer looking.Wait()
	looker, looks := b.Router.(interface{ LookForLost(context.Context) })
	for {
		if _, err := b.wentBack(ctx); err == nil {
			if looks && b.memory.takeLook() {
				looking.Go(func() { _ = b.guarded("LookForLost", func() error { looker.LookForLost(ctx); return nil }) })
			}
			if n, err := b.Store.Beat(ctx); err == nil {
				b.memory.saw(n)
			}
		}
		if !sleep(ctx, beatEvery) {
			return
		}
	}
}

func (m *memory) takeLook() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	look := m.look
	m.look = false
	return look
}

func (m *memory) saw(n int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.beat = max(m.beat, n)
}

// wentBack tells whether Redis was wiped or set back since it was looked at last; then the threads are read before anything is sent.
func (b *Bot) wentBack(ctx context.Context) (bool, error) {
	b.memory.mu.Lock()
	before := b.memory.beat // first: a beat between the two looks is no step back
	b.memory.mu.Unlock()
	n, err := b.Store.LastBeat(ctx)
	if err != nil {
		return false, err
	}
	if n >= before {
		return false, nil
	}
	b.log.Error("Redis was wiped or set back: the threads are read before anything is sent, and what ran is held against its target", "beat", n, "seen", before)
	if err := b.Store.ForgetThreads(ctx); err != nil {
		return false, err
	}
	b.memory.mu.Lock()
	defer b.memory.mu.Unlock()
	b.memory.beat, b.memory.look = n, true
	return true, nil
}

// older tells, the first time that a replica sends for a migration, whether something waits there that is older than the replica: Redis
// may have been set back while no bot ran.
func (b *Bot) older(waiting []store.WaitingMessage) bool {
	b.memory.mu.Lock()
	defer b.memory.mu.Unlock()
	for _, o := range waiting {
		if o.Event.At.Before(b.memory.began) {
			return true
		}
	}
	return false
}

// firstTime tells whether this replica sends for a migration for the first time.
func (m *memory) firstTime(migration string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.drained == nil {
		m.drained = map[string]bool{}
	}
	first := !m.drained[migration]
	m.drained[migration] = true
	return first
}
