// SPDX-License-Identifier: Apache-2.0

package convert

import (
	"fmt"

	"github.com/ferryman/ferryman/internal/oracle/dictionary"
)

// harmonize gives all number columns that foreign keys tie together one type, the widest: PostgreSQL refuses a key from numeric to
// integer. Where one of them is an identity they all become integers, as it must be one.
func (c *converter) harmonize() {
	parent := map[*column]*column{} // those of the columns that a key ties to another
	var root func(x *column) *column
	root = func(x *column) *column {
		if p, ok := parent[x]; ok && p != x {
			parent[x] = root(p)
			return parent[x]
		}
		return x
	}
	for _, t := range c.tableOrder {
		for _, k := range c.d.ConstraintsOf(t.Owner, t.Table.Name) {
			for _, p := range c.keyPairs(t, k) {
				if p[0].typ.cat == catNumber && p[1].typ.cat == catNumber {
					for _, x := range p {
						if parent[x] == nil {
							parent[x] = x
						}
					}
					parent[root(p[0])] = root(p[1])
				}
			}
		}
	}
	types := map[*column]targetType{}
	identity := map[*column]bool{}
	each := func(f func(t *table, x *column)) {
		for _, t := range c.tableOrder {
			for _, x := range t.columns {
				if parent[x] != nil {
					f(t, x)
				}
			}
		}
	}
	each(func(_ *table, x *column) {
		r := root(x)
		if known, ok := types[r]; ok {
			types[r] = widest(known, *x.typ)
		} else {
			types[r] = *x.typ
		}
		identity[r] = identity[r] || x.identity != nil
	})
	each(func(t *table, x *column) {
		typ := types[root(x)]
		if identity[root(x)] && !typ.integer() {
			typ = wholeNumber(18)
		}
		if typ.SQL != x.typ.SQL {
			c.note(NoteWidened, t.object, x.Column.Name,
				fmt.Sprintf("%s instead of %s, to match the other side of a foreign key", typ.SQL, x.typ.SQL), "")
			x.typ = c.share(typ)
		}
	})
}

// keyPairs lists the columns of a foreign key with those they refer to, as far as both are made on the target.
func (c *converter) keyPairs(t *table, k *dictionary.Constraint) [][2]*column {
	if k.Type != "R" {
		return nil
	}
	r := c.d.Constraint(k.ROwner, k.RName)
	if r == nil {
		return nil
	}
	to := c.tables[dictionary.Name{Owner: r.Owner, Name: r.Table}]
	if to == nil {
		return nil
	}
	var pairs [][2]*column
	from, other := c.d.ConstraintColumns(k.Owner, k.Name), c.d.ConstraintColumns(r.Owner, r.Name)
	for i := range min(len(from), len(other)) {
		if a, b := t.column(from[i]), to.column(other[i]); a != nil && b != nil {
			pairs = append(pairs, [2]*column{a, b})
		}
	}
	return pairs
}
