// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

// PostedMessage is where the message with that Key is in Slack, if it was posted.
func (s *Store) PostedMessage(ctx context.Context, migration, messageKey string) (Posted, bool, error) {
	body, err := s.rdb.HGet(ctx, messagesKey(migration), messageKey).Bytes()
	if errors.Is(err, redis.Nil) {
		return Posted{}, false, nil
	}
	if err != nil {
		return Posted{}, false, unavailable("find a message of "+migration, err)
	}
	var p Posted
	if err := json.Unmarshal(body, &p); err != nil {
		return Posted{}, false, fmt.Errorf("where message %s of migration %s is can't be read from Redis: %w", messageKey, migration, err)
	}
	return p, true, nil
}

// FindPosted is the Key of the message at channel and ts, if it is the one that shows that Key now. A copy or a message that was
// replaced is not found.
func (s *Store) FindPosted(ctx context.Context, migration, channel, ts string) (string, bool, error) {
	messageKey, err := s.rdb.HGet(ctx, placesKey(migration), placeOf(Posted{Channel: channel, TS: ts})).Result()
	if errors.Is(err, redis.Nil) {
		return "", false, nil
	}
	if err != nil {
		return "", false, unavailable("find a message of "+migration, err)
	}
	return messageKey, true, nil
}

// WaitingOutbox is a migration whose outbox has something.
type WaitingOutbox struct {
	Migration string
	// Oldest is when the first of what waits in order happened; zero where only progress waits.
	Oldest time.Time
}

// WaitingOutboxes lists the migrations that have something to send.
func (s *Store) WaitingOutboxes(ctx context.Context) ([]WaitingOutbox, error) {
	names, err := s.rdb.SMembers(ctx, indexKey).Result()
	if err != nil {
		return nil, unavailable("list the migrations", err)
	}
	var waiting []WaitingOutbox
	for _, name := range names {
		var sending, head *redis.StringCmd
		var progress *redis.IntCmd
		_, err := s.rdb.Pipelined(ctx, func(p redis.Pipeliner) error {
			sending, head, progress = p.Get(ctx, sendingKey(name)), p.LIndex(ctx, OutboxKey(name), 0), p.HLen(ctx, ProgressKey(name))
			return nil
		})
		if err != nil && !errors.Is(err, redis.Nil) {
			return nil, unavailable("look at the outbox of "+name, err)
		}
		first := sending.Val()
		if first == "" {
			first = head.Val()
		}
		if first == "" && progress.Val() == 0 {
			continue
		}
		w := WaitingOutbox{Migration: name}
		var o Outgoing
		if json.Unmarshal([]byte(first), &o) == nil && o.Priority != Progress {
			w.Oldest = o.Event.At
		}
		waiting = append(waiting, w)
	}
	return waiting, nil
}

func placeOf(p Posted) string { return p.Channel + "/" + p.TS }
