// SPDX-License-Identifier: Apache-2.0

package convert_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
	"github.com/stretchr/testify/require"
)

const typesOfT = "SELECT attname || ' ' || format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 's.t'::regclass AND attnum > 0 ORDER BY attnum"

func TestTypesFollowWhatWasMeasured(t *testing.T) {
	t.Parallel()
	s := newSchema()
	s.table("T", "A NUMBER", "B NUMBER", "C NUMBER", "D NUMBER", "E NUMBER(8,2)")
	at := func(column string) convert.ColumnName {
		return convert.ColumnName{Owner: "S", Table: "T", Column: column}
	}
	c := convert.Convert(s.Dictionary, convert.Options{Measurements: map[convert.ColumnName]convert.Measurement{
		at("A"): {IntegerDigits: 7, Rows: 100, Whole: true}, at("B"): {IntegerDigits: 7, FractionDigits: 2, Rows: 100, Whole: true},
		at("C"): {IntegerDigits: 7, Rows: 100}, at("D"): {}, at("E"): {IntegerDigits: 1, Rows: 9, Whole: true},
	}})
	conn := apply(t, c)
	require.Equal(t, []string{"a integer", "b numeric(38,2)", "c numeric", "d numeric", "e numeric(8,2)"}, strs(t, conn, typesOfT))
	require.Equal(t, []string{"FM-CV-072 A", "FM-CV-072 B", "FM-CV-072 C"}, codes(actionsOf(c, "TABLE", "T")))
}

// Of every row of the table: what was measured, what becomes of it, and what the note says of it.
func TestMeasurementsOfTheDictionaryChooseTypes(t *testing.T) {
	t.Parallel()
	s := newSchema()
	s.table("T", "ID NUMBER NOT NULL", "FLAG NUMBER", "YEAR NUMBER", "BIG NUMBER(38,0)", "HUGE NUMBER(38,0)", "PRICE NUMBER", "FINE NUMBER", "EMPTY NUMBER",
		"DENIED NUMBER", "SOME NUMBER", "HALF NUMBER DEFAULT 0.5", "LARGE NUMBER DEFAULT '-1000'", "COMPUTED NUMBER DEFAULT 1+1", "NEXT NUMBER DEFAULT s.q.nextval",
		"FILLED NUMBER", "IDENT NUMBER NOT NULL", "PART NUMBER", "WIDE NUMBER", "EXACT NUMBER(19,0)")
	s.key("P", "T", "T_PK", "", "ID", "PART")
	s.sequence("Q", "1", "1", "99", "1")
	s.trigger("TR", "T", "", "BEGIN SELECT q.NEXTVAL INTO :new.filled FROM dual; END;")
	for i := range s.Columns {
		if s.Columns[i].Name == "IDENT" {
			s.Columns[i].Identity = "YES"
		}
	}
	s.IdentityCols = append(s.IdentityCols, dictionary.IdentityCol{Owner: "S", Table: "T", Column: "IDENT", Generation: "BY DEFAULT", Sequence: "Q"})
	s.partition("T", "RANGE", "PART", "A: 100000", "B: MAXVALUE")
	s.table("CHILD", "T_FLAG NUMBER", "OTHER NUMBER")
	s.table("FLAGS", "FLAG NUMBER NOT NULL")
	s.key("P", "FLAGS", "FLAGS_PK", "", "FLAG")
	s.key("R", "CHILD", "CHILD_FK", "FLAGS_PK", "T_FLAG")
	monday := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	number := func(table, column string, integer, fraction int) {
		s.Numbers = append(s.Numbers, dictionary.MeasuredNumber{Owner: "S", Table: table, Column: column, Looked: 50, All: true, Values: 40, Integer: integer,
			Fraction: fraction, On: monday})
	}
	for _, x := range []struct {
		column            string
		integer, fraction int
	}{{"ID", 2, 0}, {"FLAG", 1, 0}, {"YEAR", 4, 0}, {"BIG", 12, 0}, {"HUGE", 19, 0}, {"PRICE", 5, 4}, {"FINE", 1, dictionary.MaxFraction}, {"EMPTY", 0, 0}, {"DENIED", 0, 0},
		{"SOME", 1, 0}, {"HALF", 1, 0}, {"LARGE", 1, 0}, {"COMPUTED", 1, 0}, {"NEXT", 1, 0}, {"FILLED", 1, 0}, {"IDENT", 1, 0}, {"PART", 1, 0}, {"WIDE", 30, 9}, {"EXACT", 8, 0}} {
		number("T", x.column, x.integer, x.fraction)
		switch n := &s.Numbers[len(s.Numbers)-1]; x.column {
		case "EMPTY":
			n.Values = 0
		case "DENIED":
			*n = dictionary.MeasuredNumber{Owner: "S", Table: "T", Column: "DENIED", Why: "ORA-00942"}
		case "SOME":
			n.All = false
		}
	}
	number("CHILD", "T_FLAG", 1, 0)
	number("FLAGS", "FLAG", 1, 0)
	c := convert.Convert(s.Dictionary, convert.Options{})
	conn := apply(t, c)
	require.Equal(t, []string{"id bigint", "flag smallint", "year integer", "big bigint", "huge numeric(38,0)", "price numeric(38,4)", "fine numeric", "empty numeric", "denied numeric",
		"some numeric", "half numeric(38,1)", "large integer", "computed numeric", "next bigint", "filled bigint", "ident bigint", "part numeric", "wide numeric", "exact integer"},
		strs(t, conn, typesOfT))
	require.Equal(t, []string{"bigint", "numeric"}, strs(t, conn, "SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 's.child'::regclass AND attnum > 0 ORDER BY attnum"),
		"a foreign key has the type of the key it refers to; what was not measured stays")
	says := map[string]string{}
	for _, a := range actionsOf(c, "TABLE", "T") {
		if a.Code == convert.NoteMeasured {
			require.True(t, a.Note)
			says[a.Subject] = a.Reason + " | " + a.Hint
		}
	}
	require.Len(t, says, 18, "all that was measured but the identity, which is bigint anyway")
	all := "all rows were looked at on 2026-03-02: 40 values with at most %s before the point, %d behind it"
	for column, want := range map[string]string{
		"YEAR": "NUMBER becomes integer; " + fmt.Sprintf(all, "4 digits", 0) + " | see that no value with more digits behind the point comes later: PostgreSQL rounds it without a word",
		"BIG":  "NUMBER becomes bigint; " + fmt.Sprintf(all, "12 digits", 0) + " | see that no value of more digits comes later: PostgreSQL refuses it",
		"SOME": "NUMBER stays numeric; a sample was looked at on 2026-03-02: 40 values with at most 1 digit before the point, 0 behind it | measure all rows before you choose a narrower " +
			"type: PostgreSQL rounds fractions without a word, and refuses what is too large",
		"EMPTY":    "NUMBER stays numeric; its values tell nothing: 50 rows were looked at, and none has a value | ",
		"DENIED":   "NUMBER stays numeric; its values tell nothing: ORA-00942 | ",
		"PART":     "NUMBER stays numeric; it is a partition key, whose bounds may be greater than its values; " + fmt.Sprintf(all, "1 digit", 0) + " | ",
		"COMPUTED": "NUMBER stays numeric; its default is computed; " + fmt.Sprintf(all, "1 digit", 0) + " | ",
	} {
		require.Equal(t, want, says[column])
	}
	exec(t, conn, "INSERT INTO s.t (id, part, flag, big, price, exact) VALUES (1, 1, 99, 999999999999999999, 99999.9999, 99999999)")
	require.Equal(t, []string{"9801 0.5 -1000"}, strs(t, conn, "SELECT concat_ws(' ', flag * flag, half, large) FROM s.t"), "products of smallints fit; defaults are as on Oracle")
}

// What code computes goes into a NUMBER without being rounded on Oracle, whatever the column became here.
func TestCodeIsNotRoundedIntoMeasuredColumns(t *testing.T) {
	t.Parallel()
	s := newSchema()
	s.table("T", "A NUMBER", "B NUMBER(9,0)", "C NUMBER(9,0)")
	s.trigger("INTO_A", "T", "", "BEGIN :NEW.a := :NEW.b / :NEW.c; END;")
	s.trigger("INTO_B", "T", "", "BEGIN :NEW.b := :NEW.b / :NEW.c; END;")
	s.Numbers = []dictionary.MeasuredNumber{{Owner: "S", Table: "T", Column: "A", Looked: 3, Values: 3, All: true, Integer: 4}}
	c := convert.Convert(s.Dictionary, convert.Options{})
	conn := apply(t, c)
	require.Equal(t, []string{"a integer", "b integer", "c integer"}, strs(t, conn, typesOfT))
	require.Equal(t, []convert.Outcome{convert.Action}, outcomes(c, convert.Object{Owner: "S", Type: "TRIGGER", Name: "INTO_A"}))
	require.Equal(t, []convert.Outcome{convert.Converted}, outcomes(c, convert.Object{Owner: "S", Type: "TRIGGER", Name: "INTO_B"}))
}
