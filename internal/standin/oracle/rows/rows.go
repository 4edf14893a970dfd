// SPDX-License-Identifier: Apache-2.0

// Package rows makes up rows for the tables of a dictionary export: deterministic, sensible to look at, and legal by the keys, simple
// checks, lengths and precisions that the dictionary tells.
package rows

import (
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/ferryman/ferryman/internal/standin/oracle/dict"
)

// Set is a table's rows, as a data file has them: "" is NULL, binary values are hexadecimal.
type Set struct {
	Table   dict.Name
	Columns []string
	Rows    [][]string
}

// Options says how many rows to make for a table, and which.
type Options struct {
	Rows int
	Seed int64
	// LargeLOBs makes some LOBs longer than 32 KB.
	LargeLOBs bool
	// Feeds are the sequences that fill columns, as far as triggers and identities tell. Others are found by their names.
	Feeds map[dict.Name]Feed
}

// Feed is a column that takes its values from a sequence.
type Feed struct {
	Column   string
	Sequence dict.Name
}

// Made is what was made up: the rows, and where the sequences must go on behind the new keys.
type Made struct {
	Sets      []Set
	Sequences map[dict.Name]string
}

// Make makes rows for every table of the model that is not in have. Tables get fewer rows than asked for where their keys, or their
// parents' rows, do not allow as many; temporary tables get none.
func Make(m *dict.Model, have []Set, o Options) *Made {
	made := &Made{Sequences: map[dict.Name]string{}}
	all := map[dict.Name]*table{}
	for _, t := range m.Tables {
		all[t.Name] = newTable(m, t, o)
	}
	for _, set := range have {
		if t := all[set.Table]; t != nil {
			t.take(set)
		}
	}
	var order []*table
	for _, t := range m.Tables {
		if t := all[t.Name]; !t.given && !t.Temporary {
			order = append(order, t)
		}
	}
	for _, t := range sorted(order, all) {
		t.fill(all, made)
	}
	for _, t := range order {
		t.fillDeferred(all)
		made.Sets = append(made.Sets, Set{Table: t.Table.Name, Columns: t.names, Rows: t.rows})
	}
	return made
}

// table is one table while its rows are made.
type table struct {
	*dict.Table
	model   *dict.Model
	options Options
	names   []string
	at      map[string]int
	rows    [][]string
	given   bool // the export has its rows
	done    bool
	uniques [][]string // columns of each key, the primary key first
	foreign []*foreign
	limits  map[string]*limit
	pairs   [][2]string // the first column is less than the second
}

// foreign is a foreign key with its columns on both sides.
type foreign struct {
	columns, refers []string
	parent          dict.Name
	deferred        bool
	index           map[string][][]string // the parent's rows by the values of columns that are already set
}

func newTable(m *dict.Model, t *dict.Table, o Options) *table {
	x := &table{Table: t, model: m, options: o, at: map[string]int{}, limits: map[string]*limit{}}
	for _, c := range t.Columns {
		if !c.Virtual {
			x.at[c.Name] = len(x.names)
			x.names = append(x.names, c.Name)
		}
	}
	for _, kind := range []string{"P", "U"} {
		for _, c := range m.Constraints {
			if c.Type == kind && c.Enabled && c.Owner == t.Owner && c.Table == t.Name.Name {
				x.uniques = append(x.uniques, c.Columns)
			}
		}
	}
	for _, i := range m.Indexes {
		if columns := indexed(i); i.Unique && i.Owner == t.Owner && i.Table == t.Name.Name && columns != nil &&
			!slices.ContainsFunc(x.uniques, func(u []string) bool { return slices.Equal(u, columns) }) {
			x.uniques = append(x.uniques, columns)
		}
	}
	for _, c := range m.Constraints {
		if c.Owner != t.Owner || c.Table != t.Name.Name || !c.Enabled {
			continue
		}
		switch c.Type {
		case "C":
			x.readCheck(c.Condition)
		case "R":
			for _, k := range m.Constraints {
				if k.Owner == c.ROwner && k.Name == c.RName && len(k.Columns) == len(c.Columns) {
					x.foreign = append(x.foreign, &foreign{columns: c.Columns, refers: k.Columns, parent: dict.Name{Owner: k.Owner, Name: k.Table}})
				}
			}
		}
	}
	for _, name := range x.names {
		if rest, ok := strings.CutPrefix(name, "MIN_"); ok && slices.Contains(x.names, "MAX_"+rest) {
			x.pairs = append(x.pairs, [2]string{name, "MAX_" + rest})
		}
	}
	// The widest first: it decides what the others have in common with it.
	slices.SortStableFunc(x.foreign, func(a, b *foreign) int { return len(b.columns) - len(a.columns) })
	return x
}

func indexed(i *dict.Index) []string {
	var columns []string
	for _, term := range i.Terms {
		if term.Column == "" {
			return nil
		}
		columns = append(columns, term.Column)
	}
	return columns
}

// take uses rows that are there.
func (t *table) take(set Set) {
	t.given, t.done = true, true
	t.names, t.rows = set.Columns, set.Rows
	t.at = map[string]int{}
	for i, name := range set.Columns {
		t.at[name] = i
	}
}

// keyed says whether a foreign key has a column of one of the table's own keys.
func (t *table) keyed(f *foreign) bool {
	for _, key := range t.uniques {
		for _, column := range f.columns {
			if slices.Contains(key, column) {
				return true
			}
		}
	}
	return false
}

// sorted puts parents before children. Where tables refer to each other in a circle, a foreign key outside the table's own keys is
// filled at the end.
func sorted(pending []*table, all map[dict.Name]*table) []*table {
	var order []*table
	placed := map[dict.Name]bool{}
	waits := func(t *table, keyedOnly bool) bool {
		return slices.ContainsFunc(t.foreign, func(f *foreign) bool {
			p := all[f.parent]
			return p != nil && p != t && !p.given && !p.Temporary && !placed[f.parent] && (!keyedOnly || t.keyed(f))
		})
	}
	for len(pending) > 0 {
		next := slices.IndexFunc(pending, func(t *table) bool { return !waits(t, false) })
		if next < 0 {
			next = slices.IndexFunc(pending, func(t *table) bool { return !waits(t, true) })
		}
		next = max(next, 0)
		t := pending[next]
		for _, f := range t.foreign {
			if p := all[f.parent]; p != nil && !p.given && !placed[f.parent] {
				f.deferred = true
			}
		}
		placed[t.Table.Name] = true
		order = append(order, t)
		pending = slices.Delete(slices.Clone(pending), next, next+1)
	}
	return order
}

// random is a source of its own for each table, so that one table's rows do not depend on the others.
func (t *table) random() *rand.Rand {
	h := fnv.New64a()
	_, _ = h.Write([]byte(t.Table.Name.String()))
	return rand.New(rand.NewPCG(uint64(t.options.Seed), h.Sum64()))
}
