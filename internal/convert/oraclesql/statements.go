// SPDX-License-Identifier: Apache-2.0

package oraclesql

import "slices"

// statements reads at least one statement, up to one of the words, which is left.
func (p *parser) statements(until ...string) ([]Stmt, error) {
	var out []Stmt
	for {
		s, err := p.statement()
		if err != nil {
			return nil, err
		}
		out = append(out, s)
		if t := p.peek(); t.kind == word && slices.Contains(until, t.text) {
			return out, nil
		}
	}
}

func (p *parser) statement() (Stmt, error) {
	p.depth++
	defer func() { p.depth-- }()
	if p.depth > maxDepth {
		return nil, p.fail("it is nested too deeply")
	}
	t := p.peek()
	at := Pos(t.line)
	if t.kind == word {
		if read := p.structured(t.text); read != nil {
			p.next()
			return read(at)
		}
	}
	if p.is(word, "BEGIN") {
		b, err := p.block(false)
		return Inner{at, b}, err
	}
	s, err := p.simple(at)
	if err != nil {
		return nil, err
	}
	return s, p.expect(op, ";")
}

// structured is what reads a statement that holds others, which ends with its own semicolon.
func (p *parser) structured(keyword string) func(Pos) (Stmt, error) {
	switch keyword {
	case "IF":
		return p.ifStmt
	case "CASE":
		return p.choice
	case "FOR":
		return p.forLoop
	case "WHILE", "LOOP":
		return func(at Pos) (Stmt, error) { return p.loop(at, keyword == "WHILE") }
	case "DECLARE":
		return func(at Pos) (Stmt, error) { b, err := p.block(true); return Inner{at, b}, err }
	}
	return nil
}

// branches reads cond THEN statements for as long as the word follows.
func (p *parser) branches(again string, until ...string) ([]Branch, error) {
	var out []Branch
	for {
		b := Branch{Line: p.peek().line}
		var err error
		if b.If, err = p.expr(); err != nil {
			return nil, err
		}
		if err := p.expect(word, "THEN"); err != nil {
			return nil, err
		}
		if b.Then, err = p.statements(append(until, again)...); err != nil {
			return nil, err
		}
		out = append(out, b)
		if !p.accept(word, again) {
			return out, nil
		}
	}
}

func (p *parser) ifStmt(at Pos) (Stmt, error) {
	s := If{Pos: at}
	var err error
	if s.Branches, err = p.branches("ELSIF", "ELSE", "END"); err != nil {
		return nil, err
	}
	if p.accept(word, "ELSE") {
		if s.Else, err = p.statements("END"); err != nil {
			return nil, err
		}
	}
	return s, p.endOf("IF")
}

func (p *parser) endOf(what string) error {
	if !p.accept(word, "END", what) {
		return p.fail("%s where END %s was expected", p.peek(), what)
	}
	return p.expect(op, ";")
}

func (p *parser) choice(at Pos) (Stmt, error) {
	s := Choice{Pos: at}
	var err error
	if !p.is(word, "WHEN") {
		if s.Operand, err = p.expr(); err != nil {
			return nil, err
		}
	}
	if err := p.expect(word, "WHEN"); err != nil {
		return nil, err
	}
	if s.Branches, err = p.branches("WHEN", "ELSE", "END"); err != nil {
		return nil, err
	}
	if s.HasElse = p.accept(word, "ELSE"); s.HasElse {
		if s.Else, err = p.statements("END"); err != nil {
			return nil, err
		}
	}
	return s, p.endOf("CASE")
}

func (p *parser) forLoop(at Pos) (Stmt, error) {
	name, err := p.variable()
	if err != nil {
		return nil, err
	}
	if err := p.expect(word, "IN"); err != nil {
		return nil, err
	}
	if len(p.tokens) > 1 && p.is(op, "(") && p.tokens[1].kind == word && p.tokens[1].text == "SELECT" {
		p.next()
		s := Rows{Pos: at, Name: name}
		if s.Query, err = p.query(); err != nil {
			return nil, err
		}
		if err := p.expect(op, ")"); err != nil {
			return nil, err
		}
		s.Body, err = p.loopBody()
		return s, err
	}
	s := Range{Pos: at, Name: name, Reverse: p.accept(word, "REVERSE")}
	if s.Lo, err = p.sum(); err != nil {
		return nil, err
	}
	if err := p.expect(op, ".."); err != nil {
		return nil, err
	}
	if s.Hi, err = p.sum(); err != nil {
		return nil, err
	}
	s.Body, err = p.loopBody()
	return s, err
}

func (p *parser) loop(at Pos, while bool) (Stmt, error) {
	s := Loop{Pos: at}
	var err error
	if while {
		if s.While, err = p.expr(); err != nil {
			return nil, err
		}
		s.Body, err = p.loopBody()
		return s, err
	}
	if s.Body, err = p.statements("END"); err != nil {
		return nil, err
	}
	return s, p.endOf("LOOP")
}

func (p *parser) loopBody() ([]Stmt, error) {
	if err := p.expect(word, "LOOP"); err != nil {
		return nil, err
	}
	body, err := p.statements("END")
	if err != nil {
		return nil, err
	}
	return body, p.endOf("LOOP")
}

// refused are statements that are known and not read, with what to call them.
var refused = map[string]string{"EXECUTE": "dynamic SQL", "OPEN": "an explicit cursor", "FETCH": "an explicit cursor", "CLOSE": "an explicit cursor",
	"COMMIT": "COMMIT", "ROLLBACK": "ROLLBACK", "SAVEPOINT": "SAVEPOINT", "MERGE": "MERGE", "FORALL": "FORALL", "GOTO": "GOTO",
	"LOCK": "LOCK TABLE", "SET": "SET TRANSACTION", "PIPE": "PIPE ROW", "WITH": "WITH", "PRAGMA": "a PRAGMA"}

// simple reads a statement without its semicolon.
func (p *parser) simple(at Pos) (Stmt, error) {
	t := p.peek()
	switch {
	case p.accept(word, "NULL"):
		return Nothing{at}, nil
	case p.accept(word, "RETURN"):
		return p.returnOf(at)
	case p.is(word, "EXIT"), p.is(word, "CONTINUE"):
		s := Leave{Pos: at, Continue: p.next().text == "CONTINUE"}
		var err error
		if p.accept(word, "WHEN") {
			s.When, err = p.expr()
		}
		return s, err
	case p.accept(word, "RAISE"):
		s := Raise{Pos: at}
		if !p.is(op, ";") {
			n, err := p.name()
			if err != nil {
				return nil, err
			}
			s.Name = n.Parts[len(n.Parts)-1]
		}
		return s, nil
	case t.kind == word && refused[t.text] != "" && len(p.tokens) > 1 && p.tokens[1].kind != op:
		return nil, p.fail("%s is not read", refused[t.text])
	case p.is(word, "COMMIT"), p.is(word, "ROLLBACK"):
		return nil, p.fail("%s is not read", t)
	case p.is(op, "<<"):
		return nil, p.fail("a label is not read")
	}
	return p.dmlOrCall(at)
}

func (p *parser) returnOf(at Pos) (Stmt, error) {
	if p.is(op, ";") {
		return Return{Pos: at}, nil
	}
	e, err := p.expr()
	return Return{at, e}, err
}
