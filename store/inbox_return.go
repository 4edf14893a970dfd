// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"

	"github.com/redis/go-redis/v9"
)

// returnInbound moves an entry to the stream's end as one that nobody has had, if it is still the consumer's.
var returnInbound = redis.NewScript(`
if #redis.call('XPENDING', KEYS[1], ARGV[1], ARGV[2], ARGV[2], 1, ARGV[3]) == 0 then return 0 end
local entry = redis.call('XRANGE', KEYS[1], ARGV[2], ARGV[2])[1]
if not entry then return 0 end
redis.call('XADD', KEYS[1], '*', unpack(entry[2]))
redis.call('XACK', KEYS[1], ARGV[1], ARGV[2])
redis.call('XDEL', KEYS[1], ARGV[2])
return 1
`)

// ReturnInbound gives back an entry that consumer can't bring to its end, so that another has it at once instead of after the time that
// a dead consumer's take. It tells whether the entry was still the consumer's.
func (s *Store) ReturnInbound(ctx context.Context, consumer, entry string) (bool, error) {
	returned, err := returnInbound.Run(ctx, s.rdb, []string{inboxKey}, inboxGroup, entry, consumer).Bool()
	if err != nil {
		return false, unavailable("return an entry of the inbox", err)
	}
	return returned, nil
}

// WasStored tells whether something with one of these dedupe keys was stored in the last two hours.
func (s *Store) WasStored(ctx context.Context, dedupe []string) (bool, error) {
	keys := make([]string, len(dedupe))
	for i, d := range dedupe {
		keys[i] = seenKey(d)
	}
	n, err := s.rdb.Exists(ctx, keys...).Result()
	if err != nil {
		return false, unavailable("look for what arrived from Slack", err)
	}
	return n > 0, nil
}

func seenKey(dedupe string) string { return "ferryman:{in}:seen:" + dedupe }
