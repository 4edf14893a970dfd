// SPDX-License-Identifier: Apache-2.0

package oraclesql

func (p *parser) dmlOrCall(at Pos) (Stmt, error) {
	switch {
	case p.is(word, "SELECT"):
		p.into = true
		q, err := p.query()
		p.into = false
		if err == nil && len(q.Into) == 0 {
			err = p.fail("a SELECT without INTO is not read")
		}
		return Fetch{at, q}, err
	case p.accept(word, "INSERT"):
		return p.insert(at)
	case p.accept(word, "UPDATE"):
		return p.update(at)
	case p.accept(word, "DELETE"):
		p.accept(word, "FROM")
		s := Delete{Pos: at}
		var err error
		if s.Table, err = p.table(); err == nil {
			s.Where, err = p.where()
		}
		return s, err
	}
	return p.assignOrCall(at)
}

func (p *parser) where() (Expr, error) {
	if p.accept(word, "WHERE") {
		return p.expr()
	}
	return nil, nil
}

// tableName reads a table without an alias.
func (p *parser) tableName() (Table, error) {
	n, err := p.name()
	if err != nil {
		return Table{}, err
	}
	t := Table{Name: n.Parts[len(n.Parts)-1], Alias: n.Parts[len(n.Parts)-1]}
	switch len(n.Parts) {
	case 1:
	case 2:
		t.Owner = n.Parts[0]
	default:
		return t, p.fail("a table with %d names is not read", len(n.Parts))
	}
	return t, nil
}

func (p *parser) insert(at Pos) (Stmt, error) {
	s := Insert{Pos: at}
	if err := p.expect(word, "INTO"); err != nil {
		return nil, err
	}
	var err error
	if s.Table, err = p.tableName(); err != nil {
		return nil, err
	}
	if !p.accept(op, "(") {
		return nil, p.fail("an INSERT without its columns is not read")
	}
	for {
		column, err := p.variable()
		if err != nil {
			return nil, err
		}
		s.Columns = append(s.Columns, column)
		if p.accept(op, ")") {
			break
		}
		if err := p.expect(op, ","); err != nil {
			return nil, err
		}
	}
	if p.is(word, "SELECT") {
		s.Query, err = p.query()
		return s, err
	}
	if err := p.expect(word, "VALUES"); err != nil {
		return nil, err
	}
	if err := p.expect(op, "("); err != nil {
		return nil, err
	}
	s.Values, err = p.list()
	return s, err
}

func (p *parser) update(at Pos) (Stmt, error) {
	s := Update{Pos: at}
	var err error
	if s.Table, err = p.tableName(); err != nil {
		return nil, err
	}
	if !p.is(word, "SET") && p.isAlias() {
		s.Table.Alias = p.next().text
	}
	if err := p.expect(word, "SET"); err != nil {
		return nil, err
	}
	for {
		n, err := p.name()
		if err != nil {
			return nil, err
		}
		if len(n.Parts) > 2 || len(n.Parts) == 2 && n.Parts[0] != s.Table.Alias {
			return nil, p.fail("only columns of the table are set")
		}
		if err := p.expect(op, "="); err != nil {
			return nil, err
		}
		set := Set{Column: n.Parts[len(n.Parts)-1]}
		if set.Value, err = p.expr(); err != nil {
			return nil, err
		}
		s.Sets = append(s.Sets, set)
		if !p.accept(op, ",") {
			break
		}
	}
	s.Where, err = p.where()
	return s, err
}

// target reads what a value goes to: a variable, or a column of :NEW.
func (p *parser) target() (Name, error) {
	bind := p.accept(op, ":")
	n, err := p.name()
	n.Bind = bind
	return n, err
}

func (p *parser) targets() ([]Name, error) {
	var out []Name
	for {
		n, err := p.target()
		if err != nil {
			return nil, err
		}
		out = append(out, n)
		if !p.accept(op, ",") {
			return out, nil
		}
	}
}

func (p *parser) assignOrCall(at Pos) (Stmt, error) {
	n, err := p.target()
	if err != nil {
		return nil, err
	}
	if p.accept(op, ":=") {
		value, err := p.expr()
		return Assign{at, n, value}, err
	}
	if n.Bind {
		return nil, p.fail("%s where := was expected", p.peek())
	}
	s := Do{Pos: at, Parts: n.Parts}
	if p.accept(op, "(") && !p.accept(op, ")") {
		if s.Args, err = p.list(); err != nil {
			return nil, err
		}
	}
	return s, nil
}
