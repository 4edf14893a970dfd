// SPDX-License-Identifier: Apache-2.0

package phases_test

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"testing"

	"github.com/aws/smithy-go"
	"github.com/ferryman/ferryman/internal/dms"
	"github.com/ferryman/ferryman/internal/oracle"
	"github.com/ferryman/ferryman/internal/phases"
	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"
)

func TestWhatPassesByItselfIsToldFromRefusals(t *testing.T) {
	t.Parallel()
	aws := func(code string) error {
		return &dms.CallError{Operation: "X", Code: code, Err: &smithy.GenericAPIError{Code: code, Message: "m"}}
	}
	for name, c := range map[string]struct {
		err    error
		passes bool
	}{
		"PostgreSQL restarts":            {&postgres.StatementError{Err: &pgconn.PgError{Code: "57P01"}}, true},
		"PostgreSQL recovers":            {&pgconn.PgError{Code: "57P03"}, true},
		"too many connections":           {&pgconn.PgError{Code: "53300"}, true},
		"PostgreSQL is not reached":      {&postgres.UnreachableError{}, true},
		"a duplicate key":                {&pgconn.PgError{Code: "23505"}, false},
		"a wrong password":               {&postgres.AuthError{}, false},
		"a lock that was waited for":     {&postgres.LockedError{Err: context.DeadlineExceeded}, false},
		"a cancel that nobody asked for": {&oracle.QueryError{Code: 1013}, true},
		"Oracle ended the connection":    {&oracle.QueryError{Code: 3113}, true},
		"Oracle starts":                  {&oracle.QueryError{Code: 1033}, true},
		"no such table":                  {&oracle.QueryError{Code: 942}, false},
		"Oracle is not reached":          {&oracle.UnreachableError{}, true},
		"Oracle refuses the user":        {&oracle.AuthError{Code: 1017}, false},
		"the network":                    {&net.OpError{Op: "read", Err: errors.New("reset")}, true},
		"the end of a stream":            {fmt.Errorf("read: %w", io.EOF), true},
		"a bad connection":               {driver.ErrBadConn, true},
		"AWS throttles":                  {aws("ThrottlingException"), true},
		"AWS has a quota":                {aws("ResourceQuotaExceededFault"), false},
		"AWS denies":                     {&dms.DeniedError{Err: &smithy.GenericAPIError{Code: "AccessDeniedFault"}}, false},
		"anything else":                  {errors.New("no"), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wrapped := phases.Passing(&runbook.Problem{What: "It failed.", Err: c.err})
			require.Equal(t, c.passes, runbook.IsTransient(wrapped))
			require.Equal(t, "It failed.", runbook.AsProblem(wrapped).What)
		})
	}
	fenced := phases.Passing(&runbook.Problem{What: "w", Err: &postgres.FencedError{}})
	require.ErrorIs(t, fenced, runbook.ErrOvertaken)
	require.False(t, runbook.IsTransient(fenced))
}
