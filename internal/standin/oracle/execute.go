// SPDX-License-Identifier: Apache-2.0

package oracle

import (
	"context"
	"errors"
	"fmt"

	"github.com/ferryman/ferryman/internal/standin/oracle/tns"
	"github.com/jackc/pgx/v5/pgconn"
)

// undecided are the states with which PostgreSQL says that it cannot tell a parameter's type.
var undecided = map[string]bool{"42P18": true, "42P08": true, "42883": true, "42725": true, "42804": true, "42846": true}

// execute prepares a translated statement where that has not been done, and runs it.
func (s *session) execute(ctx context.Context, sql string, p *prepared, values, binds []tns.Bind) (*tns.Result, error) {
	protected := s.began || !p.statement.Query || p.statement.Locks
	if protected {
		if err := s.mark(); err != nil {
			return nil, err
		}
	}
	result, err := s.prepareAndRun(ctx, sql, p, values, binds)
	if err != nil && protected {
		s.undo()
	}
	s.fresh = false
	return result, err
}

func (s *session) prepareAndRun(ctx context.Context, sql string, p *prepared, values, binds []tns.Bind) (*tns.Result, error) {
	if p.StatementDescription == nil {
		if err := s.prepare(p, values); err != nil {
			return nil, err
		}
		if len(s.prepared) > 300 {
			s.forget()
		}
		s.prepared[cacheKey(sql, binds)] = p
	}
	parameters := make([][]byte, len(values))
	for i, b := range values {
		encoded, err := encode(b, p.ParamOIDs[i])
		if err != nil {
			return nil, err
		}
		parameters[i] = encoded
	}
	if p.statement.LockWait >= 0 {
		if err := s.run(fmt.Sprintf("SET LOCAL lock_timeout = '%ds'", max(p.statement.LockWait, 1))); err != nil {
			return nil, err
		}
	}
	columns, decoders, formats := s.describe(p.Fields, p.statement.Hints)
	reader := s.conn.ExecPrepared(context.Background(), p.Name, parameters, nil, formats)
	if p.statement.Query {
		r := &cursor{session: s, reader: reader, decoders: decoders, sql: sql, waited: p.statement.LockWait >= 0}
		s.open = r
		// The first row shows whether the query runs at all; locks are all taken before the first row is seen.
		if err := r.ahead(p.statement.Locks); err != nil {
			return nil, err
		}
		return &tns.Result{Columns: columns, Rows: r}, nil
	}
	result := &tns.Result{}
	if len(p.statement.Into) > 0 {
		result.Out = make([]any, len(binds))
	}
	for n := 0; reader.NextRow(); n++ {
		for i, value := range reader.Values() {
			for j := range binds {
				if n == 0 && i < len(p.statement.Into) && p.names[min(j, len(p.names)-1)] == p.into(i) {
					result.Out[j] = decoders[i](value)
				}
			}
		}
	}
	tag, err := reader.Close()
	result.Affected = tag.RowsAffected()
	return result, err
}

// into is the name of the bind that the i-th RETURNING value goes to.
func (p *prepared) into(i int) string {
	seen := map[string]bool{}
	n := 0
	for _, name := range p.names {
		if seen[name] {
			continue
		}
		if n == p.statement.Into[i] {
			return name
		}
		seen[name] = true
		n++
	}
	return ""
}

// prepare lets PostgreSQL choose the types of parameters; where it cannot, it is told.
func (s *session) prepare(p *prepared, values []tns.Bind) error {
	var err error
	for _, certain := range []bool{false, true} {
		types := make([]uint32, len(values))
		for i, b := range values {
			types[i] = parameterType(b, certain)
		}
		s.number++
		p.StatementDescription, err = s.conn.Prepare(context.Background(), fmt.Sprintf("s%d", s.number), p.statement.SQL, types)
		if err == nil {
			// A parameter of unknown use is text.
			return nil
		}
		var pg *pgconn.PgError
		if certain || len(values) == 0 || !errors.As(err, &pg) || !undecided[pg.Code] {
			return err
		}
		if s.began && s.point {
			if err := s.run("ROLLBACK TO ora_statement"); err != nil {
				return err
			}
		}
	}
	return err
}

// forget drops the prepared statements, after DDL and when there are too many.
func (s *session) forget() {
	s.prepared = map[string]*prepared{}
	_ = s.run("DEALLOCATE ALL")
}
