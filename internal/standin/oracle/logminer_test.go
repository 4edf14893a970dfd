// SPDX-License-Identifier: Apache-2.0

package oracle_test

import (
	"context"
	"database/sql"
	"fmt"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/standin/oracle"
	"github.com/stretchr/testify/require"
)

var rowIDs = regexp.MustCompile(`ROWID = '[^']*'`)

const startLogMiner = "BEGIN DBMS_LOGMNR.START_LOGMNR(STARTSCN => :1, OPTIONS => DBMS_LOGMNR.DICT_FROM_ONLINE_CATALOG + DBMS_LOGMNR.COMMITTED_DATA_ONLY); END;"

// mine reads the redo after an SCN.
func mine(t testing.TB, db *sql.DB, after int64) [][]string {
	t.Helper()
	conn, err := db.Conn(context.Background())
	require.NoError(t, err)
	defer conn.Close()
	_, err = conn.ExecContext(context.Background(), startLogMiner, after)
	require.NoError(t, err)
	rows, err := conn.QueryContext(context.Background(), `SELECT OPERATION, SEG_OWNER, TABLE_NAME, SQL_REDO, COMMIT_SCN, SCN, XID, ROW_ID, COMMIT_TIMESTAMP
		FROM V$LOGMNR_CONTENTS
		WHERE COMMIT_SCN > :1 ORDER BY COMMIT_SCN, SCN, RS_ID`, after)
	require.NoError(t, err)
	defer rows.Close()
	var all [][]string
	for rows.Next() {
		var operation, owner, table, redo, rowID string
		var commit, scn int64
		var xid []byte
		var at time.Time
		require.NoError(t, rows.Scan(&operation, &owner, &table, &redo, &commit, &scn, &xid, &rowID, &at))
		require.LessOrEqual(t, scn, commit)
		require.Len(t, xid, 8)
		require.Len(t, rowID, 18)
		all = append(all, []string{operation, owner + "." + table, redo, fmt.Sprint(commit)})
	}
	require.NoError(t, rows.Err())
	return all
}

func TestRedoIsLogMiners(t *testing.T) {
	t.Parallel()
	s, app := play(t, nil)
	dms := open(t, s, "DMS")
	_, err := dms.Exec("SELECT * FROM v$logmnr_contents")
	require.Equal(t, 1306, code(t, err))
	_, err = app.Exec(startLogMiner, 1)
	require.Equal(t, 6550, code(t, err))
	change(t, app, `CREATE TABLE t (id NUMBER(10), "Name" VARCHAR2(30), price NUMBER(8,2), born DATE, seen TIMESTAMP(6), 
		raw1 RAW(4), note CLOB, PRIMARY KEY (id))`)
	change(t, app, "CREATE TABLE keyless (a NUMBER, b CHAR(3), c BLOB)")
	before := one[int64](t, dms, "SELECT current_scn FROM v$database")
	tx, err := app.Begin()
	require.NoError(t, err)
	change(t, tx, `INSERT INTO t VALUES (1, 'it''s', 0.5, DATE '2026-01-31', TIMESTAMP '2026-01-31 10:00:00.123456', HEXTORAW('01ff'), 'text')`)
	change(t, tx, "INSERT INTO t (id) VALUES (2)")
	require.Empty(t, mine(t, dms, before))
	require.NoError(t, tx.Commit())
	change(t, app, `UPDATE t SET "Name" = NULL, price = 12.50, note = 'more' WHERE id = 1`)
	change(t, app, "UPDATE t SET id = 3 WHERE id = 2")
	change(t, app, "DELETE FROM t WHERE id = 3")
	change(t, app, "INSERT INTO keyless VALUES (NULL, 'x', HEXTORAW('00'))")
	change(t, app, "UPDATE keyless SET a = 1")
	tx, err = app.Begin()
	require.NoError(t, err)
	change(t, tx, "DELETE FROM t")
	require.NoError(t, tx.Rollback())

	got := mine(t, dms, before)
	address := regexpRowID(t, got)
	want := [][2]string{
		{"INSERT", `insert into "APP"."T"("ID","Name","PRICE","BORN","SEEN","RAW1","NOTE") values ('1','it''s','.5',TO_DATE('2026-01-31 00:00:00', 'YYYY-MM-DD HH24:MI:SS'),TO_TIMESTAMP('2026-01-31 10:00:00.123456', 'YYYY-MM-DD HH24:MI:SS.FF6'),HEXTORAW('01ff'),EMPTY_CLOB());`},
		{"INSERT", `insert into "APP"."T"("ID","Name","PRICE","BORN","SEEN","RAW1","NOTE") values ('2',NULL,NULL,NULL,NULL,NULL,NULL);`},
		{"UPDATE", `update "APP"."T" set "Name" = NULL, "PRICE" = '12.5', "NOTE" = EMPTY_CLOB() where "ID" = '1' and ROWID = 'R';`},
		{"UPDATE", `update "APP"."T" set "ID" = '3' where "ID" = '2' and ROWID = 'R';`},
		{"DELETE", `delete from "APP"."T" where "ID" = '3' and ROWID = 'R';`},
		{"INSERT", `insert into "APP"."KEYLESS"("A","B","C") values (NULL,'x  ',EMPTY_BLOB());`},
		{"UPDATE", `update "APP"."KEYLESS" set "A" = '1' where "A" IS NULL and "B" = 'x  ' and ROWID = 'R';`},
	}
	require.Len(t, address, len(want))
	for i, w := range want {
		require.Equal(t, w[0], address[i][0])
		require.Equal(t, w[1], address[i][2])
	}
	require.Equal(t, got[0][3], got[1][3], "one transaction, one commit")
	require.Less(t, got[1][3], got[2][3])
}

// regexpRowID puts R in place of the addresses.
func regexpRowID(t testing.TB, rows [][]string) [][]string {
	t.Helper()
	var all [][]string
	for _, row := range rows {
		all = append(all, []string{row[0], row[1], rowIDs.ReplaceAllString(row[2], "ROWID = 'R'"), row[3]})
	}
	return all
}

func TestRedoHasOnlyWhatIsLogged(t *testing.T) {
	t.Parallel()
	s, app := play(t, func(o *oracle.Options) { o.SupplementalLogPK = false })
	dms := open(t, s, "DMS")
	change(t, app, "CREATE TABLE t (id NUMBER PRIMARY KEY, v NUMBER, w NUMBER)")
	change(t, app, "INSERT INTO t VALUES (1, 1, 1)")
	last := func() string {
		rows := regexpRowID(t, mine(t, dms, 0))
		return rows[len(rows)-1][2]
	}
	change(t, app, "UPDATE t SET v = 2")
	require.Equal(t, `update "APP"."T" set "V" = '2' where "V" = '1' and ROWID = 'R';`, last())
	require.Equal(t, "NO", one[string](t, dms, "SELECT supplemental_log_data_pk FROM v$database"))
	change(t, app, "ALTER TABLE t ADD SUPPLEMENTAL LOG DATA (PRIMARY KEY) COLUMNS")
	require.Equal(t, "PRIMARY KEY LOGGING", one[string](t, app, "SELECT log_group_type FROM user_log_groups WHERE table_name = 'T'"))
	change(t, app, "UPDATE t SET v = 3")
	require.Equal(t, `update "APP"."T" set "V" = '3' where "ID" = '1' and ROWID = 'R';`, last())
	change(t, app, "ALTER TABLE t ADD SUPPLEMENTAL LOG DATA (ALL) COLUMNS")
	change(t, app, "UPDATE t SET v = 4")
	require.Equal(t, `update "APP"."T" set "V" = '4' where "ID" = '1' and "V" = '3' and "W" = '1' and ROWID = 'R';`, last())
	change(t, app, "ALTER TABLE t DROP SUPPLEMENTAL LOG DATA (ALL) COLUMNS")
	change(t, app, "ALTER TABLE t DROP SUPPLEMENTAL LOG DATA (PRIMARY KEY) COLUMNS")
	change(t, open(t, s, "ADMIN"), "ALTER DATABASE ADD SUPPLEMENTAL LOG DATA (PRIMARY KEY) COLUMNS")
	change(t, app, "UPDATE t SET v = 5")
	require.Equal(t, `update "APP"."T" set "V" = '5' where "ID" = '1' and ROWID = 'R';`, last())
	require.Equal(t, "YES", one[string](t, dms, "SELECT supplemental_log_data_pk FROM v$database"))
}

// While others commit, every snapshot must agree with its CURRENT_SCN: the redo up to it makes exactly the rows that it sees.
func TestSnapshotsAgreeWithTheSCN(t *testing.T) {
	t.Parallel()
	s, app := play(t, nil)
	change(t, app, "CREATE TABLE t (id NUMBER PRIMARY KEY)")
	ctx, stop := context.WithCancel(context.Background())
	var writers sync.WaitGroup
	for w := range 4 {
		writers.Add(1)
		go func() {
			defer writers.Done()
			for i := 0; ctx.Err() == nil; i++ {
				if _, err := app.Exec("INSERT INTO t VALUES (:1)", w*1000000+i); err != nil {
					t.Error(err)
					return
				}
			}
		}()
	}
	dms := open(t, s, "DMS")
	last := int64(0)
	for range 60 {
		conn, err := dms.Conn(context.Background())
		require.NoError(t, err)
		_, err = conn.ExecContext(context.Background(), "SET TRANSACTION READ ONLY")
		require.NoError(t, err)
		var scn, count int64
		require.NoError(t, conn.QueryRowContext(context.Background(), "SELECT current_scn FROM v$database").Scan(&scn))
		require.NoError(t, conn.QueryRowContext(context.Background(), "SELECT COUNT(*) FROM app.t").Scan(&count))
		_, err = conn.ExecContext(context.Background(), "INSERT INTO app.t VALUES (-1)")
		require.Error(t, err)
		_, err = conn.ExecContext(context.Background(), "COMMIT")
		require.NoError(t, err)
		_, err = conn.ExecContext(context.Background(), startLogMiner, 1)
		require.NoError(t, err)
		var mined int64
		require.NoError(t, conn.QueryRowContext(context.Background(), "SELECT COUNT(*) FROM v$logmnr_contents WHERE commit_scn <= :1",
			scn).Scan(&mined))
		require.Equal(t, count, mined)
		require.GreaterOrEqual(t, scn, last)
		last = scn
		require.NoError(t, conn.Close())
	}
	stop()
	writers.Wait()
	require.Greater(t, last, int64(1000010))
}
