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

// finishedKey maps the names of the migrations that have left Redis to their Finished.
const finishedKey = "ferryman:{index}:finished"

// Finished is what stays in Redis of a migration that has left it: where to find the rest.
type Finished struct {
	Name      string    `json:"name"`
	Profile   string    `json:"profile"`
	Channel   string    `json:"channel"`
	Target    string    `json:"target"`
	ClosedAt  time.Time `json:"closed_at"`
	RetiredAt time.Time `json:"retired_at"`
	// Root is its thread, File the audit's name there; Entries are in it.
	Root    Posted `json:"root"`
	File    string `json:"file"`
	Entries int64  `json:"entries"`
	// OnTarget tells that the target was seen to have the audit too, to its end.
	OnTarget bool `json:"on_target"`
}

// PutFinished keeps what stays of a migration that is about to leave.
func (s *Store) PutFinished(ctx context.Context, f Finished) error {
	body, err := json.Marshal(f)
	if err != nil {
		return fmt.Errorf("write what stays of migration %s: %w", f.Name, err)
	}
	_, err = s.keep(ctx, durable{doing: "keep what stays of migration " + f.Name, script: `redis.call('HSET', KEYS[1], ARGV[1], ARGV[2]) return 'ok'`,
		keys: []string{finishedKey}, args: []any{f.Name, body}})
	return err
}

// Finished is what stayed of a migration that has left Redis; nil where none of that name has.
func (s *Store) Finished(ctx context.Context, name string) (*Finished, error) {
	body, err := s.rdb.HGet(ctx, finishedKey, name).Bytes()
	if errors.Is(err, redis.Nil) {
		return nil, nil
	}
	if err != nil {
		return nil, unavailable("look for the finished migration "+name, err)
	}
	var f Finished
	if err := json.Unmarshal(body, &f); err != nil {
		return nil, fmt.Errorf("what stays of migration %s in Redis can't be read: %w", name, err)
	}
	return &f, nil
}

// Remove deletes every key of a migration, its document last, and takes it off the list of all. Broken off, it is begun again: as long as
// the document is there the migration is listed.
func (s *Store) Remove(ctx context.Context, name string) error {
	doing := "remove migration " + name
	node, err := s.node(ctx, stateKey(name))
	if err != nil {
		return err
	}
	// A name has none of the characters that a pattern gives a meaning.
	scan := node.Scan(ctx, 0, key(name, "*"), 1000).Iterator()
	for scan.Next(ctx) {
		if scan.Val() == stateKey(name) {
			continue
		}
		if err := s.rdb.Unlink(ctx, scan.Val()).Err(); err != nil {
			return unavailable(doing, err)
		}
	}
	if err := scan.Err(); err != nil {
		return unavailable(doing, err)
	}
	if err := s.rdb.Del(ctx, stateKey(name)).Err(); err != nil {
		return unavailable(doing, err)
	}
	if err := s.rdb.SRem(ctx, indexKey, name).Err(); err != nil {
		return unavailable(doing, err)
	}
	return nil
}
