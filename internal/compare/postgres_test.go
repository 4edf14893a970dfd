// SPDX-License-Identifier: Apache-2.0

package compare_test

import (
	"context"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/compare"
	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) { testenv.Main(m) }

func target(t *testing.T, statements ...string) *pgxpool.Pool {
	t.Helper()
	pool, err := pgxpool.New(t.Context(), testenv.Postgres(t))
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	for _, s := range statements {
		_, err := pool.Exec(t.Context(), s)
		require.NoError(t, err)
	}
	return pool
}

// everything has a column of every kind, with a name that needs quoting.
var everything = compare.Table{
	Source: compare.Name{Schema: "BOXOFFICE", Table: "Ticket\"s"}, Target: compare.Name{Schema: "boxoffice", Table: `ticket"s`},
	Columns: []compare.Column{
		{Source: "ID", Target: "id", OracleType: "NUMBER", PostgresType: "bigint"},
		{Source: "PRICE", Target: "price", OracleType: "NUMBER", PostgresType: "numeric(10,2)"},
		{Source: "RATE", Target: "rate", OracleType: "NUMBER", PostgresType: "double precision"},
		{Source: "SOLD", Target: "sold", OracleType: "DATE", PostgresType: "timestamp(0) without time zone"},
		{Source: "SEEN", Target: "seen", OracleType: "TIMESTAMP(6) WITH TIME ZONE", PostgresType: "timestamp(6) with time zone"},
		{Source: "CODE", Target: "code", OracleType: "CHAR(4)", PostgresType: "character(4)"},
		{Source: "Note", Target: "no te", OracleType: "VARCHAR2(100)", PostgresType: "character varying(100)"},
		{Source: "SCAN", Target: "scan", OracleType: "BLOB", PostgresType: "bytea"},
		{Source: "TEXT", Target: "text", OracleType: "CLOB", PostgresType: "text"},
		{Source: "FILE", Target: "file", OracleType: "BFILE", PostgresType: "character varying(10)"},
	},
	Key: []int{0},
}

var everythingDDL = []string{`CREATE SCHEMA boxoffice`,
	`CREATE TABLE boxoffice."ticket""s" (id bigint, price numeric(10,2), rate double precision, sold timestamp(0), seen timestamptz(6), code char(4),
		"no te" varchar(100), scan bytea, text text, file varchar(10))`,
	`INSERT INTO boxoffice."ticket""s" VALUES
		(1, 12.50, 0.1, '2026-01-31 10:00:00', '2026-01-31 10:00:00.5+02', 'ab', 'Æ''"', '\x00ff', repeat('long ', 5000), NULL),
		(2, -3, 1e300, NULL, NULL, NULL, '', '', '', 'left out')`}

func everythingOnTheSource() [][]any {
	zone := time.FixedZone("", 2*3600)
	long := make([]byte, 0, 25000)
	for range 5000 {
		long = append(long, "long "...)
	}
	return [][]any{
		{"2", "-3", "1E300", nil, nil, nil, nil, nil, nil, nil},
		{"1", "12.5", ".1", time.Date(2026, 1, 31, 10, 0, 0, 0, time.UTC), time.Date(2026, 1, 31, 10, 0, 0, 500_000_000, zone), "ab  ", "Æ'\"",
			[]byte{0, 255}, string(long), nil},
	}
}

func TestPostgresIsReadInCanonicalForm(t *testing.T) {
	t.Parallel()
	pool := target(t, everythingDDL...)
	source := rowsOf(everythingOnTheSource()...)
	result := one(t, everything, source, compare.PostgresSide(pool))
	require.Empty(t, result.Error)
	require.True(t, result.Equal, "%+v", result)
	require.Equal(t, "not compared: FILE (BFILE)", result.Note)

	_, err := pool.Exec(t.Context(), `UPDATE boxoffice."ticket""s" SET scan = '\x00fe' WHERE id = 1`)
	require.NoError(t, err)
	result = one(t, everything, source, compare.PostgresSide(pool))
	require.False(t, result.Equal)
	require.Equal(t, []compare.Sample{{Key: []string{"1"}, Kind: compare.Different}}, result.Samples)
}

func TestSettingsOfTheDatabaseDoNotMatter(t *testing.T) {
	t.Parallel()
	pool := target(t, everythingDDL...)
	_, err := pool.Exec(t.Context(), `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET DateStyle = ''German''', current_database());
		EXECUTE format('ALTER DATABASE %I SET TimeZone = ''America/New_York''', current_database());
		EXECUTE format('ALTER DATABASE %I SET extra_float_digits = -10', current_database());
		EXECUTE format('ALTER DATABASE %I SET bytea_output = ''escape''', current_database()); END $$`)
	require.NoError(t, err)
	pool.Reset()
	var style string
	require.NoError(t, pool.QueryRow(t.Context(), "SHOW DateStyle").Scan(&style))
	require.Contains(t, style, "German")
	require.True(t, one(t, everything, rowsOf(everythingOnTheSource()...), compare.PostgresSide(pool)).Equal)
	require.NoError(t, pool.QueryRow(t.Context(), "SHOW DateStyle").Scan(&style))
	require.Contains(t, style, "German", "the connection's own settings come back")
}

func TestPostgresIsReadInOneSnapshot(t *testing.T) {
	t.Parallel()
	pool := target(t, "CREATE TABLE t (id bigint)", "INSERT INTO t SELECT generate_series(1, 20000)")
	table := compare.Table{Source: compare.Name{Schema: "S", Table: "T"}, Target: compare.Name{Schema: "public", Table: "t"},
		Columns: []compare.Column{{Source: "ID", Target: "id", OracleType: "NUMBER", PostgresType: "bigint"}}}
	read := 0
	err := compare.PostgresSide(pool)(table)(t.Context(), func([]any) error {
		if read++; read == 1 {
			_, err := pool.Exec(context.Background(), "INSERT INTO t SELECT generate_series(20001, 40000)")
			return err
		}
		return nil
	})
	require.NoError(t, err)
	require.Equal(t, 20000, read)
}

func TestPostgresTroubleNamesTheTable(t *testing.T) {
	t.Parallel()
	pool := target(t)
	table := compare.Table{Target: compare.Name{Schema: "nowhere", Table: "t"}, Columns: []compare.Column{text("a")}}
	result := one(t, table, rowsOf(), compare.PostgresSide(pool))
	require.Contains(t, result.Error, "read nowhere.t on the target")
	require.Contains(t, result.Error, "42P01")
}
