// SPDX-License-Identifier: Apache-2.0

package convert_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"
)

// code adds a procedure or function; its text is what ALL_SOURCE has.
func (s schema) code(text string) {
	words := strings.Fields(text)
	name, _, _ := strings.Cut(words[1], "(")
	s.object(strings.ToUpper(words[0]), strings.ToUpper(name))
	for i, line := range strings.Split(text, "\n") {
		s.Source = append(s.Source, dictionary.SourceLine{Owner: "S", Name: strings.ToUpper(name), Type: strings.ToUpper(words[0]), Line: int64(i + 1), Text: line + "\n"})
	}
}

// value runs a query of one value; NULL is "NULL".
func value(t *testing.T, conn *pgx.Conn, query string) string {
	t.Helper()
	return strs(t, conn, "SELECT coalesce(("+query+")::text, 'NULL')")[0]
}

// fails runs a statement and returns PostgreSQL's code and message.
func fails(t *testing.T, conn *pgx.Conn, query string) string {
	t.Helper()
	_, err := conn.Exec(context.Background(), query)
	var pg *pgconn.PgError
	require.True(t, errors.As(err, &pg), "%s: %v", query, err)
	return pg.Code + " " + pg.Message
}

// translatedAll fails for routines that were not translated, with why.
func translatedAll(t *testing.T, c *convert.Conversion) {
	t.Helper()
	for _, a := range c.Actions {
		require.True(t, a.Note, "%s %s line %d: %s", a.Object.Type, a.Object.Name, a.Line, a.Reason)
	}
}

func TestFunctionsGiveWhatTheyGiveOnOracle(t *testing.T) {
	t.Parallel()
	s := newSchema()
	s.table("EMP", "ID NUMBER(6,0) NOT NULL", "NAME VARCHAR2(30)", "SALARY NUMBER(8,2)", "HIRED DATE", "DEPT NUMBER(4,0)", "EXACT NUMBER")
	s.sequence("Q", "5", "1", "999", "10")
	s.code(`FUNCTION tax(p_amount IN NUMBER, p_rate NUMBER DEFAULT 19) RETURN NUMBER IS
  v_tax NUMBER(8,2);
BEGIN
  v_tax := ROUND(p_amount * p_rate / 100, 2);
  RETURN v_tax;
END tax;`)
	s.code(`FUNCTION hello (p_name VARCHAR2) RETURN VARCHAR2 AS
BEGIN
  IF p_name IS NULL THEN RETURN 'nobody'; END IF;
  RETURN 'Hello ' || TRIM(p_name) || '!';
END;`)
	s.code(`FUNCTION nothing (p VARCHAR2) RETURN VARCHAR2 AS
  v VARCHAR2(10) := '';
BEGIN
  RETURN v || p || NULL || '';
END;`)
	s.code(`FUNCTION name_of (p_id emp.id%TYPE) RETURN emp.name%TYPE IS
  v_name emp.name%TYPE;
BEGIN
  SELECT e.name INTO v_name FROM emp e WHERE e.id = p_id;
  RETURN v_name;
EXCEPTION
  WHEN NO_DATA_FOUND THEN RETURN 'none';
  WHEN TOO_MANY_ROWS THEN RETURN 'many';
END;`)
	s.code(`FUNCTION total (dept NUMBER) RETURN NUMBER IS
  n NUMBER;
BEGIN
  SELECT NVL(SUM(salary), 0) INTO n FROM emp WHERE emp.dept = total.dept AND salary > 0;
  RETURN n;
END;`)
	s.code(`FUNCTION grade (n NUMBER) RETURN VARCHAR2 IS
BEGIN
  CASE
    WHEN n >= 90 THEN RETURN 'A';
    WHEN n >= 50 THEN RETURN 'B';
    ELSE NULL;
  END CASE;
  RETURN CASE WHEN n IS NULL THEN '?' ELSE 'C' END;
END;`)
	s.code(`FUNCTION kind (n NUMBER) RETURN VARCHAR2 IS
BEGIN
  CASE n WHEN 1 THEN RETURN 'one'; WHEN 2 THEN RETURN 'two'; END CASE;
END;`)
	s.code(`FUNCTION sums (n PLS_INTEGER) RETURN VARCHAR2 IS
  up VARCHAR2(100); down VARCHAR2(100); big NUMBER := 1; steps PLS_INTEGER := 0;
BEGIN
  FOR i IN 1 .. n LOOP
    CONTINUE WHEN i = 2;
    up := up || i;
    big := big * 1000000;
  END LOOP;
  FOR i IN REVERSE 1..n LOOP down := down || i; END LOOP;
  WHILE steps < 10 LOOP
    steps := steps + 3;
    EXIT WHEN steps > 5;
  END LOOP;
  LOOP
    steps := steps + 1;
    IF steps >= 20 THEN EXIT; END IF;
  END LOOP;
  RETURN up || '-' || down || '-' || steps;
END;`)
	s.code(`FUNCTION names (p_dept NUMBER) RETURN VARCHAR2 IS
  list VARCHAR2(200);
BEGIN
  FOR r IN (SELECT e.name, COUNT(*) AS n FROM emp e WHERE e.dept = p_dept GROUP BY e.name HAVING COUNT(*) > 0 ORDER BY name DESC) LOOP
    list := list || r.name || r.n || ' ';
  END LOOP;
  RETURN list;
END;`)
	s.code(`FUNCTION week_later (d DATE, days NUMBER) RETURN DATE IS
  x DATE := d;
BEGIN
  x := TRUNC(x) + 7;
  RETURN x;
END;`)
	s.code(`FUNCTION next_number RETURN NUMBER IS n NUMBER; BEGIN SELECT q.NEXTVAL INTO n FROM dual; RETURN n + q.NEXTVAL; END;`)
	s.code(`FUNCTION uses (n NUMBER) RETURN VARCHAR2 IS BEGIN RETURN hello(hello(NULL)) || s.next_number_text(n); END;`)
	s.code(`FUNCTION next_number_text (n NUMBER) RETURN VARCHAR2 IS BEGIN IF n > 0 THEN RETURN 'x' || next_number_text(n - 1); END IF; RETURN 'y'; END;`)
	s.code(`FUNCTION later (a VARCHAR2, b VARCHAR2) RETURN BOOLEAN IS both BOOLEAN; BEGIN both := a > b OR a BETWEEN 'a' AND 'b'; RETURN NOT both; END;`)
	s.code(`FUNCTION share (a NUMBER, b NUMBER) RETURN NUMBER IS
  v NUMBER(20,4);
BEGIN
  v := a / b;
  UPDATE emp SET salary = v / 3, exact = 2 WHERE id = 77;
  IF a < 10 THEN INSERT INTO emp (id, salary) VALUES (78, a / b); END IF;
  RETURN v;
END;`)
	s.code(`FUNCTION careful (n NUMBER) RETURN NUMBER IS
  found_ NUMBER := 0;
BEGIN
  UPDATE emp SET salary = ROUND(1 / n) WHERE n <> 0 AND id = 4711;
  IF n <> 0 AND ROUND(1 / n) > 2 OR n IS NULL THEN found_ := 1; END IF;
  RETURN found_;
END;`)
	s.code(`FUNCTION shadow (name VARCHAR2) RETURN NUMBER IS n NUMBER; BEGIN SELECT COUNT(*) INTO n FROM emp WHERE name = name; RETURN n; END;`)
	c := convert.Convert(s.Dictionary, convert.Options{})
	translatedAll(t, c)
	conn := apply(t, c)
	exec(t, conn, `INSERT INTO s.emp (id, name, salary, dept) VALUES (1, 'Ann', 10.10, 1), (2, 'bob', 20, 1), (3, 'Cid', NULL, 2), (3, 'Dan', -5, 1), (4, NULL, 1, 9)`)
	for query, want := range map[string]string{
		"s.tax(10.55)":                           "2.00",
		"s.tax(100, 7)":                          "7.00",
		"s.tax(NULL)":                            "NULL",
		"s.hello('')":                            "nobody",
		"s.hello(' A ')":                         "Hello A!",
		"s.hello('  ')":                          "Hello !",
		"s.nothing('')":                          "NULL",
		"s.nothing('a')":                         "a",
		"s.name_of(1)":                           "Ann",
		"s.name_of(9)":                           "none",
		"s.name_of(3)":                           "many",
		"s.name_of(4)":                           "NULL",
		"s.total(1)":                             "30.10",
		"s.total(7)":                             "0",
		"s.grade(95)":                            "A",
		"s.grade(50)":                            "B",
		"s.grade(1)":                             "C",
		"s.grade(NULL)":                          "?",
		"s.kind(2)":                              "two",
		"s.sums(4)":                              "134-4321-20",
		"s.names(1)":                             "bob1 Dan1 Ann1 ",
		"s.names(3)":                             "NULL",
		"s.week_later('2024-02-25 10:11:12', 1)": "2024-03-03 00:00:00",
		"s.next_number()":                        "25",
		"s.uses(2)":                              "Hello nobody!xxy",
		"s.later('B', 'a')":                      "true",
		"s.later('b', 'B')":                      "false",
		"s.later(NULL, 'x')":                     "NULL",
		"s.careful(0)":                           "0",
		"s.careful(0.25)":                        "1",
		"s.share(2, 3)":                          "0.6667",
		"s.share(-1, 32)":                        "-0.0313",
		"s.share(1234567890123456, 7)":           "176366841446208.0000",
		"s.shadow('Ann')":                        "4",
		"s.week_later('2024-02-25 10:11:12.9', NULL)": "2024-03-03 00:00:00",
	} {
		require.Equal(t, want, value(t, conn, query), query)
	}
	require.Equal(t, []string{"0.67", "-0.03"}, strs(t, conn, "SELECT salary::text FROM s.emp WHERE id = 78 AND salary < 1 ORDER BY salary DESC"))
	require.Equal(t, "22012", fails(t, conn, "SELECT s.share(1, 0)")[:5])
	require.Equal(t, "20000", fails(t, conn, "SELECT s.kind(3)")[:5], "CASE_NOT_FOUND")
	require.Equal(t, "22003", fails(t, conn, "SELECT s.tax(1e9)")[:5], "too large for NUMBER(8,2)")
	exec(t, conn, "CREATE ROLE plain_"+value(t, conn, "current_database()"))
	require.Equal(t, "false", value(t, conn, "has_function_privilege('plain_' || current_database(), 's.tax(numeric,numeric)', 'EXECUTE')"), "EXECUTE is granted, never everybody's")
	exec(t, conn, "DROP ROLE plain_"+value(t, conn, "current_database()"))
}
