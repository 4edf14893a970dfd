// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"
)

// Limit is a token bucket that all replicas share.
type Limit struct {
	// Name is the bucket's: a Slack method, with the channel where the limit is one per channel.
	Name string
	// Method is the Slack method whose pause (PauseMethod) holds this bucket too.
	Method string
	// PerMinute is how many tokens come back in a minute, Burst how many there can be at once.
	PerMinute float64
	Burst     int
	// Reserve is how many tokens the caller leaves to those who are in more of a hurry.
	Reserve int
}

const limitPrefix = "ferryman:{slack}:limit:"

// takeLimit returns 0 when a token was taken, else the milliseconds after which there may be one.
var takeLimit = redis.NewScript(`
local pause = redis.call('PTTL', KEYS[2])
if pause > 0 then return pause end
local t = redis.call('TIME')
local now = tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000)
local perms, burst, reserve = tonumber(ARGV[1]) / 60000, tonumber(ARGV[2]), tonumber(ARGV[3])
local tokens = tonumber(redis.call('HGET', KEYS[1], 'tokens') or ARGV[2])
local at = tonumber(redis.call('HGET', KEYS[1], 'at') or now)
if now > at then tokens = math.min(burst, tokens + (now - at) * perms) end
local short = 1 + reserve - tokens
if short > 0.000001 then return math.max(1, math.ceil(short / perms)) end
redis.call('HSET', KEYS[1], 'tokens', tostring(tokens - 1), 'at', tostring(math.max(now, at)))
redis.call('PEXPIRE', KEYS[1], math.ceil(burst / perms) + 60000)
return 0
`)

// TakeLimit takes a token, or returns how long to wait before asking again. A bucket whose method is paused gives none.
func (s *Store) TakeLimit(ctx context.Context, l Limit) (wait time.Duration, err error) {
	keys := []string{limitPrefix + l.Name, pauseKey(l.Method)}
	ms, err := takeLimit.Run(ctx, s.rdb, keys, l.PerMinute, l.Burst, min(l.Reserve, l.Burst-1)).Int64()
	if err != nil {
		return 0, unavailable("take a turn at Slack", err)
	}
	return time.Duration(ms) * time.Millisecond, nil
}

// PauseMethod keeps all replicas from calling a method for as long as Slack's Retry-After says. A longer pause that is there stays.
func (s *Store) PauseMethod(ctx context.Context, method string, d time.Duration) error {
	if err := pauseMethod.Run(ctx, s.rdb, []string{pauseKey(method)}, d.Milliseconds()).Err(); err != nil {
		return unavailable("pause "+method, err)
	}
	return nil
}

var pauseMethod = redis.NewScript(`
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[1]) then redis.call('SET', KEYS[1], '1', 'PX', ARGV[1]) end
return 1
`)

func pauseKey(method string) string { return "ferryman:{slack}:pause:" + method }
