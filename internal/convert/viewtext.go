// SPDX-License-Identifier: Apache-2.0

package convert

import (
	"fmt"
	"slices"
	"strings"

	sql "github.com/ferryman/ferryman/internal/convert/oraclesql"
)

// source is a table or view in FROM.
type source struct {
	alias   string // as Oracle has it
	schema  string // on the target, as name
	name    string
	kind    Kind
	columns []*column
	outer   bool // its columns may be NULL although they are NOT NULL in the table
}

func (s *source) column(oracle string) *column {
	for _, x := range s.columns {
		if x.Column.Name == oracle {
			return x
		}
	}
	return nil
}

// queryScope is where the expressions of a query stand.
type queryScope struct {
	c       *converter
	owner   string
	sources []*source
	using   []string
	aliases map[string]string // of the select list, for ORDER BY only
	code    *codeScope        // around the query, where it stands in code; nil in a view
}

func (s *queryScope) statements() []string {
	var out []string
	for _, x := range s.sources {
		if id := string(x.kind) + ":" + x.schema + "." + x.name; !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}

func (s *queryScope) sequence([]string) (string, bool) { return "", false }
func (s *queryScope) aggregates() bool                 { return true }

func (s *queryScope) column(parts []string) (expression, error) {
	name := parts[len(parts)-1]
	if len(parts) == 1 {
		if target, ok := s.aliases[name]; ok {
			return expression{SQL: ident(target)}, nil
		}
	}
	if len(parts) > 2 {
		return expression{}, uncertain("the name %s", clip(strings.Join(parts, ".")))
	}
	var found []expression
	for _, src := range s.sources {
		if len(parts) == 2 && parts[0] != src.alias {
			continue
		}
		if x := src.column(name); x != nil {
			e := x.expression(TargetName(src.alias))
			if len(parts) == 1 && slices.Contains(s.using, name) {
				e.SQL = ident(x.name)
			}
			e.notNull = e.notNull && !src.outer
			found = append(found, e)
		}
	}
	if len(found) == 0 || len(found) > 1 && !slices.Contains(s.using, name) {
		return expression{}, uncertain("the name %s, which is no column of the tables in FROM", clip(strings.Join(parts, ".")))
	}
	return found[0], nil
}

// addSource brings a table of FROM into the scope and returns its text.
func (s *queryScope) addSource(t sql.Table, outer bool) (*source, error) {
	n := s.c.resolve(s.owner, t)
	src := &source{alias: t.Alias, outer: outer}
	if tab := s.c.tables[n]; tab != nil {
		src.schema, src.name, src.kind, src.columns = tab.schema, tab.name, KindTable, tab.columns
	} else if kind := s.c.views[n]; kind != "" {
		src.schema, src.name, src.kind = TargetName(n.Owner), TargetName(n.Name), kind
		for _, col := range s.c.d.ColumnsOf(n.Owner, n.Name) {
			typ, _ := typeOf(col)
			src.columns = append(src.columns, &column{Column: col, name: TargetName(col.Name), typ: &typ, special: ordinary})
		}
	}
	if src.name == "" {
		return nil, uncertain("%s is not on the target", clip(t.Name))
	}
	for _, other := range s.sources {
		if other.alias == src.alias {
			return nil, uncertain("two tables in FROM are called %s", clip(src.alias))
		}
	}
	s.sources = append(s.sources, src)
	return src, nil
}

func (s *source) from() string {
	return ident(s.schema, s.name) + " AS " + ident(TargetName(s.alias))
}

// viewText translates a view's query.
func (c *converter) viewText(p *viewPlan) (*queryScope, string, error) {
	q := p.query
	s := &queryScope{c: c, owner: p.object.Owner}
	from, where, err := s.fromClause(q)
	if err != nil {
		return s, "", err
	}
	items, err := s.items(q, p.columns)
	if err != nil {
		return s, "", err
	}
	var b strings.Builder
	b.WriteString("SELECT ")
	if q.Distinct {
		b.WriteString("DISTINCT ")
	}
	b.WriteString(strings.Join(items, ",\n       ") + "\n  FROM " + from)
	if where != "" {
		b.WriteString("\n WHERE " + where)
	}
	if err := s.tail(&b, q, p.columns); err != nil {
		return s, "", err
	}
	return s, b.String(), nil
}

// items translates the select list; each item gets the name that the view's column has.
func (s *queryScope) items(q *sql.Query, columns []*column) ([]string, error) {
	var out []string
	add := func(text string) error {
		if len(out) >= len(columns) {
			return uncertain("it has more columns than the dictionary says")
		}
		out = append(out, text+" AS "+ident(columns[len(out)].name))
		return nil
	}
	for _, item := range q.Items {
		if !item.Star {
			e, err := emit(item.Expr, s)
			if err != nil {
				return nil, err
			}
			if e.cat == catBool {
				return nil, uncertain("a condition in the select list")
			}
			if err := add(e.SQL); err != nil {
				return nil, err
			}
			continue
		}
		if len(s.using) > 0 {
			return nil, uncertain("* with USING")
		}
		for _, src := range s.sources {
			if item.Table != "" && item.Table != src.alias {
				continue
			}
			for _, x := range src.columns {
				if x.Hidden == "YES" {
					continue
				}
				if err := add(ident(TargetName(src.alias), x.name)); err != nil {
					return nil, err
				}
			}
		}
	}
	if len(out) != len(columns) {
		return nil, uncertain("it has %d columns, the dictionary says %d", len(out), len(columns))
	}
	return out, nil
}

func (s *queryScope) tail(b *strings.Builder, q *sql.Query, columns []*column) error {
	list := func(es []sql.Expr) (string, error) {
		xs, err := emitAll(s, es...)
		var texts []string
		for _, x := range xs {
			texts = append(texts, x.SQL)
		}
		return strings.Join(texts, ", "), err
	}
	if len(q.GroupBy) > 0 {
		text, err := list(q.GroupBy)
		if err != nil {
			return err
		}
		b.WriteString("\n GROUP BY " + text)
	}
	if q.Having != nil {
		e, err := emit(q.Having, s)
		if err != nil {
			return err
		}
		b.WriteString("\nHAVING " + e.SQL)
	}
	if len(q.OrderBy) == 0 {
		return nil
	}
	s.aliases = map[string]string{}
	if len(q.Items) == len(columns) {
		for i, item := range q.Items {
			if item.Alias != "" {
				s.aliases[item.Alias] = columns[i].name
			}
		}
	}
	var texts []string
	for _, o := range q.OrderBy {
		e, err := emit(o.Expr, s)
		if err != nil {
			return err
		}
		if o.Desc {
			e.SQL += " DESC"
		}
		texts = append(texts, e.SQL)
	}
	b.WriteString("\n ORDER BY " + strings.Join(texts, ", "))
	return nil
}

// fromClause translates FROM and WHERE, with Oracle's (+) as outer joins.
func (s *queryScope) fromClause(q *sql.Query) (from, where string, err error) {
	conds := sql.Conjuncts(q.Where)
	outer := false
	for _, cond := range conds {
		outer = outer || len(outerTables(cond)) > 0
	}
	if outer {
		return s.plusJoins(q, conds)
	}
	var parts []string
	for _, f := range q.From {
		text, err := s.joined(f)
		if err != nil {
			return "", "", err
		}
		parts = append(parts, text)
	}
	where, err = s.conditions(conds)
	return strings.Join(parts, ",\n       "), where, err
}

func (s *queryScope) conditions(conds []sql.Expr) (string, error) {
	var texts []string
	var where scope = s
	if s.code != nil {
		where = s.code
	}
	for _, cond := range conds {
		e, err := emit(cond, where)
		if err != nil {
			return "", err
		}
		if e.cat != catBool {
			return "", uncertain("%s is no condition", clip(e.SQL))
		}
		if b, ok := cond.(sql.Binary); ok && b.Op == "OR" {
			e.SQL = "(" + e.SQL + ")"
		}
		texts = append(texts, e.SQL)
	}
	return strings.Join(texts, "\n   AND "), nil
}

func (s *queryScope) joined(f sql.From) (string, error) {
	first, err := s.addSource(f.Table, false)
	if err != nil {
		return "", err
	}
	text := first.from()
	for _, j := range f.Joins {
		src, err := s.addSource(j.Table, j.Kind == "LEFT" || j.Kind == "FULL")
		if err != nil {
			return "", err
		}
		if j.Kind == "RIGHT" || j.Kind == "FULL" {
			for _, other := range s.sources[:len(s.sources)-1] {
				other.outer = true
			}
		}
		text += fmt.Sprintf("\n  %s JOIN %s", j.Kind, src.from())
		switch {
		case j.Using != nil:
			s.using = append(s.using, j.Using...)
			text += " USING (" + idents(targetNames(j.Using)) + ")"
		case j.On != nil:
			if len(outerTables(j.On)) > 0 {
				return "", uncertain("(+) in an ANSI join")
			}
			on, err := s.conditions([]sql.Expr{j.On})
			if err != nil {
				return "", err
			}
			text += " ON " + on
		}
	}
	return text, nil
}
