// SPDX-License-Identifier: Apache-2.0

package convert_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/convert/oraclesql"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
	"github.com/stretchr/testify/require"
)

func TestProceduresDoWhatTheyDoOnOracle(t *testing.T) {
	t.Parallel()
	s := newSchema()
	s.table("JOBS", "ID NUMBER(6,0) NOT NULL", "PERSON VARCHAR2(30)", "DEPT NUMBER(4,0)", "SINCE DATE", "UNTIL DATE", "RANK NUMBER(3,0)")
	s.key("P", "JOBS", "JOBS_PK", "", "ID")
	s.table("PAST", "PERSON VARCHAR2(30)", "DEPT NUMBER(4,0)", "SINCE DATE", "UNTIL DATE")
	s.table("DEPTS", "ID NUMBER(4,0)", "NAME VARCHAR2(30)")
	s.sequence("JOB_SEQ", "1", "1", "999", "1")
	s.code(`PROCEDURE keep_past (p_person jobs.person%TYPE, p_since jobs.since%TYPE, p_until jobs.until%TYPE, p_dept jobs.dept%TYPE) IS
BEGIN
  INSERT INTO past (person, since, until, dept) VALUES (p_person, p_since, p_until, p_dept);
END keep_past;`)
	moved := s.trigger("MOVED", "JOBS", "", "BEGIN\n  keep_past(:old.person, :old.since, SYSDATE, :old.dept);\nEND;")
	moved.Type, moved.Event = "AFTER EACH ROW", "UPDATE"
	s.TriggerCols = append(s.TriggerCols, dictionary.TriggerCol{Owner: "S", Trigger: "MOVED", TableOwner: "S", Table: "JOBS", Column: "DEPT", InList: "YES"})
	both := s.trigger("BOTH", "JOBS", "", "BEGIN IF DELETING AND :OLD.rank = 1 THEN raise_application_error(-20010, 'no'); END IF; IF INSERTING THEN :NEW.rank := NVL(:NEW.rank, 5); END IF; END;")
	both.Event = "INSERT OR DELETE"
	s.code(`PROCEDURE hire (p_person IN OUT VARCHAR2, p_dept VARCHAR2, p_id OUT NUMBER, p_again OUT NUMBER) IS
  v_dept depts.id%TYPE;
BEGIN
  p_again := 0;
  p_person := UPPER(p_person);
  BEGIN
    SELECT d.id INTO v_dept FROM depts d WHERE d.name = p_dept;
  EXCEPTION
    WHEN NO_DATA_FOUND THEN v_dept := NULL;
  END;
  p_id := job_seq.NEXTVAL;
  BEGIN
    INSERT INTO jobs (id, person, dept, since) VALUES (p_id, p_person, v_dept, TRUNC(SYSDATE));
  EXCEPTION
    WHEN DUP_VAL_ON_INDEX THEN
      p_again := 1;
      UPDATE jobs SET person = p_person, dept = v_dept WHERE id = p_id;
  END;
END;`)
	s.code(`PROCEDURE hire_two (p_first VARCHAR2, p_sum OUT NUMBER) IS
  v_name VARCHAR2(30) := p_first; v_id NUMBER; v_again NUMBER;
BEGIN
  hire(v_name, 'Sales', p_sum, v_again);
  v_name := 'second';
  s.hire(v_name, 'Nowhere', v_id, v_again);
  p_sum := p_sum + v_id + v_again * 100;
END;`)
	s.code(`PROCEDURE must_find (p_id NUMBER, p_person OUT VARCHAR2) IS BEGIN SELECT person INTO p_person FROM jobs WHERE id = p_id; END;`)
	s.code(`PROCEDURE archive (p_before DATE DEFAULT DATE '2000-01-01', p_dept NUMBER DEFAULT NULL) IS
  n PLS_INTEGER := 0;
BEGIN
  INSERT INTO past (person, dept, since, until)
    SELECT j.person, j.dept, j.since, SYSDATE FROM jobs j, depts d WHERE j.dept = d.id (+) AND j.since < p_before ORDER BY j.id;
  FOR r IN (SELECT j.id, j.person || '!' AS shout FROM jobs j WHERE j.since < archive.p_before) LOOP
    UPDATE jobs j SET j.until = SYSDATE, j.person = r.shout, rank = rank + 1 WHERE j.id = r.id;
    n := n + 1;
  END LOOP;
  IF n = 0 THEN RAISE NO_DATA_FOUND; END IF;
  DELETE past WHERE dept IS NULL AND (person = 'X' OR person = 'Y');
EXCEPTION
  WHEN ZERO_DIVIDE OR CASE_NOT_FOUND THEN NULL;
END;`)
	s.code(`FUNCTION log_and_count (p VARCHAR2) RETURN NUMBER IS n NUMBER; BEGIN keep_past(p, NULL, NULL, 1); SELECT COUNT(*) INTO n FROM past; RETURN n; END;`)
	s.code(`PROCEDURE who (p_who OUT VARCHAR2, p_ok OUT BOOLEAN) IS BEGIN p_who := SYS_CONTEXT('userenv', 'session_user'); p_ok := p_who = USER; END;`)
	s.code(`PROCEDURE calls (p_n OUT NUMBER) IS BEGIN p_n := log_and_count(log_and_count('a') || 'b'); END;`)
	c := convert.Convert(s.Dictionary, convert.Options{})
	archive := actionsOf(c, "PROCEDURE", "ARCHIVE")
	require.Contains(t, archive[0].Reason, "a change in a block that handles exceptions, which PostgreSQL takes back with the whole block")
	require.Equal(t, 4, archive[0].Line)
	calls := actionsOf(c, "PROCEDURE", "CALLS")
	require.Contains(t, calls[0].Reason, "which is not plain text", "a number of any scale is no certain text")
	last := len(s.Source) - 1
	for i := range s.Source {
		if s.Source[i].Name == "ARCHIVE" && strings.Contains(s.Source[i].Text, "ZERO_DIVIDE") {
			s.Source[i].Text, s.Source[i-1].Text = "\n", "\n"
		}
	}
	s.Source[last].Text = strings.ReplaceAll(s.Source[last].Text, "log_and_count('a') || 'b'", "'b'")
	c = convert.Convert(s.Dictionary, convert.Options{})
	translatedAll(t, c)
	conn := apply(t, c)
	exec(t, conn, "INSERT INTO s.depts VALUES (10, 'Sales'); INSERT INTO s.jobs (id, person, since, rank) VALUES (2, 'old', '1999-05-05', 9), (50, 'new', '2020-05-05', 1)")
	call := func(query string, into ...any) {
		t.Helper()
		require.NoError(t, conn.QueryRow(context.Background(), query).Scan(into...))
	}
	var sum, n string
	call("CALL s.hire_two('ann', NULL)", &sum)
	require.Equal(t, "103", sum, "the ids 1 and 2, and 100 because 2 was there")
	require.Equal(t, []string{"1 ANN 10 5", "2 SECOND NULL 9", "50 new NULL 1"},
		strs(t, conn, "SELECT concat_ws(' ', id, person, coalesce(dept::text, 'NULL'), rank) FROM s.jobs ORDER BY id"))
	call("CALL s.must_find(50, NULL)", &n)
	require.Equal(t, "new", n)
	require.Equal(t, "P0002", fails(t, conn, "CALL s.must_find(51, NULL)")[:5])
	require.Equal(t, "P0002", fails(t, conn, "CALL s.archive('1990-01-01')")[:5])
	exec(t, conn, "DELETE FROM s.past; UPDATE s.jobs SET since = '1999-01-01', dept = 11 WHERE id = 1")
	require.Equal(t, []string{"ANN 10 t"}, strs(t, conn, "SELECT concat_ws(' ', person, dept, until > localtimestamp - interval '1 hour') FROM s.past"), "the trigger calls the procedure")
	exec(t, conn, "CALL s.archive()")
	require.Equal(t, []string{"ANN! 6 t", "SECOND! 10 t", "new 1 f"}, strs(t, conn, "SELECT concat_ws(' ', person, rank, until IS NOT NULL) FROM s.jobs ORDER BY person"))
	require.Equal(t, []string{"ANN 10", "ANN 11", "SECOND"}, strs(t, conn, "SELECT concat_ws(' ', person, dept) FROM s.past ORDER BY 1"))
	require.Equal(t, "OR010 ORA-20010: no", fails(t, conn, "DELETE FROM s.jobs"), "a trigger for INSERT and DELETE")
	exec(t, conn, "DELETE FROM s.jobs WHERE rank > 1")
	require.Equal(t, "1", value(t, conn, "SELECT count(*) FROM s.jobs"))
	var same bool
	call("CALL s.who(NULL, NULL)", &n, &same)
	require.True(t, same)
	require.Equal(t, value(t, conn, "SELECT upper(session_user)"), n)
	call("CALL s.calls(NULL)", &n)
	require.Equal(t, "4", n)
}

func TestHostileCodeIsNamedAndRunsNothing(t *testing.T) {
	t.Parallel()
	s := newSchema()
	s.table("T", "ID NUMBER(5,0)", "NAME VARCHAR2(200)")
	s.code("PROCEDURE open_string IS BEGIN\n  x := 'never;\nEND;")
	s.code("PROCEDURE deep IS BEGIN " + strings.Repeat("IF TRUE THEN ", 100_00) + "NULL;" + strings.Repeat(" END IF;", 100_00) + " END;")
	s.code("PROCEDURE wide IS x VARCHAR2(10); BEGIN x := '" + strings.Repeat("a", 10<<20) + "'; END;")
	s.code("PROCEDURE parens IS x NUMBER; BEGIN x := " + strings.Repeat("(", 50_000) + "1" + strings.Repeat(")", 50_000) + "; END;")
	var many strings.Builder
	for i := range 3_000 {
		fmt.Fprintf(&many, "v%d DATE;", i)
	}
	s.code("PROCEDURE plus IS x NUMBER; BEGIN x := 1" + strings.Repeat("+1", 100_000) + "; END;")
	s.code("PROCEDURE chain IS x VARCHAR2(9); BEGIN x := x" + strings.Repeat("||x", 80_000) + "; END;")
	s.code("PROCEDURE cond IS x NUMBER; BEGIN IF x=1" + strings.Repeat(" OR x=1", 30_000) + " THEN NULL; END IF; END;")
	s.code("PROCEDURE many IS " + many.String() + " BEGIN NULL; END;")
	s.code("FUNCTION quoted (p VARCHAR2) RETURN VARCHAR2 IS BEGIN RETURN '$body$; DROP TABLE s.t; --' || q'[ $body1$ ' ; ]' || p; END;")
	s.code("FUNCTION named RETURN NUMBER IS \"x\"\"; DROP TABLE s.t; --\" NUMBER; BEGIN RETURN 1; END;")
	s.code("FUNCTION spaced RETURN NUMBER IS \"a '; DROP TABLE s.t; --\" NUMBER := 7; BEGIN RETURN \"a '; DROP TABLE s.t; --\"; END;")
	c := convert.Convert(s.Dictionary, convert.Options{})
	for name, want := range map[string]string{"OPEN_STRING": "a string is never closed", "DEEP": "it is nested too deeply", "WIDE": "the text is longer than 256 KB", "PARENS": "it is nested too deeply",
		"PLUS": "more than 2000 operators", "CHAIN": "more than 2000 operators", "COND": "more than 2000 operators"} {
		a := actionsOf(c, "PROCEDURE", name)
		require.Contains(t, a[0].Reason, want, name)
	}
	require.Contains(t, actionsOf(c, "FUNCTION", "NAMED")[0].Reason, "is not read")
	conn := apply(t, c)
	require.Equal(t, "$body$; DROP TABLE s.t; -- $body1$ ' ; x", value(t, conn, "s.quoted('x')"))
	require.Equal(t, "7", value(t, conn, "s.spaced()"))
	require.Equal(t, "0", value(t, conn, "SELECT count(*) FROM s.t"))
}

func TestSequencesOfTranslatedTriggersAreFound(t *testing.T) {
	t.Parallel()
	s := newSchema()
	s.sequence("Q", "1", "1", "99", "1")
	s.table("T", "ID NUMBER(5,0)", "N VARCHAR2(9)")
	s.trigger("F", "T", "", "BEGIN :NEW.n := 'x'; IF :NEW.id IS NULL THEN BEGIN SELECT q.NEXTVAL INTO :NEW.id FROM dual; END; END IF; END;")
	require.Equal(t, []convert.SequenceFill{{SequenceOwner: "S", Sequence: "Q", Owner: "S", Table: "T", Column: "ID"}}, convert.SequenceFills(s.Dictionary))
}

// TestChainsOfCallsAreTranslatedInOneGo has routines that each call the next one, in the order that suits them least.
func TestChainsOfCallsAreTranslatedInOneGo(t *testing.T) {
	t.Parallel()
	s := newSchema()
	for i := range 300 {
		s.code(fmt.Sprintf("FUNCTION f%03d (n NUMBER) RETURN NUMBER IS BEGIN RETURN f%03d(n + 1); END;", i, i+1))
	}
	s.code("FUNCTION f300 (n NUMBER) RETURN NUMBER IS BEGIN RETURN n; END;")
	s.code("FUNCTION a (n NUMBER) RETURN NUMBER IS BEGIN RETURN b(n); END;")
	s.code("FUNCTION b (n NUMBER) RETURN NUMBER IS BEGIN RETURN a(n); END;")
	c := convert.Convert(s.Dictionary, convert.Options{})
	require.Contains(t, actionsOf(c, "FUNCTION", "A")[0].Reason, "it calls B, which is not translated")
	conn := apply(t, c)
	require.Equal(t, "301", value(t, conn, "s.f000(1)"))
}

func FuzzRoutines(f *testing.F) {
	for _, s := range []string{"PROCEDURE p IS BEGIN NULL; END;", "FUNCTION f (a IN OUT t.c%TYPE := 1) RETURN NUMBER AS x NUMBER(5,2) NOT NULL := 1; BEGIN RETURN a; EXCEPTION WHEN OTHERS THEN RAISE; END f;",
		"PROCEDURE p IS BEGIN FOR i IN REVERSE 1..2 LOOP EXIT WHEN i = 1; END LOOP; CASE x WHEN 1 THEN NULL; ELSE a(1); END CASE; END;",
		"PROCEDURE p IS BEGIN SELECT a INTO b FROM t; INSERT INTO t (a) VALUES (1); UPDATE t SET a = 1; DELETE t; END;"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if r, err := oraclesql.ParseRoutine(text); err == nil {
			oraclesql.WalkStatements(r.Body.Body, func(oraclesql.Stmt) {})
		}
		_, _ = oraclesql.ParseTrigger(text)
		s := newSchema()
		s.table("T", "A NUMBER(5,0)", "B VARCHAR2(9)", "C DATE")
		s.object("PROCEDURE", "P")
		s.Source = append(s.Source, dictionary.SourceLine{Owner: "S", Name: "P", Type: "PROCEDURE", Line: 1, Text: text})
		convert.Convert(s.Dictionary, convert.Options{})
	})
}
