// SPDX-License-Identifier: Apache-2.0

package tns

import (
	"encoding/binary"
	"io"
)

const (
	maxShortCLR = 252
	maxChunk    = 32767
	flushAt     = 64 << 10
)

// writer gathers the answer's TTC bytes and cuts them into DATA packets.
type writer struct {
	out  io.Writer
	wide bool
	sdu  int
	buf  []byte
	wire []byte
}

// flush sends what was gathered.
func (w *writer) flush() error {
	if len(w.buf) == 0 {
		return nil
	}
	w.wire = w.wire[:0]
	room := w.sdu - dataHeaderSize
	for rest := w.buf; len(rest) > 0; {
		n := min(room, len(rest))
		w.wire = appendPacket(w.wire, w.wide, packetData, []byte{0, 0}, rest[:n])
		rest = rest[n:]
	}
	w.buf = w.buf[:0]
	_, err := w.out.Write(w.wire)
	return err
}

// relieve sends what was gathered when it is much, so that a large answer is not held in memory.
func (w *writer) relieve() error {
	if len(w.buf) < flushAt {
		return nil
	}
	return w.flush()
}

// drop forgets what was gathered and not sent.
func (w *writer) drop() { w.buf = w.buf[:0] }

// packet sends a packet that is no DATA packet.
func (w *writer) packet(kind byte, body []byte) error {
	_, err := w.out.Write(appendPacket(nil, w.wide, kind, body))
	return err
}

func (w *writer) u8(b ...byte) { w.buf = append(w.buf, b...) }

func (w *writer) be16(v int) { w.buf = binary.BigEndian.AppendUint16(w.buf, uint16(v)) }

// ub writes an unsigned number in as few bytes as it needs.
func (w *writer) ub(v uint64) {
	n := byte(0)
	for x := v; x > 0; x >>= 8 {
		n++
	}
	w.buf = append(w.buf, n)
	for ; n > 0; n-- {
		w.buf = append(w.buf, byte(v>>(8*(n-1))))
	}
}

func (w *writer) ubs(v ...uint64) {
	for _, x := range v {
		w.ub(x)
	}
}

// sb writes a signed number: the length byte's high bit is the sign.
func (w *writer) sb(v int64) {
	if v >= 0 {
		w.ub(uint64(v))
		return
	}
	at := len(w.buf)
	w.ub(uint64(-v))
	w.buf[at] |= 0x80
}

// clr writes bytes with their length; none is NULL.
func (w *writer) clr(b []byte) { writeCLR(w, b) }

// clrText is clr for a string.
func (w *writer) clrText(s string) { writeCLR(w, s) }

func writeCLR[T string | []byte](w *writer, b T) {
	if len(b) <= maxShortCLR {
		w.buf = append(w.buf, byte(len(b)))
		w.buf = append(w.buf, b...)
		return
	}
	w.buf = append(w.buf, chunkedMark)
	for len(b) > 0 {
		n := min(maxChunk, len(b))
		w.ub(uint64(n))
		w.buf = append(w.buf, b[:n]...)
		b = b[n:]
	}
	w.buf = append(w.buf, 0)
}

// dlc writes a ub length and, unless it is 0, a CLR.
func (w *writer) dlc(s string) {
	w.ub(uint64(len(s)))
	if s != "" {
		w.clrText(s)
	}
}

// pair writes a key, its value and a number that belongs to them.
func (w *writer) pair(key, value string, number uint64) {
	w.dlc(key)
	w.dlc(value)
	w.ub(number)
}
