// SPDX-License-Identifier: Apache-2.0

package convert

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/ferryman/ferryman/internal/oracle/dictionary"
)

// partitioning is how a table is partitioned on the target.
type partitioning struct {
	partitionKey
	sub   *partitionKey // of the second level, nil where there is none
	parts []*part
}

// partitionKey is what PARTITION BY names.
type partitionKey struct {
	method  string // RANGE, LIST or HASH
	columns []*column
}

// part is a partition. Source is its name on Oracle, "" for one that only PostgreSQL needs.
type part struct {
	source, name, bounds string
	leaf                 bool // it has no second level
	upper                []bound
	parts                []*part
}

func (k *partitionKey) clause() string {
	texts := make([]string, len(k.columns))
	for i, x := range k.columns {
		texts[i] = ident(x.name)
		if x.virtual != "" { // PostgreSQL takes no generated column here, but its expression
			texts[i] = "(" + x.virtual + ")"
		}
	}
	return " PARTITION BY " + k.method + " (" + strings.Join(texts, ", ") + ")"
}

// planPartitions decides how each partitioned table is partitioned. One whose partitions can't be the same becomes a plain table, with
// an action item that says why.
func (c *converter) planPartitions() {
	done := map[*table]bool{}
	for _, t := range c.tableOrder {
		c.planPartitioned(t, done)
	}
}

func (c *converter) planPartitioned(t *table, done map[*table]bool) {
	if done[t] || t.Partitioned != "YES" {
		return
	}
	done[t] = true
	p, err := c.partitioningOf(t, done)
	if err != nil {
		c.action(CodePartitioned, t.object, "",
			fmt.Sprintf("the table is partitioned on Oracle (%s) and is made as a plain table here, which holds the same rows: %v",
				c.partitionWords(t), err),
			"if it needs partitions on PostgreSQL, give a script that makes it a partitioned table, before loading")
		return
	}
	if key := c.keyWithout(t, p); key != "" {
		names := strings.Join(p.keyNames(), ", ")
		c.action(CodePartitionKey, t.object, "",
			fmt.Sprintf("the table is partitioned on Oracle (%s), but its %s does not hold the partition key (%s), and PostgreSQL keeps a key of a partitioned table unique only "+
				"together with it; the table is made plain, so that the key and what refers to it hold", c.partitionWords(t), key, names),
			"either leave it plain, or give a script that adds "+names+" to the key and to the foreign keys that refer to it: the old key by itself is then no longer kept unique")
		return
	}
	t.partitioning = p
	c.namePartitions(t, p)
	c.partitionNotes(t, p)
}

func (p *partitioning) keyNames() []string {
	var out []string
	for _, x := range p.all() {
		out = append(out, x.name)
	}
	return out
}

// all is the columns of both levels.
func (p *partitioning) all() []*column {
	out := slices.Clone(p.columns)
	if p.sub != nil {
		for _, x := range p.sub.columns {
			if !slices.Contains(out, x) {
				out = append(out, x)
			}
		}
	}
	return out
}

// partitionWords says how a table is partitioned on Oracle.
func (c *converter) partitionWords(t *table) string {
	p := c.facts.partTables[dictionary.Name{Owner: t.Owner, Name: t.Table.Name}]
	if p == nil {
		return "how is not known"
	}
	kind := p.Partitioning
	if p.Interval != "" {
		kind = "INTERVAL"
	}
	if p.Subpartitioning != "" && p.Subpartitioning != "NONE" {
		kind += "-" + p.Subpartitioning
	}
	return kind
}

// keyWithout is a key or unique index of the table that does not hold all partition columns, in words, or "".
func (c *converter) keyWithout(t *table, p *partitioning) string {
	columns := p.all()
	holds := func(names []string) bool {
		return !slices.ContainsFunc(columns, func(x *column) bool { return x.virtual != "" || !slices.Contains(names, x.Column.Name) })
	}
	behind := map[string]bool{}
	for _, k := range c.d.ConstraintsOf(t.Owner, t.Table.Name) {
		if k.Type != "P" && k.Type != "U" {
			continue
		}
		if k.Status == "DISABLED" {
			continue // its index may be there and unique all the same
		}
		behind[k.IndexName] = true
		if names := c.d.ConstraintColumns(k.Owner, k.Name); !holds(names) {
			return map[string]string{"P": "primary key ", "U": "unique constraint "}[k.Type] + k.Name + " (" + strings.Join(names, ", ") + ")"
		}
	}
	for _, i := range c.d.IndexesOf(t.Owner, t.Table.Name) {
		if i.Uniqueness != "UNIQUE" || behind[i.Name] || i.Type == "LOB" || strings.HasPrefix(i.Type, "IOT") {
			continue
		}
		var names []string
		for _, x := range c.d.IndexColumns(i.Owner, i.Name) {
			if x.Expression == "" {
				names = append(names, x.Column)
			}
		}
		if !holds(names) {
			return "unique index " + i.Name
		}
	}
	return ""
}

var systemPartition = regexp.MustCompile(`^SYS_(P|SUBP|IL_P)\d+$`)

// namePartitions gives each partition the table's name and its own; Oracle's own names (SYS_P…), which differ from installation to
// installation, give way to their place.
func (c *converter) namePartitions(t *table, p *partitioning) {
	taken := c.schemaNames(t.schema)
	var walk func(list []*part, above string)
	walk = func(list []*part, above string) {
		for i, x := range list {
			want := t.name + "_" + x.source
			switch {
			case x.source == "":
				want = above + "_default"
			case systemPartition.MatchString(x.source):
				want = fmt.Sprintf("%s_p%d", above, i+1)
			}
			x.name = taken.free(TargetName(want), "_part")
			if x.source != "" && tooLong(want) {
				c.note(NoteRenamed, t.object, x.source,
					fmt.Sprintf("the partition is called %s: with the table's name before it, it has more than 63 bytes", x.name), "")
			}
			walk(x.parts, x.name)
		}
	}
	walk(p.parts, t.name)
}

func (c *converter) partitionNotes(t *table, p *partitioning) {
	if p.method == "HASH" || p.sub != nil && p.sub.method == "HASH" {
		c.note(NotePartition, t.object, "HASH",
			"PostgreSQL spreads rows by a hash of its own: a partition does not hold the rows of its namesake on Oracle", "")
	}
	if row := c.facts.partTables[dictionary.Name{Owner: t.Owner, Name: t.Table.Name}]; row.Interval != "" {
		c.note(NoteInterval, t.object, "",
			fmt.Sprintf("Oracle adds a partition for every %s by itself; PostgreSQL does not. The %d that are there are made, and a DEFAULT partition takes all other rows",
				clip(row.Interval), len(p.parts)-1),
			"have a job (pg_partman, pg_cron) make partitions ahead of the rows; a new one is refused while the DEFAULT partition holds rows for it")
	} else if n := len(p.parts); n > 0 && p.method == "RANGE" && p.parts[n-1].bounds == "DEFAULT" {
		c.note(NotePartition, t.object, "DEFAULT",
			"a key column may be NULL, which PostgreSQL keeps in the DEFAULT partition only; "+p.parts[n-1].name+" is that", "")
	}
	for _, x := range p.all() {
		if x.collate != "" {
			c.note(NoteCollation, t.object, x.Column.Name, "the partition key is compared byte by byte (COLLATE \"C\"), as Oracle does", "")
		}
	}
}

// makePartitions makes the partitions of a table and says so for each.
func (c *converter) makePartitions(t *table) {
	if t.partitioning == nil {
		return
	}
	var walk func(list []*part, above, need, kind string)
	walk = func(list []*part, above, need, kind string) {
		for _, x := range list {
			sql := fmt.Sprintf("CREATE TABLE %s PARTITION OF %s %s", ident(t.schema, x.name), ident(t.schema, above), x.bounds)
			if t.partitioning.sub != nil && !x.leaf && kind == "TABLE PARTITION" {
				sql += t.partitioning.sub.clause()
			}
			o := Object{t.Owner, kind, t.Table.Name}
			if x.source == "" {
				o = t.object
			}
			c.add(Statement{Kind: KindPartition, Object: o, Subobject: x.source, Schema: t.schema, Table: t.name, Name: x.name,
				DependsOn: []string{need}, SQL: sql})
			if x.source != "" {
				c.setPart(o, x.source, Converted, "")
			}
			walk(x.parts, x.name, string(KindPartition)+":"+t.schema+"."+t.name+"."+x.name, "TABLE SUBPARTITION")
		}
	}
	walk(t.partitioning.parts, t.name, t.id(), "TABLE PARTITION")
}
