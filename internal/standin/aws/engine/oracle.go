// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"

	"github.com/ferryman/ferryman/internal/standin/oracle"
	goora "github.com/sijms/go-ora/v2"
	"github.com/sijms/go-ora/v2/network"
)

// oracleTimeout bounds each read and write on a connection to the source, in seconds: go-ora's context does not.
const oracleTimeout = "30"

// Oracle is a source endpoint.
type Oracle struct {
	Host                   string
	Port                   int
	Service                string
	User, Password         string
	TLS                    bool
	FailOnLOBTruncation    bool // fail rather than cut a LOB in limited mode
	AddSupplementalLogging bool // add what is missing rather than refuse the table
}

// calm is a context for calls of go-ora, which must not see a context end: it would break the call from a goroutine that races with the
// next one. What bounds each read and write instead is oracleTimeout; loops look at the real context themselves.
func calm(ctx context.Context) context.Context { return context.WithoutCancel(ctx) }

func (o Oracle) open(connections int) *sql.DB {
	options := map[string]string{"TIMEOUT": oracleTimeout, "PREFETCH_ROWS": "500"}
	if o.TLS {
		options["SSL"], options["SSL VERIFY"] = "enable", "false"
	}
	db := oracle.OpenDB(goora.BuildUrl(o.Host, o.Port, o.Service, o.User, o.Password, options))
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	return db
}

// Test connects and asks for the database's name. The error has the form of DMS's.
func (o Oracle) Test(ctx context.Context) error {
	db := o.open(1)
	defer db.Close()
	var name string
	if err := db.QueryRowContext(calm(ctx), "SELECT NAME FROM V$DATABASE").Scan(&name); err != nil {
		return fmt.Errorf("Application-Status: 1020912, Application-Message: Cannot connect to ORACLE server Endpoint initialization failed., "+
			"Application-Detailed-Message: OCI error '%s' [1022307]", oracleMessage(err))
	}
	return nil
}

// Schemas lists the source's users.
func (o Oracle) Schemas(ctx context.Context) ([]string, error) {
	db := o.open(1)
	defer db.Close()
	names, err := texts(ctx, db, "SELECT USERNAME FROM ALL_USERS ORDER BY USERNAME")
	if err != nil {
		return nil, fmt.Errorf("reading the source's schemas: %s", oracleMessage(err))
	}
	return names, nil
}

// texts reads a query's only column.
func texts(ctx context.Context, db *sql.DB, query string, args ...any) ([]string, error) {
	rows, err := db.QueryContext(calm(ctx), query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		all = append(all, text)
	}
	return all, rows.Err()
}

// oracleMessage words an error as an Oracle client would; go-ora gives errors of the network as Go does.
func oracleMessage(err error) string {
	var ora *network.OracleError
	if errors.As(err, &ora) {
		return ora.ErrMsg
	}
	var op *net.OpError
	switch {
	case errors.As(err, &op) && op.Op == "dial":
		return "ORA-12541: TNS:no listener"
	case isLost(err):
		return "ORA-03113: end-of-file on communication channel"
	}
	return err.Error()
}

// lostCodes are Oracle's errors that say that the connection or the server is gone.
var lostCodes = []int{28, 1012, 1033, 1034, 1089, 1090, 3113, 3114, 3135, 12170, 12514, 12516, 12520, 12528, 12537, 12541, 12547, 12571}

// isLost says that an error comes from a connection that is gone.
func isLost(err error) bool {
	var ora *network.OracleError
	if errors.As(err, &ora) {
		return slices.Contains(lostCodes, ora.ErrCode)
	}
	var netError net.Error
	return errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, net.ErrClosed) || errors.Is(err, os.ErrDeadlineExceeded) || errors.As(err, &netError)
}
