// SPDX-License-Identifier: Apache-2.0

package oraclesql

import (
	"fmt"
	"slices"
)

// ParseExpr reads an expression or condition that is the whole text. Errors are *Error.
func ParseExpr(s string) (Expr, error) {
	p, err := newParser(s)
	if err != nil {
		return nil, err
	}
	e, err := p.expr()
	if err != nil {
		return nil, err
	}
	return e, p.done()
}

// maxDepth keeps a hostile text from exhausting the stack, maxOperators from taking time that grows with the square of its length:
// what an expression becomes is put together operator by operator.
const (
	maxDepth     = 200
	maxOperators = 2000
)

type parser struct {
	tokens []token
	depth  int
	// nested counts the expressions around the one at hand, operators those of the whole.
	nested, operatorCount int
	code                  bool // it reads PL/SQL, in which functions of the schema may be called
	into                  bool // a query may have INTO
}

func newParser(s string) (*parser, error) {
	tokens, err := lex(s)
	return &parser{tokens: tokens}, err
}

func (p *parser) peek() token { return p.tokens[0] }

func (p *parser) next() token {
	t := p.tokens[0]
	if t.kind != end {
		p.tokens = p.tokens[1:]
	}
	return t
}

func (p *parser) is(k kind, s string) bool { return p.peek().kind == k && p.peek().text == s }

// accept takes the words or the operator if they come next.
func (p *parser) accept(k kind, texts ...string) bool {
	for i, s := range texts {
		if i >= len(p.tokens) || p.tokens[i].kind != k || p.tokens[i].text != s {
			return false
		}
	}
	p.tokens = p.tokens[len(texts):]
	return true
}

func (p *parser) expect(k kind, s string) error {
	if p.accept(k, s) {
		return nil
	}
	if s == ";" {
		return p.fail("%s is not read here", p.peek())
	}
	return p.fail("%s where %s was expected", p.peek(), s)
}

func (p *parser) fail(format string, args ...any) error {
	return &Error{p.peek().line, fmt.Sprintf(format, args...)}
}

func (p *parser) done() error {
	if p.peek().kind != end {
		return p.fail("%s is not read here", p.peek())
	}
	return nil
}

// reserved are words that end an expression or can't be a column's name.
var reserved = []string{"SELECT", "FROM", "WHERE", "GROUP", "HAVING", "ORDER", "UNION", "INTERSECT", "MINUS", "CONNECT", "START", "AND",
	"OR", "NOT", "IN", "IS", "LIKE", "BETWEEN", "EXISTS", "CASE", "WHEN", "THEN", "ELSE", "END", "AS", "ON", "USING", "JOIN", "LEFT",
	"RIGHT", "FULL", "INNER", "CROSS", "NATURAL", "OUTER", "BY", "ASC", "DESC", "DISTINCT", "UNIQUE", "ALL", "ANY", "SOME", "WITH",
	"INTO", "FOR", "PRIOR", "OVER", "ESCAPE", "FETCH", "OFFSET", "LIKEC", "LIKE2", "LIKE4", "PIVOT", "UNPIVOT", "MODEL", "SAMPLE",
	"PARTITION", "NULLS", "AT", "MULTISET", "IF", "LATERAL", "APPLY", "VERSIONS"}

func (p *parser) expr() (Expr, error) {
	p.depth++
	defer func() { p.depth-- }()
	if p.depth > maxDepth {
		return nil, p.fail("it is nested too deeply")
	}
	if p.nested == 0 {
		p.operatorCount = 0
	}
	p.nested++
	defer func() { p.nested-- }()
	return p.binary(p.and, "OR")
}

// operator counts one more operator of the expression at hand.
func (p *parser) operator() error {
	if p.operatorCount++; p.operatorCount > maxOperators {
		return p.fail("an expression of more than %d operators is not read", maxOperators)
	}
	return nil
}

func (p *parser) and() (Expr, error) { return p.binary(p.not, "AND") }

// binary reads operands joined by words.
func (p *parser) binary(operand func() (Expr, error), op string) (Expr, error) {
	l, err := operand()
	for err == nil && p.accept(word, op) {
		var r Expr
		if r, err = operand(); err == nil {
			l, err = Binary{op, l, r}, p.operator()
		}
	}
	return l, err
}

func (p *parser) not() (Expr, error) {
	if p.accept(word, "NOT") {
		p.depth++
		defer func() { p.depth-- }()
		if p.depth > maxDepth {
			return nil, p.fail("it is nested too deeply")
		}
		x, err := p.not()
		return Unary{"NOT", x}, err
	}
	return p.condition()
}

func (p *parser) condition() (Expr, error) {
	l, err := p.sum()
	if err != nil {
		return nil, err
	}
	if p.accept(word, "IS") {
		not := p.accept(word, "NOT")
		return IsNull{l, not}, p.expect(word, "NULL")
	}
	not := p.accept(word, "NOT")
	switch {
	case p.accept(word, "BETWEEN"):
		lo, err := p.sum()
		if err != nil {
			return nil, err
		}
		if err := p.expect(word, "AND"); err != nil {
			return nil, err
		}
		hi, err := p.sum()
		return Between{l, lo, hi, not}, err
	case p.accept(word, "IN"):
		if err := p.expect(op, "("); err != nil {
			return nil, err
		}
		list, err := p.list()
		return In{l, list, not}, err
	case p.accept(word, "LIKE"):
		pattern, err := p.sum()
		return Like{l, pattern, not}, err
	case not:
		return nil, p.fail("%s is not read after NOT", p.peek())
	}
	if t := p.peek(); t.kind == op {
		o := t.text
		if o == "!=" || o == "^=" {
			o = "<>"
		}
		if slices.Contains([]string{"=", "<>", "<", "<=", ">", ">="}, o) {
			p.next()
			r, err := p.sum()
			return Binary{o, l, r}, err
		}
	}
	return l, nil
}

func (p *parser) sum() (Expr, error) {
	return p.operators(func() (Expr, error) { return p.operators(p.unary, "*", "/") }, "+", "-", "||")
}

func (p *parser) operators(operand func() (Expr, error), ops ...string) (Expr, error) {
	l, err := operand()
	for err == nil && p.peek().kind == op && slices.Contains(ops, p.peek().text) {
		o := p.next().text
		var r Expr
		if r, err = operand(); err == nil {
			l, err = Binary{o, l, r}, p.operator()
		}
	}
	return l, err
}

func (p *parser) unary() (Expr, error) {
	if p.is(op, "-") || p.is(op, "+") {
		o := p.next().text
		x, err := p.primary()
		return Unary{o, x}, err
	}
	return p.primary()
}

// list reads expressions up to the closing parenthesis.
func (p *parser) list() ([]Expr, error) {
	var out []Expr
	for {
		e, err := p.expr()
		if err != nil {
			return nil, err
		}
		out = append(out, e)
		if p.accept(op, ")") {
			return out, nil
		}
		if err := p.expect(op, ","); err != nil {
			return nil, err
		}
	}
}
