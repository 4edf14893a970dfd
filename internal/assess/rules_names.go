// SPDX-License-Identifier: Apache-2.0

package assess

import (
	"strings"

	"github.com/ferryman/ferryman/internal/oracle/dictionary"
)

// nameRules are about names of tables and columns.
var nameRules = []Rule{
	{Code: "FM-DMS-017", Severity: Warns, Title: "Name longer than 30 bytes", Source: dmsLimits, Checks: []string{"oracle-check-object-30-bytes-limit"},
		Why:  "DMS does not take tables and columns with such names.",
		Mend: Mend{onOracle, "the table, exclusively, for a moment", "open transactions on the table", "before the load, together with the programs that name it"},
		find: func(in *input) []FindingObject {
			return named(in, func(n string) bool { return len(n) > 30 && len(n) <= 63 })
		}},
	{Code: "FM-PG-001", Severity: Warns, Title: "Name longer than 63 bytes", Source: pgManual, Checks: []string{"oracle-check-object-30-bytes-limit"},
		Why: "PostgreSQL cuts it; here it is shortened so that two can't become one. DMS does not take it either.",
		find: func(in *input) []FindingObject {
			return named(in, func(n string) bool { return len(n) > 63 })
		}},
	{Code: "FM-DMS-018", Severity: Blocks, Title: "Apostrophe in a name", Source: dmsLimits, Checks: []string{"oracle-validate-names-with-apostrophes"},
		Why: "DMS does not take tables with an apostrophe in their name.",
		find: func(in *input) []FindingObject {
			return named(in, func(n string) bool { return strings.Contains(n, "'") })
		}},
	{Code: "FM-PG-002", Severity: Informs, Title: "Name with small letters", Source: dmsPostgres,
		Why: "It was created with quotes. On the target all names are in lower case; an application that quotes it as on Oracle does not find it.",
		find: func(in *input) []FindingObject {
			return named(in, func(n string) bool { return n != strings.ToUpper(n) })
		}},
	{Code: "FM-PG-003", Severity: Informs, Title: "Name that PostgreSQL reserves", Source: pgManual,
		Why: "Queries must quote it, or they do not parse.",
		find: func(in *input) []FindingObject {
			return named(in, func(n string) bool { return reserved[strings.ToLower(n)] })
		}},
	{Code: "FM-PG-012", Severity: Warns, Title: "Name with characters that a table mapping reads otherwise", Source: dmsTasks,
		Why: "In DMS's table mappings % stands for any characters and [ ] for a choice; line breaks, quotes and control characters are found by no tool. Rename it before the load.",
		find: func(in *input) []FindingObject {
			return named(in, func(n string) bool {
				return strings.ContainsFunc(n, func(r rune) bool { return r < ' ' || r == 0x7f || strings.ContainsRune(`%[]"\`, r) })
			})
		}},
}

// named lists tables and columns by what is odd about their names.
func named(in *input, odd func(name string) bool) []FindingObject {
	var out []FindingObject
	for _, t := range in.tables {
		if odd(t.Name) {
			out = append(out, FindingObject{Object: tableObject(t)})
		}
	}
	in.columns(func(t *dictionary.Table, c *dictionary.Column) {
		if odd(c.Name) {
			out = append(out, FindingObject{Object: tableObject(t), Subject: c.Name, Detail: c.Name})
		}
	})
	return out
}

// reserved are the words that PostgreSQL 15 reserves (pg_get_keywords(), categories R and T).
var reserved = func() map[string]bool {
	words := map[string]bool{}
	for _, w := range strings.Fields(`all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate collation
		column concurrently constraint create cross current_catalog current_date current_role current_schema current_time current_timestamp
		current_user default deferrable desc distinct do else end except false fetch for foreign freeze from full grant group having ilike in
		initially inner intersect into is isnull join lateral leading left like limit localtime localtimestamp natural not notnull null offset on
		only or order outer overlaps placing primary references returning right select session_user similar some symmetric table tablesample then
		to trailing true union unique user using variadic verbose when where window with`) {
		words[w] = true
	}
	return words
}()
