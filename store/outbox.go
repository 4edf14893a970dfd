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
	// Uploaded are the names of its files that are in the thread already; Files are the ids that Slack gave those whose upload was begun,
	// by their names.
	Uploaded []string          `json:"uploaded,omitempty"`
	Files    map[string]string `json:"files,omitempty"`
	// Since is when the stage was reached first, by Redis's clock.
	Since time.Time `json:"since,omitzero"`
}

// nextOutgoing returns what is being sent already, else takes the head of the list, else a progress that no message shows yet. One whose
// message is there is an edit that waits for its turn among all migrations (NextEdit).
var nextOutgoing = redis.NewScript(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return redis.error_reply('LEASELOST') end
local sending = redis.call('GET', KEYS[2])
if sending then return sending end
local taken = redis.call('LPOP', KEYS[3])
if not taken then
  local names = redis.call('HKEYS', KEYS[4])
  table.sort(names)
  for _, n in ipairs(names) do
    if redis.call('HEXISTS', KEYS[5], n) == 0 then
      taken = redis.call('HGET', KEYS[4], n)
      redis.call('HDEL', KEYS[4], n)
      break
    end
  end
  if not taken then return false end
end
redis.call('SET', KEYS[2], taken)
return taken
`)

// NextOutgoing is the Outgoing that owner, who holds the outbox lease, is to send now: the one whose outcome is not recorded, else
// the next in order, else a progress that is new to the thread; nil when nothing of that waits.
func (s *Store) NextOutgoing(ctx context.Context, migration, owner string) (*Sending, error) {
	keys := []string{outboxLeaseKey(migration), sendingKey(migration), OutboxKey(migration), ProgressKey(migration), messagesKey(migration)}
	return taken(migration, nextOutgoing.Run(ctx, s.rdb, keys, owner))
}

// nextEdit takes a progress unless something goes before it.
var nextEdit = redis.NewScript(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return redis.error_reply('LEASELOST') end
if redis.call('EXISTS', KEYS[2], KEYS[3]) > 0 then return false end
local taken = redis.call('HGET', KEYS[4], ARGV[2])
if not taken then return false end
redis.call('HDEL', KEYS[4], ARGV[2])
redis.call('SET', KEYS[2], taken)
return taken
`)

// NextEdit is the waiting progress with that Key, for owner, who holds the outbox lease; nil where there is none any more, or something
// else of the migration goes before it.
func (s *Store) NextEdit(ctx context.Context, migration, owner, messageKey string) (*Sending, error) {
	keys := []string{outboxLeaseKey(migration), sendingKey(migration), OutboxKey(migration), ProgressKey(migration)}
	return taken(migration, nextEdit.Run(ctx, s.rdb, keys, owner, messageKey))
}

func taken(migration string, answer *redis.Cmd) (*Sending, error) {
	body, err := answer.Text()
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

const markOutgoing = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 'lost' end
redis.call('SET', KEYS[2], ARGV[2])
return 'ok'
`

// MarkOutgoing writes down how far the sending has come, before the next act towards Slack. It is as lasting as a commit: a Redis that
// takes over must know of a message that may be in Slack.
func (s *Store) MarkOutgoing(ctx context.Context, owner string, o *Sending, stage Stage) error {
	if o.Stage != stage || o.Since.IsZero() {
		now, err := s.Now(ctx)
		if err != nil {
			return err
		}
		o.Stage, o.Since = stage, now
	}
	body, err := json.Marshal(o)
	if err != nil {
		return fmt.Errorf("write a message of migration %s: %w", o.Migration, err)
	}
	doing := "note how far a message of " + o.Migration + " is"
	outcome, err := s.keep(ctx, durable{
		doing: doing, script: markOutgoing, keys: []string{outboxLeaseKey(o.Migration), sendingKey(o.Migration)}, args: []any{owner, string(body)},
	})
	if err == nil && outcome != "ok" {
		err = fmt.Errorf("%s: %w", doing, ErrLeaseLost)
	}
	return err
}

// maxShown bounds what is kept of a message so that it can be shown again, in bytes. What is longer are reports, which are not edited.
const maxShown = 256 << 10

var doneOutgoing = redis.NewScript(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return redis.error_reply('LEASELOST') end
redis.call('DEL', KEYS[2])
if ARGV[2] ~= '' then
  redis.call('HSET', KEYS[3], ARGV[2], ARGV[3])
  if ARGV[5] ~= '' then redis.call('HDEL', KEYS[4], ARGV[5]) end
  redis.call('HSET', KEYS[4], ARGV[4], ARGV[2])
  if ARGV[6] ~= '' then redis.call('HSET', KEYS[5], ARGV[2], ARGV[6]) else redis.call('HDEL', KEYS[5], ARGV[2]) end
end
return 1
`)

// DoneOutgoing ends the sending of o and, where it has a Key and was posted, records where; posted may be nil. A message that took
// the place of one that is gone replaces its record.
func (s *Store) DoneOutgoing(ctx context.Context, owner string, o *Sending, posted *Posted) error {
	messageKey, body, place, before, shows := "", []byte{}, "", "", []byte{}
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
		shown := o.Outgoing
		shown.Again = false
		if shows, err = json.Marshal(shown); err != nil {
			return fmt.Errorf("write what a message of %s shows: %w", o.Migration, err)
		}
		if len(shows) > maxShown {
			shows = nil
		}
	}
	keys := []string{outboxLeaseKey(o.Migration), sendingKey(o.Migration), messagesKey(o.Migration), placesKey(o.Migration), shownKey(o.Migration)}
	if err := doneOutgoing.Run(ctx, s.rdb, keys, owner, messageKey, body, place, before, shows).Err(); err != nil {
		return outboxError("record a sent message of "+o.Migration, err)
	}
	return nil
}

// showAgain puts what a message should show behind all that waits, so that newer words about it come first, and these, being older, not
// at all.
var showAgain = redis.NewScript(`
local shows = redis.call('HGET', KEYS[1], ARGV[1])
local posted = redis.call('HGET', KEYS[2], ARGV[1])
if not shows or not posted then return 0 end
local o, p = cjson.decode(shows), cjson.decode(posted)
if p.sum then
  p.sum = nil
  redis.call('HSET', KEYS[2], ARGV[1], cjson.encode(p))
end
redis.call('RPUSH', KEYS[3], (string.gsub(shows, '^{', '{"again":true,', 1)))
return 1
`)

// ShowAgain has the message with that Key edited once more to what it was last edited to: somebody may have written over it who did not
// know that it was no longer theirs to write.
func (s *Store) ShowAgain(ctx context.Context, migration, messageKey string) error {
	keys := []string{shownKey(migration), messagesKey(migration), OutboxKey(migration)}
	if err := showAgain.Run(ctx, s.rdb, keys, messageKey).Err(); err != nil {
		return unavailable("mend a message of "+migration, err)
	}
	s.Wake(ctx, migration)
	return nil
}

// refreshEvery bounds how often Refresh has an effect.
const refreshEvery = 30 * time.Second

// Refresh is ShowAgain, at most twice a minute for each message: where somebody deleted it, it is posted again.
func (s *Store) Refresh(ctx context.Context, migration, messageKey string) error {
	first, err := s.rdb.SetNX(ctx, key(migration, "refreshed:"+messageKey), "1", refreshEvery).Result()
	if err != nil {
		return unavailable("refresh a message of "+migration, err)
	}
	if !first {
		return nil
	}
	return s.ShowAgain(ctx, migration, messageKey)
}

// UnderWay is the Outgoing of a migration that was taken and whose outcome is not recorded, if there is one.
func (s *Store) UnderWay(ctx context.Context, migration string) (*Sending, error) {
	body, err := s.rdb.Get(ctx, sendingKey(migration)).Bytes()
	if errors.Is(err, redis.Nil) {
		return nil, nil
	}
	if err != nil {
		return nil, unavailable("look what is being sent for "+migration, err)
	}
	var o Sending
	if err := json.Unmarshal(body, &o); err != nil {
		return nil, fmt.Errorf("a message of migration %s in Redis can't be read: %w", migration, err)
	}
	return &o, nil
}

// PutProgress puts a reading into the outbox; it replaces one with the same Key that still waits. Nobody is woken for it: its turn comes
// with the next look.
func (s *Store) PutProgress(ctx context.Context, o Outgoing) error {
	body, err := json.Marshal(o)
	if err != nil {
		return fmt.Errorf("write progress of migration %s: %w", o.Migration, err)
	}
	if err := s.rdb.HSet(ctx, ProgressKey(o.Migration), o.Key, body).Err(); err != nil {
		return unavailable("write progress of "+o.Migration, err)
	}
	return nil
}

func outboxError(doing string, err error) error {
	if err.Error() == "LEASELOST" || err.Error() == "ERR LEASELOST" {
		return fmt.Errorf("%s: %w", doing, ErrLeaseLost)
	}
	return unavailable(doing, err)
}
