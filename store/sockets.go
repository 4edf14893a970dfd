// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"
)

// socketsKey is the sorted set of all replicas' connections to Slack, by the time at which a dead replica's does not count any more.
const socketsKey = "ferryman:{slack}:sockets"

const readClock = `
local t = redis.call('TIME')
local now = tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000)
`

var takeSocket = redis.NewScript(readClock + `
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[2]) then return 0 end
redis.call('ZADD', KEYS[1], now + tonumber(ARGV[3]), ARGV[1])
redis.call('PEXPIRE', KEYS[1], 2 * tonumber(ARGV[3]))
return 1
`)

var keepSocket = redis.NewScript(readClock + `
redis.call('ZADD', KEYS[1], now + tonumber(ARGV[2]), ARGV[1])
redis.call('PEXPIRE', KEYS[1], 2 * tonumber(ARGV[2]))
return 1
`)

// TakeSocket takes the place of one connection to Slack for ttl, unless all replicas together have upTo or more.
func (s *Store) TakeSocket(ctx context.Context, id string, upTo int, ttl time.Duration) (bool, error) {
	taken, err := takeSocket.Run(ctx, s.rdb, []string{socketsKey}, id, upTo, ttl.Milliseconds()).Bool()
	if err != nil {
		return false, unavailable("take the place of a socket", err)
	}
	return taken, nil
}

// KeepSocket says that the connection is still there, whatever Redis knew of it: it is counted again.
func (s *Store) KeepSocket(ctx context.Context, id string, ttl time.Duration) error {
	if err := keepSocket.Run(ctx, s.rdb, []string{socketsKey}, id, ttl.Milliseconds()).Err(); err != nil {
		return unavailable("keep the place of a socket", err)
	}
	return nil
}

// LeaveSocket gives the place back.
func (s *Store) LeaveSocket(ctx context.Context, id string) error {
	if err := s.rdb.ZRem(ctx, socketsKey, id).Err(); err != nil {
		return unavailable("give the place of a socket back", err)
	}
	return nil
}
