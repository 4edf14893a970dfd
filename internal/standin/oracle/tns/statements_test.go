// SPDX-License-Identifier: Apache-2.0

package tns_test

import (
	"context"
	"database/sql"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ferryman/ferryman/internal/standin/oracle/tns"
)

// recorded is one execution that reached the server.
type recorded struct {
	sql   string
	binds []tns.Bind
}

// record executes everything as a change of one row and sends what it got.
func record(to chan<- recorded) executeFunc {
	return func(_ context.Context, s *memorySession, sql string, binds []tns.Bind) (*tns.Result, error) {
		s.change()
		to <- recorded{sql, binds}
		return &tns.Result{Affected: 1}, nil
	}
}

func bindValues(binds []tns.Bind) (names []string, values []any) {
	for _, b := range binds {
		names, values = append(names, b.Name), append(values, b.Value)
	}
	return names, values
}

func TestBindNames(t *testing.T) {
	t.Parallel()
	got := make(chan recorded, 1)
	_, db := serve(t, record(got))
	named := func(name string, v any) any { return sql.Named(name, v) }
	for _, tt := range []struct {
		name, sql  string
		args       []any
		wantNames  []string
		wantValues []any
	}{
		{"by position", "UPDATE T SET A = :1, B = :2", []any{1, "x"}, []string{"1", "2"}, []any{tns.Number("1"), "x"}},
		{"by name", "UPDATE T SET A = :a, B = :Bee_2", []any{named("Bee_2", "x"), named("a", 1)}, []string{"A", "BEE_2"}, []any{tns.Number("1"), "x"}},
		{"repeated name", "UPDATE T SET A = :a, B = :b WHERE A > :a", []any{named("a", 7), named("b", "x")},
			[]string{"A", "B", "A"}, []any{tns.Number("7"), "x", tns.Number("7")}},
		{"positions repeated", "UPDATE T SET A = :1 WHERE B = :1", []any{1, 2}, []string{"1", "1"}, []any{tns.Number("1"), tns.Number("2")}},
		{"quotes and comments", "UPDATE T SET A = ':no', \"B:c\" = :1 -- :neither\n/* :nor */ WHERE C = q'[it's :not]' OR D = :2",
			[]any{1, nil}, []string{"1", "2"}, []any{tns.Number("1"), nil}},
		{"more quotes", "/* it's */ (SELECT :\"q Q\", nq'<:a>', 'it''s :b', freq, N':c' FROM T WHERE A=:größe$1#)", []any{1, 2},
			[]string{"q Q", "GRÖßE$1#"}, []any{tns.Number("1"), tns.Number("2")}},
		{"label", "<<l>> BEGIN X := :a + :a; END;", []any{1}, []string{"A"}, []any{tns.Number("1")}},
		{"in PL/SQL once", "BEGIN P := :a + :b + :a; END;", []any{1, 2}, []string{"A", "B"}, []any{tns.Number("1"), tns.Number("2")}},
		{"not in DDL", "CREATE TRIGGER X BEFORE INSERT ON T FOR EACH ROW BEGIN :new.A := 1; END;", nil, nil, nil},
	} {
		_, err := db.Exec(tt.sql, tt.args...)
		require.NoError(t, err, tt.name)
		r := <-got
		require.Equal(t, tt.sql, r.sql)
		names, values := bindValues(r.binds)
		require.Equal(t, tt.wantNames, names, tt.name)
		require.Equal(t, tt.wantValues, values, tt.name)
	}
	_, err := db.Exec("UPDATE T SET A = :1, B = :2", 1)
	require.Equal(t, 1008, code(t, err))
	_, err = db.Exec("UPDATE T SET A = :1", 1, 2)
	require.Equal(t, 1036, code(t, err))
}

func TestTransactions(t *testing.T) {
	t.Parallel()
	m, db := serve(t, func(_ context.Context, s *memorySession, sql string, _ []tns.Bind) (*tns.Result, error) {
		if strings.HasPrefix(sql, "SELECT") {
			return numbers(3), nil
		}
		if sql == "DELETE FROM LOCKED" {
			return nil, tns.Errorf(54, "resource busy and acquire with NOWAIT specified or timeout expired")
		}
		s.change()
		return &tns.Result{Affected: 2}, nil
	})
	db.SetMaxOpenConns(1)
	check := func(commits, rollbacks int, open bool) {
		t.Helper()
		c, r, _ := m.session(0).counts()
		require.Equal(t, []int{commits, rollbacks}, []int{c, r}, "commits and rollbacks")
		require.Equal(t, open, m.session(0).InTransaction())
	}
	result, err := db.Exec("DELETE FROM T")
	require.NoError(t, err)
	n, err := result.RowsAffected()
	require.NoError(t, err)
	require.EqualValues(t, 2, n)
	check(1, 0, false)

	for i, finish := range []func(*sql.Tx) error{(*sql.Tx).Commit, (*sql.Tx).Rollback} {
		tx, err := db.Begin()
		require.NoError(t, err)
		_, err = tx.Exec("DELETE FROM T")
		require.NoError(t, err)
		_, err = tx.Exec("DELETE FROM LOCKED")
		require.Equal(t, 54, code(t, err))
		var count int
		require.NoError(t, tx.QueryRow("SELECT A FROM T").Scan(&count))
		check(1+i, 0, true)
		require.NoError(t, finish(tx))
		check(2, i, false)
	}
	_, err = db.Exec("DELETE FROM LOCKED")
	require.Error(t, err)
	check(2, 1, false)
}

func TestPreparedStatements(t *testing.T) {
	t.Parallel()
	m, db := serve(t, func(_ context.Context, s *memorySession, sql string, binds []tns.Bind) (*tns.Result, error) {
		if strings.HasPrefix(sql, "SELECT") {
			return s.countedRows(rows([]tns.Column{{Name: "A", Type: tns.NumberType}, {Name: "B", Type: tns.Varchar2, Size: 10}},
				[]any{binds[0].Value, binds[1].Value}, []any{binds[0].Value, nil})), nil
		}
		return &tns.Result{Affected: int64(len(binds[1].Value.(string)))}, nil
	})
	db.SetMaxOpenConns(1)
	query, err := db.Prepare("SELECT A, B FROM T WHERE A = :1 AND B = :2")
	require.NoError(t, err)
	change, err := db.Prepare("UPDATE T SET A = :1 WHERE B = :2")
	require.NoError(t, err)
	for i := range 5 {
		text := strings.Repeat("x", i+1) // longer than before: go-ora describes the binds again
		if i == 4 {
			text = "y" // shorter: it does not
		}
		r, err := query.Query(i, text)
		require.NoError(t, err)
		var a int
		var b sql.NullString
		require.True(t, r.Next())
		require.NoError(t, r.Scan(&a, &b))
		require.Equal(t, i, a)
		require.Equal(t, text, b.String)
		require.True(t, r.Next())
		require.NoError(t, r.Scan(&a, &b))
		require.False(t, b.Valid)
		require.False(t, r.Next())
		require.NoError(t, r.Err())
		result, err := change.Exec(i, text)
		require.NoError(t, err)
		n, err := result.RowsAffected()
		require.NoError(t, err)
		require.EqualValues(t, len(text), n)
	}
	require.NoError(t, query.Close())
	require.NoError(t, change.Close())
	_, _, openCursors := m.session(0).counts()
	require.Zero(t, openCursors)
}

func TestCursorsAreClosed(t *testing.T) {
	t.Parallel()
	m, db := serve(t, func(_ context.Context, s *memorySession, _ string, _ []tns.Bind) (*tns.Result, error) {
		return s.countedRows(numbers(100)), nil
	})
	db.SetMaxOpenConns(1)
	for range 1500 { // more than may be open at once
		var n int
		require.NoError(t, db.QueryRow("SELECT N FROM T").Scan(&n))
	}
	_, _, openCursors := m.session(0).counts()
	require.Zero(t, openCursors)

	conn, err := db.Conn(context.Background())
	require.NoError(t, err)
	defer conn.Close()
	var failed error
	for range 1200 {
		r, err := conn.QueryContext(context.Background(), "SELECT N FROM T")
		if failed = err; err != nil {
			break
		}
		defer r.Close()
	}
	require.Equal(t, 1000, code(t, failed))
	_, _, openCursors = m.session(0).counts()
	require.InDelta(t, 1000, openCursors, 2) // go-ora has one of its own
}
