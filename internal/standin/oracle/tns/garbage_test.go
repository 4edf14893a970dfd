// SPDX-License-Identifier: Apache-2.0

package tns_test

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// recordClient records what go-ora sends to a server, so that it can be sent again, damaged.
func recordClient(t testing.TB, address string, use func(proxy string)) []byte {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	var mu sync.Mutex
	var sent bytes.Buffer
	go func() {
		client, err := l.Accept()
		if err != nil {
			return
		}
		defer client.Close()
		server, err := net.Dial("tcp", address)
		if err != nil {
			return
		}
		defer server.Close()
		go func() { _, _ = io.Copy(client, server) }()
		b := make([]byte, 32<<10)
		for {
			n, err := client.Read(b)
			mu.Lock()
			sent.Write(b[:n])
			mu.Unlock()
			if _, werr := server.Write(b[:n]); err != nil || werr != nil {
				return
			}
		}
	}()
	use(l.Addr().String())
	mu.Lock()
	defer mu.Unlock()
	return bytes.Clone(sent.Bytes())
}

// replay sends bytes to the server and waits until it closes the connection, after it was told that nothing more comes.
func replay(t testing.TB, address string, b []byte) {
	nc, err := net.Dial("tcp", address)
	require.NoError(t, err)
	defer nc.Close()
	require.NoError(t, nc.SetDeadline(time.Now().Add(2*time.Minute)))
	go func() {
		_, _ = nc.Write(b)
		_ = nc.(*net.TCPConn).CloseWrite()
	}()
	_, err = io.Copy(io.Discard, nc)
	var timeout net.Error
	if err != nil {
		require.False(t, asNetError(err, &timeout) && timeout.Timeout(), "the server does not let go of a dead connection")
	}
}

func asNetError(err error, to *net.Error) bool {
	e, ok := err.(net.Error)
	*to = e
	return ok
}

// TestGarbage sends what no client sends: noise, impossible sizes, messages cut short, and each byte of a real conversation changed.
func TestGarbage(t *testing.T) {
	t.Parallel()
	m := &memory{execute: one}
	_, address := start(t, m)
	real := recordClient(t, address, func(proxy string) {
		db := open(t, proxy, "")
		require.NoError(t, db.Ping())
		require.NoError(t, db.Close())
	})
	require.Greater(t, len(real), 500)
	packet := func(kind byte, body ...byte) []byte {
		b := binary.BigEndian.AppendUint16(nil, uint16(8+len(body)))
		return append(append(b, 0, 0, kind, 0, 0, 0), body...)
	}
	inputs := [][]byte{
		nil, {0}, []byte("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"), bytes.Repeat([]byte{0xFF}, 100_000), make([]byte, 100_000),
		packet(1), packet(1, make([]byte, 40)...), packet(6, 0, 0, 3, 0x5E), packet(99), packet(1, bytes.Repeat([]byte{0xFF}, 200)...),
	}
	for i := range real {
		inputs = append(inputs, real[:i])
		changed := bytes.Clone(real)
		changed[i] ^= 0xFF
		inputs = append(inputs, changed)
	}
	next := make(chan []byte)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for b := range next {
				replay(t, address, b)
			}
		})
	}
	for _, b := range inputs {
		next <- b
	}
	close(next)
	all.Wait()
	db := open(t, address, "")
	require.NoError(t, db.Ping(), "the server still serves")
	require.NoError(t, db.Close())
	eventually(t, func() bool { return m.open() == 0 }, "no session is left")
}
