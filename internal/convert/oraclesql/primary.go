// SPDX-License-Identifier: Apache-2.0

package oraclesql

import "slices"

func (p *parser) primary() (Expr, error) {
	t := p.peek()
	switch {
	case t.kind == text:
		p.next()
		return Text{t.text}, nil
	case t.kind == number:
		p.next()
		return Number{t.text}, nil
	case p.accept(op, "("):
		e, err := p.expr()
		if err != nil {
			return nil, err
		}
		return e, p.expect(op, ")")
	case p.accept(op, ":"):
		n, err := p.name()
		n.Bind = true
		return n, err
	case p.accept(word, "NULL"):
		return Null{}, nil
	case p.accept(word, "CASE"):
		return p.caseOf()
	case t.kind == word && (t.text == "DATE" || t.text == "TIMESTAMP") && p.tokens[1].kind == text:
		p.next()
		return Moment{t.text, p.next().text}, nil
	case t.kind == word && t.text == "SELECT":
		return nil, p.fail("a subquery is not read")
	case t.kind == word && slices.Contains(reserved, t.text):
		return nil, p.fail("%s is not read here", t)
	case t.kind == word || t.kind == quoted:
		return p.nameOrCall()
	}
	return nil, p.fail("%s is not read here", t)
}

// name reads a dotted name. Unquoted parts are in upper case, as the dictionary has them.
func (p *parser) name() (Name, error) {
	var n Name
	for {
		t := p.next()
		if t.kind != word && t.kind != quoted {
			return n, &Error{t.line, t.String() + " where a name was expected"}
		}
		n.Parts = append(n.Parts, t.text)
		if !p.accept(op, ".") {
			break
		}
	}
	if p.is(op, "@") {
		return n, p.fail("a database link is not read")
	}
	return n, nil
}

func (p *parser) nameOrCall() (Expr, error) {
	n, err := p.name()
	if err != nil {
		return nil, err
	}
	if p.accept(op, "(+)") {
		n.Outer = true
		return n, nil
	}
	if !p.accept(op, "(") {
		return n, nil
	}
	if len(n.Parts) > 1 && (!p.code || len(n.Parts) > 2) {
		return nil, p.fail("a function of the schema or of a package (%s) is not read", n.Parts[len(n.Parts)-1])
	}
	c := Call{Name: n.Parts[len(n.Parts)-1]}
	if len(n.Parts) == 2 {
		c.Owner = n.Parts[0]
	}
	switch {
	case p.accept(op, "*", ")"):
	case p.accept(op, ")"):
		return c, p.noWindow()
	default:
		c.Distinct = p.accept(word, "DISTINCT") || p.accept(word, "UNIQUE")
		c.Args, err = p.list()
		if err != nil {
			return nil, err
		}
		return c, p.noWindow()
	}
	c.Star = true
	return c, p.noWindow()
}

func (p *parser) noWindow() error {
	for _, w := range []string{"OVER", "WITHIN", "KEEP"} {
		if p.is(word, w) {
			return p.fail("an analytic function (%s) is not read", w)
		}
	}
	return nil
}

func (p *parser) caseOf() (Expr, error) {
	var c Case
	var err error
	if !p.is(word, "WHEN") {
		if c.Operand, err = p.expr(); err != nil {
			return nil, err
		}
	}
	for p.accept(word, "WHEN") {
		var w When
		if w.If, err = p.expr(); err != nil {
			return nil, err
		}
		if err = p.expect(word, "THEN"); err != nil {
			return nil, err
		}
		if w.Then, err = p.expr(); err != nil {
			return nil, err
		}
		c.Whens = append(c.Whens, w)
	}
	if len(c.Whens) == 0 {
		return nil, p.fail("%s where WHEN was expected", p.peek())
	}
	if p.accept(word, "ELSE") {
		if c.Else, err = p.expr(); err != nil {
			return nil, err
		}
	}
	return c, p.expect(word, "END")
}
