// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Definition is one object of a catalog as text that changes when, and only when, the object does: values that move by themselves
// (row counts, sizes, where sequences stand) are not in it.
type Definition struct {
	Kind       string `json:"kind"` // table, column, index, constraint, trigger, sequence, view
	Schema     string `json:"schema"`
	Table      string `json:"table,omitempty"`
	Name       string `json:"name"`
	Definition string `json:"definition"`
}

// Difference is an object that is not the same on two sides; Before or After is empty where it is missing.
type Difference struct {
	Kind   string `json:"kind"`
	Schema string `json:"schema"`
	Table  string `json:"table,omitempty"`
	Name   string `json:"name"`
	Before string `json:"before"`
	After  string `json:"after"`
}

// Definitions lists the catalog's objects of the kinds (all without any), ordered. Indexes that implement a constraint are in as
// indexes, too.
func (c *Catalog) Definitions(kinds ...string) []Definition {
	var list []Definition
	add := func(kind, schema, table, name string, parts ...string) {
		if len(kinds) > 0 && !slices.Contains(kinds, kind) {
			return
		}
		parts = slices.DeleteFunc(parts, func(p string) bool { return p == "" })
		list = append(list, Definition{Kind: kind, Schema: schema, Table: table, Name: name, Definition: strings.Join(parts, "; ")})
	}
	for _, t := range c.Tables {
		add("table", t.Schema, "", t.Name, when(t.Partitioned, "partitioned", "table"),
			when(t.PartitionOf != "", "partition of "+t.PartitionOf, ""), comment(t.Comment))
		for _, col := range t.Columns {
			add("column", t.Schema, t.Name, col.Name, col.Type, when(col.NotNull, "not null "+col.NotNullConstraint.words(), ""),
				when(col.Default != "", "default "+col.Default, ""), when(col.Identity != "", "identity "+col.Identity, ""), when(col.Generated, "generated", ""), comment(col.Comment))
		}
	}
	for _, x := range c.Indexes {
		add("index", x.Schema, x.Table, x.Name, x.Definition, when(x.Valid, "", "invalid"), when(x.ReplicaID, "replica identity", ""),
			when(x.Clustered, "clustered", ""), when(x.Parent != "", "attached to "+x.Parent, ""), when(x.Tablespace != "", "tablespace "+x.Tablespace, ""),
			when(len(x.Statistics) > 0, fmt.Sprintf("statistics %v", x.Statistics), ""),
			when(len(x.Extensions) > 0, fmt.Sprintf("depends on extensions %q", x.Extensions), ""), comment(x.Comment))
	}
	for _, k := range c.Constraints {
		add("constraint", k.Schema, k.Table, k.Name, k.Definition, when(k.Validated, "", "not valid"),
			when(k.Parent != "", "from "+k.Parent, ""), comment(k.Comment))
	}
	for _, g := range c.Triggers {
		add("trigger", g.Schema, g.Table, g.Name, g.Definition, "enabled "+g.Enabled, comment(g.Comment))
	}
	for _, s := range c.Sequences {
		owner := ""
		if s.OwnedBy != nil {
			owner = fmt.Sprintf("owned by %s.%s.%s", s.OwnedBy.Schema, s.OwnedBy.Table, s.OwnedBy.Column)
		}
		add("sequence", s.Schema, "", s.Name, fmt.Sprintf("%s start %d min %d max %d increment %d cache %d", s.Type, s.Start, s.Min, s.Max, s.Increment, s.Cache),
			when(s.Cycle, "cycle", ""), owner, comment(s.Comment))
	}
	for _, v := range c.Views {
		add("view", v.Schema, "", v.Name, when(v.Materialized, "materialized", ""), v.Definition, comment(v.Comment))
	}
	slices.SortFunc(list, func(a, b Definition) int { return a.compare(b) })
	return list
}

// words are the constraint's own, empty where the server keeps none.
func (n NotNullConstraint) words() string {
	return strings.TrimSpace(n.Name + " " + n.Definition + " " + comment(n.Comment))
}

func (d Definition) compare(o Definition) int {
	return cmp.Or(strings.Compare(d.Kind, o.Kind), strings.Compare(d.Schema, o.Schema), strings.Compare(d.Table, o.Table), strings.Compare(d.Name, o.Name))
}

func when(condition bool, yes, no string) string {
	if condition {
		return yes
	}
	return no
}

func comment(text string) string { return when(text != "", "comment "+text, "") }

// Differences compares two lists as [Catalog.Definitions] gives them; nil is "the same".
func Differences(before, after []Definition) []Difference {
	var list []Difference
	add := func(d Definition, was, is string) {
		list = append(list, Difference{Kind: d.Kind, Schema: d.Schema, Table: d.Table, Name: d.Name, Before: was, After: is})
	}
	for len(before) > 0 || len(after) > 0 {
		order := 0
		switch {
		case len(before) == 0:
			order = 1
		case len(after) == 0:
			order = -1
		default:
			order = before[0].compare(after[0])
		}
		switch {
		case order < 0:
			add(before[0], before[0].Definition, "")
			before = before[1:]
		case order > 0:
			add(after[0], "", after[0].Definition)
			after = after[1:]
		default:
			if before[0].Definition != after[0].Definition {
				add(before[0], before[0].Definition, after[0].Definition)
			}
			before, after = before[1:], after[1:]
		}
	}
	return list
}
