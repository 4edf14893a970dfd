// SPDX-License-Identifier: Apache-2.0

package convert

import (
	"fmt"
	"slices"
	"strings"

	sql "github.com/ferryman/ferryman/internal/convert/oraclesql"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
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

func (k *coder) fetch(f sql.Fetch) error {
	q := f.Query
	if len(q.Into) != len(q.Items) {
		return uncertain("SELECT of %d values into %d", len(q.Items), len(q.Into))
	}
	s := k.sqlScope(true)
	sel, err := k.query(s, q)
	if err != nil {
		return err
	}
	if !sel.one {
		if err := k.mayFindNothing(); err != nil {
			return err
		}
	}
	var values, targets []string
	for i, x := range sel.items {
		to, cat, err := k.target(q.Into[i])
		if err != nil {
			return err
		}
		if slices.Contains(targets, to) {
			return uncertain("two values for %s", clip(to))
		}
		value, err := assigned(x, cat, strings.Join(q.Into[i].Parts, "."))
		if err != nil {
			return err
		}
		values, targets = append(values, value), append(targets, to)
	}
	return k.embedded(s, func() error {
		k.print("SELECT %s%s INTO STRICT %s%s;", distinct(q), strings.Join(values, ", "), strings.Join(targets, ", "), sel.rest)
		return nil
	})
}

func distinct(q *sql.Query) string {
	if q.Distinct {
		return "DISTINCT "
	}
	return ""
}

// rowsLoop is a loop over a query. Its row is known inside of it only.
func (k *coder) rowsLoop(f sql.Rows) error {
	if err := k.declareName(f.Name); err != nil {
		return err
	}
	s := k.sqlScope(true)
	sel, err := k.query(s, f.Query)
	if err != nil {
		return err
	}
	row := ident(TargetName(f.Name))
	fields := map[string]expression{}
	var values []string
	for i, item := range f.Query.Items {
		name := item.Alias
		if n, ok := item.Expr.(sql.Name); ok && name == "" {
			name = n.Parts[len(n.Parts)-1]
		}
		x := sel.items[i]
		if _, twice := fields[name]; name == "" || twice || x.cat == catNone {
			return uncertain("a value without a name of its own in the query of a loop")
		}
		values = append(values, x.SQL+" AS "+ident(TargetName(name)))
		fields[name] = expression{SQL: row + "." + ident(TargetName(name)), cat: x.cat, integer: x.integer, volatile: true}
	}
	return k.embedded(s, func() error {
		k.print("DECLARE")
		k.print("    %s record;", row)
		k.print("BEGIN")
		k.indent++
		k.print("FOR %s IN SELECT %s%s%s LOOP", row, distinct(f.Query), strings.Join(values, ", "), sel.rest)
		err := k.loopBody(f.Body, scopeOf{f.Name: {sql: row, fields: fields}})
		k.indent--
		k.print("END;")
		return err
	})
}

// table is the table that a statement changes, on the target.
func (k *coder) table(s *codeScope, t sql.Table) (*table, *source, error) {
	tab := k.c.tables[k.c.resolve(k.owner, t)]
	if tab == nil {
		return nil, nil, uncertain("the table %s, which is not on the target", clip(t.Name))
	}
	src, err := s.query.addSource(t, false)
	k.writes = true
	return tab, src, err
}

// values are what goes into columns.
func (k *coder) values(s *codeScope, tab *table, columns []string, exprs []expression) (names, values []string, err error) {
	if len(columns) != len(exprs) {
		return nil, nil, uncertain("%d values for %d columns", len(exprs), len(columns))
	}
	for i, name := range columns {
		x := tab.column(name)
		if x == nil {
			return nil, nil, uncertain("the column %s, which is not on the target", clip(name))
		}
		if err := readable(x); err != nil {
			return nil, nil, err
		}
		value, err := assigned(exprs[i], x.typ.cat, name)
		if err != nil {
			return nil, nil, err
		}
		names, values = append(names, ident(x.name)), append(values, value)
	}
	return names, values, nil
}

func (k *coder) insert(f sql.Insert) error {
	s := k.sqlScope(f.Query != nil)
	into := k.sqlScope(false)
	tab, _, err := k.table(into, f.Table)
	if err != nil {
		return err
	}
	var sel selected
	if f.Query != nil {
		sel, err = k.query(s, f.Query)
	} else {
		sel.items, err = emitAll(s, f.Values...)
	}
	if err != nil {
		return err
	}
	if f.Query != nil && len(s.drawn) > 0 && f.Query.Distinct {
		return uncertain("numbers of a sequence in SELECT DISTINCT")
	}
	names, values, err := k.values(s, tab, f.Columns, sel.items)
	if err != nil {
		return err
	}
	text := fmt.Sprintf("VALUES (%s)", strings.Join(values, ", "))
	if f.Query != nil {
		text = "SELECT " + distinct(f.Query) + strings.Join(values, ", ") + sel.rest
	}
	s.query.sources = append(s.query.sources, into.query.sources...)
	return k.embedded(s, func() error {
		k.print("INSERT INTO %s (%s) %s;", tab.qualified(), strings.Join(names, ", "), text)
		return nil
	})
}

func (k *coder) update(f sql.Update) error {
	s := k.sqlScope(false)
	tab, src, err := k.table(s, f.Table)
	if err != nil {
		return err
	}
	var columns []string
	var exprs []expression
	for _, set := range f.Sets {
		x, err := emit(set.Value, s)
		if err != nil {
			return err
		}
		columns, exprs = append(columns, set.Column), append(exprs, x)
	}
	names, values, err := k.values(s, tab, columns, exprs)
	if err != nil {
		return err
	}
	for i := range names {
		names[i] += " = " + values[i]
	}
	return k.rows(s, src, "UPDATE "+src.from()+" SET "+strings.Join(names, ", "), f.Where)
}

func (k *coder) remove(f sql.Delete) error {
	s := k.sqlScope(false)
	_, src, err := k.table(s, f.Table)
	if err != nil {
		return err
	}
	return k.rows(s, src, "DELETE FROM "+src.from(), f.Where)
}

// rows ends a statement that changes the rows for which a condition holds.
func (k *coder) rows(s *codeScope, src *source, text string, where sql.Expr) error {
	cond, err := s.query.conditions(sql.Conjuncts(where))
	if err != nil {
		return err
	}
	if cond != "" {
		text += " WHERE " + cond
	}
	return k.embedded(s, func() error {
		k.print("%s;", text)
		return nil
	})
}

// callProcedure calls a procedure of the schema.
func (k *coder) callProcedure(s sql.Do) error {
	n := dictionary.Name{Owner: k.owner, Name: s.Parts[len(s.Parts)-1]}
	if len(s.Parts) == 2 {
		n.Owner = s.Parts[0]
	}
	whole := strings.Join(s.Parts, ".")
	r := k.c.code.routines[n]
	if len(s.Parts) > 2 || r == nil && k.c.outcomes[Object{n.Owner, "PROCEDURE", n.Name}] == nil {
		return uncertain("a call of %s, which is no procedure of the schema", clip(whole))
	}
	if r == nil {
		return &needsRoutine{n}
	}
	if r.function {
		return uncertain("a call of %s, which is a function", clip(whole))
	}
	args, err := k.arguments(k.scope(), r, s.Args)
	if err != nil {
		return err
	}
	if r.noData {
		if err := k.mayFindNothing(); err != nil {
			return err
		}
	}
	k.use(r)
	k.writes = true
	k.print("CALL %s(%s);", ident(r.schema, r.name), strings.Join(args, ", "))
	return nil
}
