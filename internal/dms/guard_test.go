// SPDX-License-Identifier: Apache-2.0

package dms_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/dms"
	"github.com/ferryman/ferryman/internal/standin/aws"
	"github.com/stretchr/testify/require"
)

func TestAGuardIsAskedLastBeforeWhatChangesSomething(t *testing.T) {
	server, err := aws.Start(t.Context(), aws.Options{})
	require.NoError(t, err)
	t.Cleanup(server.Close)
	key, secret := server.AccessKey()
	for name, value := range map[string]string{"AWS_ENDPOINT_URL": server.URL(), "AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret} {
		t.Setenv(name, value)
	}
	c, err := dms.Open(t.Context(), dms.Options{Region: server.Region(), CallsPerSecond: 1000, Poll: time.Millisecond})
	require.NoError(t, err)
	asked, overtaken := 0, errors.New("another has taken it over")
	ctx := dms.WithGuard(t.Context(), func(context.Context) error {
		require.Zero(t, server.Calls("CreateReplicationInstance"), "nothing has left before it was asked")
		asked++
		return overtaken
	})
	_, err = c.EnsureInstance(ctx, instanceSpec())
	require.ErrorIs(t, err, overtaken)
	require.ErrorContains(t, err, "dms:CreateReplicationInstance")
	require.ErrorContains(t, err, "was not called: another has taken it over")
	require.Equal(t, 1, asked, "not for what only reads, and not again after a No")
	require.NotZero(t, server.Calls("DescribeReplicationInstances"))
	require.Zero(t, server.Calls("CreateReplicationInstance"))

	// A word that is old by the time it comes is asked for again: the process may have slept.
	asked = 0
	ctx = dms.WithGuard(t.Context(), func(context.Context) error {
		if asked++; asked == 1 {
			<-time.After(1100 * time.Millisecond)
		}
		return nil
	})
	_, err = c.EnsureInstance(ctx, instanceSpec())
	require.NoError(t, err)
	require.Equal(t, 2, asked)
	require.Equal(t, 1, server.Calls("CreateReplicationInstance"))
}
