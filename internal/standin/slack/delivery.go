// SPDX-License-Identifier: Apache-2.0

package slack

import (
	"encoding/json"
	"math/rand/v2"
	"time"

	"github.com/google/uuid"
)

// maxAck is the size from which on Slack drops an ack without a word (slack-go, socketmode.go).
const maxAck = 20 * 1024

// Stats counts what happened on the sockets.
type Stats struct {
	// Envelopes sent, acks taken, acks that named no envelope of their connection, and acks dropped for their size.
	Envelopes, Acks, StrayAcks, OversizedAcks int
	// IgnoredPayloads are ack payloads for envelopes that accept none.
	IgnoredPayloads int
	// TooManySockets are connections turned away as the eleventh.
	TooManySockets int
	// EventRetries are events sent again, LostEvents those given up.
	EventRetries, LostEvents int
}

// Stats are the counters so far.
func (s *Server) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stats
}

// envelope is one delivery that waits for its ack.
type envelope struct {
	id      string
	accepts bool
	acked   chan json.RawMessage // gets the payload, or nil, once
}

// deliver sends a payload on one of the open connections, any of them, and nil when none is open. The lock is held.
func (s *Server) deliver(kind string, payload object, accepts bool, extra object) *envelope {
	c := s.pick(nil)
	if c == nil {
		return nil
	}
	e := &envelope{id: uuid.NewString(), accepts: accepts, acked: make(chan json.RawMessage, 1)}
	s.sendEnvelope(c, e, kind, payload, extra)
	if s.faults.duplicates > 0 {
		s.faults.duplicates--
		again := e
		if !s.faults.duplicateSameID {
			again = &envelope{id: uuid.NewString(), accepts: accepts, acked: make(chan json.RawMessage, 1)}
		}
		other := s.pick(c)
		if other == nil {
			other = c
		}
		s.sendEnvelope(other, again, kind, payload, extra)
	}
	return e
}

func (s *Server) sendEnvelope(c *conn, e *envelope, kind string, payload, extra object) {
	o := object{"type": kind, "envelope_id": e.id, "payload": payload, "accepts_response_payload": e.accepts}
	for k, v := range extra {
		o[k] = v
	}
	c.pending[e.id] = e
	s.stats.Envelopes++
	c.send(o)
}

// pick chooses a connection at random, as nothing may be relied on; not is left out.
func (s *Server) pick(not *conn) *conn {
	var open []*conn
	for _, c := range s.conns {
		select {
		case <-c.gone:
		default:
			if c != not && !c.leaving {
				open = append(open, c)
			}
		}
	}
	if len(open) == 0 {
		return nil
	}
	return open[rand.IntN(len(open))]
}

// read takes acks until the connection ends. A client that is silent for 30 s, pongs included, is gone.
func (c *conn) read() {
	s := c.server
	alive := func() { _ = c.ws.SetReadDeadline(time.Now().Add(30*time.Second + s.timing.PingEvery)) }
	alive()
	pong := c.ws.PongHandler()
	c.ws.SetPongHandler(func(text string) error { alive(); return pong(text) })
	ping := c.ws.PingHandler()
	c.ws.SetPingHandler(func(text string) error { alive(); return ping(text) })
	bye := c.ws.CloseHandler()
	c.ws.SetCloseHandler(func(code int, text string) error { // once the client has the answer to its goodbye, nothing is sent here any more
		s.mu.Lock()
		c.leaving = true
		s.mu.Unlock()
		return bye(code, text)
	})
	for {
		_, raw, err := c.ws.ReadMessage()
		if err != nil {
			return
		}
		if c.frozen.Load() {
			continue
		}
		alive()
		s.mu.Lock()
		delay := s.faults.ackDelay
		s.mu.Unlock()
		if delay == 0 {
			c.ack(raw)
			continue
		}
		s.begin(func() {
			if c.wait(delay) {
				c.ack(raw)
			}
		})
	}
}

// ack accepts {"envelope_id": …, "payload": …} for an envelope of this very connection.
func (c *conn) ack(raw []byte) {
	s := c.server
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(raw) >= maxAck {
		s.stats.OversizedAcks++
		return
	}
	var a struct {
		EnvelopeID string          `json:"envelope_id"`
		Payload    json.RawMessage `json:"payload"`
	}
	if json.Unmarshal(raw, &a) != nil || c.pending[a.EnvelopeID] == nil {
		s.stats.StrayAcks++
		return
	}
	e := c.pending[a.EnvelopeID]
	delete(c.pending, a.EnvelopeID)
	s.stats.Acks++
	payload := a.Payload
	if len(payload) > 0 && string(payload) != "null" && !e.accepts {
		s.stats.IgnoredPayloads++
		payload = nil
	}
	select {
	case e.acked <- payload:
	default: // the copy of a duplicate was acked already
	}
}
