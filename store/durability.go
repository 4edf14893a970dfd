// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"fmt"
)

// DurabilityCheck is one setting of the Redis server that decides whether it would forget.
type DurabilityCheck struct {
	Name, Found, Fix string
	OK               bool
	// Unknown tells that the server does not show the setting, as managed ones do.
	Unknown bool
}

// Durability reads whether the server keeps what it is told through a crash, and never evicts.
func (s *Store) Durability(ctx context.Context) []DurabilityCheck {
	read := func(setting string) (string, bool) {
		values, err := s.rdb.ConfigGet(ctx, setting).Result()
		if err != nil {
			return "", false
		}
		v, ok := values[setting]
		return v, ok
	}
	want := func(name, setting string, good func(string) bool, fix string) DurabilityCheck {
		v, ok := read(setting)
		if !ok {
			return DurabilityCheck{Name: name, Unknown: true, Found: "the server does not show its settings", Fix: "where the service promises it, set redis.durability: asserted in the configuration"}
		}
		return DurabilityCheck{Name: name, OK: good(v), Found: fmt.Sprintf("%s is %q", setting, v), Fix: fix}
	}
	return []DurabilityCheck{
		want("persistence", "appendonly", func(v string) bool { return v == "yes" }, "CONFIG SET appendonly yes, and in redis.conf: what isn't in the append-only file is lost in a crash"),
		want("sync", "appendfsync", func(v string) bool { return v == "always" || v == "everysec" }, "CONFIG SET appendfsync always (everysec may lose a second)"),
		want("eviction", "maxmemory-policy", func(v string) bool { return v == "noeviction" }, "CONFIG SET maxmemory-policy noeviction: otherwise a full server throws migrations away"),
	}
}
