// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

// Look is what a look at a shared reading came to. Exactly one of its four cases holds: a Value, a Failed, Ours, or none of them: then
// another is reading, and one looks again in a moment.
type Look struct {
	// Value is the reading, taken at At by Redis's clock. Both are empty in the other cases.
	Value []byte
	At    time.Time
	// Ours tells that the caller is the one who reads now, for all replicas: it ends with PutShared or FailShared.
	Ours bool
	// Flight names the reading that another is at, and Failed says why the one that was waited for came to nothing.
	Flight, Failed string
	// Now is Redis's time of the look.
	Now time.Time
}

const (
	sharedPrefix = "ferryman:{slack}:read:"
	// flightFor is how long a reader may be silent before another takes its place, longer than one call takes.
	flightFor = 15 * time.Second
	// sharedFor is how long a reading stays in Redis after it was last of use.
	sharedFor = time.Minute
)

// lookShared: the clock that a reading's age is counted by is Redis's. A reading from the future (the clock was set back) is none.
var lookShared = redis.NewScript(`
local t = redis.call('TIME')
local now = tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000)
local h = redis.call('HMGET', KEYS[1], 'at', 'value', 'flight', 'until', 'failed', 'why')
local at = tonumber(h[1] or '')
if at and at <= now and at >= tonumber(ARGV[2]) and at >= now - tonumber(ARGV[3]) then return {'known', tostring(at), h[2], tostring(now)} end
if ARGV[4] ~= '' and h[5] == ARGV[4] then return {'failed', '', h[6], tostring(now)} end
if h[3] and h[3] ~= ARGV[1] and tonumber(h[4]) > now then return {'wait', '', h[3], tostring(now)} end
redis.call('HSET', KEYS[1], 'flight', ARGV[1], 'until', tostring(now + tonumber(ARGV[5])))
redis.call('PEXPIRE', KEYS[1], ARGV[6])
return {'ours', '', '', tostring(now)}
`)

// LookShared looks for a reading that all replicas share and that is no older than maxAge and was taken no earlier than notBefore. Where
// there is none, the first who looks is the one who reads (Ours), under the name flight; looking again keeps it so. waited is the flight
// that the caller waited for, so that it learns of its failure.
func (s *Store) LookShared(ctx context.Context, name, flight, waited string, notBefore time.Time, maxAge time.Duration) (Look, error) {
	oldest := int64(0)
	if !notBefore.IsZero() {
		oldest = notBefore.UnixMilli()
	}
	answer, err := lookShared.Run(ctx, s.rdb, []string{sharedPrefix + name}, flight, oldest, maxAge.Milliseconds(), waited,
		flightFor.Milliseconds(), sharedFor.Milliseconds()).StringSlice()
	if err != nil {
		return Look{}, unavailable("look for what Slack said", err)
	}
	if len(answer) != 4 {
		return Look{}, fmt.Errorf("look for what Slack said: Redis answered %d parts, not 4", len(answer))
	}
	l := Look{}
	if l.Now, err = fromMillis(answer[3]); err != nil {
		return Look{}, err
	}
	switch answer[0] {
	case "known":
		l.Value = []byte(answer[2])
		l.At, err = fromMillis(answer[1])
	case "failed":
		l.Failed = answer[2]
	case "wait":
		l.Flight = answer[2]
	default:
		l.Ours = true
	}
	return l, err
}

func fromMillis(text string) (time.Time, error) {
	ms, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("a time of Redis's can't be read: %w", err)
	}
	return time.UnixMilli(ms).UTC(), nil
}

// putShared never puts an older reading over a newer one, as a reader that slept may come last, unless that one is of the future.
var putShared = redis.NewScript(`
local t = redis.call('TIME')
local now = tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000)
local at = tonumber(redis.call('HGET', KEYS[1], 'at') or '')
if not at or at < tonumber(ARGV[2]) or at > now then redis.call('HSET', KEYS[1], 'at', ARGV[2], 'value', ARGV[3]) end
if redis.call('HGET', KEYS[1], 'flight') == ARGV[1] then redis.call('HDEL', KEYS[1], 'flight', 'until') end
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 1
`)

// PutShared gives a reading to all who wait for it. at is Redis's time from before Slack was asked.
func (s *Store) PutShared(ctx context.Context, name, flight string, at time.Time, value []byte) error {
	err := putShared.Run(ctx, s.rdb, []string{sharedPrefix + name}, flight, at.UnixMilli(), value, sharedFor.Milliseconds()).Err()
	if err != nil {
		return unavailable("share what Slack said", err)
	}
	return nil
}

var failShared = redis.NewScript(`
if redis.call('HGET', KEYS[1], 'flight') ~= ARGV[1] then return 0 end
redis.call('HDEL', KEYS[1], 'flight', 'until')
if ARGV[2] ~= '' then redis.call('HSET', KEYS[1], 'failed', ARGV[1], 'why', ARGV[2]) end
return 1
`)

// FailShared ends a reading that came to nothing. Those who waited for it learn why; who asks later reads anew, as nothing of a failure
// is taken as true. With an empty why the next who looks reads, because this reader only gave up.
func (s *Store) FailShared(ctx context.Context, name, flight, why string) error {
	if err := failShared.Run(ctx, s.rdb, []string{sharedPrefix + name}, flight, why).Err(); err != nil {
		return unavailable("end a reading", err)
	}
	return nil
}
