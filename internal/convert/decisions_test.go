// SPDX-License-Identifier: Apache-2.0

package convert_test

import (
	"strings"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
	"github.com/stretchr/testify/require"
)

var ann = convert.Decided{By: "Ann", At: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), Why: "nobody reads it"}

func script(kind, name, sql string) convert.Script {
	return convert.Script{Object: convert.Object{Owner: "S", Type: kind, Name: name}, SQL: sql, SHA256: convert.ScriptSum(sql), Decided: ann}
}

func TestDecisionsAreObeyed(t *testing.T) {
	t.Parallel()
	s := newSchema()
	s.table("OLD", "ID NUMBER(5,0) NOT NULL")
	s.key("P", "OLD", "OLD_PK", "", "ID")
	s.table("DOC", "ID NUMBER(5,0)", "SCAN BLOB DEFAULT EMPTY_BLOB()", "AT DATE")
	s.key("R", "DOC", "DOC_FK", "OLD_PK", "ID")
	s.view("V", "select id from old", "ID NUMBER(5,0)")
	c := convert.Convert(s.Dictionary, convert.Options{Decisions: convert.Decisions{
		LeaveOut: []convert.Omission{{Object: convert.Object{Owner: "S", Type: "TABLE", Name: "OLD"}, Decided: ann},
			{Object: convert.Object{Owner: "S", Type: "TABLE", Name: "NEVER"}, Decided: ann}},
		Offload: []convert.Offload{{Owner: "S", Table: "DOC", Column: "SCAN", Decided: ann}, {Owner: "S", Table: "DOC", Column: "NOPE",
			Decided: ann}},
		Purge: []convert.Purge{{Owner: "S", Table: "DOC", Filter: convert.Filter{Column: "AT", Operator: ">=", Value: "2020-01-01"}, Decided: ann},
			{Owner: "S", Table: "DOC", Filter: convert.Filter{Column: "AT", Operator: "LIKE", Value: "x"}, Decided: ann}},
	}})
	conn := apply(t, c)
	require.Equal(t, []string{"doc.id integer ", "doc.scan text ", "doc.at timestamp(0) without time zone "}, strs(t, conn, `SELECT relname || '.' || attname || ' ' || format_type(atttypid, atttypmod)
		|| ' ' || coalesce(pg_get_expr(adbin, adrelid), '') FROM pg_attribute a JOIN pg_class r ON r.oid = a.attrelid LEFT JOIN pg_attrdef d ON adrelid = attrelid AND adnum = attnum
		WHERE relnamespace = 's'::regnamespace AND attnum > 0 AND relkind = 'r' ORDER BY relname, attnum`))
	require.Equal(t, []string{"FM-CV-021 DOC_FK", "FM-CV-034 NOPE", "FM-CV-034 purge", "FM-CV-070 SCAN", "FM-CV-071 AT"}, codes(actionsOf(c,
		"TABLE", "DOC")))
	require.Equal(t, []string{"FM-CV-005"}, codes(actionsOf(c, "VIEW", "V")))
	require.Equal(t, []string{"FM-CV-034 leave out"}, codes(actionsOf(c, "TABLE", "NEVER")))
	for _, o := range c.Outcomes {
		if o.Name == "OLD" {
			require.Equal(t, convert.LeftOut, o.Outcome)
			require.Equal(t, "left out by Ann on 2026-03-02 (nobody reads it)", o.Why)
		}
	}
}

func TestScriptsReplaceWhatTheEngineMade(t *testing.T) {
	t.Parallel()
	s := newSchema()
	s.table("T", "ID NUMBER(5,0) NOT NULL", "G SDO_GEOMETRY")
	for i := range s.Columns {
		if s.Columns[i].Name == "G" {
			s.Columns[i].TypeOwner = "MDSYS"
		}
	}
	s.key("P", "T", "T_PK", "", "ID")
	s.index("T", "T_I", false, "=my_function(ID)")
	s.table("U", "ID NUMBER(5,0)", "C VARCHAR2(9)")
	s.key("R", "U", "U_FK", "T_PK", "ID")
	s.check("U", "U_CK", "REGEXP_LIKE(c, '^a')", "C")
	s.view("A_ON_B", "select id from b", "ID NUMBER(5,0)")
	s.view("B", "select id from t connect by prior id = id", "ID NUMBER(5,0)")
	s.object("PROCEDURE", "P")
	s.TableComments = []dictionary.TableComment{{Owner: "S", Table: "T", Comments: "kept"}}
	before := convert.Convert(s.Dictionary, convert.Options{})
	require.NotEmpty(t, actionsOf(before, "VIEW", "A_ON_B"))
	wrong := script("INDEX", "T_I", "CREATE INDEX t_i ON s.t (id)")
	wrong.SHA256 = convert.ScriptSum("another")
	c := convert.Convert(s.Dictionary, convert.Options{Decisions: convert.Decisions{Scripts: []convert.Script{
		script("TABLE", "T",
			"-- the point as two numbers\nCREATE TABLE s.t (id integer NOT NULL, g_x float8, g_y float8);\nALTER TABLE s.t ADD CONSTRAINT t_pk PRIMARY KEY (id);"),
		script("TABLE", "U", "ALTER TABLE s.u ADD CONSTRAINT u_ck CHECK (c ~ '^a;')"),
		script("VIEW", "B", "CREATE VIEW s.b AS SELECT 1 AS never"), script("VIEW", "B", "CREATE OR REPLACE VIEW s.b AS SELECT id FROM s.t"),
		script("PROCEDURE", "P", "CREATE PROCEDURE s.p() LANGUAGE plpgsql AS $$ BEGIN NULL; END $$; /* ; */"),
		wrong, script("TABLE", "NOPE", "SELECT 1"), script("PROCEDURE", "P2", "SELECT 'x"),
	}}})
	conn := apply(t, c)
	require.Equal(t, []string{"g_x", "g_y", "id"}, strs(t, conn,
		"SELECT attname::text FROM pg_attribute WHERE attrelid = 's.t'::regclass AND attnum > 0 ORDER BY 1"))
	require.Equal(t, []string{"kept"}, strs(t, conn, "SELECT obj_description('s.t'::regclass)"))
	require.Equal(t, []string{"t_pk", "u_ck", "u_fk"}, strs(t, conn,
		"SELECT conname::text FROM pg_constraint WHERE connamespace = 's'::regnamespace AND contype <> 'n' ORDER BY 1"))
	require.Equal(t, []string{"a_on_b", "b"}, strs(t, conn, "SELECT viewname::text FROM pg_views WHERE schemaname = 's' ORDER BY 1"))
	for _, o := range c.Outcomes {
		if o.Type == "INDEX" && o.Name == "T_I" {
			require.Equal(t, convert.Action, o.Outcome)
			continue
		}
		require.Equal(t, convert.Converted, o.Outcome, "%v: %s", o.Object, o.Why)
		if o.Name == "P" || o.Name == "B" {
			require.Equal(t, "a script by Ann", o.Why)
		}
	}
	require.Contains(t, codes(actionsOf(c, "INDEX", "T_I")), "FM-CV-034 script")
	require.Equal(t, []string{"FM-CV-034 script"}, codes(actionsOf(c, "TABLE", "NOPE")))
	for _, st := range c.Statements {
		if st.ID == "view:s.b" {
			require.Equal(t, "Ann", st.By)
		}
		require.Equal(t, st.By != "", strings.Contains(st.SQL, "u_ck") || strings.Contains(st.SQL, "s.t ") || strings.Contains(st.SQL, "s.p(") ||
			strings.Contains(st.SQL, "s.t"), st.SQL)
	}
}

func TestWhatTheScratchDatabaseSays(t *testing.T) {
	t.Parallel()
	s := newSchema()
	s.table("T", "A NUMBER(5,0)")
	s.sequence("Q", "1", "1", "99", "1")
	s.trigger("TR", "T", "", "BEGIN SELECT q.NEXTVAL INTO :new.a FROM dual; END;")
	s.partition("T", "LIST", "A", "P1: 1", "P2: 2")
	c := convert.Convert(s.Dictionary, convert.Options{})
	for _, st := range c.Statements {
		if st.Subobject == "P2" {
			c.Refuse(st, "no room")
		}
	}
	c.Unchecked("no plpgsql_check")
	got := map[string]convert.Outcome{}
	for _, o := range c.Outcomes {
		got[o.Type+o.Subobject] = o.Outcome
	}
	require.Equal(t, map[string]convert.Outcome{"TABLE": convert.Converted, "SEQUENCE": convert.Converted, "TRIGGER": convert.Converted,
		"TABLE PARTITIONP1": convert.Converted,
		"TABLE PARTITIONP2": convert.Action}, got)
	require.Equal(t, []string{"FM-PG-REFUSED t_p2"}, codes(actionsOf(c, "TABLE PARTITION", "T")))
	require.Equal(t, []string{"FM-CV-074 tr"}, codes(actionsOf(c, "TRIGGER", "TR")))
}
