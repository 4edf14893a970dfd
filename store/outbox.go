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

// OutboxLease is the name of the lease (Acquire) whose holder alone sends a migration's messages.
const OutboxLease = "outbox"

// ErrLeaseLost: another replica sends this migration's messages now.
var ErrLeaseLost = errors.New("the outbox lease is another replica's now")

// Stage is how far the sending of an Outgoing had come when it was last written down.
type Stage string

// Taken means that the message itself has not left yet, Posting that it may be in Slack or not.
const (
	Taken   Stage = ""
	Posting Stage = "posting"
)

// Sending is the Outgoing a migration is at, from its taking to the record of its outcome.
type Sending struct {
	Outgoing
	Stage Stage `json:"stage,omitempty"`
	// Uploaded are the names of its files that are in the thread already.
	Uploaded []string `json:"uploaded,omitempty"`
	// Since is when the stage was reached, by Redis's clock.
	Since time.Time `json:"since,omitzero"`
}

// nextOutgoing returns what is being sent already, else takes the head of the list, else the progress after the one taken last.
var nextOutgoing = redis.NewScript(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return redis.error_reply('LEASELOST') end
local sending = redis.call('GET', KEYS[2])
if sending then return sending end
local taken = redis.call('LPOP', KEYS[3])
if not taken then
  local names = redis.call('HKEYS', KEYS[4])
  if #names == 0 then return false end
  table.sort(names)
  local last, name = redis.call('GET', KEYS[5]) or '', names[1]
  for _, n in ipairs(names) do
    if n > last then name = n break end
  end
  taken = redis.call('HGET', KEYS[4], name)
  redis.call('HDEL', KEYS[4], name)
  redis.call('SET', KEYS[5], name)
end
redis.call('SET', KEYS[2], taken)
return taken
`)

// NextOutgoing is the Outgoing that owner, who holds the outbox lease, is to send now: the one whose outcome is not recorded, else
// the next in order, else a progress; nil when nothing waits.
func (s *Store) NextOutgoing(ctx context.Context, migration, owner string) (*Sending, error) {
	keys := []string{outboxLeaseKey(migration), sendingKey(migration), OutboxKey(migration), ProgressKey(migration), takenKey(migration)}
	body, err := nextOutgoing.Run(ctx, s.rdb, keys, owner).Text()
	if errors.Is(err, redis.Nil) {
		return nil, nil
	}
	if err != nil {
		return nil, outboxError("take a message of "+migration, err)
	}
	var o Sending
	if err := json.Unmarshal([]byte(body), &o); err != nil {
		return nil, fmt.Errorf("a message of migration %s in Redis can't be read: %w", migration, err)
	}
	return &o, nil
}

var markOutgoing = redis.NewScript(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return redis.error_reply('LEASELOST') end
redis.call('SET', KEYS[2], ARGV[2])
return 1
`)

// MarkOutgoing writes down how far the sending has come, before the next act towards Slack.
func (s *Store) MarkOutgoing(ctx context.Context, owner string, o *Sending, stage Stage) error {
	now, err := s.Now(ctx)
	if err != nil {
		return err
	}
	o.Stage, o.Since = stage, now
	body, err := json.Marshal(o)
	if err != nil {
		return fmt.Errorf("write a message of migration %s: %w", o.Migration, err)
	}
	if err := markOutgoing.Run(ctx, s.rdb, []string{outboxLeaseKey(o.Migration), sendingKey(o.Migration)}, owner, body).Err(); err != nil {
		return outboxError("note how far a message of "+o.Migration+" is", err)
	}
	return nil
}

var doneOutgoing = redis.NewScript(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return redis.error_reply('LEASELOST') end
redis.call('DEL', KEYS[2])
if ARGV[2] ~= '' then
  redis.call('HSET', KEYS[3], ARGV[2], ARGV[3])
  if ARGV[5] ~= '' then redis.call('HDEL', KEYS[4], ARGV[5]) end
  redis.call('HSET', KEYS[4], ARGV[4], ARGV[2])
end
return 1
`)

// DoneOutgoing ends the sending of o and, where it has a Key and was posted, records where; posted may be nil. A message that took
// the place of one that is gone replaces its record.
func (s *Store) DoneOutgoing(ctx context.Context, owner string, o *Sending, posted *Posted) error {
	messageKey, body, place, before := "", []byte{}, "", ""
	if o.Key != "" && posted != nil {
		old, found, err := s.PostedMessage(ctx, o.Migration, o.Key)
		if err != nil {
			return err
		}
		messageKey, place = o.Key, placeOf(*posted)
		if found && placeOf(old) != place {
			before = placeOf(old)
		}
		if body, err = json.Marshal(posted); err != nil {
			return fmt.Errorf("write where a message of %s is: %w", o.Migration, err)
		}
	}
	keys := []string{outboxLeaseKey(o.Migration), sendingKey(o.Migration), messagesKey(o.Migration), placesKey(o.Migration)}
	if err := doneOutgoing.Run(ctx, s.rdb, keys, owner, messageKey, body, place, before).Err(); err != nil {
		return outboxError("record a sent message of "+o.Migration, err)
	}
	return nil
}

// PutProgress puts a reading into the outbox; it replaces one with the same Key that still waits.
func (s *Store) PutProgress(ctx context.Context, o Outgoing) error {
	body, err := json.Marshal(o)
	if err != nil {
		return fmt.Errorf("write progress of migration %s: %w", o.Migration, err)
	}
	if err := s.rdb.HSet(ctx, ProgressKey(o.Migration), o.Key, body).Err(); err != nil {
		return unavailable("write progress of "+o.Migration, err)
	}
	s.Wake(ctx, o.Migration)
	return nil
}

func outboxError(doing string, err error) error {
	if err.Error() == "LEASELOST" || err.Error() == "ERR LEASELOST" {
		return fmt.Errorf("%s: %w", doing, ErrLeaseLost)
	}
	return unavailable(doing, err)
}
