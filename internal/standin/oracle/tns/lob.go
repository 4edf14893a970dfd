// SPDX-License-Identifier: Apache-2.0

package tns

import (
	"bytes"
	"encoding/binary"
)

// A locator is 40 bytes of which clients look at some flags; the number of the LOB is the rest.
const (
	locatorSize    = 40
	locatorNumber  = 10
	locatorUTF16   = 6 // with 0x80: character data is UTF-16, big-endian
	locatorIsTemp  = 7 // with 0x01: the client frees the LOB when it is done with it
	lobChunk       = 8132
	maxLOBBytes    = 1 << 30 // of all LOBs of one session, unless Options say otherwise
	maxLOBLocators = 1 << 20
)

// LOB operations.
const (
	lobLength     = 0x1
	lobRead       = 0x2
	lobTrim       = 0x20
	lobWrite      = 0x40
	lobCreateTemp = 0x110
	lobFreeTemp   = 0x111
	lobChunkSize  = 0x4000
	lobOpen       = 0x8000
	lobClose      = 0x10000
	lobFreeMany   = 0x80111
)

// lob is a LOB that a client has a locator of: one it made, or the value of a column. All are temporary ones, so that clients free them.
type lob struct {
	character bool
	data      []byte // character data in UTF-16, so that offsets count what clients count
	shared    bool   // data is a Handler's too and must not be changed in place
}

// unit is the size in bytes of what offsets and amounts count.
func (l *lob) unit() int {
	if l.character {
		return 2
	}
	return 1
}

// lobSet holds a connection's LOBs.
type lobSet struct {
	open  map[uint64]*lob
	last  uint64
	bytes int
	limit int // of bytes
}

// add takes a LOB in and gives its locator.
func (s *lobSet) add(l *lob) ([]byte, error) {
	if err := s.grow(len(l.data)); err != nil {
		return nil, err
	}
	if len(s.open) >= maxLOBLocators {
		s.bytes -= len(l.data)
		return nil, Errorf(22922, "nonexistent LOB value (too many locators are open)")
	}
	if s.open == nil {
		s.open = map[uint64]*lob{}
	}
	s.last++
	s.open[s.last] = l
	locator := make([]byte, locatorSize)
	locator[1] = locatorSize - 2
	if l.character {
		locator[locatorUTF16] = 0x80
	}
	locator[locatorIsTemp] = 0x01
	binary.BigEndian.PutUint64(locator[locatorNumber:], s.last)
	return locator, nil
}

func (s *lobSet) grow(n int) error {
	if s.bytes+n > s.limit {
		return Errorf(1652, "unable to extend temp segment: LOBs of the session beyond %d bytes", s.limit)
	}
	s.bytes += n
	return nil
}

func (s *lobSet) get(locator []byte) (*lob, error) {
	if len(locator) == locatorSize {
		if l := s.open[binary.BigEndian.Uint64(locator[locatorNumber:])]; l != nil {
			return l, nil
		}
	}
	return nil, Errorf(22275, "invalid LOB locator specified")
}

func (s *lobSet) free(locator []byte) {
	if l, err := s.get(locator); err == nil {
		s.bytes -= len(l.data)
		delete(s.open, binary.BigEndian.Uint64(locator[locatorNumber:]))
	}
}

// value gives what a bound locator stands for: a string or []byte.
func (s *lobSet) value(locator []byte) (any, error) {
	l, err := s.get(locator)
	if err != nil {
		return nil, err
	}
	if l.character {
		return decodeUTF16(l.data)
	}
	l.shared = true
	return l.data, nil
}

// encodeLOB writes a new locator for a column's value.
func (c *conn) encodeLOB(t valueType, v any) error {
	l := &lob{character: t.code == Clob}
	switch v := v.(type) {
	case string:
		l.data = encodeUTF16(v)
	case []byte:
		l.data, l.shared = v, true
	}
	if _, isText := v.(string); isText != l.character {
		return Errorf(932, "inconsistent datatypes: value of Go type %T for a LOB", v)
	}
	locator, err := c.lobs.add(l)
	if err != nil {
		return err
	}
	c.out.ub(locatorSize)
	if t.prefetch {
		c.out.ubs(uint64(len(l.data)/l.unit()), lobChunk)
	}
	c.out.clr(locator)
	return nil
}

// read gives up to n units from offset, which counts from 1; n 0 is all.
func (l *lob) read(offset, n uint64) []byte {
	total := uint64(len(l.data) / l.unit())
	if offset == 0 {
		offset = 1
	}
	if offset > total {
		return nil
	}
	from, to := offset-1, total
	if n > 0 && n < total-from {
		to = from + n
	}
	return l.data[from*uint64(l.unit()) : to*uint64(l.unit())]
}

// write puts data at offset, which counts from 1, and fills a gap before it with blanks or zero bytes.
func (s *lobSet) write(l *lob, offset uint64, data []byte) error {
	if offset == 0 {
		offset = 1
	}
	if offset > maxLOBBytes || len(data)%l.unit() != 0 {
		return Errorf(22925, "operation would exceed maximum size allowed for a LOB")
	}
	if l.shared {
		l.data, l.shared = bytes.Clone(l.data), false
	}
	at := int(offset-1) * l.unit()
	if more := at + len(data) - len(l.data); more > 0 {
		if err := s.grow(more); err != nil {
			return err
		}
		fill := []byte{0}
		if l.character {
			fill = []byte{0, ' '}
		}
		if gap := at - len(l.data); gap > 0 {
			l.data = append(l.data, bytes.Repeat(fill, gap/l.unit())...)
		}
		l.data = append(l.data, make([]byte, at+len(data)-len(l.data))...)
	}
	copy(l.data[at:], data)
	return nil
}

func (s *lobSet) trim(l *lob, n uint64) error {
	if n > uint64(len(l.data)/l.unit()) {
		return Errorf(22926, "specified trim length is greater than current LOB value's length")
	}
	size := int(n) * l.unit()
	s.bytes -= len(l.data) - size
	l.data = l.data[:size]
	return nil
}
