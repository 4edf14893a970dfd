// SPDX-License-Identifier: Apache-2.0

package convert_test

import (
	"slices"
	"testing"

	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
	"github.com/stretchr/testify/require"
)

func definitions(t *testing.T, c *convert.Conversion) []string {
	t.Helper()
	out := strs(t, apply(t, c), `SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 's'::regnamespace AND contype <> 'n'`)
	slices.Sort(out)
	return out
}

func TestConstraintsKeepTheirStatus(t *testing.T) {
	t.Parallel()
	s := newSchema()
	s.table("P", "ID NUMBER(5,0) NOT NULL", "A NUMBER(5,0)", "B VARCHAR2(5)")
	pk := s.key("P", "P", "P_PK", "", "ID")
	pk.Deferrable, pk.Deferred = "DEFERRABLE", "DEFERRED"
	uk := s.key("U", "P", "P_UK", "", "A", "B")
	uk.Deferrable = "DEFERRABLE"
	s.key("U", "P", "P_OFF", "", "B").Status = "DISABLED"
	s.check("P", "CK_OLD", "a > 0", "A").Validated = "NOT VALIDATED"
	s.check("P", "CK_OFF", "a > 1", "A").Status = "DISABLED"
	s.check("P", "CK_TEXT", "REGEXP_LIKE(b, '^x')", "B")
	s.check("P", "NN", `"A" IS NOT NULL`, "A").Validated = "NOT VALIDATED"
	s.check("P", "ID_NN", `"ID" IS NOT NULL`, "ID")
	s.check("P", "SYS_C001", "b <> 'x' AND (a = 1 OR a > 2)", "A", "B").Generated = "GENERATED NAME"
	s.table("C", "P_ID NUMBER(5,0)", "O NUMBER(5,0)")
	s.key("R", "C", "C_FK", "P_PK", "P_ID").DeleteRule = "SET NULL"
	s.key("R", "C", "C_OFF", "P_PK", "O").Status = "DISABLED"
	s.key("R", "C", "C_TO_OFF", "P_OFF", "O")
	s.key("R", "C", "C_AWAY", "NOWHERE_PK", "O").ROwner = "OTHER"
	old := s.key("R", "C", "SYS_C002", "P_PK", "O")
	old.Validated, old.Generated, old.Deferrable, old.Deferred = "NOT VALIDATED", "GENERATED NAME", "DEFERRABLE", "IMMEDIATE"
	c := convert.Convert(s.Dictionary, convert.Options{})
	require.Equal(t, []string{
		"s.c c_fk FOREIGN KEY (p_id) REFERENCES s.p(id) ON DELETE SET NULL",
		"s.c c_o_fkey FOREIGN KEY (o) REFERENCES s.p(id) DEFERRABLE NOT VALID",
		"s.p ck_old CHECK ((a > 0)) NOT VALID",
		"s.p nn CHECK ((a IS NOT NULL)) NOT VALID",
		"s.p p_a_b_check CHECK ((((b)::text <> 'x'::text) AND ((a = 1) OR (a > 2))))",
		"s.p p_pk PRIMARY KEY (id)",
		"s.p p_uk UNIQUE (a, b) DEFERRABLE",
	}, definitions(t, c))
	require.Equal(t, []string{"FM-CV-017 CK_TEXT", "FM-CV-020 CK_OFF", "FM-CV-020 P_OFF", "FM-CV-052 P_PK", "FM-CV-053 CK_OLD", "FM-CV-053 NN", "FM-CV-054 P_UK"},
		codes(actionsOf(c, "TABLE", "P")))
	require.Equal(t, []string{"FM-CV-020 C_OFF", "FM-CV-021 C_AWAY", "FM-CV-021 C_TO_OFF", "FM-CV-053 SYS_C002"}, codes(actionsOf(c, "TABLE", "C")))
}

func TestIndexes(t *testing.T) {
	t.Parallel()
	s := newSchema()
	s.table("T", "A NUMBER(5,0) NOT NULL", "B VARCHAR2(20)", "D DATE", "L CLOB", "Z TIMESTAMP(6)~WITH~TIME~ZONE")
	s.index("T", "WIDE", false, "A", "B")
	pk := s.key("P", "T", "T_PK", "", "A")
	pk.IndexName = "WIDE" // the key uses an index that was there, with more columns
	s.Indexes = slices.DeleteFunc(s.Indexes, func(i dictionary.Index) bool { return i.Name == "T_PK" })
	s.Objects = slices.DeleteFunc(s.Objects, func(o dictionary.Object) bool { return o.Name == "T_PK" })
	s.index("T", "BM", false, "B").Type = "BITMAP"
	s.index("T", "REV", false, "B", "A").Type = "NORMAL/REV"
	s.index("T", "DOM", false, "L").Type = "DOMAIN"
	s.index("T", "F1", false, `=LOWER("B")`, "A")
	s.index("T", "F2", false, `=TRUNC("D",'fmmonth')`)
	s.index("T", "F3", false, `=TRUNC("D",'MM')`)
	s.index("T", "F4", false, `=TO_CHAR("D",'YYYY')`)
	s.index("T", "F5", true, `=CASE "A" WHEN 1 THEN "B" END`, "=0")
	s.index("T", "F6", false, `=NVL("B",'-')`, "='x'")
	s.index("T", "F7", false, `=SUBSTR("B",1,3)||'x'`)
	s.index("T", "F8", false, `=DECODE("A",1,'one',2,'two')`)
	s.index("T", "U2", true, "B", "D")
	s.index("T", "OLD", false, "D").Status = "UNUSABLE"
	c := convert.Convert(s.Dictionary, convert.Options{})
	conn := apply(t, c)
	got := strs(t, conn, "SELECT indexdef FROM pg_indexes WHERE schemaname = 's' ORDER BY indexname COLLATE \"C\"")
	require.Equal(t, []string{
		"CREATE INDEX bm ON s.t USING btree (b)",
		"CREATE INDEX f1 ON s.t USING btree (lower((b)::text), a)",
		"CREATE INDEX f3 ON s.t USING btree (date_trunc('month'::text, d))",
		"CREATE INDEX f6 ON s.t USING btree (COALESCE(b, '-'::character varying))",
		"CREATE INDEX f8 ON s.t USING btree ((\nCASE\n    WHEN (a = 1) THEN 'one'::text\n    WHEN (a = 2) THEN 'two'::text\n    ELSE NULL::text\nEND))",
		"CREATE INDEX old ON s.t USING btree (d)",
		"CREATE INDEX rev ON s.t USING btree (b, a)",
		"CREATE UNIQUE INDEX t_pk ON s.t USING btree (a)",
		"CREATE UNIQUE INDEX u2 ON s.t USING btree (b, d)",
		"CREATE INDEX wide ON s.t USING btree (a, b)",
	}, got)
	for name, want := range map[string][]string{"BM": {"FM-CV-055"}, "REV": {"FM-CV-055"}, "DOM": {"FM-CV-019"}, "F2": {"FM-CV-018"}, "F4": {"FM-CV-018"}, "F5": {"FM-CV-018"},
		"F6": {"FM-CV-056"}, "F7": {"FM-CV-018"}, "U2": {"FM-CV-054"}, "OLD": {"FM-CV-062"}} {
		require.Equal(t, want, codes(actionsOf(c, "INDEX", name)), name)
	}
}

func TestVirtualColumns(t *testing.T) {
	t.Parallel()
	s := newSchema()
	s.table("T", "A NUMBER(5,0) NOT NULL", "B NUMBER(5,0)")
	for name, text := range map[string]string{"V NUMBER(10,0)": `"A"*"B"+1`, "W NUMBER": `"A"/"B"`, "X DATE": "SYSDATE", "Y NUMBER": `"V"+1`} {
		col := s.column("T", name)
		col.Virtual, col.Default = "YES", text
	}
	c := convert.Convert(s.Dictionary, convert.Options{})
	conn := apply(t, c)
	require.Equal(t, []string{"40000200001"}, strs(t, conn, "INSERT INTO s.t (a, b) VALUES (200000, 200001) RETURNING v::text"), "integers do not overflow where NUMBER does not")
	require.Equal(t, []string{"FM-CV-016 W", "FM-CV-016 X", "FM-CV-016 Y"}, codes(actionsOf(c, "TABLE", "T")))
}

func TestSequences(t *testing.T) {
	t.Parallel()
	s := newSchema()
	s.sequence("UP", "10", "1", "9999999999999999999999999999", "801")
	s.sequence("DOWN", "-1", "-9999999999999999999999999999", "-1", "-50")
	s.sequence("CYC", "1", "1", "5", "6").Cycle = "Y"
	s.sequence("SPENT", "1", "1", "5", "6")
	s.sequence("FAR", "1", "1", "9999999999999999999999999999", "92233720368547758080")
	s.sequence("BAD", "", "1", "5", "1")
	c := convert.Convert(s.Dictionary, convert.Options{})
	conn := apply(t, c)
	require.Equal(t, []string{
		"cyc 1 1 5 1 true", "down -1 -9223372036854775808 -1 -50 false", "up 10 1 9223372036854775807 801 false",
	}, strs(t, conn, `SELECT concat_ws(' ', sequencename, increment_by, min_value, max_value, start_value, cycle::text) FROM pg_sequences WHERE schemaname = 's' ORDER BY 1`))
	require.Equal(t, []string{"801", "811"}, strs(t, conn, "SELECT nextval('s.up')::text FROM generate_series(1, 2)"))
	for _, name := range []string{"SPENT", "FAR", "BAD"} {
		require.Equal(t, []string{"FM-CV-026"}, codes(actionsOf(c, "SEQUENCE", name)), name)
	}
}

func TestSequenceFills(t *testing.T) {
	t.Parallel()
	require.Equal(t, []convert.SequenceFill{
		{SequenceOwner: "BOXOFFICE", Sequence: "CUSTOMER_SEQ", Owner: "BOXOFFICE", Table: "CUSTOMER", Column: "CUSTOMER_ID"},
		{SequenceOwner: "BOXOFFICE", Sequence: "ISEQ$$_73058", Owner: "BOXOFFICE", Table: "REFUND", Column: "REFUND_ID"},
		{SequenceOwner: "BOXOFFICE", Sequence: "PURCHASE_SEQ", Owner: "BOXOFFICE", Table: "PURCHASE", Column: "PURCHASE_ID"},
		{SequenceOwner: "BOXOFFICE", Sequence: "TICKET_SEQ", Owner: "BOXOFFICE", Table: "TICKET", Column: "TICKET_ID"},
	}, convert.SequenceFills(read(t, boxOffice)))
	s := newSchema()
	s.sequence("T_SEQ", "1", "1", "9", "1")
	s.table("T", "ID NUMBER(5,0) NOT NULL", `X NUMBER(5,0) DEFAULT "OTHER"."Q".nextval`)
	s.key("P", "T", "T_PK", "", "ID")
	s.trigger("T_TRG", "T", "", "")
	require.Equal(t, []convert.SequenceFill{
		{SequenceOwner: "OTHER", Sequence: "Q", Owner: "S", Table: "T", Column: "X"},
		{SequenceOwner: "S", Sequence: "T_SEQ", Owner: "S", Table: "T", Column: "ID", Guess: true},
	}, convert.SequenceFills(s.Dictionary))
}
