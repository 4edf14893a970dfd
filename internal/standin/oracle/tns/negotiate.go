// SPDX-License-Identifier: Apache-2.0

package tns

import (
	"encoding/binary"
	"fmt"
)

const (
	charsetUTF8  = 873  // AL32UTF8
	charsetUTF16 = 2000 // AL16UTF16, of the national types and of CLOBs behind a locator
	fieldVersion = 7    // of 12.1, the one with the fewest optional fields that clients still take
	banner       = "Ferryman-Oracle-Standin-19c"
)

// compileCaps are the server's compile-time capabilities; see the comments for those that clients look at.
func compileCaps() []byte {
	caps := make([]byte, 45)
	for i, v := range map[int]byte{
		0: 6, 1: 1,
		4:  0x6A, // logon: O5LOGON, PBKDF2 key mixing, session key without padding
		7:  fieldVersion,
		8:  1,
		15: 1, 16: 1, // answers end with call status and sequence number
		17: 3, 18: 7, 19: 3, 21: 1, 23: 3,
		27: 1,    // type codes have two bytes
		37: 0x20, // chunks longer than 255 bytes
	} {
		caps[i] = v
	}
	return caps
}

// runtimeCaps: [1] the time zone is exchanged, [6] strings up to 32767 bytes.
var runtimeCaps = []byte{2, 1, 0, 0, 0, 0, 4}

// nativeServices answers the request for encryption, integrity and authentication services: none is offered. The first byte
// of the request is read already.
func (c *conn) nativeServices() error {
	if rest := c.in.take(3); c.in.err == nil && (rest[0] != 0xAD || rest[1] != 0xBE || rest[2] != 0xEF) {
		c.in.fail("unknown message DE %X", rest)
	}
	c.in.take(max(0, c.in.be16()-6))
	if c.in.err != nil {
		return c.in.err
	}
	version, b := []byte{0x0B, 0x20, 0x02, 0x00}, []byte(nil)
	be16 := func(v ...uint16) {
		for _, x := range v {
			b = binary.BigEndian.AppendUint16(b, x)
		}
	}
	service := func(number, fields uint16) {
		be16(number, fields, 0, 0, 4, 5)
		b = append(b, version...)
	}
	service(4, 3) // supervisor
	be16(2, 6, 31, 18, 1, 0xDEAD, 0xBEEF, 3, 0, 4, 4, 1, 2, 3)
	service(1, 2) // authentication
	be16(2, 6, 0xFBFF)
	for _, number := range []uint16{2, 3} { // encryption, integrity
		service(number, 2)
		be16(1, 2)
		b = append(b, 0)
	}
	c.out.u8(0xDE, 0xAD, 0xBE, 0xEF)
	c.out.be16(13 + len(b))
	c.out.u8(version...)
	c.out.be16(4)
	c.out.u8(0)
	c.out.u8(b...)
	return c.finish()
}

// protocol answers the protocol negotiation with the server's character sets and capabilities.
func (c *conn) protocol() error {
	c.in.cstring(64) // the versions that the client speaks
	c.client.Driver = c.in.cstring(256)
	if c.in.err != nil {
		return c.in.err
	}
	w := c.out
	w.u8(1, 6, 0)
	w.u8([]byte(banner)...)
	w.u8(0)
	w.u8(charsetUTF8&0xFF, charsetUTF8>>8, 1, 0, 0)
	w.be16(11)
	w.u8(make([]byte, 9)...)
	w.be16(charsetUTF16)
	caps := compileCaps()
	w.u8(byte(len(caps)))
	w.u8(caps...)
	w.u8(byte(len(runtimeCaps)))
	w.u8(runtimeCaps...)
	return c.finish()
}

// dataTypes answers the data type negotiation. How the client represents each type is not looked at: all use the standard ones.
func (c *conn) dataTypes() error {
	c.in.take(4) // character sets
	c.textIsCLR = c.in.u8()&0x02 != 0
	compile := c.in.take(int(c.in.u8()))
	runtime := c.in.take(int(c.in.u8()))
	if c.in.err != nil {
		return c.in.err
	}
	if len(compile) <= 37 || compile[7] < fieldVersion {
		return fmt.Errorf("client %q is older than Oracle 12.1", c.client.Driver)
	}
	withZone, zoneVersion := len(runtime) > 1 && runtime[1]&1 != 0, compile[37]&2 != 0
	if withZone {
		c.in.take(11)
		if zoneVersion {
			c.in.take(4)
		}
		c.in.take(2) // national character set
	}
	code := c.in.be16
	if compile[27] == 0 {
		code = func() int { return int(c.in.u8()) }
	}
	for c.in.err == nil && code() != 0 {
		if code() != 0 {
			code()
			code()
		}
	}
	if c.in.err != nil {
		return c.in.err
	}
	c.out.u8(2)
	if withZone { // the database's time zone: +00:00, each part plus 60
		c.out.u8(0x80, 0, 0, 0, 60, 60, 60, 0x80, 0, 0, 0)
		if zoneVersion {
			c.out.u8(0, 0, 0, 0)
		}
	}
	c.out.u8(0, 0)
	return c.finish()
}
