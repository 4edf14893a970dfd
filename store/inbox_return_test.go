// SPDX-License-Identifier: Apache-2.0

package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/ferryman/ferryman/store"
	"github.com/stretchr/testify/require"
)

func TestEntryThatIsReturnedIsTheNextOnes(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s, err := store.Open(ctx, testenv.Redis(t))
	require.NoError(t, err)
	defer s.Close()
	stored, err := s.WasStored(ctx, []string{"1"})
	require.NoError(t, err)
	require.False(t, stored)
	_, err = s.PutInbound(ctx, []string{"1"}, []byte("one"), 0)
	require.NoError(t, err)
	stored, err = s.WasStored(ctx, []string{"0", "1"})
	require.NoError(t, err)
	require.True(t, stored)
	in, err := s.ReadInbound(ctx, "a", time.Second)
	require.NoError(t, err)
	back, err := s.ReturnInbound(ctx, "b", in.Entry)
	require.NoError(t, err)
	require.False(t, back, "it is not b's")
	back, err = s.ReturnInbound(ctx, "a", in.Entry)
	require.NoError(t, err)
	require.True(t, back)
	again, err := s.ReadInbound(ctx, "b", time.Second)
	require.NoError(t, err)
	require.Equal(t, "one", string(again.Payload))
	back, err = s.ReturnInbound(ctx, "a", in.Entry)
	require.NoError(t, err)
	require.False(t, back, "it is b's now")
	require.NoError(t, s.AckInbound(ctx, again.Entry))
	age, err := s.InboxAge(ctx)
	require.NoError(t, err)
	require.Zero(t, age)
}
