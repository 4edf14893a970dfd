// SPDX-License-Identifier: Apache-2.0

package sct

import (
	"cmp"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/ferryman/ferryman/internal/assess"
)

// set is the three files of one report.
type set struct {
	items, counts, categories *file
	places                    []place
	efforts                   []effort
	summary                   summary
	schemas                   []string
}

// Read reads a report: the files of one or several schemas. A directory that holds two reports of one schema is refused, as are files
// that lack a column or a line or contradict each other (*Error). The report has no time of its own: At is the caller's to set.
func Read(root fs.FS) (*assess.Report, error) {
	files, err := readFiles(root)
	if err != nil {
		return nil, err
	}
	sets, rest, err := pair(files)
	if err != nil {
		return nil, err
	}
	var totals []aggregate
	for _, f := range rest {
		if f.kind == aggregated {
			lines, err := readAggregated(f)
			if err != nil {
				return nil, err
			}
			totals = append(totals, lines...)
		}
	}
	owner := map[string]*set{}
	for _, s := range sets {
		if err := s.read(totals); err != nil {
			return nil, err
		}
		for _, schema := range s.schemas {
			if other := owner[schema]; other != nil {
				return nil, &Error{What: fmt.Sprintf("there are two reports of schema %s, %s and %s; give the folder of one", schema, other.items.name, s.items.name)}
			}
			owner[schema] = s
		}
	}
	return build(sets, totals), nil
}

// suffixes are what the names of the two summaries add to that of the action items.
var suffixes = []string{"_Action_Items_Summary", "_Summary"}

// pair finds the files that belong together: where there are several reports, by their names.
func pair(files []*file) (sets []*set, rest []*file, err error) {
	by := map[string]*set{}
	var stems []string
	number := map[kind]int{}
	for _, f := range files {
		number[f.kind]++
	}
	one := number[items] <= 1 && number[counts] <= 1 && number[categories] <= 1
	for _, f := range files {
		if f.kind == aggregated || f.kind == stubs {
			rest = append(rest, f)
			continue
		}
		stem := strings.TrimSuffix(f.name, path.Ext(f.name))
		for _, s := range suffixes {
			stem = strings.TrimSuffix(stem, s)
		}
		if one {
			stem = ""
		}
		if by[stem] == nil {
			by[stem] = &set{}
			stems = append(stems, stem)
		}
		into := map[kind]**file{items: &by[stem].items, counts: &by[stem].counts, categories: &by[stem].categories}[f.kind]
		if *into != nil {
			return nil, nil, &Error{File: f.name, What: fmt.Sprintf("it holds %s, and so does %s; give the folder of one report", f.kind, (*into).name)}
		}
		*into = f
	}
	for _, stem := range stems {
		s := by[stem]
		for _, part := range []struct {
			f    *file
			kind kind
		}{{s.items, items}, {s.counts, counts}, {s.categories, categories}} {
			if part.f == nil {
				return nil, nil, &Error{What: fmt.Sprintf("the report%s lacks %s; a report is three CSV files: the action items, …_Action_Items_Summary.csv and …_Summary.csv", named(stem), part.kind)}
			}
		}
		sets = append(sets, s)
	}
	if len(sets) == 0 {
		return nil, nil, &Error{What: "there is no report here: no CSV file with the columns of AWS's conversion reports"}
	}
	return sets, rest, nil
}

func named(stem string) string {
	if stem == "" {
		return ""
	}
	return " " + path.Base(stem)
}

// read reads the three files and holds them against each other.
func (s *set) read(totals []aggregate) (err error) {
	if s.places, err = readItems(s.items); err != nil {
		return err
	}
	if s.efforts, err = readCounts(s.counts); err != nil {
		return err
	}
	if s.summary, err = readSummary(s.categories); err != nil {
		return err
	}
	for _, p := range s.places {
		s.schemas = append(s.schemas, p.item.Object.Owner)
	}
	for _, e := range s.efforts {
		s.schemas = append(s.schemas, e.schema)
	}
	if len(s.schemas) == 0 {
		s.schemas = s.guess(totals)
	}
	slices.Sort(s.schemas)
	s.schemas = slices.Compact(s.schemas)
	return cmp.Or(s.agree(), s.whole())
}

// guess names the schema of a report without any action item.
func (s *set) guess(totals []aggregate) []string {
	for _, line := range s.summary.footer {
		if _, source, ok := strings.Cut(line, "Source database: "); ok {
			if schema, _, ok := strings.Cut(source, "."); ok && schema != "" {
				return []string{schema}
			}
		}
	}
	var named []string
	for _, t := range totals {
		named = append(named, t.schema)
	}
	slices.Sort(named)
	if named = slices.Compact(named); len(named) == 1 {
		return named
	}
	return nil
}

type itemOf struct{ schema, code string }

// agree compares the action items with how often the summary of them says each occurs: that is how a file shows that was cut between
// two lines.
func (s *set) agree() error {
	found, filtered, first := map[itemOf]int{}, map[itemOf]int{}, map[itemOf]int{}
	for i, p := range s.places {
		key := itemOf{p.item.Object.Owner, p.item.Code}
		if _, ok := first[key]; !ok {
			first[key] = i
		}
		found[key]++
		if p.filtered {
			filtered[key]++
		}
	}
	known := map[itemOf]bool{}
	for _, e := range s.efforts {
		key := itemOf{e.schema, e.code}
		if known[key] {
			return e.file.wrong(e.row, "action item %s of schema %s is there a second time", e.code, e.schema)
		}
		known[key] = true
		if n := found[key]; e.count != n && e.count != n-filtered[key] {
			return e.file.wrong(e.row, "action item %s of schema %s occurs %d times, but %s, which ends at line %d, holds %d: one of the two was cut or is of another run",
				e.code, e.schema, e.count, s.items.name, s.items.end, n)
		}
	}
	for key, i := range first {
		if !known[key] {
			return s.items.wrong(s.items.rows[i], "action item %s of schema %s is not in %s, which ends at line %d: one of the two was cut or is of another run",
				key.code, key.schema, s.counts.name, s.counts.end)
		}
	}
	return nil
}

// whole compares the summary with itself and with the action items.
func (s *set) whole() error {
	objects, work := 0, 0
	for _, c := range s.summary.categories {
		objects += c.objects
		work += c.simple + c.medium + c.heavy
	}
	if all := s.summary.storage.objects + s.summary.code.objects; objects < all {
		return &Error{s.categories.name, s.categories.end, fmt.Sprintf("the summary counts %d storage and %d code objects, but its lines only %d in all: a line is missing",
			s.summary.storage.objects, s.summary.code.objects, objects)}
	}
	if work > 0 && len(s.places) == 0 {
		return &Error{s.items.name, s.items.end, fmt.Sprintf("there is no action item, but by %s %d objects need work: one of the two was cut or is of another run", s.categories.name, work)}
	}
	return nil
}
