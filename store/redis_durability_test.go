// SPDX-License-Identifier: Apache-2.0

package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/ferryman/ferryman/store"
	"github.com/stretchr/testify/require"
)

func TestRedisThatWouldForgetIsRefused(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := open(t, testenv.OwnRedis(t, nil).URL(0))
	require.NoError(t, s.Durable(ctx))
	set := func(name, value string) {
		t.Helper()
		require.NoError(t, s.Client().ConfigSet(ctx, name, value).Err())
	}
	for _, c := range []struct{ name, bad, good, fix string }{
		{"appendonly", "no", "yes", "CONFIG SET appendonly yes"},
		{"appendfsync", "no", "always", "CONFIG SET appendfsync always"},
		{"appendfsync", "everysec", "always", "CONFIG SET appendfsync always"},
		{"no-appendfsync-on-rewrite", "yes", "no", "CONFIG SET no-appendfsync-on-rewrite no"},
		{"maxmemory-policy", "allkeys-lru", "noeviction", "CONFIG SET maxmemory-policy noeviction"},
		{"maxmemory-policy", "volatile-ttl", "noeviction", "CONFIG SET maxmemory-policy noeviction"},
	} {
		set(c.name, c.bad)
		err := s.Durable(ctx)
		var forgets *store.ForgetsError
		require.ErrorAs(t, err, &forgets, c.name)
		require.Len(t, forgets.Checks, 1)
		require.ErrorContains(t, err, c.fix)
		require.ErrorContains(t, err, c.bad)
		s.AssertDurability()
		require.Error(t, s.Durable(ctx), "what is seen to be wrong can't be asserted away")
		set(c.name, c.good)
		require.NoError(t, s.Durable(ctx))
	}
}

func TestRedisThatDoesNotTellMustBeVouchedFor(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for name, settings := range map[string]map[string]string{
		"CONFIG renamed": {"rename-command": `CONFIG ""`},
		"CONFIG denied":  {"user": "default on nopass ~* &* +@all -config"},
		"all is denied":  {"user": "default on nopass ~* &* +@all -config -info"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t, testenv.OwnRedis(t, settings).URL(0))
			var forgets *store.ForgetsError
			require.ErrorAs(t, s.Durable(ctx), &forgets)
			for _, c := range forgets.Checks {
				require.True(t, c.Unknown)
				require.Contains(t, c.Fix, "redis.durability: asserted")
			}
			_, err := s.Create(ctx, migration("m"), store.Change{})
			require.ErrorIs(t, err, store.ErrUnavailable, "nothing is written meanwhile")
			s.AssertDurability()
			require.NoError(t, s.Durable(ctx))
			_, err = s.Create(ctx, migration("m"), store.Change{})
			require.NoError(t, err)
		})
	}
}

func TestRedisServersThatMayTakeOverAreLookedAtToo(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	set := func(t *testing.T, url, name, value string) {
		t.Helper()
		require.NoError(t, open(t, url).Client().ConfigSet(ctx, name, value).Err())
	}
	t.Run("sentinel", func(t *testing.T) {
		t.Parallel()
		servers := testenv.Sentinel(t, 1, map[string]string{"appendfsync": "everysec"})
		require.NoError(t, servers.Patient(ctx))
		s := open(t, servers.URL())
		require.NoError(t, s.Durable(ctx), "everysec is enough where a replica has each write")
		set(t, servers.Nodes[1].URL(0), "appendonly", "no")
		err := s.Durable(ctx)
		require.ErrorContains(t, err, "replica "+servers.Nodes[1].Addr())
		require.ErrorContains(t, err, "CONFIG SET appendonly yes")
		set(t, servers.Nodes[1].URL(0), "appendonly", "yes")
		require.NoError(t, s.Durable(ctx))
		checks, err := s.Durability(ctx)
		require.NoError(t, err)
		advice := 0
		for _, c := range checks {
			if c.Advice {
				advice++
				require.Contains(t, c.Fix, "min-replicas-to-write 1")
			}
		}
		require.Equal(t, 1, advice)
		servers.Nodes[1].Halt()
		require.Eventually(t, func() bool {
			checks, err := s.Durability(ctx)
			return err == nil && checks[len(checks)-1].Found == "it does not answer" && checks[len(checks)-1].Advice
		}, 2*time.Minute, 50*time.Millisecond, "a replica that is away keeps nobody from starting")
	})
	t.Run("cluster", func(t *testing.T) {
		t.Parallel()
		servers := testenv.Cluster(t, 0, nil)
		require.NoError(t, servers.Patient(ctx))
		s := open(t, servers.URL())
		require.NoError(t, s.Durable(ctx))
		set(t, servers.Nodes[2].URL(0), "maxmemory-policy", "allkeys-random")
		err := s.Durable(ctx)
		require.ErrorContains(t, err, servers.Nodes[2].Addr())
		require.ErrorContains(t, err, "CONFIG SET maxmemory-policy noeviction")
	})
	t.Run("a replica", func(t *testing.T) {
		t.Parallel()
		replica := testenv.Replica(t, testenv.OwnRedis(t, nil))
		require.ErrorContains(t, open(t, replica.URL(0)).Durable(ctx), "point REDIS_URL at the master")
	})
}

func TestRedisThatCameBackForgetfulIsNotWrittenTo(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	server := testenv.OwnRedis(t, nil)
	s := open(t, server.URL(0))
	require.NoError(t, s.Durable(ctx))
	_, err := s.Create(ctx, migration("m"), store.Change{})
	require.NoError(t, err)
	require.NoError(t, s.Client().ConfigSet(ctx, "maxmemory-policy", "allkeys-lru").Err())
	require.NoError(t, s.Client().ConfigRewrite(ctx).Err())
	server.Halt()
	require.NoError(t, server.Start(ctx))
	write := func() error {
		_, err := s.Update(ctx, "m", func(*store.Migration, time.Time) (store.Change, error) { return store.Change{}, nil })
		return err
	}
	var forgets *store.ForgetsError
	require.Eventually(t, func() bool {
		err = write()
		return err != nil
	}, 2*time.Minute, 20*time.Millisecond)
	require.ErrorAs(t, err, &forgets)
	require.ErrorIs(t, err, store.ErrUnavailable)
	require.True(t, store.NothingDone(err))
	require.ErrorContains(t, err, "CONFIG SET maxmemory-policy noeviction")

	require.NoError(t, s.Client().ConfigSet(ctx, "maxmemory-policy", "noeviction").Err())
	require.Eventually(t, func() bool { return write() == nil }, 2*time.Minute, 20*time.Millisecond)
}
