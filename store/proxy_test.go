// SPDX-License-Identifier: Apache-2.0

package store_test

import (
	"bytes"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// proxy is a way to a Redis on which a request can be held up, or its answer lost.
type proxy struct {
	t        *testing.T
	listener net.Listener
	target   atomic.Value
	conns    sync.Map
	// cut is how many more requests that carry the mark lose their connection after they were passed on.
	mark []byte
	cut  atomic.Int64
	// held, unless nil, is closed when requests with the mark may pass.
	held atomic.Pointer[chan struct{}]
	// holds is how many requests were held up.
	holds atomic.Int64
}

func newProxy(t *testing.T, target, mark string) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	p := &proxy{t: t, listener: l, mark: []byte(mark)}
	p.target.Store(target)
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go p.serve(conn)
		}
	}()
	return p
}

func (p *proxy) url() string { return "redis://" + p.listener.Addr().String() + "/0" }

// leadTo has the address lead to another server, as a managed Redis's does after a failover.
func (p *proxy) leadTo(target string) {
	p.target.Store(target)
	p.conns.Range(func(conn, _ any) bool {
		_ = conn.(net.Conn).Close()
		return true
	})
}

func (p *proxy) serve(client net.Conn) {
	defer client.Close()
	p.conns.Store(client, true)
	defer p.conns.Delete(client)
	server, err := net.Dial("tcp", p.target.Load().(string))
	if err != nil {
		return
	}
	defer server.Close()
	lost := make(chan struct{})
	go func() {
		defer client.Close()
		buf := make([]byte, 64<<10)
		for {
			n, err := server.Read(buf)
			if err != nil {
				return
			}
			select {
			case <-lost:
				return // The answer is there, so that what was asked for is done, and nobody hears of it.
			default:
			}
			if _, err := client.Write(buf[:n]); err != nil {
				return
			}
		}
	}()
	buf := make([]byte, 64<<10)
	for {
		n, err := client.Read(buf)
		if err != nil {
			return
		}
		if bytes.Contains(buf[:n], p.mark) {
			if held := p.held.Load(); held != nil {
				p.holds.Add(1)
				<-*held
			}
			if p.cut.Add(-1) >= 0 {
				close(lost)
				if _, err := server.Write(buf[:n]); err == nil {
					_, _ = io.Copy(io.Discard, client)
				}
				return
			}
		}
		if _, err := server.Write(buf[:n]); err != nil {
			return
		}
	}
}
