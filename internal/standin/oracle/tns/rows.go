// SPDX-License-Identifier: Apache-2.0

package tns

import (
	"errors"
	"fmt"
	"io"
)

// fetch answers the request for more rows.
func (c *conn) fetch() error {
	id, n := c.in.ub(), c.in.ub()
	cur, err := c.cursors.get(id)
	if err != nil || c.in.err != nil {
		return c.failUnread(err)
	}
	return c.answerRows(cur, int(min(n, 1<<31)))
}

// rowHeader goes once before an answer's rows.
func (w *writer) rowHeader(columns int) {
	w.u8(0)
	w.ubs(uint64(columns), 0, 1, 0, 0, 0)
}

// wireTypes says how each of a cursor's columns is sent: as the client has defined it, else as it was described. A ROWID always goes
// as one: python-oracledb defines text for it and reads a ROWID.
func (cur *cursor) wireTypes() []valueType {
	types := make([]valueType, len(cur.columns))
	for i, col := range cur.columns {
		types[i] = valueType{code: col.Type, national: col.National}
		if i < len(cur.defines) && col.Type != RowID {
			types[i] = cur.defines[i]
			types[i].national = col.National
		}
	}
	return types
}

// errConnection marks errors after which there is nobody to answer.
var errConnection = errors.New("connection lost")

// answerRows sends up to n rows. The end of the result is told by code 1403.
func (c *conn) answerRows(cur *cursor, n int) error {
	if cur.rows == nil {
		return c.fail(Errorf(1002, "fetch out of sequence"))
	}
	types := cur.wireTypes()
	c.out.u8(6)
	c.out.rowHeader(len(types))
	answer := summary{cursor: cur.id}
	for i := 0; i < n && !c.interrupted(); i++ {
		err := c.row(cur, types)
		if errors.Is(err, errConnection) {
			return err
		}
		if err != nil {
			cur.closeRows()
			answer.err = asOraError(err)
			if errors.Is(err, io.EOF) {
				answer.err = &OraError{Code: 1403, Message: "ORA-01403: no data found"}
			}
			break
		}
	}
	answer.rows = cur.fetched
	c.parameters(cur.id, nil)
	c.summary(answer)
	return c.finish()
}

// row sends the next row, or gives io.EOF.
func (c *conn) row(cur *cursor, types []valueType) error {
	values, err := cur.rows.Next(c.callContext())
	if err != nil {
		return err
	}
	if len(values) != len(types) {
		return fmt.Errorf("row %d has %d values for %d columns", cur.fetched+1, len(values), len(types))
	}
	start := len(c.out.buf)
	c.out.u8(7)
	for i, v := range values {
		if err := c.encode(types[i], v); err != nil {
			c.out.buf = c.out.buf[:start]
			return fmt.Errorf("column %s: %w", cur.columns[i].Name, err)
		}
		if types[i].isLong() {
			if v == nil {
				c.out.sb(-1)
				c.out.ub(1405)
			} else {
				c.out.ubs(0, 0)
			}
		}
	}
	cur.fetched++
	if err := c.out.relieve(); err != nil {
		return fmt.Errorf("%w: %w", errConnection, err)
	}
	return nil
}
