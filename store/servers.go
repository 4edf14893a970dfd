// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
)

// server is one of those that have Ferryman's state.
type server struct {
	name   string
	client *redis.Client
	// replica tells that it is known as one, watched that something would replace it, temporary that the connection is closed after use.
	replica, watched, temporary bool
}

// servers are all that have the state or may come to have it: the one server; the Sentinels' master and its replicas; a Cluster's
// nodes. Of those that can't be reached a check tells.
func (s *Store) servers(ctx context.Context) ([]server, []DurabilityCheck, error) {
	switch c := s.rdb.(type) {
	case *redis.ClusterClient:
		var mu sync.Mutex
		var all []server
		add := func(replica bool) func(context.Context, *redis.Client) error {
			return func(_ context.Context, node *redis.Client) error {
				mu.Lock()
				defer mu.Unlock()
				all = append(all, server{name: node.Options().Addr, client: node, replica: replica})
				return nil
			}
		}
		if err := c.ForEachMaster(ctx, add(false)); err != nil {
			return nil, nil, unavailable("read the nodes of the Redis Cluster", err)
		}
		if err := c.ForEachSlave(ctx, add(true)); err != nil {
			return nil, nil, unavailable("read the nodes of the Redis Cluster", err)
		}
		return all, nil, nil
	case *redis.Client:
		if s.sentinel == nil {
			return []server{{client: c}}, nil, nil
		}
		replicas, err := s.sentinelReplicas(ctx)
		if err != nil {
			return nil, nil, err
		}
		return append([]server{{name: "the master", client: c, watched: true}}, replicas...), nil, nil
	}
	return nil, nil, fmt.Errorf("a Redis client of an unknown kind: %T", s.rdb)
}

// sentinelReplicas asks the Sentinels, one after the other, which replicas the master has.
func (s *Store) sentinelReplicas(ctx context.Context) ([]server, error) {
	o := s.sentinel
	var last error
	for _, address := range o.SentinelAddrs {
		client := redis.NewSentinelClient(&redis.Options{
			Addr: address, Username: o.SentinelUsername, Password: o.SentinelPassword, TLSConfig: o.TLSConfig, DialTimeout: dialTimeout, DialerRetries: 1, MaxRetries: -1,
		})
		found, err := client.Replicas(ctx, o.MasterName).Result()
		_ = client.Close()
		if err != nil {
			last = err
			continue
		}
		var all []server
		for _, r := range found {
			at := net.JoinHostPort(r["ip"], r["port"])
			all = append(all, server{name: "replica " + at, replica: true, temporary: true, client: redis.NewClient(&redis.Options{
				Addr: at, Username: o.Username, Password: o.Password, TLSConfig: o.TLSConfig, DialTimeout: dialTimeout, DialerRetries: 1, MaxRetries: -1,
			})})
		}
		return all, nil
	}
	return nil, unavailable("ask the Sentinels for the replicas", last)
}

// lookAgainAfter is the least time between two looks at the servers' durability that the store makes by itself.
const lookAgainAfter = 2 * time.Second

// guard keeps writes away from a Redis that was well at the start and would forget now.
type guard struct {
	on atomic.Bool
	// connections counts those that were opened: a server that was started again has only new ones.
	connections atomic.Int64

	mu      sync.Mutex
	looking bool
	known   int64
	last    time.Time
	forgets []DurabilityCheck
}

func (g *guard) looked(connections int64, forgets []DurabilityCheck) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.known, g.last, g.forgets = connections, time.Now(), forgets
}

// mayWrite fails where the servers would forget, by the last look at them, and has somebody look where that is old.
func (s *Store) mayWrite() error {
	g := &s.guard
	if !g.on.Load() {
		return nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	stale := g.known != g.connections.Load() || len(g.forgets) > 0
	if stale && !g.looking && time.Since(g.last) > lookAgainAfter {
		g.looking = true
		go func() {
			ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
			defer cancel()
			_ = s.lookDurable(ctx)
			g.mu.Lock()
			defer g.mu.Unlock()
			g.looking, g.last = false, time.Now()
		}()
	}
	if len(g.forgets) > 0 {
		return &ForgetsError{Checks: g.forgets}
	}
	return nil
}
