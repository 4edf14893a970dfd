// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"
)

// Lease is the right of one replica to do something alone, until it is released or not renewed in time. It is a courtesy between
// replicas, not a fence: a holder may sleep through its end and wake up believing it still holds it. The fence is on the target.
type Lease struct {
	store *Store
	key   string
	owner string
	ttl   time.Duration
}

var renew = redis.NewScript(`if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end return 0`)

var release = redis.NewScript(`if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0`)

// An owner that has it gets it again: the reply to its first asking may be lost.
var acquire = redis.NewScript(`
local held = redis.call('GET', KEYS[1])
if held and held ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
`)

// Acquire takes the lease called name of a migration for owner, or returns nil where another owner holds it.
func (s *Store) Acquire(ctx context.Context, migration, name, owner string, ttl time.Duration) (*Lease, error) {
	l := &Lease{store: s, key: key(migration, "lease:"+name), owner: owner, ttl: ttl}
	ok, err := acquire.Run(ctx, s.rdb, []string{l.key}, owner, ttl.Milliseconds()).Bool()
	if err != nil {
		return nil, unavailable("take the lease of "+migration, err)
	}
	if !ok {
		return nil, nil
	}
	return l, nil
}

// Renew prolongs the lease and tells whether it is still held. A server that hangs is waited for no longer than a third of the lease.
func (l *Lease) Renew(ctx context.Context) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, l.ttl/3)
	defer cancel()
	held, err := renew.Run(ctx, l.store.rdb, []string{l.key}, l.owner, l.ttl.Milliseconds()).Bool()
	if err != nil {
		return false, unavailable("renew a lease", err)
	}
	return held, nil
}

// Release gives the lease back, if it is still this owner's.
func (l *Lease) Release(ctx context.Context) error {
	if err := release.Run(ctx, l.store.rdb, []string{l.key}, l.owner).Err(); err != nil {
		return unavailable("give a lease back", err)
	}
	return nil
}
