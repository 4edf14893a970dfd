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
	// Ordered tells that something waits which is sent in order, or is new to the thread. Priority and Oldest are the first's of what is
	// sent in order: how much of a hurry it is in, and when it happened.
	Ordered  bool
	Priority Priority
	Oldest   time.Time
	// Edits are the messages for which newer figures wait.
	Edits []WaitingEdit
}

// WaitingEdit is a message that newer figures wait for. Shown is when those were read that it shows now; zero where that is not known.
type WaitingEdit struct {
	Key   string
	Shown time.Time
}

// WaitingOutboxes lists the migrations that have something to send.
func (s *Store) WaitingOutboxes(ctx context.Context) ([]WaitingOutbox, error) {
	names, err := s.rdb.SMembers(ctx, indexKey).Result()
	if err != nil {
		return nil, unavailable("list the migrations", err)
	}
	sending, head := make([]*redis.StringCmd, len(names)), make([]*redis.StringCmd, len(names))
	progress := make([]*redis.StringSliceCmd, len(names))
	_, err = s.rdb.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, name := range names {
			sending[i], head[i], progress[i] = p.Get(ctx, sendingKey(name)), p.LIndex(ctx, OutboxKey(name), 0), p.HKeys(ctx, ProgressKey(name))
		}
		return nil
	})
	if err != nil && !errors.Is(err, redis.Nil) {
		return nil, unavailable("look at the outboxes", err)
	}
	var waiting []WaitingOutbox
	for i, name := range names {
		w := WaitingOutbox{Migration: name, Priority: Progress}
		first := sending[i].Val()
		if first == "" {
			first = head[i].Val()
		}
		var o Outgoing
		if first != "" {
			w.Ordered = true
			if json.Unmarshal([]byte(first), &o) == nil {
				w.Priority = o.Priority
				if o.Priority != Progress {
					w.Oldest = o.Event.At
				}
			}
		}
		for _, key := range progress[i].Val() {
			w.Edits = append(w.Edits, WaitingEdit{Key: key})
		}
		if w.Ordered || len(w.Edits) > 0 {
			waiting = append(waiting, w)
		}
	}
	return waiting, s.shown(ctx, waiting)
}

// shown finds out of what waits to be edited what its message shows now. What no message shows yet is no edit.
func (s *Store) shown(ctx context.Context, waiting []WaitingOutbox) error {
	posted := make([]*redis.SliceCmd, len(waiting))
	_, err := s.rdb.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, w := range waiting {
			keys := make([]string, len(w.Edits))
			for j, e := range w.Edits {
				keys[j] = e.Key
			}
			if len(keys) > 0 {
				posted[i] = p.HMGet(ctx, messagesKey(w.Migration), keys...)
			}
		}
		return nil
	})
	if err != nil {
		return unavailable("look at the outboxes", err)
	}
	for i := range waiting {
		w := &waiting[i]
		edits := w.Edits
		w.Edits = nil
		for j, e := range edits {
			body, found := posted[i].Val()[j].(string)
			if !found {
				w.Ordered = true
				continue
			}
			var p Posted
			if json.Unmarshal([]byte(body), &p) == nil {
				e.Shown = p.At
			}
			w.Edits = append(w.Edits, e)
		}
	}
	return nil
}

// troubleFor is how long a trouble is told after it was last seen.
const troubleFor = 2 * time.Minute

// NoteTrouble keeps for a while why a migration's messages don't reach Slack, for those who ask; an empty why is the end of it.
func (s *Store) NoteTrouble(ctx context.Context, migration, why string) error {
	var err error
	if why == "" {
		err = s.rdb.Del(ctx, troubleKey(migration)).Err()
	} else {
		err = s.rdb.Set(ctx, troubleKey(migration), why, troubleFor).Err()
	}
	if err != nil {
		return unavailable("note why the messages of "+migration+" wait", err)
	}
	return nil
}

// Trouble is what NoteTrouble kept, empty where there is none.
func (s *Store) Trouble(ctx context.Context, migration string) (string, error) {
	why, err := s.rdb.Get(ctx, troubleKey(migration)).Result()
	if err != nil && !errors.Is(err, redis.Nil) {
		return "", unavailable("look why the messages of "+migration+" wait", err)
	}
	return why, nil
}

func placeOf(p Posted) string { return p.Channel + "/" + p.TS }
