// SPDX-License-Identifier: Apache-2.0

package faulty_test

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/standin/faulty"
	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/ferryman/ferryman/store"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
)

// redisThrough is the address of an empty Redis database as it is, and through a proxy that w watches.
func redisThrough(t *testing.T, w *witness) (direct, through string) {
	t.Helper()
	direct = testenv.Redis(t)
	u, err := url.Parse(direct)
	require.NoError(t, err)
	p, err := faulty.RedisProxy(u.Host, "one", w.watch)
	require.NoError(t, err)
	t.Cleanup(p.Close)
	u.Host = p.Addr()
	return direct, u.String()
}

func TestTheStoresWritesAreSeen(t *testing.T) {
	t.Parallel()
	var w witness
	_, through := redisThrough(t, &w)
	ctx := context.Background()
	db, err := store.Open(ctx, through)
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	require.Empty(t, w.kinds(), "nothing was written")

	_, err = db.Create(ctx, &store.Migration{Name: "box-office"}, store.Change{
		Audit: []store.Audit{{What: "command", Who: "U1"}}, Outgoing: []store.Outgoing{{ID: "M1", Migration: "box-office", Key: "root"}},
	})
	require.NoError(t, err)
	require.Len(t, w.kinds(), 2)
	require.Contains(t, w.kinds()[0], "ferryman:#:migrations", "the index, then the migration")
	require.Equal(t, faulty.Write{Service: faulty.Redis, Client: "one", Kind: "commit", ID: "ferryman:{box-office}:state 1"}, w.last())

	_, err = db.Update(ctx, "box-office", func(*store.Migration, time.Time) (store.Change, error) { return store.Change{}, nil })
	require.NoError(t, err)
	require.Equal(t, "commit of a reading", w.last().Kind)
	_, err = db.Create(ctx, &store.Migration{Name: "box-office"}, store.Change{})
	require.ErrorIs(t, err, store.ErrExists)
	require.NotEqual(t, "commit", w.last().Kind, "a refused commit writes nothing")

	lease, err := db.Acquire(ctx, "box-office", store.OutboxLease, "me", time.Minute)
	require.NoError(t, err)
	require.NotNil(t, lease)
	require.True(t, w.last().Repeats)
	o, err := db.NextOutgoing(ctx, "box-office", "me")
	require.NoError(t, err)
	require.Equal(t, "taking of a message", w.last().Kind)
	require.NoError(t, db.MarkOutgoing(ctx, "me", o, store.Posting))
	require.Equal(t, "marking of a message", w.last().Kind)
	require.NoError(t, db.DoneOutgoing(ctx, "me", o, &store.Posted{Channel: "C", TS: "1.2"}))
	require.Equal(t, "record of a sent message", w.last().Kind)
}

func TestTransactionsReadersAndSubscribersAreFollowed(t *testing.T) {
	t.Parallel()
	for _, protocol := range []int{2, 3} {
		var w witness
		_, through := redisThrough(t, &w)
		opts, err := redis.ParseURL(through)
		require.NoError(t, err)
		opts.Protocol = protocol
		c := redis.NewClient(opts)
		t.Cleanup(func() { _ = c.Close() })
		ctx := context.Background()

		sub := c.Subscribe(ctx, "news")
		t.Cleanup(func() { _ = sub.Close() })
		_, err = sub.Receive(ctx)
		require.NoError(t, err)
		require.NoError(t, c.Publish(ctx, "news", "hello").Err())
		m, err := sub.ReceiveMessage(ctx)
		require.NoError(t, err)
		require.Equal(t, "hello", m.Payload)
		require.Empty(t, w.kinds())

		require.NoError(t, c.XGroupCreateMkStream(ctx, "in", "g", "0").Err())
		require.NoError(t, c.XAdd(ctx, &redis.XAddArgs{Stream: "in", Values: []string{"payload", strings.Repeat("x", 100_000)}}).Err())
		read, err := c.XReadGroup(ctx, &redis.XReadGroupArgs{Group: "g", Consumer: "me", Streams: []string{"in", ">"}, Count: 1, Block: -1}).Result()
		require.NoError(t, err)
		id := read[0].Messages[0].ID
		require.Equal(t, faulty.Write{Service: faulty.Redis, Client: "one", Kind: "claim of an inbox entry", ID: id}, w.last())
		_, err = c.TxPipelined(ctx, func(p redis.Pipeliner) error {
			p.XAck(ctx, "in", "g", id)
			p.XDel(ctx, "in", id)
			return nil
		})
		require.NoError(t, err)
		require.Equal(t, "XACK in, XDEL in", w.last().Kind)
		require.Len(t, w.kinds(), 4)
	}
}

func TestAnAnswerOfRedisCanBeLost(t *testing.T) {
	t.Parallel()
	w := witness{lose: func(x faulty.Write) bool { return x.Kind == "SET k" }}
	direct, through := redisThrough(t, &w)
	opts, err := redis.ParseURL(through)
	require.NoError(t, err)
	opts.MaxRetries = -1
	c := redis.NewClient(opts)
	t.Cleanup(func() { _ = c.Close() })
	ctx := context.Background()
	require.Error(t, c.Set(ctx, "k", "v", 0).Err())
	opts, err = redis.ParseURL(direct)
	require.NoError(t, err)
	behind := redis.NewClient(opts)
	t.Cleanup(func() { _ = behind.Close() })
	require.Equal(t, "v", behind.Get(ctx, "k").Val(), "it was written nevertheless")
	require.NoError(t, c.Set(ctx, "other", "v", 0).Err(), "and the next connection works")
}
