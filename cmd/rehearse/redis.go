// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/ferryman/ferryman/internal/localserver"
	"github.com/ferryman/ferryman/store"
	"github.com/spf13/cobra"
)

// redisSettings say which kind of Redis ferryman has, and what is done to it.
type redisSettings struct {
	kind  string
	fault string
	down  time.Duration
}

const defaultRedisDown = 3 * time.Second

// The kinds of Redis, and what can be done to one.
const (
	redisSingle   = "single"
	redisSentinel = "sentinel"
	redisCluster  = "cluster"

	redisKill     = "kill"
	redisPause    = "pause"
	redisFailover = "failover"
)

func (s *redisSettings) flags(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&s.kind, "redis", redisSingle, "which Redis: \"single\", \"sentinel\" (a master, two replicas, three Sentinels) or \"cluster\" (three masters)")
	f.StringVar(&s.fault, "redis-fault", "", "while an approval is open, and again while tables are loaded: \"kill\" the server and start it again, \"pause\" it, or have a replica take over (\"failover\")")
	f.DurationVar(&s.down, "redis-down", defaultRedisDown, "how long it is killed or paused")
}

func (s redisSettings) check() error {
	switch {
	case s.kind != "" && !slices.Contains([]string{redisSingle, redisSentinel, redisCluster}, s.kind):
		return usageError{fmt.Errorf("--redis is single, sentinel or cluster, not %q", s.kind)}
	case s.fault != "" && !slices.Contains([]string{redisKill, redisPause, redisFailover}, s.fault):
		return usageError{fmt.Errorf("--redis-fault is kill, pause or failover, not %q", s.fault)}
	case s.fault == redisFailover && (s.kind == "" || s.kind == redisSingle):
		return usageError{errors.New("--redis-fault failover takes --redis sentinel or cluster: a single server has nobody to take over")}
	}
	return nil
}

// redisServers are what was started: one of the three, or one inside this process.
type redisServers struct {
	single   *localserver.Redis
	sentinel *localserver.Sentinel
	cluster  *localserver.Cluster
	inside   bool
}

// startRedis starts a real one where it is installed, else one inside this process, and says so.
func (w *world) startRedis(ctx context.Context, s redisSettings) error {
	err := w.startRealRedis(ctx, s)
	var absent *localserver.NotFoundError
	if err == nil || !errors.As(err, &absent) || s.kind == redisSentinel || s.kind == redisCluster || s.fault != "" {
		return err
	}
	m := miniredis.NewMiniRedis()
	if err := m.Start(); err != nil {
		return fmt.Errorf("start miniredis: %w", err)
	}
	w.redis.inside = true
	w.redisURL, w.note = "redis://"+m.Addr(), "Redis: miniredis inside the rehearsal, because redis-server is not installed here"
	w.closers = append(w.closers, m.Close)
	return nil
}

func (w *world) startRealRedis(ctx context.Context, s redisSettings) (err error) {
	switch s.kind {
	case redisSentinel:
		if w.redis.sentinel, err = localserver.StartSentinel(ctx, 2, nil); err == nil {
			w.redisURL, w.note = w.redis.sentinel.URL(), "Redis: a master with two replicas, and three Sentinels"
			w.closers = append(w.closers, w.redis.sentinel.Stop)
		}
	case redisCluster:
		replicas := 0
		if s.fault == redisFailover {
			replicas = 1
		}
		if w.redis.cluster, err = localserver.StartCluster(ctx, replicas, nil); err == nil {
			w.redisURL, w.note = w.redis.cluster.URL(), fmt.Sprintf("Redis: a Cluster of three masters with %d replicas each", replicas)
			w.closers = append(w.closers, w.redis.cluster.Stop)
		}
	default:
		if w.redis.single, err = localserver.StartRedis(ctx, 0); err == nil {
			w.redisURL, w.note = w.redis.single.URL(0), "Redis: a real redis-server"
			w.closers = append(w.closers, w.redis.single.Stop)
		}
	}
	return err
}

// holder is the server that has the key now.
func (s redisServers) holder(ctx context.Context, key string) (*localserver.Redis, error) {
	switch {
	case s.sentinel != nil:
		if master := s.sentinel.Master(ctx); master != nil {
			return master, nil
		}
		return nil, errors.New("the Sentinels name no master")
	case s.cluster != nil:
		return s.cluster.NodeOf(ctx, key)
	case s.single != nil:
		return s.single, nil
	}
	return nil, errors.New("miniredis can't be disturbed")
}

// disturbRedis does the fault of the settings to the server that has the key, and returns when what is to come back is back.
func (r *rehearsal) disturbRedis(ctx context.Context, key, during string) error {
	s := r.settings.redis
	server, err := r.world.redis.holder(ctx, key)
	if err != nil {
		return err
	}
	switch s.fault {
	case redisPause:
		r.out.line("\n%s  Redis hangs for %s while %s.", clock(time.Now()), s.down, during)
		server.Pause()
		err = wait(ctx, s.down)
		server.Resume()
		return err
	case redisKill:
		r.out.line("\n%s  Redis is killed (-9) while %s.", clock(time.Now()), during)
		server.Halt()
		if err := wait(ctx, s.down); err != nil {
			return err
		}
	case redisFailover:
		r.out.line("\n%s  Redis's master is killed (-9) while %s; a replica is to take over.", clock(time.Now()), during)
		server.Halt()
		for now := server; now == server; {
			if err := wait(ctx, 50*time.Millisecond); err != nil {
				return fmt.Errorf("no replica took over: %w", err)
			}
			if other, err := r.world.redis.holder(ctx, key); err == nil {
				now = other
			}
		}
		r.out.line("\n%s  A replica has taken over.", clock(time.Now()))
	}
	if err := server.Start(ctx); err != nil {
		return fmt.Errorf("start Redis again: %w", err)
	}
	r.out.line("\n%s  The killed Redis is back.", clock(time.Now()))
	return nil
}

// redisFault disturbs Redis once when holds. The returned function says how it went.
func (r *rehearsal) redisFault(ctx context.Context, key, during string, holds func() bool) func() error {
	if r.settings.redis.fault == "" {
		return func() error { return nil }
	}
	result := make(chan error, 1)
	r.when(ctx, holds, func() { result <- r.disturbRedis(ctx, key, during) })
	return func() error {
		select {
		case err := <-result:
			return err
		case <-ctx.Done():
			return fmt.Errorf("nothing disturbed Redis: %s never was", during)
		}
	}
}

// persistent lets people look whether what they did was taken, and do it again where it was not: Redis is away at times.
func (r *rehearsal) persistent(ctx context.Context) (close func(), err error) {
	if r.settings.redis.fault == "" || r.persistence != nil {
		return func() {}, nil
	}
	db, err := store.Open(ctx, r.world.redisURL)
	if err != nil {
		return nil, err
	}
	r.persistence = &persistence{store: db, notTaken: 1500 * time.Millisecond}
	return func() { _ = db.Close() }, nil
}

func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
