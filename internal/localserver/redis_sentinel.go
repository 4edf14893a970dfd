// SPDX-License-Identifier: Apache-2.0

package localserver

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"
)

// masterName is what the Sentinels call the server they watch.
const masterName = "ferryman"

// Sentinel is a master with replicas that three Sentinels watch. They replace a master that is silent for a second.
type Sentinel struct {
	// Nodes are the servers: first the one that was master at the start.
	Nodes []*Redis

	sentinels []*Redis
}

// StartSentinel starts a master, its replicas and three Sentinels, and returns once they know each other.
func StartSentinel(ctx context.Context, replicas int, settings map[string]string) (*Sentinel, error) {
	s := &Sentinel{}
	if err := s.start(ctx, replicas, settings); err != nil {
		s.Stop()
		return nil, err
	}
	return s, nil
}

func (s *Sentinel) start(ctx context.Context, replicas int, settings map[string]string) error {
	master, err := StartRedisWith(ctx, RedisOptions{Settings: settings})
	if err != nil {
		return err
	}
	s.Nodes = append(s.Nodes, master)
	for range replicas {
		node, err := StartRedisWith(ctx, RedisOptions{Settings: with(settings, "replicaof", fmt.Sprintf("127.0.0.1 %d", master.Port))})
		if err != nil {
			return err
		}
		s.Nodes = append(s.Nodes, node)
	}
	if err := master.WaitReplicas(ctx, replicas); err != nil {
		return err
	}
	for range 3 {
		node, err := StartRedisWith(ctx, RedisOptions{sentinel: []string{
			fmt.Sprintf("sentinel monitor %s 127.0.0.1 %d 2", masterName, master.Port),
			"sentinel down-after-milliseconds " + masterName + " 1000",
			"sentinel failover-timeout " + masterName + " 4000",
		}})
		if err != nil {
			return err
		}
		s.sentinels = append(s.sentinels, node)
	}
	return s.wait(ctx, "the Sentinels to know each other", func(ctx context.Context) error {
		for _, node := range s.sentinels {
			m, err := s.ask(ctx, node)
			if err != nil {
				return err
			}
			if m["num-other-sentinels"] != "2" || m["num-slaves"] != fmt.Sprint(replicas) || m["flags"] != "master" {
				return fmt.Errorf("it knows %s other Sentinels and %s replicas, and the master is %s", m["num-other-sentinels"], m["num-slaves"], m["flags"])
			}
		}
		return nil
	})
}

// URL is the address as REDIS_URL takes it: all three Sentinels.
func (s *Sentinel) URL() string {
	return fmt.Sprintf("redis://%s/0?master_name=%s&addr=%s&addr=%s", s.sentinels[0].Addr(), masterName, s.sentinels[1].Addr(), s.sentinels[2].Addr())
}

// Master is the server that the Sentinels name as master now; nil where they name none of these.
func (s *Sentinel) Master(ctx context.Context) *Redis {
	for _, node := range s.sentinels {
		m, err := s.ask(ctx, node)
		if err != nil {
			continue
		}
		if i := slices.IndexFunc(s.Nodes, func(r *Redis) bool { return fmt.Sprint(r.Port) == m["port"] }); i >= 0 {
			return s.Nodes[i]
		}
	}
	return nil
}

// WaitFailover waits until the Sentinels have made another server than old the master, and it takes that part.
func (s *Sentinel) WaitFailover(ctx context.Context, old *Redis) (*Redis, error) {
	var master *Redis
	return master, s.wait(ctx, "another master", func(ctx context.Context) error {
		if master = s.Master(ctx); master == nil || master == old {
			return errors.New("there is none yet")
		}
		return master.hasRole(ctx, "master")
	})
}

// Settle waits until the Sentinels' master has all other servers as its replicas.
func (s *Sentinel) Settle(ctx context.Context) error {
	return s.wait(ctx, "all servers to follow the master", func(ctx context.Context) error {
		master := s.Master(ctx)
		if master == nil {
			return errors.New("there is no master")
		}
		if n := master.replicas(ctx); n != len(s.Nodes)-1 {
			return fmt.Errorf("%d follow", n)
		}
		return nil
	})
}

// Patient has the Sentinels leave a silent master in its place for twenty seconds: where nothing is to be replaced, a machine that stalls for
// a second must not bring it about.
func (s *Sentinel) Patient(ctx context.Context) error {
	for _, node := range s.sentinels {
		client := node.client()
		err := client.Do(ctx, "SENTINEL", "SET", masterName, "down-after-milliseconds", patient.Milliseconds()).Err()
		_ = client.Close()
		if err != nil {
			return fmt.Errorf("make a Sentinel patient: %w", err)
		}
	}
	return nil
}

// Failover has the Sentinels make a replica the master though the present one is well.
func (s *Sentinel) Failover(ctx context.Context) error {
	client := redis.NewSentinelClient(&redis.Options{Addr: s.sentinels[0].Addr(), MaintNotificationsConfig: noMaintenance})
	defer client.Close()
	return client.Failover(ctx, masterName).Err()
}

// Stop ends all of it and removes its data.
func (s *Sentinel) Stop() {
	for _, node := range append(slices.Clone(s.sentinels), s.Nodes...) {
		node.Stop()
	}
}

func (s *Sentinel) ask(ctx context.Context, node *Redis) (map[string]string, error) {
	client := redis.NewSentinelClient(&redis.Options{Addr: node.Addr(), MaintNotificationsConfig: noMaintenance})
	defer client.Close()
	return client.Master(ctx, masterName).Result()
}

func (s *Sentinel) wait(ctx context.Context, what string, holds func(context.Context) error) error {
	return waitUntil(ctx, what, 3*time.Minute, holds) // one that woke up from a stall of two seconds does nothing for half a minute (TILT)
}
