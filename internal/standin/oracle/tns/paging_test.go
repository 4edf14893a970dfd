// SPDX-License-Identifier: Apache-2.0

package tns_test

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	goora "github.com/sijms/go-ora/v2"
	"github.com/stretchr/testify/require"

	"github.com/ferryman/ferryman/internal/standin/oracle/tns"
)

func TestPaging(t *testing.T) {
	t.Parallel()
	const n = 100_000
	m := &memory{execute: func(_ context.Context, s *memorySession, sql string, _ []tns.Bind) (*tns.Result, error) {
		size := 30
		if strings.Contains(sql, "NARROW") {
			size = 1
		}
		return s.countedRows(&tns.Result{
			Columns: []tns.Column{{Name: "T", Type: tns.Varchar2, Size: size}},
			Rows: &generated{next: func(i int) ([]any, error) {
				if i == n {
					return nil, io.EOF
				}
				return []any{fmt.Sprint(i)[:min(size, len(fmt.Sprint(i)))]}, nil
			}},
		}), nil
	}}
	_, address := start(t, m)
	for i, tt := range []struct{ options, sql string }{
		{"", "SELECT T FROM T"}, {"", "SELECT T FROM NARROW"}, {"?PREFETCH_ROWS=1", "SELECT T FROM T WHERE ROWNUM <= 3000"},
		{"?PREFETCH_ROWS=20000", "SELECT T FROM T"},
	} {
		db := open(t, address, tt.options)
		r, err := db.Query(tt.sql)
		require.NoError(t, err)
		limit, got := n, 0
		if strings.Contains(tt.options, "=1") && strings.Contains(tt.sql, "3000") {
			limit = 3000
		}
		for got < limit && r.Next() {
			var s string
			require.NoError(t, r.Scan(&s))
			if want := fmt.Sprint(got); s != want && s != want[:1] {
				t.Fatalf("%s: row %d is %q", tt.options, got, s)
			}
			got++
		}
		if limit == n {
			require.False(t, r.Next())
		}
		require.NoError(t, r.Err())
		require.Equal(t, limit, got)
		require.NoError(t, r.Close())
		_, _, openCursors := m.session(i).counts()
		require.Zero(t, openCursors)
	}
}

func TestSeveralResultsAtOnce(t *testing.T) {
	t.Parallel()
	_, db := serve(t, func(_ context.Context, _ *memorySession, sql string, _ []tns.Bind) (*tns.Result, error) {
		if strings.HasPrefix(sql, "SELECT") {
			return numbers(500), nil
		}
		return &tns.Result{Affected: 1}, nil
	})
	conn, err := db.Conn(context.Background())
	require.NoError(t, err)
	defer conn.Close()
	err = conn.Raw(func(driverConn any) error { // database/sql would serialise them
		c := driverConn.(*goora.Connection)
		first, err := c.QueryContext(context.Background(), "SELECT N FROM A", nil)
		if err != nil {
			return err
		}
		second, err := c.QueryContext(context.Background(), "SELECT N FROM B", nil)
		if err != nil {
			return err
		}
		for i := range 500 {
			for _, r := range []driver.Rows{first, second} {
				row := make([]driver.Value, 1)
				if err := r.Next(row); err != nil || row[0] != fmt.Sprint(i+1) {
					return fmt.Errorf("row %d is %v: %w", i, row, err)
				}
			}
		}
		return errors.Join(first.Close(), second.Close())
	})
	require.NoError(t, err)
}
