// SPDX-License-Identifier: Apache-2.0

package compare

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/ferryman/ferryman/internal/config"
	goora "github.com/sijms/go-ora/v2"
)

// OracleOptions bound the reading of Oracle.
type OracleOptions struct {
	// Stall is how long the server may take for the next rows before the connection is closed; 0 is 2 minutes.
	Stall time.Duration
	// FetchRows is how many rows one round trip brings; 0 is 500.
	FetchRows int
}

// OracleSide reads each table on a connection of its own, in SET TRANSACTION READ ONLY. go-ora does not end a fetch with its
// context, so the socket is closed where the context ends or the server stalls. connection is oracle://user:password@host:port/service.
func OracleSide(connection config.Secret, opts OracleOptions) Side {
	if opts.Stall <= 0 {
		opts.Stall = 2 * time.Minute
	}
	if opts.FetchRows <= 0 {
		opts.FetchRows = 500
	}
	return func(t Table) Rows {
		return func(ctx context.Context, yield func([]any) error) error {
			socket := &oracleSocket{stall: opts.Stall}
			err := socket.read(ctx, connection, opts.FetchRows, t, yield)
			if cause := context.Cause(ctx); err != nil && cause != nil {
				err = cause // what the closed socket says does not matter
			} else if socket.stalled(err) {
				err = fmt.Errorf("it sent nothing for %s: %w", opts.Stall, err)
			}
			if err != nil {
				return fmt.Errorf("read %s on the source: %w", t.Source, err)
			}
			return nil
		}
	}
}

func (s *oracleSocket) read(ctx context.Context, connection config.Secret, fetch int, t Table, yield func([]any) error) error {
	u, err := url.Parse(connection.Reveal())
	if err != nil {
		return errors.New("the source's connection string can't be read") // err repeats it
	}
	params := u.Query()
	if !params.Has("PREFETCH_ROWS") {
		params.Set("PREFETCH_ROWS", fmt.Sprint(fetch))
	}
	u.RawQuery = params.Encode()
	connector := goora.NewConnector(u.String()).(*goora.OracleConnector)
	connector.Dialer(s)
	db := sql.OpenDB(connector)
	defer func() { _ = db.Close() }()
	db.SetMaxOpenConns(1)
	defer context.AfterFunc(ctx, s.close)()

	// A transaction turns off the driver's commit after each statement, which would end the snapshot.
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	if _, err := tx.ExecContext(ctx, "SET TRANSACTION READ ONLY"); err != nil {
		return err
	}
	query, err := oracleQuery(t)
	if err != nil {
		return err
	}
	rows, err := tx.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	values, into := make([]any, len(t.Columns)), make([]any, len(t.Columns))
	for i := range values {
		into[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		if err := yield(values); err != nil {
			return err
		}
	}
	return rows.Err()
}

func oracleQuery(t Table) (string, error) {
	columns := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		columns[i] = oracleName(c.Source)
		if kindOf(c) == skipped {
			columns[i] = "NULL"
		}
	}
	query := "SELECT " + strings.Join(columns, ", ") + " FROM " + oracleName(t.Source.Schema) + "." + oracleName(t.Source.Table)
	for i, f := range t.Only {
		condition, err := f.condition()
		if err != nil {
			return "", err
		}
		query += []string{" WHERE ", " AND "}[min(i, 1)] + condition
	}
	return query, nil
}

// oracleName quotes an identifier. Oracle's can't hold a quotation mark; one is left out rather than passed on.
func oracleName(name string) string { return `"` + strings.ReplaceAll(name, `"`, "") + `"` }

// oracleSocket dials for one connection, keeps its reads within the stall time and can be closed from outside.
type oracleSocket struct {
	stall time.Duration

	mu     sync.Mutex
	conn   net.Conn
	closed bool
}

// DialContext makes the connection, for go-ora.
func (s *oracleSocket) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := (&net.Dialer{Timeout: s.stall}).DialContext(ctx, network, address)
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
	return &boundedConn{Conn: conn, stall: s.stall}, nil
}

func (s *oracleSocket) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	if s.conn != nil {
		_ = s.conn.Close()
	}
}

func (s *oracleSocket) stalled(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}

// boundedConn ends a read that takes longer than stall, whatever deadline the driver wants.
type boundedConn struct {
	net.Conn
	stall time.Duration
}

func (c *boundedConn) SetReadDeadline(at time.Time) error {
	if bound := time.Now().Add(c.stall); at.IsZero() || at.After(bound) {
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
