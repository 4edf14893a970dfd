// SPDX-License-Identifier: Apache-2.0

package tns

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// bindNames finds the binds of a statement in the order in which their values come: each occurrence of :name or :1 outside of text,
// quoted identifiers and comments; in PL/SQL and CALL each name once. DDL has none: a trigger's :new is no bind.
func bindNames(sql string) (plsql bool, names []string) {
	switch firstWord(sql) {
	case "BEGIN", "DECLARE", "CALL", "<<":
		plsql = true
	case "SELECT", "WITH", "INSERT", "UPDATE", "DELETE", "MERGE", "EXPLAIN", "LOCK":
	default:
		return false, nil
	}
	for i := 0; i < len(sql); {
		if n := skipQuoted(sql[i:]); n > 0 {
			i += n
			continue
		}
		if sql[i] != ':' {
			i++
			continue
		}
		name, n := bindName(sql[i+1:])
		i += 1 + n
		if n > 0 && !(plsql && slices.Contains(names, name)) {
			names = append(names, name)
		}
	}
	return plsql, names
}

// firstWord gives a statement's first word in upper case, or << of a label, without leading blanks, comments and parentheses.
func firstWord(sql string) string {
	for sql != "" {
		switch {
		case strings.HasPrefix(sql, "--"), strings.HasPrefix(sql, "/*"):
			sql = sql[skipQuoted(sql):]
		case sql[0] == '(' || unicode.IsSpace(rune(sql[0])):
			sql = sql[1:]
		case strings.HasPrefix(sql, "<<"):
			return "<<"
		default:
			end := strings.IndexFunc(sql, func(r rune) bool { return !isNameRune(r) })
			if end < 0 {
				end = len(sql)
			}
			return strings.ToUpper(sql[:end])
		}
	}
	return ""
}

// skipQuoted gives the length of the text, quoted identifier or comment that s begins with, 0 if it begins with none.
func skipQuoted(s string) int {
	to := func(end string, from int) int {
		if i := strings.Index(s[from:], end); i >= 0 {
			return from + i + len(end)
		}
		return len(s)
	}
	switch {
	case strings.HasPrefix(s, "--"):
		return to("\n", 2)
	case strings.HasPrefix(s, "/*"):
		return to("*/", 2)
	case s[0] == '\'', s[0] == '"':
		return to(s[:1], 1) // a doubled quote is two texts next to each other here
	case len(s) > 3 && (s[0] == 'n' || s[0] == 'N') && (s[1] == 'q' || s[1] == 'Q') && s[2] == '\'':
		return 1 + skipQuoted(s[1:])
	case len(s) > 2 && (s[0] == 'q' || s[0] == 'Q') && s[1] == '\'':
		closing := s[2:3]
		if i := strings.IndexByte("([{<", s[2]); i >= 0 {
			closing = ")]}>"[i : i+1]
		}
		return to(closing+"'", 3)
	case isNameByte(s[0]): // a whole word, so that the q of freq'…' opens nothing
		n := 1
		for n < len(s) && isNameByte(s[n]) {
			n++
		}
		return n
	}
	return 0
}

// bindName reads the name after a colon; := and :: are no binds.
func bindName(s string) (name string, size int) {
	if strings.HasPrefix(s, `"`) {
		if end := strings.IndexByte(s[1:], '"'); end > 0 {
			return s[1 : 1+end], end + 2
		}
		return "", 0
	}
	for size < len(s) {
		r, n := utf8.DecodeRuneInString(s[size:])
		if !isNameRune(r) {
			break
		}
		size += n
	}
	return strings.ToUpper(s[:size]), size
}

func isNameByte(b byte) bool { return b >= utf8.RuneSelf || isNameRune(rune(b)) }

func isNameRune(r rune) bool {
	return r == '_' || r == '$' || r == '#' || unicode.IsLetter(r) || unicode.IsDigit(r)
}
