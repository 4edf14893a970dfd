// SPDX-License-Identifier: Apache-2.0

package tns_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ferryman/ferryman/internal/standin/oracle/tns"
)

func TestSelectAndChange(t *testing.T) {
	t.Parallel()
	m, db := serve(t, func(_ context.Context, s *memorySession, sql string, binds []tns.Bind) (*tns.Result, error) {
		switch sql {
		case "SELECT A, B FROM T WHERE A = :1":
			return rows([]tns.Column{{Name: "A", Type: tns.NumberType, Nullable: true}, {Name: "B", Type: tns.Varchar2, Size: 20}},
				[]any{binds[0].Value, "x"}, []any{nil, nil}), nil
		case "UPDATE T SET B = :b WHERE A = :a":
			s.change()
			return &tns.Result{Affected: 3}, nil
		}
		return nil, unexpected(sql)
	})
	r, err := db.Query("SELECT A, B FROM T WHERE A = :1", 42)
	require.NoError(t, err)
	var a, b *string
	require.True(t, r.Next())
	require.NoError(t, r.Scan(&a, &b))
	require.Equal(t, "42", *a)
	require.Equal(t, "x", *b)
	require.True(t, r.Next())
	require.NoError(t, r.Scan(&a, &b))
	require.Nil(t, a)
	require.Nil(t, b)
	require.False(t, r.Next())
	require.NoError(t, r.Err())

	result, err := db.Exec("UPDATE T SET B = :b WHERE A = :a", "y", 1)
	require.NoError(t, err)
	n, err := result.RowsAffected()
	require.NoError(t, err)
	require.EqualValues(t, 3, n)
	commits, _, _ := m.session(0).counts()
	require.Equal(t, 1, commits)
}
