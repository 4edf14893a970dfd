// SPDX-License-Identifier: Apache-2.0

package runbook_test

import (
	"context"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/ferryman/ferryman/store"
	"github.com/stretchr/testify/require"
)

// Redis is away for longer than a lease lasts: the step is given up, and everything goes on when Redis is back, with nobody's help.
func TestRedisAwayForLongerThanALeaseOnlyDelays(t *testing.T) {
	t.Parallel()
	for name, away := range map[string]bool{"killed": true, "hung": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := testenv.OwnRedis(t, nil)
			b := setupOn(t, server.URL(0))
			b.two, b.lease = "it drops things", 3*time.Second
			inStep, lost := make(chan struct{}), make(chan struct{})
			b.mu.Lock()
			b.entered = func(ctx context.Context) {
				close(inStep)
				<-ctx.Done()
				close(lost)
			}
			b.mu.Unlock()
			b.engine(t, "a")
			b.command(t, "prepare")
			b.reaches(t, "prepare", store.Waiting)
			b.vote(t, "A", "B")
			within(t, inStep, "the first step begins")
			if away {
				server.Halt()
			} else {
				server.Pause()
			}
			within(t, lost, "the step is given up with the lease")
			if away {
				require.NoError(t, server.Start(context.Background()))
			} else {
				server.Resume()
			}
			m := b.reaches(t, "prepare", store.Complete)
			require.Equal(t, []string{"1", "2"}, m.Phase("prepare").Done)
			b.mu.Lock()
			defer b.mu.Unlock()
			require.Equal(t, []string{"1", "2"}, b.did)
		})
	}
}

func within(t *testing.T, done <-chan struct{}, what string) {
	t.Helper()
	select {
	case <-done:
	case <-time.After(2 * time.Minute):
		require.Fail(t, what)
	}
}
