// SPDX-License-Identifier: Apache-2.0

package bot_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ferryman/ferryman/bot"
	"github.com/ferryman/ferryman/commands"
	standin "github.com/ferryman/ferryman/internal/standin/slack"
	"github.com/slack-go/slack"
	"github.com/stretchr/testify/require"
)

// TestCrowdIsAcknowledged has clicks arrive all at once at three replicas, whose handlers and forms read and write the store meanwhile.
// The long form is for a machine that has nothing else to do, and asks for a second.
func TestCrowdIsAcknowledged(t *testing.T) {
	t.Parallel()
	crowd := 200
	if full {
		crowd = 1000
	}
	o := unlimited
	o.Timing.AckWait = patience // how long it took is looked at below
	w := newWorld(t, o)
	w.router.render = buttons
	w.router.modal = func(ctx context.Context, _ commands.Envelope) (*slack.ModalViewRequest, error) {
		_, err := w.store.List(ctx)
		return nil, err
	}
	w.router.handle = func(ctx context.Context, env commands.Envelope) error {
		return w.store.NoteAnswer(ctx, "crowd/"+env.ID)
	}
	for range 3 {
		w.start(fast, func(o *bot.Options) { o.Sockets = 2; o.NoteAfter = time.Hour })
	}
	w.open("box")
	posted, err := w.slack.WaitMessage(w.ctx, standin.Migrations, func(m standin.Message) bool { return m.Text == "root" })
	require.NoError(t, err)
	var clicks sync.WaitGroup
	var mu sync.Mutex
	var took []time.Duration
	begin := make(chan struct{})
	for range crowd {
		clicks.Go(func() {
			<-begin
			began := time.Now()
			err := w.slack.As(standin.DBA).Press(w.ctx, posted.Channel, posted.TS, "next")
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				took = append(took, time.Since(began))
			}
		})
	}
	close(begin)
	clicks.Wait()
	slices.Sort(took)
	require.Equal(t, crowd, len(took), "each was acknowledged")
	t.Logf("acknowledged within: half %v, 99 %% %v, all %v", took[crowd/2], took[crowd*99/100], took[crowd-1])
	if full {
		require.Less(t, took[crowd-1], time.Second)
	}
	require.Eventually(t, func() bool {
		told := 0 // on a machine that does too much at once the store may not answer in time, and people are told so
		for _, m := range w.slack.Ephemerals(standin.DBA) {
			if strings.Contains(m.Text, "store") {
				told++
			}
		}
		require.LessOrEqual(t, len(w.router.seen()), crowd)
		return len(w.router.seen())+told >= crowd
	}, time.Minute, 50*time.Millisecond, "each was handled, or its person told")
}
