// SPDX-License-Identifier: Apache-2.0

package plsql_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/ferryman/ferryman/internal/plsql"
	"github.com/stretchr/testify/require"
)

func TestLinesStatementsAndNesting(t *testing.T) {
	t.Parallel()
	size := plsql.Measure(`-- only a comment
PROCEDURE p (a IN NUMBER) IS -- one

  /* two
     lines of comment */
  n NUMBER := 1; m VARCHAR2(10);
BEGIN
  IF a > 1 THEN
    FOR i IN 1 .. 10 LOOP
      n := CASE WHEN i = 5 THEN 1 ELSE 2 END;
    END LOOP;
  ELSIF a = 0 THEN
    m := 'two
lines';
  END IF;
  BEGIN
    NULL;
  END;
END p;
`)
	require.Equal(t, 15, size.Lines)
	require.Equal(t, 7, size.Statements, "two declarations, two assignments, NULL, LOOP, IF")
	require.Equal(t, 4, size.Nesting, "body, IF, LOOP, CASE")
	require.Equal(t, 1, size.Subprograms)
	require.Empty(t, size.Problems)
}

func TestConstructs(t *testing.T) {
	t.Parallel()
	for src, want := range map[string][]string{
		"SELECT a FROM t START WITH b = 1 connect\n by PRIOR a = b":                                                           {"connect_by"},
		"x := 'CONNECT BY' /* MERGE INTO */; -- GOTO x\n \"ROWNUM\" := q'[COMMIT]';":                                          nil,
		"SELECT a BULK COLLECT INTO x FROM t; FORALL i IN 1..2 DELETE t;":                                                     {"bulk_collect", "forall"},
		"PRAGMA AUTONOMOUS_TRANSACTION;":                                                                                      {"autonomous_transaction"},
		"EXECUTE IMMEDIATE x; dbms_sql.parse(c);":                                                                             {"dbms_sql", "dynamic_sql"},
		"OPEN c FOR 'select 1';":                                                                                              {"dynamic_sql", "ref_cursor"},
		"OPEN c FOR SELECT 1 FROM dual; x SYS_REFCURSOR; TYPE t IS REF CURSOR;":                                               {"ref_cursor"},
		"Utl_File.fopen('a'); DBMS_LOB . createtemporary(x); utl_filex := 1; htp.p(1)":                                        {"dbms_lob", "utl_file", "web"},
		"SELECT /*+ FULL(t) */ a FROM t, u WHERE t.a = u.a (+) AND ROWNUM < 2":                                                {"hint", "outer_join_plus", "rownum"},
		"MERGE INTO t USING u ON (a = b) WHEN MATCHED THEN UPDATE SET c = 1;":                                                 {"merge"},
		"FUNCTION f RETURN x PIPELINED IS BEGIN PIPE ROW (1); END;":                                                           {"pipelined"},
		"TYPE t AS OBJECT (a NUMBER)":                                                                                         {"object_type"},
		"BEGIN a; EXCEPTION WHEN OTHERS THEN RAISE; END;":                                                                     {"exception", "when_others"},
		"x EXCEPTION; PRAGMA EXCEPTION_INIT(x, -1); raise_application_error(-20001, 'a');":                                    {"exception_init", "raise_application_error", "user_exception"},
		"<<again>> GOTO again;":                                                                                               {"goto", "label"},
		"r t%ROWTYPE; c t.c%TYPE; EXIT WHEN k%NOTFOUND; n := SQL%ROWCOUNT; m := a % b;":                                       {"anchored_type", "cursor_attribute", "rowtype"},
		"TYPE a IS TABLE OF NUMBER INDEX BY PLS_INTEGER; b VARRAY(3) OF DATE;":                                                {"collection"},
		"COMMIT; SAVEPOINT a; ROLLBACK TO a;":                                                                                 {"transaction_control"},
		"SELECT 1 FROM t@far; x := 'a@b';":                                                                                    {"database_link"},
		"$IF $$x $THEN NULL; $END":                                                                                            {"conditional_compilation"},
		"INSERT INTO t VALUES (1) RETURNING a INTO b;":                                                                        {"returning_into"},
		"CURSOR c IS SELECT a FROM t FOR UPDATE; UPDATE t SET a = 1 WHERE CURRENT OF c;":                                      {"current_of", "cursor", "for_update"},
		"x := DECODE(a, 1, 2); y := SUM(a) OVER (PARTITION BY b);":                                                            {"analytic", "decode"},
		"PROCEDURE p (a OUT NUMBER) AUTHID CURRENT_USER IS BEGIN a := ''; END;":                                               {"empty_string", "invoker_rights", "out_parameter"},
		"FUNCTION f RETURN NUMBER AS LANGUAGE JAVA NAME 'x';":                                                                 {"external_code"},
		"PACKAGE BODY p wrapped \na000000\nabcd":                                                                              {"wrapped"},
		"TRIGGER t FOR INSERT ON u COMPOUND TRIGGER n NUMBER; BEFORE STATEMENT IS BEGIN n := 1; END BEFORE STATEMENT; END t;": {"compound_trigger", "package_state"},
		"PROCEDURE a IS PROCEDURE b IS BEGIN NULL; END; BEGIN b; END;":                                                        {"nested_subprogram"},
		"a := s.NEXTVAL; b := SYSDATE; c := SYS_CONTEXT('a', 'b'); LOCK TABLE t IN EXCLUSIVE MODE;":                           {"lock_table", "sequence", "session_context", "sysdate"},
		"INSERT ALL INTO a VALUES (1) SELECT 1 FROM dual; SELECT * FROM t AS OF SCN 5;":                                       {"flashback", "multi_insert"},
		"t.rownum := x.commit; r.merge := 1;":                                                                                 nil,
	} {
		require.Equal(t, want, slices.Sorted(maps.Keys(plsql.Measure(src).Constructs)), src)
	}
}

func TestStateOfPackages(t *testing.T) {
	t.Parallel()
	size := plsql.Measure(`PACKAGE BODY p AS
  g_count NUMBER := 0;
  c_max CONSTANT NUMBER := 5;
  e_bad EXCEPTION;
  TYPE t IS RECORD (a NUMBER, b DATE);
  g_list t;
  PROCEDURE q;
  PROCEDURE q IS
    local_one NUMBER;
  BEGIN
    EXECUTE IMMEDIATE 'x';
  END q;
  FUNCTION f (a NUMBER) RETURN NUMBER IS
  BEGIN
    COMMIT;
    RETURN a;
  END;
BEGIN
  g_count := 1;
END p;`)
	require.Equal(t, []plsql.Place{{Line: 2, What: "g_count"}, {Line: 6, What: "g_list"}}, size.Places["package_state"])
	require.Equal(t, []plsql.Place{{Line: 11, In: "q"}}, size.Places["dynamic_sql"])
	require.Equal(t, []plsql.Place{{Line: 15, In: "f"}}, size.Places["transaction_control"])
	require.Equal(t, 2, size.Subprograms)
	require.Equal(t, 20, size.Lines)
}

func TestWhatNeverEndsIsAProblemWithItsLine(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]plsql.Problem{
		"BEGIN\n  x := 'never;\nEND;":  {Line: 2, What: "a string is never closed"},
		"BEGIN\n\n  x := q'[never]\n;": {Line: 3, What: "a string is never closed"},
		"BEGIN /* never\nEND;":         {Line: 1, What: "a comment is never closed"},
		"BEGIN\n /*+ never\nEND;":      {Line: 2, What: "a comment is never closed"},
		"BEGIN\n  \"never := 1;\nEND;": {Line: 2, What: "a name in double quotes is never closed"},
	} {
		require.Equal(t, []plsql.Problem{want}, plsql.Measure(src).Problems, src)
	}
}

func TestHostileSizes(t *testing.T) {
	t.Parallel()
	size := plsql.Measure("BEGIN x := '" + strings.Repeat("a", 10<<20) + "'; y := " + strings.Repeat("1+", 1<<20) + "1; END;")
	require.Equal(t, 1, size.Lines)
	require.Equal(t, 2, size.Statements)
	size = plsql.Measure(strings.Repeat("BEGIN ", 1_000_000) + strings.Repeat("END; ", 1_000_000))
	require.Equal(t, 1_000_000, size.Nesting)
	var many strings.Builder
	for range 100_000 {
		many.WriteString("GOTO a;\n")
	}
	size = plsql.Measure(many.String())
	require.Equal(t, 100_000, size.Constructs["goto"])
	require.Len(t, size.Places["goto"], plsql.MaxPlaces)
}

func TestEveryConstructHasItsWords(t *testing.T) {
	t.Parallel()
	require.Equal(t, "dynamic SQL", plsql.Describe("dynamic_sql"))
	require.Equal(t, "the package DBMS_LOB", plsql.Describe("dbms_lob"))
}
