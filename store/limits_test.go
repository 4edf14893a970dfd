// SPDX-License-Identifier: Apache-2.0

package store_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/ferryman/ferryman/store"
	"github.com/stretchr/testify/require"
)

func TestLimitGivesItsBurstThenItsRate(t *testing.T) {
	t.Parallel()
	s := inboxStore(t)
	ctx := context.Background()
	// What a busy machine was away from while it came back says nothing: then it is measured again.
	for try := 1; ; try++ {
		require.Less(t, try, 100, "the machine is too busy to tell")
		l := store.Limit{Name: fmt.Sprint("chat.update", try), Method: "chat.update", PerMinute: 600, Burst: 3}
		began := time.Now()
		var waits [4]time.Duration
		for i := range waits {
			var err error
			waits[i], err = s.TakeLimit(ctx, l)
			require.NoError(t, err)
		}
		atOnce := time.Since(began)

		start, got := time.Now(), 0
		asked, away := start, time.Duration(0)
		require.Eventually(t, func() bool {
			now := time.Now()
			wait, err := s.TakeLimit(ctx, l)
			require.NoError(t, err)
			if wait == 0 {
				got++
			}
			asked, away = now, max(away, time.Since(asked))
			return time.Since(start) >= time.Second
		}, 2*time.Minute, time.Millisecond)
		// Where nobody asks for so long the bucket gets full, and what comes back then is lost.
		full := away >= 200*time.Millisecond
		if full || atOnce >= 100*time.Millisecond || time.Since(start) > 1100*time.Millisecond {
			continue
		}
		require.Zero(t, waits[0]+waits[1]+waits[2])
		require.Greater(t, waits[3], time.Duration(0))
		require.LessOrEqual(t, waits[3], 100*time.Millisecond)
		// Over a second, 10 more come back: not one, and not the burst again.
		require.InDelta(t, 10, got, 2)
		return
	}
}

func TestLimitLeavesAReserve(t *testing.T) {
	t.Parallel()
	s := inboxStore(t)
	ctx := context.Background()
	l := store.Limit{Name: "n", Method: "m", PerMinute: 1, Burst: 3}
	patient := l
	patient.Reserve = 2
	wait, err := s.TakeLimit(ctx, patient)
	require.NoError(t, err)
	require.Zero(t, wait)
	wait, err = s.TakeLimit(ctx, patient)
	require.NoError(t, err)
	require.Greater(t, wait, 30*time.Second)
	wait, err = s.TakeLimit(ctx, l)
	require.NoError(t, err)
	require.Zero(t, wait, "the reserve is for those in a hurry")

	// A reserve that the bucket can never fill is lowered, or nobody would ever get through.
	one := store.Limit{Name: "one", Method: "m", PerMinute: 1, Burst: 1, Reserve: 5}
	wait, err = s.TakeLimit(ctx, one)
	require.NoError(t, err)
	require.Zero(t, wait)
}

func TestPausedMethodGivesNoTurn(t *testing.T) {
	t.Parallel()
	s := inboxStore(t)
	ctx := context.Background()
	l := store.Limit{Name: "chat.postMessage:C1", Method: "chat.postMessage", PerMinute: 6000, Burst: 5}
	require.NoError(t, s.PauseMethod(ctx, "chat.postMessage", 30*time.Second))
	require.NoError(t, s.PauseMethod(ctx, "chat.postMessage", time.Second), "a shorter pause does not end a longer one")
	wait, err := s.TakeLimit(ctx, l)
	require.NoError(t, err)
	require.Greater(t, wait, 20*time.Second)
	l.Method, l.Name = "chat.update", "chat.update"
	wait, err = s.TakeLimit(ctx, l)
	require.NoError(t, err)
	require.Zero(t, wait)
}
