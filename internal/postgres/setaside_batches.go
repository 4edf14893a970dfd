// SPDX-License-Identifier: Apache-2.0

package postgres

import "fmt"

// batchLocks is how many locks one transaction of a prepare takes at most besides those on its table and that one's partitions, which
// it can't do without. PostgreSQL has room for max_locks_per_transaction (64) times max_connections (100) in all, for everybody. A
// setting of the server can't be the bound: it is not in the plan, and the same catalog has to give the same plan.
const batchLocks = 500

// Batches are the transactions that set the objects aside, in order: foreign keys first, table by table, then all else of a table
// together. What of a table needs more than batchLocks locks is in several, save for a single object that does.
func (s SetAside) Batches() []Batch { return s.batches(batchLocks) }

func (s SetAside) batches(locks int) []Batch {
	type group struct {
		keys          bool
		schema, table string
	}
	var order []group
	members := map[group][]Object{}
	for _, object := range s.Objects {
		g := group{object.Kind == ForeignKey, object.Schema, object.Table}
		if members[g] == nil {
			order = append(order, g)
		}
		members[g] = append(members[g], object)
	}
	var batches []Batch
	for _, g := range order {
		batch := Batch{Schema: g.schema, Table: g.table, Part: 1}
		taken := 0
		for _, object := range members[g] {
			if len(batch.Objects) > 0 && taken+object.Locks > locks {
				batches = append(batches, batch)
				batch, taken = Batch{Schema: g.schema, Table: g.table, Part: batch.Part + 1}, 0
			}
			batch.Objects = append(batch.Objects, object)
			taken += object.Locks
		}
		batches = append(batches, batch)
	}
	return batches
}

// locks is how many locks the batch takes besides those on its table and that one's partitions.
func (b Batch) locks() (sum int) {
	for _, o := range b.Objects {
		sum += o.Locks
	}
	return sum
}

// Step is a name for the batch that no other batch of the plan has.
func (b Batch) Step() string {
	what := "rest"
	if len(b.Objects) > 0 && b.Objects[0].Kind == ForeignKey {
		what = "foreign keys"
	}
	return "set aside " + what + " of " + b.Schema + "." + b.Table + when(b.Part > 1, fmt.Sprintf(", part %d", b.Part), "")
}

// locksOf counts what PostgreSQL locks to drop an object besides its table and that one's partitions, a few too many where it is not
// the same in every version: an index; a constraint and its index; a foreign key's constraint with its triggers, up to four, and the
// table it refers to; the same for each part on a partition.
func (o *objects) locksOf(object Object) int {
	at := ident(object.Schema, object.Table, object.Name)
	switch object.Kind {
	case ForeignKey:
		if k := o.constraints[at]; k != nil {
			return 5*o.keyRows(k) + 1 + len(o.referencedParts(k))
		}
	case Unique, Exclusion:
		if x := o.backing[at]; x != nil {
			return 3 * (1 + len(o.below(x)))
		}
	case Index:
		if x := o.indexNamed[[3]string{object.Schema, object.Table, object.Name}]; x != nil {
			return 1 + len(o.below(x))
		}
	case NotNull, CheckConstraint:
		return 1 + o.partsOf(ident(object.Schema, object.Table))
	}
	return 2
}

// keyRows is how many rows of pg_constraint a foreign key has: its own and those of partitions on either side.
func (o *objects) keyRows(k *Constraint) int {
	rows := 1
	for _, part := range o.keyParts[ident(k.Schema, k.Table, k.Name)] {
		rows += o.keyRows(part)
	}
	return rows
}

// partsOf is how many partitions a table has, with theirs.
func (o *objects) partsOf(table string) int {
	parts := 0
	for _, t := range o.partitions[table] {
		parts += 1 + o.partsOf(ident(t.Schema, t.Name))
	}
	return parts
}
