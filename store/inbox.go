// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"
)

const (
	inboxKey   = "ferryman:{in}:stream"
	inboxGroup = "bot"

	// dedupeFor is longer than any repetition of Slack's that was seen: replays came after six minutes.
	dedupeFor = 2 * time.Hour
)

// Inbound is an entry of the inbox, held by one consumer until AckInbound.
type Inbound struct {
	// Entry names it in the stream.
	Entry   string
	Payload []byte
	// Deliveries counts how often it was given to a consumer, this time included.
	Deliveries int64
}

// putInbound adds before it remembers, so that a refused addition is not taken for a repetition later. By its id it knows an addition
// of its own whose reply was lost.
const putInbound = `
for i = 2, #KEYS do
  local by = redis.call('GET', KEYS[i])
  if by then
    redis.call('SET', KEYS[i], by, 'PX', ARGV[3])
    if by == ARGV[2] then return 1 end
    return 0
  end
end
local now = redis.call('TIME')
if ARGV[4] and tonumber(now[1]) * 1000 + math.floor(tonumber(now[2]) / 1000) >= tonumber(ARGV[4]) then return -1 end
redis.call('XADD', KEYS[1], '*', 'payload', ARGV[1])
for i = 2, #KEYS do
  redis.call('SET', KEYS[i], ARGV[2], 'PX', ARGV[3])
end
return 1
`

// PutInbound stores what arrived from Slack, unless one of its dedupe keys was seen in the last two hours: then fresh is false and
// nothing is written. Both happen in one script, which stores nothing once notAfter has passed since the call began, by Redis's own
// clock; 0 means no such time. An error for which NothingDone is true says that it was not stored and never will be, so that a person
// can be told so.
func (s *Store) PutInbound(ctx context.Context, dedupe []string, payload []byte, notAfter time.Duration) (fresh bool, err error) {
	keys := []string{inboxKey}
	for _, d := range dedupe {
		keys = append(keys, seenKey(d))
	}
	const doing = "store what arrived from Slack"
	answer, err := s.keep(ctx, durable{
		doing: doing, script: putInbound, keys: keys, args: []any{payload, uuid.NewString(), dedupeFor.Milliseconds()},
		began: time.Now(), within: notAfter,
	})
	if err != nil {
		return false, err
	}
	if answer == int64(-1) {
		return false, fmt.Errorf("%s: %w (%w): %w", doing, ErrUnavailable, errLate, errNothing)
	}
	return answer == int64(1), nil
}

// ReadInbound gives consumer the next entry that nobody has had yet, waiting up to block for one; nil when there was none.
func (s *Store) ReadInbound(ctx context.Context, consumer string, block time.Duration) (*Inbound, error) {
	args := &redis.XReadGroupArgs{Group: inboxGroup, Consumer: consumer, Streams: []string{inboxKey, ">"}, Count: 1, Block: block}
	streams, err := s.rdb.XReadGroup(ctx, args).Result()
	if isNoGroup(err) {
		if err := s.makeInboxGroup(ctx); err != nil {
			return nil, err
		}
		streams, err = s.rdb.XReadGroup(ctx, args).Result()
	}
	if errors.Is(err, redis.Nil) {
		return nil, nil
	}
	if err != nil {
		return nil, unavailable("read the inbox", err)
	}
	for _, stream := range streams {
		for _, m := range stream.Messages {
			return inbound(m, 1), nil
		}
	}
	return nil, nil
}

// ClaimInbound takes over one entry whose consumer has neither finished it nor asked for more time (KeepInbound) for idle, because
// its process died or hangs; nil when there is none.
func (s *Store) ClaimInbound(ctx context.Context, consumer string, idle time.Duration) (*Inbound, error) {
	messages, _, err := s.rdb.XAutoClaim(ctx, &redis.XAutoClaimArgs{
		Stream: inboxKey, Group: inboxGroup, Consumer: consumer, MinIdle: idle, Start: "0-0", Count: 1,
	}).Result()
	if isNoGroup(err) {
		return nil, nil
	}
	if err != nil {
		return nil, unavailable("look for abandoned entries of the inbox", err)
	}
	if len(messages) == 0 {
		return nil, nil
	}
	m := messages[0]
	pending, err := s.rdb.XPendingExt(ctx, &redis.XPendingExtArgs{Stream: inboxKey, Group: inboxGroup, Start: m.ID, End: m.ID, Count: 1}).Result()
	if err != nil {
		return nil, unavailable("read the inbox", err)
	}
	deliveries := int64(1)
	if len(pending) == 1 {
		deliveries = pending[0].RetryCount
	}
	return inbound(m, deliveries), nil
}

var keepInbound = redis.NewScript(`
if #redis.call('XPENDING', KEYS[1], ARGV[1], ARGV[2], ARGV[2], 1, ARGV[3]) == 0 then return 0 end
redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[3], 0, ARGV[2], 'JUSTID')
return 1
`)

// KeepInbound says that consumer is still at work on an entry, and tells whether the entry is still its own.
func (s *Store) KeepInbound(ctx context.Context, consumer, entry string) (bool, error) {
	held, err := keepInbound.Run(ctx, s.rdb, []string{inboxKey}, inboxGroup, entry, consumer).Bool()
	if err != nil {
		return false, unavailable("keep an entry of the inbox", err)
	}
	return held, nil
}

// AckInbound ends an entry and removes it, which keeps the stream as short as what is unfinished.
func (s *Store) AckInbound(ctx context.Context, entry string) error {
	_, err := s.rdb.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.XAck(ctx, inboxKey, inboxGroup, entry)
		p.XDel(ctx, inboxKey, entry)
		return nil
	})
	if err != nil {
		return unavailable("end an entry of the inbox", err)
	}
	return nil
}

// InboxAge is how long the oldest unfinished entry has been in the inbox, by Redis's clock; zero when it is empty.
func (s *Store) InboxAge(ctx context.Context) (time.Duration, error) {
	first, err := s.rdb.XRangeN(ctx, inboxKey, "-", "+", 1).Result()
	if err != nil {
		return 0, unavailable("read the inbox", err)
	}
	if len(first) == 0 {
		return 0, nil
	}
	now, err := s.Now(ctx)
	if err != nil {
		return 0, err
	}
	ms, _, _ := strings.Cut(first[0].ID, "-")
	at, err := strconv.ParseInt(ms, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("the inbox holds an entry named %q, which is not Redis's form", first[0].ID)
	}
	return max(0, now.Sub(time.UnixMilli(at))), nil
}

func answeredKey(envelopeID string) string { return "ferryman:{in}:answered:" + envelopeID }

// NoteAnswer notes that who sent an envelope was answered.
func (s *Store) NoteAnswer(ctx context.Context, envelopeID string) error {
	if err := s.rdb.SetNX(ctx, answeredKey(envelopeID), "1", dedupeFor).Err(); err != nil {
		return unavailable("note an answer", err)
	}
	return nil
}

// Answered tells whether somebody was answered. It only reads: of many commands that take long, none then keeps the disk from those that
// arrive.
func (s *Store) Answered(ctx context.Context, envelopeID string) (bool, error) {
	n, err := s.rdb.Exists(ctx, answeredKey(envelopeID)).Result()
	if err != nil {
		return false, unavailable("look whether an answer was given", err)
	}
	return n == 1, nil
}

func (s *Store) makeInboxGroup(ctx context.Context) error {
	err := s.rdb.XGroupCreateMkStream(ctx, inboxKey, inboxGroup, "0").Err()
	if err != nil && !strings.HasPrefix(err.Error(), "BUSYGROUP") {
		return unavailable("set up the inbox", err)
	}
	return nil
}

func isNoGroup(err error) bool { return err != nil && strings.HasPrefix(err.Error(), "NOGROUP") }

func inbound(m redis.XMessage, deliveries int64) *Inbound {
	payload, _ := m.Values["payload"].(string)
	return &Inbound{Entry: m.ID, Payload: []byte(payload), Deliveries: deliveries}
}
