// SPDX-License-Identifier: Apache-2.0

package oracle_test

import (
	"testing"

	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/stretchr/testify/require"
)

// BenchmarkFetch reads 100,000 rows of five columns through go-ora.
func BenchmarkFetch(b *testing.B) {
	_, db := play(b, nil)
	change(b, db, "CREATE TABLE t (id NUMBER(10), name VARCHAR2(40), price NUMBER(8,2), born DATE, seen TIMESTAMP(6))")
	change(b, db, "INSERT INTO t SELECT LEVEL, 'name ' || LEVEL, LEVEL / 100, SYSDATE, SYSTIMESTAMP FROM dual CONNECT BY LEVEL <= 100000")
	for b.Loop() {
		rows, err := db.Query("SELECT * FROM t")
		require.NoError(b, err)
		n := 0
		for rows.Next() {
			n++
		}
		require.NoError(b, rows.Err())
		require.NoError(b, rows.Close())
		require.Equal(b, 100000, n)
	}
	b.ReportMetric(100000*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

// BenchmarkInsert inserts single rows with binds, each its own commit.
func BenchmarkInsert(b *testing.B) {
	_, db := play(b, nil)
	change(b, db, "CREATE TABLE t (id NUMBER(10) PRIMARY KEY, name VARCHAR2(40))")
	i := 0
	for b.Loop() {
		i++
		change(b, db, "INSERT INTO t VALUES (:1, :2)", i, "name")
	}
}

// BenchmarkStart loads AWS's sample schema with its data.
func BenchmarkStart(b *testing.B) {
	dir := testenv.Inputs(b, "dms_sample")
	for b.Loop() {
		start(b, "DMS_SAMPLE", nil, dir).Close()
	}
}

// BenchmarkPoll asks LogMiner for what is new behind 20,000 commits, as a replication task does again and again.
func BenchmarkPoll(b *testing.B) {
	s, db := play(b, nil)
	change(b, db, "CREATE TABLE t (id NUMBER(10) PRIMARY KEY)")
	for i := range 20000 {
		change(b, db, "INSERT INTO t VALUES (:1)", i)
	}
	dms := open(b, s, "DMS")
	scn := one[int64](b, dms, "SELECT current_scn FROM v$database")
	for b.Loop() {
		require.Len(b, mine(b, dms, scn-5), 5)
	}
}
