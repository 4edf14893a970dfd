// SPDX-License-Identifier: Apache-2.0

package testenv

import (
	"context"
	"testing"

	"github.com/ferryman/ferryman/internal/localserver"
	"github.com/stretchr/testify/require"
)

// OwnRedis starts a redis-server that only this test uses, for killing, pausing and misconfiguring. It ends with the test.
func OwnRedis(t testing.TB, settings map[string]string) *localserver.Redis {
	t.Helper()
	server, err := localserver.StartRedisWith(context.Background(), localserver.RedisOptions{Settings: settings})
	require.NoError(t, err)
	t.Cleanup(server.Stop)
	return server
}

// Replica starts a replica of server that ends with the test.
func Replica(t testing.TB, server *localserver.Redis) *localserver.Redis {
	t.Helper()
	replica, err := server.StartReplica(context.Background())
	require.NoError(t, err)
	t.Cleanup(replica.Stop)
	return replica
}

// Sentinel starts a master with so many replicas and three Sentinels, all of which end with the test.
func Sentinel(t testing.TB, replicas int, settings map[string]string) *localserver.Sentinel {
	t.Helper()
	s, err := localserver.StartSentinel(context.Background(), replicas, settings)
	require.NoError(t, err)
	t.Cleanup(s.Stop)
	return s
}

// Cluster starts a Redis Cluster of three masters with so many replicas each, which ends with the test.
func Cluster(t testing.TB, replicas int, settings map[string]string) *localserver.Cluster {
	t.Helper()
	c, err := localserver.StartCluster(context.Background(), replicas, settings)
	require.NoError(t, err)
	t.Cleanup(c.Stop)
	return c
}
