// SPDX-License-Identifier: Apache-2.0

package convert

import (
	"fmt"
	"slices"
	"strings"

	sql "github.com/ferryman/ferryman/internal/convert/oraclesql"
)

// find is a column of the tables of a statement in code; found is false where the name may be a variable.
func (s *queryScope) find(parts []string) (expression, bool, error) {
	if len(parts) > 2 {
		return expression{}, false, nil
	}
	name := parts[len(parts)-1]
	var out expression
	found := false
	for _, src := range s.sources {
		if len(parts) == 2 && parts[0] != src.alias {
			continue
		}
		x := src.column(name)
		if x == nil {
			continue
		}
		if found {
			return out, true, uncertain("the name %s, which two tables have", clip(name))
		}
		if err := readable(x); err != nil {
			return out, true, err
		}
		out, found = x.expression(TargetName(src.alias)), true
		out.notNull = out.notNull && !src.outer
	}
	return out, found, nil
}

// sqlScope is the scope of a statement of SQL in code.
func (k *coder) sqlScope(grouped bool) *codeScope {
	s := k.scope()
	s.grouped = grouped
	s.query = &queryScope{c: k.c, owner: k.owner, code: s}
	return s
}

// embedded writes a statement of SQL. One that reads the clock reads it once, before it begins.
func (k *coder) embedded(s *codeScope, write func() error) error {
	for _, src := range s.query.sources {
		if src.kind != KindTable {
			return uncertain("the view %s", clip(src.name))
		}
		if k.shadows(src.alias) {
			return uncertain("a table called %s in a statement, like something else in the code", clip(src.alias))
		}
		if k.on != nil && k.on.row && src.schema == k.on.t.schema && src.name == k.on.t.name {
			return uncertain("the trigger's own table, which a trigger for each row sees in another state on Oracle")
		}
	}
	for _, id := range s.query.statements() {
		k.need(id)
	}
	k.queries = true
	if *s.clocks == 0 {
		return write()
	}
	k.print("DECLARE")
	k.print("    ferryman_now timestamp with time zone := pg_catalog.clock_timestamp();")
	k.print("BEGIN")
	k.indent++
	err := write()
	k.indent--
	k.print("END;")
	return err
}

// shadows says whether PL/pgSQL would take the columns of an alias for something else: the row of a loop or a trigger, or parameters.
func (k *coder) shadows(alias string) bool {
	if alias == k.name || alias == "NEW" || alias == "OLD" {
		return true
	}
	return slices.ContainsFunc(k.scopes, func(s scopeOf) bool { return s[alias] != nil && s[alias].fields != nil })
}

// isDual says whether a query is from DUAL alone.
func (k *coder) isDual(q *sql.Query) bool {
	if len(q.From) != 1 || len(q.From[0].Joins) > 0 {
		return false
	}
	t := q.From[0].Table
	return t.Name == "DUAL" && (t.Owner == "" || t.Owner == "SYS") && k.c.d.Table(k.owner, "DUAL") == nil
}

// selected is a query in PostgreSQL's words: what comes before FROM is left to the caller.
type selected struct {
	items []expression
	rest  string
	// one is true where it gives exactly one row whatever the tables hold.
	one bool
}

func (k *coder) query(s *codeScope, q *sql.Query) (selected, error) {
	var out selected
	if q.ReadOnly {
		return out, uncertain("WITH READ ONLY")
	}
	conds := sql.Conjuncts(q.Where)
	where := ""
	var err error
	dual := k.isDual(q)
	if dual {
		where, err = s.query.conditions(conds)
	} else {
		var from string
		from, where, err = s.query.fromClause(q)
		out.rest = " FROM " + from
	}
	if err != nil {
		return out, err
	}
	aggregates := 0
	for _, item := range q.Items {
		if item.Star {
			return out, uncertain("SELECT *")
		}
		x, err := emit(item.Expr, s)
		if err != nil {
			return out, err
		}
		if x.cat == catBool {
			return out, uncertain("a condition in the select list")
		}
		if len(s.query.using) > 0 {
			return out, uncertain("JOIN … USING")
		}
		out.items = append(out.items, x)
		sql.Walk(item.Expr, func(e sql.Expr) {
			if c, ok := e.(sql.Call); ok && c.Owner == "" && slices.Contains([]string{"COUNT", "SUM", "MIN", "MAX"}, c.Name) {
				aggregates++
			}
		})
	}
	if where != "" {
		out.rest += " WHERE " + where
	}
	out.one = dual && where == "" || aggregates > 0 && len(q.GroupBy) == 0 && q.Having == nil
	tail, err := k.tail(s, q, out.items)
	out.rest += tail
	return out, err
}

func (k *coder) tail(s *codeScope, q *sql.Query, items []expression) (string, error) {
	var b strings.Builder
	if len(q.GroupBy) > 0 {
		xs, err := emitAll(s, q.GroupBy...)
		if err != nil {
			return "", err
		}
		for i, x := range xs {
			b.WriteString([]string{", ", " GROUP BY "}[min(1, max(0, 1-i))] + x.SQL)
		}
	}
	if q.Having != nil {
		x, err := emit(q.Having, s)
		if err != nil {
			return "", err
		}
		b.WriteString(" HAVING " + x.SQL)
	}
	for i, o := range q.OrderBy {
		x, err := k.orderBy(s, q, o, items)
		if err != nil {
			return "", err
		}
		if x.cat == catText && q.Distinct {
			return "", uncertain("DISTINCT ordered by a text")
		}
		text := operand(x) + byBytes(s, "ORDER", x, x)
		if o.Desc {
			text += " DESC"
		}
		b.WriteString([]string{", ", " ORDER BY "}[min(1, max(0, 1-i))] + text)
	}
	return b.String(), nil
}

// orderBy is an entry of ORDER BY: a place in the select list, the name of one, or an expression.
func (k *coder) orderBy(s *codeScope, q *sql.Query, o sql.Order, items []expression) (expression, error) {
	if n, ok := o.Expr.(sql.Number); ok {
		for i := range items {
			if n.Digits == fmt.Sprint(i+1) {
				return items[i], nil
			}
		}
		return expression{}, uncertain("ORDER BY %s", clip(n.Digits))
	}
	if n, ok := o.Expr.(sql.Name); ok && len(n.Parts) == 1 {
		for i, item := range q.Items {
			if item.Alias == n.Parts[0] {
				return items[i], nil
			}
		}
	}
	return emit(o.Expr, s)
}
