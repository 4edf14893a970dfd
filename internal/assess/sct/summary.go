// SPDX-License-Identifier: Apache-2.0

package sct

import (
	"math"
	"strings"
)

// effort is a line of the action items' summary.
type effort struct {
	file           *file
	row            row
	schema, code   string
	count          int
	learning, each float64
}

// readCounts reads the action items' summary. Its texts are not always in quotes and may hold commas: what comes after the efforts is
// not needed, so that more fields than columns are no error where nothing is quoted.
func readCounts(f *file) ([]effort, error) {
	need, width := 0, len(f.at)
	for key, i := range f.at {
		if key != "group" && key != "hint" {
			need = max(need, i+1)
		}
	}
	var all []effort
	for n, r := range f.rows {
		if r.blank && n == len(f.rows)-1 {
			break
		}
		if len(r.fields) < max(need, min(width, 6)) {
			return nil, f.wrong(r, "the line has %d fields of %d; the report was cut or is not one", len(r.fields), width)
		}
		e := effort{file: f, row: r, schema: f.get(r, "schema"), code: f.get(r, "code")}
		if e.schema == "" || !numeric(e.code) {
			return nil, f.wrong(r, "the action item is %s of schema %s; it is a number of a named schema", shown(e.code), shown(e.schema))
		}
		count, ok := number(f.get(r, "count"))
		if !ok || count != math.Trunc(count) {
			return nil, f.wrong(r, "the number of occurrences is %s", shown(f.get(r, "count")))
		}
		e.count = int(count)
		for key, into := range map[string]*float64{"learning": &e.learning, "each": &e.each} {
			if *into, ok = number(f.get(r, key)); !ok {
				return nil, f.wrong(r, "the effort %s is no number", shown(f.get(r, key)))
			}
		}
		all = append(all, e)
	}
	return all, nil
}

// counted is a line of the summary: objects of one category.
type counted struct {
	category                                  string
	objects, converted, simple, medium, heavy int
}

// special are the lines at the end of a summary that count over the categories. Storage and code are always there: a summary without
// them was cut.
const (
	syntaxElements = "sql_syntax_elements_number"
	storageObjects = "storage_objects_count"
	codeObjects    = "code_objects_count"
)

// summary is a whole summary.
type summary struct {
	file       *file
	categories []counted
	storage    counted
	code       counted
	// footer is the free text after the table: which source, and its banner.
	footer []string
}

func readSummary(f *file) (summary, error) {
	s := summary{file: f}
	seen := map[string]int{}
	for n, r := range f.rows {
		if r.blank {
			s.footer = footer(f.rows[n+1:])
			break
		}
		category := f.get(r, "category")
		key := strings.ToLower(category)
		special := key == syntaxElements || key == storageObjects || key == codeObjects
		c, err := readCounted(f, r, special)
		if err != nil {
			return s, err
		}
		if before, twice := seen[key]; twice {
			return s, f.wrong(r, "category %s is there a second time, after line %d", shown(category), before)
		}
		seen[key] = r.line
		switch key {
		case storageObjects:
			s.storage = c
		case codeObjects:
			s.code = c
		case syntaxElements:
		default:
			s.categories = append(s.categories, c)
		}
	}
	for _, key := range []string{storageObjects, codeObjects} {
		if seen[key] == 0 {
			return s, &Error{f.name, f.end, "the summary ends here, before the line " + strings.ToUpper(key[:1]) + key[1:] + "; it was cut"}
		}
	}
	return s, nil
}

func readCounted(f *file, r row, special bool) (counted, error) {
	c := counted{category: typeName(f.get(r, "category"))}
	if c.category == "" {
		return c, f.wrong(r, "no category is named")
	}
	if len(r.fields) < len(f.at) && (!special || len(r.fields) < len(f.at)-1) { // the lines of sums are a field short
		return c, f.wrong(r, "the line has %d fields of %d; the report was cut or is not one", len(r.fields), len(f.at))
	}
	for _, column := range []struct {
		key  string
		into *int
	}{{"count", &c.objects}, {"converted", &c.converted}, {"simple", &c.simple}, {"medium", &c.medium}, {"complex", &c.heavy}} {
		text := f.get(r, column.key)
		if text == "" && special {
			continue
		}
		n, ok := number(text)
		if !ok || n != math.Trunc(n) {
			return c, f.wrong(r, "the number of objects is %s; it is a whole number", shown(text))
		}
		*column.into = int(n)
	}
	if sum := c.converted + c.simple + c.medium + c.heavy; !special && sum != c.objects {
		return c, f.wrong(r, "%d objects of category %s are counted, but %d by what they need; the report contradicts itself", c.objects, c.category, sum)
	}
	return c, nil
}

// footer is the text below the table. A banner holds commas and is not always in quotes.
func footer(rows []row) []string {
	var lines []string
	for _, r := range rows {
		if text := strings.TrimSpace(strings.Join(r.fields, ",")); text != "" && len(lines) < 20 {
			lines = append(lines, text)
		}
	}
	return lines
}
