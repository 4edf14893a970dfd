// SPDX-License-Identifier: Apache-2.0

package tns_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ferryman/ferryman/internal/standin/oracle/tns"
)

func TestArrayBind(t *testing.T) {
	t.Parallel()
	got := make(chan recorded, 10)
	m, db := serve(t, func(ctx context.Context, s *memorySession, sql string, binds []tns.Bind) (*tns.Result, error) {
		if binds[0].Value == tns.Number("13") {
			return nil, tns.Errorf(1, "unique constraint (SCOTT.T_PK) violated")
		}
		return record(got)(ctx, s, sql, binds)
	})
	const insert = "INSERT INTO T VALUES (:1, :2)"
	result, err := db.Exec(insert, []int{1, 2, 3}, []any{"a", nil, strings.Repeat("é", 300)})
	require.NoError(t, err)
	n, err := result.RowsAffected()
	require.NoError(t, err)
	require.EqualValues(t, 3, n)
	for _, want := range [][]any{{tns.Number("1"), "a"}, {tns.Number("2"), nil}, {tns.Number("3"), strings.Repeat("é", 300)}} {
		_, values := bindValues((<-got).binds)
		require.Equal(t, want, values)
	}
	commits, _, _ := m.session(0).counts()
	require.Equal(t, 1, commits)

	// go-ora asks to go on after an error, and shows the first
	_, err = db.Exec(insert, []int{12, 13, 14}, []string{"a", "b", "c"})
	require.Equal(t, 1, code(t, err))
	require.ErrorContains(t, err, "SCOTT.T_PK")
	_, first := bindValues((<-got).binds)
	_, second := bindValues((<-got).binds)
	require.Equal(t, [][]any{{tns.Number("12"), "a"}, {tns.Number("14"), "c"}}, [][]any{first, second})
	require.NoError(t, db.Ping(), "the connection is in step after that")
}

func TestBigArrayBind(t *testing.T) {
	t.Parallel()
	const n = 20_000
	sum := 0
	_, db := serve(t, func(_ context.Context, _ *memorySession, _ string, binds []tns.Bind) (*tns.Result, error) {
		sum += len(binds[1].Value.(string))
		return &tns.Result{Affected: 1}, nil
	})
	numbers, texts := make([]int, n), make([]string, n)
	for i := range n {
		numbers[i], texts[i] = i, strings.Repeat("x", 1+i%200)
	}
	want := 0
	for _, s := range texts {
		want += len(s)
	}
	result, err := db.Exec("INSERT INTO T VALUES (:1, :2)", numbers, texts)
	require.NoError(t, err)
	affected, err := result.RowsAffected()
	require.NoError(t, err)
	require.EqualValues(t, n, affected)
	require.Equal(t, want, sum)
}
