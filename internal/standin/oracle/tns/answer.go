// SPDX-License-Identifier: Apache-2.0

package tns

import "errors"

// summary is the message that ends the answer to an execution, a fetch or a LOB call, in success as in failure.
type summary struct {
	cursor uint64
	rows   int64 // affected, or fetched so far
	err    *OraError
	batch  []batchError
}

// batchError is the failure of one set of values of an array bind.
type batchError struct {
	row int
	err *OraError
}

// asOraError gives any error of a Handler the form that goes to the client.
func asOraError(err error) *OraError {
	var e *OraError
	if errors.As(err, &e) && e.Code > 0 {
		return e
	}
	return Errorf(600, "internal error code, arguments: [%v]", err)
}

func (c *conn) callStatus() uint64 {
	if c.session != nil && c.session.InTransaction() {
		return 2
	}
	return 0
}

// endOfCall writes what follows a 9.
func (c *conn) endOfCall() { c.out.ubs(c.callStatus(), c.sequence) }

// done answers a call that has no result but success or an error.
func (c *conn) done(err error) error {
	if err != nil {
		return c.fail(err)
	}
	c.out.u8(9)
	c.endOfCall()
	return c.finish()
}

// fail answers a call with an error.
func (c *conn) fail(err error) error {
	c.summary(summary{err: asOraError(err)})
	return c.finish()
}

func (c *conn) summary(s summary) {
	if s.err == nil {
		s.err = &OraError{}
	}
	w := c.out
	w.u8(4)
	w.ubs(c.callStatus(), c.sequence, uint64(s.rows), uint64(s.err.Code), 0, 0, s.cursor, uint64(max(0, s.err.Pos)))
	w.u8(0, 0) // statement type, fatal
	w.ubs(0, 0)
	w.u8(0, 0)
	w.ubs(0, 0) // row id
	w.u8(0)
	w.ubs(0, 0)
	w.ub(0)
	w.u8(0, 0)
	w.ubs(0, 0, 0)
	n := uint64(len(s.batch))
	w.ub(n)
	if n > 0 {
		w.u8(1) // any size but the mark of chunks
		for _, b := range s.batch {
			w.ub(uint64(b.err.Code))
		}
	}
	w.ub(n)
	if n > 0 {
		w.u8(1)
		for _, b := range s.batch {
			w.ub(uint64(b.row))
		}
	}
	w.ub(n)
	if n > 0 {
		w.u8(1)
		for _, b := range s.batch {
			w.ub(uint64(len(b.err.Message)))
			w.clrText(b.err.Message)
			w.u8(0, 0)
		}
	}
	w.ubs(uint64(s.err.Code), uint64(s.rows))
	if s.err.Code != 0 {
		w.clrText(s.err.Message + "\n")
	}
}

// parameters is the message that goes before a summary.
func (c *conn) parameters(cursor uint64, counts []int64) {
	w := c.out
	w.u8(8)
	w.ub(6)
	w.ubs(0, 0, cursor, 0, 0, 0)
	w.ubs(0, 0, 0)
	if counts != nil {
		w.ub(uint64(len(counts)))
		for _, n := range counts {
			w.ub(uint64(n))
		}
	}
}
