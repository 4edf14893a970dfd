// SPDX-License-Identifier: Apache-2.0

package postgres_test

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/url"
	"testing"

	"github.com/ferryman/ferryman/internal/localserver"
	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/stretchr/testify/require"
)

func TestOpenSaysWhatIsWrongAndNeverTheConnectionString(t *testing.T) {
	t.Parallel()
	good := testenv.Postgres(t)
	change := func(f func(*url.URL)) string {
		u, err := url.Parse(good)
		require.NoError(t, err)
		f(u)
		return u.String()
	}
	fail := func(url string) error {
		target, err := postgres.Open(t.Context(), url, "test")
		require.Error(t, err)
		require.Nil(t, target)
		require.NotContains(t, err.Error(), "hunter2")
		require.NotContains(t, err.Error(), "://h")
		return err
	}
	var auth *postgres.AuthError
	require.ErrorAs(t, fail(change(func(u *url.URL) { u.User = url.UserPassword("postgres", "hunter2") })), &auth)
	require.Equal(t, "postgres", auth.Role)
	require.ErrorAs(t, fail(change(func(u *url.URL) { u.User = url.UserPassword("nobody-known", "hunter2") })), &auth)
	require.ErrorAs(t, fail(change(func(u *url.URL) { u.Path = "/no_such_database" })), &auth)
	require.Contains(t, auth.Error(), "no_such_database")

	port, err := localserver.FreePort()
	require.NoError(t, err)
	free := fmt.Sprintf("127.0.0.1:%d", port)
	var unreachable *postgres.UnreachableError
	require.ErrorAs(t, fail("postgres://x:hunter2@"+free+"/db?sslmode=disable"), &unreachable)
	require.Equal(t, free, unreachable.Server)
	require.ErrorContains(t, unreachable, "connection refused")
	require.ErrorAs(t, fail("postgres://x:hunter2@no-such-host.invalid/db"), &unreachable)
	fail("postgres://x:hunter2@host:notaport/db")
}

func TestOpenNamesItsSessions(t *testing.T) {
	t.Parallel()
	u := testenv.Postgres(t)
	target, err := postgres.Open(t.Context(), u, "box-office replica-1")
	require.NoError(t, err)
	defer target.Close()
	conn := connect(t, u)
	require.Equal(t, 1, one[int](t, conn, `SELECT count(*)::int FROM pg_stat_activity
		WHERE datname = current_database() AND application_name = 'ferryman box-office replica-1'`))
	require.Equal(t, "postgres", target.Role())
	require.GreaterOrEqual(t, target.ServerVersion(), 130000)
}

// A pooler answers with a process id of its own making.
func TestOpenRefusesAPooler(t *testing.T) {
	t.Parallel()
	u, err := url.Parse(testenv.Postgres(t))
	require.NoError(t, err)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	behind := u.Host
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("tcp", behind)
			if err != nil {
				_ = client.Close()
				return
			}
			go func() { _, _ = io.Copy(server, client); _ = server.Close() }()
			go func() { relayWithOtherPID(client, server); _ = client.Close() }()
		}
	}()
	u.Host = listener.Addr().String()
	var pooler *postgres.PoolerError
	_, err = postgres.Open(t.Context(), u.String(), "test")
	require.ErrorAs(t, err, &pooler)
	require.ErrorContains(t, err, "direct connection")
}

// relayWithOtherPID passes the server's messages on and changes the process id in BackendKeyData.
func relayWithOtherPID(client io.Writer, server io.Reader) {
	for {
		head := make([]byte, 5)
		if _, err := io.ReadFull(server, head); err != nil {
			return
		}
		body := make([]byte, binary.BigEndian.Uint32(head[1:])-4)
		if _, err := io.ReadFull(server, body); err != nil {
			return
		}
		if head[0] == 'K' {
			binary.BigEndian.PutUint32(body, 7)
		}
		if _, err := client.Write(append(head, body...)); err != nil {
			return
		}
	}
}
