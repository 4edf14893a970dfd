// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// Store is Ferryman's state in one Redis: a server, a set of Sentinels or a Cluster. Keys that change together carry the same hash
// tag, so that a Cluster keeps them on one slot.
type Store struct {
	rdb      redis.UniversalClient
	replicas replicas
	// sentinel is set where the address names Sentinels.
	sentinel *redis.FailoverOptions
	asserted atomic.Bool
	guard    guard
}

// dialTimeout is short because somebody waits in Slack for an answer, and Slack gives three seconds.
const dialTimeout = 2 * time.Second

// noMaintenance leaves out what only Redis's own cloud service answers to: asking for it is another round trip at each connection, and
// connections that are asked at once disturb each other.
var noMaintenance = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}

// clusterLookEvery is how often the map of a Cluster's slots is read: a master that died does not say where its slots went.
const clusterLookEvery = 2 * time.Second

// Open connects to redisURL: redis:// or rediss:// (TLS), `?master_name=` for Sentinel, `?addr=` for a Cluster. It fails when Redis
// does not answer. No error of it contains the URL, which may hold a password.
func Open(ctx context.Context, redisURL string) (*Store, error) {
	s := &Store{}
	if err := s.connect(redisURL); err != nil {
		return nil, err
	}
	if err := s.Ping(ctx); err != nil {
		_ = s.Close()
		return nil, err
	}
	return s, nil
}

func (s *Store) connect(redisURL string) error {
	u, err := url.Parse(redisURL)
	if err != nil || u.Host == "" || (u.Scheme != "redis" && u.Scheme != "rediss") {
		return errors.New("REDIS_URL is not a Redis address: write it as redis://[user:password@]host:6379/0, with rediss:// for TLS")
	}
	query := u.Query()
	switch {
	case query.Has("master_name"):
		opts, err := redis.ParseFailoverURL(redisURL)
		if err != nil {
			return badURL(u, err)
		}
		opts.DialTimeout, opts.DialerRetries, opts.ContextTimeoutEnabled, opts.OnConnect = dialTimeout, 1, true, s.connected
		s.rdb, s.sentinel = redis.NewFailoverClient(opts), opts
	case query.Has("addr"):
		opts, err := redis.ParseClusterURL(redisURL)
		if err != nil {
			return badURL(u, err)
		}
		opts.DialTimeout, opts.DialerRetries, opts.ContextTimeoutEnabled, opts.OnConnect = dialTimeout, 1, true, s.connected
		opts.MaintNotificationsConfig = noMaintenance
		opts.ClusterStateReloadInterval = clusterLookEvery
		s.rdb = redis.NewClusterClient(opts)
	default:
		opts, err := redis.ParseURL(redisURL)
		if err != nil {
			return badURL(u, err)
		}
		opts.DialTimeout, opts.DialerRetries, opts.ContextTimeoutEnabled, opts.OnConnect = dialTimeout, 1, true, s.connected
		opts.MaintNotificationsConfig = noMaintenance
		s.rdb = redis.NewClient(opts)
	}
	return nil
}

func (s *Store) connected(context.Context, *redis.Conn) error {
	s.guard.connections.Add(1)
	return nil
}

func badURL(u *url.URL, err error) error {
	return fmt.Errorf("REDIS_URL for %s can't be used: %w; it takes ?master_name= for Sentinel and ?addr= for a Cluster", u.Host, err)
}

// Close gives the connections back.
func (s *Store) Close() error { return s.rdb.Close() }

// Client is the connection itself, for what has no method here.
func (s *Store) Client() redis.UniversalClient { return s.rdb }

// Ping fails with ErrUnavailable when Redis does not answer.
func (s *Store) Ping(ctx context.Context) error {
	if err := s.rdb.Ping(ctx).Err(); err != nil {
		return unavailable("reach Redis", err)
	}
	return nil
}

// Now is Redis's time: the one clock that all replicas share. Of a Cluster it is always the same server's.
func (s *Store) Now(ctx context.Context) (time.Time, error) { return s.nowAt(ctx, indexKey) }

// nowAt is the time of the server that has the key.
func (s *Store) nowAt(ctx context.Context, key string) (time.Time, error) {
	const doing = "read Redis's time"
	node, err := s.node(ctx, key)
	if err != nil {
		return time.Time{}, unavailable(doing, err)
	}
	now, err := node.Time(ctx).Result()
	if err != nil {
		s.reload(ctx)
		return time.Time{}, unavailable(doing, err)
	}
	return now.UTC(), nil
}
