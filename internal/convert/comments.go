// SPDX-License-Identifier: Apache-2.0

package convert

import (
	"slices"
	"strings"

	"github.com/ferryman/ferryman/internal/oracle/dictionary"
)

// commentsStep brings the comments of what is on the target. It is the last step.
func (c *converter) commentsStep() {
	var id string
	var last [3]string // comments on a table's columns follow one another
	comment := func(o Object, kind Kind, schema, relation, what, name, text string) {
		if slices.ContainsFunc(c.scripts[o], func(mine Statement) bool { return mine.Kind == KindComment }) {
			return // a person's script has its own
		}
		if of := [3]string{string(kind), schema, relation}; of != last {
			id, last = string(kind)+":"+schema+"."+relation, of
		}
		c.add(Statement{Kind: KindComment, Object: o, Schema: schema, Table: relation, Name: name, DependsOn: []string{id},
			SQL: "COMMENT ON " + what + " IS " + literal(text)})
	}
	for _, t := range c.d.TableComments {
		n := dictionary.Name{Owner: t.Owner, Name: t.Table}
		if t.Comments == "" {
			continue
		}
		if tab := c.tables[n]; tab != nil {
			comment(tab.object, KindTable, tab.schema, tab.name, "TABLE "+tab.qualified(), tab.name, t.Comments)
		} else if kind := c.views[n]; kind == KindView {
			schema, name := TargetName(t.Owner), TargetName(t.Table)
			comment(Object{t.Owner, "VIEW", t.Table}, kind, schema, name, "VIEW "+ident(schema, name), name, t.Comments)
		}
	}
	for _, m := range c.d.MViewComments {
		if m.Comments != "" && c.views[dictionary.Name{Owner: m.Owner, Name: m.MView}] == KindMaterializedView {
			schema, name := TargetName(m.Owner), TargetName(m.MView)
			comment(Object{m.Owner, "MATERIALIZED VIEW", m.MView}, KindMaterializedView, schema, name, "MATERIALIZED VIEW "+ident(schema, name),
				name, m.Comments)
		}
	}
	for _, k := range c.d.ColumnComments {
		n := dictionary.Name{Owner: k.Owner, Name: k.Table}
		if k.Comments == "" {
			continue
		}
		if tab := c.tables[n]; tab != nil {
			if x := tab.column(k.Column); x != nil {
				comment(tab.object, KindTable, tab.schema, tab.name, "COLUMN "+ident(tab.schema, tab.name, x.name), x.name+" (column)", k.Comments)
			}
		} else if kind := c.views[n]; kind != "" && c.d.Column(k.Owner, k.Table, k.Column) != nil {
			schema, name := TargetName(k.Owner), TargetName(k.Table)
			comment(Object{k.Owner, strings.ToUpper(string(kind)), k.Table}, kind, schema, name, "COLUMN "+ident(schema, name, TargetName(k.Column)),
				TargetName(k.Column)+" (column)", k.Comments)
		}
	}
}
