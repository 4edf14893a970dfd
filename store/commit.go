// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Errors that callers decide on.
var (
	// ErrNotFound: there is no migration of that name.
	ErrNotFound = errors.New("no such migration")
	// ErrExists: a migration of that name is there already.
	ErrExists = errors.New("a migration of that name exists already")
	// ErrSeen: this command was already carried out, by this replica or another.
	ErrSeen = errors.New("this command was carried out already")
	// ErrNoChange may be returned by a decision: nothing is written, and Update returns the migration as it is.
	ErrNoChange = errors.New("no change")
)

// NewerError: the stored document was written by a newer program.
type NewerError struct {
	Migration string
	Found     int
}

func (e *NewerError) Error() string {
	return fmt.Sprintf("migration %s was written by a newer Ferryman (document version %d, this program knows %d): run that version or a later one", e.Migration, e.Found, SchemaVersion)
}

// Change is what one atomic commit writes beside the migration's document.
type Change struct {
	// NotAfter, unless zero, is compared with Redis's time in the commit itself: past it, the decision is made afresh.
	NotAfter time.Time
	// CommandID, unless empty, is recorded as carried out; a second commit with it is ErrSeen.
	CommandID string
	Audit     []Audit
	Outgoing  []Outgoing
}

// seenFor is how long a command id is remembered, longer than Slack repeats anything.
const seenFor = 24 * time.Hour

// commit compares the stored version, and the id of the commit that wrote it, with those that were read, and writes all or nothing: the
// number alone would be the same again on a Redis that was set back and has gone on since. What it wrote last it knows by the commits'
// ids: sent again after a lost reply it answers as it did, and so does a command that another sent again. Its first write is one
// that a full server refuses: later ones it would let pass.
const commit = `
local now = redis.call('TIME')
local state = redis.call('HMGET', KEYS[1], 'version', 'recent')
local version, recent = state[1] or '0', state[2] or ''
if string.find(recent, ARGV[1], 1, true) then
  redis.call('HSET', KEYS[1], 'recent', recent)
  return 'ok'
end
local stamp = string.format('%d.%06d', now[1], now[2])
if ARGV[4] ~= '' and redis.call('ZSCORE', KEYS[2], ARGV[4]) then
  redis.call('ZADD', KEYS[2], stamp, ARGV[4])
  return 'seen'
end
if version .. ' ' .. string.sub(recent, 1, 36) ~= ARGV[2] then return 'conflict' end
if ARGV[3] ~= '' and tonumber(now[1]) * 1000 + math.floor(tonumber(now[2]) / 1000) >= tonumber(ARGV[3]) then return 'late' end
redis.call('HSET', KEYS[1], 'version', ARGV[6], 'doc', ARGV[7], 'recent', string.sub(ARGV[1] .. ' ' .. recent, 1, 640))
if ARGV[4] ~= '' then
  redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', tonumber(now[1]) - tonumber(ARGV[5]))
  redis.call('ZADD', KEYS[2], stamp, ARGV[4])
end
local i = 9
for _ = 1, tonumber(ARGV[8]) do
  redis.call('RPUSH', KEYS[3], ARGV[i])
  i = i + 1
end
while ARGV[i] do
  if ARGV[i] == 'progress' then
    redis.call('HSET', KEYS[5], ARGV[i + 1], ARGV[i + 2])
  else
    redis.call('RPUSH', KEYS[4], ARGV[i + 2])
  end
  i = i + 3
end
return 'ok'
`

func key(migration, name string) string { return "ferryman:{" + migration + "}:" + name }

func stateKey(migration string) string { return key(migration, "state") }

// Load reads a migration.
func (s *Store) Load(ctx context.Context, name string) (*Migration, error) {
	fields, err := s.rdb.HMGet(ctx, stateKey(name), "doc", "recent").Result()
	if err != nil {
		return nil, unavailable("read migration "+name, err)
	}
	doc, ok := fields[0].(string)
	if !ok {
		return nil, fmt.Errorf("%w: %s", ErrNotFound, name)
	}
	var m Migration
	if err := json.Unmarshal([]byte(doc), &m); err != nil {
		return nil, fmt.Errorf("migration %s in Redis can't be read: %w", name, err)
	}
	recent, _ := fields[1].(string)
	m.commit, _, _ = strings.Cut(recent, " ")
	if m.SchemaVersion > SchemaVersion {
		return nil, &NewerError{Migration: name, Found: m.SchemaVersion}
	}
	return &m, nil
}

// List reads all migrations, in no order. One that was removed from Redis is left out.
func (s *Store) List(ctx context.Context) ([]*Migration, error) {
	names, err := s.rdb.SMembers(ctx, indexKey).Result()
	if err != nil {
		return nil, unavailable("list the migrations", err)
	}
	var all []*Migration
	for _, name := range names {
		m, err := s.Load(ctx, name)
		if errors.Is(err, ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		all = append(all, m)
	}
	return all, nil
}

// Create writes a new migration with its first audit entries and messages. ErrExists where the name is taken, ErrSeen where it was
// this very command that took it.
func (s *Store) Create(ctx context.Context, m *Migration, c Change) (*Migration, error) {
	// The index first: a name in it without a migration is passed over, a migration that is not in it would be lost.
	if _, err := s.keep(ctx, durable{doing: "list migration " + m.Name, script: list, keys: []string{indexKey}, args: []any{m.Name}}); err != nil {
		return nil, err
	}
	now, err := s.nowAt(ctx, stateKey(m.Name))
	if err != nil {
		return nil, err
	}
	fresh := *m
	fresh.Version, fresh.commit, fresh.SchemaVersion = 0, "", SchemaVersion
	outcome, err := s.write(ctx, &fresh, c, now)
	switch {
	case err != nil:
		return nil, err
	case outcome == "conflict":
		return nil, fmt.Errorf("%w: %s", ErrExists, m.Name)
	case outcome == "seen":
		return nil, ErrSeen
	}
	return &fresh, nil
}

// Update loads a migration, lets decide change it, and commits. Was another first, or had the time passed, it decides afresh. The
// time given to decide is Redis's. decide must have no effects of its own.
func (s *Store) Update(ctx context.Context, name string, decide func(m *Migration, now time.Time) (Change, error)) (*Migration, error) {
	const attempts = 50
	for range attempts {
		m, err := s.Load(ctx, name)
		if err != nil {
			return nil, err
		}
		now, err := s.nowAt(ctx, stateKey(name))
		if err != nil {
			return nil, err
		}
		c, err := decide(m, now)
		if errors.Is(err, ErrNoChange) {
			return m, nil
		}
		if err != nil {
			return nil, err
		}
		outcome, err := s.write(ctx, m, c, now)
		switch {
		case err != nil:
			return nil, err
		case outcome == "ok":
			return m, nil
		case outcome == "seen":
			return nil, ErrSeen
		}
	}
	return nil, fmt.Errorf("migration %s was changed by others %d times in a row: try again", name, attempts)
}

const list = `redis.call('SADD', KEYS[1], ARGV[1]) return 'ok'`

const seen = `
if not redis.call('ZSCORE', KEYS[1], ARGV[1]) then return 0 end
local now = redis.call('TIME')
redis.call('ZADD', KEYS[1], string.format('%d.%06d', now[1], now[2]), ARGV[1])
return 1
`

// Seen tells whether the command was carried out already, by this replica or another. Its yes is as lasting as a commit.
func (s *Store) Seen(ctx context.Context, migration, commandID string) (bool, error) {
	n, err := s.keep(ctx, durable{doing: "look for a command of " + migration, script: seen, keys: []string{key(migration, "seen")}, args: []any{commandID}})
	return n == int64(1), err
}

// read names the state of Redis that m was read from, as the scripts compare it.
func (m *Migration) read() string { return strconv.FormatInt(m.Version, 10) + " " + m.commit }

// write commits m, whose Version is the one it was read with, and raises it.
func (s *Store) write(ctx context.Context, m *Migration, c Change, now time.Time) (string, error) {
	expected := m.read()
	m.Version++
	m.commit = uuid.NewString()
	chain, err := chainAudit(m, c.Audit, now)
	if err != nil {
		return "", err
	}
	doc, err := json.Marshal(m)
	if err != nil {
		return "", fmt.Errorf("write migration %s: %w", m.Name, err)
	}
	notAfter := ""
	if !c.NotAfter.IsZero() {
		notAfter = strconv.FormatInt(c.NotAfter.UnixMilli(), 10)
	}
	args := []any{m.commit, expected, notAfter, c.CommandID, int(seenFor.Seconds()), strconv.FormatInt(m.Version, 10), doc, len(chain)}
	for _, entry := range chain {
		args = append(args, entry)
	}
	for _, o := range c.Outgoing {
		o.AuditSeq, o.AuditHead = m.AuditSeq, m.AuditHead
		body, err := json.Marshal(o)
		if err != nil {
			return "", fmt.Errorf("write a message of migration %s: %w", m.Name, err)
		}
		kind := "message"
		if o.Priority == Progress {
			kind = "progress"
		}
		args = append(args, kind, o.Key, body)
	}
	keys := []string{stateKey(m.Name), key(m.Name, "seen"), key(m.Name, "audit"), OutboxKey(m.Name), ProgressKey(m.Name)}
	answer, err := s.keep(ctx, durable{doing: "write migration " + m.Name, script: commit, keys: keys, args: args})
	if err != nil {
		return "", err
	}
	outcome, _ := answer.(string)
	if outcome == "ok" {
		s.Wake(ctx, m.Name)
	}
	return outcome, nil
}
