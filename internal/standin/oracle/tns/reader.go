// SPDX-License-Identifier: Apache-2.0

package tns

import (
	"encoding/binary"
	"errors"
	"fmt"
)

const (
	maxRequest  = 256 << 20 // bytes of one client message, all packets together
	chunkedMark = 0xFE      // a CLR in chunks
)

var errTooLarge = errors.New("message larger than 256 MiB")

// reader takes the primitives of the TTC byte stream from the packets it is cut into. The first error stays: all later reads give
// zero values, so that a caller may check err once, after a run of reads, and in loops.
type reader struct {
	next func() ([]byte, error) // the next packet's payload
	buf  []byte
	left int // bytes that the current message may still take
	err  error
}

func (r *reader) begin() { r.left = maxRequest }

// discard drops what a client sent beyond the end of its message: go-ora writes counts above 65535 one byte too long.
func (r *reader) discard() { r.buf = nil }

func (r *reader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf(format, args...)
	}
}

func (r *reader) fill() bool {
	for r.err == nil && len(r.buf) == 0 {
		if r.buf, r.err = r.next(); r.err == nil && len(r.buf) > r.left {
			r.err = errTooLarge
		}
		r.left -= len(r.buf)
	}
	return r.err == nil
}

func (r *reader) u8() byte {
	if !r.fill() {
		return 0
	}
	b := r.buf[0]
	r.buf = r.buf[1:]
	return b
}

// take returns n bytes, nil after an error. The slice stays valid.
func (r *reader) take(n int) []byte {
	if n == 0 || !r.fill() {
		return nil
	}
	if n < 0 || n > maxRequest {
		r.err = errTooLarge
		return nil
	}
	if n <= len(r.buf) {
		b := r.buf[:n:n]
		r.buf = r.buf[n:]
		return b
	}
	var b []byte // grows with what arrives, not with what is announced
	for len(b) < n && r.fill() {
		m := min(n-len(b), len(r.buf))
		b = append(b, r.buf[:m]...)
		r.buf = r.buf[m:]
	}
	if r.err != nil {
		return nil
	}
	return b
}

func (r *reader) be16() int {
	if b := r.take(2); b != nil {
		return int(binary.BigEndian.Uint16(b))
	}
	return 0
}

// ub reads an unsigned number: a length byte and as many bytes, big-endian.
func (r *reader) ub() uint64 {
	n := int(r.u8())
	if n > 8 {
		r.fail("number of %d bytes", n)
		return 0
	}
	var v uint64
	for _, b := range r.take(n) {
		v = v<<8 | uint64(b)
	}
	return v
}

// count reads a ub that says how many of something follow.
func (r *reader) count(what string, limit int) int {
	n := r.ub()
	if n > uint64(limit) {
		r.fail("%d %s, at most %d are possible", n, what, limit)
		return 0
	}
	return int(n)
}

func (r *reader) skipUBs(n int) {
	for ; n > 0; n-- {
		r.ub()
	}
}

// clr reads bytes with their length. NULL, which is also the empty value, is nil.
func (r *reader) clr() []byte {
	switch n := r.u8(); n {
	case 0, 0xFF, 0xFD:
		return nil
	case chunkedMark:
		var b []byte
		for {
			size := r.count("bytes of a chunk", maxRequest)
			if size == 0 || r.err != nil {
				return b
			}
			b = append(b, r.take(size)...)
		}
	default:
		return r.take(int(n))
	}
}

// dlc reads a ub length and, unless it is 0, a CLR.
func (r *reader) dlc() []byte {
	if r.ub() == 0 {
		return nil
	}
	return r.clr()
}

// text reads a text whose length stands elsewhere in the message. Clients that say so in the data type negotiation send a CLR.
func (r *reader) text(size int, asCLR bool) string {
	if asCLR {
		if size == 0 {
			return ""
		}
		return string(r.clr())
	}
	return string(r.take(size))
}

// cstring reads up to a NUL, at most limit bytes.
func (r *reader) cstring(limit int) string {
	var b []byte
	for r.err == nil {
		c := r.u8()
		if c == 0 {
			break
		}
		if b = append(b, c); len(b) > limit {
			r.fail("text without end")
		}
	}
	return string(b)
}
