// SPDX-License-Identifier: Apache-2.0

package slack

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
)

// maxSockets is how many connections one app may have open.
const maxSockets = 10

// ticketLife is how long the address that apps.connections.open gives can be dialled, once.
const ticketLife = 30 * time.Second

type ticket struct{ made time.Time }

func openConnection(c *call) (object, *apiError) {
	s := c.s
	if !s.app.SocketMode {
		return nil, fail("socket_mode_not_enabled") // not documented by Slack: what it says when the manifest's switch is off
	}
	id := fmt.Sprintf("%016x%016x", rand.Uint64(), rand.Uint64())
	s.tickets[id] = ticket{made: s.now()}
	u, _ := url.Parse(s.url)
	u.Scheme, u.Path = "ws", "/link/"
	u.RawQuery = url.Values{"ticket": {id}, "app_id": {s.app.ID}}.Encode()
	return object{"url": u.String()}, nil
}

// conn is one open Socket Mode connection.
type conn struct {
	server  *Server
	ws      *websocket.Conn
	number  int64
	opened  time.Time
	pending map[string]*envelope // by envelope id; the server's lock guards it
	leaving bool                 // refresh_requested was said: nothing new is sent here
	frozen  atomic.Bool          // half open: nothing goes through

	mu    sync.Mutex
	queue []any
	wake  chan struct{}
	gone  chan struct{}
	once  sync.Once
}

var upgrader = websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}

func (s *Server) serveSocket(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	t, ok := s.tickets[r.URL.Query().Get("ticket")]
	delete(s.tickets, r.URL.Query().Get("ticket"))
	late := s.now().Sub(t.made) > ticketLife
	s.mu.Unlock()
	if !ok || late || s.ctx.Err() != nil {
		http.Error(w, "invalid ticket", http.StatusUnauthorized)
		return
	}
	ws, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	c := &conn{server: s, ws: ws, opened: s.now(), pending: map[string]*envelope{}, wake: make(chan struct{}, 1), gone: make(chan struct{})}
	life := s.timing.ConnectionLife
	if r.URL.Query().Get("debug_reconnects") == "true" {
		life = min(life, 360*time.Second)
	}
	s.mu.Lock()
	s.serial++
	c.number = s.serial
	accepted := s.open() < maxSockets && s.ctx.Err() == nil
	if accepted {
		s.conns = append(s.conns, c)
		c.send(object{
			"type": "hello", "num_connections": s.open(), "connection_info": object{"app_id": s.app.ID},
			"debug_info": object{
				"host": c.host(), "started": c.opened.UTC().Format("2006-01-02 15:04:05.000"), "build_number": 1,
				"approximate_connection_time": int(life.Seconds()),
			},
		})
		s.emit(Change{Kind: SocketOpened})
	} else {
		s.stats.TooManySockets++
		c.send(c.disconnect("too_many_websockets"))
	}
	s.mu.Unlock()
	if !s.begin(c.write) {
		c.kill()
	}
	if !accepted {
		c.closeAfter(time.Second)
	} else {
		s.begin(func() { c.age(life) })
	}
	c.read()
	s.mu.Lock()
	c.kill()
	if i := slices.Index(s.conns, c); i >= 0 {
		s.conns = slices.Delete(s.conns, i, i+1)
		s.emit(Change{Kind: SocketClosed})
	}
	s.mu.Unlock()
}

func (c *conn) host() string { return fmt.Sprintf("applink-%d", c.number) }

func (c *conn) disconnect(reason string) object {
	return object{"type": "disconnect", "reason": reason, "debug_info": object{"host": c.host()}}
}

// send puts a JSON message in the queue; it never blocks.
func (c *conn) send(v any) {
	c.mu.Lock()
	c.queue = append(c.queue, v)
	c.mu.Unlock()
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// write is the only writer of the WebSocket: queued messages, and a ping at once and then at intervals.
func (c *conn) write() {
	ping := time.NewTicker(c.server.timing.PingEvery)
	defer ping.Stop()
	defer func() { _ = c.ws.Close() }()
	beat := func() bool {
		if c.frozen.Load() {
			return true
		}
		text := "Ping from " + c.host()
		return c.ws.WriteControl(websocket.PingMessage, []byte(text), time.Now().Add(5*time.Second)) == nil
	}
	if !beat() {
		return
	}
	for {
		c.mu.Lock()
		batch := c.queue
		c.queue = nil
		c.mu.Unlock()
		for _, v := range batch {
			if c.frozen.Load() {
				break
			}
			_ = c.ws.SetWriteDeadline(time.Now().Add(10 * time.Second))
			if c.ws.WriteJSON(v) != nil {
				return
			}
		}
		select {
		case <-c.wake:
		case <-ping.C:
			if !beat() {
				return
			}
		case <-c.gone:
			return
		}
	}
}

// age asks for a new connection when this one has lived long enough.
func (c *conn) age(life time.Duration) {
	if !c.wait(life - c.server.timing.WarningBefore) {
		return
	}
	c.send(c.disconnect("warning"))
	if c.wait(c.server.timing.WarningBefore) {
		c.refresh()
	}
}

// refresh says goodbye; what was sent here may still be acked until the socket closes.
func (c *conn) refresh() {
	c.server.mu.Lock()
	c.leaving = true
	c.server.mu.Unlock()
	c.send(c.disconnect("refresh_requested"))
	c.closeAfter(c.server.timing.CloseAfter)
}

func (c *conn) closeAfter(d time.Duration) {
	begun := c.server.begin(func() {
		c.wait(d)
		c.kill()
	})
	if !begun {
		c.kill()
	}
}

// wait is false when the connection ended first.
func (c *conn) wait(d time.Duration) bool {
	timer := time.NewTimer(max(d, 0))
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-c.gone:
		return false
	}
}

// kill cuts the connection.
func (c *conn) kill() {
	c.once.Do(func() {
		close(c.gone)
		_ = c.ws.Close()
	})
}

// Sockets is the number of open Socket Mode connections.
func (s *Server) Sockets() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.open()
}

// open is the number of connections that were not cut; the lock is held. One that was cut leaves the list a moment later.
func (s *Server) open() (n int) {
	for _, c := range s.conns {
		select {
		case <-c.gone:
		default:
			n++
		}
	}
	return n
}
