// SPDX-License-Identifier: Apache-2.0

package localserver_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
)

func client(t *testing.T, url string) *redis.Client {
	t.Helper()
	opts, err := redis.ParseURL(url)
	require.NoError(t, err)
	opts.MaxRetries, opts.ContextTimeoutEnabled = -1, true
	c := redis.NewClient(opts)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func TestAKilledRedisKeepsItsDataAndAPausedOneHangs(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	server := testenv.OwnRedis(t, nil)
	c := client(t, server.URL(0))
	require.NoError(t, c.Set(ctx, "k", "v", 0).Err())
	server.Halt()
	require.Error(t, c.Get(ctx, "k").Err())
	require.NoError(t, server.Start(ctx))
	require.Equal(t, "v", c.Get(ctx, "k").Val())
	server.Pause()
	short, cancel := context.WithTimeout(ctx, 200*time.Millisecond)
	defer cancel()
	require.Error(t, c.Get(short, "k").Err())
	server.Resume()
	require.Eventually(t, func() bool { return c.Get(ctx, "k").Val() == "v" }, 2*time.Minute, 20*time.Millisecond)

	replica := testenv.Replica(t, server)
	require.EqualValues(t, 1, c.Wait(ctx, 1, 100*time.Millisecond).Val())
	require.ErrorContains(t, client(t, replica.URL(0)).Set(ctx, "k", "v", 0).Err(), "READONLY")
}

// A replica is sent everything long before it has loaded it.
func TestReplicasThatAreWaitedForHaveLoadedWhatTheyWereSent(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	server, replica := testenv.OwnRedis(t, nil), testenv.OwnRedis(t, map[string]string{
		"key-load-delay": "1000", "loading-process-events-interval-bytes": "1024", // a millisecond for each key, and it answers meanwhile
	})
	source := client(t, server.URL(0))
	for i := range 500 {
		require.NoError(t, source.Set(ctx, fmt.Sprint(i), "v", 0).Err())
	}
	require.NoError(t, client(t, replica.URL(0)).Do(ctx, "REPLICAOF", "127.0.0.1", server.Port).Err())
	require.NoError(t, server.WaitReplicas(ctx, 1))
	n, err := client(t, replica.URL(0)).DBSize(ctx).Result()
	require.NoError(t, err)
	require.EqualValues(t, 500, n)
}

func TestSentinelReplacesADeadMasterWhichComesBackAsAReplica(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := testenv.Sentinel(t, 2, nil)
	old := s.Master(ctx)
	require.Same(t, s.Nodes[0], old)
	old.Halt()
	master, err := s.WaitFailover(ctx, old)
	require.NoError(t, err)
	require.NoError(t, client(t, master.URL(0)).Set(ctx, "k", "v", 0).Err())
	if !testenv.Full() {
		return // What follows waits for ten seconds of the Sentinels'.
	}
	require.NoError(t, old.Start(ctx))
	require.NoError(t, master.WaitReplicas(ctx, 2))
}

func TestClusterServesAllSlotsAndReplacesAMaster(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	cluster := testenv.Cluster(t, 1, nil)
	opts, err := redis.ParseClusterURL(cluster.URL())
	require.NoError(t, err)
	opts.ClusterStateReloadInterval, opts.DialerRetries = 500*time.Millisecond, 1
	c := redis.NewClusterClient(opts)
	t.Cleanup(func() { _ = c.Close() })
	for _, key := range []string{"a", "b", "c", "d", "e", "f"} {
		require.NoError(t, c.Set(ctx, key, key, 0).Err())
	}
	// WAIT is of the connection that wrote: one pipeline.
	master, err := c.MasterForKey(ctx, "a")
	require.NoError(t, err)
	var copies *redis.Cmd
	_, err = master.Pipelined(ctx, func(p redis.Pipeliner) error {
		p.Set(ctx, "a", "a", 0)
		copies = p.Do(ctx, "WAIT", 1, 2000)
		return nil
	})
	require.NoError(t, err)
	require.EqualValues(t, int64(1), copies.Val(), "a replica has it")
	old, err := cluster.NodeOf(ctx, "a")
	require.NoError(t, err)
	old.Halt()
	require.Eventually(t, func() bool {
		now, err := cluster.NodeOf(ctx, "a")
		return err == nil && now != old && c.Get(ctx, "a").Val() == "a"
	}, 2*time.Minute, 50*time.Millisecond) // an election that a busy machine spoils is held again after some seconds
	require.NoError(t, old.Start(ctx))
	require.NoError(t, cluster.WaitWhole(ctx))
}
