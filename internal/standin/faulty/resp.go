// SPDX-License-Identifier: Apache-2.0

package faulty

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strconv"
)

// maxBulk bounds one value of Redis's protocol, in bytes: Redis's own bound.
const maxBulk = 512 << 20

// reply is one value of Redis's protocol (RESP 2 and 3) with its bytes.
type reply struct {
	// kind is the first byte: + - : $ * _ # , ( ! = % ~ > |
	kind byte
	// text is a scalar's, items an aggregate's.
	text  string
	null  bool
	items []reply
}

// readReply reads one value and appends its bytes to raw.
func readReply(r *bufio.Reader, raw *bytes.Buffer) (reply, error) {
	line, err := r.ReadBytes('\n')
	if err != nil {
		return reply{}, err
	}
	raw.Write(line)
	if len(line) < 3 {
		return reply{}, fmt.Errorf("redis: a line of %d bytes", len(line))
	}
	v := reply{kind: line[0], text: string(line[1 : len(line)-2])}
	switch v.kind {
	case '$', '!', '=':
		n, err := strconv.Atoi(v.text)
		if err != nil || n > maxBulk {
			return reply{}, fmt.Errorf("redis: a length of %q", v.text)
		}
		if v.text = ""; n < 0 {
			v.null = true
			return v, nil
		}
		body := make([]byte, n+2)
		if _, err := io.ReadFull(r, body); err != nil {
			return reply{}, err
		}
		raw.Write(body)
		v.text = string(body[:n])
	case '*', '~', '>', '%', '|':
		n, err := strconv.Atoi(v.text)
		if err != nil || n > maxBulk {
			return reply{}, fmt.Errorf("redis: a length of %q", v.text)
		}
		if v.text = ""; n < 0 {
			v.null = true
			return v, nil
		}
		if v.kind == '%' || v.kind == '|' {
			n *= 2
		}
		for range n {
			item, err := readReply(r, raw)
			if err != nil {
				return reply{}, err
			}
			v.items = append(v.items, item)
		}
		if v.kind == '|' { // attributes come before the value that they are of
			return readReply(r, raw)
		}
	case '_':
		v.null = true
	}
	return v, nil
}
