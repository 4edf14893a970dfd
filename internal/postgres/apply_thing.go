// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/jackc/pgx/v5"
)

// Thing is what one statement of a conversion makes, by its kind there ("primary key", "function", …) and its place on the target.
type Thing struct {
	Kind   string `json:"kind"`
	Schema string `json:"schema"`
	Table  string `json:"table,omitempty"`
	Name   string `json:"name"`
}

// thingKinds are the kinds of things that a snapshot can tell, and the entries that they are.
var thingKinds = map[string][]string{
	"schema": {"schema"}, "sequence": {"sequence"}, "table": {"table"}, "partition": {"table"}, "primary key": {"constraint"}, "unique": {"constraint"},
	"check": {"constraint"}, "foreign key": {"constraint"}, "index": {"index"}, "function": {"function"}, "procedure": {"procedure"},
	"trigger": {"trigger"}, "view": {"view"}, "materialized view": {"materialized view"}, "comment": {"comment"},
	"type": {"type", "domain"},
}

// OfThing are the entries that a thing consists of: of a table its columns too, of a routine all that have its name.
func (s Snapshot) OfThing(t Thing) []Entry {
	var list []Entry
	for _, kind := range thingKinds[t.Kind] {
		table := t.Table
		switch kind {
		case "table", "sequence", "view", "materialized view", "schema":
			table = ""
		case "function", "procedure":
			list = append(list, s.parts(t.Schema, kind, t.Name)...)
			continue
		}
		if _, free := s.find(Entry{Kind: kind, Schema: t.Schema, Name: t.Name}); kind == "sequence" && !free {
			for _, e := range s.kind(t.Schema, kind) { // one that belongs to a column has its table
				if e.Name == t.Name {
					list = append(list, e)
				}
			}
			continue
		}
		if e, ok := s.find(Entry{Kind: kind, Schema: t.Schema, Table: table, Name: t.Name}); ok {
			list = append(list, e)
			if kind == "table" {
				list = append(list, s.parts(t.Schema, "column", t.Name)...)
			}
		}
	}
	return list
}

// Known tells whether the kind is one that can be compared.
func (t Thing) Known() bool { return thingKinds[t.Kind] != nil }

func (s Snapshot) find(e Entry) (Entry, bool) {
	i, ok := slices.BinarySearchFunc(s, e, Entry.compare)
	if !ok {
		return Entry{}, false
	}
	return s[i], true
}

func (s Snapshot) kind(schema, kind string) []Entry {
	rest := s[sort.Search(len(s), func(i int) bool { return s[i].compare(Entry{Schema: schema, Kind: kind}) >= 0 }):]
	n := sort.Search(len(rest), func(i int) bool { return rest[i].Schema != schema || rest[i].Kind != kind })
	return rest[:n]
}

func (s Snapshot) parts(schema, kind, table string) []Entry {
	list := Snapshot(s.kind(schema, kind))
	from := sort.Search(len(list), func(i int) bool { return list[i].Table >= table })
	to := sort.Search(len(list), func(i int) bool { return list[i].Table > table })
	return list[from:to]
}

// DropSQL takes the thing away, nothing else with it: PostgreSQL refuses where something depends on it that was not taken away before.
func (t Thing) DropSQL(found []Entry) []string {
	name := ident(t.Schema, t.Name)
	switch t.Kind {
	case "sequence", "table", "partition", "view", "materialized view", "index":
		kind := strings.ToUpper(t.Kind)
		if t.Kind == "partition" {
			kind = "TABLE"
		}
		return []string{"DROP " + kind + " " + name}
	case "primary key", "unique", "check", "foreign key":
		return []string{fmt.Sprintf("ALTER TABLE %s DROP CONSTRAINT %s", ident(t.Schema, t.Table), ident(t.Name))}
	case "trigger":
		return []string{fmt.Sprintf("DROP TRIGGER %s ON %s", ident(t.Name), ident(t.Schema, t.Table))}
	case "comment":
		return nil
	}
	return dropEntries(found)
}

// dropEntries takes away objects, those first that need others. What is part of another goes with it.
func dropEntries(list []Entry) []string {
	var sql []string
	for _, kind := range []string{"trigger", "materialized view", "view", "procedure", "function", "aggregate", "table", "sequence", "domain", "type", "index", "schema"} {
		for _, e := range list {
			if e.Kind != kind {
				continue
			}
			switch kind {
			case "trigger":
				sql = append(sql, fmt.Sprintf("DROP TRIGGER %s ON %s", ident(e.Name), ident(e.Schema, e.Table)))
			case "procedure", "function", "aggregate":
				args := strings.TrimPrefix(e.Name, e.Table)
				sql = append(sql, fmt.Sprintf("DROP %s %s%s", strings.ToUpper(kind), ident(e.Schema, e.Table), args))
			case "schema":
				sql = append(sql, "DROP SCHEMA "+ident(e.Name))
			default:
				if kind == "sequence" && e.Table != "" || kind == "index" && slices.ContainsFunc(list, func(o Entry) bool { return o.Kind == "table" && o.Name == e.Table }) {
					continue // goes with its table
				}
				sql = append(sql, "DROP "+strings.ToUpper(kind)+" "+ident(e.Schema, e.Name))
			}
		}
	}
	return sql
}

// DropScriptSQL takes away what a person's script made.
func DropScriptSQL(found []Entry) []string { return dropEntries(found) }

// DifferenceWords says how what is there differs from what is wanted, a line for each entry.
func DifferenceWords(there, wanted []Entry) []string {
	sorted := func(list []Entry) Snapshot {
		list = slices.Clone(list)
		slices.SortFunc(list, Entry.compare)
		return list
	}
	var lines []string
	for _, c := range sorted(there).Changes(sorted(wanted)) {
		switch {
		case c.Before == nil:
			lines = append(lines, fmt.Sprintf("%s is missing (%s)", c.After.Words(), oneLine(c.After.Definition)))
		case c.After == nil:
			lines = append(lines, fmt.Sprintf("%s is there beside what is wanted (%s)", c.Before.Words(), oneLine(c.Before.Definition)))
		default:
			was, is := narrow(oneLine(c.Before.Definition), oneLine(c.After.Definition))
			lines = append(lines, fmt.Sprintf("%s is %s, wanted is %s", c.Before.Words(), was, is))
		}
	}
	return lines
}

// narrow cuts two long texts to where they differ.
func narrow(a, b string) (string, string) {
	const room, shown = 40, 200
	if len(a) <= shown && len(b) <= shown {
		return words(a), words(b)
	}
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	from := max(0, i-room)
	cut := func(s string) string {
		text := strings.ToValidUTF8(s[from:min(len(s), from+shown)], "")
		if from > 0 {
			text = "… " + text
		}
		if from+shown < len(s) {
			text += " …"
		}
		return text
	}
	return cut(a), cut(b)
}

func words(definition string) string {
	if definition == "" {
		return "plain"
	}
	return definition
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// Dependents describes what on the target depends on some objects and is none of the known ones: it would be in the way of a DROP, or go
// with it.
func (t *Target) Dependents(ctx context.Context, oids, known []uint32) ([]string, error) {
	rows, err := t.pool.Query(ctx, `SELECT DISTINCT pg_describe_object(d.classid, d.objid, d.objsubid) FROM (
			SELECT d.*, coalesce(r.ev_class, ad.adrelid, d.objid) AS whole FROM pg_depend d
			LEFT JOIN pg_rewrite r ON d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid
			LEFT JOIN pg_attrdef ad ON d.classid = 'pg_attrdef'::regclass AND ad.oid = d.objid
			WHERE d.refobjid = ANY($1) AND d.deptype IN ('n', 'a') AND d.refclassid IN ('pg_class'::regclass, 'pg_proc'::regclass, 'pg_constraint'::regclass, 'pg_type'::regclass)) d
		WHERE d.whole <> ALL($2) ORDER BY 1 LIMIT 20`, oids, known)
	if err == nil {
		var list []string
		if list, err = pgx.CollectRows(rows, pgx.RowTo[string]); err == nil {
			return list, nil
		}
	}
	return nil, fmt.Errorf("read what depends on objects of the target: %w", err)
}

// HasRows tells whether there is a row in a table.
func (t *Target) HasRows(ctx context.Context, schema, table string) (rows bool, err error) {
	if err = t.pool.QueryRow(ctx, "SELECT EXISTS (SELECT FROM "+ident(schema, table)+")").Scan(&rows); err != nil {
		return false, fmt.Errorf("look whether %s.%s has rows: %w", schema, table, err)
	}
	return rows, nil
}

// Roles are the names of the roles on the target.
func (t *Target) Roles(ctx context.Context) ([]string, error) {
	rows, err := t.pool.Query(ctx, "SELECT rolname::text FROM pg_catalog.pg_roles WHERE rolname !~ '^pg_' AND NOT starts_with(rolname, $1) ORDER BY 1", scratchPrefix)
	if err == nil {
		var list []string
		if list, err = pgx.CollectRows(rows, pgx.RowTo[string]); err == nil {
			return list, nil
		}
	}
	return nil, fmt.Errorf("read the target's roles: %w", err)
}
