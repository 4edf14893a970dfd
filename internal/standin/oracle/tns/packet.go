// SPDX-License-Identifier: Apache-2.0

package tns

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
)

// Packet types.
const (
	packetConnect = 1
	packetAccept  = 2
	packetRefuse  = 4
	packetData    = 6
	packetMarker  = 12
)

const (
	headerSize     = 8
	dataHeaderSize = headerSize + 2 // a DATA packet's flags follow the header
	flagEOF        = 0x0040         // data flag: the sender closes the connection
	maxSDU         = 32767
	maxEarlyPacket = 65535 // before the sizes are negotiated
)

// packetReader reads whole packets. wide says that lengths have four bytes, as they do after an ACCEPT of version 315 or later.
type packetReader struct {
	r    *bufio.Reader
	wide bool
	max  int
}

// read returns the next packet's type and what follows its header, in a slice of its own.
func (p *packetReader) read() (byte, []byte, error) {
	var head [headerSize]byte
	if _, err := io.ReadFull(p.r, head[:]); err != nil {
		return 0, nil, err
	}
	size := int(binary.BigEndian.Uint16(head[:]))
	if p.wide {
		size = int(binary.BigEndian.Uint32(head[:]))
	}
	if size < headerSize || size > p.max {
		return 0, nil, fmt.Errorf("packet of type %d claims %d bytes, %d to %d are possible", head[4], size, headerSize, p.max)
	}
	body := make([]byte, size-headerSize)
	if _, err := io.ReadFull(p.r, body); err != nil {
		return 0, nil, fmt.Errorf("packet of type %d cut short: %w", head[4], err)
	}
	return head[4], body, nil
}

// appendPacket appends a packet whose body is given in parts.
func appendPacket(b []byte, wide bool, kind byte, body ...[]byte) []byte {
	size := headerSize
	for _, part := range body {
		size += len(part)
	}
	if wide {
		b = binary.BigEndian.AppendUint32(b, uint32(size))
	} else {
		b = binary.BigEndian.AppendUint16(b, uint16(size))
		b = append(b, 0, 0)
	}
	b = append(b, kind, 0, 0, 0)
	for _, part := range body {
		b = append(b, part...)
	}
	return b
}
