// SPDX-License-Identifier: Apache-2.0

package tns_test

import (
	"bytes"
	"context"
	"database/sql"
	"strings"
	"testing"

	goora "github.com/sijms/go-ora/v2"
	"github.com/stretchr/testify/require"

	"github.com/ferryman/ferryman/internal/standin/oracle/tns"
)

// TestLOBs fetches LOBs in both of go-ora's ways: inline, and by locators that are read one by one.
func TestLOBs(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("größe€😀 ", 100_000) // 1.5 MB
	data := bytes.Repeat([]byte{0, 1, 0xFE, 0xFF}, 1<<18)
	values := [][]any{{text, data, "n" + text}, {nil, nil, nil}, {"", []byte{}, ""}, {"short", []byte{7}, "ß"}}
	m := &memory{execute: func(_ context.Context, s *memorySession, _ string, _ []tns.Bind) (*tns.Result, error) {
		var all [][]any
		for i, v := range values {
			all = append(all, append([]any{int64(i)}, v...))
		}
		return s.countedRows(rows([]tns.Column{
			{Name: "I", Type: tns.NumberType}, {Name: "C", Type: tns.Clob, Nullable: true},
			{Name: "B", Type: tns.Blob, Nullable: true}, {Name: "N", Type: tns.Clob, National: true, Nullable: true},
		}, all...)), nil
	}}
	_, address := start(t, m)
	for _, options := range []string{"", "?LOB FETCH=POST", "?LOB FETCH=STREAM"} {
		db := open(t, address, strings.ReplaceAll(options, " ", "%20"))
		stmt, err := db.Prepare("SELECT I, C, B, N FROM T")
		require.NoError(t, err)
		for range 2 {
			r, err := stmt.Query()
			require.NoError(t, err)
			for i, v := range values {
				require.True(t, r.Next(), "%s row %d: %v", options, i, r.Err())
				var n int
				var c, nc sql.NullString
				var b []byte
				require.NoError(t, r.Scan(&n, &c, &b, &nc))
				require.Equal(t, i, n)
				if v[0] == nil {
					require.False(t, c.Valid || nc.Valid)
					require.Nil(t, b)
					continue
				}
				require.True(t, c.String == v[0] && nc.String == v[2], "%s: texts of row %d", options, i)
				require.True(t, bytes.Equal(b, v[1].([]byte)), "%s: bytes of row %d", options, i)
			}
			require.False(t, r.Next())
			require.NoError(t, r.Err())
		}
		require.NoError(t, stmt.Close())
	}
}

func TestLOBOutBinds(t *testing.T) {
	t.Parallel()
	text, data := strings.Repeat("größe😀", 20_000), bytes.Repeat([]byte{1, 2, 3}, 50_000)
	_, db := serve(t, func(context.Context, *memorySession, string, []tns.Bind) (*tns.Result, error) {
		return &tns.Result{Out: []any{text, data}}, nil
	})
	var c goora.Clob
	var b goora.Blob
	_, err := db.Exec("BEGIN P(:1, :2); END;", goora.Out{Dest: &c, Size: 1 << 20}, goora.Out{Dest: &b, Size: 1 << 20})
	require.NoError(t, err)
	require.Equal(t, text, c.String)
	require.True(t, bytes.Equal(data, b.Data))
}

// TestLOBsAreFreed reads many more LOBs by locators, and makes more, than a session may hold at once.
func TestLOBsAreFreed(t *testing.T) {
	t.Parallel()
	data := bytes.Repeat([]byte{7}, 100_000)
	m := &memory{maxLOBBytes: 500_000, execute: func(_ context.Context, _ *memorySession, sql string, binds []tns.Bind) (*tns.Result, error) {
		if len(binds) > 0 {
			return &tns.Result{Affected: 1}, nil
		}
		row := []any{data}
		if sql == "SELECT B FROM MANY" {
			return rows([]tns.Column{{Name: "B", Type: tns.Blob}}, row, row, row, row, row, row), nil
		}
		return rows([]tns.Column{{Name: "B", Type: tns.Blob}}, row, row), nil
	}}
	_, address := start(t, m)
	db := open(t, address, "?LOB%20FETCH=STREAM")
	for range 20 {
		r, err := db.Query("SELECT B FROM T")
		require.NoError(t, err)
		for range 2 {
			var b []byte
			require.True(t, r.Next())
			require.NoError(t, r.Scan(&b))
			require.Len(t, b, len(data))
		}
		require.NoError(t, r.Close())
		_, err = db.Exec("UPDATE T SET B = :1", goora.Blob{Data: data, Valid: true})
		require.NoError(t, err)
	}
	r, err := db.Query("SELECT B FROM MANY")
	if err == nil {
		for r.Next() {
		}
		err = r.Err()
	}
	require.Equal(t, 1652, code(t, err))
	require.Equal(t, 1, m.open())
}
