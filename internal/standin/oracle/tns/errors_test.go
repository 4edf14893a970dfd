// SPDX-License-Identifier: Apache-2.0

package tns_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ferryman/ferryman/internal/standin/oracle/tns"
)

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

// skipInterrupts leaves tests out in which go-ora interrupts a call: it reads its own flag of that without its lock, which the race
// detector takes notice of now and then. TestPythonOracledb interrupts the server under the race detector too.
func skipInterrupts(t *testing.T) {
	if raceDetector {
		t.Skip("go-ora v2.8.24 has a data race of its own: network.Session's IsBreak and BreakConnection")
	}
}

func TestCancel(t *testing.T) {
	t.Parallel()
	skipInterrupts(t)
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

// TestCancelManyRows interrupts a fetch of more rows than anyone waits for, from a result that knows nothing of contexts.
func TestCancelManyRows(t *testing.T) {
	t.Parallel()
	skipInterrupts(t)
	started := make(chan struct{}, 1)
	m := &memory{execute: func(_ context.Context, _ *memorySession, sql string, _ []tns.Bind) (*tns.Result, error) {
		if sql == "SELECT N FROM T" {
			return numbers(1), nil
		}
		return &tns.Result{Columns: []tns.Column{{Name: "N", Type: tns.NumberType}}, Rows: endless{started}}, nil
	}}
	_, address := start(t, m)
	db := open(t, address, "?PREFETCH_ROWS=1000000000")
	ctx, cancel := context.WithCancel(context.Background())
	go func() { <-started; cancel() }()
	_, err := db.QueryContext(ctx, "SELECT N FROM ENDLESS")
	require.Error(t, err)
	var n int
	require.NoError(t, db.QueryRow("SELECT N FROM T").Scan(&n))
}

type endless struct{ started chan<- struct{} }

func (e endless) Next(context.Context) ([]any, error) {
	select {
	case e.started <- struct{}{}:
	default:
	}
	return []any{int64(1)}, nil
}

func (endless) Close() {}

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

// TestInterruptsAtAnyTime lets contexts end before, in and after calls: client and server must stay in step.
func TestInterruptsAtAnyTime(t *testing.T) {
	t.Parallel()
	skipInterrupts(t)
	_, db := serve(t, one)
	for i := range 1000 {
		ctx, cancel := context.WithTimeout(context.Background(), time.Duration(i%200)*time.Microsecond)
		n := 1
		err := db.QueryRowContext(ctx, "SELECT N FROM T").Scan(&n)
		cancel()
		require.Equal(t, 1, n, err)
		n = 0
		if err = db.QueryRow("SELECT N FROM T").Scan(&n); err != nil {
			require.Equal(t, 1013, code(t, err), "go-ora may send an interrupt so late that it meets the next call")
			require.NoError(t, db.QueryRow("SELECT N FROM T").Scan(&n))
		}
		require.Equal(t, 1, n)
	}
}
