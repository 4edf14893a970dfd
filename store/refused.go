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
