// SPDX-License-Identifier: Apache-2.0

package tns

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// execute answers an execution: parse, describe, execute and fetch in what combination the client asks for.
func (c *conn) execute() error {
	q := c.readExecute()
	if what := unreadable(q.binds); what != "" && c.in.err == nil {
		return c.unsupported(what)
	}
	plsql, _ := bindNames(q.sql)
	var values [][][]byte
	for i := 0; i < q.iterations && len(q.binds) > 0 && c.in.err == nil; i++ {
		values = append(values, c.in.readValues(q.binds, nil, plsql))
	}
	if c.in.err != nil {
		return c.in.err
	}
	var cur *cursor
	var err error
	if q.sql != "" {
		cur, err = c.cursors.prepare(q.cursor, q.sql)
	} else {
		cur, err = c.cursors.get(q.cursor)
	}
	if err != nil {
		return c.fail(err)
	}
	if len(q.binds) > 0 {
		cur.binds = q.binds
	}
	if q.defines != nil {
		cur.defines = q.defines
	}
	parsed := q.sql != ""
	switch {
	case q.has(optionExecute):
		return c.run(cur, runRequest{
			values: values, iterations: q.iterations, rows: q.rows, parsed: parsed,
			commit: q.has(optionCommit), counts: q.wantCounts, batchErrors: q.has(optionBatchErrors),
		})
	case parsed:
		return c.parseOnly(cur)
	}
	return c.answerRows(cur, q.rows)
}

// reexecute answers a further execution of a cursor, with values of the types that the client sent before.
func (c *conn) reexecute(query bool) error {
	r := c.in
	cur, err := c.cursors.get(r.ub())
	count := r.ub()
	r.ub()
	commit := r.ub()&1 != 0
	if err != nil {
		return c.failUnread(err)
	}
	q := runRequest{iterations: 1, commit: commit}
	if query {
		q.rows = int(min(count, 1<<31))
	} else if count > 1 {
		if count > maxIterations {
			return fmt.Errorf("%d sets of values, at most %d are possible", count, maxIterations)
		}
		q.iterations = int(count)
	}
	for i := 0; i < q.iterations && len(cur.binds) > 0 && r.err == nil; i++ {
		q.values = append(q.values, r.readValues(cur.binds, cur.outOnly, cur.plsql))
	}
	if r.err != nil {
		return r.err
	}
	return c.run(cur, q)
}

// failUnread answers with an error when the rest of the message cannot be read.
func (c *conn) failUnread(err error) error {
	if c.in.err != nil {
		return c.in.err
	}
	return c.reset(asOraError(err))
}

// runRequest is what both ways of executing come to.
type runRequest struct {
	values      [][][]byte // sets of bind values, none if the statement has no binds
	iterations  int
	rows        int
	parsed      bool
	commit      bool
	counts      bool // the client wants to know the rows affected by each set
	batchErrors bool // one set's error does not end the others
}

// parseOnly answers a parse without execution. A query is executed to learn its columns, with NULL for its binds.
func (c *conn) parseOnly(cur *cursor) error {
	if word := firstWord(cur.sql); word == "SELECT" || word == "WITH" {
		binds := make([]Bind, len(cur.names))
		for i, name := range cur.names {
			binds[i] = Bind{Name: name, Type: Varchar2}
		}
		result, err := c.session.Execute(c.callContext(), cur.sql, binds)
		if err != nil {
			return c.fail(err)
		}
		if result.Rows != nil {
			result.Rows.Close()
			cur.columns = result.Columns
			c.describe(cur)
		}
	}
	c.parameters(cur.id, nil)
	c.summary(summary{cursor: cur.id})
	return c.finish()
}

func (c *conn) run(cur *cursor, q runRequest) error {
	cur.closeRows()
	ctx := c.callContext()
	answer := summary{cursor: cur.id}
	var counts []int64
	if q.counts {
		counts = []int64{}
	}
	var result *Result
	for i := range q.iterations {
		var err error
		if result, err = c.executeOnce(ctx, cur, q.values, i); err != nil {
			var e *OraError
			if q.batchErrors && errors.As(err, &e) && ctx.Err() == nil {
				answer.batch = append(answer.batch, batchError{row: i, err: e})
				counts = countRows(counts, 0)
				continue
			}
			answer.err = asOraError(err)
			break
		}
		answer.rows += result.Affected
		counts = countRows(counts, result.Affected)
		if result.Rows != nil {
			break
		}
	}
	if answer.err == nil && len(answer.batch) > 0 {
		answer.err = Errorf(24381, "error(s) in array DML")
	}
	if result != nil && result.Rows != nil {
		same := slices.Equal(cur.columns, result.Columns)
		cur.rows, cur.columns, cur.fetched = result.Rows, result.Columns, 0
		if q.parsed || !same {
			c.describe(cur)
		}
		if !same {
			cur.defines = nil
		}
		if q.parsed {
			if hasLong(cur.columns) { // the client says first how it wants them
				q.rows = 0
			}
		}
		if q.parsed && q.rows == 0 {
			c.parameters(cur.id, nil)
			c.summary(answer)
			return c.finish()
		}
		return c.answerRows(cur, q.rows)
	}
	if answer.err == nil && q.commit {
		if err := c.session.Commit(ctx); err != nil {
			answer.err = asOraError(err)
		}
	}
	if answer.err == nil && result != nil && len(result.Out) > 0 {
		if err := c.outBinds(cur, result.Out, q.values); err != nil {
			answer.err = asOraError(err)
		}
	}
	switch {
	case answer.err == nil || len(answer.batch) > 0:
		c.parameters(cur.id, counts)
	case q.parsed: // the client parses again
		c.cursors.close(cur.id)
		answer.cursor = 0
	}
	c.summary(answer)
	return c.finish()
}

// countRows adds a set's rows to the counts if the client wants them.
func countRows(counts []int64, n int64) []int64 {
	if counts == nil {
		return nil
	}
	return append(counts, n)
}

// executeOnce executes a cursor's statement with the i-th set of values.
func (c *conn) executeOnce(ctx context.Context, cur *cursor, sets [][][]byte, i int) (*Result, error) {
	var set [][]byte
	if i < len(sets) {
		set = sets[i]
	}
	if len(set) < len(cur.names) {
		return nil, Errorf(1008, "not all variables bound")
	}
	if len(set) > len(cur.names) {
		return nil, Errorf(1036, "illegal variable name/number")
	}
	binds := make([]Bind, len(set))
	first := map[string]int{}
	for j, raw := range set {
		t, name := cur.binds[j], cur.names[j]
		b := Bind{Name: name, Type: normal(t.code), Out: cur.plsql, Size: t.size}
		if k, ok := first[name]; ok && t.omitted {
			b = binds[k]
		} else {
			first[name] = j
			var err error
			if b.Value, err = c.decode(t, raw); err != nil {
				return nil, fmt.Errorf("bind %s: %w", name, err)
			}
		}
		binds[j] = b
	}
	result, err := c.session.Execute(ctx, cur.sql, binds)
	if err == nil && result == nil {
		result = &Result{}
	}
	return result, err
}

// Directions of a bind, as told after a PL/SQL block.
const (
	directionOut = 16
	directionIn  = 32
)

// outBinds writes the values that a PL/SQL block has set.
func (c *conn) outBinds(cur *cursor, out []any, sets [][][]byte) error {
	if len(out) != len(cur.binds) {
		return fmt.Errorf("%d values for %d binds", len(out), len(cur.binds))
	}
	w, start := c.out, len(c.out.buf)
	w.u8(11)
	w.rowHeader(len(out))
	cur.outOnly = make([]bool, len(out))
	for i, v := range out {
		switch {
		case v == nil:
			w.u8(directionIn)
		case sets[len(sets)-1][i] == nil:
			w.u8(directionOut)
			cur.outOnly[i] = true
		default:
			w.u8(directionIn | directionOut)
		}
	}
	w.u8(7)
	for i, v := range out {
		if v == nil {
			continue
		}
		if v == OutNull {
			v = nil
		}
		t := cur.binds[i]
		if err := c.encode(t, v); err != nil {
			w.buf = w.buf[:start]
			return fmt.Errorf("bind %s: %w", cur.names[i], err)
		}
		w.ub(0) // not truncated
	}
	return nil
}
