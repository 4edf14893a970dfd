// SPDX-License-Identifier: Apache-2.0

package convert

import (
	"fmt"
	"slices"
	"strings"

	sql "github.com/ferryman/ferryman/internal/convert/oraclesql"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
)

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

func typeOfColumn(t *table, name string) string {
	if x := t.column(name); x != nil {
		return x.rounds()
	}
	return ""
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
		values := slices.Clone(f.Values)
		for i := range values {
			if i < len(f.Columns) {
				values[i] = rounded(values[i], typeOfColumn(tab, f.Columns[i]))
			}
		}
		sel.items, err = emitAll(s, values...)
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
		x, err := emit(rounded(set.Value, typeOfColumn(tab, set.Column)), s)
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
