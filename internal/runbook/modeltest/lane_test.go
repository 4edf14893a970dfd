// SPDX-License-Identifier: Apache-2.0

package modeltest_test

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/ferryman/ferryman/store"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
)

// replicasAtMost is how many replicas a world has.
const replicasAtMost = 3

// lane is a Redis and a target on which one sequence after the other is played.
type lane struct {
	t        testing.TB
	number   int
	played   int
	redisURL string
	admin    *redis.Client
	store    *store.Store // the test's own, past all faults
	lines    []*line      // that no replica uses now
	verbose  bool
	targets  []*postgres.Target // one for each replica, as if from its own process
	pool     *pgxpool.Pool
	targetID string
}

// executedSQL is what the steps write: each is one execution of a step, in the transaction that holds the fence.
const executedSQL = `CREATE TABLE executed (approval text NOT NULL, plan text NOT NULL, step text NOT NULL, n int NOT NULL, migration text NOT NULL,
	replica text NOT NULL, repeated boolean NOT NULL, at bigserial)`

func newLane(t testing.TB, number int) *lane {
	t.Helper()
	ctx := context.Background()
	server := testenv.OwnRedis(t, map[string]string{"appendonly": "no"})
	l := &lane{t: t, number: number, redisURL: server.URL(0) + "?protocol=2"}
	options, err := redis.ParseURL(l.redisURL)
	require.NoError(t, err)
	l.admin = redis.NewClient(options)
	t.Cleanup(func() { _ = l.admin.Close() })
	l.store, err = store.Open(ctx, l.redisURL)
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.store.Close() })
	l.pool, l.targets, l.targetID = newTarget(t, replicasAtMost)
	_, err = l.pool.Exec(ctx, executedSQL)
	require.NoError(t, err)
	return l
}

// line is a store that one replica after another uses: its connections outlive them.
type line struct {
	store  *store.Store
	socket socket
}

func (l *lane) take(w *wire) *line {
	if n := len(l.lines); n > 0 {
		free := l.lines[n-1]
		l.lines = l.lines[:n-1]
		free.socket.wire.Store(w)
		return free
	}
	fresh := &line{}
	fresh.socket.wire.Store(w)
	var err error
	fresh.store, err = store.Open(context.Background(), l.redisURL)
	require.NoError(l.t, err)
	l.t.Cleanup(func() { _ = fresh.store.Close() })
	fresh.store.Client().AddHook(&fresh.socket)
	return fresh
}

func (l *lane) give(line *line) { l.lines = append(l.lines, line) }

// newTarget makes a database that migrations can be opened on, and so many connections to it.
func newTarget(t testing.TB, connections int) (*pgxpool.Pool, []*postgres.Target, string) {
	t.Helper()
	ctx := context.Background()
	address := bySocket(t, testenv.Postgres(t))
	pool, err := pgxpool.New(ctx, address)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	var targets []*postgres.Target
	for i := range connections {
		target, err := postgres.Open(ctx, address, fmt.Sprintf("ferryman replica %d", i))
		require.NoError(t, err)
		t.Cleanup(target.Close)
		targets = append(targets, target)
	}
	id, err := targets[0].EnsureHome(ctx)
	require.NoError(t, err)
	return pool, targets, id
}

// bySocket leads to the same database by the server's socket, which asks for no password: connections are made often here, and checking
// a password is most of their cost.
func bySocket(t testing.TB, address string) string {
	t.Helper()
	ctx := context.Background()
	pool, err := pgxpool.New(ctx, address)
	require.NoError(t, err)
	defer pool.Close()
	var directory string
	require.NoError(t, pool.QueryRow(ctx, "SELECT current_setting('unix_socket_directories')").Scan(&directory))
	u, err := url.Parse(address)
	require.NoError(t, err)
	query := url.Values{"host": {directory}, "port": {u.Port()}, "sslmode": {"disable"}}
	return (&url.URL{Scheme: "postgres", User: url.User(u.User.Username()), Path: u.Path, RawQuery: query.Encode()}).String()
}

// savedCopy is all that Redis had of the migration at a version of its document.
type savedCopy struct {
	dumps   map[string]string
	version int64
}

const copyScript = `local all = {}
for _, key in ipairs(redis.call('KEYS', ARGV[1])) do
  if not string.find(key, ':lease:', 1, true) then
    all[#all + 1] = key
    all[#all + 1] = redis.call('DUMP', key)
  end
end
return {redis.call('HGET', ARGV[2], 'version'), all}`

// copyRedis keeps a copy of all that Redis has of the migration, but for leases: they would have run out by the time it is put back.
func (w *world) copyRedis() savedCopy {
	answer, err := w.lane.admin.Eval(w.ctx, copyScript, nil, "ferryman:{"+w.name+"}:*", "ferryman:{"+w.name+"}:state").Slice()
	require.NoError(w.t, err)
	c := savedCopy{dumps: map[string]string{}}
	version, _ := answer[0].(string)
	c.version, err = strconv.ParseInt(version, 10, 64)
	require.NoError(w.t, err)
	all, _ := answer[1].([]any)
	for i := 0; i+1 < len(all); i += 2 {
		c.dumps[all[i].(string)] = all[i+1].(string)
	}
	return c
}

// setBack puts a copy in the place of what Redis has, between two commands of anybody.
func (w *world) setBack(c savedCopy) {
	w.busy.Lock()
	defer w.busy.Unlock()
	w.answer()
	keys, err := w.lane.admin.Keys(w.ctx, "ferryman:{"+w.name+"}:*").Result()
	require.NoError(w.t, err)
	_, err = w.lane.admin.TxPipelined(w.ctx, func(p redis.Pipeliner) error {
		for _, key := range keys {
			if !strings.Contains(key, ":lease:") {
				p.Del(w.ctx, key)
			}
		}
		for key, dump := range c.dumps {
			p.RestoreReplace(w.ctx, key, 0, dump)
		}
		return nil
	})
	require.NoError(w.t, err)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.courses = append(w.courses, w.commits)
	w.commits = slices.DeleteFunc(slices.Clone(w.commits), func(done committed) bool { return done.version > c.version })
	w.setBacks++
}

// answer enters those of the unanswered commits that Redis took, as its chain shows.
func (w *world) answer() {
	chain, err := w.lane.store.AuditFrom(w.ctx, w.name, 0)
	require.NoError(w.t, err)
	w.mu.Lock()
	unanswered := w.unanswered
	w.unanswered = nil
	w.mu.Unlock()
	for _, c := range unanswered {
		if len(c.entries) > 0 && slices.ContainsFunc(chain, func(e store.AuditEntry) bool { return e.Hash == c.entries[0].Hash }) {
			w.record(c)
		}
	}
}
