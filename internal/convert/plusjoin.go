// SPDX-License-Identifier: Apache-2.0

package convert

import (
	"slices"
	"strings"

	sql "github.com/ferryman/ferryman/internal/convert/oraclesql"
)

// outerTables lists the qualifiers of the columns that are marked with (+); an unqualified one counts as "".
func outerTables(e sql.Expr) []string {
	var out []string
	sql.Walk(e, func(x sql.Expr) {
		if n, ok := x.(sql.Name); ok && n.Outer {
			q := ""
			if len(n.Parts) > 1 {
				q = n.Parts[0]
			}
			if !slices.Contains(out, q) {
				out = append(out, q)
			}
		}
	})
	return out
}

// otherTables lists the qualifiers of the columns without (+).
func otherTables(e sql.Expr) (tables []string, unqualified bool) {
	sql.Walk(e, func(x sql.Expr) {
		if n, ok := x.(sql.Name); ok && !n.Outer {
			if len(n.Parts) < 2 {
				unqualified = unqualified || !slices.Contains([]string{"SYSDATE", "USER", "SYSTIMESTAMP", "CURRENT_DATE"}, n.Parts[0])
			} else if !slices.Contains(tables, n.Parts[0]) {
				tables = append(tables, n.Parts[0])
			}
		}
	})
	return tables, unqualified
}

// outerJoin is a table that (+) marks, with the conditions that join it and the tables those need.
type outerJoin struct {
	table sql.Table
	on    []sql.Expr
	needs []string
}

// plusJoins turns Oracle's (+) into LEFT JOINs: the other tables come first, then each marked one as soon as the tables in its
// conditions are there. Conditions without (+) stay in WHERE, where they apply after the joins, as on Oracle.
func (s *queryScope) plusJoins(q *sql.Query, conds []sql.Expr) (from, where string, err error) {
	var order []string
	tables := map[string]sql.Table{}
	for _, f := range q.From {
		if len(f.Joins) > 0 {
			return "", "", uncertain("(+) beside ANSI joins")
		}
		tables[f.Table.Alias] = f.Table
		order = append(order, f.Table.Alias)
	}
	outer := map[string]*outerJoin{}
	var rest []sql.Expr
	for _, cond := range conds {
		marked := outerTables(cond)
		if len(marked) == 0 {
			rest = append(rest, cond)
			continue
		}
		others, unqualified := otherTables(cond)
		if b, ok := cond.(sql.Binary); len(marked) > 1 || marked[0] == "" || unqualified || ok && b.Op == "OR" {
			return "", "", uncertain("a condition with (+) that does not name one table on each side")
		}
		t, ok := tables[marked[0]]
		if !ok || slices.Contains(others, marked[0]) {
			return "", "", uncertain("a condition with (+) on a part of its columns")
		}
		if outer[marked[0]] == nil {
			outer[marked[0]] = &outerJoin{table: t}
		}
		j := outer[marked[0]]
		j.on, j.needs = append(j.on, cond), append(j.needs, others...)
	}
	there := map[string]bool{}
	var b strings.Builder
	for _, alias := range order {
		if outer[alias] != nil {
			continue
		}
		src, err := s.addSource(tables[alias], false)
		if err != nil {
			return "", "", err
		}
		if b.Len() > 0 {
			b.WriteString("\n  CROSS JOIN ")
		}
		b.WriteString(src.from())
		there[alias] = true
	}
	if b.Len() == 0 {
		return "", "", uncertain("(+) on every table")
	}
	for len(outer) > 0 {
		next := slices.IndexFunc(order, func(alias string) bool {
			j := outer[alias]
			return j != nil && !slices.ContainsFunc(j.needs, func(n string) bool { return !there[n] })
		})
		if next < 0 {
			return "", "", uncertain("tables that are joined with (+) in a circle")
		}
		j := outer[order[next]]
		src, err := s.addSource(j.table, true)
		if err != nil {
			return "", "", err
		}
		on, err := s.conditions(j.on)
		if err != nil {
			return "", "", err
		}
		b.WriteString("\n  LEFT JOIN " + src.from() + " ON " + on)
		there[order[next]] = true
		delete(outer, order[next])
	}
	where, err = s.conditions(rest)
	return b.String(), where, err
}
