// SPDX-License-Identifier: Apache-2.0

package bot_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ferryman/ferryman/bot"
	"github.com/ferryman/ferryman/commands"
	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/ferryman/ferryman/store"
	"github.com/stretchr/testify/require"

	standin "github.com/ferryman/ferryman/internal/standin/slack"
)

// Whatever Redis does for seconds, killed or hung, the bot goes on by itself within the longest of its waits, which are two seconds:
// a longer absence changes nothing but the number of tries.
func TestInboxAndOutboxGoOnAfterRedisWasAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t, unlimited)
	redis := testenv.OwnRedis(t, nil)
	w.redis = redis.URL(0)
	w.store = openStore(t, w.redis)
	var handled atomic.Int64
	w.router.handle = func(ctx context.Context, env commands.Envelope) error {
		// A command that is at work when Redis goes away.
		_, err := w.store.Update(ctx, "box", func(*store.Migration, time.Time) (store.Change, error) {
			return store.Change{CommandID: env.ID, Outgoing: []store.Outgoing{outgoing("box", "", store.Normal, "did "+env.Text)}}, nil
		})
		if err == nil {
			handled.Add(1)
		}
		return err
	}
	w.start(fast, asUsual)
	w.open("box")
	w.waitThread("box", "root of box")
	w.command(standin.DBA, "/migrate-load 1")
	w.waitThread("box", "root of box", "did 1")

	redis.Halt()
	w.waitFor("the answer that nothing was done", func() bool {
		return w.command(standin.DBA, "/migrate-load lost").Text() != ""
	})
	pause(4 * time.Second)
	require.NoError(t, redis.Start(w.ctx))
	back := time.Now()
	// The first that is taken again.
	n := 1
	w.waitFor("commands are taken again", func() bool {
		n++
		w.command(standin.DBA, fmt.Sprintf("/migrate-load %d", n))
		return handled.Load() > 1
	})
	w.waitFor("its message", func() bool { return len(w.thread("box")) >= 3 })
	require.Less(t, time.Since(back), 6*time.Second)
	require.NotContains(t, w.thread("box"), "did lost")

	redis.Pause()
	pause(4 * time.Second)
	redis.Resume()
	before := handled.Load()
	w.waitFor("commands are taken again", func() bool {
		n++
		w.command(standin.DBA, fmt.Sprintf("/migrate-load %d", n))
		return handled.Load() > before
	})
	texts := map[string]int{}
	for _, text := range w.thread("box") {
		texts[text]++
		require.Equal(t, 1, texts[text], "no message is there twice: %s", text)
	}
}

// A store that does not confirm, again and again, never counts as a handler that takes the process with it.
func TestEnvelopeOutlivesAStoreThatStaysAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t, unlimited)
	var tries atomic.Int64
	w.router.handle = func(context.Context, commands.Envelope) error {
		if tries.Add(1) <= 15 {
			return fmt.Errorf("commit: %w", store.ErrUnavailable)
		}
		return facing("at last")
	}
	w.start(func(o *bot.Options) { o.ClaimAfter = 200 * time.Millisecond; o.Workers = 1 })
	w.command(standin.DBA, "/migrate-load")
	w.whispered(standin.DBA, "at last")
}
