// SPDX-License-Identifier: Apache-2.0

package tns_test

import (
	"context"
	"io"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/standin/oracle/tns"
)

const benchRows = 100_000

// BenchmarkRows fetches 100,000 rows of five columns through go-ora.
func BenchmarkRows(b *testing.B) {
	columns := []tns.Column{
		{Name: "ID", Type: tns.NumberType, Precision: 19}, {Name: "PRICE", Type: tns.NumberType, Precision: 10, Scale: 2},
		{Name: "NAME", Type: tns.Varchar2, Size: 60}, {Name: "AT", Type: tns.Timestamp, Scale: 6},
		{Name: "NOTE", Type: tns.Varchar2, Size: 60, Nullable: true},
	}
	at := time.Date(2026, 1, 31, 20, 0, 0, 0, time.UTC)
	m := &memory{execute: func(context.Context, *memorySession, string, []tns.Bind) (*tns.Result, error) {
		row := make([]any, 5)
		return &tns.Result{Columns: columns, Rows: &generated{next: func(i int) ([]any, error) {
			if i == benchRows {
				return nil, io.EOF
			}
			row[0], row[1], row[2], row[3], row[4] = int64(i), tns.Number("1234.56"), "Row of a benchmark", at, nil
			return row, nil
		}}}, nil
	}}
	_, address := start(b, m)
	db := open(b, address, "")
	for b.Loop() {
		r, err := db.Query("SELECT ID, PRICE, NAME, AT, NOTE FROM T")
		if err != nil {
			b.Fatal(err)
		}
		n := 0
		for r.Next() {
			n++
		}
		if n != benchRows || r.Err() != nil {
			b.Fatal(n, r.Err())
		}
	}
	b.ReportMetric(benchRows*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

// BenchmarkPoint runs a prepared query of one row.
func BenchmarkPoint(b *testing.B) {
	_, address := start(b, &memory{execute: one})
	db := open(b, address, "")
	for b.Loop() {
		var n int
		if err := db.QueryRow("SELECT N FROM T").Scan(&n); err != nil {
			b.Fatal(err)
		}
	}
}
