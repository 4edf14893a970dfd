// SPDX-License-Identifier: Apache-2.0

package oracle

import (
	"context"
	"io"

	"github.com/jackc/pgx/v5/pgconn"
)

// cursor reads a query's result from PostgreSQL as the client asks for it. When the session's next statement needs the connection, the rest
// is read into memory.
type cursor struct {
	session  *session
	reader   *pgconn.ResultReader // nil once everything has been read
	decoders []decoder
	buffer   [][]any
	next     int
	err      error
	sql      string
	values   []any
	waited   bool // the query names a time to wait for locks
}

// ahead reads the first row, or all of them.
func (r *cursor) ahead(all bool) error {
	for r.reader != nil && (all || len(r.buffer) == 0) {
		if row := r.fetch(); row != nil {
			r.buffer = append(r.buffer, append([]any{}, row...))
		}
	}
	return r.err
}

// fetch reads one row; nil is the end, with r.err set where it is an error.
func (r *cursor) fetch() []any {
	if r.reader == nil {
		return nil
	}
	if r.reader.NextRow() {
		raw := r.reader.Values()
		if r.values == nil {
			r.values = make([]any, len(raw))
		}
		for i, value := range raw {
			r.values[i] = r.decoders[i](value)
		}
		return r.values
	}
	_, err := r.reader.Close()
	r.reader = nil
	if r.session.open == r {
		r.session.open = nil
	}
	if err != nil {
		r.err = r.session.oraError(err, r.sql, "", r.waited)
	}
	return nil
}

// Next implements tns.Rows.
func (r *cursor) Next(ctx context.Context) ([]any, error) {
	if r.next < len(r.buffer) {
		row := r.buffer[r.next]
		r.buffer[r.next] = nil
		r.next++
		if r.next == len(r.buffer) {
			r.buffer, r.next = nil, 0
		}
		return row, nil
	}
	if r.reader == nil {
		if r.err != nil {
			return nil, r.err
		}
		return nil, io.EOF
	}
	if ctx.Done() != nil {
		defer r.session.watch(ctx)()
	}
	if row := r.fetch(); row != nil {
		return row, nil
	}
	if r.err != nil {
		if r.session.began {
			r.session.undo()
		}
		return nil, r.err
	}
	return nil, io.EOF
}

// Close implements tns.Rows.
func (r *cursor) Close() {
	r.buffer, r.next = nil, 0
	if r.reader != nil {
		r.abandon()
	}
}

// abandon stops a query whose result nobody wants any more.
func (r *cursor) abandon() {
	if r.reader == nil {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	halt := r.session.watch(ctx)
	for r.reader.NextRow() {
		continue
	}
	_, _ = r.reader.Close()
	halt()
	r.reader = nil
	if r.session.open == r {
		r.session.open = nil
	}
	if r.session.began {
		r.session.undo()
	}
}

// drain reads the rest of the open result into memory, so that the connection is free.
func (s *session) drain() error {
	r := s.open
	if r == nil {
		return nil
	}
	for row := r.fetch(); row != nil; row = r.fetch() {
		r.buffer = append(r.buffer, append([]any{}, row...))
	}
	s.open = nil
	if r.err != nil && s.began {
		s.undo()
	}
	return nil
}
