// SPDX-License-Identifier: Apache-2.0

package tns_test

import (
	"context"
	"database/sql"
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
		_, err := db.Exec("BEGIN F(:a, :b, :c, :d); END;", 5, goora.Out{Dest: &out, Size: 100}, goora.Out{Dest: &both, Size: 100, In: true}, goora.Out{Dest: &null, Size: 10})
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

func TestErrors(t *testing.T) {
	t.Parallel()
	m, db := serve(t, func(_ context.Context, s *memorySession, sql string, _ []tns.Bind) (*tns.Result, error) {
		switch sql {
		case "SELECT X FROM NOWHERE":
			e := tns.Errorf(942, "table or view does not exist")
			e.Pos = 14
			return nil, e
		case "DELETE FROM NOWHERE":
			return nil, fmt.Errorf("executing: %w", tns.Errorf(942, "table or view does not exist"))
		case "SELECT BROKEN FROM T":
			return nil, errors.New("disk on fire")
		case "SELECT PARTLY FROM T":
			return s.countedRows(&tns.Result{Columns: []tns.Column{{Name: "N", Type: tns.NumberType}}, Rows: &generated{next: func(i int) ([]any, error) {
				if i == 1000 {
					return nil, tns.Errorf(1555, "snapshot too old")
				}
				return []any{int64(i)}, nil
			}}}), nil
		case "SELECT WRONG FROM T":
			return rows([]tns.Column{{Name: "WHEN", Type: tns.Date}}, []any{"yesterday"}), nil
		}
		return nil, unexpected(sql)
	})
	db.SetMaxOpenConns(1)
	_, err := db.Query("SELECT X FROM NOWHERE")
	require.Equal(t, 942, code(t, err))
	require.ErrorContains(t, err, "ORA-00942: table or view does not exist")
	require.ErrorContains(t, err, "position: 14")
	_, err = db.Exec("DELETE FROM NOWHERE")
	require.Equal(t, 942, code(t, err))
	_, err = db.Query("SELECT BROKEN FROM T")
	require.Equal(t, 600, code(t, err))
	require.ErrorContains(t, err, "disk on fire")

	r, err := db.Query("SELECT PARTLY FROM T")
	require.NoError(t, err)
	n := 0
	for r.Next() {
		n++
	}
	require.Equal(t, 1555, code(t, r.Err()))
	require.NotZero(t, n)
	require.LessOrEqual(t, n, 1000)
	_, _, openCursors := m.session(0).counts()
	require.Zero(t, openCursors)

	_, err = db.Query("SELECT WRONG FROM T")
	require.Equal(t, 932, code(t, err))
	require.ErrorContains(t, err, "string")
	require.Equal(t, 1, m.open(), "all that on one connection")
}

func TestCancel(t *testing.T) {
	t.Parallel()
	started, seen := make(chan struct{}, 1), make(chan error, 1)
	m, db := serve(t, func(ctx context.Context, s *memorySession, sql string, _ []tns.Bind) (*tns.Result, error) {
		switch {
		case strings.Contains(sql, "SLOW"):
			started <- struct{}{}
			<-ctx.Done()
			seen <- ctx.Err()
			return nil, ctx.Err()
		case strings.Contains(sql, "ENDLESS"): // rows come until somebody stops it
			return s.countedRows(&tns.Result{Columns: []tns.Column{{Name: "N", Type: tns.NumberType}}, Rows: &generated{next: func(i int) ([]any, error) {
				if i == 10 {
					started <- struct{}{}
					<-ctx.Done()
					return nil, ctx.Err()
				}
				return []any{int64(i)}, nil
			}}}), nil
		}
		return numbers(1), nil
	})
	db.SetMaxOpenConns(1)
	for _, run := range []func(context.Context) error{
		func(ctx context.Context) error { _, err := db.ExecContext(ctx, "BEGIN SLOW; END;"); return err },
		func(ctx context.Context) error { _, err := db.ExecContext(ctx, "UPDATE SLOW SET A = 1"); return err },
		func(ctx context.Context) error { _, err := db.QueryContext(ctx, "SELECT A FROM SLOW"); return err },
	} {
		ctx, cancel := context.WithCancel(context.Background())
		failed := make(chan error, 1)
		go func() { failed <- run(ctx) }()
		<-started
		cancel()
		require.ErrorIs(t, <-seen, context.Canceled)
		err := <-failed
		require.Error(t, err)
		if !errors.Is(err, context.Canceled) {
			require.Equal(t, 1013, code(t, err))
		}
		var n int
		require.NoError(t, db.QueryRow("SELECT N FROM T").Scan(&n), "the connection is in step afterwards")
	}
	ctx, cancel := context.WithCancel(context.Background())
	go func() { <-started; cancel() }()
	_, err := db.QueryContext(ctx, "SELECT N FROM ENDLESS")
	require.Error(t, err)
	var n int
	require.NoError(t, db.QueryRow("SELECT N FROM T").Scan(&n))
	_, _, openCursors := m.session(0).counts()
	require.Zero(t, openCursors)
	require.Len(t, m.sessions, 1, "all that on one connection")
}

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

func TestPanicBreaksOneConnection(t *testing.T) {
	t.Parallel()
	m := &memory{execute: func(_ context.Context, _ *memorySession, sql string, _ []tns.Bind) (*tns.Result, error) {
		if sql == "DELETE FROM T" {
			panic("bug")
		}
		return numbers(1), nil
	}}
	_, address := start(t, m)
	other := open(t, address, "")
	require.NoError(t, other.Ping())
	_, err := open(t, address, "").Exec("DELETE FROM T")
	require.Error(t, err)
	var n int
	require.NoError(t, other.QueryRow("SELECT N FROM T").Scan(&n))
	eventually(t, func() bool { return m.open() == 1 }, "the broken connection's session is closed")
}
