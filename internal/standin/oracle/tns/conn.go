// SPDX-License-Identifier: Apache-2.0

package tns

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"runtime/debug"
	"strings"
	"sync"
	"time"
)

// logonTimeout is how long a client may take from connecting to being logged on.
const logonTimeout = 60 * time.Second

// conn is one client's connection. Its own goroutine (serve) reads messages and answers them; another (receive) takes packets off the
// network meanwhile, so that an interrupt or the end of the connection is seen while a call runs.
type conn struct {
	server  *Server
	net     net.Conn
	log     *slog.Logger
	packets packetReader
	in      *reader
	out     *writer
	ctx     context.Context // ends with the connection
	stop    context.CancelFunc
	arrived chan arrival

	callMu sync.Mutex
	call   *call // nil while the client has the turn

	client    Client
	textIsCLR bool
	logon     *logonDialogue
	session   Session // nil until logged on
	sequence  uint64  // of calls, clients want it in answers
	refused   error   // of a piggyback, told in the answer to the function that follows it
	cursors   cursorSet
	lobs      lobSet
}

// arrival is what receive hands on: a DATA packet's payload, or the client's reset marker.
type arrival struct {
	payload []byte
	reset   bool
}

func newConn(s *Server, nc net.Conn, serial uint32) *conn {
	c := &conn{server: s, net: nc, arrived: make(chan arrival, 4)}
	c.ctx, c.stop = context.WithCancel(s.ctx)
	c.client = Client{SessionID: serial + 20, Serial: 1000 + serial*7%60000, RemoteAddr: nc.RemoteAddr().String()}
	c.log = s.log.With("remote", c.client.RemoteAddr, "sid", c.client.SessionID)
	c.packets = packetReader{r: bufio.NewReaderSize(nc, 16<<10), max: maxEarlyPacket}
	c.in = &reader{next: c.nextPayload}
	c.out = &writer{out: nc, sdu: minSDU}
	if c.lobs.limit = s.options.MaxLOBBytes; c.lobs.limit <= 0 {
		c.lobs.limit = maxLOBBytes
	}
	return c
}

// serve speaks with the client until either side ends the connection.
func (c *conn) serve() {
	defer c.end()
	defer func() {
		if p := recover(); p != nil {
			c.log.Error("connection broken by a panic", "panic", p, "stack", string(debug.Stack()))
		}
	}()
	context.AfterFunc(c.ctx, func() { c.net.Close() })
	_ = c.net.SetReadDeadline(time.Now().Add(logonTimeout))
	err := c.accept()
	if err == nil {
		go c.receive()
		for err == nil {
			c.in.begin()
			err = c.message(c.in.u8())
		}
	}
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, context.Canceled):
		c.log.Debug("connection ended", "user", c.client.User)
	case errors.Is(err, errRefused):
		c.log.Info("connection refused", "error", err)
	default:
		c.log.Warn("connection broken", "user", c.client.User, "error", err)
	}
}

func (c *conn) end() {
	c.stop()
	c.net.Close()
	c.logoff()
}

// logoff ends the session, if there is one.
func (c *conn) logoff() {
	c.cursors.closeAll()
	if c.session != nil {
		c.session.Close()
		c.session = nil
	}
}

// message reads and answers one message, of which the first byte is given.
func (c *conn) message(kind byte) error {
	if c.in.err != nil {
		return c.in.err
	}
	switch {
	case kind == 0xDE && c.session == nil:
		return c.nativeServices()
	case kind == 1 && c.session == nil:
		return c.protocol()
	case kind == 2 && c.session == nil:
		return c.dataTypes()
	case kind == 3:
		operation := c.in.u8()
		c.in.u8() // sequence number
		return c.function(operation)
	case kind == 0x11:
		operation := c.in.u8()
		c.in.u8()
		return c.piggyback(operation)
	}
	return fmt.Errorf("unknown message %d", kind)
}

// function runs one call.
func (c *conn) function(operation byte) error {
	if c.in.err != nil {
		return c.in.err
	}
	c.sequence = c.sequence%0xFFFF + 1
	switch operation {
	case 0x76:
		return c.logonStart()
	case 0x73:
		return c.logonFinish()
	}
	if c.session == nil {
		return fmt.Errorf("function %#x before logon", operation)
	}
	if err := c.refused; err != nil {
		c.refused = nil
		return c.failUnread(err)
	}
	switch operation {
	case 0x3B:
		return c.version()
	case 0x5E:
		return c.execute()
	case 0x4E, 0x04:
		return c.reexecute(operation == 0x4E)
	case 0x05:
		return c.fetch()
	case 0x60:
		return c.lobCall()
	case 0x0E:
		return c.done(c.session.Commit(c.callContext()))
	case 0x0F:
		return c.done(c.session.Rollback(c.callContext()))
	case 0x93: // ping
		return c.done(nil)
	case 0x09: // logoff: who has the answer sees the session nowhere any more; the client then closes the connection
		c.logoff()
		return c.done(nil)
	}
	return c.unsupported(fmt.Sprintf("function %#x", operation))
}

// piggyback runs what a client sends along before a function; it has no answer of its own.
func (c *conn) piggyback(operation byte) error {
	if c.session == nil {
		return fmt.Errorf("piggyback %#x before logon", operation)
	}
	switch operation {
	case 0x69: // close cursors
		c.in.u8()
		for n := c.in.count("cursors to close", 1<<16); n > 0 && c.in.err == nil; n-- {
			c.cursors.close(c.in.ub())
		}
	case 0x60:
		c.freeLOBs()
	case 0x98: // set the current schema
		c.in.u8()
		name := c.in.text(c.in.count("bytes of a schema name", 1024), c.textIsCLR)
		if c.in.err == nil {
			_, err := c.session.Execute(c.callContext(), `ALTER SESSION SET CURRENT_SCHEMA = "`+strings.ReplaceAll(name, `"`, "")+`"`, nil)
			c.refused = err
		}
	case 0x87:
		c.endToEnd()
	default:
		return c.unsupported(fmt.Sprintf("piggyback %#x", operation))
	}
	return c.in.err
}

// endToEnd reads what a client says about itself for tracing: client id, module, action, client info, database operation.
func (c *conn) endToEnd() {
	r := c.in
	r.take(2)
	r.ub()
	var sizes []int
	size := func() {
		r.u8()
		sizes = append(sizes, r.count("bytes of tracing text", 1<<16))
	}
	size()
	size()
	size()
	r.u8()
	r.ub()
	r.u8()
	r.ub()
	size()
	for range 2 {
		r.u8()
		r.ub()
	}
	size()
	for _, n := range sizes {
		r.text(n, c.textIsCLR)
	}
}

// version answers with the database's version.
func (c *conn) version() error {
	c.in.discard()
	const text = "Oracle Database 19c Enterprise Edition Release 19.0.0.0.0 - Production\nVersion 19.3.0.0.0"
	c.out.u8(8)
	c.out.ub(uint64(len(text)))
	c.out.clrText(text)
	c.out.ub(versionNumber)
	c.out.u8(9)
	c.endOfCall()
	return c.finish()
}
