// SPDX-License-Identifier: Apache-2.0

// Package plsql reads PL/SQL and Oracle's SQL as tokens, and measures code by them: its lines, statements, nesting, and the constructs
// that make it hard to rewrite. It understands no meaning and refuses nothing: any text has tokens, and together they are the text.
package plsql

import "strings"

// Kind is what a token is.
type Kind uint8

// The kinds of tokens.
const (
	Space     Kind = iota // blanks and line ends
	Comment               // -- … or /* … */
	Hint                  // --+ … or /*+ … */
	Word                  // an unquoted name or keyword, as written
	Quoted                // "a name", with its quotes
	String                // a literal with its quotes and prefix: '…', N'…', q'[…]', nq'{…}'
	Number                // 1, 1.5, .5, 1e3, 1.5f, 2d
	Bind                  // :name, :1, :"Name"
	Directive             // of conditional compilation: $IF, $END, $$PLSQL_LINE
	Operator              // everything that is written with signs: :=, =>, ||, <<, .., (, ;
	Unknown               // a character that Oracle has no use for
)

// Token is a piece of the text.
type Token struct {
	Kind Kind
	// Open is true for a string, quoted name, comment or hint that the text never closes. It reaches to the end of the text.
	Open bool
	// Line is where it starts, from 1.
	Line int
	Text string
}

// Upper is an unquoted word in upper case, as Oracle reads it, and any other token as it is.
func (t Token) Upper() string {
	if t.Kind != Word {
		return t.Text
	}
	return strings.ToUpper(t.Text)
}

// Is says whether t is this keyword, which is given in upper case.
func (t Token) Is(keyword string) bool {
	return t.Kind == Word && len(t.Text) == len(keyword) && strings.EqualFold(t.Text, keyword)
}

// Op says whether t is this operator.
func (t Token) Op(sign string) bool { return t.Kind == Operator && t.Text == sign }

// Code says whether t is anything but blanks and comments. Hints do not count as code.
func (t Token) Code() bool { return t.Kind > Hint }

// What names an open token for a person.
func (t Token) What() string {
	switch t.Kind {
	case String:
		return "a string is never closed"
	case Quoted:
		return "a name in double quotes is never closed"
	}
	return "a comment is never closed"
}

// Tokenize splits a whole text.
func Tokenize(src string) []Token {
	out := make([]Token, 0, len(src)/4+1)
	s := NewScanner(src)
	for {
		t, ok := s.Next()
		if !ok {
			return out
		}
		out = append(out, t)
	}
}
