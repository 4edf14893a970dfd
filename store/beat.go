// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"errors"

	"github.com/redis/go-redis/v9"
)

// beatKey counts on while a bot runs: who saw a higher number once knows that Redis was wiped or set back to an earlier copy.
const beatKey = "ferryman:{index}:beat"

// Beat counts one on, and returns the number.
func (s *Store) Beat(ctx context.Context) (int64, error) {
	const incr = `return redis.call('INCR', KEYS[1])`
	// As lasting as a commit: a number that a failover may take back would look like a Redis that was set back.
	n, err := s.keep(ctx, durable{doing: "count the beat", script: incr, keys: []string{beatKey}})
	if err != nil {
		return 0, err
	}
	beat, _ := n.(int64)
	return beat, nil
}

// LastBeat is the number that Beat returned last, to any replica; 0 where none has.
func (s *Store) LastBeat(ctx context.Context) (int64, error) {
	n, err := s.rdb.Get(ctx, beatKey).Int64()
	if errors.Is(err, redis.Nil) {
		return 0, nil
	}
	if err != nil {
		return 0, unavailable("read the beat", err)
	}
	return n, nil
}

// ForgetThreads has every migration's thread read before its next message is sent: what Redis says of them is not to be relied on.
func (s *Store) ForgetThreads(ctx context.Context) error {
	names, err := s.rdb.SMembers(ctx, indexKey).Result()
	if err != nil {
		return unavailable("list the migrations", err)
	}
	for _, name := range names {
		if err := s.rdb.Set(ctx, unreadKey(name), "1", 0).Err(); err != nil {
			return unavailable("note that the thread of "+name+" is to be read", err)
		}
	}
	return nil
}
