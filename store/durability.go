// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/redis/go-redis/v9"
)

// DurabilityCheck is one setting of a Redis server that decides whether it would forget.
type DurabilityCheck struct {
	// Server is its address and part, where there is more than one.
	Server, Name, Found, Fix string
	OK                       bool
	// Unknown tells that the server does not show the setting, as managed ones do.
	Unknown bool
	// Advice tells that Ferryman runs all the same.
	Advice bool
}

// ForgetsError: a Redis server would lose what it was told, or does not say that it would not.
type ForgetsError struct{ Checks []DurabilityCheck }

func (e *ForgetsError) Error() string {
	var b strings.Builder
	b.WriteString("Redis would forget, and approvals with it:")
	for _, c := range e.Checks {
		fmt.Fprintf(&b, "\n  %s%s: %s", onServer(c.Server), c.Found, c.Fix)
	}
	return b.String()
}

func onServer(server string) string {
	if server == "" {
		return ""
	}
	return server + ": "
}

// AssertDurability takes the configuration's word for what the servers do not show.
func (s *Store) AssertDurability() { s.asserted.Store(true) }

// Durable fails with *ForgetsError where a server that keeps Ferryman's state would forget, and with ErrUnavailable where that can't be
// asked just now. Once it was called, the store looks again by itself when a connection is new, and writes nothing to a Redis that
// would forget by then.
func (s *Store) Durable(ctx context.Context) error {
	s.guard.on.Store(true)
	return s.lookDurable(ctx)
}

func (s *Store) lookDurable(ctx context.Context) error {
	seen := s.guard.connections.Load()
	checks, err := s.Durability(ctx)
	if err != nil {
		return err
	}
	var bad []DurabilityCheck
	for _, c := range checks {
		if !c.OK && !c.Advice && !(c.Unknown && s.asserted.Load()) {
			bad = append(bad, c)
		}
	}
	s.guard.looked(seen, bad)
	if len(bad) > 0 {
		return &ForgetsError{Checks: bad}
	}
	return nil
}

// Durability reads of every server that has, or may come to have, Ferryman's state whether it keeps what it is told through a crash and
// never evicts.
func (s *Store) Durability(ctx context.Context) ([]DurabilityCheck, error) {
	servers, checks, err := s.servers(ctx)
	if err != nil {
		return nil, err
	}
	for _, server := range servers {
		found, err := judge(ctx, server)
		if server.temporary {
			_ = server.client.Close()
		}
		switch {
		case err != nil && server.replica:
			checks = append(checks, DurabilityCheck{Server: server.name, Name: "replica", Advice: true, Found: "it does not answer", Fix: "see that it runs: until then it can't take the master's place"})
		case err != nil:
			return nil, err
		default:
			checks = append(checks, found...)
		}
	}
	return checks, nil
}

// judge reads one server's settings.
func judge(ctx context.Context, server server) ([]DurabilityCheck, error) {
	r := reading{server: server.name}
	if err := r.read(ctx, server.client); err != nil {
		return nil, err
	}
	checks := []DurabilityCheck{
		r.setting("persistence", "appendonly", func(v string) bool { return v == "yes" },
			"CONFIG SET appendonly yes, and the same in redis.conf (CONFIG REWRITE): what isn't in the append-only file is lost in a crash"),
		r.setting("sync", "appendfsync", func(v string) bool { return v == "always" || v == "everysec" && (r.replicas() || server.replica) },
			"CONFIG SET appendfsync always, and CONFIG REWRITE: else a power cut takes the last second with it (everysec is enough where a replica has each write too)"),
		r.setting("sync while the file is rewritten", "no-appendfsync-on-rewrite", func(v string) bool { return v == "no" },
			"CONFIG SET no-appendfsync-on-rewrite no, and CONFIG REWRITE: else nothing is synced while the file is rewritten"),
		r.setting("eviction", "maxmemory-policy", func(v string) bool { return v == "noeviction" },
			"CONFIG SET maxmemory-policy noeviction, and CONFIG REWRITE: else a full server throws migrations away"),
	}
	if status, ok := r.said("aof_last_write_status"); ok && status != "ok" {
		checks = append(checks, DurabilityCheck{Server: r.server, Name: "disk", Found: "the last write to the append-only file failed", Fix: "give the server's disk room"})
	}
	return append(checks, r.replication(server)...), nil
}

// replication tells what follows from the server's part among others.
func (r reading) replication(server server) []DurabilityCheck {
	role, ok := r.said("role")
	if !ok {
		c := r.unknown("replicas")
		c.Fix += "; WAIT is not used then, so that a failover may lose the last writes"
		return []DurabilityCheck{c}
	}
	if role == "slave" {
		if server.replica {
			return nil
		}
		return []DurabilityCheck{{Server: r.server, Name: "part", Found: "the server is a replica, which takes no writes", Fix: "point REDIS_URL at the master, or at the Sentinels with ?master_name="}}
	}
	if !r.replicas() && !server.watched {
		return nil
	}
	c := r.setting("replicas", "min-replicas-to-write", func(v string) bool { return v != "0" },
		"CONFIG SET min-replicas-to-write 1 is advised: a master that was cut off from its replicas then refuses writes at once")
	c.Advice, c.Unknown = true, false
	return []DurabilityCheck{c}
}

// reading is what one server says of itself.
type reading struct {
	server   string
	settings map[string]string
	info     map[string]string
}

func (r *reading) read(ctx context.Context, client redis.Cmdable) error {
	names := []string{"appendonly", "appendfsync", "no-appendfsync-on-rewrite", "maxmemory-policy", "min-replicas-to-write"}
	r.settings, r.info = map[string]string{}, map[string]string{}
	for _, name := range names {
		values, err := client.ConfigGet(ctx, name).Result()
		if err := away("read the settings of Redis", err); err != nil {
			return err
		}
		for k, v := range values {
			r.settings[k] = v
		}
	}
	for _, section := range []string{"replication", "persistence"} {
		text, err := client.Info(ctx, section).Result()
		if err := away("read how Redis is", err); err != nil {
			return err
		}
		for line := range strings.Lines(text) {
			if k, v, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
				r.info[k] = v
			}
		}
	}
	return nil
}

// away is err where it is no answer; a server that answers that it does not tell leaves its settings unknown.
func away(doing string, err error) error {
	if err == nil {
		return nil
	}
	if err = unavailable(doing, err); errors.Is(err, ErrUnavailable) {
		return err
	}
	return nil
}

func (r reading) setting(name, setting string, good func(string) bool, fix string) DurabilityCheck {
	v, ok := r.settings[setting]
	if !ok {
		return r.unknown(name)
	}
	return DurabilityCheck{Server: r.server, Name: name, OK: good(v), Found: fmt.Sprintf("%s is %q", setting, v), Fix: fix}
}

func (r reading) unknown(name string) DurabilityCheck {
	return DurabilityCheck{Server: r.server, Name: name, Unknown: true, Found: "the server does not show its setting of " + name,
		Fix: "let Ferryman's user CONFIG GET and INFO, or, where the service promises it, set redis.durability: asserted in the configuration"}
}

func (r reading) said(name string) (string, bool) {
	v, ok := r.info[name]
	return v, ok
}

func (r reading) replicas() bool {
	n, ok := r.info["connected_slaves"]
	return ok && n != "0"
}
