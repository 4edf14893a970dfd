// SPDX-License-Identifier: Apache-2.0

package sqltext_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/ferryman/ferryman/internal/standin/oracle/dict"
	"github.com/ferryman/ferryman/internal/standin/oracle/sqltext"
	"github.com/ferryman/ferryman/internal/standin/oracle/tns"
	"github.com/stretchr/testify/require"
)

// schema has one table T(ID, NAME, "Mixed") and one sequence S.
type schema struct{}

func (schema) Table(owner, name string, _ sqltext.Verb) (*sqltext.Table, error) {
	if name != "T" && name != "U" && name != "DUAL" || owner != "" && owner != "APP" {
		return nil, tns.Errorf(942, "table or view does not exist")
	}
	columns := []*dict.Column{{Name: "ID", DataType: "NUMBER"}, {Name: "NAME", DataType: "VARCHAR2"}, {Name: "Mixed", DataType: "DATE"}}
	return &sqltext.Table{SQL: `"APP"."` + name + `"`, Columns: columns, Writable: true}, nil
}

func (schema) Sequence(string, string) (string, error) { return `"APP"."S"`, nil }

func translate(text string) (*sqltext.Statement, error) {
	tokens, err := sqltext.Tokens(text)
	if err != nil {
		return nil, err
	}
	return sqltext.Translate(text, tokens, schema{})
}

func TestTranslation(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`select id, "Mixed" from t where name = :n`:                   `SELECT "ID" AS "ID", "Mixed" AS "Mixed" FROM "APP"."T" AS "T" WHERE "NAME" = $1`,
		`SELECT :a, :b, :a FROM dual`:                                 `SELECT $1 AS ":A", $2 AS ":B", $1 AS ":A" FROM "APP"."DUAL" AS "DUAL"`,
		`SELECT COUNT(*) FROM app.t x`:                                `SELECT count(*) AS "COUNT(*)" FROM "APP"."T" AS "X"`,
		`SELECT name n FROM t WHERE ROWNUM <= 5`:                      `SELECT "NAME" AS "N" FROM "APP"."T" AS "T" LIMIT greatest(0, floor(5::numeric))`,
		`SELECT t.id FROM t, u WHERE t.id = u.id (+) AND t.id > 1`:    `SELECT "T"."ID" AS "ID" FROM "APP"."T" AS "T" LEFT JOIN "APP"."U" AS "U" ON ("T"."ID" = "U"."ID") WHERE "T"."ID" > 1::numeric`,
		`INSERT INTO t (id, name) VALUES (s.NEXTVAL, '')`:             `INSERT INTO "APP"."T" AS "T" ("ID", "NAME") VALUES (nextval('"APP"."S"')::numeric , NULL)`,
		`UPDATE t x SET x.name = NVL(:1, 'a;b') WHERE x.id = 1`:       `UPDATE "APP"."T" AS "X" SET "NAME" = COALESCE($1, 'a;b') WHERE "X"."ID" = 1::numeric`,
		`DELETE t WHERE name LIKE 'a\_%'`:                             `DELETE FROM "APP"."T" AS "T" WHERE "NAME" LIKE 'a\_%' ESCAPE ''`,
		`SELECT id FROM t FOR UPDATE OF name NOWAIT`:                  `SELECT "ID" AS "ID" FROM "APP"."T" AS "T" FOR UPDATE OF "T" NOWAIT`,
		`SELECT 'it''s' || q'{a'b}' /* x */ FROM dual -- end`:         `SELECT 'it''s'::text || 'a''b'::text AS "'IT''S'||Q'{A'B}'" FROM "APP"."DUAL" AS "DUAL"`,
		`SELECT id FROM t ORDER BY 1 DESC NULLS LAST, id + 1`:         `SELECT "ID" AS "ID" FROM "APP"."T" AS "T" ORDER BY 1 DESC NULLS LAST, "ID" + 1::numeric`,
		`SELECT id FROM t OFFSET 2 ROWS FETCH NEXT :n ROWS ONLY`:      `SELECT "ID" AS "ID" FROM "APP"."T" AS "T" OFFSET ((2::numeric)::bigint) ROWS FETCH FIRST (($1)::bigint) ROWS ONLY`,
		`SELECT MAX(id) KEEP_ FROM t GROUP BY name HAVING COUNT(*)>1`: `SELECT max("ID") AS "KEEP_" FROM "APP"."T" AS "T" GROUP BY "NAME" HAVING count(*) > 1::numeric`,
	} {
		s, err := translate(text)
		require.NoError(t, err, text)
		require.Equal(t, want, s.SQL, text)
	}
}

func TestErrorsHaveTheirPlace(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]struct{ code, at int }{
		"SELECT * FROM t, nowhere":               {942, 17},
		"SELECT id FROM t WHERE":                 {936, 22},
		"SELECT foo(1) FROM t":                   {904, 7},
		"INSERT INTO t (id, nope) VALUES (1, 2)": {904, 19},
		"SELECT (id FROM t":                      {907, 17},
		"SELECT id) FROM t":                      {933, 9},
		"SELECT 1; SELECT 2":                     {911, 8},
		"SELECT 'abc":                            {1756, 7},
		"UPDATE t name = 1":                      {971, 14},
		"SELECT id FROM t START WITH id = 1 CONNECT BY PRIOR id = 2": {3001, 46},
	} {
		_, err := translate(text)
		var ora *tns.OraError
		require.True(t, errors.As(err, &ora), "%s: %v", text, err)
		require.Equal(t, want.code, ora.Code, text)
		require.Equal(t, want.at, ora.Pos, text)
	}
	_, err := translate("SELECT " + strings.Repeat("(", 100000) + "1" + strings.Repeat(")", 100000) + " FROM dual")
	require.ErrorContains(t, err, "ORA-03001")
}

// Whatever comes in, the translator answers: with a statement or with an error of Oracle's.
func FuzzTranslate(f *testing.F) {
	for _, text := range []string{
		"SELECT a.id, b.* FROM t a LEFT JOIN (SELECT * FROM u WHERE ROWNUM < 3) b ON a.id = b.id WHERE a.id IN (1, :x) AND b.id (+) = 2 ORDER BY 1",
		"WITH q (a) AS (SELECT 1 FROM dual) SELECT CASE WHEN a = 1 THEN 'x' END FROM q UNION ALL SELECT 'y' FROM dual MINUS SELECT NULL FROM dual FETCH FIRST ROW ONLY",
		"INSERT INTO t (id) SELECT LEVEL FROM dual CONNECT BY LEVEL <= 3",
		"UPDATE t SET (id, name) = (SELECT 1, 'a' FROM dual), name = DECODE(id, 1, 2, 3) WHERE ROWNUM <= 1 RETURNING id INTO :r",
		"MERGE INTO t USING dual ON (t.id = 1) WHEN MATCHED THEN UPDATE SET name = 'x' WHEN NOT MATCHED THEN INSERT (id) VALUES (1)",
		"SELECT CAST(id AS NUMBER(3,-1)), EXTRACT(DAY FROM SYSDATE), TRIM(BOTH 'x' FROM name), LISTAGG(id) WITHIN GROUP (ORDER BY id) FROM t FOR UPDATE OF t.name WAIT 3",
		"DELETE FROM t WHERE DATE '2026-01-01' < SYSDATE - INTERVAL '1' DAY(2) TO SECOND AND ROWID = 'x' AND t.ROWID IS NOT NULL",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := translate(text)
		var ora *tns.OraError
		if err != nil && !errors.As(err, &ora) || err == nil && s.SQL == "" {
			t.Fatalf("%q: %v", text, err)
		}
		_, _ = sqltext.Expression(text, schema{}, "NEW")
	})
}
