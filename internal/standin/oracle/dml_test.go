// SPDX-License-Identifier: Apache-2.0

package oracle_test

import (
	"context"
	"database/sql"
	"strings"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/standin/oracle"
	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/stretchr/testify/require"
)

// play gives an empty schema APP and a connection of its owner.
func play(t testing.TB, change func(*oracle.Options)) (*oracle.Server, *sql.DB) {
	s := start(t, "APP", change)
	return s, open(t, s, "APP")
}

func change(t testing.TB, db interface {
	Exec(string, ...any) (sql.Result, error)
}, query string, args ...any) int64 {
	t.Helper()
	r, err := db.Exec(query, args...)
	require.NoError(t, err, query)
	n, err := r.RowsAffected()
	require.NoError(t, err)
	return n
}

func fails(t testing.TB, want int, message string, db interface {
	Exec(string, ...any) (sql.Result, error)
}, query string, args ...any) {
	t.Helper()
	_, err := db.Exec(query, args...)
	require.Error(t, err, query)
	require.Equal(t, want, code(t, err), "%s: %v", query, err)
	require.Contains(t, err.Error(), message)
}

func TestChangesAndErrorsAreOracles(t *testing.T) {
	t.Parallel()
	_, db := play(t, nil)
	change(t, db, `CREATE TABLE parent (id NUMBER(6) CONSTRAINT parent_pk PRIMARY KEY, name VARCHAR2(10) NOT NULL)`)
	change(t, db, `CREATE TABLE child (id NUMBER(6) PRIMARY KEY, parent_id NUMBER(6) CONSTRAINT child_fk REFERENCES parent (id), 
		price NUMBER(5,2) CONSTRAINT price_ck CHECK (price > 0),
		code CHAR(4), born DATE DEFAULT SYSDATE, seen TIMESTAMP(6), note CLOB, photo BLOB, CONSTRAINT code_uk UNIQUE (code, parent_id))`)
	change(t, db, "CREATE SEQUENCE child_seq START WITH 100 INCREMENT BY 10 CACHE 20")
	require.EqualValues(t, 1, change(t, db, "INSERT INTO parent (id, name) VALUES (:1, :2)", 1, "one"))
	born := time.Date(2026, 1, 31, 10, 20, 30, 0, time.UTC)
	change(t, db, "INSERT INTO child (id, parent_id, price, code, born, seen, note, photo)"+
		" VALUES (child_seq.NEXTVAL, :parent, :price, :code, :born, :seen, :note, :photo)",
		sql.Named("parent", 1), sql.Named("price", 12.5), sql.Named("code", "ab"), sql.Named("born", born), sql.Named("seen",
			born.Add(123456*time.Microsecond)),
		sql.Named("note", strings.Repeat("é", 20000)), sql.Named("photo", []byte{0, 1, 2, 255}))
	var id int
	var price float64
	var code, note string
	var gotBorn, seen time.Time
	var photo []byte
	require.NoError(t, db.QueryRow("SELECT c.id, c.price, c.code, c.born, c.seen, c.note, c.photo FROM child c WHERE c.parent_id = :1",
		1).Scan(&id, &price, &code, &gotBorn, &seen, &note, &photo))
	require.Equal(t, 100, id)
	require.InDelta(t, 12.5, price, 0)
	require.Equal(t, "ab  ", code)
	require.Equal(t, "2026-01-31T10:20:30", gotBorn.Format("2006-01-02T15:04:05"))
	require.Equal(t, 123456000, seen.Nanosecond())
	require.Equal(t, 20000, strings.Count(note, "é"))
	require.Equal(t, []byte{0, 1, 2, 255}, photo)
	require.Equal(t, 300, one[int](t, db, "SELECT last_number FROM user_sequences WHERE sequence_name = 'CHILD_SEQ'"))

	fails(t, 1, "(APP.PARENT_PK)", db, "INSERT INTO parent VALUES (1, 'again')")
	fails(t, 1400, `("APP"."PARENT"."NAME")`, db, "INSERT INTO parent VALUES (2, :1)", "")
	fails(t, 1407, `("APP"."PARENT"."NAME")`, db, "UPDATE parent SET name = '' WHERE id = 1")
	fails(t, 12899, `column "APP"."PARENT"."NAME" (actual: 14, maximum: 10)`, db, "UPDATE parent SET name = 'ééééééé'")
	fails(t, 1438, "precision", db, "UPDATE child SET price = 1000")
	fails(t, 1722, "invalid number", db, "UPDATE child SET price = 'abc'")
	fails(t, 2290, "(APP.PRICE_CK)", db, "UPDATE child SET price = 0")
	fails(t, 2291, "(APP.CHILD_FK)", db, "UPDATE child SET parent_id = 99")
	fails(t, 2292, "(APP.CHILD_FK)", db, "DELETE FROM parent")
	fails(t, 1, "(APP.CODE_UK)", db, "INSERT INTO child (id, parent_id, code) VALUES (2, 1, 'ab')")
	change(t, db, "INSERT INTO child (id, code) VALUES (3, 'x')")
	fails(t, 1, "(APP.CODE_UK)", db, "INSERT INTO child (id, code) VALUES (4, 'x')")
	change(t, db, "INSERT INTO child (id) VALUES (5)")
	change(t, db, "INSERT INTO child (id) VALUES (6)")
	fails(t, 942, "table or view", db, "SELECT * FROM nowhere")
	fails(t, 904, `"NONE": invalid identifier`, db, "SELECT none FROM parent")
	fails(t, 904, `"P"."NONE": invalid identifier`, db, "SELECT p.none FROM parent p")
	fails(t, 904, `"NONE": invalid identifier`, db, "INSERT INTO parent (id, none) VALUES (1, 2)")
	fails(t, 900, "invalid SQL", db, "HELLO world")
	fails(t, 923, "FROM keyword", db, "SELECT 1")
	fails(t, 936, "missing expression", db, "SELECT FROM dual")
	fails(t, 933, "not properly ended", db, "SELECT * FROM parent p q")
	fails(t, 955, "already used", db, "CREATE TABLE parent (id NUMBER)")
	fails(t, 947, "not enough", db, "INSERT INTO parent VALUES (1)")
	fails(t, 913, "too many", db, "INSERT INTO parent VALUES (1, 'a', 3)")
	fails(t, 2289, "sequence", db, "SELECT nothing.NEXTVAL FROM dual")
	fails(t, 1476, "divisor", db, "SELECT 1/0 FROM dual")
	fails(t, 2266, "referenced", db, "TRUNCATE TABLE parent")
	fails(t, 2449, "referenced", db, "DROP TABLE parent")
	fails(t, 1756, "quoted string", db, "SELECT 'abc FROM dual")
	fails(t, 911, "invalid character", db, "SELECT 1 FROM dual;")
	change(t, db, "DROP TABLE child")
	change(t, db, "DROP TABLE parent PURGE")
	require.Zero(t, one[int](t, db, "SELECT COUNT(*) FROM user_objects WHERE object_type <> 'SEQUENCE'"))
}

func TestAStatementFailsAlone(t *testing.T) {
	t.Parallel()
	s, db := play(t, nil)
	change(t, db, "CREATE TABLE t (id NUMBER PRIMARY KEY)")
	tx, err := db.Begin()
	require.NoError(t, err)
	change(t, tx, "INSERT INTO t VALUES (1)")
	fails(t, 1, "unique", tx, "INSERT INTO t SELECT LEVEL FROM dual CONNECT BY LEVEL <= 5")
	change(t, tx, "INSERT INTO t VALUES (2)")
	fails(t, 942, "", tx, "SELECT * FROM nowhere")
	require.Equal(t, 2, one[int](t, tx, "SELECT COUNT(*) FROM t"))
	require.Zero(t, one[int](t, db, "SELECT COUNT(*) FROM t"))
	require.Equal(t, 1, one[int](t, open(t, s, "FERRYMAN"), "SELECT COUNT(*) FROM v$transaction t JOIN v$session s ON s.taddr = t.addr WHERE s.username = 'APP'"))
	require.NoError(t, tx.Commit())
	require.Equal(t, 2, one[int](t, db, "SELECT COUNT(*) FROM t"))

	tx, err = db.Begin()
	require.NoError(t, err)
	change(t, tx, "DELETE FROM t")
	change(t, tx, "SAVEPOINT a")
	change(t, tx, "INSERT INTO t VALUES (9)")
	change(t, tx, "ROLLBACK TO SAVEPOINT a")
	require.Zero(t, one[int](t, tx, "SELECT COUNT(*) FROM t"))
	require.NoError(t, tx.Rollback())
	require.Equal(t, 2, one[int](t, db, "SELECT COUNT(*) FROM t"))
}

func TestLocks(t *testing.T) {
	t.Parallel()
	_, db := play(t, nil)
	change(t, db, "CREATE TABLE t (id NUMBER PRIMARY KEY, v NUMBER)")
	change(t, db, "INSERT INTO t VALUES (1, 0)")
	tx, err := db.Begin()
	require.NoError(t, err)
	defer tx.Rollback()
	require.Equal(t, 1, one[int](t, tx, "SELECT id FROM t WHERE id = 1 FOR UPDATE"))
	fails(t, 54, "NOWAIT", db, "SELECT id FROM t FOR UPDATE NOWAIT")
	fails(t, 30006, "WAIT", db, "SELECT id FROM t FOR UPDATE WAIT 1")
	require.Empty(t, selected(t, db, "SELECT id FROM t FOR UPDATE SKIP LOCKED"))
	if testenv.Racing {
		return // as in TestTwoResultsAtOnceAndCancel
	}
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	_, err = db.ExecContext(ctx, "UPDATE t SET v = 1")
	require.Error(t, err)
}

func TestPrivileges(t *testing.T) {
	t.Parallel()
	s, app := play(t, nil)
	change(t, app, "CREATE TABLE t (id NUMBER PRIMARY KEY)")
	change(t, app, "CREATE SEQUENCE s")
	plain := open(t, s, "PLAIN")
	fails(t, 942, "", plain, "SELECT * FROM app.t")
	fails(t, 942, "", plain, "SELECT * FROM dba_tables")
	fails(t, 942, "", plain, "SELECT * FROM v$session")
	fails(t, 1031, "", plain, "CREATE TABLE x (id NUMBER)")
	fails(t, 2289, "", plain, "SELECT app.s.NEXTVAL FROM dual")
	require.Zero(t, one[int](t, plain, "SELECT COUNT(*) FROM all_tables WHERE owner = 'APP'"))
	change(t, app, "GRANT SELECT ON t TO plain")
	require.Zero(t, one[int](t, plain, "SELECT COUNT(*) FROM app.t"))
	require.Equal(t, 1, one[int](t, plain, "SELECT COUNT(*) FROM all_tables WHERE owner = 'APP'"))
	require.Equal(t, "SELECT", one[string](t, plain, "SELECT privilege FROM user_tab_privs WHERE table_name = 'T'"))
	fails(t, 1031, "", plain, "INSERT INTO app.t VALUES (1)")
	change(t, app, "REVOKE SELECT ON t FROM plain")
	fails(t, 942, "", plain, "SELECT * FROM app.t")
	require.Equal(t, "CREATE SESSION", one[string](t, plain, "SELECT privilege FROM session_privs"))
	require.Equal(t, "CONNECT", one[string](t, plain, "SELECT role FROM session_roles"))
	require.Equal(t, "ORCL", one[string](t, open(t, s, "FERRYMAN"), "SELECT name FROM sys.v_$database"))
	bad := oracle.OpenDB(strings.Replace(s.URL("PLAIN"), ":plain@", ":wrong@", 1))
	defer bad.Close()
	require.Equal(t, 1017, code(t, bad.Ping()))
}
