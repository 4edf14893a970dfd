// SPDX-License-Identifier: Apache-2.0

package postgres_test

import (
	"context"
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// A replica that sleeps between the wish to take a migration over and the taking finds on waking that another leads: it leaves the
// other's fence alone, whenever it wakes.
func TestWhoDoesNotLeadAnyMoreRaisesNoFence(t *testing.T) {
	t.Parallel()
	b := setup(t)
	gone := errors.New("the lease is another's")
	_, err := b.target.RaiseFenceWhile(t.Context(), "box-office", func(context.Context) error { return gone })
	require.ErrorIs(t, err, gone)
	nothing := func(context.Context, pgx.Tx) error { return nil }
	require.NoError(t, b.target.InFence(t.Context(), b.fence, nothing), "the fence of who leads is as it was")

	// Asleep after it was asked: the next one ends its session.
	asked, wakes, sleeping := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		_, err := b.target.RaiseFenceWhile(context.Background(), "box-office", func(context.Context) error {
			close(asked)
			<-wakes
			return nil
		})
		sleeping <- err
	}()
	<-asked
	next, err := open(t, b.url).RaiseFence(t.Context(), "box-office")
	require.NoError(t, err)
	require.NoError(t, b.target.InFence(t.Context(), next, nothing))
	close(wakes)
	require.Error(t, <-sleeping)
	require.NoError(t, b.target.InFence(t.Context(), next, nothing), "and on waking raises nothing")
}
