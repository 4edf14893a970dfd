// SPDX-License-Identifier: Apache-2.0

package convert

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/ferryman/ferryman/internal/oracle/dictionary"
)

// category groups types that can be compared and combined with each other.
type category int

const (
	catNone category = iota // no type yet: NULL
	catNumber
	catText
	catChar // blank-padded, longer than one character
	catDate // to the second
	catTimestamp
	catZoned
	catInterval
	catBytes
	catLob // CLOB, LONG: text that Oracle compares with nothing
	catBool
	catOther
)

// targetType is the type of a column on the target.
type targetType struct {
	SQL string
	cat category
	// rank orders whole-number types by width, 0 for the others: smallint, integer, bigint, numeric(p), numeric.
	rank, digits int
	// Note is what is lost or different, "" where nothing is.
	Note string
}

// share is one copy of a type, for all the columns that have it: there may be hundreds of thousands.
func (c *converter) share(t targetType) *targetType {
	have := c.types[t]
	if have == nil {
		kept := t
		have = &kept
		if c.types == nil {
			c.types = map[targetType]*targetType{}
		}
		c.types[kept] = have
	}
	return have
}

func (t targetType) integer() bool { return t.rank >= rankSmallint && t.rank <= rankBigint }

const (
	rankSmallint = iota + 1
	rankInteger
	rankBigint
	rankNumericP
	rankNumeric
)

// unsupported is the reason why a type has no counterpart.
type unsupported struct{ reason, hint string }

var precisionOf = regexp.MustCompile(`\((\d+)\)`)

// typeOf maps a column's type. The widths of NUMBER follow what PostgreSQL's integers hold in full: 9 and 18 digits. smallint is
// not used: what an application computes from two of them overflows at 32767 (measuredType knows when it does not).
func typeOf(c *dictionary.Column) (targetType, *unsupported) {
	if c.TypeOwner != "" && c.Type != "XMLTYPE" {
		return targetType{}, &unsupported{"its type " + c.TypeOwner + "." + c.Type + " is an object type; DMS carries no such column",
			"split the object into columns, or keep it as JSON"}
	}
	base, _, _ := strings.Cut(c.Type, "(")
	switch base {
	case "NUMBER":
		return numberType(c), nil
	case "FLOAT":
		return targetType{SQL: "double precision", cat: catNumber,
			Note: "FLOAT keeps up to 38 decimal digits on Oracle, double precision about 15"}, nil
	case "BINARY_FLOAT":
		return targetType{SQL: "real", cat: catNumber}, nil
	case "BINARY_DOUBLE":
		return targetType{SQL: "double precision", cat: catNumber}, nil
	case "VARCHAR2", "NVARCHAR2", "VARCHAR":
		return targetType{SQL: fmt.Sprintf("character varying(%d)", charLength(c)), cat: catText}, nil
	case "CHAR", "NCHAR":
		n := charLength(c)
		t := targetType{SQL: fmt.Sprintf("character(%d)", n), cat: catChar}
		if n == 1 {
			t.cat = catText
		}
		return t, nil
	case "CLOB", "NCLOB", "LONG":
		return targetType{SQL: "text", cat: catLob}, nil
	case "BLOB", "LONG RAW", "RAW":
		return targetType{SQL: "bytea", cat: catBytes}, nil
	case "BOOLEAN":
		return targetType{SQL: "boolean", cat: catOther}, nil
	case "XMLTYPE":
		return targetType{SQL: "xml", cat: catOther, Note: "DMS carries XMLTYPE as a LOB in limited mode only"}, nil
	case "BFILE":
		return targetType{}, &unsupported{"a BFILE is a file on the database server; DMS carries none", "move the files to S3 and keep their keys"}
	case "ROWID", "UROWID":
		return targetType{}, &unsupported{"a ROWID means nothing outside the Oracle database; DMS carries none", "use the primary key instead"}
	}
	if t, ok := timeType(c.Type); ok {
		return t, nil
	}
	return targetType{}, &unsupported{"the type " + clip(c.Type) + " has no counterpart", "choose a type and a way to fill it by hand"}
}

// numberType: the dictionary has scale 0 and no precision for INTEGER, neither for plain NUMBER, and precision with scale else.
func numberType(c *dictionary.Column) targetType {
	switch {
	case c.Precision == nil && c.Scale == nil:
		return targetType{SQL: "numeric", cat: catNumber, rank: rankNumeric, digits: 1000}
	case c.Precision == nil && *c.Scale == 0:
		return targetType{SQL: "numeric(38)", cat: catNumber, rank: rankNumericP, digits: 38}
	case c.Precision == nil:
		return targetType{SQL: "numeric", cat: catNumber, rank: rankNumeric, digits: 1000}
	}
	p, s := *c.Precision, int64(0)
	if c.Scale != nil {
		s = *c.Scale
	}
	switch {
	case s > p:
		// NUMBER(2,5) holds 0.00099: five digits behind the point, none before it.
		return targetType{SQL: fmt.Sprintf("numeric(%d,%d)", s, s), cat: catNumber}
	case s > 0:
		return targetType{SQL: fmt.Sprintf("numeric(%d,%d)", p, s), cat: catNumber}
	case s < 0:
		// NUMBER(5,-2) holds 9999900: seven digits, of which Oracle has rounded the last two.
		p -= s
	}
	return wholeNumber(int(p))
}

func wholeNumber(digits int) targetType {
	t := targetType{cat: catNumber, digits: digits}
	switch {
	case digits <= 9:
		t.SQL, t.rank = "integer", rankInteger
	case digits <= 18:
		t.SQL, t.rank = "bigint", rankBigint
	default:
		t.SQL, t.rank = fmt.Sprintf("numeric(%d)", digits), rankNumericP
	}
	return t
}

// charLength counts characters. A length in bytes is taken as one in characters: as many always fit.
func charLength(c *dictionary.Column) int64 {
	if c.CharLength > 0 {
		return c.CharLength
	}
	return max(c.Length, 1)
}

func timeType(oracle string) (targetType, bool) {
	switch {
	case oracle == "DATE":
		return targetType{SQL: "timestamp(0) without time zone", cat: catDate}, true
	case strings.HasPrefix(oracle, "TIMESTAMP"):
		digits := 6
		if m := precisionOf.FindStringSubmatch(oracle); m != nil {
			digits, _ = strconv.Atoi(m[1])
		}
		t := targetType{cat: catTimestamp}
		if digits > 6 {
			t.Note = fmt.Sprintf("PostgreSQL keeps 6 of the %d digits of a second", digits)
			digits = 6
		}
		t.SQL = fmt.Sprintf("timestamp(%d) without time zone", digits)
		if strings.HasSuffix(oracle, "TIME ZONE") {
			t.SQL, t.cat = fmt.Sprintf("timestamp(%d) with time zone", digits), catZoned
			if !strings.Contains(oracle, "LOCAL") && t.Note == "" {
				t.Note = "the moment is kept, the name of its time zone is not"
			}
		}
		return t, true
	case strings.HasPrefix(oracle, "INTERVAL YEAR"):
		return targetType{SQL: "interval year to month", cat: catInterval}, true
	case strings.HasPrefix(oracle, "INTERVAL DAY"):
		digits := 6
		if m := precisionOf.FindAllStringSubmatch(oracle, -1); len(m) > 0 && strings.HasSuffix(oracle, ")") {
			digits, _ = strconv.Atoi(m[len(m)-1][1])
		}
		return targetType{SQL: fmt.Sprintf("interval day to second(%d)", min(digits, 6)), cat: catInterval}, true
	}
	return targetType{}, false
}

// widest is the type that two columns of a foreign key share: PostgreSQL refuses a key between numeric and integer.
func widest(a, b targetType) targetType {
	switch {
	case a.SQL == b.SQL || a.cat != catNumber || b.cat != catNumber:
		return a
	case a.rank == 0 || b.rank == 0:
		return targetType{SQL: "numeric", cat: catNumber, rank: rankNumeric, digits: 1000}
	case a.rank > b.rank || a.rank == b.rank && a.digits >= b.digits:
		return a
	}
	return b
}

func clip(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}
