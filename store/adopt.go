// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/google/uuid"
)

// ErrMoved: the migration in Redis is not the one any more that a decision was made on.
var ErrMoved = errors.New("the migration in Redis changed meanwhile")

// ReplacedFor is how long what Redis had of a migration is kept after an adoption replaced it.
const ReplacedFor = 90 * 24 * time.Hour

// Adoption puts a migration that was rebuilt from elsewhere in the place of what Redis has of it.
type Adoption struct {
	// Migration is the document; its AuditSeq and AuditHead are the end of Chain.
	Migration *Migration
	// Over is the document in Redis that was looked at; nil where there was none.
	Over *Migration
	// Chain are the lines of the audit chain, first to last.
	Chain []string
	// Posted is where the messages are, by Key, as the thread says; nil where it could not be read: then the places in Redis stay, and
	// the thread is read before the next message is sent (ThreadUnread).
	Posted map[string]Posted
	Change Change
}

// adopt moves what is there aside, writes the document, the chain and the places, and forgets what waited to be sent: it was of the
// document that is replaced.
const adopt = `
local recent = redis.call('HGET', KEYS[1], 'recent') or ''
if string.find(recent, ARGV[9], 1, true) then
  redis.call('HSET', KEYS[1], 'recent', recent)
  return 'ok'
end
local version = redis.call('HGET', KEYS[1], 'version') or '0'
if version .. ' ' .. string.sub(recent, 1, 36) ~= ARGV[1] then return 'conflict' end
local now = redis.call('TIME')
if ARGV[2] ~= '' then
  if redis.call('ZSCORE', KEYS[2], ARGV[2]) then return 'seen' end
  redis.call('ZADD', KEYS[2], string.format('%d.%06d', now[1], now[2]), ARGV[2])
end
if redis.call('EXISTS', KEYS[1]) == 1 then
  redis.call('RENAME', KEYS[1], KEYS[11])
  redis.call('EXPIRE', KEYS[11], ARGV[3])
end
if redis.call('EXISTS', KEYS[3]) == 1 then
  redis.call('RENAME', KEYS[3], KEYS[12])
  redis.call('EXPIRE', KEYS[12], ARGV[3])
end
redis.call('DEL', KEYS[4], KEYS[5], KEYS[6], KEYS[7], KEYS[13])
redis.call('HSET', KEYS[1], 'version', ARGV[4], 'doc', ARGV[5], 'recent', ARGV[9])
local i = 10
for _ = 1, tonumber(ARGV[6]) do
  redis.call('RPUSH', KEYS[3], ARGV[i])
  i = i + 1
end
if ARGV[8] == '' then
  redis.call('SET', KEYS[10], '1')
else
  redis.call('DEL', KEYS[8], KEYS[9], KEYS[10])
end
for _ = 1, tonumber(ARGV[7]) do
  redis.call('HSET', KEYS[8], ARGV[i], ARGV[i + 1])
  redis.call('HSET', KEYS[9], ARGV[i + 2], ARGV[i])
  i = i + 3
end
while ARGV[i] do
  redis.call('RPUSH', KEYS[4], ARGV[i])
  i = i + 1
end
return 'ok'
`

// unreadKey is there while it is not known where the messages of a migration are.
func unreadKey(migration string) string { return key(migration, "thread-unread") }

// Adopt commits an adoption whole. The version it writes is higher than any that was ever read, so that nobody who still holds an older
// document can commit it. Errors: ErrMoved where another was first, ErrSeen where the command was carried out already.
func (s *Store) Adopt(ctx context.Context, a Adoption) (*Migration, error) {
	if _, err := s.keep(ctx, durable{doing: "list migration " + a.Migration.Name, script: list, keys: []string{indexKey}, args: []any{a.Migration.Name}}); err != nil {
		return nil, err
	}
	now, err := s.nowAt(ctx, stateKey(a.Migration.Name))
	if err != nil {
		return nil, err
	}
	over := a.Over
	if over == nil {
		over = &Migration{}
	}
	m := *a.Migration
	m.SchemaVersion, m.Version, m.commit = SchemaVersion, max(m.Version, over.Version, now.UnixMilli())+1, uuid.NewString()
	chain, err := chainAudit(&m, a.Change.Audit, now)
	if err != nil {
		return nil, err
	}
	doc, err := json.Marshal(&m)
	if err != nil {
		return nil, fmt.Errorf("write migration %s: %w", m.Name, err)
	}
	read := ""
	if a.Posted != nil {
		read = "read"
	}
	args := []any{over.read(), a.Change.CommandID, int(ReplacedFor.Seconds()), strconv.FormatInt(m.Version, 10), doc,
		len(a.Chain) + len(chain), len(a.Posted), read, m.commit}
	for _, line := range a.Chain {
		args = append(args, line)
	}
	for _, line := range chain {
		args = append(args, line)
	}
	if args, err = appendPlaces(args, m.Name, a.Posted); err != nil {
		return nil, err
	}
	for _, o := range a.Change.Outgoing {
		o.AuditSeq, o.AuditHead = m.AuditSeq, m.AuditHead
		body, err := json.Marshal(o)
		if err != nil {
			return nil, fmt.Errorf("write a message of migration %s: %w", m.Name, err)
		}
		args = append(args, body)
	}
	before := fmt.Sprintf("replaced:%d:", now.UnixMilli())
	keys := []string{stateKey(m.Name), key(m.Name, "seen"), key(m.Name, "audit"), OutboxKey(m.Name), ProgressKey(m.Name), sendingKey(m.Name), takenKey(m.Name),
		messagesKey(m.Name), placesKey(m.Name), unreadKey(m.Name), key(m.Name, before+"state"), key(m.Name, before+"audit"), shownKey(m.Name)}
	outcome, err := s.keep(ctx, durable{doing: "write migration " + m.Name, script: adopt, keys: keys, args: args})
	switch {
	case err != nil:
		return nil, err
	case outcome == "conflict":
		return nil, fmt.Errorf("%w: %s", ErrMoved, m.Name)
	case outcome == "seen":
		return nil, ErrSeen
	}
	s.Wake(ctx, m.Name)
	return &m, nil
}

// appendPlaces adds each place as Key, Posted and "channel/ts".
func appendPlaces(args []any, migration string, posted map[string]Posted) ([]any, error) {
	for messageKey, p := range posted {
		body, err := json.Marshal(p)
		if err != nil {
			return nil, fmt.Errorf("write where a message of %s is: %w", migration, err)
		}
		args = append(args, messageKey, body, placeOf(p))
	}
	return args, nil
}
