// SPDX-License-Identifier: Apache-2.0

package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/ferryman/ferryman/store"
	"github.com/stretchr/testify/require"
)

func TestLimitGivesItsBurstThenItsRate(t *testing.T) {
	t.Parallel()
	s := inboxStore(t)
	ctx := context.Background()
	l := store.Limit{Name: "chat.update", Method: "chat.update", PerMinute: 600, Burst: 3}
	began, burst, wait := time.Now(), 0, time.Duration(0)
	for wait == 0 {
		var err error
		wait, err = s.TakeLimit(ctx, l)
		require.NoError(t, err)
		if wait == 0 {
			burst++
		}
	}
	require.GreaterOrEqual(t, burst, 3)
	require.LessOrEqual(t, burst, 3+int(time.Since(began)/(100*time.Millisecond)), "what came back meanwhile, and no more")
	require.LessOrEqual(t, wait, 100*time.Millisecond)

	// Over a second, 10 more come back: not one, and not the burst again.
	start, got := time.Now(), 0
	require.Eventually(t, func() bool {
		wait, err := s.TakeLimit(ctx, l)
		require.NoError(t, err)
		if wait == 0 {
			got++
		}
		return time.Since(start) >= time.Second
	}, 2*time.Minute, time.Millisecond)
	// At most as many as came back until now; a machine that was busy for longer than the burst lasts has let some pass.
	took := time.Since(start)
	require.LessOrEqual(t, float64(got), took.Seconds()*10+2)
	if took < 1300*time.Millisecond {
		require.GreaterOrEqual(t, got, 8)
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
