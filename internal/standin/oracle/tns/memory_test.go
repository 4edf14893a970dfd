// SPDX-License-Identifier: Apache-2.0

package tns_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"sync"
	"testing"
	"time"

	goora "github.com/sijms/go-ora/v2"
	"github.com/stretchr/testify/require"

	"github.com/ferryman/ferryman/internal/standin/oracle/tns"
)

// executeFunc is what a test makes of the statements that reach the server.
type executeFunc func(ctx context.Context, s *memorySession, sql string, binds []tns.Bind) (*tns.Result, error)

// memory is a Handler that knows the user SCOTT with the password Tiger and records what happens to its sessions.
type memory struct {
	execute     executeFunc
	maxLOBBytes int

	mu       sync.Mutex
	sessions []*memorySession
}

type memorySession struct {
	memory *memory
	who    tns.Client

	mu                         sync.Mutex
	dirty, closed              bool
	commits, rollbacks, cursor int
	statements                 []string
}

func (m *memory) Password(user string) (string, bool) {
	return "Tiger", user == "SCOTT"
}

func (m *memory) Open(_ context.Context, who tns.Client) (tns.Session, error) {
	s := &memorySession{memory: m, who: who}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sessions = append(m.sessions, s)
	return s, nil
}

func (m *memory) session(i int) *memorySession {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.sessions[i]
}

func (m *memory) open() (n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, s := range m.sessions {
		s.mu.Lock()
		if !s.closed {
			n++
		}
		s.mu.Unlock()
	}
	return n
}

func (s *memorySession) Execute(ctx context.Context, sql string, binds []tns.Bind) (*tns.Result, error) {
	if sql == "SELECT SYSTIMESTAMP FROM DUAL" { // go-ora asks for it after logon
		return rows([]tns.Column{{Name: "SYSTIMESTAMP", Type: tns.TimestampTZ}}, []any{time.Now().UTC()}), nil
	}
	s.mu.Lock()
	s.statements = append(s.statements, sql)
	s.mu.Unlock()
	return s.memory.execute(ctx, s, sql, binds)
}

func (s *memorySession) Commit(context.Context) error   { return s.end(&s.commits) }
func (s *memorySession) Rollback(context.Context) error { return s.end(&s.rollbacks) }

func (s *memorySession) end(count *int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	*count++
	s.dirty = false
	return nil
}

func (s *memorySession) change() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dirty = true
}

func (s *memorySession) InTransaction() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dirty
}

func (s *memorySession) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		panic("session closed twice")
	}
	s.closed = true
}

func (s *memorySession) counts() (commits, rollbacks, openCursors int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.commits, s.rollbacks, s.cursor
}

// countedRows is a result whose opening and closing the session counts.
func (s *memorySession) countedRows(r *tns.Result) *tns.Result {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cursor++
	r.Rows = &counted{Rows: r.Rows, s: s}
	return r
}

type counted struct {
	tns.Rows
	s *memorySession
}

func (c *counted) Close() {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	c.s.cursor--
}

// generated is a result made row by row.
type generated struct {
	n    int
	next func(i int) ([]any, error)
}

func (g *generated) Next(ctx context.Context) ([]any, error) {
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	g.n++
	return g.next(g.n - 1)
}

func (g *generated) Close() {}

func rows(columns []tns.Column, all ...[]any) *tns.Result {
	return &tns.Result{Columns: columns, Rows: &generated{next: func(i int) ([]any, error) {
		if i >= len(all) {
			return nil, io.EOF
		}
		return all[i], nil
	}}}
}

func numbers(n int) *tns.Result {
	return &tns.Result{Columns: []tns.Column{{Name: "N", Type: tns.NumberType}}, Rows: &generated{next: func(i int) ([]any, error) {
		if i >= n {
			return nil, io.EOF
		}
		return []any{int64(i + 1)}, nil
	}}}
}

// start serves m on a free port and gives the address.
func start(t testing.TB, m *memory) (*tns.Server, string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s := tns.NewServer(m, tns.Options{Service: "BOX", MaxLOBBytes: m.maxLOBBytes, Logger: slog.New(slog.NewTextHandler(t.Output(), nil))})
	served := make(chan error, 1)
	go func() { served <- s.Serve(l) }()
	t.Cleanup(func() {
		require.NoError(t, s.Close())
		require.NoError(t, <-served)
		require.Zero(t, m.open(), "sessions left open")
	})
	return s, l.Addr().String()
}

// open opens a database with a driver object of its own: the one behind sql.Open("oracle", …) is shared and has data races while
// first connections are made.
func open(t testing.TB, address, options string) *sql.DB {
	t.Helper()
	db := sql.OpenDB(goora.NewConnector("oracle://scott:Tiger@" + address + "/box" + options))
	t.Cleanup(func() { db.Close() })
	return db
}

// serve starts a server that executes with f and opens it with go-ora.
func serve(t testing.TB, f executeFunc) (*memory, *sql.DB) {
	t.Helper()
	m := &memory{execute: f}
	_, address := start(t, m)
	return m, open(t, address, "")
}

var errUnexpected = errors.New("unexpected statement")

func unexpected(sql string) error { return fmt.Errorf("%w: %s", errUnexpected, sql) }
