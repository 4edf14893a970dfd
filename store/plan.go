// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/redis/go-redis/v9"
)

// PutPlan keeps a plan's bytes under their own fingerprint. It may be written any number of times.
func (s *Store) PutPlan(ctx context.Context, migration string, plan []byte) (fingerprint string, err error) {
	sum := sha256.Sum256(plan)
	fingerprint = hex.EncodeToString(sum[:])
	return fingerprint, s.set(ctx, "keep the plan of "+migration, key(migration, "plan:"+fingerprint), plan)
}

// Plan reads a plan's bytes and compares them with the fingerprint they are kept under.
func (s *Store) Plan(ctx context.Context, migration, fingerprint string) ([]byte, error) {
	plan, err := s.rdb.Get(ctx, key(migration, "plan:"+fingerprint)).Bytes()
	if errors.Is(err, redis.Nil) {
		return nil, fmt.Errorf("plan %.12s of %s is not in Redis: give the phase's command again", fingerprint, migration)
	}
	if err != nil {
		return nil, unavailable("read a plan of "+migration, err)
	}
	if sum := sha256.Sum256(plan); hex.EncodeToString(sum[:]) != fingerprint {
		return nil, fmt.Errorf("plan %.12s of %s was changed in Redis: it is not run; give the phase's command again", fingerprint, migration)
	}
	return plan, nil
}

// PutFile keeps an attachment of a message until it is sent, under a name of its own within the migration.
func (s *Store) PutFile(ctx context.Context, migration, name string, content []byte) error {
	return s.set(ctx, "keep file "+name+" of "+migration, key(migration, "file:"+name), content)
}

// set keeps a value that a later commit relies on.
func (s *Store) set(ctx context.Context, doing, key string, value []byte) error {
	const set = `redis.call('SET', KEYS[1], ARGV[1]) return 'ok'`
	_, err := s.keep(ctx, durable{doing: doing, script: set, keys: []string{key}, args: []any{value}})
	return err
}

// File reads what PutFile or PutPacked kept.
func (s *Store) File(ctx context.Context, migration, name string) ([]byte, error) {
	b, err := s.rdb.Get(ctx, key(migration, "file:"+name)).Bytes()
	if errors.Is(err, redis.Nil) {
		return nil, fmt.Errorf("file %s of %s is not in Redis any more", name, migration)
	}
	if err != nil {
		return nil, unavailable("read file "+name+" of "+migration, err)
	}
	content, err := unpacked(b)
	if err != nil {
		return nil, fmt.Errorf("file %s of %s can't be unpacked: %w", name, migration, err)
	}
	return content, nil
}
