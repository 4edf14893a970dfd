// SPDX-License-Identifier: Apache-2.0

package oracle_test

import (
	"context"
	"database/sql"
	"strings"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/stretchr/testify/require"
)

func TestQueriesMeanWhatTheyMeanInOracle(t *testing.T) {
	t.Parallel()
	_, db := play(t, nil)
	change(t, db, "CREATE TABLE dept (id NUMBER(4) PRIMARY KEY, name VARCHAR2(20), head NUMBER(4))")
	change(t, db, "CREATE TABLE emp (id NUMBER(4) PRIMARY KEY, dept_id NUMBER(4), name VARCHAR2(20), pay NUMBER(8,2), hired DATE, code VARCHAR2(5), cv CLOB)")
	for i, name := range []string{"sales", "it", "hr"} {
		change(t, db, "INSERT INTO dept (id, name) VALUES (:1, :2)", i+1, name)
	}
	change(t, db, `INSERT INTO emp SELECT LEVEL, MOD(LEVEL, 2) + 1, 'e' || LEVEL, LEVEL * 1000.5, DATE '2026-01-01' + LEVEL,
		TO_CHAR(LEVEL), RPAD('x', LEVEL, 'x') FROM dual CONNECT BY LEVEL <= 10`)
	change(t, db, "UPDATE emp e SET e.name = UPPER(e.name), pay = NULL WHERE e.id = 10")
	for query, want := range map[string]string{
		"SELECT COUNT(*) FROM emp":                                                                                         "10",
		"SELECT MAX(id), MIN(id) FROM emp":                                                                                 "10|1",
		"SELECT id FROM emp WHERE ROWNUM <= 2":                                                                             "1,2",
		"SELECT id FROM emp WHERE ROWNUM < 3 AND id > 4":                                                                   "5,6",
		"SELECT COUNT(*) FROM emp WHERE ROWNUM <= 4":                                                                       "4",
		"SELECT * FROM (SELECT id FROM emp ORDER BY id DESC) WHERE ROWNUM = 1":                                             "10",
		"SELECT ROWNUM, id FROM emp WHERE id < 3":                                                                          "1|1,2|2",
		"SELECT id FROM emp ORDER BY 1 DESC FETCH FIRST 2 ROWS ONLY":                                                       "10,9",
		"SELECT id FROM emp ORDER BY id OFFSET 3 ROWS FETCH NEXT 2 ROWS ONLY":                                              "4,5",
		"SELECT d.name, COUNT(e.id) FROM dept d, emp e WHERE d.id = e.dept_id (+) GROUP BY d.name ORDER BY d.name":         "hr|0,it|5,sales|5",
		"SELECT d.name n FROM dept d LEFT OUTER JOIN emp e ON e.dept_id = d.id AND e.id > 9 WHERE e.id IS NULL ORDER BY n": "hr,it",
		"SELECT name FROM dept WHERE EXISTS (SELECT 1 FROM emp WHERE emp.dept_id = dept.id AND emp.id = 3)":                "it",
		"SELECT NVL(pay, 0), NVL2(pay, 'y', 'n'), COALESCE(pay, -1) FROM emp WHERE id = 10":                                "0|n|-1",
		"SELECT DECODE(id, 1, 'one', 2, 'two', 'many') FROM emp WHERE id IN (1, 2, 3) ORDER BY id":                         "one,two,many",
		"SELECT CASE WHEN id > 5 THEN 'big' ELSE 'small' END FROM emp WHERE id = 6":                                        "big",
		"SELECT TO_CHAR(hired, 'YYYY-MM-DD'), TRUNC(hired) - DATE '2026-01-01' FROM emp WHERE id = 7":                      "2026-01-08|7",
		"SELECT TO_CHAR(0.5), TO_CHAR(12.50), 1/4, 7 || '-' || NULL FROM dual":                                             ".5|12.5|0.25|7-",
		"SELECT SUBSTR('ferryman', 3, 2), SUBSTR('ferryman', -3), INSTR('ferryman', 'r', 1, 2), LENGTH('é') FROM dual":     "rr|man|4|1",
		"SELECT UPPER(name), LOWER(name), LPAD(code, 3, '0') FROM emp WHERE id = 5":                                        "E5|e5|005",
		"SELECT id FROM emp WHERE code = 5":                                                                                "5",
		"SELECT id FROM emp WHERE name LIKE 'e_' AND name <> 'e1' AND id BETWEEN 1 AND 3 ORDER BY id":                      "2,3",
		"SELECT COUNT(*) FROM emp WHERE name = ''":                                                                         "0",
		"SELECT DBMS_LOB.GETLENGTH(cv), LENGTH(cv) FROM emp WHERE id = 9":                                                  "9|9",
		"SELECT TO_NUMBER('12.5') + 1, MOD(7, 3), ROUND(2.567, 2), TRUNC(2.567, 1), FLOOR(-1.5) FROM dual":                 "13.5|1|2.57|2.5|-2",
		"SELECT name FROM dept MINUS SELECT 'hr' FROM dual ORDER BY 1":                                                     "it,sales",
		"SELECT 1 FROM dual UNION ALL SELECT 2 FROM dual":                                                                  "1,2",
		"WITH big AS (SELECT * FROM emp WHERE id > 8) SELECT COUNT(*) FROM big b JOIN dept d ON d.id = b.dept_id":          "2",
		"SELECT LISTAGG(name, '/') WITHIN GROUP (ORDER BY name) FROM dept":                                                 "hr/it/sales",
		"SELECT SUM(pay) OVER (PARTITION BY dept_id ORDER BY id) FROM emp WHERE id IN (1, 3) ORDER BY 1":                   "1000.5,4002",
		"SELECT q'[it's]', N'ü', 'a''b' FROM dual":                                                                         "it's|ü|a'b",
		"SELECT TO_CHAR(TO_DATE('31-01-2026 23:59', 'DD-MM-YYYY HH24:MI'), 'DD.MM.RR HH24:MI:SS') FROM dual":               "31.01.26 23:59:00",
		"SELECT EXTRACT(YEAR FROM hired), ADD_MONTHS(DATE '2026-01-31', 1) FROM emp WHERE id = 1":                          "2026|2026-02-28T00:00:00Z",
		"SELECT USER, SYS_CONTEXT('USERENV', 'CURRENT_SCHEMA') FROM dual":                                                  "APP|APP",
		"SELECT GREATEST(1, 5, 3), LEAST('b', 'a') FROM dual":                                                              "5|a",
		"SELECT name FROM emp WHERE (dept_id, id) IN (SELECT dept_id, MAX(id) FROM emp GROUP BY dept_id) ORDER BY 1":       "E10,e9",
		"SELECT /*+ FULL(e) */ e.* FROM dept e WHERE e.id = 1 -- end":                                                      "1|sales|",
		`SELECT "ID", dept."NAME" FROM app.dept WHERE ID = 2`:                                                              "2|it",
	} {
		var got []string
		for _, row := range selected(t, db, query) {
			got = append(got, strings.Join(row, "|"))
		}
		require.Equal(t, want, strings.Join(got, ","), query)
	}
}

func TestDescriptionsAreTheDictionarys(t *testing.T) {
	t.Parallel()
	_, db := play(t, nil)
	change(t, db, "CREATE TABLE t (id NUMBER(10), price NUMBER(8,2), name VARCHAR2(30), fix CHAR(3), born DATE, seen TIMESTAMP(3),"+
		" at TIMESTAMP WITH TIME ZONE, note CLOB, raw1 RAW(16), f BINARY_DOUBLE)")
	change(t, db, "INSERT INTO t (id, born, at, f) VALUES (1, SYSDATE, SYSTIMESTAMP, 1.5)")
	rows, err := db.Query("SELECT t.*, COUNT(*) OVER () total, MAX(born) OVER () latest, 'x' FROM t")
	require.NoError(t, err)
	defer rows.Close()
	types, err := rows.ColumnTypes()
	require.NoError(t, err)
	var got []string
	for _, c := range types {
		got = append(got, c.Name()+" "+c.DatabaseTypeName())
	}
	require.Equal(t, []string{"ID NUMBER", "PRICE NUMBER", "NAME NCHAR", "FIX CHAR", "BORN DATE", "SEEN TimeStampDTY",
		"AT TimeStampTZ_DTY", "NOTE LongVarChar", "RAW1 RAW", "F IBDouble",
		"TOTAL NUMBER", "LATEST DATE", "'X' NCHAR"}, got)
	precision, scale, ok := types[1].DecimalSize()
	require.True(t, ok)
	require.EqualValues(t, []int64{8, 2}, []int64{precision, scale})
	require.True(t, rows.Next())
}

func TestTwoResultsAtOnceAndCancel(t *testing.T) {
	t.Parallel()
	_, db := play(t, nil)
	change(t, db, "CREATE TABLE t (id NUMBER)")
	change(t, db, "INSERT INTO t SELECT LEVEL FROM dual CONNECT BY LEVEL <= 5000")
	tx, err := db.Begin()
	require.NoError(t, err)
	defer tx.Rollback()
	outer, err := tx.Query("SELECT id FROM t ORDER BY id")
	require.NoError(t, err)
	defer outer.Close()
	n := 0
	for outer.Next() {
		var id int
		require.NoError(t, outer.Scan(&id))
		n++
		require.Equal(t, n, id)
		if n%1000 == 1 {
			require.Equal(t, id, one[int](t, tx, "SELECT id FROM t WHERE id = :1", id))
		}
	}
	require.NoError(t, outer.Err())
	require.Equal(t, 5000, n)

	if testenv.Racing {
		return // go-ora's interrupts have a data race of its own (skipInterrupts in tns): TestPythonOracledb interrupts here
	}
	conn, err := db.Conn(context.Background())
	require.NoError(t, err)
	defer conn.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancel()
	begun := time.Now()
	_, err = conn.ExecContext(ctx, "BEGIN DBMS_SESSION.SLEEP(20); END;")
	require.Error(t, err)
	require.Less(t, time.Since(begun), 10*time.Second)
}

func TestBlocks(t *testing.T) {
	t.Parallel()
	_, db := play(t, nil)
	change(t, db, "CREATE TABLE t (id NUMBER PRIMARY KEY, v VARCHAR2(10))")
	var count int
	_, err := db.Exec("BEGIN INSERT INTO t VALUES (:a, 'x'); INSERT INTO t VALUES (:a + 1, 'y'); "+
		"SELECT COUNT(*) INTO :n FROM t; COMMIT; END;", sql.Named("a", 1), sql.Named("n", sql.Out{Dest: &count}))
	require.NoError(t, err)
	require.Equal(t, 2, count)
	for block, message := range map[string]string{
		"BEGIN nobody.knows(1); END;":                   "PLS-00201: identifier 'NOBODY.KNOWS' must be declared",
		"DECLARE x NUMBER; BEGIN NULL; END;":            "runs no DECLARE",
		"BEGIN FOR i IN 1..3 LOOP NULL; END LOOP; END;": "runs no FOR",
	} {
		_, err := db.Exec(block)
		require.Equal(t, 6550, code(t, err), block)
		require.Contains(t, err.Error(), message)
	}
	_, err = db.Exec("BEGIN INSERT INTO t VALUES (9, 'z'); INSERT INTO t VALUES (1, 'dup'); END;")
	require.Equal(t, 1, code(t, err))
	require.Equal(t, 2, one[int](t, db, "SELECT COUNT(*) FROM t"), "a block that fails has done nothing")
}
