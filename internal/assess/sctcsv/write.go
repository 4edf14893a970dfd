// SPDX-License-Identifier: Apache-2.0

// Package sctcsv writes an assessment as the three CSV files of AWS's Schema Conversion Tool, with its columns, names and line ends, so that
// spreadsheets and programs that read those go on working.
package sctcsv

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/ferryman/ferryman/internal/assess"
	"github.com/ferryman/ferryman/internal/convert"
)

// lineEnd is that of the tool's releases 663 and 664, in all three files.
const lineEnd = "\r\n"

var (
	itemColumns = []string{"Category", "Occurrence", "Action item", "Subject", "Group", "Description", "Documentation references",
		"Recommended action", "Filtered", "Estimated complexity", "Line", "Position", "Source", "Target", "Server IP address and port",
		"Database name", "Schema name"}
	countColumns = []string{"Schema", "Action item", "Number of occurrences", "Learning curve efforts",
		"Efforts to convert an occurrence of the action item", "Action item description", "Recommended action"}
	summaryColumns = []string{"Category", "Number of objects", "Objects automatically converted", "Objects with simple actions",
		"Objects with medium-complexity actions", "Objects with complex actions", "Total lines of code"}
)

// Write gives the files by their names, three for every schema of the report: <SCHEMA>-POSTGRESQL-Csv-report.csv and its two summaries.
func Write(r *assess.Report) map[string][]byte {
	files := map[string][]byte{}
	for _, schema := range r.Schemas {
		stem := fileName(schema) + "-POSTGRESQL-Csv-report"
		for n := 2; files[stem+".csv"] != nil; n++ {
			stem = fmt.Sprintf("%s_%d-POSTGRESQL-Csv-report", fileName(schema), n)
		}
		s := &schemaReport{Report: r, schema: schema, learning: map[string]float64{}}
		for _, l := range r.Learning {
			s.learning[l.What] = l.Hours
		}
		files[stem+".csv"] = s.items()
		files[stem+"_Action_Items_Summary.csv"] = s.counts()
		files[stem+"_Summary.csv"] = s.summary()
	}
	return files
}

type schemaReport struct {
	*assess.Report
	schema   string
	learning map[string]float64
}

// actions are the schema's own. Those of public synonyms belong to no schema; they are in Ferryman's own files.
func (s *schemaReport) actions() []convert.ActionItem {
	return slices.DeleteFunc(slices.Clone(s.Actions), func(a convert.ActionItem) bool { return a.Note || a.Object.Owner != s.schema })
}

func (s *schemaReport) items() []byte {
	var b bytes.Buffer
	quoted(&b, itemColumns)
	for _, a := range s.actions() {
		line := ""
		if a.Line > 0 {
			line = strconv.Itoa(a.Line)
		}
		quoted(&b, []string{strings.ToLower(a.Object.Type), occurrence(a), a.Code, a.Subject, title(a), a.Reason, "", a.Hint, "",
			string(a.Complexity), line, "", "Oracle", "PostgreSQL", "", "", a.Object.Owner})
	}
	return b.Bytes()
}

// counts is every action item with how often it occurs. The effort of one occurrence is the mean of those of this report.
func (s *schemaReport) counts() []byte {
	var b bytes.Buffer
	plain(&b, countColumns)
	byCode := map[string][]convert.ActionItem{}
	for _, a := range s.actions() {
		byCode[a.Code] = append(byCode[a.Code], a)
	}
	for _, code := range slices.Sorted(maps.Keys(byCode)) {
		list, sum := byCode[code], 0.0
		for _, a := range list {
			sum += a.Hours
		}
		plain(&b, []string{s.schema, code, strconv.Itoa(len(list)), effort(s.learning[code]), effort(sum / float64(len(list))), title(list[0]), list[0].Hint})
	}
	return b.Bytes()
}

// effort writes hours as the tool does: with at least one digit behind the point.
func effort(hours float64) string {
	text := strconv.FormatFloat(hours, 'f', -1, 64)
	if len(text) > 8 {
		text = strconv.FormatFloat(hours, 'f', 2, 64)
	}
	if !strings.Contains(text, ".") {
		text += ".0"
	}
	return text
}

type category struct{ objects, converted, simple, medium, heavy, lines int }

func (s *schemaReport) summary() []byte {
	hardest := map[convert.Object]convert.Complexity{}
	rank := map[convert.Complexity]int{convert.Simple: 1, convert.Medium: 2, convert.Complex: 3}
	for _, a := range s.actions() {
		if rank[a.Complexity] > rank[hardest[a.Object]] {
			hardest[a.Object] = a.Complexity
		}
	}
	rows := map[string]*category{}
	notTried := 0
	for _, o := range s.Objects {
		if o.Owner != s.schema {
			continue
		}
		c := rows[o.Type]
		if c == nil {
			c = &category{}
			rows[o.Type] = c
		}
		c.objects++
		switch {
		case o.Outcome != convert.Action:
			c.converted++
			if o.Outcome == convert.NotTried {
				notTried++
			}
		case hardest[o.Object] == convert.Complex:
			c.heavy++
		case hardest[o.Object] == convert.Medium:
			c.medium++
		default:
			c.simple++
		}
	}
	for _, t := range s.Inventory.Types {
		if c := rows[t.Type]; c != nil && t.Owner == s.schema && t.Lines != nil {
			c.lines = *t.Lines
		}
	}
	return s.writeSummary(rows, notTried)
}

func (s *schemaReport) writeSummary(rows map[string]*category, notTried int) []byte {
	var b bytes.Buffer
	quoted(&b, summaryColumns)
	var storage, code category
	for _, kind := range slices.Sorted(maps.Keys(rows)) {
		c := rows[kind]
		quoted(&b, []string{kind, num(c.objects), num(c.converted), num(c.simple), num(c.medium), num(c.heavy), num(c.lines)})
		sum := &storage
		if isCode[kind] {
			sum = &code
		}
		sum.objects += c.objects
		sum.converted += c.converted
	}
	quoted(&b, []string{"SQL_syntax_elements_number", "0", "0", "", "", ""})
	quoted(&b, []string{"Storage_objects_count", num(storage.objects), num(storage.converted), "", "", ""})
	quoted(&b, []string{"Code_objects_count", num(code.objects), num(code.converted), "", "", ""})
	b.WriteString(lineEnd)
	quoted(&b, []string{"Source database: " + s.schema + ".Oracle"})
	if notTried > 0 {
		quoted(&b, []string{fmt.Sprintf("%d of the objects automatically converted were not tried on a PostgreSQL", notTried)})
	}
	return b.Bytes()
}

var isCode = map[string]bool{"PROCEDURE": true, "FUNCTION": true, "PACKAGE": true, "PACKAGE BODY": true, "TRIGGER": true, "TYPE": true, "TYPE BODY": true, "VIEW": true, "JAVA SOURCE": true}

func num(n int) string { return strconv.Itoa(n) }

func title(a convert.ActionItem) string { return cmp.Or(convert.Titles[a.Code], a.Reason) }

// occurrence is the path that the tool gives an object: Schemas.X.Procedures.Y[: Line n].
func occurrence(a convert.ActionItem) string {
	kind := strings.ReplaceAll(strings.ToLower(a.Object.Type), " ", "-")
	plural := kind + "s"
	switch {
	case strings.HasSuffix(kind, "body"), strings.HasSuffix(kind, "library"):
		plural = strings.TrimSuffix(kind, "y") + "ies"
	case strings.HasSuffix(kind, "x"):
		plural = kind + "es"
	}
	if plural != "" {
		plural = strings.ToUpper(plural[:1]) + plural[1:]
	}
	path := "Schemas." + a.Object.Owner + "." + plural + "." + a.Object.Name
	if a.Line > 0 {
		path += ": Line " + strconv.Itoa(a.Line)
	}
	return path
}

// quoted writes a line with every field in quotes.
func quoted(b *bytes.Buffer, fields []string) {
	for i, f := range fields {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(`"` + strings.ReplaceAll(assess.PlainField(f), `"`, `""`) + `"`)
	}
	b.WriteString(lineEnd)
}

// plain writes a line with quotes only where a field needs them.
func plain(b *bytes.Buffer, fields []string) {
	for i, f := range fields {
		if i > 0 {
			b.WriteByte(',')
		}
		if f = assess.PlainField(f); strings.ContainsAny(f, "\",\r\n") {
			f = `"` + strings.ReplaceAll(f, `"`, `""`) + `"`
		}
		b.WriteString(f)
	}
	b.WriteString(lineEnd)
}

// fileName is a schema's name as a file's: what is special there becomes an underscore.
func fileName(schema string) string {
	name := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_$#", r) {
			return r
		}
		return '_'
	}, schema)
	return cmp.Or(name, "SCHEMA")
}
