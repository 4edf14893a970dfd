// SPDX-License-Identifier: Apache-2.0

package compare_test

import (
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/compare"
	"github.com/ferryman/ferryman/internal/config"
	"github.com/ferryman/ferryman/internal/standin/oracle"
	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/stretchr/testify/require"
)

// item has a column of each kind that go-ora brings in a form of its own.
var item = compare.Table{
	Source: compare.Name{Schema: "BOX", Table: "ITEM"}, Target: compare.Name{Schema: "box", Table: "item"},
	Columns: []compare.Column{
		{Source: "ID", Target: "id", OracleType: "NUMBER", PostgresType: "bigint"},
		{Source: "PRICE", Target: "price", OracleType: "NUMBER", PostgresType: "numeric(20,6)"},
		{Source: "MADE", Target: "made", OracleType: "DATE", PostgresType: "timestamp(0) without time zone"},
		{Source: "SEEN", Target: "seen", OracleType: "TIMESTAMP(6)", PostgresType: "timestamp(6) without time zone"},
		{Source: "CODE", Target: "code", OracleType: "CHAR(5)", PostgresType: "character(5)"},
		{Source: "NAME", Target: "name", OracleType: "VARCHAR2(50)", PostgresType: "character varying(50)"},
		{Source: "MARK", Target: "mark", OracleType: "RAW(16)", PostgresType: "bytea"},
		{Source: "NOTE", Target: "note", OracleType: "CLOB", PostgresType: "text"},
		{Source: "SCAN", Target: "scan", OracleType: "BLOB", PostgresType: "bytea"},
	},
	Key: []int{0},
}

// live is an Oracle stand-in whose user BOX has the table ITEM with n rows.
func live(t *testing.T, n int) (*oracle.Server, *sql.DB) {
	t.Helper()
	server, err := oracle.Start(t.Context(), oracle.Options{Postgres: testenv.Server(t), Users: []oracle.User{{Name: "BOX", Password: "box/pass", Roles: []string{"CONNECT", "RESOURCE"}}}})
	require.NoError(t, err)
	t.Cleanup(server.Close)
	db := oracle.OpenDB(server.URL("BOX"))
	t.Cleanup(func() { _ = db.Close() })
	_, err = db.ExecContext(t.Context(), `CREATE TABLE ITEM (ID NUMBER(10) PRIMARY KEY, PRICE NUMBER(20,6), MADE DATE, SEEN TIMESTAMP(6), CODE CHAR(5), NAME VARCHAR2(50),
		MARK RAW(16), NOTE CLOB, SCAN BLOB)`)
	require.NoError(t, err)
	at := time.Date(2026, 1, 31, 10, 0, 0, 0, time.UTC)
	for id := range n {
		_, err := db.ExecContext(t.Context(), `INSERT INTO ITEM VALUES (:1, :2, :3, :4, :5, :6, :7, :8, :9)`, id, fmt.Sprintf("%d.125", -id), at.Add(time.Duration(id)*time.Hour),
			at.Add(time.Duration(id)*time.Microsecond), "ab", fmt.Sprintf("Næme %d", id), []byte{byte(id), 0, 255}, strings.Repeat("x", id%7*1000), []byte(strings.Repeat("\x00y", id%5*1000)))
		require.NoError(t, err)
	}
	return server, db
}

const itemOnTheTarget = `CREATE SCHEMA box; CREATE TABLE box.item (id bigint PRIMARY KEY, price numeric(20,6), made timestamp(0), seen timestamp(6), code char(5), name varchar(50),
	mark bytea, note text, scan bytea);
	INSERT INTO box.item SELECT i, -i - CASE WHEN i > 0 THEN 0.125 ELSE -0.125 END, timestamp '2026-01-31 10:00' + i * interval '1 hour', timestamp '2026-01-31 10:00' + i * interval '1 microsecond',
		'ab', 'Næme ' || i, set_byte('\x0000ff', 0, i %% 256), repeat('x', i %% 7 * 1000), decode(repeat('0079', i %% 5 * 1000), 'hex') FROM generate_series(0, %d) i`

func TestOracleIsReadThroughItsDriver(t *testing.T) {
	t.Parallel()
	server, db := live(t, 60)
	pool := target(t, fmt.Sprintf(itemOnTheTarget, 59))
	source := compare.OracleSide(config.Secret(server.URL("BOX")), compare.OracleOptions{FetchRows: 25})
	result := one(t, item, source, compare.PostgresSide(pool))
	require.Empty(t, result.Error)
	require.True(t, result.Equal, "%+v", result)
	require.Equal(t, int64(60), result.SourceRows)

	_, err := db.ExecContext(t.Context(), "UPDATE ITEM SET PRICE = PRICE + 1 WHERE ID = 7")
	require.NoError(t, err)
	_, err = db.ExecContext(t.Context(), "DELETE FROM ITEM WHERE ID = 59")
	require.NoError(t, err)
	result = one(t, item, source, compare.PostgresSide(pool))
	require.False(t, result.Equal)
	require.Equal(t, []compare.Sample{{Key: []string{"7"}, Kind: compare.Different}, {Key: []string{"59"}, Kind: compare.Extra}}, result.Samples)
}

func TestOracleIsReadInOneSnapshot(t *testing.T) {
	t.Parallel()
	server, db := live(t, 60)
	read := 0
	err := compare.OracleSide(config.Secret(server.URL("BOX")), compare.OracleOptions{FetchRows: 5})(item)(t.Context(), func([]any) error {
		if read++; read == 1 {
			_, err := db.ExecContext(t.Context(), "DELETE FROM ITEM WHERE ID > 10")
			return err
		}
		return nil
	})
	require.NoError(t, err)
	require.Equal(t, 60, read)
}

func TestAnOracleThatGoesAwayIsAnError(t *testing.T) {
	t.Parallel()
	server, _ := live(t, 60)
	read := 0
	err := compare.OracleSide(config.Secret(server.URL("BOX")), compare.OracleOptions{FetchRows: 5, Stall: time.Second})(item)(t.Context(), func([]any) error {
		if read++; read == 1 {
			server.ClosePort()
		}
		return nil
	})
	require.ErrorContains(t, err, "read BOX.ITEM on the source")
	require.Less(t, read, 60)

	require.NoError(t, server.OpenPort())
	enough := errors.New("enough")
	err = compare.OracleSide(config.Secret(server.URL("BOX")), compare.OracleOptions{})(item)(t.Context(), func([]any) error { return enough })
	require.ErrorIs(t, err, enough)

	wrong := strings.Replace(server.URL("BOX"), "box%2Fpass", "hunter2", 1)
	err = compare.OracleSide(config.Secret(wrong), compare.OracleOptions{})(item)(t.Context(), func([]any) error { return nil })
	require.ErrorContains(t, err, "ORA-01017")
	require.NotContains(t, err.Error(), "hunter2")
}
