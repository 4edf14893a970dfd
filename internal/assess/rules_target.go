// SPDX-License-Identifier: Apache-2.0

package assess

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ferryman/ferryman/internal/oracle/dictionary"
)

// targetRules are about what PostgreSQL does otherwise.
var targetRules = []Rule{
	{Code: "FM-PG-004", Severity: Warns, Title: "Index whose entries may be too long", Source: pgManual,
		Why:  fmt.Sprintf("A B-tree takes entries up to %d bytes; a longer one makes the INSERT or the building of the index fail.", btreeLimit),
		find: wideIndexes},
	{Code: "FM-PG-005", Severity: Blocks, Title: "More columns than PostgreSQL takes", Source: pgManual,
		Why: fmt.Sprintf("A table has at most %s columns, fewer where they are wide. Split it, or keep some of them in jsonb.", number(mostColumns)),
		table: func(in *input, t *dictionary.Table) (FindingObject, bool) {
			n := len(in.d.ColumnsOf(t.Owner, t.Name))
			return FindingObject{Detail: number(int64(n)) + " columns"}, n > mostColumns
		}},
	{Code: "FM-PG-006", Severity: Warns, Title: "Foreign keys go in a circle", Source: pgManual,
		Why:  "No order of the tables satisfies them: a load, a TRUNCATE or a copy by hand works only with the keys set aside (prepare does) or deferred. All tables of the circle go or stay together.",
		find: circles},
	{Code: "FM-PG-007", Severity: Warns, Title: "Key without the partitioning columns", Source: pgManual,
		Why:  "On PostgreSQL a primary key or unique constraint of a partitioned table must hold all columns of its partitioning.",
		find: keysOfPartitioned},
	{Code: "FM-PG-008", Severity: Informs, Title: "Empty text is NULL on Oracle and is not on PostgreSQL", Source: pgManual,
		Why:  "DMS brings NULL, as Oracle has it. Afterwards an application that writes '' stores an empty text: IS NULL no longer finds it, NOT NULL lets it pass, and a unique key takes it once.",
		find: texts(func(c *dictionary.Column) bool { return strings.Contains(c.Type, "CHAR") }, "text columns")},
	{Code: "FM-PG-009", Severity: Informs, Title: "Text measured in bytes", Source: oraReference,
		Why:  "VARCHAR2(n BYTE) becomes varchar(n), n characters: nothing is lost, and more fits than did on Oracle.",
		find: texts(func(c *dictionary.Column) bool { return strings.Contains(c.Type, "CHAR") && c.CharUsed == "B" }, "columns")},
	{Code: "FM-DMS-043", Severity: Informs, Title: "Texts may hold the character NUL", Source: dmsLimits,
		Why:  "PostgreSQL's text has no place for chr(0); DMS writes a space for it, and a comparison then differs. The dictionary does not say whether there is any: the statement writes queries that look, one for each column.",
		Mend: Mend{onOracle, "nothing: what it writes reads whole tables", "nothing", "in a quiet hour, only if programs may write it"},
		find: nul},
}

// What PostgreSQL takes.
const (
	btreeLimit  = 2704 // a third of a page
	mostColumns = 1600
)

func wideIndexes(in *input) (out []FindingObject) {
	for _, i := range in.d.Indexes {
		if i.Type == "LOB" {
			continue
		}
		length := int64(0)
		for _, p := range in.d.IndexColumns(i.Owner, i.Name) {
			if c := in.d.Column(i.TableOwner, i.Table, p.Column); c != nil {
				length += c.Length
			}
		}
		if length > btreeLimit {
			out = append(out, FindingObject{Object: object(i.Owner, "INDEX", i.Name), Detail: number(length) + " bytes at most on Oracle"})
		}
	}
	return out
}

func keysOfPartitioned(in *input) (out []FindingObject) {
	columns := map[dictionary.Name][]string{}
	for _, c := range in.d.PartKeyColumns {
		if c.ObjectType == "TABLE" {
			columns[dictionary.Name{Owner: c.Owner, Name: c.Name}] = append(columns[dictionary.Name{Owner: c.Owner, Name: c.Name}], c.Column)
		}
	}
	for _, c := range in.d.SubpartKeys {
		if c.ObjectType == "TABLE" {
			columns[dictionary.Name{Owner: c.Owner, Name: c.Name}] = append(columns[dictionary.Name{Owner: c.Owner, Name: c.Name}], c.Column)
		}
	}
	for n, needed := range columns {
		t := in.d.Table(n.Owner, n.Name)
		if t == nil {
			continue
		}
		for _, k := range in.d.ConstraintsOf(n.Owner, n.Name) {
			if k.Type != "P" && k.Type != "U" {
				continue
			}
			has := in.d.ConstraintColumns(k.Owner, k.Name)
			missing := slices.DeleteFunc(slices.Clone(needed), func(c string) bool { return slices.Contains(has, c) })
			if len(missing) > 0 {
				out = append(out, FindingObject{Object: tableObject(t), Subject: k.Name, Detail: k.Name + " does not hold " + strings.Join(missing, ", ")})
			}
		}
	}
	return out
}

// texts counts columns of a schema, one object for each schema: a line for each column would drown the rest.
func texts(counts func(*dictionary.Column) bool, what string) func(*input) []FindingObject {
	return func(in *input) (out []FindingObject) {
		n := map[string]int64{}
		in.columns(func(t *dictionary.Table, c *dictionary.Column) {
			if counts(c) {
				n[t.Owner]++
			}
		})
		for owner, count := range n {
			out = append(out, FindingObject{Object: object(owner, "SCHEMA", owner), Detail: number(count) + " " + what})
		}
		return out
	}
}

// nul has one object for each schema: the statement writes those that look, one for each column.
func nul(in *input) []FindingObject {
	out := texts(mayHoldNul, "text columns of 20 characters or more, not looked at")(in)
	for i := range out {
		out[i].Fix = `SELECT 'SELECT COUNT(*) FROM "' || owner || '"."' || table_name || '" WHERE INSTR("' || column_name || '", CHR(0)) > 0;' FROM all_tab_cols WHERE owner = ` +
			literalOracle(out[i].Owner) + ` AND data_type IN ('VARCHAR2', 'NVARCHAR2') AND char_length >= 20 AND virtual_column = 'NO'`
	}
	return out
}

func mayHoldNul(c *dictionary.Column) bool {
	return (c.Type == "VARCHAR2" || c.Type == "NVARCHAR2") && c.ID != nil && c.Virtual != "YES" && c.CharLength >= 20
}
