// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	// keepTries is how often a write is sent before its caller is told; the waits between are short, because somebody waits in Slack.
	keepTries = 3
	// replicaPatience is how long a replica may take to have a write.
	replicaPatience = time.Second
	// replicaGrace is how long a server that had replicas is still expected to have as many: a master that is about to be replaced
	// first loses those of its replicas that are to replace it.
	replicaGrace = time.Minute
)

var (
	errUnconfirmed = errors.New("it was written, but no replica has it yet")
	errLate        = errors.New("the time for it has passed")
)

// durable is a script whose effect must survive the loss of the server. It is written so that running it again with the same arguments
// changes nothing more and answers the same, because a reply may be lost; and so that it writes something whenever its answer is relied
// on, because a replica is asked for the connection's last write.
type durable struct {
	doing  string
	script string
	keys   []string
	args   []any
	// within, unless zero, is how long after began the script may have its effect: its last argument is that time by the server's own
	// clock, in milliseconds. Where it is zero there is no such argument.
	began  time.Time
	within time.Duration
}

// keep runs d and returns its answer once it will not be lost with the server: where the server has replicas, one of them has it too.
func (s *Store) keep(ctx context.Context, d durable) (any, error) {
	if err := s.mayWrite(); err != nil {
		return nil, fmt.Errorf("%s: %w: %w: %w", d.doing, ErrUnavailable, err, errNothing)
	}
	nothing := true
	for try := 1; ; try++ {
		answer, maybe, err := s.keepOnce(ctx, d)
		if err == nil {
			return answer, nil
		}
		nothing = nothing && !maybe
		word, answered := isAnswer(err)
		switch {
		case answered && !refused(word):
			return nil, fmt.Errorf("%s: %w", d.doing, err)
		case try < keepTries && !errors.Is(err, errLate) && !errors.Is(err, errUnconfirmed) && pause(ctx, try):
			s.reload(ctx)
			continue
		}
		err = unavailable(d.doing, err)
		if nothing {
			err = fmt.Errorf("%w: %w", err, errNothing)
		}
		return nil, err
	}
}

// keepOnce tries once. maybe tells, with an error, that the script may have had its effect.
func (s *Store) keepOnce(ctx context.Context, d durable) (answer any, maybe bool, err error) {
	node, err := s.node(ctx, d.keys[0])
	if err != nil {
		return nil, false, err
	}
	// One connection: the deadline is by the clock of the very server that gets the script, and WAIT is about its own connection.
	conn := node.Conn()
	defer conn.Close()
	args := d.args
	if d.within > 0 {
		now := redis.NewTimeCmd(ctx, "time")
		if err := send(ctx, conn, now); err != nil {
			return nil, false, err
		}
		left := d.within - time.Since(d.began)
		if left <= 0 {
			return nil, false, errLate
		}
		args = append(args[:len(args):len(args)], strconv.FormatInt(now.Val().Add(left).UnixMilli(), 10))
	}
	eval := redis.NewCmd(ctx, append([]any{"eval", d.script, len(d.keys)}, append(anys(d.keys), args...)...)...)
	info := redis.NewStringCmd(ctx, "info", "replication")
	err = send(ctx, conn, eval, info)
	if _, answered := isAnswer(eval.Err()); answered {
		return nil, false, eval.Err()
	}
	if err != nil && !errors.As(err, new(redis.Error)) {
		return nil, !neverSent(err), err
	}
	copies := s.replicas.expected(node.Options().Addr, info)
	if copies == 0 {
		return eval.Val(), false, nil
	}
	patience := replicaPatience
	if end, ok := ctx.Deadline(); ok {
		patience = max(10*time.Millisecond, min(patience, time.Until(end)-50*time.Millisecond))
	}
	wait := redis.NewIntCmd(ctx, "wait", copies, patience.Milliseconds())
	if err := send(ctx, conn, wait); err != nil {
		return nil, true, fmt.Errorf("%w: %w", errUnconfirmed, err)
	}
	if wait.Val() < int64(copies) {
		return nil, true, errUnconfirmed
	}
	return eval.Val(), false, nil
}

// once is a command that go-redis does not send again by itself: whether the first try had its effect would be forgotten.
type once struct{ redis.Cmder }

func (once) NoRetry() bool { return true }

func send(ctx context.Context, conn *redis.Conn, cmds ...redis.Cmder) error {
	pipe := conn.Pipeline()
	for _, cmd := range cmds {
		_ = pipe.Process(ctx, once{cmd})
	}
	_, err := pipe.Exec(ctx)
	return err
}

// node is the connection to the server that has the key: the only one, the Sentinels' master, or the master of the key's slot.
func (s *Store) node(ctx context.Context, key string) (*redis.Client, error) {
	switch c := s.rdb.(type) {
	case *redis.ClusterClient:
		return c.MasterForKey(ctx, key)
	case *redis.Client:
		return c, nil
	}
	return nil, fmt.Errorf("a Redis client of an unknown kind: %T", s.rdb)
}

// reload has a Cluster's map of slots read again, in the background.
func (s *Store) reload(ctx context.Context) {
	if c, ok := s.rdb.(*redis.ClusterClient); ok {
		c.ReloadState(ctx)
	}
}

// pause waits a little longer each time, and tells whether there is time for another try.
func pause(ctx context.Context, try int) bool {
	timer := time.NewTimer(time.Duration(try*try)*20*time.Millisecond + rand.N(20*time.Millisecond))
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func anys(keys []string) []any {
	out := make([]any, len(keys))
	for i, k := range keys {
		out[i] = k
	}
	return out
}
