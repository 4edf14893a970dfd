// SPDX-License-Identifier: Apache-2.0

// Package sqltext reads Oracle SQL and writes what PostgreSQL runs in its place. It knows the words, not the objects: names are
// looked up by a Resolver.
package sqltext

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/ferryman/ferryman/internal/standin/oracle/tns"
)

// Kind tells what a token is.
type Kind uint8

// The kinds of tokens.
const (
	Word   Kind = iota // an unquoted name or keyword; Text in upper case
	Quoted             // a quoted name; Text without the quotes
	String             // a text literal; Text is its value
	Number             // Text as written
	Op                 // an operator or punctuation
	Bind               // a bind variable; Text is its name without the colon
)

// Token is one word of a statement, with its place in it in bytes.
type Token struct {
	Kind     Kind
	Text     string
	Pos, End int
	bind     int // for Bind: the number of the parameter, from 0
}

// Is says whether the token is this keyword (in upper case).
func (t Token) Is(word string) bool { return t.Kind == Word && t.Text == word }

// IsOp says whether the token is this operator.
func (t Token) IsOp(op string) bool { return t.Kind == Op && t.Text == op }

// Name says whether the token can be a name.
func (t Token) Name() bool { return t.Kind == Word || t.Kind == Quoted }

var twoCharacterOps = []string{"||", "<=", ">=", "<>", "!=", "^=", ":=", "=>", "..", "**"}

// Tokens splits a statement into its words; comments and hints are left out. Errors are Oracle's (ORA-01756, ORA-00911).
func Tokens(sql string) ([]Token, error) {
	var tokens []Token
	for i := 0; i < len(sql); {
		rest := sql[i:]
		r, size := utf8.DecodeRuneInString(rest)
		start := i
		switch {
		case unicode.IsSpace(r) || r == 0:
			i += size
		case strings.HasPrefix(rest, "--"):
			end := strings.IndexByte(rest, '\n')
			if end < 0 {
				end = len(rest)
			}
			i += end
		case strings.HasPrefix(rest, "/*"):
			end := strings.Index(rest[2:], "*/")
			if end < 0 {
				return nil, errorAt(start, 1742, "comment not terminated properly")
			}
			i += end + 4
		case r == '\'' || quotePrefix(rest) > 0:
			text, n, err := literal(rest, start)
			if err != nil {
				return nil, err
			}
			i += n
			tokens = append(tokens, Token{Kind: String, Text: text, Pos: start, End: i})
		case r == '"':
			end := strings.IndexByte(rest[1:], '"')
			if end < 0 {
				return nil, errorAt(start, 1740, "missing double quote in identifier")
			}
			if end == 0 {
				return nil, errorAt(start, 1741, "illegal zero-length identifier")
			}
			i += end + 2
			tokens = append(tokens, Token{Kind: Quoted, Text: rest[1 : end+1], Pos: start, End: i})
		case unicode.IsLetter(r):
			i += span(rest, isWordRune)
			tokens = append(tokens, Token{Kind: Word, Text: strings.ToUpper(sql[start:i]), Pos: start, End: i})
		case r >= '0' && r <= '9' || r == '.' && len(rest) > 1 && rest[1] >= '0' && rest[1] <= '9':
			i += numberLength(rest)
			tokens = append(tokens, Token{Kind: Number, Text: sql[start:i], Pos: start, End: i})
		case r == ':' && len(rest) > 1 && (rest[1] == '"' || isWordRune(rune(rest[1]))):
			name, n := bindName(rest)
			i += n
			tokens = append(tokens, Token{Kind: Bind, Text: name, Pos: start, End: i})
		default:
			n := size
			for _, op := range twoCharacterOps {
				if strings.HasPrefix(rest, op) {
					n = len(op)
				}
			}
			if n == size && !strings.ContainsRune("+-*/=<>(),.;%@:[]?|!&", r) {
				return nil, errorAt(start, 911, "invalid character")
			}
			i += n
			tokens = append(tokens, Token{Kind: Op, Text: rest[:n], Pos: start, End: i})
		}
	}
	numberBinds(tokens)
	return tokens, nil
}

// numberBinds gives binds of one name one number, in the order of their first appearance.
func numberBinds(tokens []Token) {
	seen := map[string]int{}
	for i := range tokens {
		if tokens[i].Kind != Bind {
			continue
		}
		n, ok := seen[tokens[i].Text]
		if !ok {
			n = len(seen)
			seen[tokens[i].Text] = n
		}
		tokens[i].bind = n
	}
}

func bindName(s string) (name string, length int) {
	if s[1] == '"' {
		if end := strings.IndexByte(s[2:], '"'); end >= 0 {
			return s[2 : 2+end], end + 3
		}
	}
	n := span(s[1:], isWordRune)
	return strings.ToUpper(s[1 : 1+n]), n + 1
}

func isWordRune(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' || r == '$' || r == '#'
}

func span(s string, in func(rune) bool) int {
	for i, r := range s {
		if !in(r) {
			return i
		}
	}
	return len(s)
}

// quotePrefix returns the length of what stands before the quote of N'..', q'[..]' and Nq'[..]', 0 for anything else.
func quotePrefix(s string) int {
	for _, p := range []string{"nq'", "q'", "n'"} {
		if len(s) >= len(p) && strings.EqualFold(s[:len(p)], p) {
			return len(p) - 1
		}
	}
	return 0
}

// literal reads a text literal in any of its forms and returns its value and length.
func literal(s string, pos int) (string, int, error) {
	prefix := quotePrefix(s)
	body := s[prefix+1:]
	if prefix > 0 && (s[prefix-1] == 'q' || s[prefix-1] == 'Q') {
		open, size := utf8.DecodeRuneInString(body)
		closing := string(open)
		if i := strings.IndexRune("[{(<", open); i >= 0 {
			closing = string("]})>"[i])
		}
		if end := strings.Index(body[size:], closing+"'"); end >= 0 {
			return body[size : size+end], prefix + 1 + size + end + len(closing) + 1, nil
		}
		return "", 0, errorAt(pos, 1756, "quoted string not properly terminated")
	}
	var value strings.Builder
	for i := 0; i < len(body); i++ {
		if body[i] != '\'' {
			value.WriteByte(body[i])
			continue
		}
		if i+1 < len(body) && body[i+1] == '\'' {
			value.WriteByte('\'')
			i++
			continue
		}
		return value.String(), prefix + 1 + i + 1, nil
	}
	return "", 0, errorAt(pos, 1756, "quoted string not properly terminated")
}

func numberLength(s string) int {
	i := span(s, func(r rune) bool { return r >= '0' && r <= '9' })
	if i < len(s) && s[i] == '.' && !strings.HasPrefix(s[i:], "..") {
		i++
		i += span(s[i:], func(r rune) bool { return r >= '0' && r <= '9' })
	}
	if i < len(s) && (s[i] == 'e' || s[i] == 'E') {
		j := i + 1
		if j < len(s) && (s[j] == '+' || s[j] == '-') {
			j++
		}
		if n := span(s[j:], func(r rune) bool { return r >= '0' && r <= '9' }); n > 0 {
			i = j + n
		}
	}
	if i < len(s) && strings.ContainsRune("fFdD", rune(s[i])) && (i+1 == len(s) || !isWordRune(rune(s[i+1]))) {
		i++
	}
	return i
}

func errorAt(pos, code int, format string, args ...any) *tns.OraError {
	err := tns.Errorf(code, format, args...)
	err.Pos = pos
	return err
}
