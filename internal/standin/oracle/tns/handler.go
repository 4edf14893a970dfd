// SPDX-License-Identifier: Apache-2.0

package tns

import (
	"context"
	"fmt"
)

// Handler does the database's work behind the protocol.
type Handler interface {
	// Password returns the password of a user (name in upper case) and whether there is such a user. The logon dialogue
	// proves that the client knows the password without sending it, so the server has to know it in clear.
	Password(user string) (string, bool)
	// Open starts the session of a user who has proved to know the password. ctx ends with the connection.
	Open(ctx context.Context, who Client) (Session, error)
}

// Client says who is at the other end of a connection.
type Client struct {
	User                             string // in upper case
	Service                          string // service name or SID, as the client wrote it
	Program, Machine, OSUser, Driver string // what the client says about itself, may be empty
	PID                              int
	SessionID, Serial                uint32 // SID and SERIAL# of V$SESSION, unique among the live connections of a server
	RemoteAddr                       string
}

// Session is one logged-on connection. The server calls its methods, and those of its open Rows, one at a time. Several Rows may
// be open while further statements run, and they outlive a Commit or Rollback, as cursors do in Oracle.
type Session interface {
	// Execute runs one statement. Of several binds of the same name (:x … :x) each has its own entry, with the same value, in the
	// order of appearance; in a PL/SQL block a repeated name is one bind. A statement with several sets of values (array bind) is
	// executed once for each set. ctx is cancelled when the client interrupts the call or is gone; the client then sees ORA-01013
	// whatever Execute returns. An error that is no *OraError becomes ORA-00600 with its text.
	Execute(ctx context.Context, sql string, binds []Bind) (*Result, error)
	Commit(ctx context.Context) error
	Rollback(ctx context.Context) error
	// InTransaction says whether there is work that is neither committed nor rolled back; clients are told after each call.
	InTransaction() bool
	// Close ends the session and rolls back what is not committed. It is called once, after logoff as after a broken connection.
	Close()
}

// Bind is a value that the client sends with a statement, or a place it reserves for one that comes back.
type Bind struct {
	Name  string // as written in the statement, without the colon, in upper case unless quoted: "1" for :1
	Type  DataType
	Value any  // nil for NULL, else what Rows holds for the type; numbers are Number, intervals see DataType
	Out   bool // in a PL/SQL block or CALL: a value may come back in Result.Out; clients do not say for which binds they expect one
	Size  int  // most bytes that the client takes back
}

// Column describes one column of a result.
type Column struct {
	Name             string
	Type             DataType
	Size             int // bytes of VARCHAR2, CHAR and RAW (characters if National); 0 becomes the type's largest
	Precision, Scale int // NUMBER and FLOAT: both 0 is a NUMBER without precision; TIMESTAMP and intervals: Scale is the fraction's digits
	Nullable         bool
	National         bool // NVARCHAR2, NCHAR, NCLOB
}

// Result is what a statement came to.
type Result struct {
	Columns  []Column
	Rows     Rows // nil unless the statement is a query
	Affected int64
	Out      []any // PL/SQL: one per bind, nil where the block only reads it, OutNull where it set it to NULL; empty if it sets none
}

// OutNull in Result.Out is a bind that the PL/SQL block set to NULL.
var OutNull any = outNull{}

type outNull struct{}

// Rows is the result of a query, row by row.
type Rows interface {
	// Next returns the next row's values, one per column, or io.EOF after the last. NULL is nil, else by the column's DataType.
	// The server does not keep the slice beyond the next call.
	Next(ctx context.Context) ([]any, error)
	// Close is called once, at the end of the result, when the client closes the cursor, and at the session's end.
	Close()
}

// DataType is an Oracle data type by its number in the protocol. The comment gives the Go type of its values.
type DataType int

// The data types that a Handler sees. NVARCHAR2, NCHAR and NCLOB are their ordinary siblings with Column.National set.
const (
	Varchar2            DataType = 1   // string
	NumberType          DataType = 2   // Number; in rows also int, int64, string; FLOAT too
	Long                DataType = 8   // string
	RowID               DataType = 11  // string of 18 characters
	Date                DataType = 12  // time.Time, its wall clock counts
	Raw                 DataType = 23  // []byte
	LongRaw             DataType = 24  // []byte
	Char                DataType = 96  // string
	BinaryFloat         DataType = 100 // float64, in rows also float32
	BinaryDouble        DataType = 101 // float64
	Clob                DataType = 112 // string
	Blob                DataType = 113 // []byte
	Timestamp           DataType = 180 // time.Time, its wall clock counts
	TimestampTZ         DataType = 181 // time.Time with zone
	IntervalYearToMonth DataType = 182 // Months
	IntervalDayToSecond DataType = 183 // time.Duration
	TimestampLTZ        DataType = 231 // time.Time, an instant
	Boolean             DataType = 252 // bool, in PL/SQL binds only
)

// Number is a NUMBER in decimal text, such as "-12.5" or "1E+40".
type Number string

// Months is an INTERVAL YEAR TO MONTH in months.
type Months int

// OraError is an error as Oracle reports it.
type OraError struct {
	Code    int
	Message string // with its code, such as "ORA-00942: table or view does not exist"
	Pos     int    // where in the statement, in bytes from 0
}

func (e *OraError) Error() string { return e.Message }

// Errorf makes an OraError whose message begins with the code.
func Errorf(code int, format string, args ...any) *OraError {
	return &OraError{Code: code, Message: fmt.Sprintf("ORA-%05d: ", code) + fmt.Sprintf(format, args...)}
}
