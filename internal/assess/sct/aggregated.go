// SPDX-License-Identifier: Apache-2.0

package sct

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// aggregate is what the aggregated report says of one schema for one target.
type aggregate struct {
	schema, target string
	// values are the columns' own titles without the target, such as "Code object conversion %", in the file's order.
	values []string
}

// targetColumn is a column of one target: its name is in quotes inside the title.
var targetColumn = regexp.MustCompile(`^(.+?) for "(.+)"$`)

// readAggregated reads the lines of an aggregated report, for all of its targets.
func readAggregated(f *file) ([]aggregate, error) {
	header := f.header
	var all []aggregate
	for n, r := range f.rows {
		if r.blank && n == len(f.rows)-1 {
			break
		}
		if len(r.fields) != len(header) {
			return nil, f.wrong(r, "the line has %d fields of %d; the report was cut or is not one", len(r.fields), len(header))
		}
		schema := f.get(r, "schema")
		if schema == "" {
			return nil, f.wrong(r, "no schema is named")
		}
		var targets []string
		of := map[string]*aggregate{}
		for i, title := range header {
			m := targetColumn.FindStringSubmatch(title)
			if m == nil {
				continue
			}
			if of[m[2]] == nil {
				of[m[2]] = &aggregate{schema: schema, target: m[2]}
				targets = append(targets, m[2])
			}
			of[m[2]].values = append(of[m[2]].values, fmt.Sprintf("%s %s", strings.TrimSuffix(m[1], " %"), strings.TrimSpace(r.fields[i])))
		}
		if len(targets) == 0 {
			return nil, &Error{f.name, 1, `no column names a target, as in: Code object conversion % for "Amazon RDS for PostgreSQL"`}
		}
		slices.Sort(targets)
		for _, t := range targets {
			all = append(all, *of[t])
		}
	}
	if len(all) == 0 {
		return nil, &Error{f.name, f.end, "there is no line of any schema; the report was cut"}
	}
	return all, nil
}
