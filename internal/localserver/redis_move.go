// SPDX-License-Identifier: Apache-2.0

package localserver

import (
	"context"
	"errors"
	"fmt"

	"github.com/redis/go-redis/v9"
)

// MoveSlot gives the slot of key to another master, key by key as an operator's tool does, while the Cluster works.
func (c *Cluster) MoveSlot(ctx context.Context, key string) error {
	from, err := c.NodeOf(ctx, key)
	if err != nil {
		return err
	}
	to := c.Nodes[0]
	if to == from {
		to = c.Nodes[1]
	}
	source, target := from.client(), to.client()
	defer source.Close()
	defer target.Close()
	slot, err := source.ClusterKeySlot(ctx, key).Result()
	if err != nil {
		return fmt.Errorf("move a slot: %w", err)
	}
	sourceID, err1 := source.Do(ctx, "CLUSTER", "MYID").Text()
	targetID, err2 := target.Do(ctx, "CLUSTER", "MYID").Text()
	if err := errors.Join(err1, err2,
		target.Do(ctx, "CLUSTER", "SETSLOT", slot, "IMPORTING", sourceID).Err(),
		source.Do(ctx, "CLUSTER", "SETSLOT", slot, "MIGRATING", targetID).Err()); err != nil {
		return fmt.Errorf("begin to move slot %d: %w", slot, err)
	}
	for {
		keys, err := source.ClusterGetKeysInSlot(ctx, int(slot), 1).Result()
		if err != nil {
			return fmt.Errorf("move slot %d: %w", slot, err)
		}
		if len(keys) == 0 {
			break
		}
		// A key may be gone by now (NOKEY), which is as good.
		if err := source.Do(ctx, "MIGRATE", "127.0.0.1", to.Port, keys[0], 0, 5000).Err(); err != nil && !errors.Is(err, redis.Nil) {
			return fmt.Errorf("move key %s: %w", keys[0], err)
		}
	}
	for _, node := range []*redis.Client{target, source} {
		if err := node.Do(ctx, "CLUSTER", "SETSLOT", slot, "NODE", targetID).Err(); err != nil {
			return fmt.Errorf("end to move slot %d: %w", slot, err)
		}
	}
	return nil
}
