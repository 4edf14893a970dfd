// SPDX-License-Identifier: Apache-2.0

package store_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/ferryman/ferryman/store"
	"github.com/stretchr/testify/require"
)

func TestPlacesOfSocketsAreCountedOverAllReplicas(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s, err := store.Open(ctx, testenv.Redis(t))
	require.NoError(t, err)
	defer s.Close()
	take := func(id string, upTo int, ttl time.Duration) bool {
		taken, err := s.TakeSocket(ctx, id, upTo, ttl)
		require.NoError(t, err)
		return taken
	}
	for i := range 8 {
		require.True(t, take(fmt.Sprint("a", i), 8, time.Minute))
	}
	require.False(t, take("second", 8, time.Minute))
	require.True(t, take("dying", 9, time.Minute))
	for range 2 { // its minute passes by hand: a machine that stalls has no part in it
		require.False(t, take("first", 9, time.Minute))
		require.NoError(t, s.Client().ZIncrBy(ctx, "ferryman:{slack}:sockets", -float64(30*time.Second/time.Millisecond), "dying").Err())
	}
	require.True(t, take("first", 9, time.Minute), "a dead replica's place frees itself")
	require.True(t, take("refresh", 10, time.Minute))
	require.NoError(t, s.KeepSocket(ctx, "woken", time.Minute), "a replica that slept still has its socket")
	require.NoError(t, s.LeaveSocket(ctx, "refresh"))
	require.False(t, take("refresh", 10, time.Minute))
	require.NoError(t, s.LeaveSocket(ctx, "woken"))
	require.True(t, take("refresh", 10, time.Minute))
}
