// SPDX-License-Identifier: Apache-2.0

package convert_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
	"github.com/stretchr/testify/require"
)

// partition makes a table partitioned. A part is "NAME: high value"; where it starts with + Oracle made it by itself.
func (s schema) partition(table, method, keys string, parts ...string) *dictionary.PartTable {
	for i := range s.Tables {
		if s.Tables[i].Name == table {
			s.Tables[i].Partitioned = "YES"
		}
	}
	for i, k := range strings.Fields(keys) {
		s.PartKeyColumns = append(s.PartKeyColumns, dictionary.PartKeyColumn{Owner: "S", Name: table, ObjectType: "TABLE", Column: k,
			Position: int64(i + 1)})
	}
	for i, text := range parts {
		name, high, _ := strings.Cut(text, ": ")
		p := dictionary.Partition{Owner: "S", Table: table, Name: strings.TrimPrefix(name, "+"), HighValue: high, Position: int64(i + 1),
			Interval: "NO"}
		if name != p.Name {
			p.Interval = "YES"
		}
		s.Partitions = append(s.Partitions, p)
		s.Objects = append(s.Objects, dictionary.Object{Owner: "S", Name: table, Subobject: p.Name, Type: "TABLE PARTITION", Status: "VALID",
			ID: int64(len(s.Objects) + 1)})
	}
	s.PartTables = append(s.PartTables, dictionary.PartTable{Owner: "S", Table: table, Partitioning: method, Subpartitioning: "NONE"})
	return &s.PartTables[len(s.PartTables)-1]
}

func (s schema) subpartition(table, method, keys string, parts map[string][]string) {
	s.PartTables[len(s.PartTables)-1].Subpartitioning = method
	for i, k := range strings.Fields(keys) {
		s.SubpartKeys = append(s.SubpartKeys, dictionary.SubpartKey{Owner: "S", Name: table, ObjectType: "TABLE", Column: k, Position: int64(i +
			1)})
	}
	for _, p := range s.Partitions {
		if p.Table != table {
			continue
		}
		for i, text := range parts[p.Name] {
			name, high, _ := strings.Cut(text, ": ")
			s.Subpartitions = append(s.Subpartitions, dictionary.Subpartition{Owner: "S", Table: table, Partition: p.Name, Name: name,
				HighValue: high, Position: int64(i + 1)})
			s.Objects = append(s.Objects, dictionary.Object{Owner: "S", Name: table, Subobject: name, Type: "TABLE SUBPARTITION", Status: "VALID",
				ID: int64(len(s.Objects) + 1)})
		}
	}
}

func date(day string) string {
	return fmt.Sprintf("TO_DATE(' %s 00:00:00', 'SYYYY-MM-DD HH24:MI:SS', 'NLS_CALENDAR=GREGORIAN')", day)
}

// TestPartitionsHoldTheSameRows: where each row lies is worked out by hand from what Oracle does.
func TestPartitionsHoldTheSameRows(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		columns  []string
		make     func(s schema)
		rows     string            // VALUES
		lies     []string          // "partition rows"
		refused  string            // a row that Oracle refuses, too
		codes    []string          // of the table's items
		outcomes []convert.Outcome // of its partitions, all the same where there is one
	}{
		"range of dates": {columns: []string{"D DATE NOT NULL"}, make: func(s schema) {
			s.partition("T", "RANGE", "D", "P0: "+date("2020-01-01"), "P1: "+date("2021-01-01"), "PX: MAXVALUE")
		}, rows: "('1999-01-01'), ('2019-12-31 23:59:59'), ('2020-01-01'), ('2021-01-01'), ('9999-12-31')", lies: []string{"t_p0 2", "t_p1 1",
			"t_px 2"}},
		"NULL lies above all": {columns: []string{"D DATE"}, make: func(s schema) {
			s.partition("T", "RANGE", "D", "P0: "+date("2020-01-01"),
				"PX: MAXVALUE")
		},
			rows: "('2019-01-01'), (NULL), ('2020-01-01')", lies: []string{"t_p0 1", "t_px 2"}, codes: []string{"FM-CV-064 DEFAULT"}},
		"no bound above": {columns: []string{"N NUMBER(9,0)"}, make: func(s schema) { s.partition("T", "RANGE", "N", "A: 10", "B: 20.5") },
			rows: "(-5), (9), (10), (20)", lies: []string{"t_a 2", "t_b 2"}, refused: "(21)"},
		"timestamps": {columns: []string{"D TIMESTAMP(6) NOT NULL"}, make: func(s schema) {
			s.partition("T", "RANGE", "D", "A: TIMESTAMP' 2020-01-01 00:00:00.500000'", "B: TIMESTAMP' 2021-01-01 00:00:00'")
		}, rows: "('2020-01-01 00:00:00.4'), ('2020-01-01 00:00:00.5')", lies: []string{"t_a 1", "t_b 1"}, refused: "('2021-01-01')"},
		"time zones": {columns: []string{"D TIMESTAMP(6)~WITH~TIME~ZONE NOT NULL"}, make: func(s schema) {
			s.partition("T", "RANGE", "D", "A: TIMESTAMP' 2020-01-01 00:00:00.000000000 +02:00'", "B: MAXVALUE")
		}, rows: "('2019-12-31 21:59:59+00'), ('2019-12-31 22:00:00+00')", lies: []string{"t_a 1", "t_b 1"}, codes: []string{"FM-CV-050 D"}},
		"two columns": {columns: []string{"Y NUMBER(4,0) NOT NULL", "M NUMBER(2,0) NOT NULL"}, make: func(s schema) {
			s.partition("T", "RANGE", "Y M", "A: 2020, 7", "B: 2020, MAXVALUE", "C: MAXVALUE, 3")
		}, rows: "(2019, 12), (2020, 6), (2020, 7), (2020, 99), (2021, 1)", lies: []string{"t_a 2", "t_b 2", "t_c 1"}},
		"text byte by byte": {columns: []string{"C VARCHAR2(9) NOT NULL"}, make: func(s schema) {
			s.partition("T", "RANGE", "C", "UP: 'a'",
				"LOW: MAXVALUE")
		},
			rows: "('Z'), ('A'), ('a'), ('b')", lies: []string{"t_low 2", "t_up 2"}, codes: []string{"FM-CV-066 C"}},
		"list": {columns: []string{"C VARCHAR2(9)"}, make: func(s schema) {
			s.partition("T", "LIST", "C", "A: 'x', 'it''s', N'(,'", "N: NULL", "R: DEFAULT")
		}, rows: "('x'), ('it''s'), ('(,'), (NULL), ('?')", lies: []string{"t_a 3", "t_n 1", "t_r 1"}},
		"list of dates and numbers": {columns: []string{"D DATE NOT NULL"}, make: func(s schema) {
			s.partition("T", "LIST", "D",
				"A: "+date("2020-01-01")+", "+date("2020-01-02"))
		},
			rows: "('2020-01-02')", lies: []string{"t_a 1"}, refused: "('2020-01-02 00:00:01')"},
		"hash": {columns: []string{"N NUMBER(9,0)"}, make: func(s schema) { s.partition("T", "HASH", "N", "SYS_P41: ", "SYS_P42: ", "SYS_P40: ") },
			rows: "(NULL)", lies: []string{"t_p1 1"}, codes: []string{"FM-CV-064 HASH"}},
		"interval": {columns: []string{"D DATE NOT NULL"}, make: func(s schema) {
			s.partition("T", "RANGE", "D", "P0: "+date("2020-01-01"), "+SYS_P9: "+date("2020-03-01"),
				"+SYS_P7: "+date("2020-06-01")).Interval = "NUMTOYMINTERVAL(1,'MONTH')"
		}, rows: "('2019-01-01'), ('2020-01-15'), ('2020-02-15'), ('2020-05-31'), ('2020-06-01')", lies: []string{"t_default 2", "t_p0 1",
			"t_p2 1", "t_p3 1"}, codes: []string{"FM-CV-065"}},
		"interval of numbers": {columns: []string{"N NUMBER(18,0) NOT NULL"}, make: func(s schema) {
			s.partition("T", "RANGE", "N", "P0: 100", "+SYS_P9: 400").Interval = "100"
		}, rows: "(99), (100), (300), (399), (400)", lies: []string{"t_default 2", "t_p0 1", "t_p2 2"}, codes: []string{"FM-CV-065"}},
		"raw": {columns: []string{"R RAW(2) NOT NULL"}, make: func(s schema) { s.partition("T", "LIST", "R", "A: HEXTORAW('00ff')") },
			rows: "('\\x00ff')", lies: []string{"t_a 1"}},
		"range-list": {columns: []string{"D DATE NOT NULL", "C VARCHAR2(3)"}, make: func(s schema) {
			s.partition("T", "RANGE", "D", "P0: "+date("2020-01-01"), "PX: MAXVALUE")
			s.subpartition("T", "LIST", "C", map[string][]string{"P0": {"P0_A: 'a'", "P0_R: DEFAULT"}, "PX": {"PX_A: 'a', 'b'", "PX_N: NULL"}})
		}, rows: "('2019-01-01', 'a'), ('2019-01-01', NULL), ('2020-01-01', 'b'), ('2020-01-01', NULL)", lies: []string{"t_p0_a 1", "t_p0_r 1",
			"t_px_a 1", "t_px_n 1"},
			refused: "('2020-01-01', 'z')"},
		"list-range with NULL": {columns: []string{"C VARCHAR2(3) NOT NULL", "N NUMBER(5,0)"}, make: func(s schema) {
			s.partition("T", "LIST", "C", "A: 'a'")
			s.subpartition("T", "RANGE", "N", map[string][]string{"A": {"A1: 5", "A2: MAXVALUE"}})
		}, rows: "('a', 4), ('a', NULL), ('a', 5)", lies: []string{"t_a1 1", "t_a2 2"}},
		"interval-hash": {columns: []string{"D DATE NOT NULL", "N NUMBER(9,0)"}, make: func(s schema) {
			s.partition("T", "RANGE", "D", "P0: "+date("2020-01-01")).Interval = "NUMTODSINTERVAL(1,'DAY')"
			s.subpartition("T", "HASH", "N", map[string][]string{"P0": {"SYS_SUBP1: ", "SYS_SUBP2: "}})
		}, rows: "('2020-01-01', 1)", lies: []string{"t_default 1"}, codes: []string{"FM-CV-064 HASH", "FM-CV-065"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSchema()
			s.table("T", tc.columns...)
			tc.make(s)
			c := convert.Convert(s.Dictionary, convert.Options{})
			conn := apply(t, c)
			exec(t, conn, "INSERT INTO s.t VALUES "+tc.rows)
			require.Equal(t, tc.lies, strs(t, conn,
				"SELECT substr(tableoid::regclass::text, 3) COLLATE \"C\" || ' ' || count(*) FROM s.t GROUP BY tableoid ORDER BY 1"), "%v", c.Script())
			if tc.refused != "" {
				_, err := conn.Exec(t.Context(), "INSERT INTO s.t VALUES "+tc.refused)
				require.ErrorContains(t, err, "no partition of relation")
			}
			if tc.codes == nil {
				tc.codes = []string{}
			}
			require.ElementsMatch(t, tc.codes, codes(actionsOf(c, "TABLE", "T")))
			for _, o := range c.Outcomes {
				require.Equal(t, convert.Converted, o.Outcome, "%v %s: %s", o.Object, o.Subobject, o.Why)
			}
		})
	}
}

// TestKeysOfPartitionedTables: PostgreSQL keeps keys unique only together with the partition key, so a table whose keys lack it is made
// plain with its keys, and says so.
func TestKeysOfPartitionedTables(t *testing.T) {
	t.Parallel()
	s := newSchema()
	s.table("GOOD", "ID NUMBER(9,0) NOT NULL", "D DATE NOT NULL", "N VARCHAR2(9)")
	s.partition("GOOD", "RANGE", "D", "P0: "+date("2020-01-01"), "PX: MAXVALUE")
	s.key("P", "GOOD", "GOOD_PK", "", "ID", "D")
	s.index("GOOD", "GOOD_N", false, "N")
	s.index("GOOD", "GOOD_LOCAL", false, "D", "N").Partitioned = "YES"
	s.PartIndexes = []dictionary.PartIndex{{Owner: "S", Index: "GOOD_LOCAL", Table: "GOOD", Partitioning: "RANGE", Locality: "LOCAL"}}
	for _, p := range []string{"P0", "PX"} {
		s.Objects = append(s.Objects, dictionary.Object{Owner: "S", Name: "GOOD_LOCAL", Subobject: p, Type: "INDEX PARTITION", Status: "VALID"})
	}
	s.table("LINE", "ID NUMBER(9,0)", "D DATE", "T VARCHAR2(9)") // follows by a key that holds the partition key
	s.partition("LINE", "REFERENCE", "", "A: ", "B: ").RefConstraint = "LINE_FK"
	s.key("R", "LINE", "LINE_FK", "GOOD_PK", "ID", "D").Validated = "NOT VALIDATED"
	s.table("LACKS", "ID NUMBER(9,0) NOT NULL", "D DATE NOT NULL")
	s.partition("LACKS", "RANGE", "D", "PX: MAXVALUE")
	s.key("P", "LACKS", "LACKS_PK", "", "ID")
	s.table("CHILD", "L_ID NUMBER(9,0)")
	s.partition("CHILD", "REFERENCE", "", "PX: ").RefConstraint = "CHILD_FK"
	s.key("R", "CHILD", "CHILD_FK", "LACKS_PK", "L_ID")
	s.table("UQ", "ID NUMBER(9,0)", "D DATE NOT NULL")
	s.partition("UQ", "HASH", "D", "H1: ", "H2: ")
	s.index("UQ", "UQ_I", true, "ID")
	s.table("OFF", "ID NUMBER(9,0)", "D DATE NOT NULL")
	s.partition("OFF", "HASH", "D", "H1: ", "H2: ")
	s.key("U", "OFF", "OFF_K", "", "ID").Status = "DISABLED"
	c := convert.Convert(s.Dictionary, convert.Options{})
	conn := apply(t, c)
	require.Equal(t, []string{"FM-CV-020 OFF_K", "FM-CV-030"}, codes(actionsOf(c, "TABLE", "OFF")),
		"the index of a disabled key is still unique")
	require.Equal(t, []string{"good RANGE (d)", "line RANGE (d)"}, strs(t, conn, `SELECT relname || ' ' || pg_get_partkeydef(oid) FROM pg_class
		WHERE relkind = 'p' AND relname IN ('good', 'line', 'lacks', 'child', 'uq') ORDER BY 1`))
	require.Equal(t, []string{"FOREIGN KEY (id, d) REFERENCES s.good(id, d)", "FOREIGN KEY (l_id) REFERENCES s.lacks(id)", "PRIMARY KEY (id)",
		"PRIMARY KEY (id, d)"},
		strs(t, conn, `SELECT DISTINCT pg_get_constraintdef(oid) FROM pg_constraint WHERE conparentid = 0 AND contype IN ('p', 'f')
			AND connamespace = 's'::regnamespace ORDER BY 1`))
	exec(t, conn, "INSERT INTO s.good VALUES (1, '2019-01-01', 'a'); INSERT INTO s.line VALUES (1, '2019-01-01', 'x')")
	require.Equal(t, []string{"s.line_a"}, strs(t, conn, "SELECT tableoid::regclass::text FROM s.line"))
	require.Equal(t, []string{"FM-CV-030"}, codes(actionsOf(c, "TABLE", "LACKS")))
	require.Equal(t, []string{"FM-CV-010"}, codes(actionsOf(c, "TABLE", "CHILD")))
	require.Contains(t, actionsOf(c, "TABLE", "CHILD")[0].Reason, "which is made plain")
	require.Equal(t, []string{"FM-CV-030"}, codes(actionsOf(c, "TABLE", "UQ")))
	require.Equal(t, []string{"FM-CV-053 LINE_FK"}, codes(actionsOf(c, "TABLE", "LINE")))
	require.Equal(t, []string{"FM-CV-069"}, codes(actionsOf(c, "INDEX", "GOOD_N")))
	require.Equal(t, []convert.Outcome{convert.Converted, convert.Converted}, outcomes(c, convert.Object{Owner: "S", Type: "INDEX PARTITION",
		Name: "GOOD_LOCAL"}))
	require.Equal(t, []convert.Outcome{convert.LeftOut}, outcomes(c, convert.Object{Owner: "S", Type: "TABLE PARTITION", Name: "LACKS"}))
}

// TestPartitionsThatHaveNoCounterpart: the table is made plain and says why; nothing of a bound that is not understood is guessed.
func TestPartitionsThatHaveNoCounterpart(t *testing.T) {
	t.Parallel()
	s := newSchema()
	why := map[string]string{}
	table := func(name, reason, column string, make func(name string)) {
		s.table(name, column, "B VARCHAR2(9)")
		make(name)
		why[name] = reason
	}
	table("SYSTEM", "no partitions by SYSTEM", "A DATE", func(n string) { s.partition(n, "SYSTEM", "", "P: ") })
	table("TWO", "lists of values of one column only", "A DATE", func(n string) { s.partition(n, "LIST", "A B", "P: ( 1, 2 )") })
	table("NONE", "its partitions are not in the dictionary", "A DATE", func(n string) { s.partition(n, "RANGE", "A") })
	table("LOB", "is of type text", "A CLOB", func(n string) { s.partition(n, "LIST", "A", "P: 'x'") })
	table("ODD", "the bound my_date('x')", "A DATE", func(n string) { s.partition(n, "RANGE", "A", "P: my_date('x')") })
	table("INJECTED", "the bound 1); DROP", "A NUMBER(5,0)", func(n string) { s.partition(n, "RANGE", "A", "P: 1); DROP SCHEMA s; --") })
	table("QUOTE", "does not end", "B2 VARCHAR2(9)", func(n string) { s.partition(n, "LIST", "B2", "P: 'a") })
	table("LOCALZONE", "the bound TIMESTAMP", "A TIMESTAMP(6)~WITH~LOCAL~TIME~ZONE", func(n string) {
		s.partition(n, "RANGE", "A",
			"P: TIMESTAMP' 2020-01-01 00:00:00'")
	})
	table("NANO", "the bound TIMESTAMP", "A TIMESTAMP(9)", func(n string) {
		s.partition(n, "RANGE", "A",
			"P: TIMESTAMP' 2020-01-01 00:00:00.123456789'")
	})
	table("BC", "before the year 1", "A DATE", func(n string) {
		s.partition(n, "RANGE", "A", "P: TO_DATE('-0001-01-01 00:00:00', 'SYYYY-MM-DD HH24:MI:SS', 'NLS_CALENDAR=GREGORIAN')")
	})
	table("COUNT", "another number of values", "A DATE", func(n string) {
		s.partition(n, "RANGE", "A",
			"P: "+date("2020-01-01")+", "+date("2020-01-01"))
	})
	table("HALF", "is none of the column", "A NUMBER(5,0)", func(n string) { s.partition(n, "LIST", "A", "P: 1.5") })
	table("GONE", "is not on the target", "A BFILE", func(n string) { s.partition(n, "HASH", "A", "P: ") })
	table("REF", "is not in the dictionary", "A DATE", func(n string) { s.partition(n, "REFERENCE", "", "P: ").RefConstraint = "NOPE" })
	table("SUBS", "the subpartitions of P are not in the dictionary", "A DATE", func(n string) {
		s.partition(n, "HASH", "A", "P: ")
		s.subpartition(n, "LIST", "B", nil)
	})
	c := convert.Convert(s.Dictionary, convert.Options{})
	conn := apply(t, c)
	require.Empty(t, strs(t, conn, "SELECT relname::text FROM pg_class WHERE relkind = 'p'"))
	for name, reason := range why {
		var found []string
		for _, a := range actionsOf(c, "TABLE", name) {
			if a.Code == "FM-CV-010" {
				found = append(found, a.Reason)
			}
		}
		require.Len(t, found, 1, name)
		require.Contains(t, found[0], reason, name)
		require.NotEmpty(t, strs(t, conn, "SELECT relname::text FROM pg_class WHERE relkind = 'r' AND relname = $1", strings.ToLower(name)), name)
	}
}

func TestSubpartitionsThatCouldNotBeRead(t *testing.T) {
	t.Parallel()
	s := newSchema()
	s.table("T", "A NUMBER(5,0)", "B VARCHAR2(9)")
	s.partition("T", "HASH", "A", "P: ")
	s.subpartition("T", "LIST", "B", map[string][]string{"P": {"X: 'x'"}})
	s.Subpartitions = nil
	s.SetUnknown("ALL_TAB_SUBPARTITIONS", "no right to read it")
	c := convert.Convert(s.Dictionary, convert.Options{})
	conn := apply(t, c)
	require.Equal(t, []string{"p t", "r t_p"}, strs(t, conn,
		"SELECT relkind::text || ' ' || relname FROM pg_class WHERE relnamespace = 's'::regnamespace ORDER BY 1"))
	require.Equal(t, []string{"FM-CV-031", "FM-CV-064 HASH"}, codes(actionsOf(c, "TABLE", "T")))
	require.Equal(t, []convert.Outcome{convert.LeftOut}, outcomes(c, convert.Object{Owner: "S", Type: "TABLE SUBPARTITION", Name: "T"}))
}
