// SPDX-License-Identifier: Apache-2.0

package tns_test

import (
	"context"
	"database/sql"
	"fmt"
	"net"
	"os"
	"sync"
	"testing"
	"time"

	goora "github.com/sijms/go-ora/v2"
	"github.com/sijms/go-ora/v2/network"
	"github.com/stretchr/testify/require"

	"github.com/ferryman/ferryman/internal/standin/oracle/tns"
)

// one answers every statement with the number 1.
func one(context.Context, *memorySession, string, []tns.Bind) (*tns.Result, error) {
	return numbers(1), nil
}

func code(t testing.TB, err error) int {
	t.Helper()
	var e *network.OracleError
	require.ErrorAs(t, err, &e)
	return e.ErrCode
}

func eventually(t testing.TB, condition func() bool, what string) {
	t.Helper()
	require.Eventually(t, condition, 2*time.Minute, 2*time.Millisecond, what)
}

func TestLogon(t *testing.T) {
	t.Parallel()
	m := &memory{execute: one}
	_, address := start(t, m)
	for _, tt := range []struct {
		name, user, password, service string
		want                          int
	}{
		{"right", "scott", "Tiger", "box", 0},
		{"names in any case", "SCOTT", "Tiger", "BOX", 0},
		{"wrong password", "scott", "tiger", "box", 1017},
		{"unknown user", "adams", "Tiger", "box", 1017},
		{"long wrong password", "scott", fmt.Sprintf("%0200d", 7), "box", 1017},
		{"unknown service", "scott", "Tiger", "crate", 12514},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			db := sql.OpenDB(goora.NewConnector(fmt.Sprintf("oracle://%s:%s@%s/%s", tt.user, tt.password, address, tt.service)))
			defer db.Close()
			err := db.Ping()
			if tt.want == 0 {
				require.NoError(t, err)
				return
			}
			require.Equal(t, tt.want, code(t, err))
		})
	}
}

func TestLogonByServiceID(t *testing.T) {
	t.Parallel()
	_, address := start(t, &memory{execute: one})
	host, _, err := net.SplitHostPort(address)
	require.NoError(t, err)
	port := 0
	_, err = fmt.Sscanf(address[len(host)+1:], "%d", &port)
	require.NoError(t, err)
	for sid, want := range map[string]int{"box": 0, "crate": 12505} {
		db := sql.OpenDB(goora.NewConnector(goora.BuildUrl(host, port, "", "scott", "Tiger", map[string]string{"SID": sid})))
		defer db.Close()
		err = db.Ping()
		if want == 0 {
			require.NoError(t, err)
		} else {
			require.Equal(t, want, code(t, err))
		}
	}
}

func TestClientIsKnown(t *testing.T) {
	t.Parallel()
	m, db := serve(t, one)
	require.NoError(t, db.Ping())
	who := m.session(0).who
	require.Equal(t, "SCOTT", who.User)
	require.Equal(t, "box", who.Service)
	require.Equal(t, os.Getpid(), who.PID)
	host, err := os.Hostname()
	require.NoError(t, err)
	require.Equal(t, host, who.Machine)
	require.NotEmpty(t, who.Program)
	require.NotZero(t, who.SessionID)
	require.NotZero(t, who.Serial)
	require.Contains(t, who.RemoteAddr, "127.0.0.1:")
}

func TestOpenRefused(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s := tns.NewServer(lockedOut{}, tns.Options{})
	go func() { _ = s.Serve(l) }()
	defer s.Close()
	err = open(t, l.Addr().String(), "").Ping()
	require.Equal(t, 28000, code(t, err))
}

type lockedOut struct{}

func (lockedOut) Password(string) (string, bool) { return "Tiger", true }
func (lockedOut) Open(context.Context, tns.Client) (tns.Session, error) {
	return nil, tns.Errorf(28000, "the account is locked")
}

func TestPingAndLogoff(t *testing.T) {
	t.Parallel()
	m, db := serve(t, one)
	for range 3 {
		require.NoError(t, db.Ping())
	}
	require.Equal(t, 1, m.open(), "pings share the connection")
	require.NoError(t, db.Close())
	require.Zero(t, m.open(), "the session is over when its logoff is answered")
}

func TestManyConnections(t *testing.T) {
	t.Parallel()
	const clients, each = 16, 20
	m, db := serve(t, func(_ context.Context, s *memorySession, _ string, binds []tns.Bind) (*tns.Result, error) {
		return rows([]tns.Column{{Name: "A", Type: tns.NumberType}, {Name: "SID", Type: tns.NumberType}},
			[]any{binds[0].Value, int64(s.who.SessionID)}), nil
	})
	db.SetMaxIdleConns(clients)
	require.NoError(t, db.Ping()) // go-ora's first connection must be alone
	var all sync.WaitGroup
	sids := make([]int, clients)
	ready := make(chan struct{})
	var connected sync.WaitGroup
	connected.Add(clients)
	for i := range clients {
		all.Go(func() {
			conn, err := db.Conn(context.Background())
			connected.Done()
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			<-ready
			for j := range each {
				got, sid := 0, 0
				if err := conn.QueryRowContext(context.Background(), "SELECT :1, SID FROM DUAL", 100*i+j).Scan(&got, &sid); err != nil || got != 100*i+j {
					t.Errorf("client %d: got %d: %v", i, got, err)
					return
				}
				sids[i] = sid
			}
		})
	}
	connected.Wait()
	require.Equal(t, clients, m.open())
	close(ready)
	all.Wait()
	seen := map[int]bool{}
	for _, sid := range sids {
		seen[sid] = true
	}
	require.Len(t, seen, clients, "each connection has a session id of its own")
}

func TestAbruptDisconnect(t *testing.T) {
	t.Parallel()
	started := make(chan struct{})
	m := &memory{execute: func(ctx context.Context, s *memorySession, _ string, _ []tns.Bind) (*tns.Result, error) {
		s.change()
		close(started)
		<-ctx.Done()
		return nil, ctx.Err()
	}}
	_, address := start(t, m)
	proxy := cut(t, address)
	db := open(t, proxy.address, "")
	failed := make(chan error, 1)
	go func() {
		_, err := db.Exec("UPDATE T SET A = 1")
		failed <- err
	}()
	<-started
	proxy.cut()
	require.Error(t, <-failed)
	eventually(t, func() bool { return m.open() == 0 }, "session closed when the connection broke during a call")
}

// cutter passes connections on to a server until it is told to cut them.
type cutter struct {
	address string
	mu      sync.Mutex
	conns   []net.Conn
}

func cut(t *testing.T, server string) *cutter {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	c := &cutter{address: l.Addr().String()}
	t.Cleanup(func() { l.Close(); c.cut() })
	pipe := func(to, from net.Conn) {
		b := make([]byte, 32<<10)
		for {
			n, err := from.Read(b)
			if _, werr := to.Write(b[:n]); err != nil || werr != nil {
				return
			}
		}
	}
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			up, err := net.Dial("tcp", server)
			if err != nil {
				client.Close()
				continue
			}
			c.mu.Lock()
			c.conns = append(c.conns, client, up)
			c.mu.Unlock()
			go pipe(up, client)
			go pipe(client, up)
		}
	}()
	return c
}

func (c *cutter) cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, conn := range c.conns {
		conn.Close()
	}
	c.conns = nil
}

func TestServerClose(t *testing.T) {
	t.Parallel()
	started := make(chan struct{}, 1)
	m := &memory{execute: func(ctx context.Context, _ *memorySession, sql string, _ []tns.Bind) (*tns.Result, error) {
		if sql == "BEGIN WAIT; END;" {
			started <- struct{}{}
			<-ctx.Done()
			return nil, ctx.Err()
		}
		return numbers(1), nil
	}}
	s, address := start(t, m)
	idle := open(t, address, "")
	require.NoError(t, idle.Ping())
	busy := open(t, address, "")
	failed := make(chan error, 1)
	go func() {
		_, err := busy.Exec("BEGIN WAIT; END;")
		failed <- err
	}()
	<-started
	require.Equal(t, 2, m.open())
	require.NoError(t, s.Close())
	require.Zero(t, m.open(), "Close waits for the sessions")
	require.Error(t, <-failed)
	require.Error(t, idle.Ping())
	_, err := net.Dial("tcp", address)
	require.Error(t, err)
}
