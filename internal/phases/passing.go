// SPDX-License-Identifier: Apache-2.0

package phases

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/ferryman/ferryman/internal/oracle"
	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/jackc/pgx/v5/pgconn"
)

// passing marks the errors after which the same thing may be tried again, and those that tell that another replica goes on.
func passing(err error) error {
	var fenced *postgres.FencedError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &fenced):
		return fmt.Errorf("%w: %w", runbook.ErrOvertaken, err)
	case passesByItself(err):
		return runbook.Transient(err)
	}
	return err
}

// oracleAway are the numbers with which Oracle, its listener or the network end a call that may go well the next time: 1013 is a
// cancel that nobody asked for, which go-ora passes on to the next user of a connection.
var oracleAway = []int{18, 20, 28, 1012, 1013, 1033, 1034, 1089, 1090, 1092, 2396, 2399, 3113, 3114, 3135, 12170, 12514, 12516, 12518, 12520,
	12528, 12537, 12541, 12543, 12547, 12571, 25408}

var retryable = retry.IsErrorRetryables(retry.DefaultRetryables)

// passesByItself tells a lost connection, a server that restarts and an AWS that throttles from a refusal.
func passesByItself(err error) bool {
	var (
		locked      *postgres.LockedError
		pg          *pgconn.PgError
		query       *oracle.QueryError
		connect     *pgconn.ConnectError
		unreachable *oracle.UnreachableError
		away        *postgres.UnreachableError
		network     net.Error
	)
	switch {
	case errors.As(err, &locked): // it was waited for already, and whose it is stands in the error
		return false
	case errors.As(err, &pg):
		return pgPasses(pg.Code)
	case errors.As(err, &query):
		return slices.Contains(oracleAway, query.Code)
	case errors.As(err, &connect), errors.As(err, &unreachable), errors.As(err, &away), errors.As(err, &network),
		errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, driver.ErrBadConn), pgconn.SafeToRetry(err):
		return true
	}
	return retryable.IsErrorRetryable(err).Bool()
}

// pgPasses tells PostgreSQL's codes for connections that end or are too many just now.
func pgPasses(code string) bool {
	return strings.HasPrefix(code, "08") || strings.HasPrefix(code, "57P0") || code == "53300"
}
