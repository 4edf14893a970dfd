// SPDX-License-Identifier: Apache-2.0

package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/ferryman/ferryman/store"
	"github.com/stretchr/testify/require"
)

// A rehearsal where no redis-server is installed runs on miniredis, which has fewer features.
func TestInboxOutboxAndLimitsRunOnMiniredis(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	server := miniredis.RunT(t)
	s, err := store.Open(ctx, "redis://"+server.Addr())
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })

	for _, want := range []bool{true, false} {
		fresh, err := s.PutInbound(ctx, []string{"1"}, []byte("one"), 0)
		require.NoError(t, err)
		require.Equal(t, want, fresh)
	}
	in, err := s.ReadInbound(ctx, "a", 10*time.Millisecond)
	require.NoError(t, err)
	require.Equal(t, "one", string(in.Payload))
	held, err := s.KeepInbound(ctx, "a", in.Entry)
	require.NoError(t, err)
	require.True(t, held)
	in, err = s.ClaimInbound(ctx, "b", 0)
	require.NoError(t, err)
	require.NotNil(t, in)
	_, err = s.InboxAge(ctx)
	require.NoError(t, err)
	require.NoError(t, s.AckInbound(ctx, in.Entry))
	in, err = s.ReadInbound(ctx, "a", 10*time.Millisecond)
	require.NoError(t, err)
	require.Nil(t, in)

	leased(t, s, "box", "a")
	push(t, s, "box", "one")
	require.NoError(t, s.PutProgress(ctx, store.Outgoing{ID: "p", Migration: "box", Key: "root", Priority: store.Progress}))
	for _, key := range []string{"one", "root"} {
		o, err := s.NextOutgoing(ctx, "box", "a")
		require.NoError(t, err)
		require.Equal(t, key, o.Key)
		require.NoError(t, s.MarkOutgoing(ctx, "a", o, store.Posting))
		require.NoError(t, s.DoneOutgoing(ctx, "a", o, &store.Posted{Channel: "C1", TS: key}))
	}
	_, err = s.NextOutgoing(ctx, "box", "b")
	require.ErrorIs(t, err, store.ErrLeaseLost)

	l := store.Limit{Name: "n", Method: "m", PerMinute: 1, Burst: 1}
	wait, err := s.TakeLimit(ctx, l)
	require.NoError(t, err)
	require.Zero(t, wait)
	wait, err = s.TakeLimit(ctx, l)
	require.NoError(t, err)
	require.Greater(t, wait, time.Duration(0))
	require.NoError(t, s.PauseMethod(ctx, "m", time.Minute))
	wait, err = s.TakeLimit(ctx, l)
	require.NoError(t, err)
	require.Greater(t, wait, 50*time.Second)
}
