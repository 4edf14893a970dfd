// SPDX-License-Identifier: Apache-2.0

package plsql

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Scanner gives the tokens of a text one by one, without copying any of it.
type Scanner struct {
	src   string
	pos   int
	line  int
	steps int
}

// NewScanner starts at the beginning of src.
func NewScanner(src string) *Scanner { return &Scanner{src: src, line: 1} }

// Steps counts the bytes that were looked at so far, those looked at twice counting twice. It grows with the size of the text and
// nothing else, which tests hold it to.
func (s *Scanner) Steps() int { return s.steps }

// The classes of bytes.
const (
	isSpace = 1 << iota
	isDigit
	isLetter // or a byte of a character beyond ASCII
	isName   // what may follow in a name
)

var class = func() (c [256]uint8) {
	for _, b := range []byte(" \t\r\n\f\v\x00") {
		c[b] = isSpace
	}
	for b := '0'; b <= '9'; b++ {
		c[b] = isDigit | isName
	}
	for b := 'a'; b <= 'z'; b++ {
		c[b], c[b-'a'+'A'] = isLetter|isName, isLetter|isName
	}
	for _, b := range []byte("_$#") {
		c[b] = isName
	}
	for b := utf8.RuneSelf; b < 256; b++ {
		c[b] = isLetter | isName
	}
	return c
}()

// Next is the token at the scanner's place; ok is false at the end of the text.
func (s *Scanner) Next() (t Token, ok bool) {
	if s.pos >= len(s.src) {
		return Token{}, false
	}
	t.Line = s.line
	n, lines := 0, false
	rest := s.src[s.pos:]
	b := rest[0]
	switch c := class[b]; {
	case c&isSpace != 0:
		t.Kind = Space
		for n = 1; n < len(rest) && class[rest[n]]&isSpace != 0; n++ {
		}
		lines = true
	case c&isLetter != 0:
		if b == 'q' || b == 'Q' || b == 'n' || b == 'N' {
			if n, t.Open = prefixed(rest); n > 0 {
				t.Kind, lines = String, true
				break
			}
		}
		t.Kind, n = s.word(rest)
	case c&isDigit != 0:
		t.Kind, n = Number, numberLength(rest)
	default:
		t.Kind, n, t.Open = s.sign(rest)
		lines = t.Kind == String || t.Kind == Quoted || t.Kind == Comment || t.Kind == Hint || t.Kind == Bind
	}
	t.Text = rest[:n]
	s.pos += n
	s.steps += n + 1
	if lines {
		s.line += strings.Count(t.Text, "\n")
		s.steps += n
	}
	return t, true
}

// word reads a name. Characters beyond ASCII are part of it where they are letters or digits.
func (s *Scanner) word(rest string) (Kind, int) {
	n := 0
	for n < len(rest) && class[rest[n]]&isName != 0 {
		if rest[n] < utf8.RuneSelf {
			n++
			continue
		}
		r, size := utf8.DecodeRuneInString(rest[n:])
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) || r == utf8.RuneError {
			if n > 0 {
				break
			}
			if unicode.IsSpace(r) {
				return Space, size
			}
			return Unknown, size
		}
		n += size
	}
	return Word, n
}

// twoSigns are the operators of two characters.
const twoSigns = ":= => || ** <> != ^= ~= <= >= << >> .. "

func (s *Scanner) sign(rest string) (kind Kind, n int, open bool) {
	second := byte(0)
	if len(rest) > 1 {
		second = rest[1]
	}
	switch b := rest[0]; {
	case b == '\'':
		n, open = closed(rest, 1, '\'')
		return String, n, open
	case b == '"':
		n, open = closed(rest, 1, '"')
		return Quoted, n, open
	case b == '-' && second == '-':
		n = strings.IndexByte(rest, '\n')
		if n < 0 {
			n = len(rest)
		}
		return commentKind(rest), n, false
	case b == '/' && second == '*':
		if n = strings.Index(rest[2:], "*/"); n < 0 {
			return commentKind(rest), len(rest), true
		}
		return commentKind(rest), n + 4, false
	case b == '.' && class[second]&isDigit != 0:
		return Number, numberLength(rest), false
	case b == ':' && second == '"':
		n, open = closed(rest, 2, '"')
		return Bind, n, open
	case b == ':' && class[second]&(isLetter|isDigit) != 0:
		if second < utf8.RuneSelf {
			return Bind, 1 + nameLength(rest[1:]), false
		}
		return Operator, 1, false
	case b == '$':
		for n = 1; n < len(rest) && rest[n] < utf8.RuneSelf && class[rest[n]]&isName != 0; n++ {
		}
		return Directive, n, false
	case second != 0 && strings.IndexByte(":=|*<!^~>.", b) >= 0 && strings.Contains(twoSigns, rest[:2]) && second != ' ':
		return Operator, 2, false
	case strings.IndexByte("()+-*/=<>,.;:%@|&![]{}^~?", b) >= 0:
		return Operator, 1, false
	}
	return Unknown, 1, false
}

func nameLength(s string) int {
	n := 0
	for n < len(s) && s[n] < utf8.RuneSelf && class[s[n]]&isName != 0 {
		n++
	}
	return n
}

// commentKind tells a hint from a comment: a plus sign follows at once.
func commentKind(rest string) Kind {
	if len(rest) > 2 && rest[2] == '+' {
		return Hint
	}
	return Comment
}
