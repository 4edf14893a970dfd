// SPDX-License-Identifier: Apache-2.0

package assess

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
)

// columnRules look at one column at a time. Their detail starts with the column's name.
var columnRules = []Rule{
	{Code: "FM-DMS-008", Severity: Blocks, Title: "LOB in a table without a primary key", Source: dmsLobs, Checks: []string{"table-with-lob-but-without-primary-key-or-unique-constraint"},
		Why: "DMS fetches LOBs by the row's key; without one they are not carried.",
		column: func(in *input, t *dictionary.Table, c *dictionary.Column) (string, bool) {
			return c.Name, isLob(c) && !in.hasKey(t)
		}},
	{Code: "FM-DMS-009", Severity: Informs, Title: "LOB columns", Source: dmsLobs, Checks: []string{"oracle-binary-lob-source-validation", "oracle-batch-apply-lob-mode"},
		Why:    "In limited LOB mode a value that is longer than the limit is cut; the limit comes from the greatest length.",
		column: lobs},
	{Code: "FM-DMS-010", Severity: Warns, Title: "LOB column that is NOT NULL", Source: dmsLobs, Checks: []string{"full-lob-not-nullable-at-target"},
		Why: "DMS inserts the row first and the LOB after it. The prepare phase takes NOT NULL away, the cutover brings it back.",
		column: func(_ *input, _ *dictionary.Table, c *dictionary.Column) (string, bool) {
			return c.Name, isLob(c) && c.Nullable == "N"
		}},
	{Code: "FM-DMS-011", Severity: Warns, Title: "LONG, LONG RAW or XMLTYPE", Source: dmsLimits, Checks: []string{"oracle-validate-limited-lob-mode-for-longs", "oracle-check-xml-columns"},
		Why: "DMS carries them in limited LOB mode only; LONG is cut at 64 KB.",
		column: func(in *input, t *dictionary.Table, c *dictionary.Column) (string, bool) {
			if c.Type != "LONG" && c.Type != "LONG RAW" && c.Type != "XMLTYPE" {
				return "", false
			}
			return typed(c) + in.length(t, c, ""), true
		}},
	{Code: "FM-DMS-012", Severity: Blocks, Title: "Column type that DMS does not carry", Source: dmsLimits, Checks: []string{"unsupported-data-types-in-source"},
		Why: "The column arrives as NULL. BFILE, ROWID, UROWID, REF, ANYDATA, JSON, object types, VARRAY and nested tables are such types.",
		column: func(_ *input, _ *dictionary.Table, c *dictionary.Column) (string, bool) {
			return typedIf(c, uncarried[c.Type] || c.TypeOwner != "" && c.Type != "XMLTYPE")
		}},
	{Code: "FM-DMS-013", Severity: Warns, Title: "Virtual column", Source: dmsLimits, Checks: []string{"oracle-validate-virtual-columns"},
		Why: "DMS does not carry it; on the target it is generated, where its expression could be converted.",
		column: func(_ *input, _ *dictionary.Table, c *dictionary.Column) (string, bool) {
			return c.Name, c.Virtual == "YES"
		}},
	{Code: "FM-DMS-014", Severity: Warns, Title: "Invisible column", Source: dmsLimits, Checks: []string{"oracle-validate-invisible-columns"},
		Why: "DMS does not carry it.",
		Mend: Mend{onOracle, "the table, exclusively, for a moment", "open transactions on the table",
			"before the load starts; an application that selects * sees one column more"},
		find: func(in *input) (out []FindingObject) {
			in.columns(func(t *dictionary.Table, c *dictionary.Column) {
				if c.Hidden == "YES" && c.UserGenerated == "YES" {
					out = append(out, FindingObject{Object: tableObject(t), Subject: c.Name, Detail: c.Name,
						Fix: "ALTER TABLE " + quoteOracle(t.Owner, t.Name) + " MODIFY (" + quoteOracle(c.Name) + " VISIBLE)"})
				}
			})
			return out
		}},
	{Code: "FM-DMS-015", Severity: Warns, Title: "NUMBER without precision", Source: dmsOracle, Checks: []string{"oracle-number-columns-without-scale"},
		Why:    "DMS carries it with 10 digits behind the point unless numberDataTypeScale says otherwise; more are rounded.",
		column: openNumber},
	{Code: "FM-DMS-016", Severity: Warns, Title: "TIMESTAMP finer than microseconds", Source: dmsPostgres,
		Why: "PostgreSQL keeps 6 digits of a second; DMS would make such a column a VARCHAR(37).",
		column: func(_ *input, _ *dictionary.Table, c *dictionary.Column) (string, bool) {
			return typedIf(c, strings.HasPrefix(c.Type, "TIMESTAMP") && fineTimestamp.MatchString(c.Type))
		}},
	{Code: "FM-DMS-037", Severity: Warns, Title: "SecureFile LOB", Source: dmsLimits, Checks: []string{"oracle-validate-securefile-lobs"},
		Why:  "By AWS's guide DMS captures changes of SecureFile LOBs only in full LOB mode. Set aws.lob.mode: full for them, or look each up again after the load.",
		Mend: Mend{onTask, "nothing", "nothing", "when the task is made"},
		find: func(in *input) (out []FindingObject) {
			in.columns(func(t *dictionary.Table, c *dictionary.Column) {
				if l := in.lob(t, c); l != nil && l.SecureFile == "YES" && isLob(c) {
					out = append(out, FindingObject{Object: tableObject(t), Subject: c.Name, Detail: typed(c), Fix: "FullLobMode: true"})
				}
			})
			return out
		}},
	{Code: "FM-DMS-042", Severity: Informs, Title: "CHAR column", Source: dmsLimits,
		Why: "DMS cuts the spaces at the end of a CHAR. PostgreSQL's char(n) fills them up again; a column that became text or varchar has none.",
		column: func(_ *input, _ *dictionary.Table, c *dictionary.Column) (string, bool) {
			return fmt.Sprintf("%s (%s, %d)", c.Name, c.Type, c.CharLength), (c.Type == "CHAR" || c.Type == "NCHAR") && c.CharLength > 1
		}},
	{Code: "FM-DMS-044", Severity: Warns, Title: "LOB that may be empty", Source: dmsLimits,
		Why: "An empty LOB arrives as NULL: a NOT NULL refuses it, and a program that tells the two apart is misled.",
		column: func(_ *input, _ *dictionary.Table, c *dictionary.Column) (string, bool) {
			return typedIf(c, isLob(c) && (c.Nullable == "N" || strings.Contains(strings.ToUpper(c.Default), "EMPTY_")))
		}},
	{Code: "FM-DMS-052", Severity: Informs, Title: "Identity GENERATED ALWAYS", Source: dmsPostgres,
		Why: "PostgreSQL refuses an INSERT that brings its own value. The prepare phase sets it to BY DEFAULT, the cutover back.",
		find: func(in *input) (out []FindingObject) {
			for _, i := range in.d.IdentityCols {
				if t := in.d.Table(i.Owner, i.Table); t != nil && i.Generation == "ALWAYS" {
					out = append(out, FindingObject{Object: tableObject(t), Subject: i.Column, Detail: i.Column})
				}
			}
			return out
		}},
	{Code: "FM-DMS-053", Severity: Blocks, Title: "Extended data type", Source: dmsLimits,
		Why: "DMS does not carry VARCHAR2 and NVARCHAR2 of more than 4,000 bytes or RAW of more than 2,000 (MAX_STRING_SIZE = EXTENDED): they are LOBs inside.",
		column: func(_ *input, _ *dictionary.Table, c *dictionary.Column) (string, bool) {
			long := (c.Type == "VARCHAR2" || c.Type == "NVARCHAR2") && c.Length > 4000 || c.Type == "RAW" && c.Length > 2000
			if !long || c.Virtual == "YES" {
				return "", false
			}
			return fmt.Sprintf("%s (%s, %d bytes)", c.Name, c.Type, c.Length), true
		}},
	{Code: "FM-DMS-058", Severity: Informs, Title: "Time with the session's time zone", Source: dmsOracle,
		Why: "TIMESTAMP WITH LOCAL TIME ZONE has no zone of its own: what DMS reads depends on the zone of its session. Compare some values after the load.",
		column: func(_ *input, _ *dictionary.Table, c *dictionary.Column) (string, bool) {
			return typedIf(c, strings.Contains(c.Type, "LOCAL TIME ZONE"))
		}},
	{Code: "FM-PG-010", Severity: Blocks, Title: "Value longer than PostgreSQL keeps", Source: pgManual,
		Why: "A value of bytea or text has at most 1 GB. Move the column out of the database, or leave the rows out.",
		column: func(in *input, t *dictionary.Table, c *dictionary.Column) (string, bool) {
			if len(in.sizes) == 0 {
				return "", false
			}
			s, ok := in.sizes[convert.ColumnName{Owner: t.Owner, Table: t.Name, Column: c.Name}]
			return c.Name, ok && s.Max >= 1<<30-1
		}},
}

// columns calls f for every column of the tables that are carried that a person made.
func (in *input) columns(f func(t *dictionary.Table, c *dictionary.Column)) {
	for i, t := range in.tables {
		for _, c := range in.has[i] {
			if c.Hidden != "YES" || c.UserGenerated == "YES" {
				f(t, c)
			}
		}
	}
}

func (in *input) lob(t *dictionary.Table, c *dictionary.Column) *dictionary.Lob {
	for _, l := range in.d.LobsOf(t.Owner, t.Name) {
		if l.Column == c.Name {
			return l
		}
	}
	return nil
}

func typed(c *dictionary.Column) string { return c.Name + " (" + c.Type + ")" }

func typedIf(c *dictionary.Column, matches bool) (string, bool) {
	if !matches {
		return "", false
	}
	return typed(c), true
}

// uncarried are built-in types that DMS does not carry.
var uncarried = map[string]bool{"BFILE": true, "ROWID": true, "UROWID": true, "ANYDATA": true, "REF": true, "JSON": true, "VECTOR": true}

// number writes a count with commas.
func number(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// rowsOf says how many rows a table had when it was analysed.
func rowsOf(t *dictionary.Table) string {
	if t.NumRows == nil {
		return "rows are not counted"
	}
	return number(*t.NumRows) + " rows"
}

func isLob(c *dictionary.Column) bool {
	return c.Type == "CLOB" || c.Type == "NCLOB" || c.Type == "BLOB"
}

func lobs(in *input, t *dictionary.Table, c *dictionary.Column) (string, bool) {
	if !isLob(c) {
		return "", false
	}
	return typed(c) + in.length(t, c, ": not measured"), true
}

// length says how long a column's values are, or why that is not known; nobody is what is said where nobody measured.
func (in *input) length(t *dictionary.Table, c *dictionary.Column, nobody string) string {
	if len(in.sizes) == 0 {
		return nobody
	}
	s, ok := in.sizes[convert.ColumnName{Owner: t.Owner, Table: t.Name, Column: c.Name}]
	switch {
	case !ok:
		return nobody
	case s.Why != "":
		return ": not measured, " + s.Why
	}
	unit := "bytes"
	if c.Type != "BLOB" {
		unit = "characters"
	}
	return fmt.Sprintf(": %s values, the greatest has %s %s%s", number(s.Rows), number(s.Max), unit, sampled(s.Sampled))
}

// openNumber says what is known of a column's fractions, where they were measured.
func openNumber(in *input, t *dictionary.Table, c *dictionary.Column) (string, bool) {
	if c.Type != "NUMBER" || c.Precision != nil || c.Scale != nil || c.Virtual == "YES" {
		return "", false
	}
	m, ok := in.numbers[convert.ColumnName{Owner: t.Owner, Table: t.Name, Column: c.Name}]
	switch {
	case !ok:
		return c.Name, true
	case m.Why != "":
		return c.Name + ": its values tell nothing, " + m.Why, true
	case m.FractionDigits == 0:
		return c.Name + ": no fractions" + sampled(!m.Whole), true
	}
	return fmt.Sprintf("%s: up to %d digits behind the point%s", c.Name, m.FractionDigits, sampled(!m.Whole)), true
}

var fineTimestamp = regexp.MustCompile(`^TIMESTAMP\([7-9]\)`)
