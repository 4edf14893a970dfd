// SPDX-License-Identifier: Apache-2.0

package store_test

import (
	"context"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/ferryman/ferryman/store"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
)

// What the store does it does on every kind of Redis: this binary's other tests are run on a master that Sentinels watch, with a
// replica, and on a Cluster of three masters, where keys of different slots refuse to be in one script. Those that start servers of their own, or measure time, are left out.
func TestRedisOfEveryKindPassesTheStoresTests(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"sentinel", "cluster"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
			defer cancel()
			cmd := exec.CommandContext(ctx, os.Args[0], "-test.skip", "^TestRedis|Miniredis|AnAdoptionReplaces|LimitGivesItsBurst", "-test.parallel", "1", "-test.timeout", "100s", "-test.v")
			cmd.Env = append(os.Environ(), "FERRYMAN_TEST_REDIS="+kind)
			out, err := cmd.CombinedOutput()
			require.NoError(t, err, string(out))
			require.Contains(t, string(out), "--- PASS: TestConcurrentUpdatesAreNotLost")
		})
	}
}

// wipe has Redis forget everything, on each of its servers.
func wipe(t *testing.T, s *store.Store) {
	t.Helper()
	flush := func(ctx context.Context, c *redis.Client) error { return c.FlushDB(ctx).Err() }
	switch c := s.Client().(type) {
	case *redis.ClusterClient:
		require.NoError(t, c.ForEachMaster(t.Context(), flush))
	case *redis.Client:
		require.NoError(t, flush(t.Context(), c))
	}
}
