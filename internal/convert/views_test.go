// SPDX-License-Identifier: Apache-2.0

package convert_test

import (
	"testing"

	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
	"github.com/stretchr/testify/require"
)

// people has a manager tree, departments that may be missing, and dates.
func people() schema {
	s := newSchema()
	s.table("E", "ID NUMBER(5,0) NOT NULL", "NAME VARCHAR2(20) NOT NULL", "NICK VARCHAR2(20)", "D_ID NUMBER(5,0)", "BOSS NUMBER(5,0)", "PAY NUMBER(8,2)", "BORN DATE",
		"FLAG CHAR(1)", "CODE CHAR(4)", "AT TIMESTAMP(6)~WITH~TIME~ZONE", "NOTE CLOB")
	s.table("D", "ID NUMBER(5,0) NOT NULL", "TITLE VARCHAR2(20)", "CITY VARCHAR2(20)")
	return s
}

const peopleRows = `INSERT INTO s.d VALUES (1, 'ops', 'Bern'), (2, NULL, 'Rom'), (3, 'lab', NULL);
	INSERT INTO s.e (id, name, nick, d_id, boss, pay, born, flag) VALUES (1, 'Ann', NULL, 1, NULL, 10.5, '1970-01-31 13:00', 'Y'),
		(2, 'Bob', 'b', 2, 1, 7, NULL, 'N'), (3, 'Cy', 'c%', NULL, 1, NULL, '1999-12-31', NULL)`

// TestViewsMeanTheSame: the rows are worked out by hand from what Oracle does.
func TestViewsMeanTheSame(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		text, columns string // columns as schema.column takes them, without a blank in a type
		rows          []string
	}{
		"outer":        {"select e.name, d.title t from e, d where e.d_id = d.id(+)", "N T", []string{"Ann|ops", "Bob|", "Cy|"}},
		"outer filter": {"select e.name, d.title from e, d where e.d_id = d.id (+) and d.city (+) = 'Bern'", "N T", []string{"Ann|ops", "Bob|", "Cy|"}},
		"filter after": {"select e.name, d.title from e, d where e.d_id = d.id (+) and d.city = 'Bern'", "N T", []string{"Ann|ops"}},
		"anti":         {"select d.city from d, e where e.d_id(+) = d.id and e.id is null", "C", []string{""}},
		"chain":        {"select e.name, b.name, d.title from d, e b, e where b.id(+) = e.boss and d.id(+) = b.d_id", "A B C", []string{"Ann||", "Bob|Ann|ops", "Cy|Ann|ops"}},
		"ansi":         {"SELECT e.name, d.city FROM e LEFT OUTER JOIN d ON (d.id = e.d_id AND d.title IS NOT NULL) WHERE e.id <> 2", "N C", []string{"Ann|Bern", "Cy|"}},
		"using":        {"select id, e.name, d.city from e join d using (id) order by id desc", "I N C", []string{"1|Ann|Bern", "2|Bob|Rom", "3|Cy|"}},
		"star":         {"select d.*, e.name from d, e where d.id = e.d_id", "I T C N", []string{"1|ops|Bern|Ann", "2||Rom|Bob"}},
		"nvl":          {"select nvl(nick, name), nvl2(nick, 'has', 'none'), coalesce(nick, name, '?') from e", "A B C", []string{"Ann|none|Ann", "b|has|b", "c%|has|c%"}},
		"decode":       {"select decode(nick, null, 'none', 'b', 'bee', 'more'), decode(d_id, boss, 'same', 'other') from e", "A B", []string{"bee|other", "more|other", "none|other"}},
		"concat":       {"select name || '-' || nick || '!' from e", "A", []string{"Ann-!", "Bob-b!", "Cy-c%!"}},
		"empty string": {"select name from e where nick = '' or nvl(nick, '') is null", "A", []string{"Ann"}},
		"case":         {"select case when pay > 8 then 'much' when pay is null then 'none' else 'some' end, case flag when 'Y' then 1 else 0 end from e", "A B", []string{"much|1", "none|0", "some|0"}},
		"like":         {`select name from e where nick like '%\%' or name like 'A__'`, "A", []string{"Ann"}},
		"dates":        {"select name from e where trunc(born) = date '1970-01-31' and born < to_date('01.02.1970', 'DD.MM.YYYY') and born + 1 > date '1970-02-01'", "A", []string{"Ann"}},
		"to_char":      {"select to_char(born, 'YYYY-MM-DD HH24:MI') from e where born is not null", "A", []string{"1970-01-31 13:00", "1999-12-31 00:00"}},
		"group":        {"select d_id, count(*) n, sum(pay) from e where d_id is not null group by d_id having count(*) > 0 order by n, d_id", "A B C", []string{"1|1|10.50", "2|1|7.00"}},
		"distinct":     {"select distinct boss from e where boss in (1, 2) and pay between 1 and 8", "A", []string{"1"}},
		"text functions": {"select upper(substr(name, 1, 2)), length(name), trim('  '), replace(name, 'n', ''), instr(name, 'n') from e where id = 1", "A B C D E",
			[]string{"AN|3||A|2"}},
		"numbers":       {"select round(pay), trunc(pay, 0), mod(id, 2), -id * 2 + 1, abs(id) from e where id = 1", "A B C D E", []string{"11|10|1|-1|1"}},
		"number text":   {"select name from e where id = '2'", "A", []string{"Bob"}},
		"synonym":       {"select name from people where s.people.id = 1", "A", nil},
		"named synonym": {"select p.name from people p where p.id = 1", "A", []string{"Ann"}},
		"comments":      {"select /*+ full(e) */ name -- all\n from s.e\nwhere (id = 1 or id = 2) and not (id = 2) with read only", "A", []string{"Ann"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := people()
			s.object("SYNONYM", "PEOPLE")
			s.Synonyms = []dictionary.Synonym{{Owner: "S", Name: "PEOPLE", TableOwner: "S", Table: "E"}}
			var columns []string
			for _, c := range tc.columns {
				if c != ' ' {
					columns = append(columns, string(c)+" VARCHAR2(99)")
				}
			}
			s.view("V", tc.text, columns...)
			c := convert.Convert(s.Dictionary, convert.Options{})
			conn := apply(t, c)
			exec(t, conn, peopleRows)
			if tc.rows == nil {
				require.Equal(t, []convert.Outcome{convert.Action}, outcomes(c, convert.Object{Owner: "S", Type: "VIEW", Name: "V"}))
				return
			}
			require.Equal(t, []convert.Outcome{convert.Converted}, outcomes(c, convert.Object{Owner: "S", Type: "VIEW", Name: "V"}), "%v", actionsOf(c, "VIEW", "V"))
			require.Equal(t, tc.rows, strs(t, conn, `SELECT array_to_string(ARRAY(SELECT coalesce(value, '') FROM json_each_text(row_to_json(v))), '|') FROM s.v ORDER BY 1`))
		})
	}
}

// TestViewsThatAreNotCertainAreNamed: each would be taken by PostgreSQL with another meaning, or refused.
func TestViewsThatAreNotCertainAreNamed(t *testing.T) {
	t.Parallel()
	s := people()
	texts := []string{
		"select id from e where rownum < 5", "select id from e connect by prior id = boss", "select id from e union select id from d",
		"select id from (select id from e)", "select id from e where id in (select id from d)", "with x as (select 1 from e) select id from x",
		"select pay / 2 from e", "select sysdate - born from e", "select born - 1.5 from e", "select id from e where born > '01-JAN-70'",
		"select row_number() over (order by id) from e", "select my_function(id) from e", "select pkg.f(id) from e", "select id from e@link",
		"select id from dual", "select id from all_tables", "select id, id from e", "select nope from e", "select id from e, d",
		"select e.id from e, d where e.id = d.id(+) or d.id(+) = 2", "select e.id from e, d where e.id(+) = d.id and d.id(+) = e.id",
		"select e.id from e, d where e.id (+) = d.id (+)", "select add_months(born, 1) from e", "select to_char(pay, '990D00') from e",
		"select to_char(born, 'Day') from e", "select months_between(born, sysdate) from e", "select substr(name, -2) from e",
		"select id from e where code = name", "select id from e where name = 5", "select id from e where note = 'x'", "select code || 'x' from e",
		"select pay || name from e", "select greatest(id, boss) from e", "select avg(pay) from e", "select trunc(at) from e", "select to_char(pay) from e",
		"select id from e where name like 'a!_' escape '!'", "select extract(year from born) from e", "select :x from e", "select id from e for update",
		"select id from e where (id, boss) in ((1, 2))", "select id from e sample (10)", "select level from e", "select id from e natural join d",
		"select cast(id as varchar2(10)) from e", "select name from e order by nlssort(name)", "select decode(id, 1, 'a', 2, 3) from e",
		"select id from e where not name", "select id from e where id", "select name = 'x' from e", "select id from e with check option", "",
	}
	for i, text := range texts {
		name := "V" + string(rune('A'+i/26)) + string(rune('A'+i%26))
		s.view(name, text, "X VARCHAR2(9)")
	}
	s.view("ON_VIEW", "select x from vaa", "X VARCHAR2(9)")
	c := convert.Convert(s.Dictionary, convert.Options{})
	apply(t, c)
	for i, text := range texts {
		name := "V" + string(rune('A'+i/26)) + string(rune('A'+i%26))
		actions := actionsOf(c, "VIEW", name)
		require.Equal(t, []convert.Outcome{convert.Action}, outcomes(c, convert.Object{Owner: "S", Type: "VIEW", Name: name}), text)
		require.Len(t, actions, 1, text)
		require.NotEmpty(t, actions[0].Reason, text)
	}
	require.Equal(t, []string{"FM-CV-005"}, codes(actionsOf(c, "VIEW", "ON_VIEW")))
}

func TestViewsOnViewsComeInTheirOrder(t *testing.T) {
	t.Parallel()
	s := people()
	s.view("A", "select n from b", "N VARCHAR2(9)")
	s.view("B", "select n from c where n is not null", "N VARCHAR2(9)")
	s.view("C", "select name n from e", "N VARCHAR2(9)")
	s.view("X", "select n from y", "N VARCHAR2(9)")
	s.view("Y", "select n from x", "N VARCHAR2(9)")
	c := convert.Convert(s.Dictionary, convert.Options{})
	conn := apply(t, c)
	require.Equal(t, []string{"a", "b", "c"}, strs(t, conn, "SELECT viewname::text FROM pg_views WHERE schemaname = 's' ORDER BY 1"))
	require.Equal(t, []string{"FM-CV-005"}, codes(actionsOf(c, "VIEW", "X")))
}
