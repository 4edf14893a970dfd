// SPDX-License-Identifier: Apache-2.0

package tns

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"testing"
	"time"
)

// FuzzPackets reads arbitrary bytes as packets: sizes are bounded by what is there.
func FuzzPackets(f *testing.F) {
	f.Add([]byte{0, 11, 0, 0, 12, 0, 0, 0, 1, 0, 3}, false)
	f.Add([]byte{0, 0, 0, 11, 12, 0, 0, 0, 1, 0, 3}, true)
	f.Add([]byte{0xFF, 0xFF, 0xFF, 0xFF, 6, 0, 0, 0}, true)
	f.Fuzz(func(t *testing.T, b []byte, wide bool) {
		p := packetReader{r: bufio.NewReader(bytes.NewReader(b)), wide: wide, max: maxSDU}
		total := 0
		for {
			kind, body, err := p.read()
			if err != nil {
				return
			}
			if again := appendPacket(nil, wide, kind, body); len(again) != headerSize+len(body) {
				t.Fatalf("a packet of %d bytes became %d", headerSize+len(body), len(again))
			}
			if total += headerSize + len(body); total > len(b) {
				t.Fatalf("%d bytes read of %d", total, len(b))
			}
		}
	})
}

// silent is a Handler whose statements all succeed without a result.
type silent struct{}

func (silent) Password(string) (string, bool)                           { return "x", true }
func (silent) Open(context.Context, Client) (Session, error)            { return silent{}, nil }
func (silent) Execute(context.Context, string, []Bind) (*Result, error) { return &Result{}, nil }
func (silent) Commit(context.Context) error                             { return nil }
func (silent) Rollback(context.Context) error                           { return nil }
func (silent) InTransaction() bool                                      { return false }
func (silent) Close()                                                   {}

// FuzzMessages gives arbitrary bytes to a logged-on connection as its client's messages. A panic or a hang is a failure.
func FuzzMessages(f *testing.F) {
	execute := []byte{3, 0x5E, 0, 2, 0x80, 0x29, 0, 1, 1, 9, 1, 1, 13, 0, 0, 0, 0, 4, 0x7F, 0xFF, 0xFF, 0xFF, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1,
		0, 0, 0, 0, 0, 0, 0, 0, 9, 'B', 'E', 'G', 'I', 'N', ' ', ':', '1', ';', 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		1, 3, 0, 0, 1, 5, 0, 1, 16, 0, 0, 2, 3, 0x69, 1, 1, 5, 7, 2, 'h', 'i'}
	f.Add(execute, uint8(0))
	f.Add([]byte{3, 5, 0, 1, 1, 1, 25}, uint8(3))
	f.Add([]byte{0x11, 0x69, 0, 1, 1, 1, 1, 5, 3, 0x93, 0}, uint8(1))
	f.Add([]byte{3, 0x60, 0, 1, 1, 40, 0, 0, 0, 0, 0, 0, 0, 1, 2, 0, 0, 1, 1, 0, 1, 0, 0, 0, 0, 0, 0}, uint8(0))
	f.Add([]byte{3, 0x4E, 0, 1, 1, 1, 25, 1, 0x20, 0}, uint8(0))
	f.Add([]byte{1, 6, 5, 4, 0, 'x', 0, 2, 0x69, 3, 0x69, 3, 2}, uint8(0))
	f.Fuzz(func(t *testing.T, b []byte, cut uint8) {
		here, there := net.Pipe()
		defer there.Close()
		go func() { _, _ = io.Copy(io.Discard, there) }()
		s := NewServer(silent{}, Options{Logger: slog.New(slog.DiscardHandler)})
		defer s.stop()
		c := newConn(s, here, 1)
		defer here.Close()
		c.session, c.textIsCLR, c.out.wide = silent{}, true, true
		rest := b
		c.in.next = func() ([]byte, error) { // cuts the stream into packets of some size
			if len(rest) == 0 {
				return nil, io.EOF
			}
			n := min(len(rest), 1+int(cut)%40)
			p := rest[:n]
			rest = rest[n:]
			return p, nil
		}
		close(c.arrived) // a reset finds the connection at its end
		deadline := time.Now().Add(5 * time.Second)
		for {
			c.in.begin()
			if err := c.message(c.in.u8()); err != nil {
				return
			}
			if time.Now().After(deadline) {
				t.Fatal("does not come to an end")
			}
		}
	})
}

// FuzzNumber turns arbitrary bytes into a NUMBER's text and back.
func FuzzNumber(f *testing.F) {
	f.Add([]byte{0x80})
	f.Add([]byte{0xC1, 2})
	f.Add([]byte{62, 100, 102})
	f.Add([]byte{0xC4, 13, 35, 57, 79})
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) == 0 {
			return
		}
		text, err := decodeNumber(b)
		if err != nil {
			return
		}
		w := &writer{}
		if err := w.decimal(string(text)); err != nil {
			var e *OraError
			if errors.As(err, &e) && e.Code == 1426 {
				return
			}
			t.Fatalf("%X is %s, which is refused: %v", b, text, err)
		}
		again, err := decodeNumber(w.buf[1:])
		if err != nil {
			t.Fatal(err)
		}
		if len(b) <= maxPairs && again != text && b[0] > 62-byte(maxExponent) && len(text) < 90 {
			t.Fatalf("%X is %s, which became %X and %s", b, text, w.buf, again)
		}
	})
}

// TestRequestSizeIsBounded announces and sends more than a message may hold.
func TestRequestSizeIsBounded(t *testing.T) {
	t.Parallel()
	packet := append([]byte{0xFE, 3, 0x0F, 0xFF, 0xFF}, make([]byte, 1<<20)...)
	sent := 0
	r := &reader{next: func() ([]byte, error) {
		sent += len(packet)
		return packet, nil
	}}
	for what, read := range map[string]func(){
		"a value in chunks": func() { r.clr() },
		"a text":            func() { r.text(maxRequest+1, false) },
		"values":            func() { r.take(100_000) },
	} {
		*r, sent = reader{next: r.next}, 0
		r.begin()
		for r.err == nil && sent < 2*maxRequest {
			read()
		}
		if !errors.Is(r.err, errTooLarge) || sent > maxRequest+len(packet) {
			t.Errorf("%s: %v after %d bytes", what, r.err, sent)
		}
	}
}
