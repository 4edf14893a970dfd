// SPDX-License-Identifier: Apache-2.0

package oracle_test

import (
	"database/sql"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/standin/oracle"
	"github.com/stretchr/testify/require"
)

func TestDefinitions(t *testing.T) {
	t.Parallel()
	s, db := play(t, nil)
	change(t, db, `CREATE TABLE a (id NUMBER(5), name VARCHAR2(20 CHAR) DEFAULT 'none' NOT NULL, CONSTRAINT a_pk PRIMARY KEY (id)) TABLESPACE users`)
	change(t, db, "ALTER TABLE a ADD (note CLOB, kind NUMBER(1) DEFAULT 1)")
	change(t, db, "ALTER TABLE a ADD CONSTRAINT kind_ck CHECK (kind IN (0, 1))")
	change(t, db, "CREATE INDEX a_kind ON a (kind, name)")
	change(t, db, "COMMENT ON TABLE a IS 'it''s a table'")
	change(t, db, "COMMENT ON COLUMN a.kind IS 'zero or one'")
	change(t, db, "CREATE OR REPLACE VIEW v AS SELECT id, UPPER(name) shout FROM a WHERE kind = 1")
	change(t, db, "INSERT INTO a (id) VALUES (1)")
	require.Equal(t, [][]string{{"ID", "NUMBER", "5", "0", "N", "", ""}, {"KIND", "NUMBER", "1", "0", "Y", "", "1"}, {"NAME", "VARCHAR2",
		"", "", "N", "C", "'none'"}, {"NOTE", "CLOB", "", "", "Y", "", ""}},
		selected(t, db, "SELECT column_name, data_type, data_precision, data_scale, nullable, char_used, data_default FROM user_tab_columns WHERE table_name = 'A' ORDER BY 1"))
	require.Equal(t, [][]string{{"A_PK", "P", "A_PK", ""}, {"KIND_CK", "C", "", "kind IN (0, 1)"}},
		selected(t, db, "SELECT constraint_name, constraint_type, index_name, search_condition FROM user_constraints WHERE generated = 'USER NAME' ORDER BY 1"))
	require.Equal(t, [][]string{{"A_KIND", "KIND", "1"}, {"A_KIND", "NAME", "2"}, {"A_PK", "ID", "1"}},
		selected(t, db, "SELECT index_name, column_name, column_position FROM user_ind_columns ORDER BY 1, 3"))
	require.Equal(t, "it's a table", one[string](t, db, "SELECT comments FROM user_tab_comments WHERE table_name = 'A'"))
	require.Equal(t, "zero or one", one[string](t, db, "SELECT comments FROM user_col_comments WHERE column_name = 'KIND'"))
	require.Equal(t, [][]string{{"1", "NONE"}}, selected(t, db, "SELECT * FROM v"))
	require.Equal(t, 1, one[int](t, db, "SELECT COUNT(*) FROM user_lobs WHERE table_name = 'A'"))
	fails(t, 2290, "(APP.KIND_CK)", db, "UPDATE a SET kind = 7")
	change(t, db, "ALTER TABLE a DROP CONSTRAINT kind_ck")
	change(t, db, "UPDATE a SET kind = 7")
	change(t, db, "INSERT INTO a (id, name) VALUES (2, '1234567890123456789é')")
	fails(t, 12899, "(actual: 21, maximum: 20)", db, "UPDATE a SET name = '1234567890123456789éx'")
	change(t, db, "MERGE INTO a USING dual ON (a.id = 2) WHEN MATCHED THEN UPDATE SET kind = 0 WHEN NOT MATCHED THEN INSERT (id) VALUES (2)")
	require.Zero(t, one[int](t, db, "SELECT kind FROM a WHERE id = 2"))
	tx, err := db.Begin()
	require.NoError(t, err)
	change(t, tx, "DELETE FROM a")
	change(t, tx, "CREATE SEQUENCE q NOCACHE")
	require.NoError(t, tx.Rollback())
	require.Zero(t, one[int](t, db, "SELECT COUNT(*) FROM a"), "DDL commits")
	change(t, db, "DROP VIEW v")
	fails(t, 942, "", db, "SELECT * FROM v")
	fails(t, 3001, "does not run", db, "ALTER TABLE a MOVE")
	fails(t, 3001, "does not run", db, "CREATE MATERIALIZED VIEW m AS SELECT 1 FROM dual")
	fails(t, 1031, "", open(t, s, "PLAIN"), "ALTER DATABASE ADD SUPPLEMENTAL LOG DATA")
	other := open(t, s, "FERRYMAN")
	change(t, other, "CREATE TABLE ferryman_marker (id NUMBER(19) PRIMARY KEY, written_at TIMESTAMP(6))")
	fails(t, 1031, "", other, "DROP TABLE app.a")
	require.Equal(t, 1, one[int](t, other, "SELECT COUNT(*) FROM all_tables WHERE owner = USER"))
}

func TestBinds(t *testing.T) {
	t.Parallel()
	_, db := play(t, nil)
	change(t, db, "CREATE TABLE t (id NUMBER, d DATE, ts TIMESTAMP(6), tz TIMESTAMP WITH TIME ZONE, v VARCHAR2(20), r RAW(4))")
	at := time.Date(2026, 7, 1, 12, 30, 15, 500000000, time.FixedZone("", 2*3600))
	change(t, db, "INSERT INTO t VALUES (:1, :2, :3, :4, :5, :6)", 1, at, at, at, nil, []byte{1, 2})
	change(t, db, "INSERT INTO t (id, v, d) VALUES (:1, :2, :3)", "2", 7, nil)
	require.Equal(t, 1, one[int](t, db, "SELECT id FROM t WHERE d = TRUNC(:1, 'MI') + 16/86400 OR ts = :2", at, at))
	require.Equal(t, 2, one[int](t, db, "SELECT id FROM t WHERE v = :1 AND (:2 IS NULL OR id = :3)", 7, nil, nil))
	require.Equal(t, 2, one[int](t, db, "SELECT id FROM t WHERE NVL(:x, id) = id AND id = '2'", sql.Named("x", 2)))
	require.Equal(t, 1, one[int](t, db, "SELECT COUNT(*) FROM t WHERE ROWNUM <= :1", 1))
	require.Equal(t, "bound", one[string](t, db, "SELECT :1 FROM dual", "bound"))
	var got time.Time
	require.NoError(t, db.QueryRow("SELECT tz FROM t WHERE id = 1").Scan(&got))
	require.True(t, at.Equal(got), "%v", got)
	_, err := db.Exec("INSERT INTO t (id) VALUES (:1 + :2)", 1)
	require.Error(t, err)
	fails(t, 1722, "", db, "INSERT INTO t (id) VALUES (:1)", "abc")
}

func TestTheDatabaseTellsItsState(t *testing.T) {
	t.Parallel()
	s, app := play(t, func(o *oracle.Options) {
		o.NoArchiveLog, o.SupplementalLog, o.SupplementalLogPK, o.Service = true, false, false, "tickets.example.com"
	})
	admin := open(t, s, "ADMIN")
	require.Equal(t, [][]string{{"TICKETS", "NOARCHIVELOG", "NO", "NO", "NO", "READ WRITE", "PRIMARY", "NO"}},
		selected(t, admin, `SELECT name, log_mode, supplemental_log_data_min, supplemental_log_data_pk, supplemental_log_data_all, open_mode, database_role, cdb FROM v$database`))
	dms := open(t, s, "DMS")
	fails(t, 1325, "archive log mode", dms, startLogMiner, 1)
	change(t, admin, "ALTER DATABASE ARCHIVELOG")
	change(t, admin, "ALTER DATABASE ADD SUPPLEMENTAL LOG DATA")
	require.Equal(t, [][]string{{"ARCHIVELOG", "YES"}}, selected(t, admin, "SELECT log_mode, supplemental_log_data_min FROM sys.v_$database"))
	change(t, dms, startLogMiner, 1)
	require.Contains(t, one[string](t, app, "SELECT banner FROM v$version"), "Oracle Database 19c")
	require.Equal(t, "OPEN", one[string](t, admin, "SELECT status FROM v$instance"))
	require.Positive(t, one[int](t, admin, `SELECT COUNT(sid) FROM v$session WHERE username = 'APP' AND type = 'USER' AND machine IS NOT NULL AND "SERIAL#" > 0`))
	require.Equal(t, "APP", one[string](t, app, "SELECT username FROM user_users"))
	require.Equal(t, [][]string{{"ADMIN"}, {"APP"}, {"DMS"}, {"FERRYMAN"}, {"PLAIN"}},
		selected(t, app, "SELECT username FROM all_users WHERE oracle_maintained = 'N' ORDER BY username"))
}
