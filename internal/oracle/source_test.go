// SPDX-License-Identifier: Apache-2.0

package oracle_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/localserver"
	"github.com/ferryman/ferryman/internal/oracle"
	"github.com/stretchr/testify/require"
)

func TestOpenSaysWhatIsWrongWithoutThePassword(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	good, err := url.Parse(serve(t, nil).URL("FERRYMAN"))
	require.NoError(t, err)
	with := func(change func(*url.URL)) string {
		u := *good
		change(&u)
		return u.String()
	}
	closed, err := localserver.FreePort()
	require.NoError(t, err)

	_, err = oracle.Open(ctx, with(func(u *url.URL) { u.User = url.UserPassword("FERRYMAN", "hunter2-wrong") }))
	var auth *oracle.AuthError
	require.ErrorAs(t, err, &auth)
	require.Equal(t, 1017, auth.Code)
	require.NotContains(t, err.Error(), "hunter2")

	for name, broken := range map[string]string{
		"port":    with(func(u *url.URL) { u.Host = fmt.Sprintf("127.0.0.1:%d", closed) }),
		"host":    with(func(u *url.URL) { u.Host = "no-such-host.invalid:1521" }),
		"service": with(func(u *url.URL) { u.Path = "/NOSUCH" }),
		"scheme":  strings.Replace(good.String(), "oracle:", "postgres:", 1),
		"text":    "oracle://FERRYMAN:s3cret-ferry@%zz:1/x",
		"empty":   "",
	} {
		_, err := oracle.Open(ctx, broken)
		var away *oracle.UnreachableError
		require.ErrorAs(t, err, &away, name)
		require.NotContains(t, err.Error(), "s3cret", name)
	}
}

// freezer forwards connections to an address until it is told to keep the answers back.
type freezer struct {
	net.Listener
	frozen atomic.Bool
	wake   chan struct{}
	asked  chan struct{}
	once   sync.Once
}

func freeze(t *testing.T, to string) *freezer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	f := &freezer{Listener: l, wake: make(chan struct{}), asked: make(chan struct{})}
	t.Cleanup(func() { close(f.wake); _ = l.Close() })
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("tcp", to)
			if err != nil {
				_ = client.Close()
				continue
			}
			go func() { defer server.Close(); _, _ = io.Copy(f.noting(server), client) }()
			go func() {
				defer client.Close()
				buffer := make([]byte, 32<<10)
				for {
					n, err := server.Read(buffer)
					if f.frozen.Load() {
						<-f.wake
						return
					}
					if _, e := client.Write(buffer[:n]); e != nil || err != nil {
						return
					}
				}
			}()
		}
	}()
	return f
}

// noting tells when something was asked while frozen.
func (f *freezer) noting(w io.Writer) io.Writer {
	return writer(func(p []byte) (int, error) {
		if f.frozen.Load() {
			f.once.Do(func() { close(f.asked) })
		}
		return w.Write(p)
	})
}

type writer func([]byte) (int, error)

func (w writer) Write(p []byte) (int, error) { return w(p) }

// TestAContextEndsAFetch: go-ora would wait for the next rows however long they take.
func TestAContextEndsAFetch(t *testing.T) {
	t.Parallel()
	server := serve(t, nil)
	u, err := url.Parse(server.URL("FERRYMAN"))
	require.NoError(t, err)
	proxy := freeze(t, u.Host)
	u.Host = proxy.Addr().String()
	u.RawQuery = "PREFETCH_ROWS=2"
	source := open(t, u.String())

	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	rows := 0
	finished := make(chan error, 1)
	go func() {
		finished <- source.Rows(ctx, "BOXOFFICE", "PERFORMANCE", []string{"PERFORMANCE_ID"}, func([]any) error {
			rows++
			proxy.frozen.Store(true)
			return nil
		})
	}()
	select {
	case <-proxy.asked: // the rest of the rows was asked for and will not come
	case err := <-finished:
		require.FailNow(t, "all rows came at once", "%d rows, %v", rows, err)
	}
	cancel()
	select {
	case err := <-finished:
		require.ErrorIs(t, err, context.Canceled)
	case <-time.After(2 * time.Minute):
		require.FailNow(t, "the fetch goes on after its context has ended")
	}
	require.Less(t, rows, 24)
}

func TestASourceSurvivesLostSessions(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	server := serve(t, nil)
	source := open(t, server.URL("FERRYMAN"))
	n, err := source.RowCount(ctx, "BOXOFFICE", "VENUE")
	require.NoError(t, err)
	require.EqualValues(t, 6, n)
	server.ClosePort()
	_, err = source.RowCount(ctx, "BOXOFFICE", "VENUE")
	var away *oracle.UnreachableError
	require.ErrorAs(t, err, &away)
	require.NoError(t, server.OpenPort())
	n, err = source.RowCount(ctx, "BOXOFFICE", "VENUE")
	require.NoError(t, err)
	require.EqualValues(t, 6, n)
	require.NoError(t, source.Close())
	_, err = source.RowCount(ctx, "BOXOFFICE", "VENUE")
	require.ErrorContains(t, err, "was closed")
}
