// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/redis/go-redis/v9"
)

// ThreadUnread tells whether it is not known where a migration's messages are: its thread is to be read before the next one is sent.
func (s *Store) ThreadUnread(ctx context.Context, migration string) (bool, error) {
	n, err := s.rdb.Exists(ctx, unreadKey(migration)).Result()
	if err != nil {
		return false, unavailable("look whether the thread of "+migration+" was read", err)
	}
	return n == 1, nil
}

// WaitingMessage is a message that waits to be sent, as Redis has it.
type WaitingMessage struct {
	Sending
	body string
}

// Waiting are the messages of a migration that wait in order, the one under way first.
func (s *Store) Waiting(ctx context.Context, migration string) ([]WaitingMessage, error) {
	var sending *redis.StringCmd
	var list *redis.StringSliceCmd
	_, err := s.rdb.Pipelined(ctx, func(p redis.Pipeliner) error {
		sending, list = p.Get(ctx, sendingKey(migration)), p.LRange(ctx, OutboxKey(migration), 0, -1)
		return nil
	})
	if err != nil && !errors.Is(err, redis.Nil) {
		return nil, unavailable("read what waits to be sent for "+migration, err)
	}
	bodies := list.Val()
	if sending.Val() != "" {
		bodies = append([]string{sending.Val()}, bodies...)
	}
	waiting := make([]WaitingMessage, len(bodies))
	for i, body := range bodies {
		if err := json.Unmarshal([]byte(body), &waiting[i].Sending); err != nil {
			return nil, fmt.Errorf("a message of migration %s in Redis can't be read: %w", migration, err)
		}
		waiting[i].body = body
	}
	return waiting, nil
}

// relink records places and takes out of the outbox what the thread has already.
var relink = redis.NewScript(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return redis.error_reply('LEASELOST') end
local i = 4
for _ = 1, tonumber(ARGV[2]) do
  local old = redis.call('HGET', KEYS[2], ARGV[i])
  if old then redis.call('HDEL', KEYS[3], cjson.decode(old).channel .. '/' .. cjson.decode(old).ts) end
  redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1])
  redis.call('HSET', KEYS[3], ARGV[i + 2], ARGV[i])
  i = i + 3
end
for _ = 1, tonumber(ARGV[3]) do
  if redis.call('GET', KEYS[5]) == ARGV[i] then redis.call('DEL', KEYS[5]) else redis.call('LREM', KEYS[4], 1, ARGV[i]) end
  i = i + 1
end
while ARGV[i] do
  redis.call('LPUSH', KEYS[4], ARGV[i])
  i = i + 1
end
redis.call('DEL', KEYS[6])
return 1
`)

// Relink records where a migration's messages are, as its thread says, takes sent out of what waits, and puts edits before the rest.
// Only the holder of the outbox lease may: ErrLeaseLost.
func (s *Store) Relink(ctx context.Context, migration, owner string, posted map[string]Posted, sent []WaitingMessage, edits []Outgoing) error {
	args, err := appendPlaces([]any{owner, len(posted), len(sent)}, migration, posted)
	if err != nil {
		return err
	}
	for _, o := range sent {
		args = append(args, o.body)
	}
	for _, o := range edits {
		body, err := json.Marshal(o)
		if err != nil {
			return fmt.Errorf("write a message of migration %s: %w", migration, err)
		}
		args = append(args, body)
	}
	keys := []string{outboxLeaseKey(migration), messagesKey(migration), placesKey(migration), OutboxKey(migration), sendingKey(migration), unreadKey(migration)}
	if err := relink.Run(ctx, s.rdb, keys, args...).Err(); err != nil {
		return outboxError("record where the messages of "+migration+" are", err)
	}
	return nil
}
