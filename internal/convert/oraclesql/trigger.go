// SPDX-License-Identifier: Apache-2.0

package oraclesql

// Fill is one statement of a trigger that fills in a number: the column gets the sequence's next value, always or only where it is NULL.
type Fill struct {
	Column     string
	Sequence   Name // [owner,] sequence
	OnlyIfNull bool
}

// ParseFillTrigger reads a trigger's body that does nothing but fill columns of :NEW from sequences. Anything else is an error.
func ParseFillTrigger(body string) ([]Fill, error) {
	p, err := newParser(body)
	if err != nil {
		return nil, err
	}
	p.accept(word, "DECLARE")
	if err := p.expect(word, "BEGIN"); err != nil {
		return nil, err
	}
	var fills []Fill
	for !p.accept(word, "END") {
		f, err := p.fill()
		if err != nil {
			return nil, err
		}
		fills = append(fills, f...)
	}
	if !p.is(op, ";") && p.peek().kind != end {
		if _, err := p.name(); err != nil { // END name;
			return nil, err
		}
	}
	p.accept(op, ";")
	p.accept(op, "/")
	if len(fills) == 0 {
		return nil, p.fail("the body does nothing")
	}
	return fills, p.done()
}

func (p *parser) fill() ([]Fill, error) {
	if p.accept(word, "IF") {
		return p.guarded()
	}
	if p.accept(word, "SELECT") {
		seq, err := p.nextval()
		if err != nil {
			return nil, err
		}
		if err := p.expect(word, "INTO"); err != nil {
			return nil, err
		}
		col, err := p.newColumn()
		if err != nil {
			return nil, err
		}
		if !p.accept(word, "FROM", "DUAL") {
			return nil, p.fail("%s where FROM DUAL was expected", p.peek())
		}
		return []Fill{{Column: col, Sequence: seq}}, p.expect(op, ";")
	}
	col, err := p.newColumn()
	if err != nil {
		return nil, err
	}
	if err := p.expect(op, ":="); err != nil {
		return nil, err
	}
	seq, err := p.nextval()
	if err != nil {
		return nil, err
	}
	return []Fill{{Column: col, Sequence: seq}}, p.expect(op, ";")
}

// guarded reads IF :NEW.c IS NULL THEN fill(c) END IF; the guard must be on the column that is filled.
func (p *parser) guarded() ([]Fill, error) {
	open := p.accept(op, "(")
	guard, err := p.newColumn()
	if err != nil {
		return nil, err
	}
	if !p.accept(word, "IS", "NULL") {
		return nil, p.fail("%s where IS NULL was expected", p.peek())
	}
	if open {
		if err := p.expect(op, ")"); err != nil {
			return nil, err
		}
	}
	if err := p.expect(word, "THEN"); err != nil {
		return nil, err
	}
	fills, err := p.fill()
	if err != nil {
		return nil, err
	}
	if len(fills) != 1 || fills[0].Column != guard || fills[0].OnlyIfNull {
		return nil, p.fail("the column that is tested is not the one that is filled")
	}
	fills[0].OnlyIfNull = true
	if !p.accept(word, "END", "IF") {
		return nil, p.fail("%s where END IF was expected", p.peek())
	}
	return fills, p.expect(op, ";")
}

func (p *parser) newColumn() (string, error) {
	if err := p.expect(op, ":"); err != nil {
		return "", err
	}
	n, err := p.name()
	if err != nil {
		return "", err
	}
	if len(n.Parts) != 2 || n.Parts[0] != "NEW" {
		return "", p.fail("only columns of :NEW are read")
	}
	return n.Parts[1], nil
}

func (p *parser) nextval() (Name, error) {
	n, err := p.name()
	if err != nil {
		return n, err
	}
	last := len(n.Parts) - 1
	if last < 1 || last > 2 || n.Parts[last] != "NEXTVAL" {
		return n, p.fail("only the next value of a sequence is read")
	}
	return Name{Parts: n.Parts[:last]}, nil
}
