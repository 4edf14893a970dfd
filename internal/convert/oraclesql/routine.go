// SPDX-License-Identifier: Apache-2.0

package oraclesql

import "strings"

// ParseRoutine reads a procedure or function as ALL_SOURCE has it. What is not read is an *Error.
func ParseRoutine(s string) (*Routine, error) {
	p, err := newParser(s)
	if err != nil {
		return nil, err
	}
	p.code = true
	p.accept(word, "CREATE")
	p.accept(word, "OR", "REPLACE")
	if !p.accept(word, "EDITIONABLE") {
		p.accept(word, "NONEDITIONABLE")
	}
	r := &Routine{Function: p.accept(word, "FUNCTION")}
	if !r.Function {
		if err := p.expect(word, "PROCEDURE"); err != nil {
			return nil, err
		}
	}
	n, err := p.name()
	if err != nil {
		return nil, err
	}
	r.Name = n.Parts[len(n.Parts)-1]
	if err := p.header(r); err != nil {
		return nil, err
	}
	if r.Body, err = p.block(true); err != nil {
		return nil, err
	}
	p.accept(op, "/")
	return r, p.done()
}

// ParseTrigger reads the body of a trigger: [DECLARE …] BEGIN … END.
func ParseTrigger(s string) (*Block, error) {
	p, err := newParser(s)
	if err != nil {
		return nil, err
	}
	p.code = true
	b, err := p.block(p.accept(word, "DECLARE"))
	if err != nil {
		return nil, err
	}
	p.accept(op, "/")
	return b, p.done()
}

func (p *parser) header(r *Routine) (err error) {
	if p.accept(op, "(") {
		if err := p.params(r); err != nil {
			return err
		}
	}
	if r.Function {
		if err := p.expect(word, "RETURN"); err != nil {
			return err
		}
		if r.Returns, err = p.typeName(); err != nil {
			return err
		}
	}
	for {
		switch {
		case p.accept(word, "DETERMINISTIC"), p.accept(word, "PARALLEL_ENABLE"), p.accept(word, "AUTHID", "DEFINER"):
		case p.accept(word, "AUTHID", "CURRENT_USER"):
			r.Invoker = true
		case p.accept(word, "IS"), p.accept(word, "AS"):
			return nil
		default:
			return p.fail("%s is not read here", p.peek())
		}
	}
}

func (p *parser) params(r *Routine) error {
	for {
		x := Param{Mode: "IN", Line: p.peek().line}
		name, err := p.variable()
		if err != nil {
			return err
		}
		x.Name = name
		in, out := p.accept(word, "IN"), p.accept(word, "OUT")
		switch {
		case in && out:
			x.Mode = "IN OUT"
		case out:
			x.Mode = "OUT"
		}
		p.accept(word, "NOCOPY")
		if x.Type, err = p.typeName(); err != nil {
			return err
		}
		if p.accept(op, ":=") || p.accept(word, "DEFAULT") {
			if x.Default, err = p.expr(); err != nil {
				return err
			}
		}
		r.Params = append(r.Params, x)
		if p.accept(op, ")") {
			return nil
		}
		if err := p.expect(op, ","); err != nil {
			return err
		}
	}
}

// variable reads the name of what is declared.
func (p *parser) variable() (string, error) {
	t := p.next()
	if t.kind != word && t.kind != quoted {
		return "", &Error{t.line, t.String() + " where a name was expected"}
	}
	return t.text, nil
}

func (p *parser) typeName() (Type, error) {
	t := Type{Line: p.peek().line}
	n, err := p.name()
	if err != nil {
		return t, err
	}
	if p.accept(op, "%") {
		if !p.accept(word, "TYPE") {
			return t, p.fail("%%%s is not read", p.peek())
		}
		t.Anchor = n.Parts
		return t, nil
	}
	t.Name = strings.Join(n.Parts, ".")
	if p.accept(op, "(") {
		for {
			minus := ""
			if p.accept(op, "-") {
				minus = "-"
			}
			size := p.next()
			if size.kind != number && !(size.kind == op && size.text == "*") {
				return t, &Error{size.line, size.String() + " where a size was expected"}
			}
			t.Size = append(t.Size, minus+size.text)
			if !p.accept(word, "BYTE") {
				p.accept(word, "CHAR")
			}
			if p.accept(op, ")") {
				break
			}
			if err := p.expect(op, ","); err != nil {
				return t, err
			}
		}
	}
	for _, zone := range [][]string{{"WITH", "LOCAL", "TIME", "ZONE"}, {"WITH", "TIME", "ZONE"}} {
		if t.Name == "TIMESTAMP" && p.accept(word, zone...) {
			t.Zone = strings.Join(zone, " ")
		}
	}
	return t, nil
}

// block reads declarations, where declare says that they come next, and BEGIN … END.
func (p *parser) block(declare bool) (*Block, error) {
	p.depth++
	defer func() { p.depth-- }()
	if p.depth > maxDepth {
		return nil, p.fail("it is nested too deeply")
	}
	b := &Block{Line: p.peek().line}
	for declare && !p.is(word, "BEGIN") {
		d, err := p.declaration()
		if err != nil {
			return nil, err
		}
		b.Decls = append(b.Decls, d)
	}
	if err := p.expect(word, "BEGIN"); err != nil {
		return nil, err
	}
	var err error
	if b.Body, err = p.statements("END", "EXCEPTION"); err != nil {
		return nil, err
	}
	if p.accept(word, "EXCEPTION") {
		if b.Handlers, err = p.handlers(); err != nil {
			return nil, err
		}
	}
	if err := p.expect(word, "END"); err != nil {
		return nil, err
	}
	if p.peek().kind == word || p.peek().kind == quoted {
		p.next() // its name
	}
	if p.peek().kind == end {
		return b, nil
	}
	return b, p.expect(op, ";")
}

func (p *parser) declaration() (Decl, error) {
	d := Decl{Line: p.peek().line}
	if p.accept(word, "PRAGMA") {
		return d, p.fail("PRAGMA %s is not read", p.peek())
	}
	for _, w := range []struct{ word, what string }{{"CURSOR", "an explicit cursor"}, {"TYPE", "a type of its own"},
		{"SUBTYPE", "a type of its own"}, {"PROCEDURE", "a procedure within it"}, {"FUNCTION", "a function within it"}} {
		if p.is(word, w.word) {
			return d, p.fail("%s is not read", w.what)
		}
	}
	var err error
	if d.Name, err = p.variable(); err != nil {
		return d, err
	}
	d.Constant = p.accept(word, "CONSTANT")
	if p.is(word, "EXCEPTION") {
		return d, p.fail("an exception of its own is not read")
	}
	if d.Type, err = p.typeName(); err != nil {
		return d, err
	}
	d.NotNull = p.accept(word, "NOT", "NULL")
	if p.accept(op, ":=") || p.accept(word, "DEFAULT") {
		if d.Init, err = p.expr(); err != nil {
			return d, err
		}
	}
	return d, p.expect(op, ";")
}

func (p *parser) handlers() ([]Handler, error) {
	var out []Handler
	for p.is(word, "WHEN") {
		h := Handler{Line: p.next().line}
		for {
			n, err := p.name()
			if err != nil {
				return nil, err
			}
			h.Names = append(h.Names, strings.Join(n.Parts, "."))
			if !p.accept(word, "OR") {
				break
			}
		}
		if err := p.expect(word, "THEN"); err != nil {
			return nil, err
		}
		var err error
		if h.Body, err = p.statements("WHEN", "END"); err != nil {
			return nil, err
		}
		out = append(out, h)
	}
	if len(out) == 0 {
		return nil, p.fail("%s where WHEN was expected", p.peek())
	}
	return out, nil
}
