// SPDX-License-Identifier: Apache-2.0

package rows

import (
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/ferryman/ferryman/internal/standin/oracle/dict"
)

// attempts is how often a row is tried before the table is taken for full.
const attempts = 40

// fill makes the table's rows.
func (t *table) fill(all map[dict.Name]*table, made *Made) {
	defer func() { t.done = true }()
	r := t.random()
	ids := t.numbering(made)
	taken := make([]map[string]bool, len(t.uniques))
	for i := range taken {
		taken[i] = map[string]bool{}
	}
	for n := 0; n < t.options.Rows; n++ {
		placed := false
		for try := 0; try < attempts && !placed; try++ {
			row, ok := t.row(r, n, try, ids, all)
			if !ok || !t.legal(row) {
				continue
			}
			placed = t.claim(row, taken)
			if placed {
				t.rows = append(t.rows, row)
			}
		}
		if !placed {
			break
		}
	}
	if ids != nil {
		ids.finish(t, made)
	}
}

// row makes one row; false when no parent fits.
func (t *table) row(r *rand.Rand, n, try int, ids *numbering, all map[dict.Name]*table) ([]string, bool) {
	row := make([]string, len(t.names))
	set := make([]bool, len(t.names))
	for _, f := range t.foreign {
		if f.deferred {
			for _, column := range f.columns {
				if c := t.Column(column); c != nil && !set[t.at[column]] && c.Nullable {
					set[t.at[column]] = true // filled at the end
				}
			}
			continue
		}
		if !t.refer(r, n+try, f, all[f.parent], row, set) {
			return nil, false
		}
	}
	if ids != nil {
		if i := t.at[ids.column]; !set[i] {
			id, ok := ids.next(n)
			if !ok {
				return nil, false
			}
			row[i], set[i] = id, true
		}
	}
	v := &values{table: t, random: r, number: n, try: try, row: row}
	for _, c := range t.Columns {
		i, ok := t.at[c.Name]
		if !ok || set[i] {
			continue
		}
		row[i] = v.value(c, t.unique(c.Name))
	}
	t.orderPairs(row)
	return row, true
}

// refer takes a foreign key's values from one of the parent's rows that agrees with the columns already set.
func (t *table) refer(r *rand.Rand, n int, f *foreign, parent *table, row []string, set []bool) bool {
	nullable := true
	var open []int
	for i, column := range f.columns {
		if set[t.at[column]] {
			if row[t.at[column]] == "" {
				return true // NULL in part: the key is not checked
			}
			continue
		}
		open = append(open, i)
		nullable = nullable && t.Column(column).Nullable && !t.unique(column)
	}
	if len(open) == 0 && len(f.columns) == 1 {
		return true
	}
	none := func() bool {
		if !nullable || len(open) == 0 {
			return false
		}
		for _, i := range open {
			set[t.at[f.columns[i]]] = true
		}
		return true
	}
	if parent == nil || len(parent.rows) == 0 || nullable && r.IntN(10) == 0 && len(open) == len(f.columns) {
		return none()
	}
	candidates := parent.rows
	if len(open) < len(f.columns) {
		candidates = f.matching(t, parent, row, set)
		if len(candidates) == 0 {
			return none()
		}
	}
	chosen := candidates[r.IntN(len(candidates))]
	if t.alone(f) {
		chosen = candidates[n%len(candidates)] // one to one: each parent once
	}
	for _, i := range open {
		value := chosen[parent.at[f.refers[i]]]
		if value == "" {
			return none()
		}
		row[t.at[f.columns[i]]], set[t.at[f.columns[i]]] = value, true
	}
	return true
}

// alone says whether the foreign key holds a whole key of the table.
func (t *table) alone(f *foreign) bool {
	for _, key := range t.uniques {
		if !slices.ContainsFunc(key, func(column string) bool { return !slices.Contains(f.columns, column) }) {
			return true
		}
	}
	return false
}

// matching finds the parent's rows that have the values already set, through an index that is made once.
func (f *foreign) matching(t, parent *table, row []string, set []bool) [][]string {
	var known []int
	for i, column := range f.columns {
		if set[t.at[column]] {
			known = append(known, i)
		}
	}
	if f.index == nil {
		f.index = map[string][][]string{}
		for _, p := range parent.rows {
			var parts []string
			for _, i := range known {
				parts = append(parts, p[parent.at[f.refers[i]]])
			}
			key := strings.Join(parts, "\x00")
			f.index[key] = append(f.index[key], p)
		}
	}
	var parts []string
	for _, i := range known {
		parts = append(parts, row[t.at[f.columns[i]]])
	}
	return f.index[strings.Join(parts, "\x00")]
}

// claim takes the row's keys; false when one is taken.
func (t *table) claim(row []string, taken []map[string]bool) bool {
	keys := make([]string, len(t.uniques))
	for i, columns := range t.uniques {
		var parts []string
		empty := true
		for _, column := range columns {
			at, ok := t.at[column]
			if !ok {
				return true
			}
			empty = empty && row[at] == ""
			parts = append(parts, row[at])
		}
		keys[i] = strings.Join(parts, "\x00")
		if empty {
			keys[i] = ""
		} else if taken[i][keys[i]] {
			return false
		}
	}
	for i, key := range keys {
		if key != "" {
			taken[i][key] = true
		}
	}
	return true
}

// unique says whether a column is part of a key.
func (t *table) unique(column string) bool {
	return slices.ContainsFunc(t.uniques, func(key []string) bool { return slices.Contains(key, column) })
}

// fillDeferred fills the foreign keys of circles, and those of a table to itself: to a row before it, so that there is a top.
func (t *table) fillDeferred(all map[dict.Name]*table) {
	r := t.random()
	for _, f := range t.foreign {
		if !f.deferred {
			continue
		}
		parent := all[f.parent]
		for n, row := range t.rows {
			candidates := parent.rows
			if parent == t {
				candidates = t.rows[:n]
			}
			skip := len(candidates) == 0 || r.IntN(10) == 0
			required := false
			for _, column := range f.columns {
				required = required || !t.Column(column).Nullable
			}
			if required && len(candidates) == 0 && parent == t {
				candidates, skip = t.rows[n:n+1], false
			}
			if skip && !required || len(candidates) == 0 {
				continue
			}
			chosen := candidates[r.IntN(len(candidates))]
			for i, column := range f.columns {
				row[t.at[column]] = chosen[parent.at[f.refers[i]]]
			}
		}
	}
}
