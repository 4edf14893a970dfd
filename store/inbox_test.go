// SPDX-License-Identifier: Apache-2.0

package store_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestInboundIsStoredOnceWhoeverReceivesIt(t *testing.T) {
	t.Parallel()
	s := inboxStore(t)
	ctx := context.Background()
	var fresh atomic.Int64
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			ok, err := s.PutInbound(ctx, []string{"trigger:1"}, []byte("payload"), 0)
			if err == nil && ok {
				fresh.Add(1)
			}
		})
	}
	wg.Wait()
	require.EqualValues(t, 1, fresh.Load())

	ok, err := s.PutInbound(ctx, []string{"trigger:2", "trigger:1"}, []byte("again, by one of two keys"), 0)
	require.NoError(t, err)
	require.False(t, ok)

	in, err := s.ReadInbound(ctx, "a", 10*time.Millisecond)
	require.NoError(t, err)
	require.Equal(t, "payload", string(in.Payload))
	in, err = s.ReadInbound(ctx, "a", 10*time.Millisecond)
	require.NoError(t, err)
	require.Nil(t, in)
}

func TestInboundOfADeadConsumerIsClaimed(t *testing.T) {
	t.Parallel()
	s := inboxStore(t)
	ctx := context.Background()
	_, err := s.PutInbound(ctx, []string{"1"}, []byte("one"), 0)
	require.NoError(t, err)
	died, err := s.ReadInbound(ctx, "a", time.Second)
	require.NoError(t, err)
	require.NotNil(t, died)

	in, err := s.ClaimInbound(ctx, "b", time.Hour)
	require.NoError(t, err)
	require.Nil(t, in, "a may still be at work")

	in, err = s.ClaimInbound(ctx, "b", 0)
	require.NoError(t, err)
	require.Equal(t, died.Entry, in.Entry)
	require.Equal(t, "one", string(in.Payload))
	require.EqualValues(t, 2, in.Deliveries)

	held, err := s.KeepInbound(ctx, "a", in.Entry)
	require.NoError(t, err)
	require.False(t, held, "it is b's now")
	held, err = s.KeepInbound(ctx, "b", in.Entry)
	require.NoError(t, err)
	require.True(t, held)

	age, err := s.InboxAge(ctx)
	require.NoError(t, err)
	require.Less(t, age, time.Minute)
	require.NoError(t, s.AckInbound(ctx, in.Entry))
	in, err = s.ClaimInbound(ctx, "c", 0)
	require.NoError(t, err)
	require.Nil(t, in)
	n, err := s.Client().XLen(ctx, "ferryman:{in}:stream").Result()
	require.NoError(t, err)
	require.Zero(t, n, "what is finished leaves the stream")
}

func TestKeptInboundIsNotClaimed(t *testing.T) {
	t.Parallel()
	s := inboxStore(t)
	ctx := context.Background()
	_, err := s.PutInbound(ctx, []string{"1"}, []byte("one"), 0)
	require.NoError(t, err)
	in, err := s.ReadInbound(ctx, "a", time.Second)
	require.NoError(t, err)
	const idle = time.Minute
	passes := func() { // as if nobody had said anything of the entry for so long: a machine that stalls has no part in it
		t.Helper()
		require.NoError(t, s.Client().Do(ctx, "XCLAIM", "ferryman:{in}:stream", "bot", "a", 0, in.Entry, "IDLE", idle.Milliseconds(), "JUSTID").Err())
	}
	for range 3 {
		passes()
		held, err := s.KeepInbound(ctx, "a", in.Entry)
		require.NoError(t, err)
		require.True(t, held)
		claimed, err := s.ClaimInbound(ctx, "b", idle)
		require.NoError(t, err)
		require.Nil(t, claimed)
	}
	passes()
	claimed, err := s.ClaimInbound(ctx, "b", idle)
	require.NoError(t, err)
	require.NotNil(t, claimed)
	require.Equal(t, in.Entry, claimed.Entry)
}

func TestTheInboxSurvivesTheLossOfRedisData(t *testing.T) {
	t.Parallel()
	s := inboxStore(t)
	ctx := context.Background()
	_, err := s.ReadInbound(ctx, "a", time.Millisecond)
	require.NoError(t, err)
	wipe(t, s)
	in, err := s.ClaimInbound(ctx, "a", 0)
	require.NoError(t, err)
	require.Nil(t, in)
	_, err = s.PutInbound(ctx, []string{"1"}, []byte("one"), 0)
	require.NoError(t, err)
	in, err = s.ReadInbound(ctx, "a", time.Second)
	require.NoError(t, err)
	require.Equal(t, "one", string(in.Payload))
}

func TestAnAnswerIsNoted(t *testing.T) {
	t.Parallel()
	s := inboxStore(t)
	ctx := context.Background()
	for _, given := range []bool{false, true, true} {
		answered, err := s.Answered(ctx, "e")
		require.NoError(t, err)
		require.Equal(t, given, answered)
		require.NoError(t, s.NoteAnswer(ctx, "e"))
	}
	answered, err := s.Answered(ctx, "another")
	require.NoError(t, err)
	require.False(t, answered)
}
