// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// A whole migration goes through while Redis is killed, hangs or fails over, both while an approval is open and while tables are loaded.
func TestRedisIsDisturbedWhileAMigrationIsPlayed(t *testing.T) {
	t.Parallel()
	type disturbed struct{ kind, fault string }
	cases := []disturbed{{redisSentinel, redisKill}}
	if os.Getenv("FERRYMAN_TEST_FULL") != "" {
		cases = []disturbed{
			{redisSingle, redisKill}, {redisSingle, redisPause},
			{redisSentinel, redisKill}, {redisSentinel, redisPause}, {redisSentinel, redisFailover},
			{redisCluster, redisKill}, {redisCluster, redisPause}, {redisCluster, redisFailover},
		}
	}
	for _, c := range cases {
		t.Run(c.kind+" "+c.fault, func(t *testing.T) {
			out, err := rehearsed(t, settings{rows: 800, redis: redisSettings{kind: c.kind, fault: c.fault, down: defaultRedisDown}})
			require.NoError(t, err, out)
			for _, words := range []string{"while an approval is open", "while tables are loaded", "✔ 13 of 13 tables have equal rows", "The verdict is YES"} {
				require.Contains(t, out, words)
			}
		})
	}
}

func TestWrongKindsOfRedisAreRefused(t *testing.T) {
	t.Parallel()
	for words, s := range map[string]redisSettings{
		"--redis is single, sentinel or cluster":   {kind: "valkey"},
		"--redis-fault is kill, pause or failover": {kind: redisCluster, fault: "flood"},
		"a single server has nobody to take over":  {kind: redisSingle, fault: redisFailover},
	} {
		require.ErrorContains(t, s.check(), words)
		require.ErrorAs(t, s.check(), new(usageError))
	}
}
