// SPDX-License-Identifier: Apache-2.0

package localserver

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// Cluster is a Redis Cluster of three masters, each with the same number of replicas. A master that is silent for a second or so is
// replaced by its replica, where it has one.
type Cluster struct {
	// Nodes are the servers: the three masters first, then their replicas in the same order.
	Nodes []*Redis
}

// masters is the least number that a Cluster works with.
const masters = 3

// slots is the number of a Cluster's hash slots.
const slots = 16384

// StartCluster starts three masters with so many replicas each, and returns once all slots are served.
func StartCluster(ctx context.Context, replicas int, settings map[string]string) (*Cluster, error) {
	c := &Cluster{}
	if err := c.start(ctx, replicas, settings); err != nil {
		c.Stop()
		return nil, err
	}
	return c, nil
}

func (c *Cluster) start(ctx context.Context, replicas int, settings map[string]string) error {
	settings = with(with(with(settings, "cluster-enabled", "yes"), "cluster-node-timeout", "1000"), "databases", "1")
	settings = with(settings, "cluster-replica-validity-factor", "0") // else a replica that a busy machine kept waiting never stands for election
	for range masters * (1 + replicas) {
		node, err := StartRedisWith(ctx, RedisOptions{Settings: settings, needsBus: true})
		if err != nil {
			return err
		}
		c.Nodes = append(c.Nodes, node)
	}
	for i, node := range c.Nodes {
		client := node.client()
		defer client.Close()
		if err := client.Do(ctx, "CLUSTER", "SET-CONFIG-EPOCH", i+1).Err(); err != nil {
			return fmt.Errorf("set up a Cluster: %w", err)
		}
		if i < masters {
			if err := client.ClusterAddSlotsRange(ctx, i*slots/masters, (i+1)*slots/masters-1).Err(); err != nil {
				return fmt.Errorf("give slots to a Cluster's node: %w", err)
			}
		}
	}
	if err := c.meet(ctx); err != nil {
		return err
	}
	for i, node := range c.Nodes[masters:] {
		master, replica := c.Nodes[i%masters].client(), node.client()
		defer master.Close()
		defer replica.Close()
		id, err := master.Do(ctx, "CLUSTER", "MYID").Text()
		if err == nil {
			err = replica.ClusterReplicate(ctx, id).Err()
		}
		if err != nil {
			return fmt.Errorf("make a Cluster's node a replica: %w", err)
		}
	}
	for _, node := range c.Nodes[:masters] {
		if err := node.WaitReplicas(ctx, replicas); err != nil {
			return err
		}
	}
	return c.WaitWhole(ctx)
}

// meet makes the nodes know each other. A node forgets a MEET whose handshake takes longer than the node timeout, as where the machine was
// stalled, and does not try again by itself.
func (c *Cluster) meet(ctx context.Context) error {
	var err error
	for range 10 {
		for _, node := range c.Nodes[1:] {
			client := node.client()
			err := client.ClusterMeet(ctx, "127.0.0.1", fmt.Sprint(c.Nodes[0].Port)).Err()
			_ = client.Close()
			if err != nil {
				return fmt.Errorf("make a Cluster's nodes meet: %w", err)
			}
		}
		if err = c.waitWhole(ctx, 5*time.Second); err == nil || ctx.Err() != nil {
			break
		}
	}
	return err
}

// WaitWhole waits until every node knows all others and says that all slots are served.
func (c *Cluster) WaitWhole(ctx context.Context) error { return c.waitWhole(ctx, 30*time.Second) }

func (c *Cluster) waitWhole(ctx context.Context, patience time.Duration) error {
	return waitUntil(ctx, "the Cluster to be whole", patience, func(ctx context.Context) error {
		for _, node := range c.Nodes {
			client := node.client()
			info, err := client.ClusterInfo(ctx).Result()
			_ = client.Close()
			if err != nil {
				return err
			}
			if !strings.Contains(info, "cluster_state:ok") || !strings.Contains(info, fmt.Sprintf("cluster_known_nodes:%d\r", len(c.Nodes))) {
				return fmt.Errorf("a node says: %s", info)
			}
		}
		return nil
	})
}

// Patient has the nodes take none of them for dead that is silent for less than twenty seconds: where nothing is to be replaced, a machine
// that stalls for a second must not bring it about, nor keep the Cluster from serving.
func (c *Cluster) Patient(ctx context.Context) error {
	for _, node := range c.Nodes {
		client := node.client()
		err := client.ConfigSet(ctx, "cluster-node-timeout", fmt.Sprint(patient.Milliseconds())).Err()
		_ = client.Close()
		if err != nil {
			return fmt.Errorf("make a Cluster's node patient: %w", err)
		}
	}
	return c.WaitWhole(ctx)
}

// URL is the address as REDIS_URL takes it: the three masters.
func (c *Cluster) URL() string {
	more := url.Values{}
	for _, node := range c.Nodes[1:masters] {
		more.Add("addr", node.Addr())
	}
	return "redis://" + c.Nodes[0].Addr() + "?" + more.Encode()
}

// NodeOf is the server that is master of the key's slot now, by the word of any node that answers.
func (c *Cluster) NodeOf(ctx context.Context, key string) (*Redis, error) {
	for _, node := range c.Nodes {
		client := node.client()
		slot, err := client.ClusterKeySlot(ctx, key).Result()
		if err != nil {
			_ = client.Close()
			continue
		}
		shards, err := client.ClusterShards(ctx).Result()
		_ = client.Close()
		if err != nil {
			continue
		}
		for _, shard := range shards {
			if !slices.ContainsFunc(shard.Slots, func(r redis.SlotRange) bool { return r.Start <= slot && slot <= r.End }) {
				continue
			}
			for _, master := range shard.Nodes {
				i := slices.IndexFunc(c.Nodes, func(n *Redis) bool { return int64(n.Port) == master.Port })
				if master.Role == "master" && master.Health == "online" && i >= 0 {
					return c.Nodes[i], nil
				}
			}
		}
	}
	return nil, fmt.Errorf("no node of the Cluster says who has the slot of %s", key)
}

// Stop ends all nodes and removes their data.
func (c *Cluster) Stop() {
	for _, node := range c.Nodes {
		node.Stop()
	}
}
