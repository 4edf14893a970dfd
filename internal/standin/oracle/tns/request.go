// SPDX-License-Identifier: Apache-2.0

package tns

import "fmt"

// Options of an execution.
const (
	optionParse       = 0x1
	optionExecute     = 0x20
	optionCommit      = 0x100
	optionBatchErrors = 0x80000
)

const (
	maxBinds      = 65535
	maxSQL        = 16 << 20
	maxIterations = 1 << 20
	maxColumns    = 1000
)

// Type codes that only the wire has; see normal.
const (
	codeVarNum       = 6
	codeLongVarchar  = 94
	codeLongVarRaw   = 95
	codeBFile        = 114
	codeTimestamp    = 187
	codeTimestampTZ  = 188
	codeIntervalYM   = 189
	codeIntervalDS   = 190
	codeURowID       = 208
	codeTimestampLTZ = 232
)

// valueType is how a client describes a bind, or a column as it wants it.
type valueType struct {
	code     DataType
	omitted  bool // the value is that of an earlier bind of the same name
	array    bool
	size     int
	national bool
	prefetch bool // LOB: the size and the chunk size go before the locator
}

func (t valueType) isLong() bool {
	return t.code == Long || t.code == LongRaw || t.code == codeLongVarchar || t.code == codeLongVarRaw
}

func (t valueType) isLOB() bool { return t.code == Clob || t.code == Blob || t.code == codeBFile }

// executeRequest is an execution as it arrives.
type executeRequest struct {
	options    uint64
	cursor     uint64
	sql        string
	rows       int // most rows that may come back with the answer
	iterations int
	wantCounts bool
	binds      []valueType
	defines    []valueType
}

func (q *executeRequest) has(option uint64) bool { return q.options&option != 0 }

// readExecute reads an execution up to the bind values.
func (c *conn) readExecute() *executeRequest {
	r, q := c.in, &executeRequest{}
	q.options, q.cursor = r.ub(), r.ub()
	r.u8()
	sqlSize := r.count("bytes of SQL", maxSQL)
	r.u8()
	vector := r.count("parameters", 64)
	r.take(2)
	r.ub()
	prefetch := r.ub()
	r.ub()
	r.u8()
	binds := r.count("binds", maxBinds)
	r.take(5)
	r.u8()
	defines := r.count("columns", maxColumns)
	r.ub()
	r.take(2)
	r.u8()
	r.ub()
	r.u8()
	r.skipUBs(2)
	q.wantCounts = r.u8() != 0
	r.ub()
	r.u8()
	q.sql = r.text(sqlSize, c.textIsCLR)
	var al [13]uint64
	for i := range vector {
		if v := r.ub(); i < len(al) {
			al[i] = v
		}
	}
	query := al[7] == 1
	q.rows = int(min(max(prefetch, al[1]), 1<<31))
	q.iterations = 1
	if !query && al[1] > 1 {
		if al[1] > maxIterations {
			r.fail("%d sets of values, at most %d are possible", al[1], maxIterations)
		}
		q.iterations = int(al[1])
	}
	if defines > 0 {
		q.defines = r.valueTypes(defines)
	} else {
		q.binds = r.valueTypes(binds)
	}
	return q
}

func (r *reader) valueTypes(n int) []valueType {
	var types []valueType
	for ; n > 0 && r.err == nil; n-- {
		t := valueType{code: DataType(r.u8())}
		t.omitted = r.u8()&0x80 != 0
		r.take(2)
		t.size = r.count("bytes of a value", 1<<31-1)
		t.array = r.ub() > 0
		t.prefetch = r.ub()&0x2000000 != 0
		r.dlc()
		r.skipUBs(2)
		t.national = r.u8() == 2
		r.ub()
		types = append(types, t)
	}
	return types
}

// unreadable says which bind has a type whose values the server cannot even skip, if one has.
func unreadable(binds []valueType) string {
	for i, t := range binds {
		if t.array {
			return fmt.Sprintf("bind %d is a PL/SQL array", i+1)
		}
		if normal(t.code) == 0 {
			return fmt.Sprintf("bind %d has type %d", i+1, t.code)
		}
	}
	return ""
}

// readValues reads one set of bind values, as sent: those of long types come after all others.
func (r *reader) readValues(binds []valueType, skip []bool, plsql bool) [][]byte {
	values := make([][]byte, len(binds))
	first := true
	for _, late := range []bool{false, true} {
		for i, t := range binds {
			isLate := t.isLong() || !plsql && t.size > maxChunk && (t.code == Varchar2 || t.code == Raw || t.code == Char)
			if t.omitted || isLate != late || i < len(skip) && skip[i] {
				continue
			}
			if first {
				if kind := r.u8(); kind != 7 {
					r.fail("message %d where bind values were expected", kind)
				}
				first = false
			}
			if t.isLOB() && r.ub() == 0 {
				continue
			}
			values[i] = r.clr()
		}
	}
	return values
}
