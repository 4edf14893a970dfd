// SPDX-License-Identifier: Apache-2.0

package assess

import (
	"cmp"
	"slices"
	"strings"

	"github.com/ferryman/ferryman/internal/oracle/dictionary"
)

// TypeInventory is what there is of one type in one schema. A nil number is not known.
type TypeInventory struct {
	Owner   string `json:"owner"`
	Type    string `json:"type"`
	Objects int    `json:"objects"`
	Invalid int    `json:"invalid"`
	// Bytes is the space that they take on Oracle, of those whose size is known.
	Bytes *int64 `json:"bytes"`
	// Lines are lines of code: PL/SQL, triggers' bodies, views' queries.
	Lines *int `json:"lines"`
	// Needs counts the dependencies of these objects on others, NeededBy those of others on them.
	Needs    *int `json:"needs"`
	NeededBy *int `json:"needed_by"`
}

// Inventory is what the schemas hold.
type Inventory struct {
	Types []TypeInventory `json:"types"`
	// SizesFrom says where the sizes come from.
	SizesFrom string `json:"sizes_from"`
}

func inventory(d *dictionary.Dictionary, size *space) Inventory {
	type key struct{ owner, kind string }
	rows := map[key]*TypeInventory{}
	kinds := map[dictionary.Name][]string{} // a package and its body have one name
	for i := range d.Objects {
		o := &d.Objects[i]
		if !d.InScope(o.Owner) {
			continue
		}
		k := key{o.Owner, o.Type}
		row := rows[k]
		if row == nil {
			row = &TypeInventory{Owner: o.Owner, Type: o.Type}
			rows[k] = row
		}
		row.Objects++
		if o.Status == "INVALID" {
			row.Invalid++
		}
		n := dictionary.Name{Owner: o.Owner, Name: o.Name}
		if !slices.Contains(kinds[n], o.Type) {
			kinds[n] = append(kinds[n], o.Type)
		}
		row.Bytes = add(row.Bytes, size.object(o))
	}
	row := func(owner, kind string) *TypeInventory { return rows[key{owner, kind}] }
	countLines(d, row)
	countDependencies(d, row, kinds)
	inv := Inventory{Types: []TypeInventory{}, SizesFrom: size.source()}
	for _, r := range rows {
		inv.Types = append(inv.Types, *r)
	}
	slices.SortFunc(inv.Types, func(a, b TypeInventory) int {
		return cmp.Or(cmp.Compare(a.Owner, b.Owner), cmp.Compare(a.Type, b.Type))
	})
	return inv
}

// object is the size of a table, index, LOB or partition of one. The partitions of a table are in the table's size too.
func (s *space) object(o *dictionary.Object) *int64 {
	n := dictionary.Name{Owner: o.Owner, Name: o.Name}
	switch {
	case o.Subobject != "":
		if b, ok := s.partition[partitionName{o.Owner, o.Name, o.Subobject}]; ok {
			return &b
		}
	case o.Type == "TABLE":
		return s.of(o.Owner, o.Name)
	case s.segments:
		if b, ok := s.segment[n]; ok {
			return &b
		}
	}
	return nil
}

func countLines(d *dictionary.Dictionary, row func(owner, kind string) *TypeInventory) {
	count := func(owner, kind string, lines int) {
		if r := row(owner, kind); r != nil && lines > 0 {
			total := lines
			if r.Lines != nil {
				total += *r.Lines
			}
			r.Lines = &total
		}
	}
	for i := range d.Source {
		if s := &d.Source[i]; s.Type != "TRIGGER" {
			count(s.Owner, s.Type, 1)
		}
	}
	for i := range d.Triggers {
		count(d.Triggers[i].Owner, "TRIGGER", lineCount(d.Triggers[i].Body))
	}
	for i := range d.Views {
		count(d.Views[i].Owner, "VIEW", lineCount(d.Views[i].Text))
	}
	for i := range d.MViews {
		count(d.MViews[i].Owner, "MATERIALIZED VIEW", lineCount(d.MViews[i].Query))
	}
}

func lineCount(text string) int {
	if text = strings.TrimSpace(text); text == "" {
		return 0
	}
	return strings.Count(text, "\n") + 1
}

func countDependencies(d *dictionary.Dictionary, row func(owner, kind string) *TypeInventory, kinds map[dictionary.Name][]string) {
	if !d.Knows("ALL_DEPENDENCIES") {
		return
	}
	for n, list := range kinds {
		for _, kind := range list {
			if r := row(n.Owner, kind); r != nil && r.Needs == nil {
				r.Needs, r.NeededBy = new(int), new(int)
			}
		}
	}
	for _, x := range d.Dependencies {
		if r := row(x.Owner, x.Type); r != nil && r.Needs != nil {
			*r.Needs++
		}
		if r := row(x.ReferencedOwner, x.ReferencedType); r != nil && r.NeededBy != nil {
			*r.NeededBy++
		}
	}
}
