// SPDX-License-Identifier: Apache-2.0

package dictionary

import (
	"cmp"
	"slices"
)

// Name is an object's owner and name.
type Name struct{ Owner, Name string }

// lookup finds rows by the object they belong to, in the order that matters for it.
type lookup struct {
	tables       map[Name]*Table
	columns      map[Name][]*Column
	constraints  hashed[Constraint]
	ofTable      map[Name][]*Constraint
	consColumns  hashed[ConsColumn]
	indexes      hashed[Index]
	tableIndexes map[Name][]*Index
	indColumns   hashed[IndColumn]
	expressions  map[Name]map[int64]string
	source       map[sourceKey][]*SourceLine
	lobs         map[Name][]*Lob
	logGroups    map[Name][]*LogGroup
}

type sourceKey struct {
	Name
	Type string
}

func (d *Dictionary) index() *lookup {
	d.once.Do(func() { d.lookup = d.buildLookup() })
	return &d.lookup
}

func (d *Dictionary) buildLookup() lookup {
	l := lookup{
		tables:       byName(d.Tables, func(t *Table) Name { return Name{t.Owner, t.Name} }),
		columns:      group(d.Columns, func(c *Column) Name { return Name{c.Owner, c.Table} }),
		constraints:  hash(d.Constraints, func(c *Constraint) Name { return Name{c.Owner, c.Name} }),
		ofTable:      group(d.Constraints, func(c *Constraint) Name { return Name{c.Owner, c.Table} }),
		consColumns:  hash(d.ConsColumns, func(c *ConsColumn) Name { return Name{c.Owner, c.Constraint} }),
		indexes:      hash(d.Indexes, func(i *Index) Name { return Name{i.Owner, i.Name} }),
		tableIndexes: group(d.Indexes, func(i *Index) Name { return Name{i.TableOwner, i.Table} }),
		indColumns:   hash(d.IndColumns, func(c *IndColumn) Name { return Name{c.IndexOwner, c.Index} }),
		source: group(d.Source, func(s *SourceLine) sourceKey {
			return sourceKey{Name{s.Owner, s.Name}, s.Type}
		}),
		lobs:        group(d.Lobs, func(l *Lob) Name { return Name{l.Owner, l.Table} }),
		logGroups:   group(d.LogGroups, func(g *LogGroup) Name { return Name{g.Owner, g.Table} }),
		expressions: map[Name]map[int64]string{},
	}
	for _, e := range d.IndExpressions {
		key := Name{e.IndexOwner, e.Index}
		if l.expressions[key] == nil {
			l.expressions[key] = map[int64]string{}
		}
		l.expressions[key][e.Position] = e.Expression
	}
	sortEach(l.columns, func(a, b *Column) int {
		return cmp.Or(cmp.Compare(orLast(a.ID), orLast(b.ID)), cmp.Compare(a.InternalID, b.InternalID))
	})
	sortEach(l.ofTable, func(a, b *Constraint) int { return cmp.Compare(a.Name, b.Name) })
	sortEach(l.tableIndexes, func(a, b *Index) int {
		return cmp.Or(cmp.Compare(a.Owner, b.Owner), cmp.Compare(a.Name, b.Name))
	})
	sortEach(l.source, func(a, b *SourceLine) int { return cmp.Compare(a.Line, b.Line) })
	sortEach(l.lobs, func(a, b *Lob) int { return cmp.Compare(a.Column, b.Column) })
	return l
}

// Table finds a row of ALL_TABLES, or nil.
func (d *Dictionary) Table(owner, name string) *Table { return d.index().tables[Name{owner, name}] }

// ColumnsOf lists a table's or view's columns in COLUMN_ID order; hidden and invisible ones come last.
func (d *Dictionary) ColumnsOf(owner, table string) []*Column {
	return d.index().columns[Name{owner, table}]
}

// Column finds one column, or nil.
func (d *Dictionary) Column(owner, table, column string) *Column {
	for _, c := range d.ColumnsOf(owner, table) {
		if c.Name == column {
			return c
		}
	}
	return nil
}

// Constraint finds a constraint by its owner and name, or nil.
func (d *Dictionary) Constraint(owner, name string) *Constraint {
	return d.index().constraints.last(Name{owner, name})
}

// ConstraintsOf lists a table's constraints by name.
func (d *Dictionary) ConstraintsOf(owner, table string) []*Constraint {
	return d.index().ofTable[Name{owner, table}]
}

// PrimaryKey is a table's primary key, or nil.
func (d *Dictionary) PrimaryKey(owner, table string) *Constraint {
	for _, c := range d.ConstraintsOf(owner, table) {
		if c.Type == "P" {
			return c
		}
	}
	return nil
}

// ConstraintColumns lists the names of a constraint's columns in their order.
func (d *Dictionary) ConstraintColumns(owner, constraint string) []string {
	var rows []*ConsColumn
	d.index().consColumns.each(Name{owner, constraint}, func(c *ConsColumn) bool { rows = append(rows, c); return true })
	slices.SortStableFunc(rows, func(a, b *ConsColumn) int {
		return cmp.Or(cmp.Compare(orLast(a.Position), orLast(b.Position)), cmp.Compare(a.Column, b.Column))
	})
	var names []string
	for _, c := range rows {
		names = append(names, c.Column)
	}
	return names
}

// Index finds an index, or nil.
func (d *Dictionary) Index(owner, name string) *Index {
	return d.index().indexes.last(Name{owner, name})
}

// IndexesOf lists a table's indexes by name, those behind its keys too.
func (d *Dictionary) IndexesOf(owner, table string) []*Index {
	return d.index().tableIndexes[Name{owner, table}]
}

// IndexColumn is one position of an index: a column, or the expression behind it.
type IndexColumn struct {
	Column, Expression string
	Descending         bool
}

// IndexColumns lists the positions of an index. A column that is only indexed downwards is a plain Column again here, not the
// expression that Oracle keeps for it.
func (d *Dictionary) IndexColumns(owner, index string) []IndexColumn {
	l := d.index()
	var rows []*IndColumn
	l.indColumns.each(Name{owner, index}, func(c *IndColumn) bool { rows = append(rows, c); return true })
	slices.SortStableFunc(rows, func(a, b *IndColumn) int { return cmp.Compare(a.Position, b.Position) })
	var out []IndexColumn
	for _, c := range rows {
		col := IndexColumn{Column: c.Column, Descending: c.Descend == "DESC"}
		if text, ok := l.expressions[Name{owner, index}][c.Position]; ok {
			if plain := unquoted(text); plain != "" && d.Column(c.TableOwner, c.Table, plain) != nil {
				col.Column = plain
			} else {
				col.Expression = text
			}
		}
		out = append(out, col)
	}
	return out
}

// SourceOf lists the lines of one unit of code.
func (d *Dictionary) SourceOf(owner, kind, name string) []*SourceLine {
	return d.index().source[sourceKey{Name{owner, name}, kind}]
}

// LobsOf lists a table's LOB columns by name.
func (d *Dictionary) LobsOf(owner, table string) []*Lob { return d.index().lobs[Name{owner, table}] }

// LoggingOf is the highest level of a table's supplemental logging that ALL_LOG_GROUPS shows: "all", "primary key", "log group" (one that
// is always logged) or "none".
func (d *Dictionary) LoggingOf(owner, table string) string {
	level := "none"
	for _, g := range d.index().logGroups[Name{owner, table}] {
		switch {
		case g.Kind == "ALL COLUMN LOGGING":
			return "all"
		case g.Kind == "PRIMARY KEY LOGGING":
			level = "primary key"
		case g.Kind == "USER LOG GROUP" && g.Always == "ALWAYS" && level == "none":
			level = "log group"
		}
	}
	return level
}

// unquoted is the name in a text that is nothing but a quoted name, else "".
func unquoted(text string) string {
	if len(text) > 2 && text[0] == '"' && text[len(text)-1] == '"' && !slices.Contains([]byte(text[1:len(text)-1]), '"') {
		return text[1 : len(text)-1]
	}
	return ""
}

func orLast(n *int64) int64 {
	if n == nil {
		return 1 << 62
	}
	return *n
}

func byName[T any, K comparable](rows []T, key func(*T) K) map[K]*T {
	m := make(map[K]*T, len(rows))
	for i := range rows {
		m[key(&rows[i])] = &rows[i]
	}
	return m
}

func group[T any, K comparable](rows []T, key func(*T) K) map[K][]*T {
	m := map[K][]*T{}
	for i := range rows {
		k := key(&rows[i])
		m[k] = append(m[k], &rows[i])
	}
	return m
}

func sortEach[K comparable, T any](groups map[K][]*T, less func(a, b *T) int) {
	for _, g := range groups {
		slices.SortStableFunc(g, less)
	}
}
