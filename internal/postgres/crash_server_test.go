// SPDX-License-Identifier: Apache-2.0

package postgres_test

import (
	"context"
	"errors"
	"syscall"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/localserver"
	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"
)

// ownServer is a server that the test may kill. It has synchronous_commit off, so that a session which does not ask for more loses
// what it committed last.
func ownServer(t *testing.T) (*localserver.Postgres, *testBundle) {
	t.Helper()
	server, err := localserver.StartPostgres(t.Context(), localserver.PostgresOptions{Settings: map[string]string{"shared_buffers": "32MB"}})
	require.NoError(t, err)
	t.Cleanup(server.Stop)
	b := setupIn(t, server.URL("postgres"))
	b.exec(t, "SET synchronous_commit = on")
	return server, b
}

// back connects the test's connection again.
func (b *testBundle) back(t *testing.T) {
	t.Helper()
	var err error
	require.Eventually(t, func() bool {
		b.conn, err = pgx.Connect(t.Context(), b.url)
		return err == nil
	}, patience, often)
	conn := b.conn
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	b.exec(t, "SET synchronous_commit = on")
}

// deaths are the ways in which a server ends without a word. All come back on the same port.
var deaths = []struct {
	name string
	kill func(t *testing.T, server *localserver.Postgres, b *testBundle)
}{
	{"kill -9", func(t *testing.T, server *localserver.Postgres, _ *testBundle) {
		server.Kill()
		require.NoError(t, server.Start(t.Context()))
	}},
	{"immediate shutdown", func(t *testing.T, server *localserver.Postgres, _ *testBundle) {
		server.Halt()
		require.NoError(t, server.Start(t.Context()))
	}},
	{"kill -9 of one session", func(t *testing.T, _ *localserver.Postgres, b *testBundle) {
		other := connect(t, b.url)
		require.NoError(t, syscall.Kill(one[int](t, b.conn, aSession), syscall.SIGKILL))
		// All others are ended before the server takes new ones.
		require.Eventually(t, func() bool { return other.Ping(t.Context()) != nil }, patience, often)
	}},
}

const aSession = `SELECT coalesce((SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'ferryman test'
	ORDER BY random() LIMIT 1), pg_backend_pid())`

// The server dies while a batch is set aside, an index is built, a key is validated, a trigger comes back. Whoever was at work hears
// so at once, and the next run ends in the same place.
func TestServerKilledInTheMiddle(t *testing.T) {
	t.Parallel()
	for _, death := range deaths {
		t.Run(death.name, func(t *testing.T) {
			t.Parallel()
			server, b := ownServer(t)
			b, plan := crashBundle(t, b)
			before := b.dump(t, withRows)
			b.exec(t, `CREATE FUNCTION ferryman.held() RETURNS trigger LANGUAGE plpgsql SET lock_timeout = 0 AS $$ BEGIN
					PERFORM pg_advisory_xact_lock_shared(hashtext(TG_OP || NEW.kind));
					RETURN NULL;
				END $$;
				CREATE TRIGGER held AFTER INSERT OR UPDATE ON ferryman.saved FOR EACH ROW EXECUTE FUNCTION ferryman.held()`)
			stop := b.watch(t)
			l := &life{plan: plan}
			for _, held := range []string{"INSERTforeign_key", "INSERTindex", "CREATE", "UPDATEunique", "ALTER", "ANALYZE", "UPDATEidentity", "UPDATEtrigger"} {
				b.exec(t, "SELECT pg_advisory_lock(hashtext('"+held+"'))")
				target := open(t, b.url)
				died := make(chan error, 1)
				begin := func() { go func() { died <- l.live(context.Background(), target) }() }
				begin()
				require.Eventually(t, func() bool {
					select {
					case err := <-died: // the one before found the server back so soon that it went on, past what is to be held
						require.NoError(t, err, held)
						l.phase = 0
						begin()
					default:
					}
					return one[int](t, b.conn, holds) > 0
				}, patience, often, held)
				death.kill(t, server, b)
				select {
				case err := <-died:
					var away *postgres.UnreachableError
					var ended *pgconn.PgError
					if errors.As(err, &ended) {
						require.Equal(t, "57P01", ended.Code, held)
					} else {
						require.ErrorAs(t, err, &away, held)
					}
				case <-time.After(patience):
					require.Fail(t, "nobody told it that the server is gone", held)
				}
				target.Close()
				b.back(t)
			}
			require.NoError(t, l.live(t.Context(), open(t, b.url)))
			stop()
			sameText(t, before, b.dump(t, withRows))
		})
	}
}

// What Ferryman was told is done must still be done after the server died, whatever the server is set to: the outcome of a step is told
// to others, and a fence that went back would let two in.
func TestWhatIsCommittedStaysCommitted(t *testing.T) {
	t.Parallel()
	server, b := ownServer(t)
	b, plan := crashBundle(t, b)
	for i, batch := range plan.Batches() {
		fence, err := open(t, b.url).RaiseFence(t.Context(), "box-office")
		require.NoError(t, err)
		b.fence = fence
		require.NoError(t, b.target.SetAsideObjects(t.Context(), fence, "plan", batch.Step(), batch.Objects))
		server.Kill()
		require.NoError(t, server.Start(t.Context()))
		b.back(t)
		require.Equal(t, fence.Token, one[int64](t, b.conn, "SELECT token FROM ferryman.fence"))
		require.Equal(t, 1, one[int](t, b.conn, "SELECT count(*)::int FROM ferryman.step WHERE step = $1", batch.Step()))
		b.target = open(t, b.url)
		if i == 3 {
			return
		}
	}
}
