// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"
)

// refusedFor is the time over which a person's refused clicks are counted together.
const refusedFor = time.Minute

var countRefused = redis.NewScript(`
local n = redis.call('INCR', KEYS[1])
if n == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return n
`)

// CountRefused counts the clicks of a person on a migration that did not count, within a minute from the first of them on, this one
// included. It keeps no more than one number for each of them, and that for a minute.
func (s *Store) CountRefused(ctx context.Context, migration, user string) (int64, error) {
	n, err := countRefused.Run(ctx, s.rdb, []string{key(migration, "refused:"+user)}, refusedFor.Milliseconds()).Int64()
	if err != nil {
		return 0, unavailable("count refused clicks of "+migration, err)
	}
	return n, nil
}

// markSeen enters a command as if most of the time for which commands are remembered had passed.
const markSeen = `
local now = redis.call('TIME')
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', tonumber(now[1]) - tonumber(ARGV[2]))
redis.call('ZADD', KEYS[1], 'NX', tonumber(now[1]) - tonumber(ARGV[2]) + tonumber(ARGV[3]), ARGV[1])
return 'ok'
`

// MarkSeen records a command that was refused, for as long as arrivals are deduplicated, so that whoever else has it in hand can't commit
// it: that is ErrSeen. It writes neither the document nor the audit.
func (s *Store) MarkSeen(ctx context.Context, migration, commandID string) error {
	_, err := s.keep(ctx, durable{doing: "note a refused click of " + migration, script: markSeen, keys: []string{key(migration, "seen")},
		args: []any{commandID, int(seenFor.Seconds()), int(dedupeFor.Seconds())}})
	return err
}
