// SPDX-License-Identifier: Apache-2.0

package oraclesql

import "slices"

// ParseQuery reads the SELECT of a view. Set operations, subqueries, WITH, CONNECT BY and analytic functions are errors.
func ParseQuery(s string) (*Query, error) {
	p, err := newParser(s)
	if err != nil {
		return nil, err
	}
	q, err := p.query()
	if err != nil {
		return nil, err
	}
	p.accept(op, ";")
	return q, p.done()
}

func (p *parser) query() (*Query, error) {
	if err := p.expect(word, "SELECT"); err != nil {
		return nil, err
	}
	q := &Query{Distinct: p.accept(word, "DISTINCT") || p.accept(word, "UNIQUE")}
	if !q.Distinct {
		p.accept(word, "ALL")
	}
	for {
		item, err := p.item()
		if err != nil {
			return nil, err
		}
		q.Items = append(q.Items, item)
		if !p.accept(op, ",") {
			break
		}
	}
	if p.into && p.accept(word, "INTO") {
		p.into = false
		var err error
		if q.Into, err = p.targets(); err != nil {
			return nil, err
		}
	}
	if err := p.expect(word, "FROM"); err != nil {
		return nil, err
	}
	for {
		from, err := p.from()
		if err != nil {
			return nil, err
		}
		q.From = append(q.From, from)
		if !p.accept(op, ",") {
			break
		}
	}
	return q, p.tail(q)
}

func (p *parser) tail(q *Query) (err error) {
	if p.accept(word, "WHERE") {
		if q.Where, err = p.expr(); err != nil {
			return err
		}
	}
	if p.accept(word, "GROUP", "BY") {
		if q.GroupBy, err = p.exprs(); err != nil {
			return err
		}
	}
	if p.accept(word, "HAVING") {
		if q.Having, err = p.expr(); err != nil {
			return err
		}
	}
	if p.accept(word, "ORDER", "BY") {
		if err := p.orderBy(q); err != nil {
			return err
		}
	}
	q.ReadOnly = p.accept(word, "WITH", "READ", "ONLY")
	return nil
}

func (p *parser) exprs() ([]Expr, error) {
	var out []Expr
	for {
		e, err := p.expr()
		if err != nil {
			return nil, err
		}
		out = append(out, e)
		if !p.accept(op, ",") {
			return out, nil
		}
	}
}

func (p *parser) orderBy(q *Query) error {
	for {
		e, err := p.expr()
		if err != nil {
			return err
		}
		o := Order{Expr: e, Desc: p.accept(word, "DESC")}
		if !o.Desc {
			p.accept(word, "ASC")
		}
		q.OrderBy = append(q.OrderBy, o)
		if !p.accept(op, ",") {
			return nil
		}
	}
}

func (p *parser) item() (Item, error) {
	if p.accept(op, "*") {
		return Item{Star: true}, nil
	}
	if t := p.tokens; len(t) > 2 && (t[0].kind == word || t[0].kind == quoted) && t[1].kind == op && t[1].text == "." &&
		t[2].kind == op && t[2].text == "*" {
		p.tokens = p.tokens[3:]
		return Item{Star: true, Table: t[0].text}, nil
	}
	e, err := p.expr()
	if err != nil {
		return Item{}, err
	}
	item := Item{Expr: e}
	if p.accept(word, "AS") || p.isAlias() {
		t := p.next()
		if t.kind != word && t.kind != quoted {
			return Item{}, &Error{t.line, t.String() + " where a column's name was expected"}
		}
		item.Alias = t.text
	}
	return item, nil
}

func (p *parser) isAlias() bool {
	t := p.peek()
	return t.kind == quoted || t.kind == word && !slices.Contains(reserved, t.text)
}

func (p *parser) from() (From, error) {
	var f From
	var err error
	if f.Table, err = p.table(); err != nil {
		return f, err
	}
	for {
		kind, ok := p.joinKind()
		if !ok {
			return f, nil
		}
		j := Join{Kind: kind}
		if j.Table, err = p.table(); err != nil {
			return f, err
		}
		if kind != "CROSS" {
			if err := p.joinCondition(&j); err != nil {
				return f, err
			}
		}
		f.Joins = append(f.Joins, j)
	}
}

func (p *parser) joinKind() (string, bool) {
	for _, k := range []string{"LEFT", "RIGHT", "FULL"} {
		if p.accept(word, k, "OUTER", "JOIN") || p.accept(word, k, "JOIN") {
			return k, true
		}
	}
	switch {
	case p.accept(word, "INNER", "JOIN"), p.accept(word, "JOIN"):
		return "INNER", true
	case p.accept(word, "CROSS", "JOIN"):
		return "CROSS", true
	}
	return "", false
}

func (p *parser) joinCondition(j *Join) (err error) {
	if p.accept(word, "USING") {
		if err := p.expect(op, "("); err != nil {
			return err
		}
		list, err := p.list()
		if err != nil {
			return err
		}
		for _, e := range list {
			n, ok := e.(Name)
			if !ok || len(n.Parts) != 1 {
				return p.fail("USING takes column names only")
			}
			j.Using = append(j.Using, n.Parts[0])
		}
		return nil
	}
	if err := p.expect(word, "ON"); err != nil {
		return err
	}
	j.On, err = p.expr()
	return err
}

func (p *parser) table() (Table, error) {
	if p.is(op, "(") {
		return Table{}, p.fail("a subquery in FROM is not read")
	}
	if t := p.peek(); t.kind == word && slices.Contains(append([]string{"TABLE", "XMLTABLE", "JSON_TABLE"}, reserved...), t.text) {
		return Table{}, p.fail("%s is not read here", t)
	}
	n, err := p.name()
	if err != nil {
		return Table{}, err
	}
	t := Table{Name: n.Parts[len(n.Parts)-1]}
	switch len(n.Parts) {
	case 1:
	case 2:
		t.Owner = n.Parts[0]
	default:
		return Table{}, p.fail("a table with %d names is not read", len(n.Parts))
	}
	t.Alias = t.Name
	if p.isAlias() {
		t.Alias = p.next().text
	}
	return t, nil
}
