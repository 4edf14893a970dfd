// SPDX-License-Identifier: Apache-2.0

package tns

import (
	"context"
	"errors"
	"io"
)

// Marker kinds.
const (
	markerBreak     = 1
	markerReset     = 2
	markerInterrupt = 3
)

// call is the time from a client's first packet of a message to the answer's end.
type call struct {
	ctx         context.Context
	cancel      context.CancelFunc
	interrupted bool
}

// receive takes packets off the network until the connection ends.
func (c *conn) receive() {
	defer close(c.arrived)
	defer c.stop()
	for {
		kind, body, err := c.packets.read()
		if err != nil {
			if c.ctx.Err() == nil && !errors.Is(err, io.EOF) {
				c.log.Debug("reading ended", "error", err)
			}
			return
		}
		var a arrival
		switch kind {
		case packetData:
			if len(body) < 2 || (int(body[0])<<8|int(body[1]))&flagEOF != 0 {
				return
			}
			c.beginCall()
			a.payload = body[2:]
		case packetMarker:
			if len(body) != 3 {
				return
			}
			if body[2] != markerReset {
				c.interrupt()
				continue
			}
			a.reset = true
		default:
			c.log.Warn("unexpected packet", "type", kind)
			return
		}
		select {
		case c.arrived <- a:
		case <-c.ctx.Done():
			return
		}
	}
}

// nextPayload is where the reader gets its bytes from.
func (c *conn) nextPayload() ([]byte, error) {
	for {
		a, ok := <-c.arrived
		if !ok {
			return nil, io.EOF
		}
		if !a.reset {
			return a.payload, nil
		}
	}
}

func (c *conn) beginCall() {
	c.callMu.Lock()
	defer c.callMu.Unlock()
	if c.call == nil {
		c.call = &call{}
		c.call.ctx, c.call.cancel = context.WithCancel(c.ctx)
	}
}

// interrupt cancels the running call. Between calls it means nothing: the answer has overtaken it.
func (c *conn) interrupt() {
	c.callMu.Lock()
	defer c.callMu.Unlock()
	if c.call != nil {
		c.call.interrupted = true
		c.call.cancel()
	}
}

// endCall gives the turn back and says whether the client has interrupted the call.
func (c *conn) endCall() (interrupted bool) {
	c.callMu.Lock()
	defer c.callMu.Unlock()
	if c.call != nil {
		interrupted = c.call.interrupted
		c.call.cancel()
		c.call = nil
	}
	return interrupted
}

func (c *conn) interrupted() bool {
	c.callMu.Lock()
	defer c.callMu.Unlock()
	return c.call != nil && c.call.interrupted
}

func (c *conn) callContext() context.Context {
	c.callMu.Lock()
	defer c.callMu.Unlock()
	if c.call != nil {
		return c.call.ctx
	}
	return c.ctx
}

// finish sends the answer; a client that has interrupted the call gets ORA-01013 in its place.
func (c *conn) finish() error {
	if c.in.err != nil {
		return c.in.err
	}
	c.in.discard()
	if c.endCall() {
		return c.reset(Errorf(1013, "user requested cancel of current operation"))
	}
	return c.out.flush()
}

// reset throws away what is under way in both directions: markers go to and fro, then the error follows.
func (c *conn) reset(e *OraError) error {
	c.out.drop()
	for _, kind := range []byte{markerBreak, markerReset} {
		if err := c.out.packet(packetMarker, []byte{1, 0, kind}); err != nil {
			return err
		}
	}
	for {
		a, ok := <-c.arrived
		if !ok {
			return io.EOF
		}
		if a.reset {
			break
		}
	}
	c.in.discard()
	c.endCall()
	c.summary(summary{err: e})
	return c.out.flush()
}

// unsupported ends a call whose message cannot be read to its end.
func (c *conn) unsupported(what string) error {
	if c.in.err != nil {
		return c.in.err
	}
	c.log.Info("not supported", "what", what)
	return c.reset(Errorf(3115, "unsupported network datatype or representation (%s)", what))
}
