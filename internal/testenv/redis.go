// SPDX-License-Identifier: Apache-2.0

package testenv

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/ferryman/ferryman/internal/localserver"
	goredis "github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
)

var (
	sentinel = shared[*localserver.Sentinel]{start: func() (*localserver.Sentinel, error) {
		s, err := localserver.StartSentinel(context.Background(), 1, nil)
		if err == nil {
			if err = s.Patient(context.Background()); err != nil {
				s.Stop()
			}
		}
		return s, err
	}}
	cluster = shared[*localserver.Cluster]{start: func() (*localserver.Cluster, error) {
		c, err := localserver.StartCluster(context.Background(), 0, nil)
		if err == nil {
			if err = c.Patient(context.Background()); err != nil {
				c.Stop()
			}
		}
		return c, err
	}}
)

// Full tells that tests of faults run at their full size (FERRYMAN_TEST_FULL=1) and not at the one that every change waits for.
func Full() bool { return os.Getenv("FERRYMAN_TEST_FULL") != "" }

// Redis returns the address of an empty Redis that only this test uses: a database of the test binary's server. With
// FERRYMAN_TEST_REDIS=sentinel it is one that Sentinels watch; with =cluster it is the binary's Cluster, which has one database only,
// so that tests must run one after the other (-parallel 1).
func Redis(t testing.TB) string {
	t.Helper()
	database := int(number.Add(1)) % 10000
	switch os.Getenv("FERRYMAN_TEST_REDIS") {
	case "sentinel":
		s, err := sentinel.get()
		require.NoError(t, err)
		return strings.Replace(s.URL(), "/0?", fmt.Sprintf("/%d?", database), 1)
	case "cluster":
		c, err := cluster.get()
		require.NoError(t, err)
		for _, node := range c.Nodes {
			client := goredis.NewClient(&goredis.Options{Addr: node.Addr()})
			require.NoError(t, client.FlushAll(context.Background()).Err())
			require.NoError(t, client.Close())
		}
		return c.URL()
	}
	server, err := redis.get()
	require.NoError(t, err)
	return server.URL(database)
}

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
