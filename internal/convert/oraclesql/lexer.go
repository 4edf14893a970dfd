// SPDX-License-Identifier: Apache-2.0

// Package oraclesql reads the part of Oracle's SQL that stands in dictionary texts: expressions of defaults, checks, indexes and
// virtual columns, queries of simple views, and bodies of triggers that fill in a number. It knows syntax only. What it does not know
// is an error, so that nobody converts a text that was half understood.
package oraclesql

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
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
	l := &lexer{rest: s, line: 1}
	var out []token
	for {
		t, err := l.next()
		if err != nil {
			return nil, err
		}
		out = append(out, t)
		if t.kind == end {
			return out, nil
		}
	}
}

type lexer struct {
	rest string
	line int
}

func (l *lexer) take(n int) string {
	s := l.rest[:n]
	l.rest = l.rest[n:]
	l.line += strings.Count(s, "\n")
	return s
}

func (l *lexer) fail(what string) (token, error) { return token{}, &Error{l.line, what} }

func (l *lexer) next() (token, error) {
	if err := l.space(); err != nil {
		return token{}, err
	}
	t := token{line: l.line}
	if l.rest == "" {
		return t, nil
	}
	r, _ := utf8.DecodeRuneInString(l.rest)
	switch {
	case r == '\'':
		return l.literal(t)
	case r == '"':
		i := strings.IndexByte(l.rest[1:], '"')
		if i < 1 {
			return l.fail("a name in quotes is not closed")
		}
		t.kind, t.text = quoted, l.take(i + 2)[1:i+1]
		return t, nil
	case (r == 'q' || r == 'Q' || r == 'n' || r == 'N') && len(l.rest) > 1 && l.rest[1] == '\'':
		return l.fail("a literal of the form " + string(r) + "'…' is not read")
	case unicode.IsLetter(r):
		n := strings.IndexFunc(l.rest, func(r rune) bool {
			return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' && r != '$' && r != '#'
		})
		if n < 0 {
			n = len(l.rest)
		}
		t.kind, t.text = word, strings.ToUpper(l.take(n))
		return t, nil
	case r >= '0' && r <= '9' || r == '.' && len(l.rest) > 1 && l.rest[1] >= '0' && l.rest[1] <= '9':
		t.kind, t.text = number, l.take(numberLength(l.rest))
		return t, nil
	}
	for _, o := range []string{"(+)", "||", "<>", "!=", "^=", "<=", ">=", ":=", "=>", "**", ".."} {
		if strings.HasPrefix(l.rest, o) {
			t.kind, t.text = op, l.take(len(o))
			return t, nil
		}
	}
	if strings.ContainsRune("()+-*/=<>,.;:%@", r) {
		t.kind, t.text = op, l.take(1)
		return t, nil
	}
	return l.fail(fmt.Sprintf("the character %q is not read", r))
}

func (l *lexer) literal(t token) (token, error) {
	var b strings.Builder
	l.take(1)
	for {
		i := strings.IndexByte(l.rest, '\'')
		if i < 0 {
			return l.fail("a literal is not closed")
		}
		b.WriteString(l.take(i))
		l.take(1)
		if !strings.HasPrefix(l.rest, "'") {
			break
		}
		b.WriteString(l.take(1))
	}
	t.kind, t.text = text, b.String()
	return t, nil
}

func (l *lexer) space() error {
	for {
		trimmed := strings.TrimLeftFunc(l.rest, unicode.IsSpace)
		l.take(len(l.rest) - len(trimmed))
		switch {
		case strings.HasPrefix(l.rest, "--"):
			if i := strings.IndexByte(l.rest, '\n'); i >= 0 {
				l.take(i)
			} else {
				l.take(len(l.rest))
			}
		case strings.HasPrefix(l.rest, "/*"):
			i := strings.Index(l.rest, "*/")
			if i < 0 {
				return &Error{l.line, "a comment is not closed"}
			}
			l.take(i + 2)
		default:
			return nil
		}
	}
}

// numberLength is the length of the number that s starts with: 12, 1.5, .5, 1e3. Suffixes f and d are left over and refused later.
func numberLength(s string) int {
	i := 0
	digits := func() {
		for i < len(s) && s[i] >= '0' && s[i] <= '9' {
			i++
		}
	}
	digits()
	if i < len(s) && s[i] == '.' && !strings.HasPrefix(s[i:], "..") {
		i++
		digits()
	}
	if i < len(s) && (s[i] == 'e' || s[i] == 'E') {
		mark := i
		i++
		if i < len(s) && (s[i] == '+' || s[i] == '-') {
			i++
		}
		if start := i; i < len(s) {
			if digits(); i > start {
				return i
			}
		}
		i = mark
	}
	return i
}
