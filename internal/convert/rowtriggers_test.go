// SPDX-License-Identifier: Apache-2.0

package convert_test

import (
	"testing"

	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
	"github.com/stretchr/testify/require"
)

func TestRowTriggersDoWhatTheyDoOnOracle(t *testing.T) {
	t.Parallel()
	s := newSchema()
	s.table("T", "ID NUMBER(5,0) NOT NULL", "NAME VARCHAR2(20)", "PRICE NUMBER(8,2)", "STATUS CHAR(1)", "CODE CHAR(4)", "CHANGED DATE", "CHANGED_BY VARCHAR2(60)", "TWICE NUMBER(10,2)")
	s.key("P", "T", "T_PK", "", "ID")
	s.table("T_LOG", "LOG_ID NUMBER(9,0) NOT NULL", "ID NUMBER(5,0)", "ACTION VARCHAR2(10)", "OLD_NAME VARCHAR2(20)", "NEW_NAME VARCHAR2(20)", "AT DATE", "AT_TOO TIMESTAMP(6)", "WHO VARCHAR2(60)")
	s.table("TOTALS", "NAME VARCHAR2(20)", "N NUMBER")
	s.sequence("LOG_SEQ", "1", "1", "99999", "1")
	s.code(`PROCEDURE count_one (p_name IN VARCHAR2, p_by IN NUMBER DEFAULT 1) IS
BEGIN
  UPDATE totals t SET t.n = t.n + p_by WHERE t.name = p_name;
END;`)
	s.trigger("A_FILL", "T", "", `DECLARE
  c_max CONSTANT NUMBER := 1000;
BEGIN
  :NEW.name := UPPER(TRIM(:NEW.name));
  :NEW.changed := SYSDATE; :new.changed_by := USER;
  :NEW.twice := :NEW.price * 2;
  IF :NEW.name IS NULL THEN
    raise_application_error(-20001, 'T ' || :NEW.id || ' has no name');
  ELSIF :NEW.price > c_max OR :NEW.status NOT IN ('A', 'B') THEN
    RAISE_APPLICATION_ERROR(-20999, NULL);
  END IF;
END;`).Event = "INSERT OR UPDATE"
	s.Triggers[0].When = "NEW.id > 0"
	log := s.trigger("B_LOG", "T", "", `DECLARE
  v_action t_log.action%TYPE;
BEGIN
  IF INSERTING THEN v_action := 'insert'; ELSIF UPDATING THEN v_action := 'update'; ELSE v_action := 'delete'; END IF;
  INSERT INTO t_log (log_id, id, action, old_name, new_name, at, at_too, who)
  VALUES (log_seq.NEXTVAL, NVL(:NEW.id, :OLD.id), v_action, :OLD.name, :NEW.name, SYSDATE, SYSTIMESTAMP, USER);
  IF DELETING THEN RETURN; END IF;
  count_one(:NEW.name);
END b_log;`)
	log.Type, log.Event = "AFTER EACH ROW", "INSERT OR UPDATE OR DELETE"
	of := s.trigger("C_OF", "T", "NEW.price <> OLD.price", "BEGIN :NEW.code := 'up'; END;")
	of.Event = "UPDATE"
	s.TriggerCols = append(s.TriggerCols, dictionary.TriggerCol{Owner: "S", Trigger: "C_OF", TableOwner: "S", Table: "T", Column: "PRICE", InList: "YES"})
	gone := s.trigger("D_GONE", "T", "", "BEGIN IF :OLD.status = 'A' THEN raise_application_error(-20002, 'it is active'); END IF; END;")
	gone.Event = "DELETE"
	each := s.trigger("E_STATEMENT", "T", "", "DECLARE n NUMBER; BEGIN SELECT COUNT(*) INTO n FROM t; UPDATE totals SET n = n WHERE name = 'rows'; DELETE FROM totals WHERE name = 'none' AND n < 0; END;")
	each.Type, each.Event = "AFTER STATEMENT", "INSERT OR DELETE"
	c := convert.Convert(s.Dictionary, convert.Options{})
	translatedAll(t, c)
	conn := apply(t, c)
	exec(t, conn, `INSERT INTO s.totals VALUES ('ANN', 0), ('rows', 5), ('none', -1)`)
	exec(t, conn, `INSERT INTO s.t (id, name, price, status) VALUES (1, ' Ann ', 10.555, 'A')`)
	require.Equal(t, "1 ANN 10.56 21.12", value(t, conn, "SELECT concat_ws(' ', id, name, price, twice) FROM s.t"))
	require.Equal(t, "true", value(t, conn, "SELECT changed_by = upper(session_user) AND changed BETWEEN localtimestamp - interval '10 minutes' AND clock_timestamp()::timestamp FROM s.t"))
	require.Equal(t, "OR001 ORA-20001: T 2 has no name", fails(t, conn, "INSERT INTO s.t (id, name) VALUES (2, '')"), "an empty text is NULL")
	require.Equal(t, "OR001 ORA-20001: T 2 has no name", fails(t, conn, "INSERT INTO s.t (id, name) VALUES (2, '  ')"))
	require.Equal(t, "OR999 ORA-20999: ", fails(t, conn, "INSERT INTO s.t (id, name, price) VALUES (2, 'x', 1000.01)"))
	require.Equal(t, "OR999 ORA-20999: ", fails(t, conn, "INSERT INTO s.t (id, name, status) VALUES (2, 'x', 'C')"))
	exec(t, conn, "INSERT INTO s.t (id, name) VALUES (0, 'not touched')")
	require.Equal(t, "not touched", value(t, conn, "SELECT name FROM s.t WHERE id = 0"), "WHEN")
	exec(t, conn, "UPDATE s.t SET name = 'bob' WHERE id = 1")
	require.Equal(t, "NULL", value(t, conn, "SELECT code FROM s.t WHERE id = 1"), "UPDATE OF another column")
	exec(t, conn, "UPDATE s.t SET price = 11 WHERE id = 1")
	require.Equal(t, "up", value(t, conn, "SELECT trim(code) FROM s.t WHERE id = 1"))
	require.Equal(t, "OR002 ORA-20002: it is active", fails(t, conn, "DELETE FROM s.t"))
	exec(t, conn, "UPDATE s.t SET status = NULL WHERE id = 1; DELETE FROM s.t WHERE id = 1")
	require.Equal(t, []string{"1 insert NULL ANN", "0 insert NULL not touched", "1 update ANN BOB", "1 update BOB BOB", "1 update BOB BOB", "1 delete BOB NULL"},
		strs(t, conn, "SELECT concat_ws(' ', id, action, coalesce(old_name, 'NULL'), coalesce(new_name, 'NULL')) FROM s.t_log ORDER BY log_id"))
	require.Equal(t, "true", value(t, conn, "SELECT bool_and(at = date_trunc('second', at_too) AND who = upper(session_user)) FROM s.t_log"), "one time in one statement")
	require.Equal(t, []string{"ANN 1", "rows 5"}, strs(t, conn, "SELECT name || ' ' || n FROM s.totals ORDER BY 1"))
}

// TestCodeThatIsNotCertainIsNamedWithItsLine has one thing each that differs between the databases.
func TestCodeThatIsNotCertainIsNamedWithItsLine(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		"x := a / 3;":                   "a division: PostgreSQL cuts",
		"x := d2 - d1;":                 "the difference of two dates",
		"txt := a;":                     "the value \"a\", which Oracle converts before it goes into TXT",
		"x := txt;":                     "the value \"txt\", which Oracle converts",
		"IF txt = a THEN NULL; END IF;": "a comparison of different types",
		"txt := 'n ' || a;":             "|| with \"a\", which is not plain text",
		"txt := TO_CHAR(a);":            "the function TO_CHAR with these arguments",
		"txt := TO_CHAR(d1, 'DY');":     "TO_CHAR with the format 'DY'",
		"d1 := SYSTIMESTAMP;":           "Oracle converts before it goes into D1",
		"d1 := CURRENT_DATE;":           "follows the session's time zone",
		"SELECT id INTO x FROM emp WHERE ROWNUM = 1;":    "the name ROWNUM",
		"SELECT id INTO x FROM emp;":                     "where no row is found, F gives NULL when SQL calls it",
		"RAISE NO_DATA_FOUND;":                           "where no row is found, F gives NULL",
		"SELECT id INTO x FROM emp FOR UPDATE;":          "FOR is not read here",
		"SELECT * INTO x FROM emp;":                      "SELECT *",
		"UPDATE emp SET name = 'x' RETURNING id INTO x;": "RETURNING is not read here",
		"INSERT INTO emp VALUES (1);":                    "an INSERT without its columns",
		"INSERT INTO nowhere (a) VALUES (1);":            "the table NOWHERE, which is not on the target",
		"EXECUTE IMMEDIATE 'x';":                         "dynamic SQL is not read",
		"COMMIT;":                                        "COMMIT is not read",
		"<<l>> NULL;":                                    "a label is not read",
		"GOTO l;":                                        "GOTO is not read",
		"dbms_output.put_line('x');":                     "a call of DBMS_OUTPUT.PUT_LINE, which is no procedure of the schema",
		"x := pkg.f(1);":                                 "PKG.F, which is no function that is translated",
		"x := other(1);":                                 "the function OTHER with these arguments",
		"broken(1);":                                     "it calls BROKEN, which is not translated",
		"x := SQL%ROWCOUNT;":                             "% is not read here",
		"txt := SQLERRM;":                                "the name SQLERRM",
		"MERGE INTO emp USING dual ON (1 = 1) WHEN MATCHED THEN UPDATE SET id = 1;": "MERGE is not read",
		"a := 1;": "A does not take a value here",
		"BEGIN NULL; EXCEPTION WHEN OTHERS THEN NULL; END;":                                 "WHEN OTHERS: the two databases do not fail in the same cases",
		"BEGIN NULL; EXCEPTION WHEN my_error THEN NULL; END;":                               "the exception MY_ERROR",
		"BEGIN DELETE FROM emp; x := 1; EXCEPTION WHEN NO_DATA_FOUND THEN NULL; END;":       "a change in a block that handles exceptions",
		"x := q.NEXTVAL + q.NEXTVAL;":                                                       "NEXTVAL of a sequence that is not on the target, or twice in one statement",
		"x := q.CURRVAL;":                                                                   "CURRVAL",
		"FOR r IN (SELECT id + 1 FROM emp) LOOP NULL; END LOOP;":                            "a value without a name of its own",
		"FOR emp IN (SELECT id FROM emp) LOOP DELETE FROM emp WHERE id = emp.id; END LOOP;": "a table called EMP in a statement, like something else in the code",
		"BEGIN SELECT id INTO x FROM emp; EXCEPTION WHEN NO_DATA_FOUND THEN RAISE; END;":    "where no row is found, F gives NULL",
		"RAISE;": "RAISE",
		"DECLARE \"Txt\" NUMBER; BEGIN NULL; END;":                                  "the variables Txt and TXT, which are one in lower case",
		"DECLARE new NUMBER; BEGIN NULL; END;":                                      "a variable called NEW",
		"x := NVL(a, changes(1));":                                                  "the function CHANGES, which changes rows, in an expression that may not need its value",
		"BEGIN x := changes(1); x := 2; EXCEPTION WHEN ZERO_DIVIDE THEN NULL; END;": "the function CHANGES, which changes rows, in a block that handles exceptions",
		"may_fail(1);":                           "where no row is found, F gives NULL",
		"outs(a);":                               "A does not take a value here",
		"outs(d1);":                              "an OUT argument of another type",
		"outs(x + 1);":                           "an OUT argument that is no variable",
		"changes(1);":                            "a call of CHANGES, which is a function",
		"SELECT MAX(id), 1 INTO x FROM emp;":     "SELECT of 2 values into 1",
		"txt := SYS_CONTEXT('USERENV', 'HOST');": "the function SYS_CONTEXT with these arguments",
		"x := x > 1;":                            "which Oracle converts before it goes into X",
		"EXIT;":                                  "EXIT outside a loop",
		"RETURN;":                                "RETURN in this form",
		"raise_application_error(x, 'a');":       "RAISE_APPLICATION_ERROR with a number that is not written out",
		"SELECT v.id INTO x FROM emp_view v WHERE 1 = 0;": "EMP_VIEW is not on the target",
	} {
		s := newSchema()
		s.table("EMP", "ID NUMBER(6,0)", "NAME VARCHAR2(30)", "D DATE")
		s.sequence("Q", "1", "1", "999", "1")
		s.code("PROCEDURE broken (n NUMBER) IS BEGIN ROLLBACK; END;")
		s.code("FUNCTION changes (n NUMBER) RETURN NUMBER IS BEGIN DELETE emp; RETURN n; END;")
		s.code("PROCEDURE may_fail (n NUMBER) IS x NUMBER; BEGIN SELECT id INTO x FROM emp WHERE id = n; END;")
		s.code("PROCEDURE outs (n OUT NUMBER) IS BEGIN n := 1; END;")
		s.code("FUNCTION f (a NUMBER) RETURN NUMBER IS\n  x NUMBER; txt VARCHAR2(20); d1 DATE; d2 DATE;\nBEGIN\n  NULL;\n  " + body + "\n  RETURN 1;\nEND;")
		c := convert.Convert(s.Dictionary, convert.Options{})
		items := actionsOf(c, "FUNCTION", "F")
		require.NotEmpty(t, items, body)
		require.Equal(t, convert.CodeUnit, items[0].Code, body)
		require.Contains(t, items[0].Reason, want, body)
		require.Equal(t, 5, items[0].Line, body)
		require.Equal(t, []convert.Outcome{convert.Action}, outcomes(c, items[0].Object))
	}
}
