// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// ScriptStatement is one statement of a script, without its semicolon, and the line that it begins in, from 1.
type ScriptStatement struct {
	SQL  string
	Line int
}

// ScriptError is a script that can't be cut into statements.
type ScriptError struct {
	Line int
	What string
}

func (e *ScriptError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.What) }

// SplitScript cuts a script at the semicolons between its statements, as psql does: those in strings, quoted names, comments, dollar
// quotes, parentheses and bodies of BEGIN ATOMIC end nothing. Where it errs, PostgreSQL refuses what it is sent: the extended protocol
// takes no two statements in one. The error is a *ScriptError.
func SplitScript(script string) ([]ScriptStatement, error) {
	if !utf8.ValidString(script) || strings.ContainsRune(script, 0) {
		return nil, &ScriptError{Line: 1, What: "the script is not text in UTF-8"}
	}
	s := &splitter{text: strings.TrimPrefix(script, "\ufeff"), line: 1}
	for s.at < len(s.text) {
		if err := s.next(); err != nil {
			return nil, err
		}
	}
	if s.parens > 0 || s.depth > 0 {
		return nil, &ScriptError{Line: s.startLine, What: "the statement that begins here does not end: a parenthesis or a BEGIN ATOMIC is left open"}
	}
	s.end()
	return s.list, nil
}

type splitter struct {
	text string
	at   int
	line int

	start     int // of the present statement, where begun
	startLine int
	begun     bool
	parens    int
	depth     int // of BEGIN ATOMIC and CASE within the body of a routine
	words     []string
	list      []ScriptStatement
}

// next reads one token.
func (s *splitter) next() error {
	rest := s.text[s.at:]
	c := rest[0]
	switch {
	case c == '\n':
		s.line++
		s.at++
		return nil
	case c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v':
		s.at++
		return nil
	case strings.HasPrefix(rest, "--"):
		s.skip(lineEnd(rest))
		return nil
	case strings.HasPrefix(rest, "/*"):
		return s.comment(rest)
	case c == ';' && s.parens == 0 && s.depth == 0:
		s.end()
		s.at++
		return nil
	}
	if !s.begun {
		s.begun, s.start, s.startLine = true, s.at, s.line
	}
	switch {
	case c == '\\':
		return &ScriptError{Line: s.line, What: `a backslash outside of a string: commands of psql, such as \i, are not taken`}
	case c == '\'':
		return s.quoted(rest, '\'', s.escapes())
	case c == '"':
		return s.quoted(rest, '"', false)
	case c == '$':
		if tag := dollarTag(rest); tag != "" && !s.inWord() {
			end := strings.Index(rest[len(tag):], tag)
			if end < 0 {
				return &ScriptError{Line: s.line, What: "the text that " + tag + " begins does not end"}
			}
			s.skip(end + 2*len(tag))
			return nil
		}
		s.at++
	case c == '(':
		s.parens++
		s.at++
	case c == ')':
		s.parens = max(0, s.parens-1)
		s.at++
	case isWordStart(c):
		n := 1
		for n < len(rest) && (isWordStart(rest[n]) || rest[n] >= '0' && rest[n] <= '9' || rest[n] == '$') {
			n++
		}
		s.word(strings.ToLower(rest[:n]))
		s.at += n
	default:
		s.at++
	}
	return nil
}

func isWordStart(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= utf8.RuneSelf
}

func lineEnd(text string) int {
	if i := strings.IndexByte(text, '\n'); i >= 0 {
		return i
	}
	return len(text)
}

// inWord tells whether what stands directly before is part of a name: a dollar sign in it begins no quote.
func (s *splitter) inWord() bool {
	if s.at == 0 {
		return false
	}
	c := s.text[s.at-1]
	return isWordStart(c) || c >= '0' && c <= '9' || c == '$'
}

// escapes tells whether the string that begins here is one with backslashes: E'…'.
func (s *splitter) escapes() bool {
	if s.at == 0 || s.text[s.at-1] != 'e' && s.text[s.at-1] != 'E' {
		return false
	}
	return s.at == 1 || !isWordStart(s.text[s.at-2]) && (s.text[s.at-2] < '0' || s.text[s.at-2] > '9') && s.text[s.at-2] != '$'
}

func (s *splitter) skip(n int) {
	s.line += strings.Count(s.text[s.at:s.at+n], "\n")
	s.at += n
}

func (s *splitter) comment(rest string) error {
	depth := 0
	for i := 0; i < len(rest)-1; i++ {
		switch rest[i : i+2] {
		case "/*":
			depth++
			i++
		case "*/":
			depth--
			i++
		}
		if depth == 0 {
			s.skip(i + 1)
			return nil
		}
	}
	return &ScriptError{Line: s.line, What: "the comment that begins here does not end"}
}

func (s *splitter) quoted(rest string, quote byte, backslash bool) error {
	for i := 1; i < len(rest); i++ {
		switch {
		case backslash && rest[i] == '\\':
			i++
		case rest[i] == quote && i+1 < len(rest) && rest[i+1] == quote:
			i++
		case rest[i] == quote:
			s.skip(i + 1)
			return nil
		}
	}
	return &ScriptError{Line: s.line, What: "what is quoted from here on does not end"}
}

// dollarTag is the opening of a dollar quote, such as $body$, or empty.
func dollarTag(text string) string {
	for i := 1; i < len(text); i++ {
		switch c := text[i]; {
		case c == '$':
			return text[:i+1]
		case isWordStart(c) || i > 1 && c >= '0' && c <= '9':
		default:
			return ""
		}
	}
	return ""
}

// word follows a statement's first words, and in a routine the blocks of its body.
func (s *splitter) word(w string) {
	if len(s.words) < 4 {
		s.words = append(s.words, w)
	}
	routine := len(s.words) > 1 && s.words[0] == "create" && (isRoutine(s.words[1]) || len(s.words) > 3 && s.words[1] == "or" && isRoutine(s.words[3]))
	switch {
	case !routine || s.parens > 0:
	case w == "begin":
		s.depth++
	case w == "case" && s.depth > 0:
		s.depth++
	case w == "end" && s.depth > 0:
		s.depth--
	}
}

func isRoutine(word string) bool { return word == "function" || word == "procedure" }

func (s *splitter) end() {
	if s.begun {
		s.list = append(s.list, ScriptStatement{SQL: strings.TrimSpace(s.text[s.start:s.at]), Line: s.startLine})
	}
	s.begun, s.words = false, nil
}
