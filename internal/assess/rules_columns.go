// SPDX-License-Identifier: Apache-2.0

package assess

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
)

func object(owner, kind, name string) convert.Object {
	return convert.Object{Owner: owner, Type: kind, Name: name}
}

// number writes a count with commas.
func number(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func isLob(c *dictionary.Column) bool {
	return slices.Contains([]string{"CLOB", "NCLOB", "BLOB"}, c.Type)
}

func lobs(in *input) *Finding {
	f := Finding{Code: "FM-DMS-009", Severity: Informs, Title: "LOB columns", Source: dmsLobs,
		Why: "In limited LOB mode a value that is longer than the limit is cut; the limit comes from the greatest length."}
	return columnFinding(in, f, func(t *dictionary.Table, c *dictionary.Column) (string, bool) {
		for _, s := range in.o.LobSizes {
			if s.Owner == t.Owner && s.Table == t.Name && s.Column == c.Name {
				unit := "bytes"
				if c.Type != "BLOB" {
					unit = "characters"
				}
				return fmt.Sprintf("%s (%s): %s values, the greatest has %s %s", c.Name, c.Type, number(s.Rows), number(s.Max), unit), isLob(c)
			}
		}
		return c.Name + " (" + c.Type + "): not measured", isLob(c)
	})
}

func notNullLobs(in *input) *Finding {
	f := Finding{Code: "FM-DMS-010", Severity: Warns, Title: "LOB column that is NOT NULL", Source: dmsLobs,
		Why: "DMS inserts the row first and the LOB after it. The prepare phase takes NOT NULL away, the cutover brings it back."}
	return columnFinding(in, f, func(_ *dictionary.Table, c *dictionary.Column) (string, bool) {
		return c.Name, isLob(c) && c.Nullable == "N"
	})
}

func longs(in *input) *Finding {
	f := Finding{Code: "FM-DMS-011", Severity: Warns, Title: "LONG, LONG RAW or XMLTYPE", Source: dmsLimits,
		Why: "DMS carries them in limited LOB mode only; LONG is cut at 64 KB."}
	return columnFinding(in, f, func(_ *dictionary.Table, c *dictionary.Column) (string, bool) {
		return c.Name + " (" + c.Type + ")", slices.Contains([]string{"LONG", "LONG RAW", "XMLTYPE"}, c.Type)
	})
}

func unsupportedTypes(in *input) *Finding {
	f := Finding{Code: "FM-DMS-012", Severity: Blocks, Title: "Column type that DMS does not carry", Source: dmsLimits,
		Why: "The column arrives as NULL."}
	return columnFinding(in, f, func(_ *dictionary.Table, c *dictionary.Column) (string, bool) {
		bad := slices.Contains([]string{"BFILE", "ROWID", "UROWID", "ANYDATA", "REF"}, c.Type) || c.TypeOwner != "" && c.Type != "XMLTYPE"
		return c.Name + " (" + c.Type + ")", bad
	})
}

func virtualColumns(in *input) *Finding {
	f := Finding{Code: "FM-DMS-013", Severity: Warns, Title: "Virtual column", Source: dmsLimits,
		Why: "DMS does not carry it; on the target it is generated, where its expression could be converted."}
	return columnFinding(in, f, func(_ *dictionary.Table, c *dictionary.Column) (string, bool) { return c.Name, c.Virtual == "YES" })
}

func invisibleColumns(in *input) *Finding {
	f := Finding{Code: "FM-DMS-014", Severity: Warns, Title: "Invisible column", Source: dmsLimits, Why: "DMS does not carry it."}
	return columnFinding(in, f, func(t *dictionary.Table, c *dictionary.Column) (string, bool) {
		return c.Name, c.Hidden == "YES" && c.UserGenerated == "YES"
	})
}

func unscaledNumbers(in *input) *Finding {
	f := Finding{Code: "FM-DMS-015", Severity: Warns, Title: "NUMBER without precision", Source: dmsOracle,
		Why: "DMS carries it with 10 digits behind the point unless numberDataTypeScale says otherwise; more are rounded."}
	return columnFinding(in, f, func(_ *dictionary.Table, c *dictionary.Column) (string, bool) {
		return c.Name, c.Type == "NUMBER" && c.Precision == nil && c.Scale == nil && c.Virtual != "YES"
	})
}

var fineTimestamp = regexp.MustCompile(`^TIMESTAMP\([7-9]\)`)

func fineTimestamps(in *input) *Finding {
	f := Finding{Code: "FM-DMS-016", Severity: Warns, Title: "TIMESTAMP finer than microseconds", Source: dmsPostgres,
		Why: "PostgreSQL keeps 6 digits of a second; DMS would make such a column a VARCHAR(37)."}
	return columnFinding(in, f, func(_ *dictionary.Table, c *dictionary.Column) (string, bool) {
		return c.Name + " (" + c.Type + ")", fineTimestamp.MatchString(c.Type)
	})
}

// named lists tables and columns by what is odd about their names.
func named(in *input, f Finding, odd func(name string) bool) *Finding {
	for _, t := range in.tables() {
		if odd(t.Name) {
			f.Objects = append(f.Objects, FindingObject{Object: tableObject(t)})
		}
	}
	return columnFinding(in, f, func(_ *dictionary.Table, c *dictionary.Column) (string, bool) { return c.Name, odd(c.Name) })
}

func longNames30(in *input) *Finding {
	return named(in, Finding{Code: "FM-DMS-017", Severity: Warns, Title: "Name longer than 30 bytes", Source: dmsLimits,
		Why: "DMS does not take tables and columns with such names."}, func(n string) bool { return len(n) > 30 && len(n) <= 63 })
}

func longNames63(in *input) *Finding {
	return named(in, Finding{Code: "FM-PG-001", Severity: Warns, Title: "Name longer than 63 bytes", Source: pgManual,
		Why: "PostgreSQL cuts it; here it is shortened so that two can't become one."}, func(n string) bool { return len(n) > 63 })
}

func apostrophes(in *input) *Finding {
	return named(in, Finding{Code: "FM-DMS-018", Severity: Blocks, Title: "Apostrophe in a name", Source: dmsLimits,
		Why: "DMS does not take tables with an apostrophe in their name."}, func(n string) bool { return strings.Contains(n, "'") })
}

func mixedCase(in *input) *Finding {
	return named(in, Finding{Code: "FM-PG-002", Severity: Informs, Title: "Name with small letters", Source: dmsPostgres,
		Why: "It was created with quotes. On the target all names are in lower case; an application that quotes it as on Oracle does not find it."},
		func(n string) bool { return n != strings.ToUpper(n) })
}

// pgReserved are the words that PostgreSQL 15 reserves (pg_get_keywords(), categories R and T).
var pgReserved = strings.Fields(`all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate collation
	column concurrently constraint create cross current_catalog current_date current_role current_schema current_time current_timestamp
	current_user default deferrable desc distinct do else end except false fetch for foreign freeze from full grant group having ilike in
	initially inner intersect into is isnull join lateral leading left like limit localtime localtimestamp natural not notnull null offset on
	only or order outer overlaps placing primary references returning right select session_user similar some symmetric table tablesample then
	to trailing true union unique user using variadic verbose when where window with`)

func reservedNames(in *input) *Finding {
	return named(in, Finding{Code: "FM-PG-003", Severity: Informs, Title: "Name that PostgreSQL reserves", Source: pgManual,
		Why: "Queries must quote it, or they do not parse."}, func(n string) bool { return slices.Contains(pgReserved, strings.ToLower(n)) })
}
