// SPDX-License-Identifier: Apache-2.0

package plsql

import (
	"strings"
	"unicode/utf8"
)

// closed is the length of what starts with a quote and ends with the same; a doubled one does not end it. The search begins at from.
func closed(s string, from int, quote byte) (n int, open bool) {
	for n = from; ; {
		i := strings.IndexByte(s[n:], quote)
		if i < 0 {
			return len(s), true
		}
		n += i + 1
		if n >= len(s) || s[n] != quote {
			return n, false
		}
		n++
	}
}

// prefixed is the length of a literal with N, Q or NQ before its quote, and 0 where s begins with something else.
func prefixed(s string) (n int, open bool) {
	if s[0] == 'n' || s[0] == 'N' {
		if strings.HasPrefix(s[1:], "'") {
			return closed(s, 2, '\'')
		}
		n = 1
	}
	if len(s) < n+2 || s[n] != 'q' && s[n] != 'Q' || s[n+1] != '\'' {
		return 0, false
	}
	opening, closing := delimiters(s[n+2:])
	if opening == "" {
		return closed(s, n+2, '\'') // Oracle takes no blank for a delimiter: an ordinary literal after a name q
	}
	n += 2 + len(opening)
	i := strings.Index(s[n:], closing)
	if i < 0 {
		return len(s), true
	}
	return n + i + len(closing), false
}

// delimiters gives what opens a q-quoted literal and what closes it, the quote included.
func delimiters(s string) (opening, closing string) {
	if s == "" || class[s[0]]&isSpace != 0 {
		return "", ""
	}
	_, size := utf8.DecodeRuneInString(s)
	opening = s[:size]
	if i := strings.Index("[]{}()<>", opening); size == 1 && i >= 0 && i%2 == 0 {
		return opening, "[]{}()<>"[i+1:i+2] + "'"
	}
	return opening, opening + "'"
}

// numberLength is the length of the number that s starts with. The two points of a range (1..9) are not part of it, and f or d only
// where no name goes on with it.
func numberLength(s string) int {
	n := digits(s, 0)
	if n < len(s) && s[n] == '.' && !strings.HasPrefix(s[n:], "..") {
		n = digits(s, n+1)
	}
	if n < len(s) && s[n]|0x20 == 'e' {
		e := n + 1
		if e < len(s) && (s[e] == '+' || s[e] == '-') {
			e++
		}
		if after := digits(s, e); after > e {
			n = after
		}
	}
	if n < len(s) && (s[n]|0x20 == 'f' || s[n]|0x20 == 'd') && (n+1 == len(s) || class[s[n+1]]&isName == 0) {
		n++
	}
	return n
}

func digits(s string, n int) int {
	for n < len(s) && class[s[n]]&isDigit != 0 {
		n++
	}
	return n
}

// Value is what a closed string literal says, as Oracle reads it.
func Value(literal string) string {
	s := strings.TrimLeft(literal, "nN")
	if q := strings.TrimLeft(s, "qQ"); q != s && len(q) > 2 {
		opening, closing := delimiters(q[1:])
		if opening != "" && len(q) >= 1+len(opening)+len(closing) {
			return q[1+len(opening) : len(q)-len(closing)]
		}
		s = q
	}
	if len(s) < 2 {
		return ""
	}
	return strings.ReplaceAll(s[1:len(s)-1], "''", "'")
}
