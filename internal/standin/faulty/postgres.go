// SPDX-License-Identifier: Apache-2.0

package faulty

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
)

// ClientSetting is the setting by which a client of the PostgreSQL proxy says who it is: options=-crehearsal.client=NAME in its
// connection string. One proxy serves all clients, because its address is part of what a migration is held to.
const ClientSetting = "rehearsal.client"

// PostgresProxy starts a proxy in front of a PostgreSQL server. What was written is seen when the server says that it is committed.
func PostgresProxy(server string, watch Watcher) (*Proxy, error) {
	return listen(server, func() relay {
		return &postgresRelay{watch: watch, prepared: map[string]string{}, portals: map[string]statement{}}
	})
}

const (
	cancelCode = 80877102
	sslCode    = 80877103
	gssCode    = 80877104
	// maxMessage bounds one message, in bytes: PostgreSQL's own bound of a value is 1 GiB.
	maxMessage = 1 << 30
)

// postgresRelay follows one session.
type postgresRelay struct {
	watch Watcher

	mu       sync.Mutex
	client   string
	prepared map[string]string
	portals  map[string]statement
	waiting  []statement

	// Of the answering side alone.
	written []statement
	held    bytes.Buffer
}

// statement is one whose end has not been told yet; one without SQL is a Sync.
type statement struct {
	sql, params string
	// simple is a query of the simple protocol, which may hold several statements and ends with ReadyForQuery.
	simple bool
	sync   bool
}

func (r *postgresRelay) fromClient(client, server net.Conn) error {
	if err := r.startup(client, server); err != nil {
		return err
	}
	for {
		kind, raw, err := readMessage(client)
		if err != nil {
			return err
		}
		r.sent(kind, raw[5:])
		if _, err := server.Write(raw); err != nil {
			return err
		}
	}
}

// startup passes on the first message, which has no type. A wish for encryption is refused here.
func (r *postgresRelay) startup(client, server net.Conn) error {
	for {
		head := make([]byte, 8)
		if _, err := io.ReadFull(client, head); err != nil {
			return err
		}
		length, code := binary.BigEndian.Uint32(head), binary.BigEndian.Uint32(head[4:])
		if length < 8 || length > 10_000 {
			return fmt.Errorf("postgres: a first message of %d bytes", length)
		}
		if code == sslCode || code == gssCode {
			if _, err := client.Write([]byte("N")); err != nil {
				return err
			}
			continue
		}
		body := make([]byte, length-8)
		if _, err := io.ReadFull(client, body); err != nil {
			return err
		}
		if code != cancelCode {
			r.named(body)
		}
		_, err := server.Write(append(head, body...))
		return err
	}
}

// named reads who the client is from its options.
func (r *postgresRelay) named(body []byte) {
	words := strings.Split(string(body), "\x00")
	for i := 0; i+1 < len(words); i += 2 {
		if words[i] != "options" {
			continue
		}
		if _, name, ok := strings.Cut(words[i+1], ClientSetting+"="); ok {
			r.mu.Lock()
			r.client, _, _ = strings.Cut(name, " ")
			r.mu.Unlock()
		}
	}
}

// sent notes what a message of the client will have answered.
func (r *postgresRelay) sent(kind byte, body []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch kind {
	case 'P':
		name, rest := text(body)
		sql, _ := text(rest)
		r.prepared[name] = sql
	case 'B':
		portal, rest := text(body)
		name, params := text(rest)
		r.portals[portal] = statement{sql: r.prepared[name], params: string(params)}
	case 'E':
		portal, _ := text(body)
		r.waiting = append(r.waiting, r.portals[portal])
	case 'Q':
		sql, _ := text(body)
		r.waiting = append(r.waiting, statement{sql: sql, simple: true})
	case 'S':
		r.waiting = append(r.waiting, statement{sync: true})
	}
}

func (r *postgresRelay) fromServer(client, server net.Conn) error {
	for {
		kind, raw, err := readMessage(server)
		if err != nil {
			return err
		}
		switch kind {
		case 'C':
			r.ended(raw[5:])
			r.held.Write(raw)
			continue
		case 'Z':
			r.held.Write(raw)
			err = r.ready(raw[5], client)
		default:
			if r.held.Len() > 0 { // what comes after a statement's end waits with it
				r.held.Write(raw)
				continue
			}
			_, err = client.Write(raw)
		}
		if err != nil {
			return err
		}
	}
}

// ended takes a CommandComplete: the statement wrote something, ended a transaction, or did neither.
func (r *postgresRelay) ended(body []byte) {
	tag, _ := text(body)
	s := r.next()
	switch {
	case tag == "ROLLBACK":
		r.written = nil
	case writes(tag, s.sql):
		r.written = append(r.written, s)
	}
}

// next is the statement that ended. One of the simple protocol stays until ReadyForQuery: it may have several ends.
func (r *postgresRelay) next() statement {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.waiting) == 0 {
		return statement{}
	}
	s := r.waiting[0]
	if !s.simple && !s.sync {
		r.waiting = r.waiting[1:]
	}
	return s
}

// ready takes ReadyForQuery: outside a transaction, everything that was written is committed now.
func (r *postgresRelay) ready(status byte, client net.Conn) error {
	r.mu.Lock()
	for len(r.waiting) > 0 {
		last := r.waiting[0]
		r.waiting = r.waiting[1:]
		if last.simple || last.sync {
			break
		}
	}
	name := r.client
	r.mu.Unlock()
	pass := func() error {
		_, err := client.Write(r.held.Bytes())
		r.held.Reset()
		return err
	}
	if status == 'E' {
		r.written = nil
	}
	if status != 'I' || len(r.written) == 0 {
		return pass()
	}
	w := postgresWrite(r.written)
	w.Client, r.written = name, nil
	return r.watch.seen(w, pass)
}

func readMessage(r io.Reader) (kind byte, raw []byte, err error) {
	head := make([]byte, 5)
	if _, err := io.ReadFull(r, head); err != nil {
		return 0, nil, err
	}
	length := binary.BigEndian.Uint32(head[1:])
	if length < 4 || length > maxMessage {
		return 0, nil, fmt.Errorf("postgres: a message of %d bytes", length)
	}
	raw = make([]byte, 5+int(length)-4)
	copy(raw, head)
	_, err = io.ReadFull(r, raw[5:])
	return head[0], raw, err
}

// text is the string at the beginning of a message, up to its zero byte, and what comes after it.
func text(b []byte) (string, []byte) {
	before, rest, _ := bytes.Cut(b, []byte{0})
	return string(before), rest
}
