// SPDX-License-Identifier: Apache-2.0

package bot_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/url"
	"sync/atomic"
	"testing"

	"github.com/ferryman/ferryman/commands"
	standin "github.com/ferryman/ferryman/internal/standin/slack"
	"github.com/stretchr/testify/require"
)

// cutter stands before a Redis, and cuts each connection on which something is to be stored in the inbox.
type cutter struct {
	address string
	cutting atomic.Bool
	// after lets Redis have the request first: only its reply is lost.
	after bool
}

func (w *world) cutter(after bool) *cutter {
	u, err := url.Parse(w.redis)
	require.NoError(w.t, err)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(w.t, err)
	w.t.Cleanup(func() { _ = listener.Close() })
	c := &cutter{address: u.Host, after: after}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go c.carry(conn)
		}
	}()
	u.Host = listener.Addr().String()
	w.redis = u.String()
	return c
}

func (c *cutter) carry(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("tcp", c.address)
	if err != nil {
		return
	}
	defer server.Close()
	go func() { _, _ = io.Copy(client, server); _ = client.Close() }()
	buffer := make([]byte, 64<<10)
	for {
		n, err := client.Read(buffer)
		if err != nil {
			return
		}
		cut := c.cutting.Load() && bytes.Contains(buffer[:n], []byte("'XADD', KEYS[1], '*', 'payload'"))
		if cut && !c.after {
			return
		}
		if cut {
			_ = client.Close()
		}
		if _, err := server.Write(buffer[:n]); err != nil || cut {
			_, _ = io.Copy(io.Discard, server) // Redis carries out what it has got before it sees the end
			return
		}
	}
}

func TestWhoCannotBeToldAtOnceIsToldLater(t *testing.T) {
	t.Parallel()
	for name, stored := range map[string]bool{"it was not stored": false, "only the reply was lost": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, unlimited)
			redis := w.cutter(stored)
			w.router.handle = func(context.Context, commands.Envelope) error { return facing("Loading.") }
			w.start(fast)
			redis.cutting.Store(true)
			answer := w.command(standin.DBA, "/migrate-load")
			require.Empty(t, answer.Error)
			redis.cutting.Store(false)
			w.whispered(standin.DBA, "not known yet")
			if stored {
				w.whispered(standin.DBA, "Loading.")
				require.Equal(t, []string{"/migrate-load"}, w.router.seen())
			} else {
				w.whispered(standin.DBA, "nothing was done")
				require.Empty(t, w.router.seen())
			}
		})
	}
}
