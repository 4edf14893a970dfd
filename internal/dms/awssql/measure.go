// SPDX-License-Identifier: Apache-2.0

package awssql

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
	"github.com/ferryman/ferryman/internal/postgres"
)

// Measure compares what both conversions made in a scratch database, table by table, and names what AWS's lacks: columns, defaults, NOT
// NULL, keys, checks, partitions. own and made are the catalogs after Ferryman's own and after AWS's statements.
func (r *Result) Measure(d *dictionary.Dictionary, own, made postgres.Snapshot) {
	m := &measure{d: d, r: r, own: parts(own), made: parts(made)}
	tables := map[convert.Object]bool{}
	for _, s := range r.Statements {
		if s.Outside && s.Kind == convert.KindTable && s.Object.Type == "TABLE" && !tables[s.Object] {
			tables[s.Object] = true
			m.table(s.Object, s.Schema, s.Name)
		}
	}
	settle(r.Conversion)
}

type measure struct {
	d         *dictionary.Dictionary
	r         *Result
	own, made map[string]*tableParts
}

// tableParts is a table in a catalog: what each column and each constraint is, by name.
type tableParts struct {
	definition           string
	columns, constraints map[string]string
	indexes              []string
	partitions           int
}

func parts(s postgres.Snapshot) map[string]*tableParts {
	all := map[string]*tableParts{}
	of := func(schema, table string) *tableParts {
		k := key(schema, "", table)
		if all[k] == nil {
			all[k] = &tableParts{columns: map[string]string{}, constraints: map[string]string{}}
		}
		return all[k]
	}
	for _, e := range s {
		switch e.Kind {
		case "table":
			of(e.Schema, e.Name).definition = e.Definition
			if _, parent, ok := strings.Cut(e.Definition, "child of "); ok {
				parent, _, _ = strings.Cut(parent, ";")
				if n := names.FindAllString(parent, -1); len(n) == 2 {
					of(lastName(n[0]), lastName(n[1])).partitions++
				}
			}
		case "column":
			of(e.Schema, e.Table).columns[e.Name] = e.Definition
		case "constraint":
			of(e.Schema, e.Table).constraints[e.Name] = e.Definition
		case "index":
			of(e.Schema, e.Table).indexes = append(of(e.Schema, e.Table).indexes, e.Definition)
		}
	}
	return all
}

func (m *measure) table(o convert.Object, schema, name string) {
	made, own := m.made[key(schema, "", name)], m.own[key(schema, "", name)]
	if made == nil || made.definition == "" && len(made.columns) == 0 {
		return // PostgreSQL refused it, which has its own item
	}
	lacks := func(subject, format string, a ...any) {
		m.r.Actions = append(m.r.Actions, convert.ActionItem{Code: convert.CodeLacks, Object: o, Subject: subject, Hours: 0.5, Complexity: convert.Simple,
			Reason: fmt.Sprintf(format, a...), Hint: "give a script for the table that makes it whole"})
	}
	for _, c := range m.d.ColumnsOf(o.Owner, o.Name) {
		if c.ID == nil || c.Hidden == "YES" {
			continue
		}
		is, ok := made.columns[convert.TargetName(c.Name)]
		if !ok {
			lacks(c.Name, "AWS's script makes the table without the column %s", c.Name)
			continue
		}
		if own != nil {
			if what := lost(own.columns[convert.TargetName(c.Name)], is, made.inKey(convert.TargetName(c.Name))); len(what) > 0 {
				lacks(c.Name, "AWS's script makes the column %s without its %s", c.Name, strings.Join(what, " and "))
			}
		}
	}
	if own == nil {
		return
	}
	for name, wanted := range own.constraints {
		if !made.holds(name, wanted) {
			lacks(name, "AWS's script makes the table without %s %s", name, wanted)
		}
	}
	m.carry(o, made)
	switch {
	case strings.Contains(own.definition, "partitioned by ") && !strings.Contains(made.definition, "partitioned by "):
		lacks("partitions", "AWS's script makes a plain table of a partitioned one")
	case own.partitions > made.partitions:
		lacks("partitions", "AWS's script makes %d partitions of %d", made.partitions, own.partitions)
	}
}

// inKey tells whether a column is in the primary key, which takes no NULL either.
func (t *tableParts) inKey(column string) bool {
	for _, is := range t.constraints {
		if columns, ok := strings.CutPrefix(is, "PRIMARY KEY "); ok {
			return slices.ContainsFunc(names.FindAllString(columns, -1), func(n string) bool { return lastName(n) == column })
		}
	}
	return false
}

// lost is what a column is on Oracle and is not any more.
func lost(own, made string, inKey bool) []string {
	has := func(definition string, what ...string) bool {
		return slices.ContainsFunc(strings.Split(definition, "; ")[1:], func(part string) bool {
			return slices.ContainsFunc(what, func(w string) bool { return part == w || strings.HasPrefix(part, w+" ") })
		})
	}
	if own == "" {
		return nil
	}
	var list []string
	if has(own, "not null") && !has(made, "not null") && !inKey {
		list = append(list, "NOT NULL")
	}
	values := []string{"default", "identity", "generated"}
	if has(own, values...) && !has(made, values...) {
		list = append(list, "default")
	}
	return list
}

// holds tells whether a table has a constraint, under whatever name: a unique index keeps what a unique constraint does, and a check that is
// worded differently is known by its name.
func (t *tableParts) holds(name, wanted string) bool {
	wanted = essence(wanted)
	for other, is := range t.constraints {
		if essence(is) == wanted || other == name && strings.HasPrefix(wanted, "CHECK ") && strings.HasPrefix(is, "CHECK ") {
			return true
		}
	}
	columns, unique := strings.CutPrefix(wanted, "UNIQUE ")
	return unique && slices.ContainsFunc(t.indexes, func(i string) bool {
		return strings.HasPrefix(i, "CREATE UNIQUE INDEX ") && strings.HasSuffix(i, " "+columns)
	})
}

// essence is a constraint without what concerns only when it is checked.
func essence(definition string) string {
	for _, option := range []string{" NOT VALID", " INITIALLY DEFERRED", " DEFERRABLE"} {
		definition = strings.Replace(definition, option, "", 1)
	}
	return definition
}

// carry takes over what Ferryman's own conversion says is to be done by hand on a table, where AWS's script has nothing of that name.
func (m *measure) carry(o convert.Object, made *tableParts) {
	for _, a := range m.r.Own.Actions {
		if a.Object != o || a.Note {
			continue
		}
		name := convert.TargetName(a.Subject)
		switch a.Code {
		case convert.CodeCheck, convert.CodeDisabled, convert.CodeForeignKey, convert.CodePartitionKey:
			if _, ok := made.constraints[name]; !ok {
				m.r.Actions = append(m.r.Actions, a)
			}
		case convert.CodeDefault, convert.CodeVirtual:
			if is := made.columns[name]; !strings.Contains(is, "; default ") && !strings.Contains(is, "; generated") {
				m.r.Actions = append(m.r.Actions, a)
			}
		}
	}
}
