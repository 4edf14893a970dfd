// SPDX-License-Identifier: Apache-2.0

package aws

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/ferryman/ferryman/internal/convert"
)

// scReport makes the three CSV files of an assessment, by their names in the archive, in the format of AWS's tools. The codes and
// efforts are the stand-in's own: FM-CV-021 becomes 9021, a number that no list of AWS's uses for anything else.
func scReport(p *project, rules scRules) map[string]string {
	var items, counts, summary strings.Builder
	schemas := rules.schemas
	quoted(&items, "Category", "Occurrence", "Action item", "Subject", "Group", "Description", "Documentation references", "Recommended action", "Filtered",
		"Estimated complexity", "Line", "Position", "Source", "Target", "Server IP address and port", "Database name", "Schema name")
	type key struct{ schema, code string }
	found := map[key]int{}
	first := map[key]convert.ActionItem{}
	hardest := map[convert.Object]convert.Complexity{}
	for _, a := range p.assessed.Actions {
		if a.Note || !slices.Contains(schemas, a.Object.Owner) {
			continue
		}
		complexity := cmp.Or(a.Complexity, convert.Medium)
		if scHardness[complexity] > scHardness[hardest[a.Object]] {
			hardest[a.Object] = complexity
		}
		place, line := scPath(a), ""
		if a.Line > 0 {
			line = strconv.Itoa(a.Line)
		}
		code := scCode(a.Code)
		found[key{a.Object.Owner, code}]++
		if found[key{a.Object.Owner, code}] == 1 {
			first[key{a.Object.Owner, code}] = a
		}
		quoted(&items, strings.ToLower(strings.ReplaceAll(a.Object.Type, " ", "-")), place, code, a.Subject, convert.Titles[a.Code], a.Reason, "", a.Hint, "",
			string(complexity), line, "", p.source.DataProviderName, "<PostgreSQL>", fmt.Sprintf("%s:%d", p.source.text("ServerName"), p.source.port()),
			p.source.text("DatabaseName"), a.Object.Owner)
	}
	counts.WriteString("Schema,Action item,Number of occurrences,Learning curve efforts,Efforts to convert an occurrence of the action item,Action item description,Recommended action\r\n")
	keys := slices.SortedFunc(maps.Keys(found), func(a, b key) int { return cmp.Or(cmp.Compare(a.schema, b.schema), cmp.Compare(a.code, b.code)) })
	for _, k := range keys {
		a := first[k]
		effort := scEfforts[cmp.Or(a.Complexity, convert.Medium)]
		fmt.Fprintf(&counts, "%s,%s,%d,%.1f,%.1f,%s,%s\r\n", k.schema, k.code, found[k], effort[0], effort[1], flat(convert.Titles[a.Code]), flat(a.Hint))
	}
	scSummary(&summary, p, rules, hardest)
	host := cmp.Or(p.target.text("ServerName"), "target")
	base := path.Join(p.source.text("ServerName"), host, host)
	return map[string]string{base + ".csv": items.String(), base + "_Action_Items_Summary.csv": counts.String(), base + "_Summary.csv": summary.String()}
}

var (
	scHardness = map[convert.Complexity]int{convert.Simple: 1, convert.Medium: 2, convert.Complex: 3}
	// scEfforts are the learning curve and the effort for one occurrence, on the stand-in's own scale.
	scEfforts = map[convert.Complexity][2]float64{convert.Simple: {2, 0.5}, convert.Medium: {8, 4}, convert.Complex: {16, 8}}
	// scCodeTypes are the types that the summary counts as code.
	scCodeTypes = []string{"PROCEDURE", "FUNCTION", "PACKAGE", "PACKAGE BODY", "TRIGGER", "TYPE BODY", "VIEW", "MATERIALIZED VIEW"}
)

func scSummary(b *strings.Builder, p *project, rules scRules, hardest map[convert.Object]convert.Complexity) {
	quoted(b, "Category", "Number of objects", "Objects automatically converted", "Objects with simple actions", "Objects with medium-complexity actions",
		"Objects with complex actions", "Total lines of code")
	type row struct{ objects, converted, simple, medium, heavy int }
	rows := map[string]*row{}
	var storage, code [2]int
	for _, o := range p.assessed.Outcomes {
		if !slices.Contains(rules.schemas, o.Owner) || slices.ContainsFunc(rules.without, func(x convert.Omission) bool { return x.Object == o.Object }) {
			continue
		}
		r := rows[o.Type]
		if r == nil {
			r = &row{}
			rows[o.Type] = r
		}
		kind := &storage
		if slices.Contains(scCodeTypes, o.Type) {
			kind = &code
		}
		r.objects++
		kind[0]++
		if o.Outcome != convert.Action {
			r.converted++
			kind[1]++
			continue
		}
		switch hardest[o.Object] {
		case convert.Complex:
			r.heavy++
		case convert.Medium:
			r.medium++
		default:
			r.simple++
		}
	}
	for _, name := range slices.Sorted(maps.Keys(rows)) {
		r := rows[name]
		quoted(b, name, strconv.Itoa(r.objects), strconv.Itoa(r.converted), strconv.Itoa(r.simple), strconv.Itoa(r.medium), strconv.Itoa(r.heavy), "0")
	}
	for _, special := range []struct {
		name string
		n    [2]int
	}{{"SQL_syntax_elements_number", [2]int{}}, {"Storage_objects_count", storage}, {"Code_objects_count", code}} {
		quoted(b, special.name, strconv.Itoa(special.n[0]), strconv.Itoa(special.n[1]), "", "", "", "")
	}
	b.WriteString("\r\n")
	quoted(b, "Source database: "+strings.Join(rules.schemas, " ")+"."+p.source.DataProviderName)
	quoted(b, "Oracle Database (the stand-in's), by Ferryman's converter")
}

func scCode(code string) string {
	return "9" + strings.TrimPrefix(code, "FM-CV-")
}

// scPath is the path that the tool gives an object, with the line where it is known.
func scPath(a convert.ActionItem) string {
	kind := strings.ToUpper(a.Object.Type[:1]) + strings.ToLower(a.Object.Type[1:])
	switch {
	case strings.HasSuffix(kind, "y"):
		kind = strings.TrimSuffix(kind, "y") + "ies"
	case strings.HasSuffix(kind, "x"):
		kind += "es"
	default:
		kind += "s"
	}
	place := "Schemas." + a.Object.Owner + "." + kind + "." + a.Object.Name
	if a.Line > 0 {
		place += fmt.Sprintf(": Line %d:0", a.Line)
	}
	return place
}

func quoted(b *strings.Builder, fields ...string) {
	for i, f := range fields {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(`"` + strings.ReplaceAll(f, `"`, `""`) + `"`)
	}
	b.WriteString("\r\n")
}

// flat is a text that stands in a line without quotes: commas and all, as AWS writes it.
func flat(text string) string { return strings.Join(strings.Fields(text), " ") }
