// SPDX-License-Identifier: Apache-2.0

package oracle_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/oracle"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// found are the numbers of a table in few words.
func found(numbers []dictionary.MeasuredNumber, table string) map[string]string {
	out := map[string]string{}
	for _, n := range numbers {
		if n.Table == table {
			out[n.Column] = fmt.Sprintf("%d.%d of %d/%d %t %s", n.Integer, n.Fraction, n.Values, n.Looked, n.All, n.Why)
		}
	}
	return out
}

func TestNumbersAreMeasuredWithinBounds(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	server := serve(t, nil)
	source, app := open(t, server.URL("FERRYMAN")), application(t, server)
	for _, sql := range []string{
		"CREATE TABLE AMOUNT (ID NUMBER PRIMARY KEY, PRICE NUMBER, LONG_ID NUMBER(38), TINY NUMBER, NONE NUMBER, HUGE NUMBER, KNOWN NUMBER(10,2), SMALL NUMBER(5))",
		"INSERT INTO AMOUNT (ID, PRICE, LONG_ID, TINY, HUGE, KNOWN) SELECT LEVEL, CASE WHEN MOD(LEVEL, 2) = 0 THEN -LEVEL - 0.25 END, 123456789012345678901 + LEVEL, 0.0000000000125, 1E40, 1.5 FROM DUAL CONNECT BY LEVEL <= 400",
	} {
		_, err := app.Exec(sql)
		require.NoError(t, err)
	}
	d, err := source.ReadDictionary(ctx, []string{"BOXOFFICE"}, nil)
	require.NoError(t, err)
	var amount oracle.NumberTable
	for _, table := range oracle.NumberTables(d) {
		require.NotEqual(t, "UPCOMING_PERFORMANCE", table.Table, "a view has no values of its own")
		if table.Table == "AMOUNT" {
			amount = table
		}
	}
	require.Equal(t, []string{"ID", "PRICE", "LONG_ID", "TINY", "NONE", "HUGE"}, amount.Columns, "the others say it themselves")

	told, began := 0, time.Now().UTC()
	all, err := source.MeasureNumbers(ctx, oracle.NumberTables(d), oracle.NumberLimits{}, func(oracle.NumberTable) { told++ })
	require.NoError(t, err)
	require.Equal(t, len(oracle.NumberTables(d)), told)
	require.Equal(t, map[string]string{"ID": "3.0 of 400/400 true ", "PRICE": "3.2 of 200/400 true ", "LONG_ID": "21.0 of 400/400 true ",
		"TINY": "0.15 of 400/400 true ", "NONE": "0.0 of 0/400 true ", "HUGE": "41.0 of 400/400 true "}, found(all, "AMOUNT"))
	require.Contains(t, []string{began.Format("2006-01-02"), time.Now().UTC().Format("2006-01-02")}, all[0].On.Format("2006-01-02"))

	// Larger tables are sampled, from blocks here and there, and never called whole.
	for _, rows := range []int64{100, 400} {
		amount.Rows = &rows
		some, err := source.MeasureNumbers(ctx, []oracle.NumberTable{amount}, oracle.NumberLimits{Rows: 50, Sample: 50}, nil)
		require.NoError(t, err)
		require.Len(t, some, 6)
		require.Positive(t, some[0].Looked)
		require.LessOrEqual(t, some[0].Looked, int64(50), "which of the blocks come is chance")
		require.False(t, some[0].All)
		require.Equal(t, 21, some[2].Integer)
	}

	for says, limits := range map[string]oracle.NumberLimits{"longer than its share of time": {Each: time.Nanosecond}, "the time for all tables was up": {All: time.Nanosecond}} {
		late, err := source.MeasureNumbers(ctx, []oracle.NumberTable{amount}, limits, nil)
		require.NoError(t, err)
		require.Len(t, late, 6, "none is left out in silence")
		require.Contains(t, late[0].Why, says)
		require.False(t, late[0].All)
	}
	stopped, cancel := context.WithCancelCause(ctx)
	enough := errors.New("enough")
	some, err := source.MeasureNumbers(stopped, []oracle.NumberTable{amount, amount}, oracle.NumberLimits{}, func(oracle.NumberTable) { cancel(enough) })
	require.ErrorIs(t, err, enough)
	require.Len(t, some, 6, "what was measured until then")

	hostile := amount
	hostile.Columns = []string{`ID" FROM "BOXOFFICE"."AMOUNT") --`}
	denied, err := open(t, server.URL("LIMITED")).MeasureNumbers(ctx, []oracle.NumberTable{amount, hostile}, oracle.NumberLimits{}, nil)
	require.NoError(t, err)
	require.Contains(t, denied[0].Why, "ORA-00942")
	require.Regexp(t, "^ORA-009(42|04)", denied[6].Why)
}

// A snapshot that measures brings the digits, and no value, to the conversion: what arrives in PostgreSQL follows them.
func TestASnapshotMeasuresNumbersOnRequest(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	server := serve(t, nil)
	source, app := open(t, server.URL("FERRYMAN")), application(t, server)
	for _, sql := range []string{"CREATE TABLE AMOUNT (ID NUMBER PRIMARY KEY, CENTS NUMBER, PRICE NUMBER)",
		"INSERT INTO AMOUNT (ID, CENTS, PRICE) SELECT LEVEL, LEVEL * 31337, 271828.25 FROM DUAL CONNECT BY LEVEL <= 30"} {
		_, err := app.Exec(sql)
		require.NoError(t, err)
	}
	dir, told := t.TempDir(), 0
	opts := oracle.SnapshotOptions{Schemas: []string{"BOXOFFICE"}, Numbers: &oracle.NumberLimits{},
		Measured: func(_ oracle.NumberTable, number, of int) {
			told++
			require.Equal(t, []bool{true, true}, []bool{number == told, of >= number})
		}}
	stopped, cancel := context.WithCancel(ctx)
	begun := opts
	begun.Measured = func(oracle.NumberTable, int, int) { cancel() }
	_, err := source.Snapshot(stopped, dir, begun)
	require.ErrorIs(t, err, context.Canceled)
	_, err = dictionary.ReadExport(os.DirFS(dir))
	require.ErrorContains(t, err, "the snapshot was interrupted", "an export that was to be measured is not complete without")
	other := opts
	other.Numbers = nil
	_, err = source.Snapshot(ctx, dir, other)
	require.ErrorContains(t, err, "with other options")

	m := snapshot(t, source, dir, opts)
	require.Positive(t, told)
	require.Equal(t, told, m.Numbers.Rows-2, "a table each, and three columns of one")
	text, err := os.ReadFile(filepath.Join(dir, dictionary.NumbersFile))
	require.NoError(t, err)
	require.Contains(t, string(text), "BOXOFFICE,AMOUNT,CENTS,30,YES,30,6,0,")
	require.NotContains(t, string(text), "271828", "no value")
	require.NotContains(t, string(text), "940110", "no value")

	d, err := dictionary.ReadExport(os.DirFS(dir))
	require.NoError(t, err)
	c := convert.Convert(d, convert.Options{})
	conn, err := pgx.Connect(ctx, testenv.Postgres(t))
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(ctx) })
	for _, s := range c.Statements {
		_, err := conn.Exec(ctx, s.SQL)
		require.NoError(t, err, s.SQL)
	}
	var types string
	require.NoError(t, conn.QueryRow(ctx, `SELECT string_agg(format_type(atttypid, atttypmod), ' ' ORDER BY attnum) FROM pg_attribute
		WHERE attrelid = 'boxoffice.amount'::regclass AND attnum > 0`).Scan(&types))
	require.Equal(t, "bigint integer numeric(38,2)", types)
	require.NotContains(t, files(t, unmeasured(t, source)), dictionary.NumbersFile, "nobody asked")
}

func unmeasured(t *testing.T, source *oracle.Source) string {
	t.Helper()
	dir := t.TempDir()
	snapshot(t, source, dir, oracle.SnapshotOptions{Schemas: []string{"BOXOFFICE"}})
	return dir
}
