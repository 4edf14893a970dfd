// SPDX-License-Identifier: Apache-2.0

// Package oraclesql reads the part of Oracle's SQL and PL/SQL that stands in dictionary texts and that can be translated: expressions of
// defaults, checks, indexes and virtual columns, queries of simple views, bodies of triggers, simple procedures and functions. It knows
// syntax only. What it does not know is an error, so that nobody converts a text that was half understood.
package oraclesql

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/ferryman/ferryman/internal/plsql"
)

// MaxText is the length in bytes of the longest text that is read.
const MaxText = 256 << 10

// Error says what in a text was not understood, and on which line.
type Error struct {
	Line int
	What string
}

func (e *Error) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.What) }

type kind int

const (
	end    kind = iota
	word        // an unquoted name or keyword, in upper case
	quoted      // a name in double quotes, as it is
	text        // a character literal, without its quotes
	number
	op
)

type token struct {
	kind kind
	text string
	line int
}

func (t token) String() string {
	if t.kind == end {
		return "the end"
	}
	if r := []rune(t.text); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return t.text
}

// lex splits a text into tokens, without comments. Hints are comments.
func lex(s string) ([]token, error) {
	if len(s) > MaxText {
		return nil, &Error{1, fmt.Sprintf("the text is longer than %d KB", MaxText>>10)}
	}
	var out []token
	scan := plsql.NewScanner(s)
	line := 1
	for {
		t, ok := scan.Next()
		if !ok {
			return append(out, token{line: line}), nil
		}
		line = t.Line
		if t.Open {
			return nil, &Error{t.Line, t.What()}
		}
		if !t.Code() {
			continue
		}
		tokens, what := meaning(t)
		if what != "" {
			return nil, &Error{t.Line, what}
		}
		for _, x := range tokens {
			x.line = t.Line
			if out = append(out, x); isPlus(out) {
				out = append(out[:len(out)-3], token{op, "(+)", out[len(out)-3].line})
			}
		}
	}
}

// isPlus says whether the last three tokens are Oracle's sign of an outer join.
func isPlus(t []token) bool {
	n := len(t)
	return n > 2 && t[n-1] == (token{op, ")", t[n-1].line}) && t[n-2] == (token{op, "+", t[n-2].line}) && t[n-3] == (token{op, "(", t[n-3].line})
}

// meaning is a token without its quotes; a bind variable is a colon and a name. What says what is not read.
func meaning(t plsql.Token) (tokens []token, what string) {
	one := func(k kind, text string) ([]token, string) { return []token{{kind: k, text: text}}, "" }
	switch t.Kind {
	case plsql.Word:
		return one(word, strings.ToUpper(t.Text))
	case plsql.Quoted:
		return quotedName(t.Text)
	case plsql.String:
		return one(text, plsql.Value(t.Text))
	case plsql.Number:
		if strings.ContainsAny(t.Text[len(t.Text)-1:], "fFdD") {
			return nil, "a binary floating-point number (" + t.Text + ") is not read"
		}
		return one(number, t.Text)
	case plsql.Bind:
		colon := token{kind: op, text: ":"}
		if t.Text[1] == '"' {
			name, what := quotedName(t.Text[1:])
			return append([]token{colon}, name...), what
		}
		if t.Text[1] >= '0' && t.Text[1] <= '9' {
			return nil, "the bind variable " + t.Text + " is not read"
		}
		return []token{colon, {kind: word, text: strings.ToUpper(t.Text[1:])}}, ""
	case plsql.Directive:
		return nil, "conditional compilation (" + t.Text + ") is not read"
	case plsql.Unknown:
		r, _ := utf8.DecodeRuneInString(t.Text)
		return nil, fmt.Sprintf("the character %q is not read", r)
	}
	return one(op, t.Text)
}

func quotedName(s string) ([]token, string) {
	name := s[1 : len(s)-1]
	if name == "" || strings.Contains(name, `"`) {
		return nil, "the name " + s + " is not read"
	}
	return []token{{kind: quoted, text: name}}, ""
}
