// SPDX-License-Identifier: Apache-2.0

package tns_test

import (
	"context"
	"database/sql"
	"fmt"
	"testing"

	goora "github.com/sijms/go-ora/v2"
	"github.com/stretchr/testify/require"

	"github.com/ferryman/ferryman/internal/standin/oracle/tns"
)

func TestPLSQL(t *testing.T) {
	t.Parallel()
	_, db := serve(t, func(_ context.Context, _ *memorySession, sql string, binds []tns.Bind) (*tns.Result, error) {
		switch sql {
		case "BEGIN F(:a, :b, :c, :d); END;":
			for _, b := range binds {
				if !b.Out {
					return nil, fmt.Errorf("bind %s cannot come back", b.Name)
				}
			}
			return &tns.Result{Out: []any{nil, "out of " + string(binds[0].Value.(tns.Number)), binds[2].Value.(string) + "!", tns.OutNull}}, nil
		case "BEGIN G(:1); END;":
			return &tns.Result{Out: []any{int64(-12)}}, nil
		case "BEGIN NULL; END;":
			return &tns.Result{}, nil
		}
		return nil, unexpected(sql)
	})
	for range 2 {
		out, both, null := "", "hey", "before"
		_, err := db.Exec("BEGIN F(:a, :b, :c, :d); END;", 5, goora.Out{Dest: &out, Size: 100},
			goora.Out{Dest: &both, Size: 100, In: true}, goora.Out{Dest: &null, Size: 10})
		require.NoError(t, err)
		require.Equal(t, []string{"out of 5", "hey!", ""}, []string{out, both, null})
	}
	number := 0
	stmt, err := db.Prepare("BEGIN G(:1); END;")
	require.NoError(t, err)
	defer stmt.Close()
	for range 3 {
		number = 0
		_, err = stmt.Exec(sql.Out{Dest: &number})
		require.NoError(t, err)
		require.Equal(t, -12, number)
	}
	_, err = db.Exec("BEGIN NULL; END;")
	require.NoError(t, err)
}

// TestUnsupportedBinds sends values that the server cannot read past: the call fails, the connection stays.
func TestUnsupportedBinds(t *testing.T) {
	t.Parallel()
	m, db := serve(t, one)
	db.SetMaxOpenConns(1)
	var cursor goora.RefCursor
	for _, arg := range []any{sql.Out{Dest: &cursor}, []int{1, 2, 3}} {
		_, err := db.Exec("BEGIN P(:1); END;", arg)
		require.Equal(t, 3115, code(t, err))
		var n int
		require.NoError(t, db.QueryRow("SELECT N FROM T").Scan(&n))
	}
	require.Len(t, m.sessions, 1)
}
