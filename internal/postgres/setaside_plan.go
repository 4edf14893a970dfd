// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"
)

// Why what goes has to go.
const (
	whyForeignKey = "DMS loads the tables in any order, so a row may come before the row it refers to"
	whyTrigger    = "it ran on the source already; here it would run a second time on the same rows"
	whyNotNull    = "DMS writes a row with NULL in its LOB columns first, and the LOB after it"
	whyIdentity   = "an INSERT of the source's own values is refused while it is GENERATED ALWAYS"
	whyUnique     = "the primary key finds the rows; without this one the load is faster, and rows may come in any order"
	whyIndex      = "building it once over the loaded table is faster than keeping it up row by row"
)

// PlanSetAside chooses what goes and what stays, and says why of each. It only reads the catalog: the same catalog gives the same
// plan. It fails on a pattern that is none.
func PlanSetAside(cat *Catalog, opts SetAsideOptions) (SetAside, error) {
	for _, pattern := range opts.KeepPatterns {
		if _, err := path.Match(pattern, ""); err != nil {
			return SetAside{}, fmt.Errorf("keep pattern %q is not one: %w", pattern, err)
		}
	}
	p := &planner{objects: objectsOf(cat), keep: opts.KeepPatterns, plan: SetAside{Objects: []Object{}, Stays: []Stay{}}, referenced: map[string]string{},
		indexes: map[string][]*IndexInfo{}}
	for i := range cat.Indexes {
		x := &cat.Indexes[i]
		p.indexes[ident(x.Schema, x.Table)] = append(p.indexes[ident(x.Schema, x.Table)], x)
	}
	p.foreignKeys()
	for i := range cat.Triggers {
		if g := &cat.Triggers[i]; g.Enabled != "D" {
			p.decide(trigger(g), whyTrigger, "")
		}
	}
	seen := map[ColumnName]bool{}
	for _, column := range opts.LOBColumns {
		p.lob(p.tables[ident(column.Schema, column.Table)], column.Column, seen)
	}
	for i := range cat.Tables {
		p.identities(&cat.Tables[i])
	}
	for i := range cat.Indexes {
		p.index(&cat.Indexes[i])
	}
	slices.SortStableFunc(p.plan.Objects, func(a, b Object) int {
		// Of two keys alike, a partitioned table's own comes back before its partition's: it must adopt the one that was its part.
		return cmp.Or(slices.Index(kindOrder, a.Kind)-slices.Index(kindOrder, b.Kind), p.depth(a)-p.depth(b),
			strings.Compare(a.Schema, b.Schema), strings.Compare(a.Table, b.Table), strings.Compare(a.Name, b.Name))
	})
	return p.plan, nil
}

var kindOrder = []Kind{ForeignKey, Trigger, NotNull, CheckConstraint, Identity, Exclusion, Unique, Index}

type planner struct {
	*objects
	keep []string
	plan SetAside
	// referenced names the foreign key that stays and needs a unique index on the columns, by the quoted names of the table and the columns.
	referenced map[string]string
	// indexes are those of a table, by its quoted name.
	indexes map[string][]*IndexInfo
}

// decide lets an object go for a reason, unless another reason or a pattern keeps it.
func (p *planner) decide(object Object, why, stays string) (goes bool) {
	name := object.Schema + "." + object.Table + "." + object.Name
	for _, pattern := range p.keep {
		if matches(pattern, name) && stays == "" {
			stays = "the profile keeps what matches " + pattern
		}
	}
	if stays != "" {
		p.plan.Stays = append(p.plan.Stays, Stay{Kind: object.Kind, Schema: object.Schema, Table: object.Table, Name: object.Name, Why: stays})
		return false
	}
	object.Why, object.Locks = why, p.locksOf(object)
	p.plan.Objects = append(p.plan.Objects, object)
	return true
}

// matches is [path.Match] for names, in which a slash is a character like others.
func matches(pattern, name string) bool {
	ok, _ := path.Match(strings.ReplaceAll(pattern, "/", "\x00"), strings.ReplaceAll(name, "/", "\x00"))
	return ok
}

// foreignKeys decides on those of partitions first: whether one stays decides on the keys of the tables above.
func (p *planner) foreignKeys() {
	keys := map[int][]*Constraint{} // by how many tables are above
	deepest := 0
	staying := map[string][]*Constraint{} // by their table's quoted name
	for i := range p.cat.Constraints {
		if k := &p.cat.Constraints[i]; k.Type == "f" && k.Parent == "" {
			depth := p.depth(Object{Schema: k.Schema, Table: k.Table})
			keys[depth], deepest = append(keys[depth], k), max(deepest, depth)
		}
	}
	for depth := deepest; depth >= 0; depth-- {
		for _, k := range keys[depth] {
			if !p.decide(p.constraint(k), whyForeignKey, p.twin(k, p.tables[ident(k.Schema, k.Table)], staying)) {
				staying[ident(k.Schema, k.Table)] = append(staying[ident(k.Schema, k.Table)], k)
				p.referenced[columnsKey(k.RefSchema, k.RefTable, k.RefColumns)] = k.Name
			}
		}
	}
}

// twin says why a partitioned table's key stays where a key like it stays on a partition: PostgreSQL makes any like it that it finds
// there a part of the new one.
func (p *planner) twin(k *Constraint, t *Table, staying map[string][]*Constraint) string {
	if t == nil {
		return ""
	}
	for _, partition := range p.partitions[ident(t.Schema, t.Name)] {
		for _, other := range staying[ident(partition.Schema, partition.Name)] {
			if other.RefSchema == k.RefSchema && other.RefTable == k.RefTable && slices.Equal(other.Columns, k.Columns) && slices.Equal(other.RefColumns, k.RefColumns) {
				return fmt.Sprintf("foreign key %s of partition %s.%s is just like it and stays: when this one came back, it would take that for its own part",
					other.Name, other.Schema, other.Table)
			}
		}
		if stays := p.twin(k, partition, staying); stays != "" {
			return stays
		}
	}
	return ""
}

// columnsKey is the same for the same set of columns in any order.
func columnsKey(schema, table string, columns []string) string {
	columns = slices.Sorted(slices.Values(columns))
	return ident(append([]string{schema, table}, columns...)...)
}

func (p *planner) identities(t *Table) {
	for i := range t.Columns {
		if c := &t.Columns[i]; c.Identity == "a" && !c.IdentityInherited {
			p.decide(identity(t, c), whyIdentity, "")
		}
	}
}

func (p *planner) index(x *IndexInfo) {
	if x.Parent != "" {
		root := x.Parent
		if _, inScope := p.rootTable(x); !inScope {
			p.decide(p.objects.index(x), "", "it is a part of "+root+", whose table is outside the schemas")
		}
		return
	}
	object, why := p.objects.index(x), whyIndex
	if x.Constraint != "" {
		object, why = p.constraint(p.constraints[ident(x.Schema, x.Table, x.Constraint)]), whyUnique
	} else if x.Unique {
		why = whyUnique
	}
	p.decide(object, why, p.indexStays(x))
}

func (p *planner) rootTable(x *IndexInfo) (*Table, bool) {
	t := p.tables[ident(x.Schema, x.Table)]
	for t != nil && t.PartitionOf != "" {
		t = p.tables[t.PartitionOf]
	}
	return t, t != nil
}

// indexStays is why an index or the constraint on it can't go or must not, empty where it can.
func (p *planner) indexStays(x *IndexInfo) string {
	t := p.tables[ident(x.Schema, x.Table)]
	switch {
	case x.OfMatview:
		return "it is an index of a materialized view, which DMS does not write"
	case x.Primary:
		return "DMS finds the rows by the primary key"
	case !x.Valid:
		return "it is invalid: its build failed, or another session is at it; drop it or build it anew by hand"
	case x.ReplicaID:
		return "it is the table's replica identity"
	case x.Unique && (t == nil || len(t.PrimaryKey) == 0):
		return "the table has no primary key, so DMS finds the rows by a unique index"
	case len(x.Dependents) > 0:
		return "something depends on it: " + strings.Join(x.Dependents, ", ")
	case x.Partitioned && x.Constraint != "" && (!x.Unique || x.WithoutOverlaps):
		return "it is an exclusion or temporal constraint of a partitioned table, whose parts on the partitions would get other names"
	}
	for _, part := range p.below(x) {
		switch {
		case x.Constraint == "" && part.Constraint != "":
			return fmt.Sprintf("constraint %s of partition %s.%s is attached to it", part.Constraint, part.Schema, part.Table)
		case part.ReplicaID:
			return fmt.Sprintf("its part %s is the replica identity of partition %s.%s", part.Name, part.Schema, part.Table)
		case !part.Valid:
			return fmt.Sprintf("its part %s on partition %s.%s is invalid", part.Name, part.Schema, part.Table)
		case len(part.Dependents) > 0:
			return fmt.Sprintf("something depends on its part %s: %s", part.Name, strings.Join(part.Dependents, ", "))
		}
		if key := p.referenced[columnsKey(part.Schema, part.Table, part.Columns)]; part.Unique && key != "" {
			return fmt.Sprintf("foreign key %s refers to its part %s and stays", key, part.Name)
		}
	}
	if key := p.referenced[columnsKey(x.Schema, x.Table, x.Columns)]; x.Unique && key != "" {
		return fmt.Sprintf("foreign key %s refers to it and stays", key)
	}
	return ""
}
