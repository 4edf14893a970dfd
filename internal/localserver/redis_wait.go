// SPDX-License-Identifier: Apache-2.0

package localserver

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// noMaintenance leaves out what only a cloud service answers to.
var noMaintenance = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}

// patient is how long a server may be silent of which nobody is to take the place.
const patient = 20 * time.Second

// waitUntil calls holds until it returns nil, for at most patience.
func waitUntil(ctx context.Context, what string, patience time.Duration, holds func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		err := holds(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waited for %s: %w", what, errors.Join(ctx.Err(), err))
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// WaitReplicas waits until so many replicas follow the server, and have what it has.
func (r *Redis) WaitReplicas(ctx context.Context, n int) error {
	return waitUntil(ctx, "the replicas", 30*time.Second, func(ctx context.Context) error {
		if got := r.replicas(ctx); got != n {
			return fmt.Errorf("%d of %d are there", got, n)
		}
		return r.acknowledged(ctx, n)
	})
}

// acknowledged fails where not so many replicas answer to something that was sent to them just now: a replica that is still loading does not.
func (r *Redis) acknowledged(ctx context.Context, n int) error {
	client := r.client()
	defer client.Close()
	var got *redis.Cmd
	_, err := client.Pipelined(ctx, func(p redis.Pipeliner) error {
		p.Publish(ctx, "ferryman:test", "") // goes to the replicas as a write does, and changes nothing
		got = p.Do(ctx, "WAIT", n, 1000)
		return nil
	})
	if err == nil && got.Val() != int64(n) {
		err = fmt.Errorf("%v of %d have loaded", got.Val(), n)
	}
	return err
}

// replicas is how many replicas the server sends what it has.
func (r *Redis) replicas(ctx context.Context) int {
	client := r.client()
	defer client.Close()
	info, _ := client.Info(ctx, "replication").Result()
	return strings.Count(info, "state=online")
}

func (r *Redis) hasRole(ctx context.Context, role string) error {
	client := r.client()
	defer client.Close()
	info, err := client.Info(ctx, "replication").Result()
	if err == nil && !strings.Contains(info, "role:"+role) {
		err = fmt.Errorf("it is not %s yet", role)
	}
	return err
}

// with is the map with one more entry.
func with(m map[string]string, name, value string) map[string]string {
	out := maps.Clone(m)
	if out == nil {
		out = map[string]string{}
	}
	out[name] = value
	return out
}
