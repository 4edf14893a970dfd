// SPDX-License-Identifier: Apache-2.0

package testenv_test

import (
	"context"
	"testing"

	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) { testenv.Main(m) }

func TestEachTestHasItsOwnDatabaseAndRole(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	a, b := testenv.Postgres(t), testenv.Postgres(t)
	require.NotEqual(t, a, b)
	role, url := testenv.Role(t, a)
	conn, err := pgx.Connect(ctx, url)
	require.NoError(t, err)
	defer conn.Close(ctx)
	var user string
	require.NoError(t, conn.QueryRow(ctx, "SELECT current_user").Scan(&user))
	require.Equal(t, role, user)
}

func TestEachTestHasItsOwnRedisKeys(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	open := func() *redis.Client {
		opts, err := redis.ParseURL(testenv.Redis(t))
		require.NoError(t, err)
		c := redis.NewClient(opts)
		t.Cleanup(func() { _ = c.Close() })
		return c
	}
	a, b := open(), open()
	require.NoError(t, a.Set(ctx, "k", "v", 0).Err())
	require.ErrorIs(t, b.Get(ctx, "k").Err(), redis.Nil)
}
