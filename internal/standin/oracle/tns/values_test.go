// SPDX-License-Identifier: Apache-2.0

package tns_test

import (
	"context"
	"math"
	"strings"
	"testing"
	"time"

	goora "github.com/sijms/go-ora/v2"
	"github.com/stretchr/testify/require"

	"github.com/ferryman/ferryman/internal/standin/oracle/tns"
)

var (
	cet       = time.FixedZone("", 3600)
	newYork   = time.FixedZone("", -5*3600)
	kolkata   = time.FixedZone("", 5*3600+1800)
	marquesas = time.FixedZone("", -(9*3600 + 1800))
)

func at(zone *time.Location, parts ...int) time.Time {
	parts = append(parts, make([]int, 7)...)
	return time.Date(parts[0], time.Month(parts[1]), parts[2], parts[3], parts[4], parts[5], parts[6], zone)
}

// TestColumnValues sends every type's values through go-ora.
func TestColumnValues(t *testing.T) {
	t.Parallel()
	type value struct{ sent, want any }
	number := func(s string) value { return value{tns.Number(s), s} }
	same := func(v any) value { return value{v, v} }
	null := value{nil, nil}
	long := strings.Repeat("größe€😀", 3000)
	for _, tt := range []struct {
		name   string
		column tns.Column
		values []value
	}{
		{"NUMBER", tns.Column{Type: tns.NumberType}, []value{
			number("0"), number("1"), number("-1"), number("10"), number("99"), number("100"), number("-100"), number("12345678901234567890"),
			number("99999999999999999999999999999999999999"), number("-99999999999999999999999999999999999999"),
			number("0.5"), number("-0.5"), number("0.01"), number("0.001"), number("-0.00000000000000000000000000000000000001"), number("3.14159"),
			number("-12.5"), number("1000000.000001"), number("0.1234567890123456789012345678901234567"),
			{tns.Number("1E+40"), "1" + strings.Repeat("0", 40)}, {tns.Number("1.50"), "1.5"}, {tns.Number("007"), "7"}, {tns.Number("-0"), "0"},
			{tns.Number(".25"), "0.25"}, {int64(math.MaxInt64), "9223372036854775807"}, {int64(math.MinInt64), "-9223372036854775808"},
			{7, "7"}, {0.1, "0.1"}, {true, "1"}, {"-3.5", "-3.5"},
			{tns.Number("1" + strings.Repeat("0", 125)), "1" + strings.Repeat("0", 125)}, {tns.Number("1E-200"), "0"},
			{tns.Number("12345678901234567890123456789012345678901.5"), "12345678901234567890123456789012345678900"},
			{tns.Number("9999999999999999999999999999999999999999.9"), "1" + strings.Repeat("0", 40)}, null,
		}},
		{"NUMBER(10,2)", tns.Column{Type: tns.NumberType, Precision: 10, Scale: 2}, []value{number("12.34"), number("-0.05"), null}},
		{"NUMBER(19)", tns.Column{Type: tns.NumberType, Precision: 19}, []value{number("9223372036854775807"), number("-5"), null}},
		{"FLOAT", tns.Column{Type: tns.NumberType, Precision: 126, Scale: -127}, []value{number("2.718281828"), null}},
		{"VARCHAR2", tns.Column{Type: tns.Varchar2, Size: 32767}, []value{
			same("x"), same("größe € 日本 😀"), same(strings.Repeat("a", 252)), same(strings.Repeat("b", 253)), same(strings.Repeat("c", 32767)),
			same("tab\tnewline\nnul\x00end"), {"", nil}, null,
		}},
		{"NVARCHAR2", tns.Column{Type: tns.Varchar2, Size: 2000, National: true}, []value{
			same("größe € 日本 😀"), same(strings.Repeat("ß", 1000)), null,
		}},
		{"CHAR", tns.Column{Type: tns.Char, Size: 5}, []value{same("ab   "), null}},
		{"RAW", tns.Column{Type: tns.Raw, Size: 2000}, []value{same([]byte{0, 1, 0xFE, 0xFF}), same([]byte(strings.Repeat("\xFE", 2000))), null}},
		{"DATE", tns.Column{Type: tns.Date}, []value{
			same(at(time.UTC, 2026, 1, 31, 23, 59, 59)), same(at(time.UTC, 1969, 12, 31, 0, 0, 0)), same(at(time.UTC, 1, 1, 1)),
			same(at(time.UTC, 9999, 12, 31, 23, 59, 59)), {at(newYork, 2026, 7, 1, 20, 30), at(time.UTC, 2026, 7, 1, 20, 30)}, same(at(time.UTC, 1600, 2, 29)), null,
		}},
		{"TIMESTAMP", tns.Column{Type: tns.Timestamp, Scale: 6}, []value{
			same(at(time.UTC, 2026, 1, 31, 23, 59, 59, 123456000)), same(at(time.UTC, 1901, 3, 4, 5, 6, 7, 999999999)), same(at(time.UTC, 2026, 1, 1)),
			{at(newYork, 2026, 7, 1, 20, 30), at(time.UTC, 2026, 7, 1, 20, 30)}, null,
		}},
		{"TIMESTAMP WITH TIME ZONE", tns.Column{Type: tns.TimestampTZ, Scale: 9}, []value{
			same(at(cet, 2026, 1, 1, 0, 30, 0, 5)), same(at(newYork, 1955, 11, 5, 22, 0)), same(at(kolkata, 2026, 3, 1, 3, 15)),
			same(at(marquesas, 2026, 3, 1, 3, 15)), same(at(time.UTC, 2026, 3, 1)), null,
		}},
		{"TIMESTAMP WITH LOCAL TIME ZONE", tns.Column{Type: tns.TimestampLTZ, Scale: 6}, []value{
			{at(cet, 2026, 1, 1, 0, 30, 0, 1000), at(time.UTC, 2025, 12, 31, 23, 30, 0, 1000)}, null,
		}},
		{"BINARY_FLOAT", tns.Column{Type: tns.BinaryFloat}, []value{same(1.5), same(-0.25), {float32(2), 2.0}, null}},
		{"BINARY_DOUBLE", tns.Column{Type: tns.BinaryDouble}, []value{
			same(0.0), same(math.Pi), same(-math.Pi), same(math.MaxFloat64), same(math.Inf(1)), same(math.Inf(-1)), same(5e-324), null,
		}},
		{"INTERVAL YEAR TO MONTH", tns.Column{Type: tns.IntervalYearToMonth, Precision: 2}, []value{
			{tns.Months(14), "+01-02"}, {tns.Months(0), "+00-00"}, {tns.Months(1199), "+99-11"}, null,
		}},
		{"INTERVAL DAY TO SECOND", tns.Column{Type: tns.IntervalDayToSecond, Precision: 2, Scale: 6}, []value{
			{49*time.Hour + 3*time.Minute + 4*time.Second + 5*time.Microsecond, "+02 01:03:04.000005"},
			{-(49*time.Hour + 3*time.Minute + 4*time.Second + 5*time.Microsecond), "-02 01:03:04.000005"}, null,
		}},
		{"ROWID", tns.Column{Type: tns.RowID}, []value{same("AAAR3sAAEAAAACXAAA"), same("DAAAAAP//AAAAAZP//"), null}},
		{"LONG", tns.Column{Type: tns.Long}, []value{same("x"), same(long), {"", nil}, null}},
		{"LONG RAW", tns.Column{Type: tns.LongRaw}, []value{same([]byte(long)), null}},
		{"CLOB", tns.Column{Type: tns.Clob}, []value{same("x"), same(long), {"", nil}, null}},
		{"NCLOB", tns.Column{Type: tns.Clob, National: true}, []value{same(long), null}},
		{"BLOB", tns.Column{Type: tns.Blob}, []value{same([]byte{0}), same([]byte(long)), null}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.column.Name, tt.column.Nullable = "V", true
			_, db := serve(t, func(context.Context, *memorySession, string, []tns.Bind) (*tns.Result, error) {
				var all [][]any
				for i, v := range tt.values {
					all = append(all, []any{int64(i), v.sent})
				}
				return rows([]tns.Column{{Name: "I", Type: tns.NumberType}, tt.column}, all...), nil
			})
			for range 2 {
				r, err := db.Query("SELECT I, V FROM T")
				require.NoError(t, err)
				for i, v := range tt.values {
					require.True(t, r.Next(), "row %d: %v", i, r.Err())
					var n int
					var got any
					require.NoError(t, r.Scan(&n, &got))
					require.Equal(t, i, n)
					if want, ok := v.want.(time.Time); ok {
						require.Equal(t, want.Format(time.RFC3339Nano), got.(time.Time).Format(time.RFC3339Nano))
						continue
					}
					require.Equal(t, v.want, got, "row %d", i)
				}
				require.False(t, r.Next())
				require.NoError(t, r.Err())
			}
		})
	}
}

func berlin(t *testing.T) *time.Location {
	zone, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	return zone
}

// TestBindValues sends Go values of every kind to the server.
func TestBindValues(t *testing.T) {
	t.Parallel()
	got := make(chan recorded, 1)
	_, db := serve(t, record(got))
	var nobody *string
	long := strings.Repeat("größe€😀", 10_000)
	for _, tt := range []struct {
		name     string
		arg      any
		wantType tns.DataType
		want     any
	}{
		{"int", 42, tns.NumberType, tns.Number("42")},
		{"zero", 0, tns.NumberType, tns.Number("0")},
		{"negative", -12345, tns.NumberType, tns.Number("-12345")},
		{"most", int64(math.MaxInt64), tns.NumberType, tns.Number("9223372036854775807")},
		{"least", int64(math.MinInt64), tns.NumberType, tns.Number("-9223372036854775808")},
		{"uint64", uint64(math.MaxUint64), tns.NumberType, tns.Number("18446744073709551615")},
		{"float", 0.125, tns.NumberType, tns.Number("0.125")},
		{"negative float", -1234.5, tns.NumberType, tns.Number("-1234.5")},
		{"bool", true, tns.NumberType, tns.Number("1")},
		{"string", "größe € 日本 😀", tns.Varchar2, "größe € 日本 😀"},
		{"empty string", "", tns.Varchar2, nil},
		{"nil", nil, tns.Varchar2, nil},
		{"nil pointer", nobody, tns.Varchar2, nil},
		{"253 bytes", strings.Repeat("x", 253), tns.Varchar2, strings.Repeat("x", 253)},
		{"long string", long, tns.Long, long},
		{"national string", goora.NVarChar("größe 😀"), tns.Varchar2, "größe 😀"},
		{"bytes", []byte{0, 0xFF}, tns.Raw, []byte{0, 0xFF}},
		{"long bytes", []byte(long), tns.LongRaw, []byte(long)},
		{"no bytes", []byte{}, tns.Raw, nil},
		{"time", at(time.UTC, 2026, 1, 31, 1, 2, 3, 456), tns.TimestampTZ, at(time.UTC, 2026, 1, 31, 1, 2, 3, 456)},
		{"time before 1970", at(cet, 1910, 5, 6, 7, 8), tns.TimestampTZ, at(cet, 1910, 5, 6, 7, 8)},
		{"time with minutes in its zone", at(marquesas, 2026, 5, 6, 7, 8), tns.TimestampTZ, at(marquesas, 2026, 5, 6, 7, 8)},
		{"time in a region", at(berlin(t), 2026, 7, 1, 12), tns.TimestampTZ, at(time.UTC, 2026, 7, 1, 10)}, // the instant is right, the zone is lost
		{"timestamp", goora.TimeStamp(at(cet, 2026, 5, 6, 7, 8, 9, 1000)), tns.Timestamp, at(time.UTC, 2026, 5, 6, 7, 8, 9, 1000)},
		{"CLOB", goora.Clob{String: long, Valid: true}, tns.Clob, long},
		{"NCLOB", goora.NClob{String: long, Valid: true}, tns.Clob, long},
		{"NULL CLOB", goora.Clob{}, tns.Clob, nil},
		{"BLOB", goora.Blob{Data: []byte(long), Valid: true}, tns.Blob, []byte(long)},
	} {
		_, err := db.Exec("UPDATE T SET FIRST = :1, V = :2, LAST = :3", "first", tt.arg, "last")
		require.NoError(t, err, tt.name)
		binds := (<-got).binds
		require.Len(t, binds, 3)
		require.Equal(t, []any{"first", "last"}, []any{binds[0].Value, binds[2].Value}, tt.name)
		require.Equal(t, tt.wantType, binds[1].Type, tt.name)
		if want, ok := tt.want.(time.Time); ok {
			require.Equal(t, want.Format(time.RFC3339Nano), binds[1].Value.(time.Time).Format(time.RFC3339Nano), tt.name)
			continue
		}
		require.Equal(t, tt.want, binds[1].Value, tt.name)
	}
}

func TestColumnTypes(t *testing.T) {
	t.Parallel()
	_, db := serve(t, func(context.Context, *memorySession, string, []tns.Bind) (*tns.Result, error) {
		return rows([]tns.Column{
			{Name: "ID", Type: tns.NumberType, Precision: 10, Scale: 2},
			{Name: "naïve Name", Type: tns.Varchar2, Size: 30, Nullable: true},
			{Name: "AT", Type: tns.Timestamp, Scale: 6, Nullable: true},
			{Name: "DOC", Type: tns.Raw, Size: 16},
		}), nil
	})
	r, err := db.Query("SELECT * FROM T")
	require.NoError(t, err)
	defer r.Close()
	names, err := r.Columns()
	require.NoError(t, err)
	require.Equal(t, []string{"ID", "naïve Name", "AT", "DOC"}, names)
	types, err := r.ColumnTypes()
	require.NoError(t, err)
	precision, scale, ok := types[0].DecimalSize()
	require.True(t, ok)
	require.EqualValues(t, []int64{10, 2}, []int64{precision, scale})
	size, ok := types[1].Length()
	require.True(t, ok)
	require.EqualValues(t, 30, size)
	for i, want := range []bool{false, true, true, false} {
		nullable, ok := types[i].Nullable()
		require.True(t, ok)
		require.Equal(t, want, nullable, names[i])
	}
	require.Equal(t, "TimeStampDTY", types[2].DatabaseTypeName())
}

func TestManyColumns(t *testing.T) {
	t.Parallel()
	const n = 300
	_, db := serve(t, func(context.Context, *memorySession, string, []tns.Bind) (*tns.Result, error) {
		columns, row := make([]tns.Column, n), make([]any, n)
		for i := range n {
			columns[i] = tns.Column{Name: "C" + strings.Repeat("X", i%30), Type: tns.NumberType, Nullable: true}
			if i%3 > 0 {
				row[i] = int64(i)
			}
		}
		return rows(columns, row, row), nil
	})
	r, err := db.Query("SELECT * FROM T")
	require.NoError(t, err)
	for range 2 {
		require.True(t, r.Next())
		got, into := make([]*int, n), make([]any, n)
		for i := range got {
			into[i] = &got[i]
		}
		require.NoError(t, r.Scan(into...))
		require.Nil(t, got[0])
		require.Equal(t, 299, *got[299])
	}
	require.False(t, r.Next())
	require.NoError(t, r.Err())
}
