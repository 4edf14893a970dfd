// SPDX-License-Identifier: Apache-2.0

package tns_test

import (
	"context"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ferryman/ferryman/internal/standin/oracle/tns"
)

// pythonWithOracledb finds an interpreter that has the driver.
func pythonWithOracledb(t *testing.T) string {
	for _, python := range []string{"/usr/bin/python3", "python3"} {
		if exec.Command(python, "-c", "import oracledb").Run() == nil {
			return python
		}
	}
	t.Skip("missing: Debian's package python3-oracledb (neither /usr/bin/python3 nor python3 can import oracledb)")
	return ""
}

// TestPythonOracledb runs testdata/oracledb_thin.py: the other driver, which speaks the protocol differently in many places.
func TestPythonOracledb(t *testing.T) {
	t.Parallel()
	python := pythonWithOracledb(t)
	text := strings.Repeat("größe€😀 ", 50_000)
	when := at(time.UTC, 2026, 1, 31, 23, 59, 58, 123456000)
	m := &memory{execute: func(ctx context.Context, s *memorySession, sql string, binds []tns.Bind) (*tns.Result, error) {
		switch {
		case strings.HasPrefix(sql, "SELECT * FROM TYPES"):
			r := rows([]tns.Column{
				{Type: tns.NumberType}, {Type: tns.Varchar2, Size: 20}, {Type: tns.Varchar2, Size: 20, National: true}, {Type: tns.Char, Size: 5},
				{Type: tns.Raw, Size: 16}, {Type: tns.Date}, {Type: tns.Timestamp, Scale: 6}, {Type: tns.TimestampTZ, Scale: 6},
				{Type: tns.BinaryFloat}, {Type: tns.BinaryDouble}, {Type: tns.IntervalDayToSecond}, {Type: tns.RowID},
				{Type: tns.Clob}, {Type: tns.Blob}, {Type: tns.Clob, National: true},
			}, []any{
				tns.Number("-12.5"), "größe", "größe 😀", "ab   ", []byte{0, 0xFF}, at(time.UTC, 1969, 12, 31, 1, 2, 3), when,
				at(cet, 2026, 1, 31, 23, 59, 58), 1.5, -0.1, -(51*time.Hour + 5*time.Microsecond), "AAAR3sAAEAAAACXAAA",
				text, []byte(text), "n" + text,
			}, make([]any, 15))
			for i := range r.Columns {
				r.Columns[i].Name, r.Columns[i].Nullable = "C", true
			}
			return r, nil
		case sql == "SELECT * FROM LONGS":
			return rows([]tns.Column{{Name: "L", Type: tns.Long}, {Name: "R", Type: tns.LongRaw}, {Name: "N", Type: tns.NumberType}},
				[]any{text, []byte(text), int64(7)}, []any{nil, nil, int64(8)}), nil
		case strings.HasPrefix(sql, "SELECT :v, :w, :v FROM DUAL"):
			if binds[0].Name != "V" || binds[1].Name != "W" || binds[2].Name != "V" {
				return nil, unexpected("binds out of order")
			}
			r, row := &tns.Result{}, []any{}
			for _, b := range binds {
				r.Columns, row = append(r.Columns, tns.Column{Name: "V", Type: b.Type, Size: 32767, Nullable: true}), append(row, b.Value)
			}
			return rows(r.Columns, row), nil
		case strings.HasPrefix(sql, "SELECT N FROM MANY"):
			return s.countedRows(numbers(100_000)), nil
		case sql == "SELECT N FROM PARTLY":
			return s.countedRows(&tns.Result{Columns: []tns.Column{{Name: "N", Type: tns.NumberType}}, Rows: &generated{next: func(i int) ([]any, error) {
				if i == 1000 {
					return nil, tns.Errorf(1555, "snapshot too old")
				}
				return []any{int64(i)}, nil
			}}}), nil
		case sql == "SELECT X FROM NOWHERE":
			e := tns.Errorf(942, "table or view does not exist")
			e.Pos = 14
			return nil, e
		case sql == "UPDATE T SET A = :a, B = :b":
			if binds[0].Value != strings.Repeat("y", 100_000) || binds[1].Value != tns.Number("1") {
				return nil, unexpected("long bind out of order")
			}
			return &tns.Result{Affected: 1}, nil
		case strings.HasPrefix(sql, "UPDATE"):
			s.change()
			return &tns.Result{Affected: 1}, nil
		case strings.HasPrefix(sql, "INSERT"):
			if binds[0].Value == tns.Number("13") {
				return nil, tns.Errorf(1, "unique constraint violated")
			}
			s.change()
			return &tns.Result{Affected: 1}, nil
		case sql == "BEGIN P(:a, :b, :c); END;":
			return &tns.Result{Out: []any{nil, "out", int64(6)}}, nil
		case sql == `ALTER SESSION SET CURRENT_SCHEMA = "OTHER"`:
			return nil, nil
		case sql == `ALTER SESSION SET CURRENT_SCHEMA = "NOBODY"`:
			return nil, tns.Errorf(1435, "user does not exist")
		case sql == "BEGIN SLOW; END;":
			<-ctx.Done()
			return nil, ctx.Err()
		}
		return nil, unexpected(sql)
	}}
	_, address := start(t, m)
	ctx, cancel := context.WithTimeout(context.Background(), 4*time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, python, "testdata/oracledb_thin.py", address+"/box").CombinedOutput()
	require.NoError(t, err, string(out))
	require.Equal(t, "done", strings.TrimSpace(string(out)))
	commits, rollbacks, openCursors := m.session(0).counts()
	require.Equal(t, []int{2, 2, 0}, []int{commits, rollbacks, openCursors})
}
