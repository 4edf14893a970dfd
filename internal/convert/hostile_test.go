// SPDX-License-Identifier: Apache-2.0

package convert_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
	"github.com/stretchr/testify/require"
)

// TestNamesThatAreSQL: every name and text that the dictionary holds is another's. Whatever is in it, it stays one name or one text.
func TestNamesThatAreSQL(t *testing.T) {
	t.Parallel()
	for i, evil := range []string{`x"; DROP TABLE s.canary; --`, "two\nlines", "🎟️ ticket", `'); DROP TABLE s.canary; --`,
		"$body$; DROP TABLE s.canary; $body$", `back\slash`, "/* open", "tab\tand.dot", "ÄÖÜ ß İ", "select"} {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			s := newSchema()
			s.table("CANARY", "A DATE")
			n := func(prefix string) string { return prefix + evil }
			quoted := `"` + strings.ReplaceAll(n("c"), `"`, `""`) + `"`
			s.table(n("T"))
			s.column(n("T"), "X NUMBER(5,0) NOT NULL").Name = n("c")
			d := s.column(n("T"), "X VARCHAR2(9) NOT NULL")
			d.Name, d.Default = n("d"), "'"+strings.ReplaceAll(evil, "'", "''")+"'"
			s.partition(n("T"), "LIST", "", n("P")+": 1, 2", n("Q")+": DEFAULT")
			s.PartKeyColumns = []dictionary.PartKeyColumn{{Owner: "S", Name: n("T"), ObjectType: "TABLE", Column: n("c"), Position: 1}}
			s.key("P", n("T"), n("K"), "", n("c"))
			s.key("R", n("T"), n("F"), n("K"), n("c"))
			s.check(n("T"), n("CK"), quoted+" > 0", n("c"))
			s.check(n("T"), n("CE"), evil, n("c"))
			s.index(n("T"), n("I"), false, n("d"))
			s.index(n("T"), n("E"), false, "="+evil)
			s.sequence(n("Q"), "1", "1", "99", "1")
			s.view(n("V"), evil, "A DATE")
			s.object("SYNONYM", n("Y"))
			s.Synonyms = []dictionary.Synonym{{Owner: "S", Name: n("Y"), TableOwner: "S", Table: n("T")}}
			s.TableComments = []dictionary.TableComment{{Owner: "S", Table: n("T"), Comments: evil}}
			s.ColumnComments = []dictionary.ColumnComment{{Owner: "S", Table: n("T"), Column: n("c"), Comments: evil}}
			s.trigger(n("TR"), n("T"), "", evil)
			s.TabPrivs = []dictionary.TabPriv{{Owner: "S", Table: n("T"), Grantee: n("R"), Privilege: "SELECT"}, {Owner: "S", Table: n("T"),
				Grantee: "PUBLIC", Privilege: evil}}
			s.Partitions = append(s.Partitions, dictionary.Partition{Owner: "S", Table: "CANARY", Name: evil, HighValue: evil})
			c := convert.Convert(s.Dictionary, convert.Options{Decisions: convert.Decisions{
				Purge: []convert.Purge{{Owner: "S", Table: n("T"), Filter: convert.Filter{Column: n("c"), Operator: "=", Value: evil},
					Decided: convert.Decided{By: evil, Why: evil}}}}})
			conn := apply(t, c)
			require.Equal(t, []string{"1"}, strs(t, conn, "SELECT count(*)::text FROM pg_class WHERE relname = 'canary'"))
			require.Empty(t, auditOf(t, s.Dictionary, c, conn))
			require.Equal(t, []string{convert.TargetName(n("c"))}, strs(t, conn,
				"SELECT attname::text FROM pg_attribute WHERE attrelid = (SELECT oid FROM pg_class WHERE relkind = 'p') AND attnum = 1"))
			require.Equal(t, []string{evil}, strs(t, conn, "SELECT obj_description(oid) FROM pg_class WHERE relkind = 'p'"))
		})
	}
}

func TestTablesWithManyColumns(t *testing.T) {
	t.Parallel()
	s := newSchema()
	for name, n := range map[string]int{"WIDE": 1000, "WIDEST": 1600, "TOO_WIDE": 1601} {
		s.table(name)
		one := s.column(name, "C VARCHAR2(40)")
		for i := range n - 1 {
			c, id := *one, int64(i+2)
			c.Name, c.ID = fmt.Sprintf("C%04d", i), &id
			s.Columns = append(s.Columns, c)
		}
	}
	s.index("TOO_WIDE", "TOO_WIDE_I", false, "C0001")
	c := convert.Convert(s.Dictionary, convert.Options{})
	conn := apply(t, c)
	require.Equal(t, []string{"wide 1000", "widest 1600"}, strs(t, conn,
		"SELECT relname || ' ' || relnatts FROM pg_class WHERE relkind = 'r' AND relnamespace = 's'::regnamespace ORDER BY 1"))
	require.Equal(t, []string{"FM-CV-073"}, codes(actionsOf(c, "TABLE", "WIDE")))
	require.Equal(t, []string{"FM-CV-032"}, codes(actionsOf(c, "TABLE", "TOO_WIDE")))
	require.Empty(t, auditOf(t, s.Dictionary, c, conn))
}

// TestConversionIsLinear: ten times the tables take at most some twenty times as long; were anything quadratic, it would be a hundred.
func TestConversionIsLinear(t *testing.T) {
	t.Parallel()
	took := func(tables int) time.Duration {
		s := newSchema()
		one := s.column("ONE", "ID NUMBER(9,0) NOT NULL")
		for i := range tables {
			name := fmt.Sprintf("T%06d", i)
			s.object("TABLE", name)
			s.Tables = append(s.Tables, dictionary.Table{Owner: "S", Name: name, Partitioned: "NO"})
			c, id := *one, int64(1)
			c.Table, c.ID = name, &id
			s.Columns = append(s.Columns, c)
			s.key("P", name, name+"_PK", "", "ID")
			s.key("R", name, name+"_FK", fmt.Sprintf("T%06d_PK", i/2), "ID")
			s.index(name, name+"_I", false, "ID")
			s.object("SYNONYM", "Y"+name)
			s.Synonyms = append(s.Synonyms, dictionary.Synonym{Owner: "S", Name: "Y" + name, TableOwner: "S", Table: name})
			s.object("SEQUENCE", "Q"+name)
			s.Sequences = append(s.Sequences, dictionary.Sequence{Owner: "S", Name: "Q" + name, Increment: "1", Min: "1", Max: "99", LastNumber: "1"})
			s.TabPrivs = append(s.TabPrivs, dictionary.TabPriv{Owner: "S", Table: name, Grantee: "PUBLIC", Privilege: "SELECT"})
		}
		began := time.Now()
		c := convert.Convert(s.Dictionary, convert.Options{})
		require.Len(t, c.Outcomes, tables*5)
		return time.Since(began)
	}
	took(500) // warm
	// A machine that does something else meanwhile may take long once; what is quadratic takes long each time.
	for try := 1; ; try++ {
		small, large := min(took(1000), took(1000)), took(10000)
		if large < 25*small+100*time.Millisecond {
			return
		}
		require.Less(t, try, 5, "10000 tables take %s, 1000 take %s", large, small)
	}
}
