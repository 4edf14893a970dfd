// SPDX-License-Identifier: Apache-2.0

package tns

import (
	"encoding/binary"
	"errors"
	"fmt"
	"regexp"
	"strings"
)

const (
	minVersion = 315 // the first with four-byte packet lengths, which python-oracledb asks for
	maxVersion = 317 // 318 brings an out-of-band probe
	minSDU     = 512
)

var (
	serviceName = regexp.MustCompile(`(?i)\(\s*SERVICE_NAME\s*=\s*([^()\s]+)\s*\)`)
	serviceSID  = regexp.MustCompile(`(?i)\(\s*SID\s*=\s*([^()\s]+)\s*\)`)
)

var errRefused = errors.New("connection refused")

// accept reads the client's CONNECT and answers it with ACCEPT or REFUSE. It gives errRefused after a REFUSE.
func (c *conn) accept() error {
	kind, body, err := c.packets.read()
	if err != nil {
		return err
	}
	const fixed = 58 - headerSize + 4 // to the end of the four-byte TDU
	if kind != packetConnect || len(body) < fixed {
		return fmt.Errorf("not a CONNECT packet: type %d, %d bytes", kind, len(body))
	}
	be16 := func(at int) int { return int(binary.BigEndian.Uint16(body[at:])) }
	version, size, at := be16(0), be16(16), be16(18)-headerSize
	descriptor := ""
	switch {
	case size > maxEarlyPacket || at < 0:
		return fmt.Errorf("connect data of %d bytes at %d", size, at)
	case at+size <= len(body):
		descriptor = string(body[at : at+size])
	default: // too long for the CONNECT packet: it follows in a packet of its own
		kind, data, err := c.packets.read()
		if err != nil {
			return err
		}
		if kind != packetData || len(data) < 2 {
			return fmt.Errorf("not the connect data: type %d, %d bytes", kind, len(data))
		}
		descriptor = string(data[2:])
	}
	if code := c.wrongService(descriptor); code != 0 {
		return c.refuse(code)
	}
	if version < minVersion {
		return c.refuse(12618) // TNS: versions are incompatible
	}
	sdu := be16(6)
	if wide := binary.BigEndian.Uint32(body[50:]); wide != 0 {
		sdu = int(min(wide, maxSDU))
	}
	c.out.sdu = max(minSDU, min(sdu, maxSDU))
	answer := binary.BigEndian.AppendUint16(nil, uint16(min(version, maxVersion)))
	for _, v := range []int{0, c.out.sdu, c.out.sdu, 1, 0, 45} { // options (none), SDU, TDU, byte order, no data, where it would be
		answer = binary.BigEndian.AppendUint16(answer, uint16(v))
	}
	answer = append(answer, 5, 5) // no native services needed
	answer = append(answer, make([]byte, 8)...)
	answer = binary.BigEndian.AppendUint32(answer, uint32(c.out.sdu))
	answer = binary.BigEndian.AppendUint32(answer, uint32(c.out.sdu))
	answer = append(answer, make([]byte, 5)...)
	if err := c.out.packet(packetAccept, answer); err != nil {
		return err
	}
	c.out.wide, c.packets.wide, c.packets.max = true, true, c.out.sdu
	return nil
}

// wrongService takes the service's name from the connect descriptor and gives the error's code if it is not served here.
func (c *conn) wrongService(descriptor string) int {
	code, m := 12514, serviceName.FindStringSubmatch(descriptor)
	if m == nil {
		code, m = 12505, serviceSID.FindStringSubmatch(descriptor)
	}
	if m == nil {
		return 12504 // TNS: listener was not given the SERVICE_NAME in CONNECT_DATA
	}
	c.client.Service = m[1]
	if want := c.server.options.Service; want != "" && !strings.EqualFold(want, m[1]) {
		return code
	}
	return 0
}

func (c *conn) refuse(code int) error {
	text := fmt.Sprintf("(DESCRIPTION=(TMP=)(VSNNUM=318767104)(ERR=%d)(ERROR_STACK=(ERROR=(CODE=%d)(EMFI=4))))", code, code)
	body := binary.BigEndian.AppendUint16([]byte{34, 0}, uint16(len(text)))
	if err := c.out.packet(packetRefuse, append(body, text...)); err != nil {
		return err
	}
	return fmt.Errorf("%w: TNS-%05d for service %q", errRefused, code, c.client.Service)
}
