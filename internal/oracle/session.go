// SPDX-License-Identifier: Apache-2.0

package oracle

import (
	"context"
	"database/sql"
	"net"
	"sync"
	"time"

	goora "github.com/sijms/go-ora/v2"
)

const (
	// dialTime is how long a connection may take, stallTime how long Oracle may send nothing in the middle of an answer.
	dialTime  = 15 * time.Second
	stallTime = 2 * time.Minute
)

// session is one connection to Oracle with its socket at hand.
type session struct {
	db     *sql.DB
	socket *socket
	broken bool
}

// connect opens a session. Its errors are typed.
func (s *Source) connect(ctx context.Context) (*session, error) {
	dialCtx, cancel := context.WithTimeoutCause(ctx, dialTime, errSlow)
	defer cancel()
	x := &session{socket: &socket{}}
	u := *s.url
	params := u.Query()
	if !params.Has("PREFETCH_ROWS") {
		params.Set("PREFETCH_ROWS", "500")
	}
	u.RawQuery = params.Encode()
	connector := goora.NewConnector(u.String()).(*goora.OracleConnector)
	connector.Dialer(x.socket)
	x.db = sql.OpenDB(connector)
	x.db.SetMaxOpenConns(1)
	stop := context.AfterFunc(dialCtx, x.socket.close)
	err := x.db.PingContext(dialCtx)
	if !stop() && err == nil {
		err = context.Cause(dialCtx)
	}
	if err != nil {
		x.close()
		if cause := context.Cause(dialCtx); cause != nil && oracleCode(err) == 0 {
			err = cause
		}
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, s.openError(err)
	}
	return x, nil
}

func (x *session) alive(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, dialTime)
	defer cancel()
	defer context.AfterFunc(ctx, x.socket.close)()
	return x.db.PingContext(ctx) == nil
}

// close ends the session without waiting for Oracle to say goodbye.
func (x *session) close() {
	if x.broken {
		x.socket.close()
	}
	_ = x.db.Close()
	x.socket.close()
}

// socket dials once for go-ora; closed, it dials no more, so that database/sql cannot reconnect behind a call's back.
type socket struct {
	mu     sync.Mutex
	conn   net.Conn
	closed bool
}

// DialContext implements go-ora's dialer.
func (s *socket) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := (&net.Dialer{Timeout: dialTime}).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		_ = conn.Close()
		return nil, net.ErrClosed
	}
	s.conn = conn
	return &boundedConn{Conn: conn}, nil
}

func (s *socket) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	if s.conn != nil {
		_ = s.conn.Close()
	}
}

// boundedConn ends a read that takes longer than stallTime, whatever deadline the driver sets.
type boundedConn struct{ net.Conn }

func (c *boundedConn) SetReadDeadline(at time.Time) error {
	if bound := time.Now().Add(stallTime); at.IsZero() || at.After(bound) {
		at = bound
	}
	return c.Conn.SetReadDeadline(at)
}

func (c *boundedConn) Read(b []byte) (int, error) {
	if err := c.SetReadDeadline(time.Time{}); err != nil {
		return 0, err
	}
	return c.Conn.Read(b)
}
