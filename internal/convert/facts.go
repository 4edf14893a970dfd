// SPDX-License-Identifier: Apache-2.0

package convert

import (
	"cmp"
	"slices"

	"github.com/ferryman/ferryman/internal/oracle/dictionary"
)

// facts finds rows of the dictionary by the object that they belong to, so that the time of a conversion is linear in its size.
type facts struct {
	invalid    map[Object]bool
	views      map[dictionary.Name]*dictionary.ViewText
	mviews     map[dictionary.Name]*dictionary.MView
	containers map[dictionary.Name]string // tables that hold the rows of materialized views, with the view's name
	logs       map[dictionary.Name]string // tables that are the logs of materialized views, with the table that they are of
	synonyms   map[dictionary.Name]*dictionary.Synonym
	sequences  map[dictionary.Name]*dictionary.Sequence
	identities map[ColumnName]*dictionary.IdentityCol
	external   map[dictionary.Name]bool
	types      map[dictionary.Name]*dictionary.Type
	jobs       map[dictionary.Name]*dictionary.SchedulerJob
	referenced map[dictionary.Name]bool // keys that a foreign key refers to

	partTables    map[dictionary.Name]*dictionary.PartTable
	partIndexes   map[dictionary.Name]*dictionary.PartIndex
	partKeys      map[dictionary.Name][]string // key columns of tables in their order
	subpartKeys   map[dictionary.Name][]string
	partitions    map[dictionary.Name][]*dictionary.Partition // by position
	subpartitions map[ColumnName][]*dictionary.Subpartition   // by owner, table and partition
	foreign       map[dictionary.Name]bool                    // indexes over columns of another table than theirs
}

func byName[T any](rows []T, name func(*T) dictionary.Name) map[dictionary.Name]*T {
	out := make(map[dictionary.Name]*T, len(rows))
	for i := range rows {
		out[name(&rows[i])] = &rows[i]
	}
	return out
}

func readFacts(d *dictionary.Dictionary) facts {
	type name = dictionary.Name
	f := facts{
		views:      byName(d.Views, func(v *dictionary.ViewText) name { return name{Owner: v.Owner, Name: v.Name} }),
		mviews:     byName(d.MViews, func(v *dictionary.MView) name { return name{Owner: v.Owner, Name: v.Name} }),
		synonyms:   byName(d.Synonyms, func(s *dictionary.Synonym) name { return name{Owner: s.Owner, Name: s.Name} }),
		sequences:  byName(d.Sequences, func(s *dictionary.Sequence) name { return name{Owner: s.Owner, Name: s.Name} }),
		types:      byName(d.Types, func(t *dictionary.Type) name { return name{Owner: t.Owner, Name: t.Name} }),
		jobs:       byName(d.SchedulerJobs, func(j *dictionary.SchedulerJob) name { return name{Owner: j.Owner, Name: j.Name} }),
		partTables: byName(d.PartTables, func(p *dictionary.PartTable) name { return name{Owner: p.Owner, Name: p.Table} }),
		partIndexes: byName(d.PartIndexes, func(p *dictionary.PartIndex) name {
			return name{Owner: p.Owner, Name: p.Index}
		}),
		invalid: map[Object]bool{}, containers: map[name]string{}, logs: map[name]string{}, external: map[name]bool{}, referenced: map[name]bool{},
		identities: map[ColumnName]*dictionary.IdentityCol{}, partitions: map[name][]*dictionary.Partition{},
		subpartitions: map[ColumnName][]*dictionary.Subpartition{}, foreign: map[name]bool{},
	}
	for _, o := range d.Objects {
		if o.Status == "INVALID" {
			f.invalid[Object{o.Owner, o.Type, o.Name}] = true
		}
	}
	for _, m := range d.MViews {
		f.containers[name{Owner: m.Owner, Name: m.Container}] = m.Name
	}
	for _, l := range d.MViewLogs {
		f.logs[name{Owner: l.Owner, Name: l.Table}] = l.Master
	}
	for _, e := range d.ExternalTables {
		f.external[name{Owner: e.Owner, Name: e.Table}] = true
	}
	for i := range d.IdentityCols {
		c := &d.IdentityCols[i]
		f.identities[ColumnName{c.Owner, c.Table, c.Column}] = c
	}
	for _, k := range d.Constraints {
		if k.Type == "R" {
			f.referenced[name{Owner: k.ROwner, Name: k.RName}] = true
		}
	}
	for _, c := range d.IndColumns {
		if i := d.Index(c.IndexOwner, c.Index); i != nil && (i.TableOwner != c.TableOwner || i.Table != c.Table) {
			f.foreign[name{Owner: c.IndexOwner, Name: c.Index}] = true
		}
	}
	f.readPartitions(d)
	return f
}

func (f *facts) readPartitions(d *dictionary.Dictionary) {
	for i := range d.Partitions {
		p := &d.Partitions[i]
		n := dictionary.Name{Owner: p.Owner, Name: p.Table}
		f.partitions[n] = append(f.partitions[n], p)
	}
	for _, list := range f.partitions {
		slices.SortFunc(list, func(a, b *dictionary.Partition) int { return cmp.Compare(a.Position, b.Position) })
	}
	for i := range d.Subpartitions {
		p := &d.Subpartitions[i]
		n := ColumnName{p.Owner, p.Table, p.Partition}
		f.subpartitions[n] = append(f.subpartitions[n], p)
	}
	for _, list := range f.subpartitions {
		slices.SortFunc(list, func(a, b *dictionary.Subpartition) int { return cmp.Compare(a.Position, b.Position) })
	}
	keys := slices.Clone(d.PartKeyColumns)
	slices.SortStableFunc(keys, func(a, b dictionary.PartKeyColumn) int { return cmp.Compare(a.Position, b.Position) })
	f.partKeys = map[dictionary.Name][]string{}
	for _, k := range keys {
		if k.ObjectType == "" || k.ObjectType == "TABLE" {
			n := dictionary.Name{Owner: k.Owner, Name: k.Name}
			f.partKeys[n] = append(f.partKeys[n], k.Column)
		}
	}
	sub := slices.Clone(d.SubpartKeys)
	slices.SortStableFunc(sub, func(a, b dictionary.SubpartKey) int { return cmp.Compare(a.Position, b.Position) })
	f.subpartKeys = map[dictionary.Name][]string{}
	for _, k := range sub {
		if k.ObjectType == "" || k.ObjectType == "TABLE" {
			n := dictionary.Name{Owner: k.Owner, Name: k.Name}
			f.subpartKeys[n] = append(f.subpartKeys[n], k.Column)
		}
	}
}
