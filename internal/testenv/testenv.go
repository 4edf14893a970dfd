// SPDX-License-Identifier: Apache-2.0

// Package testenv gives each test a PostgreSQL database and a Redis key space of its own, on real servers that one test binary
// starts when the first test asks and stops when it ends. A package that uses it has
//
//	func TestMain(m *testing.M) { testenv.Main(m) }
package testenv

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/ferryman/ferryman/internal/localserver"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

var (
	postgres = shared[*localserver.Postgres]{start: func() (*localserver.Postgres, error) {
		return localserver.StartPostgres(context.Background(), localserver.PostgresOptions{})
	}}
	redis = shared[*localserver.Redis]{start: func() (*localserver.Redis, error) {
		return localserver.StartRedis(context.Background(), 0)
	}}
	number atomic.Int64
)

type stopper interface{ Stop() }

// shared is a server that the first user starts.
type shared[T stopper] struct {
	once   sync.Once
	start  func() (T, error)
	server T
	err    error
}

func (s *shared[T]) get() (T, error) {
	s.once.Do(func() { s.server, s.err = s.start() })
	return s.server, s.err
}

// stop ends the server if anybody started it.
func (s *shared[T]) stop() {
	s.once.Do(func() { s.err = errors.New("the tests are over") })
	if s.err == nil {
		s.server.Stop()
	}
}

var (
	endLock sync.Mutex
	atEnd   []func()
)

// AtEnd has f called when all tests of the package are over: for what they share.
func AtEnd(f func()) {
	endLock.Lock()
	defer endLock.Unlock()
	atEnd = append(atEnd, f)
}

// SideBySide lets at least so many parallel tests run at once, where -parallel does not say how many: for packages whose tests mostly wait.
func SideBySide(n int) {
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "test.parallel" })
	if !given {
		_ = flag.Set("test.parallel", strconv.Itoa(max(n, runtime.GOMAXPROCS(0)))) // the flag is testing's own, and takes a number
	}
}

// Main runs a package's tests and stops the servers they used.
func Main(m *testing.M) {
	code := m.Run()
	for _, f := range atEnd {
		f()
	}
	postgres.stop()
	redis.stop()
	sentinel.stop()
	cluster.stop()
	os.Exit(code)
}

// Server is the PostgreSQL server of this test binary, for tests that make roles of their own.
func Server(t testing.TB) *localserver.Postgres {
	t.Helper()
	server, err := postgres.get()
	require.NoError(t, err)
	return server
}

// Postgres makes a new database and returns the superuser's connection string to it. The database goes when the test ends.
func Postgres(t testing.TB) string {
	t.Helper()
	server := Server(t)
	name := fmt.Sprintf("test_%d", number.Add(1))
	admin := func(sql string) error {
		ctx := context.Background()
		conn, err := pgx.Connect(ctx, server.URL("postgres"))
		if err != nil {
			return err
		}
		defer conn.Close(ctx)
		_, err = conn.Exec(ctx, sql)
		return err
	}
	require.NoError(t, admin("CREATE DATABASE "+name))
	t.Cleanup(func() { _ = admin("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)") })
	return server.URL(name)
}

// Role makes a login role that only this test uses and returns its name and the connection string for it to the same database as
// databaseURL. It has no rights beyond PUBLIC's.
func Role(t testing.TB, databaseURL string) (role, roleURL string) {
	t.Helper()
	ctx := context.Background()
	role = fmt.Sprintf("role_%d", number.Add(1))
	conn, err := pgx.Connect(ctx, databaseURL)
	require.NoError(t, err)
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, "CREATE ROLE "+role+" LOGIN PASSWORD 'secret'")
	require.NoError(t, err)
	t.Cleanup(func() {
		if conn, err := pgx.Connect(ctx, databaseURL); err == nil {
			_, _ = conn.Exec(ctx, "DROP OWNED BY "+role+" CASCADE")
			_, _ = conn.Exec(ctx, "DROP ROLE "+role)
			_ = conn.Close(ctx)
		}
	})
	u, err := url.Parse(databaseURL)
	require.NoError(t, err)
	u.User = url.UserPassword(role, "secret")
	return role, u.String()
}

// Client returns the path of one of PostgreSQL's client programs, such as pg_dump, and skips the test where it is not here: from
// $FERRYMAN_POSTGRES_BIN, else the newest of Debian's, else in PATH.
func Client(t testing.TB, program string) string {
	t.Helper()
	debian, _ := filepath.Glob("/usr/lib/postgresql/*/bin/" + program)
	slices.SortFunc(debian, func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(b, a)) })
	for _, place := range append([]string{filepath.Join(os.Getenv("FERRYMAN_POSTGRES_BIN"), program)}, append(debian, program)...) {
		if path, err := exec.LookPath(place); err == nil && (place == program || filepath.IsAbs(place)) {
			return path
		}
	}
	t.Skipf("%s is not installed: apt-get install postgresql-client", program)
	return ""
}

// Inputs returns a path below the directory of real schemas, and skips the test where it is absent: $FERRYMAN_INPUTS, else
// ../shared/inputs beside the checkout.
func Inputs(t testing.TB, elem ...string) string {
	t.Helper()
	root := os.Getenv("FERRYMAN_INPUTS")
	if root == "" {
		_, file, _, _ := runtime.Caller(0)
		root = filepath.Join(filepath.Dir(file), "..", "..", "..", "shared", "inputs")
	}
	path := filepath.Join(append([]string{root}, elem...)...)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("inputs are not here: %s (set FERRYMAN_INPUTS)", path)
	}
	return path
}
