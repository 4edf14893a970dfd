// SPDX-License-Identifier: Apache-2.0

package convert_test

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/stretchr/testify/require"
)

func codes(actions []convert.ActionItem) []string {
	var out []string
	for _, a := range actions {
		out = append(out, strings.TrimSpace(a.Code+" "+a.Subject))
	}
	return out
}

func TestEveryScalarType(t *testing.T) {
	t.Parallel()
	types := []struct{ oracle, target string }{
		{"NUMBER", "numeric"}, {"NUMBER(*,0)", "numeric(38,0)"}, {"NUMBER(4,0)", "integer"}, {"NUMBER(9,0)", "integer"}, {"NUMBER(10,0)", "bigint"},
		{"NUMBER(18,0)", "bigint"}, {"NUMBER(19,0)", "numeric(19,0)"}, {"NUMBER(38,0)", "numeric(38,0)"}, {"NUMBER(8,2)", "numeric(8,2)"},
		{"NUMBER(5,-2)", "integer"}, {"NUMBER(2,5)", "numeric(5,5)"}, {"FLOAT", "double precision"}, {"BINARY_FLOAT", "real"},
		{"BINARY_DOUBLE", "double precision"}, {"VARCHAR2(30)", "character varying(30)"}, {"NVARCHAR2(7)", "character varying(7)"},
		{"CHAR(3)", "character(3)"}, {"CLOB", "text"}, {"LONG", "text"}, {"BLOB", "bytea"}, {"RAW(16)", "bytea"}, {"LONG~RAW", "bytea"},
		{"DATE", "timestamp(0) without time zone"}, {"TIMESTAMP(3)", "timestamp(3) without time zone"},
		{"TIMESTAMP(9)", "timestamp(6) without time zone"}, {"TIMESTAMP(6)~WITH~TIME~ZONE", "timestamp(6) with time zone"},
		{"TIMESTAMP(0)~WITH~LOCAL~TIME~ZONE", "timestamp(0) with time zone"}, {"INTERVAL~YEAR(2)~TO~MONTH", "interval year to month"},
		{"INTERVAL~DAY(2)~TO~SECOND(3)", "interval day to second(3)"}, {"XMLTYPE", "xml"}, {"BOOLEAN", "boolean"},
	}
	s := newSchema()
	var columns, want []string
	for i, typ := range types {
		columns = append(columns, "C"+string(rune('A'+i/26))+string(rune('A'+i%26))+" "+typ.oracle)
		want = append(want, typ.target)
	}
	s.table("T", columns...)
	c := convert.Convert(s.Dictionary, convert.Options{})
	conn := apply(t, c)
	require.Equal(t, want, strs(t, conn, "SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 's.t'::regclass AND attnum > 0 ORDER BY attnum"))
	require.Equal(t, []string{"FM-CV-050 CAL", "FM-CV-050 CAY", "FM-CV-050 CAZ", "FM-CV-050 CBD"}, codes(actionsOf(c, "TABLE", "T")), "FLOAT, TIMESTAMP(9), time zone, XML")
	require.Equal(t, []convert.Outcome{convert.Converted}, outcomes(c, convert.Object{Owner: "S", Type: "TABLE", Name: "T"}))
}

func TestWhatCanNotBeAColumnIsNamed(t *testing.T) {
	t.Parallel()
	s := newSchema()
	s.table("T", "ID NUMBER(5,0) NOT NULL", "F BFILE", "R ROWID", "G SDO_GEOMETRY", "Z VECTOR", "ok DATE", "OK DATE")
	for i := range s.Columns {
		if s.Columns[i].Name == "G" {
			s.Columns[i].TypeOwner = "MDSYS"
		}
	}
	c := convert.Convert(s.Dictionary, convert.Options{})
	conn := apply(t, c)
	require.Equal(t, []string{"id", "ok"}, strs(t, conn, "SELECT attname::text FROM pg_attribute WHERE attrelid = 's.t'::regclass AND attnum > 0 ORDER BY attnum"))
	require.Equal(t, []string{"FM-CV-014 F", "FM-CV-014 G", "FM-CV-014 R", "FM-CV-014 Z", "FM-CV-022 OK"}, codes(actionsOf(c, "TABLE", "T")))
	require.Equal(t, []convert.Outcome{convert.Action}, outcomes(c, convert.Object{Owner: "S", Type: "TABLE", Name: "T"}))
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	s := newSchema()
	s.sequence("Q", "1", "1", "99", "7")
	s.table("T", "A DATE DEFAULT SYSDATE ", "B TIMESTAMP(6) DEFAULT systimestamp", "C VARCHAR2(30) DEFAULT USER", "D VARCHAR2(5) DEFAULT 'it''s'",
		"E VARCHAR2(5) DEFAULT ''", "F NUMBER(5,0) DEFAULT '12'", "G VARCHAR2(5) DEFAULT 0", "H NUMBER(8,2) DEFAULT -1.5", "I RAW(16) DEFAULT SYS_GUID()",
		"J CLOB DEFAULT EMPTY_CLOB()", "K DATE DEFAULT TO_DATE('31.12.2099','DD.MM.YYYY')", "L DATE DEFAULT TRUNC(SYSDATE) + 30", "M NUMBER(9,0) DEFAULT \"S\".\"Q\".\"NEXTVAL\"",
		"N DATE DEFAULT '01-JAN-20'", "O NUMBER(5,0) DEFAULT my_pkg.next_id()", "P VARCHAR2(9) DEFAULT NULL", "Q VARCHAR2(64) DEFAULT SYS_CONTEXT('USERENV','HOST')",
		"R DATE DEFAULT DATE '2020-02-29'", "T TIMESTAMP(6)~WITH~TIME~ZONE DEFAULT SYSTIMESTAMP", "U RAW(2) DEFAULT 'ff0A'", "V BLOB DEFAULT EMPTY_BLOB()")
	c := convert.Convert(s.Dictionary, convert.Options{})
	conn := apply(t, c)
	require.Equal(t, []string{"FM-CV-015 N", "FM-CV-015 O", "FM-CV-015 Q", "FM-CV-050 T"}, codes(actionsOf(c, "TABLE", "T")), "nothing is guessed")
	exec(t, conn, "INSERT INTO s.t DEFAULT VALUES")
	require.Equal(t, []string{"t|t|t|it's||12|0|-1.50|16|t|2099-12-31 00:00:00|t|7||||2020-02-29 00:00:00|\\xff0a|t"}, strs(t, conn, `SELECT concat_ws('|',
		abs(extract(epoch FROM localtimestamp - a)) < 5, abs(extract(epoch FROM localtimestamp - b)) < 5, c = upper(current_user), d, coalesce(e, ''), f, g, h,
		length(i), j = '', k, l = date_trunc('day', localtimestamp) + interval '30 days', m, coalesce(n::text, ''), coalesce(o::text, ''), coalesce(p, ''), r, u, v = '') FROM s.t`))
}

func TestIdentitiesAndTheKeysThatPointAtThem(t *testing.T) {
	t.Parallel()
	s := newSchema()
	s.table("P", "ID NUMBER NOT NULL DEFAULT \"S\".\"ISEQ$$_1\".nextval", "N NUMBER(4,0)")
	s.Columns[0].Identity = "YES"
	s.sequence("ISEQ$$_1", "5", "1", "9999999999999999999999999999", "41")
	s.IdentityCols = []dictionary.IdentityCol{{Owner: "S", Table: "P", Column: "ID", Generation: "BY DEFAULT", Sequence: "ISEQ$$_1"}}
	s.key("P", "P", "P_PK", "", "ID")
	s.table("C", "P_ID NUMBER", "P2 NUMBER(4,0)", "AMOUNT NUMBER")
	s.key("R", "C", "C_FK", "P_PK", "P_ID")
	s.key("R", "C", "C_FK2", "P_PK", "P2")
	s.table("X", "ID NUMBER(4,0) NOT NULL")
	s.key("P", "X", "X_PK", "", "ID")
	s.table("Y", "X_ID NUMBER(12,0)", "Z NUMBER(8,2)")
	s.key("R", "Y", "Y_FK", "X_PK", "X_ID")
	c := convert.Convert(s.Dictionary, convert.Options{})
	conn := apply(t, c)
	require.Equal(t, []string{"p.id bigint", "c.p_id bigint", "c.p2 bigint", "c.amount numeric", "x.id bigint", "y.x_id bigint", "y.z numeric(8,2)"},
		strs(t, conn, `SELECT relname || '.' || attname || ' ' || format_type(atttypid, atttypmod) FROM pg_attribute a JOIN pg_class r ON r.oid = attrelid
			WHERE relkind = 'r' AND relnamespace = 's'::regnamespace AND attnum > 0 AND attname <> 'n' ORDER BY position(relname in 'pcxy'), attnum`))
	require.Equal(t, []string{"41", "46"}, strs(t, conn, "INSERT INTO s.p (n) VALUES (1), (2) RETURNING id::text"))
	require.Equal(t, []convert.Outcome{convert.Converted}, outcomes(c, convert.Object{Owner: "S", Type: "SEQUENCE", Name: "ISEQ$$_1"}))
	require.Contains(t, codes(actionsOf(c, "TABLE", "X")), "FM-CV-051 ID", "widened to match")
}

func TestHostileAndAwkwardNames(t *testing.T) {
	t.Parallel()
	s := newSchema()
	long := strings.Repeat("Ä", 40)
	s.table(`a"; DROP SCHEMA s; --`, `x"y DATE NOT NULL`, "SELECT NUMBER(3,0)", `'q' VARCHAR2(9) DEFAULT '\''; --'`)
	s.table("Foo", "A DATE")
	s.table("FOO", "A DATE")
	s.table(long+"1", "A DATE")
	s.table(long+"2", long+" DATE")
	s.index("FOO", "FOO", false, "A")
	s.key("U", "FOO", "foo", "", "A")
	s.TableComments = []dictionary.TableComment{{Owner: "S", Table: `a"; DROP SCHEMA s; --`, Comments: "it's \\ a 'trap'\x00"}}
	c := convert.Convert(s.Dictionary, convert.Options{})
	conn := apply(t, c)
	names := strs(t, conn, "SELECT relname::text FROM pg_class WHERE relkind = 'r' AND relnamespace = 's'::regnamespace ORDER BY relname COLLATE \"C\"")
	require.Len(t, names, 4, "of Foo and FOO there is one")
	require.Equal(t, `a"; drop schema s; --`, names[0])
	for _, n := range names {
		require.LessOrEqual(t, len(n), 63)
	}
	require.Equal(t, []string{"it's \\ a 'trap'"}, strs(t, conn, `SELECT obj_description(oid) FROM pg_class WHERE relname LIKE 'a"%'`))
	require.Equal(t, []string{"FM-CV-022"}, codes(actionsOf(c, "TABLE", "Foo")))
	require.Contains(t, codes(actionsOf(c, "TABLE", long+"1")), "FM-CV-023")
	require.Equal(t, []string{"foo_idx", "foo_key"}, strs(t, conn, "SELECT relname::text FROM pg_class WHERE relkind = 'i' AND relnamespace = 's'::regnamespace ORDER BY 1"),
		"indexes share the tables' name space on PostgreSQL")
	require.Contains(t, codes(actionsOf(c, "INDEX", "FOO")), "FM-CV-057")
}

func TestTablesThatAreNoTables(t *testing.T) {
	t.Parallel()
	s := newSchema()
	s.table("GTT", "A DATE").Temporary = "Y"
	s.table("EXT", "A DATE").External = "YES"
	s.table("MV", "A DATE")
	s.MViews = []dictionary.MView{{Owner: "S", Name: "MV", Container: "MV", RefreshMethod: "FAST", RefreshMode: "DEMAND"}}
	s.object("MATERIALIZED VIEW", "MV")
	s.table("MLOG$_T", "A DATE")
	s.table("NT", "A DATE").Nested = "YES"
	s.table("SYS_IOT_OVER_1", "A DATE").IOTType = "IOT_OVERFLOW"
	s.table("DR$I$I", "A DATE").Secondary = "Y"
	s.table("BIN$abc==$0", "A DATE")
	s.table("PT", "A DATE").Partitioned = "YES"
	s.PartTables = []dictionary.PartTable{{Owner: "S", Table: "PT", Partitioning: "RANGE", Subpartitioning: "HASH"}}
	s.object("TABLE PARTITION", "PT")
	s.object("TABLE", "OBJ")
	s.index("GTT", "GTT_I", false, "A")
	for kind, name := range map[string]string{"DATABASE LINK": "L", "TYPE": "TY", "QUEUE": "QU", "CLUSTER": "CL", "JAVA CLASS": "JC", "PROCEDURE": "PR"} {
		s.object(kind, name)
	}
	c := convert.Convert(s.Dictionary, convert.Options{})
	conn := apply(t, c)
	require.Equal(t, []string{"pt"}, strs(t, conn, "SELECT relname::text FROM pg_class WHERE relkind = 'r' AND relnamespace = 's'::regnamespace"))
	got := map[string]string{}
	for _, o := range c.Outcomes {
		got[o.Type+" "+o.Name] = strings.TrimSpace(string(o.Outcome) + " " + strings.Join(o.Codes, " "))
		require.NotEmpty(t, o.Why, o.Name)
	}
	require.Equal(t, map[string]string{
		"TABLE GTT": "action FM-CV-011", "TABLE EXT": "action FM-CV-012", "TABLE MV": "left_out", "MATERIALIZED VIEW MV": "action FM-CV-003",
		"TABLE MLOG$_T": "left_out", "TABLE NT": "action FM-CV-013", "TABLE SYS_IOT_OVER_1": "left_out", "TABLE DR$I$I": "left_out",
		"TABLE BIN$abc==$0": "left_out", "TABLE PT": "action FM-CV-010", "TABLE PARTITION PT": "left_out", "TABLE OBJ": "action FM-CV-013",
		"INDEX GTT_I": "left_out FM-CV-029", "DATABASE LINK L": "action FM-CV-008", "TYPE TY": "action FM-CV-009", "QUEUE QU": "action FM-CV-025",
		"CLUSTER CL": "left_out", "JAVA CLASS JC": "action FM-CV-025", "PROCEDURE PR": "action FM-CV-003",
	}, got)
	require.Contains(t, actionsOf(c, "TABLE", "PT")[0].Reason, "RANGE-HASH")
}

func TestFactsThatAreMissingAreNotTakenForAbsent(t *testing.T) {
	t.Parallel()
	for view, kinds := range map[string][]string{
		"ALL_CONSTRAINTS": {"TABLE"}, "ALL_TAB_COLS": {"TABLE", "VIEW"}, "ALL_IND_COLUMNS": {"INDEX"}, "ALL_SEQUENCES": {"SEQUENCE"},
		"ALL_TRIGGERS": {"TRIGGER"}, "ALL_VIEWS": {"VIEW"},
	} {
		d := read(t, boxOffice)
		d.SetUnknown(view, "no right to read it")
		if view == "ALL_SEQUENCES" {
			d.Sequences = nil
		}
		c := convert.Convert(d, convert.Options{})
		for _, kind := range kinds {
			tried := 0
			for _, o := range c.Outcomes {
				if o.Type != kind || o.Outcome == convert.LeftOut {
					continue
				}
				tried++
				require.Equal(t, convert.NotTried, o.Outcome, "%s without %s", o.Name, view)
				require.Contains(t, o.Why, view)
			}
			require.Positive(t, tried)
		}
		for _, s := range c.Statements {
			require.NotContains(t, kinds, s.Object.Type)
		}
	}
}

func TestLeftOutByChoice(t *testing.T) {
	t.Parallel()
	d := read(t, boxOffice)
	ticket := convert.Object{Owner: "BOXOFFICE", Type: "TABLE", Name: "TICKET"}
	c := convert.Convert(d, convert.Options{Decisions: convert.Decisions{LeaveOut: []convert.Omission{{Object: ticket},
		{Object: convert.Object{Owner: "BOXOFFICE", Type: "SEQUENCE", Name: "CUSTOMER_SEQ"}}}}})
	conn := apply(t, c)
	require.Equal(t, []convert.Outcome{convert.LeftOut}, outcomes(c, ticket))
	require.Empty(t, strs(t, conn, "SELECT relname::text FROM pg_class WHERE relname LIKE 'ticket' OR relname = 'customer_seq' OR relname LIKE 'ticket_status%'"))
	require.Equal(t, []string{"FM-CV-021 TICKET_SCAN_TICKET_FK"}, codes(actionsOf(c, "TABLE", "TICKET_SCAN")))
	require.Equal(t, []string{"FM-CV-005"}, codes(actionsOf(c, "VIEW", "TICKET_HOLDER")))
	require.Equal(t, []string{"FM-CV-002"}, codes(actionsOf(c, "TRIGGER", "CUSTOMER_ID_TRG")))
	require.Equal(t, []convert.Outcome{convert.LeftOut}, outcomes(c, convert.Object{Owner: "BOXOFFICE", Type: "TRIGGER", Name: "TICKET_ID_TRG"}))
}

// TestTheOrderOfRowsDoesNotMatter: rows of the dictionary come in any order.
func TestTheOrderOfRowsDoesNotMatter(t *testing.T) {
	t.Parallel()
	for _, dir := range []string{boxOffice, testenv.Inputs(t, "omop_cdm54"), testenv.Inputs(t, "dms_sample")} {
		plain := convert.Convert(read(t, dir), convert.Options{})
		for seed := range uint64(3) {
			d := read(t, dir)
			r := rand.New(rand.NewPCG(seed, 1))
			v := reflect.ValueOf(d).Elem()
			for i := range v.NumField() {
				if f := v.Field(i); f.Kind() == reflect.Slice && v.Type().Field(i).Tag.Get("view") != "" {
					r.Shuffle(f.Len(), reflect.Swapper(f.Interface()))
				}
			}
			mixed := convert.Convert(d, convert.Options{})
			want, got := slices.Clone(plain.Statements), slices.Clone(mixed.Statements)
			byID := func(a, b convert.Statement) int { return strings.Compare(a.ID, b.ID) }
			slices.SortFunc(want, byID)
			slices.SortFunc(got, byID)
			require.Equal(t, want, got)
			require.Equal(t, plain.Actions, mixed.Actions)
			require.ElementsMatch(t, plain.Outcomes, mixed.Outcomes)
		}
	}
}

// TestAnIdentityWhoseSequenceWasNotRead keeps what the column's own options say, and says what they do not.
func TestAnIdentityWhoseSequenceWasNotRead(t *testing.T) {
	t.Parallel()
	s := newSchema()
	s.table("T", "ID NUMBER(9,0) NOT NULL").Temporary = "N"
	s.Columns[0].Identity = "YES"
	s.IdentityCols = []dictionary.IdentityCol{{Owner: "S", Table: "T", Column: "ID", Generation: "ALWAYS", Sequence: "GONE",
		Options: "START WITH: 100, INCREMENT BY: 5, MAX_VALUE: 999, MIN_VALUE: 10, CYCLE_FLAG: Y, CACHE_SIZE: 20, ORDER_FLAG: N"}}
	c := convert.Convert(s.Dictionary, convert.Options{})
	conn := apply(t, c)
	require.Equal(t, []string{"100 5 10 999 true"}, strs(t, conn, "SELECT concat_ws(' ', start_value, increment_by, min_value, max_value, cycle::text) FROM pg_sequences"))
	require.Equal(t, []string{"FM-CV-026 ID"}, codes(actionsOf(c, "TABLE", "T")))
}
