// SPDX-License-Identifier: Apache-2.0

package compare_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/compare"
	"github.com/stretchr/testify/require"
)

// rowsOf serves rows from memory, as a Side.
func rowsOf(rows ...[]any) compare.Side {
	return func(compare.Table) compare.Rows {
		return func(_ context.Context, yield func([]any) error) error {
			for _, row := range rows {
				if err := yield(row); err != nil {
					return err
				}
			}
			return nil
		}
	}
}

func one(t *testing.T, table compare.Table, source, target compare.Side) compare.Result {
	t.Helper()
	report, err := compare.Compare(t.Context(), []compare.Table{table}, compare.Options{Source: source, Target: target})
	require.NoError(t, err)
	require.Len(t, report.Tables, 1)
	return report.Tables[0]
}

func TestValuesThatAreTheSame(t *testing.T) {
	t.Parallel()
	summer := time.FixedZone("", 2*3600)
	at := time.Date(2026, 7, 1, 12, 30, 15, 120_000_000, summer)
	cases := []struct {
		name, oracle, postgres string
		source, target         any
		equal                  bool
	}{
		{"decimal zeros", "NUMBER", "numeric", "1.50", "1.5000", true},
		{"decimal and bigint", "NUMBER", "bigint", "100", "100", true},
		{"exponent", "NUMBER", "numeric", "1E+3", "1000", true},
		{"small exponent", "NUMBER", "numeric", "1.5E-5", "0.000015", true},
		{"leading point", "NUMBER(10,2)", "numeric(10,2)", ".5", "0.50", true},
		{"minus zero", "NUMBER", "numeric", "-0.0", "0", true},
		{"negative", "NUMBER", "numeric", "-12.340", "-12.34", true},
		{"38 digits", "NUMBER", "numeric", "12345678901234567890123456789012345678", "12345678901234567890123456789012345678", true},
		{"38 digits, the last differs", "NUMBER", "numeric", "12345678901234567890123456789012345678", "12345678901234567890123456789012345679", false},
		{"an integer of the driver", "NUMBER", "bigint", int64(-7), "-7", true},
		{"a boolean", "NUMBER(1)", "boolean", "1", "t", true},
		{"another boolean", "NUMBER(1)", "boolean", "1", "f", false},
		{"a number as text", "NUMBER", "character varying(40)", "1.5", "1.50", true},
		{"no number as text", "NUMBER", "text", "1.5", "about 1.5", false},
		{"more digits than a double has", "NUMBER", "double precision", "0.12345678901234567890", "0.12345678901234568", true},
		{"a double that differs in digit 15", "NUMBER", "double precision", "0.123456789012345", "0.123456789012346", false},
		{"decimals are never rounded", "NUMBER", "numeric", "0.12345678901234567890", "0.12345678901234568", false},
		{"a third", "BINARY_DOUBLE", "double precision", 1.0 / 3.0, "0.3333333333333333", true},
		{"infinity", "BINARY_DOUBLE", "double precision", "Inf", "Infinity", true},
		{"not a number", "BINARY_DOUBLE", "double precision", "NaN", "NaN", true},
		{"a float", "BINARY_FLOAT", "real", float32(0.1), "0.1", true},
		{"a float kept as double", "BINARY_FLOAT", "double precision", float32(0.1), "0.10000000149011612", true},
		{"a float that differs", "BINARY_FLOAT", "real", float32(0.1), "0.10001", false},

		{"date and timestamp", "DATE", "timestamp(0) without time zone", time.Date(2026, 1, 31, 10, 0, 0, 0, time.UTC), "2026-01-31 10:00:00", true},
		{"the wall clock counts", "DATE", "timestamp without time zone", at, "2026-07-01 12:30:15.12", true},
		{"time of day lost", "DATE", "date", time.Date(2026, 1, 31, 10, 0, 0, 0, time.UTC), "2026-01-31", false},
		{"midnight", "DATE", "date", time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC), "2026-01-31", true},
		{"microseconds", "TIMESTAMP(6)", "timestamp(6) without time zone", time.Date(2026, 1, 31, 10, 0, 0, 123456000, time.UTC), "2026-01-31 10:00:00.123456", true},
		{"a microsecond off", "TIMESTAMP(6)", "timestamp(6) without time zone", time.Date(2026, 1, 31, 10, 0, 0, 123457000, time.UTC), "2026-01-31 10:00:00.123456", false},
		{"nanoseconds are cut", "TIMESTAMP(9)", "timestamp(6) without time zone", time.Date(2026, 1, 31, 10, 0, 0, 123456789, time.UTC), "2026-01-31 10:00:00.123456", true},
		{"a timestamp as text", "TIMESTAMP(9)", "character varying(37)", time.Date(2026, 1, 31, 10, 0, 0, 100000000, time.UTC), "2026-01-31 10:00:00.100000000", true},
		{"an instant", "TIMESTAMP(6) WITH TIME ZONE", "timestamp(6) with time zone", at, "2026-07-01 10:30:15.12+00", true},
		{"an instant elsewhere", "TIMESTAMP(6) WITH TIME ZONE", "timestamp with time zone", at, "2026-07-01 06:00:15.12-04:30", true},
		{"another instant", "TIMESTAMP(6) WITH LOCAL TIME ZONE", "timestamp with time zone", at, "2026-07-01 12:30:15.12+00", false},
		{"before Christ", "DATE", "timestamp without time zone", time.Date(-43, 3, 15, 0, 0, 0, 0, time.UTC), "0044-03-15 00:00:00 BC", true},
		{"infinity is no date of Oracle", "DATE", "timestamp without time zone", time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC), "infinity", false},

		{"CHAR's spaces", "CHAR(5)", "character(5)", "ab   ", "ab   ", true},
		{"CHAR to varchar", "CHAR(5)", "character varying(5)", "ab   ", "ab", true},
		{"spaces of a VARCHAR2 count", "VARCHAR2(5)", "character varying(5)", "ab ", "ab", false},
		{"spaces before count", "CHAR(5)", "character(5)", " ab", "ab", false},
		{"only spaces", "CHAR(5)", "character(5)", "     ", "     ", true},
		{"empty is NULL", "VARCHAR2(5)", "text", nil, "", true},
		{"a space is not NULL", "VARCHAR2(5)", "text", " ", nil, false},
		{"NUL", "VARCHAR2(5)", "text", "a\x00b", "a b", true},
		{"letters", "NVARCHAR2(5)", "text", "Æøå€", "Æøå€", true},
		{"case", "VARCHAR2(5)", "text", "a", "A", false},
		{"empty LOB", "CLOB", "text", "", nil, true},
		{"empty BLOB", "BLOB", "bytea", []byte{}, nil, true},
		{"bytes", "RAW(4)", "bytea", []byte{0, 1, 255}, []byte{0, 1, 255}, true},
		{"other bytes", "BLOB", "bytea", []byte{0, 1, 255}, []byte{0, 1, 254}, false},
		{"uuid", "RAW(16)", "uuid", []byte{0x0b, 0xad, 0xca, 0xfe, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, "0badcafe-0000-0000-0000-000000000001", true},
		{"NULL", "NUMBER", "numeric", nil, nil, true},
		{"NULL is not 0", "NUMBER", "numeric", nil, "0", false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			table := compare.Table{Columns: []compare.Column{{Source: "ID", Target: "id", OracleType: "NUMBER", PostgresType: "bigint"},
				{Source: "V", Target: "v", OracleType: c.oracle, PostgresType: c.postgres}}, Key: []int{0}}
			result := one(t, table, rowsOf([]any{"1", c.source}), rowsOf([]any{"1", c.target}))
			require.Empty(t, result.Error)
			require.Equal(t, c.equal, result.Equal)
		})
	}
}

func TestValuesDoNotRunTogether(t *testing.T) {
	t.Parallel()
	table := compare.Table{Columns: []compare.Column{text("A"), text("B")}}
	require.False(t, one(t, table, rowsOf([]any{"ab", "c"}), rowsOf([]any{"a", "bc"})).Equal)
	require.False(t, one(t, table, rowsOf([]any{"a", nil}), rowsOf([]any{nil, "a"})).Equal)
}

func text(name string) compare.Column {
	return compare.Column{Source: name, Target: name, OracleType: "VARCHAR2(100)", PostgresType: "text"}
}

func TestWhatCantBeComparedIsNamed(t *testing.T) {
	t.Parallel()
	table := compare.Table{Columns: []compare.Column{text("A"), {Source: "L", Target: "l", OracleType: "BFILE", PostgresType: "text"},
		{Source: "I", Target: "i", OracleType: "INTERVAL DAY(2) TO SECOND(6)", PostgresType: "interval"}}}
	result := one(t, table, rowsOf([]any{"a", "x", nil}), rowsOf([]any{"a", nil, "1 day"}))
	require.True(t, result.Equal)
	require.Equal(t, "not compared: L (BFILE), I (INTERVAL DAY(2) TO SECOND(6))", result.Note)

	table.Columns = table.Columns[1:]
	result = one(t, table, rowsOf([]any{"x", nil}), rowsOf([]any{"x", nil}))
	require.False(t, result.Equal)
	require.Contains(t, result.Error, "no column that can be compared")
}

func TestATableThatCantBeReadSaysSo(t *testing.T) {
	t.Parallel()
	broken := func(compare.Table) compare.Rows {
		return func(context.Context, func([]any) error) error {
			return errors.New("ORA-00942: table or view does not exist")
		}
	}
	table := compare.Table{Columns: []compare.Column{text("A")}}
	result := one(t, table, broken, rowsOf())
	require.False(t, result.Equal)
	require.Contains(t, result.Error, "ORA-00942")

	date := compare.Column{Source: "D", Target: "d", OracleType: "DATE", PostgresType: "text"}
	result = one(t, compare.Table{Columns: []compare.Column{date}}, rowsOf([]any{"2026-01-31"}), rowsOf([]any{"yesterday"}))
	require.False(t, result.Equal)
	require.Contains(t, result.Error, `column D: "yesterday" is no date`)
}
