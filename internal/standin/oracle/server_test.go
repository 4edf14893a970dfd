// SPDX-License-Identifier: Apache-2.0

package oracle_test

import (
	"context"
	"io/fs"
	"os/exec"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/ferryman/ferryman/internal/standin/oracle"
	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/stretchr/testify/require"
)

// shop is an export with what the public ones do not have: trigger bodies, an identity column, a scheduler job, logging, LOBs.
func shop() fs.FS {
	files := map[string]string{
		"ALL_TABLES.csv": "OWNER,TABLE_NAME,TEMPORARY\nSHOP,ITEM,N\nSHOP,SALE,N\n",
		"ALL_TAB_COLS.csv": `OWNER,TABLE_NAME,COLUMN_NAME,DATA_TYPE,DATA_LENGTH,DATA_PRECISION,DATA_SCALE,NULLABLE,COLUMN_ID,DATA_DEFAULT,CHAR_LENGTH,CHAR_USED,VIRTUAL_COLUMN,HIDDEN_COLUMN,DEFAULT_ON_NULL,USER_GENERATED,IDENTITY_COLUMN
SHOP,ITEM,ID,NUMBER,22,8,0,N,1,,0,,NO,NO,NO,YES,NO
SHOP,ITEM,NAME,VARCHAR2,40,,,N,2,,10,C,NO,NO,NO,YES,NO
SHOP,ITEM,PRICE,NUMBER,22,8,2,N,3,"0",0,,NO,NO,NO,YES,NO
SHOP,ITEM,GROSS,NUMBER,22,,,Y,4,"""PRICE""*2",0,,YES,NO,NO,YES,NO
SHOP,ITEM,PICTURE,BLOB,4000,,,Y,5,,0,,NO,NO,NO,YES,NO
SHOP,ITEM,KIND,VARCHAR2,4,,,Y,6,,4,B,NO,NO,NO,YES,NO
SHOP,SALE,ID,NUMBER,22,,0,N,1,"""SHOP"".""ISEQ$$_7"".nextval",0,,NO,NO,NO,YES,YES
SHOP,SALE,ITEM_ID,NUMBER,22,8,0,Y,2,,0,,NO,NO,NO,YES,NO
`,
		"ALL_TAB_IDENTITY_COLS.csv": "OWNER,TABLE_NAME,COLUMN_NAME,GENERATION_TYPE,SEQUENCE_NAME\nSHOP,SALE,ID,ALWAYS,ISEQ$$_7\n",
		"ALL_CONSTRAINTS.csv": `OWNER,CONSTRAINT_NAME,CONSTRAINT_TYPE,TABLE_NAME,SEARCH_CONDITION,R_OWNER,R_CONSTRAINT_NAME,DELETE_RULE,STATUS,VALIDATED
SHOP,ITEM,P,ITEM,,,,,ENABLED,VALIDATED
SHOP,SALE_PK,P,SALE,,,,,ENABLED,VALIDATED
SHOP,SALE_ITEM,R,SALE,,SHOP,ITEM,CASCADE,ENABLED,VALIDATED
SHOP,KIND_CK,C,ITEM,"kind IN ('a', 'b') AND LENGTH(name) > 3",,,,ENABLED,VALIDATED
SHOP,OFF_CK,C,ITEM,price > 1000000,,,,DISABLED,NOT VALIDATED
`,
		"ALL_CONS_COLUMNS.csv": "OWNER,CONSTRAINT_NAME,TABLE_NAME,COLUMN_NAME,POSITION\nSHOP,ITEM,ITEM,ID,1\nSHOP,SALE_PK,SALE,ID,1\nSHOP,SALE_ITEM,SALE,ITEM_ID,1\n",
		"ALL_SEQUENCES.csv": "SEQUENCE_OWNER,SEQUENCE_NAME,MIN_VALUE,MAX_VALUE,INCREMENT_BY,CYCLE_FLAG,ORDER_FLAG,CACHE_SIZE,LAST_NUMBER\n" +
			"SHOP,NUMBERS,1,9999999999999999999999999999,5,N,N,20,1\nSHOP,ISEQ$$_7,1,9999999999999999999999999999,1,N,N,20,1\n",
		"ALL_TRIGGERS.csv": `OWNER,TRIGGER_NAME,TRIGGER_TYPE,TRIGGERING_EVENT,TABLE_OWNER,TABLE_NAME,STATUS,WHEN_CLAUSE,TRIGGER_BODY
SHOP,ITEM_BI,BEFORE EACH ROW,INSERT,SHOP,ITEM,ENABLED,,"BEGIN
  IF :NEW.id IS NULL THEN -- the id
    SELECT numbers.NEXTVAL INTO :NEW.id FROM dual;
  END IF;
END;"
SHOP,ITEM_AU,AFTER EACH ROW,UPDATE,SHOP,ITEM,ENABLED,,"BEGIN audit_it; END;"
`,
		"ALL_SCHEDULER_JOBS.csv": "OWNER,JOB_NAME,ENABLED,STATE\nSHOP,NIGHTLY,TRUE,SCHEDULED\n",
		"ALL_LOG_GROUPS.csv":     "OWNER,LOG_GROUP_NAME,TABLE_NAME,LOG_GROUP_TYPE,ALWAYS,GENERATED\nSHOP,SYS_C1,ITEM,ALL COLUMN LOGGING,ALWAYS,GENERATED NAME\n",
	}
	dir := fstest.MapFS{}
	for name, text := range files {
		dir[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return dir
}

func TestAnExportsCodeAndAwkwardThings(t *testing.T) {
	t.Parallel()
	s := start(t, "SHOP", func(o *oracle.Options) { o.Exports, o.Rows, o.LargeLOBs = []fs.FS{shop()}, 60, true })
	require.Len(t, s.Notes(), 1)
	require.Contains(t, s.Notes()[0], "trigger SHOP.ITEM_AU is not executed")
	db := open(t, s, "SHOP")
	require.Equal(t, 60, one[int](t, db, "SELECT COUNT(*) FROM sale"))
	require.Zero(t, one[int](t, db, "SELECT COUNT(*) FROM item WHERE LENGTH(name) <= 3"), "rows that break a check are not there")
	require.Zero(t, one[int](t, db, "SELECT COUNT(*) FROM item WHERE gross IS NOT NULL AND gross <> price * 2"))
	next := one[int](t, db, "SELECT last_number FROM user_sequences WHERE sequence_name = 'NUMBERS'")
	change(t, db, "INSERT INTO item (name, price) VALUES ('ünïcode', 2.5)")
	require.Equal(t, next, one[int](t, db, "SELECT id FROM item WHERE name = 'ünïcode'"))
	require.Equal(t, next+100, one[int](t, db, "SELECT last_number FROM user_sequences WHERE sequence_name = 'NUMBERS'"))
	require.InDelta(t, 5, one[float64](t, db, "SELECT gross FROM item WHERE id = :1", next), 0)
	fails(t, 12899, "(actual: 11, maximum: 10)", db, "UPDATE item SET name = 'ünïcodeünïc'")
	fails(t, 32795, "generated always", db, "INSERT INTO sale (id) VALUES (1)")
	change(t, db, "INSERT INTO sale (item_id) VALUES (:1)", next)
	change(t, db, "DELETE FROM item WHERE id = :1", next)
	require.Zero(t, one[int](t, db, "SELECT COUNT(*) FROM sale WHERE item_id = :1", next), "ON DELETE CASCADE")
	last := mine(t, open(t, s, "DMS"), 0)
	require.Contains(t, last[len(last)-1][2]+last[len(last)-2][2], `"PRICE" = '2.5'`, "all columns are logged")
	change(t, db, "BEGIN dbms_scheduler.disable('NIGHTLY'); END;")
	require.Equal(t, "FALSE", one[string](t, db, "SELECT enabled FROM user_scheduler_jobs WHERE job_name = 'NIGHTLY'"))
	fails(t, 27476, "does not exist", db, "BEGIN dbms_scheduler.disable('NOBODY'); END;")

	again := start(t, "SHOP", func(o *oracle.Options) { o.Exports, o.Rows, o.LargeLOBs = []fs.FS{shop()}, 60, true })
	query := "SELECT i.id, i.name, i.price, i.kind, DBMS_LOB.GETLENGTH(i.picture) FROM item i ORDER BY i.id"
	require.Equal(t, selected(t, open(t, again, "SHOP"), query), selected(t, open(t, start(t, "SHOP", func(o *oracle.Options) {
		o.Exports, o.Rows, o.LargeLOBs = []fs.FS{shop()}, 60, true
	}), "SHOP"), query), "the same seed makes the same rows")
}

func TestThePortGoesAwayAndComesBack(t *testing.T) {
	t.Parallel()
	s, db := play(t, nil)
	change(t, db, "CREATE TABLE t (id NUMBER)")
	change(t, db, "INSERT INTO t SELECT LEVEL FROM dual CONNECT BY LEVEL <= 50000")
	tx, err := db.Begin()
	require.NoError(t, err)
	change(t, tx, "DELETE FROM t WHERE id = 1")
	rows, err := tx.Query("SELECT id FROM t")
	require.NoError(t, err)
	require.True(t, rows.Next())
	s.ClosePort()
	for rows.Next() {
		continue
	}
	require.Error(t, rows.Err())
	require.Error(t, db.PingContext(context.Background()))
	require.NoError(t, s.OpenPort())
	again := open(t, s, "APP")
	require.Equal(t, 50000, one[int](t, again, "SELECT COUNT(*) FROM t"), "what was not committed is rolled back")
	require.Eventually(t, func() bool {
		return one[int](t, open(t, s, "FERRYMAN"), "SELECT COUNT(*) FROM v$transaction") == 0
	}, 2*time.Minute, 50*time.Millisecond)
}

func TestPythonOracledb(t *testing.T) {
	t.Parallel()
	python := ""
	for _, candidate := range []string{"/usr/bin/python3", "python3"} {
		if python == "" && exec.Command(candidate, "-c", "import oracledb").Run() == nil {
			python = candidate
		}
	}
	if python == "" {
		t.Skip("python3-oracledb is not installed (apt-get install python3-oracledb)")
	}
	s := start(t, "HR", func(o *oracle.Options) { o.Rows = 50 }, testenv.Inputs(t, "hr"))
	address := strings.TrimPrefix(s.URL("HR"), "oracle://hr:app@")
	out, err := exec.Command(python, "-c", `
import oracledb, sys
c = oracledb.connect(user="hr", password="app", dsn=sys.argv[1])
cur = c.cursor()
cur.execute("select table_name from user_tables order by 1")
print([r[0] for r in cur])
cur.execute("insert into regions (region_id, region_name) values (:id, :name)", id=999, name="Été")
c.commit()
cur.execute("select region_name from regions where region_id = :1", [999])
print(cur.fetchone())
try:
    cur.execute("insert into regions (region_id) values (999)")
except oracledb.IntegrityError as e:
    print(e)
n = cur.var(int)
cur.execute("begin select count(*) into :n from regions; end;", n=n)
print(n.getvalue())
other = oracledb.connect(user="hr", password="app", dsn=sys.argv[1])
other.cursor().execute("select region_id from regions where region_id = 999 for update")
c.call_timeout = 1000
for waits in "update regions set region_name = 'x' where region_id = 999", "begin dbms_session.sleep(300); end;":
    try:
        cur.execute(waits)
    except oracledb.Error as e:
        print("interrupted" if "DPY-4024" in str(e) else e)
c.call_timeout = 0
other.rollback()
cur.execute("select region_name from regions where region_id = 999")
print("still", cur.fetchone())
`, address).CombinedOutput()
	require.NoError(t, err, string(out))
	require.Contains(t, string(out), "['COUNTRIES', 'DEPARTMENTS', 'EMPLOYEES', 'JOBS', 'JOB_HISTORY', 'LOCATIONS', 'REGIONS']")
	require.Contains(t, string(out), "('Été',)")
	require.Contains(t, string(out), "ORA-00001: unique constraint (HR.REG_ID_PK) violated")
	require.Contains(t, string(out), "\n51\ninterrupted\ninterrupted\nstill ('Été',)\n")
}

func TestExportsThatCannotBeServedAreNamed(t *testing.T) {
	t.Parallel()
	begin := func(change func(fstest.MapFS)) error {
		dir := fstest.MapFS{}
		for name, file := range shop().(fstest.MapFS) {
			dir[name] = file
		}
		change(dir)
		s, err := oracle.Start(context.Background(), oracle.Options{Postgres: testenv.Server(t), Exports: []fs.FS{dir}})
		if err == nil {
			s.Close()
		}
		return err
	}
	require.NoError(t, begin(func(fstest.MapFS) {}))
	require.ErrorContains(t, begin(func(d fstest.MapFS) {
		d["data/SALE.csv"] = &fstest.MapFile{Data: []byte("ID,ITEM_ID\n1,7\n")}
	}), "the rows of SHOP.SALE break constraint SALE_ITEM")
	require.ErrorContains(t, begin(func(d fstest.MapFS) {
		d["data/SALE.csv"] = &fstest.MapFile{Data: []byte("ID,NOPE\n1,7\n")}
	}), "rows of SHOP.SALE: there is no column NOPE")
	require.ErrorContains(t, begin(func(d fstest.MapFS) {
		d["data/SALE.csv"] = &fstest.MapFile{Data: []byte("ID,ITEM_ID\nx,\n")}
	}), "load the rows of SHOP.SALE")
	_, err := oracle.Start(context.Background(), oracle.Options{})
	require.ErrorContains(t, err, "needs a PostgreSQL server")
	_, err = oracle.Start(context.Background(), oracle.Options{Postgres: testenv.Server(t), Users: []oracle.User{{Name: "X"}}})
	require.ErrorContains(t, err, "a name and a password")
}
