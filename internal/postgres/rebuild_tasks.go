// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"cmp"
	"context"
	"slices"
	"strings"
)

// The classes of tasks whose times are comparable.
const (
	classIndex    = "index"    // builds an index
	classValidate = "validate" // checks the rows of a foreign key
	classVacuum   = "vacuum"
	classAnalyze  = "analyze"
	classShort    = "short" // changes the catalog only
)

// item is an object on its way back.
type item struct {
	SavedObject
	parts  []*part // by statement; nil where one is none
	split  bool    // its parts are run ahead
	failed bool    // under builder.mu, as back
	back   bool    // a key that needs no validation any more
	takers []*item // the keys that would make this one, or a part of it, theirs if it were there before them
}

// planner of the work: it makes the tasks and what waits for what.
type work struct {
	b      *builder
	tables map[tableName]*relation
	tasks  []*task
	built  map[tableName]*task // over when all that is built on a table is
	ended  map[tableName]*task // over when all that is brought back to a table is
	settle map[tableName]*task
}

// plan makes the tasks of what is to be brought back: a table's VACUUM, then its indexes and constraints, those of partitions side by
// side, then the keys from and to it, then its ANALYZE; triggers, NOT NULLs and identities at the very end.
func (b *builder) plan(saved []SavedObject, tables map[tableName]*relation) []*task {
	w := &work{b: b, tables: tables, built: map[tableName]*task{}, ended: map[tableName]*task{}, settle: map[tableName]*task{}}
	w.settled(saved)
	var keys, rest []*item
	for _, s := range saved {
		it := &item{SavedObject: s, parts: partsOf(s.Create)}
		switch {
		case s.Kind == ForeignKey:
			keys = append(keys, it)
		case slices.Contains(RebuildKinds, s.Kind):
			w.structure(it)
		default:
			rest = append(rest, it)
		}
	}
	// A partitioned table's key adopts any like it that it finds on a partition: those that were not its part come after it.
	adopting := map[tableName][]*task{}
	slices.SortStableFunc(keys, func(x, y *item) int { return cmp.Compare(w.depth(x), w.depth(y)) })
	for _, it := range keys {
		w.key(it, adopting)
	}
	for _, table := range w.analyzed(saved) {
		w.add(&task{class: classAnalyze, shows: Running{Kind: StatisticsKind, Schema: table.schema, Table: table.table}, work: w.vacuumWork(table) / 2,
			locks: w.locks(shareUpdateExclusive, table), do: b.analyze}).follows(w.gate(w.ended, table))
	}
	// What a trigger does may need a NOT NULL or an identity, never the other way round: triggers come last.
	slices.SortStableFunc(rest, func(x, y *item) int {
		return slices.Index(cutoverOrder, x.Kind) - slices.Index(cutoverOrder, y.Kind)
	})
	if len(rest) > 0 {
		last := &task{class: classShort, do: nothing}
		last.follows(w.tasks...)
		w.add(last)
		for _, it := range rest {
			t := w.add(&task{item: it, class: classShort, work: shortWork, locks: w.locks(accessExclusive, tableName{it.Schema, it.Table}), do: b.whole})
			t.follows(last)
			last = t
		}
	}
	return w.tasks
}

var cutoverOrder = []Kind{NotNull, CheckConstraint, Identity, Trigger}

func nothing(context.Context, *task) error { return nil }

func (w *work) add(t *task) *task {
	if t.item != nil && t.shows.Name == "" {
		t.shows = Running{Kind: t.item.Kind, Schema: t.item.Schema, Table: t.item.Table, Name: t.item.Name}
	}
	w.tasks = append(w.tasks, t)
	return t
}

// gate is a table's task in gates that does nothing but be over when all it follows is.
func (w *work) gate(gates map[tableName]*task, table tableName) *task {
	if gates[table] == nil {
		gates[table] = w.add(&task{class: classShort, do: nothing})
	}
	return gates[table]
}

// builds adds a task that builds on its tables.
func (w *work) builds(t *task) *task {
	w.add(t)
	for table := range t.locks {
		if s := w.settle[table]; s != nil {
			t.follows(s)
		}
		w.gate(w.built, table).follows(t)
	}
	w.gate(w.ended, tableName{t.item.Schema, t.item.Table}).follows(t)
	return t
}

// structure adds an index, a unique or an exclusion constraint.
func (w *work) structure(it *item) {
	table := tableName{it.Schema, it.Table}
	var heavy []*part
	for _, p := range it.parts {
		if r := w.tables[tableOf(p)]; p != nil && p.index && r != nil && !r.partitioned {
			heavy = append(heavy, p)
		}
	}
	marked := slices.ContainsFunc(it.Create, func(sql string) bool { return strings.Contains(sql, " CLUSTER ON ") })
	switch {
	case len(heavy) == 0: // an exclusion constraint builds its index under the lock
		w.builds(w.index(it, table, it.Definition, accessExclusive, w.b.whole))
	case it.Kind == Index && len(heavy) == 1 && heavy[0].table == table && !marked:
		w.builds(w.index(it, table, heavy[0].definition, share, w.b.whole))
	default:
		it.split = true
		end := w.builds(&task{item: it, class: classShort, work: shortWork, locks: w.locks(accessExclusive, table), do: w.b.whole})
		for _, p := range heavy {
			t := w.index(it, p.table, p.definition, share, w.b.buildPart(p))
			t.shows = Running{Kind: it.Kind, Schema: p.table.schema, Table: p.table.table, Name: p.name}
			end.follows(w.builds(t))
		}
	}
}

func tableOf(p *part) tableName {
	if p == nil {
		return tableName{}
	}
	return p.table
}

// key adds a foreign key. It is added NOT VALID and then validated; that of a partitioned table on each partition, where the table's
// own adopts them. PostgreSQL takes NOT VALID on no partitioned table, and does not validate what it keeps of a key for each partition
// of the table that is referred to: such a key is added and checked at once.
func (w *work) key(it *item, adopting map[tableName][]*task) {
	own := tableName{it.Schema, it.Table}
	var top *part
	for _, p := range it.parts {
		if p != nil && !p.index && p.table == own && p.name == it.Name {
			top = p
		}
	}
	if top == nil { // not as Ferryman writes it: as it stands, alone with its table
		w.keyTask(&task{item: it, class: classValidate, work: shortWork, locks: w.locks(accessExclusive, own), do: w.b.whole}, own)
		return
	}
	earlier := w.adopters(adopting, it, top)
	for _, t := range earlier {
		if t.item.alike(it) {
			it.takers = append(it.takers, t.item)
		}
	}
	plain := func(table tableName) bool { r := w.tables[table]; return r != nil && !r.partitioned }
	if plain(own) && plain(top.refers) {
		add := w.keyTask(&task{item: it, class: classShort, work: shortWork, locks: w.locks(shareRowExclusive, own, top.refers), do: w.b.addKey}, own, top.refers)
		add.follows(earlier...)
		if it.Create[len(it.Create)-1] == validation(it.Object) {
			w.keyTask(w.validation(it, top, w.b.validateKey), own).follows(add)
		}
		return
	}
	it.split = true
	end := w.keyTask(&task{item: it, class: classShort, work: shortWork, locks: w.locks(shareRowExclusive, top.refers), do: w.b.whole}, own, top.refers)
	for table := range w.locks(accessExclusive, own) {
		end.locks[table] = accessExclusive
	}
	end.follows(earlier...)
	if plain(own) {
		end.class, end.work = classValidate, w.keyWork(top)
		return
	}
	adopting[own] = append(adopting[own], end)
	for _, p := range it.parts {
		if p == nil || p.index || !plain(p.table) {
			continue
		}
		shows := Running{Kind: it.Kind, Schema: p.table.schema, Table: p.table.table, Name: p.name}
		do := w.b.addPart(p, plain(p.refers))
		add := w.keyTask(&task{item: it, shows: shows, class: classShort, work: shortWork, locks: w.locks(shareRowExclusive, p.table, p.refers), do: do}, p.table, p.refers)
		add.follows(earlier...)
		switch {
		case !p.validated:
			end.follows(add)
		case !plain(p.refers):
			add.class, add.work = classValidate, w.keyWork(p)
			end.follows(add)
		default:
			v := w.keyTask(w.validation(it, p, w.b.validatePart(p)), p.table)
			v.follows(add)
			end.follows(v)
		}
	}
}

// adopters lists the partitioned keys that might take a key, or a part of it, for theirs: those of the tables above, and one just like
// it on its own table.
func (w *work) adopters(adopting map[tableName][]*task, it *item, top *part) []*task {
	own := tableName{it.Schema, it.Table}
	var list []*task
	for _, t := range adopting[own] {
		if slices.ContainsFunc(t.item.parts, func(p *part) bool { return p != nil && p.table == own && p.definition == top.definition }) {
			list = append(list, t)
		}
	}
	for above := w.parentOf(own); above != (tableName{}); above = w.parentOf(above) {
		list = append(list, adopting[above]...)
	}
	return list
}

// alike tells whether two keys have a part on one table that says the same.
func (it *item) alike(other *item) bool {
	return slices.ContainsFunc(it.parts, func(p *part) bool {
		return p != nil && slices.ContainsFunc(other.parts, func(o *part) bool { return o != nil && o.table == p.table && o.definition == p.definition })
	})
}

// keyTask adds a task of a foreign key, which comes after all that is built on its tables.
func (w *work) keyTask(t *task, tables ...tableName) *task {
	w.add(t)
	for _, table := range tables {
		for name := range w.locks(rowShare, table) {
			if gate := w.built[name]; gate != nil {
				t.follows(gate)
			}
		}
	}
	w.gate(w.ended, tableName{t.item.Schema, t.item.Table}).follows(t)
	return t
}

func (w *work) validation(it *item, p *part, do func(context.Context, *task) error) *task {
	locks := w.locks(rowShare, p.refers)
	locks[p.table] = shareUpdateExclusive
	return &task{item: it, class: classValidate, work: w.keyWork(p), locks: locks, do: do,
		shows: Running{Kind: it.Kind, Schema: p.table.schema, Table: p.table.table, Name: p.name}}
}

// locks is a lock on tables and their partitions.
func (w *work) locks(mode lockMode, tables ...tableName) map[tableName]lockMode {
	locks := map[tableName]lockMode{}
	var all func(table tableName)
	all = func(table tableName) {
		locks[table] = mode
		if r := w.tables[table]; r != nil {
			for _, p := range r.partitions {
				all(p)
			}
		}
	}
	for _, table := range tables {
		all(table)
	}
	return locks
}

func (w *work) parentOf(table tableName) tableName {
	if r := w.tables[table]; r != nil {
		return r.partitionOf
	}
	return tableName{}
}

// depth is how many partitioned tables are above an object's table.
func (w *work) depth(it *item) int {
	n := 0
	for table := w.parentOf(tableName{it.Schema, it.Table}); table != (tableName{}); table = w.parentOf(table) {
		n++
	}
	return n
}
