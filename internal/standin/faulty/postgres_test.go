// SPDX-License-Identifier: Apache-2.0

package faulty_test

import (
	"context"
	"net/url"
	"testing"

	"github.com/ferryman/ferryman/internal/standin/faulty"
	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"
)

// postgresThrough is a connection to an empty database as it is, and one through a proxy that w watches.
func postgresThrough(t *testing.T, w *witness) (direct, through *pgx.Conn) {
	t.Helper()
	ctx := context.Background()
	address := testenv.Postgres(t)
	u, err := url.Parse(address)
	require.NoError(t, err)
	p, err := faulty.PostgresProxy(u.Host, w.watch)
	require.NoError(t, err)
	t.Cleanup(p.Close)
	u.Host = p.Addr()
	query := u.Query()
	query.Set("options", "-c"+faulty.ClientSetting+"=two")
	u.RawQuery = query.Encode()
	for at, to := range map[string]**pgx.Conn{address: &direct, u.String(): &through} {
		c, err := pgx.Connect(ctx, at)
		require.NoError(t, err)
		t.Cleanup(func() { _ = c.Close(ctx) })
		*to = c
	}
	return direct, through
}

func TestOnlyWhatIsCommittedIsAWrite(t *testing.T) {
	t.Parallel()
	var w witness
	_, c := postgresThrough(t, &w)
	ctx := context.Background()
	exec := func(sql string, args ...any) {
		t.Helper()
		_, err := c.Exec(ctx, sql, args...)
		require.NoError(t, err)
	}
	exec("CREATE TABLE t (id bigint PRIMARY KEY, name text)")
	require.Equal(t, "CREATE TABLE", w.last().Kind)
	require.Equal(t, "two", w.last().Client)
	exec("INSERT INTO t VALUES ($1, $2)", 1, "one")
	first := w.last()
	require.Equal(t, "INSERT INTO t", first.Kind)
	exec("INSERT INTO t VALUES ($1, $2)", 2, "two")
	require.NotEqual(t, first.ID, w.last().ID, "other values are another write")
	exec("UPDATE t SET name = 'x' WHERE id = 99")
	exec("SELECT count(*) FROM t")
	require.Len(t, w.kinds(), 3, "what changed no row and what only reads is none")

	require.NoError(t, pgx.BeginFunc(ctx, c, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "UPDATE t SET name = $1 WHERE id = 1", "1")
		require.NoError(t, err)
		_, err = tx.Exec(ctx, "CREATE INDEX i ON t (name)")
		require.NoError(t, err)
		require.Len(t, w.kinds(), 3, "before the commit there is nothing to see")
		return nil
	}))
	require.Equal(t, "UPDATE t, CREATE INDEX", w.last().Kind)

	tx, err := c.Begin(ctx)
	require.NoError(t, err)
	_, err = tx.Exec(ctx, "DROP TABLE t")
	require.NoError(t, err)
	require.NoError(t, tx.Rollback(ctx))
	tx, err = c.Begin(ctx)
	require.NoError(t, err)
	_, err = tx.Exec(ctx, "DELETE FROM t")
	require.NoError(t, err)
	_, err = tx.Exec(ctx, "SELECT 1/0")
	require.Error(t, err)
	require.Error(t, tx.Commit(ctx), "a transaction that failed is rolled back at its commit")
	require.Len(t, w.kinds(), 4)

	exec("CREATE SEQUENCE s")
	exec("SELECT setval('s', 5)")
	require.Equal(t, "SELECT that writes", w.last().Kind)
	batch := &pgx.Batch{}
	batch.Queue("INSERT INTO t VALUES (3)")
	batch.Queue("SELECT * FROM t")
	require.NoError(t, c.SendBatch(ctx, batch).Close())
	require.Equal(t, "INSERT INTO t", w.last().Kind)
	_, err = c.CopyFrom(ctx, pgx.Identifier{"t"}, []string{"id"}, pgx.CopyFromRows([][]any{{10}, {11}}))
	require.NoError(t, err)
	require.Contains(t, w.last().Kind, "COPY")
}

func TestAnAnswerOfPostgresCanBeLost(t *testing.T) {
	t.Parallel()
	w := witness{lose: func(x faulty.Write) bool { return x.Kind == "INSERT INTO t" }}
	direct, c := postgresThrough(t, &w)
	ctx := context.Background()
	_, err := direct.Exec(ctx, "CREATE TABLE t (id bigint)")
	require.NoError(t, err)
	err = pgx.BeginFunc(ctx, c, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "INSERT INTO t VALUES (1)")
		return err
	})
	require.Error(t, err)
	require.NotErrorAs(t, err, new(*pgconn.PgError), "the connection went, nothing was refused")
	var n int
	require.NoError(t, direct.QueryRow(ctx, "SELECT count(*) FROM t").Scan(&n))
	require.Equal(t, 1, n, "it was committed nevertheless")
}
