// SPDX-License-Identifier: Apache-2.0

package compare_test

import (
	"context"
	"strconv"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/compare"
)

// BenchmarkCompare reads a table of ordinary columns on both sides from memory: what is measured is the canonical form and the hash.
func BenchmarkCompare(b *testing.B) {
	at := time.Date(2026, 1, 31, 10, 0, 0, 0, time.UTC)
	table := compare.Table{Key: []int{0}, Columns: []compare.Column{
		{Source: "ID", OracleType: "NUMBER", PostgresType: "bigint"}, {Source: "PRICE", OracleType: "NUMBER", PostgresType: "numeric"},
		{Source: "SOLD", OracleType: "DATE", PostgresType: "timestamp without time zone"}, {Source: "NAME", OracleType: "VARCHAR2(50)", PostgresType: "text"}}}
	side := func(row func(i int) []any) compare.Side {
		return func(compare.Table) compare.Rows {
			return func(_ context.Context, yield func([]any) error) error {
				for i := range b.N {
					if err := yield(row(i)); err != nil {
						return err
					}
				}
				return nil
			}
		}
	}
	b.ReportAllocs()
	report, err := compare.Compare(b.Context(), []compare.Table{table}, compare.Options{
		Source: side(func(i int) []any { return []any{strconv.Itoa(i), "12.50", at, "Somebody of the audience"} }),
		Target: side(func(i int) []any {
			return []any{strconv.Itoa(i), "12.5", "2026-01-31 10:00:00", "Somebody of the audience"}
		}),
	})
	if err != nil || !report.Equal() {
		b.Fatal(err, report)
	}
}
