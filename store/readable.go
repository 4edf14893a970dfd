// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"errors"
)

// Readable reads all migrations that can be read, in no order, and says of the others why not: one that a newer program has moved
// forward, or that was damaged, keeps no other from going on.
func (s *Store) Readable(ctx context.Context) (all []*Migration, unreadable map[string]error, err error) {
	names, err := s.rdb.SMembers(ctx, indexKey).Result()
	if err != nil {
		return nil, nil, unavailable("list the migrations", err)
	}
	unreadable = map[string]error{}
	for _, name := range names {
		switch m, err := s.Load(ctx, name); {
		case err == nil:
			all = append(all, m)
		case errors.Is(err, ErrNotFound):
		case errors.Is(err, ErrUnavailable):
			return nil, nil, err
		default:
			unreadable[name] = err
		}
	}
	return all, unreadable, nil
}
