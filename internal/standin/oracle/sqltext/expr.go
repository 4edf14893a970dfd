// SPDX-License-Identifier: Apache-2.0

package sqltext

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/ferryman/ferryman/internal/standin/oracle/tns"
)

// expr translates an expression, a list of them, or any run of tokens in which names are columns.
func (t *translator) expr(tokens []Token, sc *scope) (string, error) {
	var parts []string
	for i := 0; i < len(tokens); {
		text, n, err := t.operand(tokens, i, sc)
		if err != nil {
			return "", err
		}
		parts = append(parts, text)
		i += n
	}
	return strings.Join(parts, " "), nil
}

// operand translates what begins at i and returns how many tokens it took.
func (t *translator) operand(tokens []Token, i int, sc *scope) (string, int, error) {
	token := tokens[i]
	switch token.Kind {
	case String:
		if token.Text == "" {
			return "NULL", 1, nil
		}
		if i > 0 && tokens[i-1].IsOp("||") || i+1 < len(tokens) && tokens[i+1].IsOp("||") {
			return quoteLiteral(token.Text) + "::text", 1, nil // beside a number it would be taken for one
		}
		return quoteLiteral(token.Text), 1, nil
	case Number:
		return numberText(token.Text), 1, nil
	case Bind:
		return fmt.Sprintf("$%d", token.bind+1), 1, nil
	case Op:
		return t.operator(tokens, i, sc)
	case Quoted:
		return t.reference(tokens, i, sc)
	}
	next := Token{}
	if i+1 < len(tokens) {
		next = tokens[i+1]
	}
	switch {
	case next.Kind == String && (token.Text == "DATE" || token.Text == "TIMESTAMP" || token.Text == "INTERVAL"):
		return t.typedLiteral(tokens, i)
	case token.Text == "LIKE":
		return t.like(tokens, i, sc)
	case plainWords[token.Text]:
		return token.Text, 1, nil
	case token.Text == "NULLS" && (next.Is("FIRST") || next.Is("LAST")):
		return "NULLS " + next.Text, 2, nil
	case token.Text == "ROWID" || token.Text == "ROWNUM":
		if token.Text == "ROWNUM" && sc != nil && sc.rownum != "" {
			return sc.rownum, 1, nil
		}
		if token.Text == "ROWID" {
			return t.rowID("", sc, token)
		}
	case token.Text == "LEVEL" && sc != nil && sc.rownum != "":
		return sc.rownum, 1, nil
	case token.Text == "SELECT":
		return "", 0, errorAt(token.Pos, 936, "missing expression")
	case token.Text == "PRIOR", token.Text == "CONNECT_BY_ROOT":
		return "", 0, unsupported(token, "hierarchical queries")
	case next.IsOp("("):
		return t.call(tokens, i, token.Text, 1, sc)
	}
	if text, ok := pseudo[token.Text]; ok && !next.IsOp(".") {
		return text, 1, nil
	}
	if reserved[token.Text] {
		return "", 0, errorAt(token.Pos, 936, "missing expression")
	}
	return t.reference(tokens, i, sc)
}

// operator translates punctuation; a parenthesis is a subquery or an expression.
func (t *translator) operator(tokens []Token, i int, sc *scope) (string, int, error) {
	token := tokens[i]
	switch token.Text {
	case "!=", "^=":
		return "<>", 1, nil
	case "(":
		end := Closing(tokens, i)
		inner := tokens[i+1 : end]
		if len(inner) == 0 {
			return "", 0, errorAt(tokens[min(end, len(tokens)-1)].Pos, 936, "missing expression")
		}
		if inner[0].Is("SELECT") || inner[0].Is("WITH") {
			text, err := t.query(inner, sc)
			return "(" + text + ")", end - i + 1, err
		}
		if inner[0].IsOp("+") && len(inner) == 1 {
			return "", 0, errorAt(token.Pos, 30563, "outer join operator (+) is not allowed here")
		}
		text, err := t.expr(inner, sc)
		return "(" + text + ")", end - i + 1, err
	case "+", "-", "*", "/", "=", "<", ">", "<=", ">=", "<>", "||", ",":
		if next := i + 1; token.Text != "*" && next == len(tokens) && token.Text != "," {
			return "", 0, errorAt(token.End, 936, "missing expression")
		}
		return token.Text, 1, nil
	}
	return "", 0, errorAt(token.Pos, 911, "invalid character")
}

var zoned = regexp.MustCompile(`\d\s*([+-]\d{1,2}(:\d{2})?|[A-Za-z/_]{2,})$`)

// typedLiteral translates DATE '…', TIMESTAMP '…' and INTERVAL '…' unit.
func (t *translator) typedLiteral(tokens []Token, i int) (string, int, error) {
	value := quoteLiteral(tokens[i+1].Text)
	switch tokens[i].Text {
	case "DATE":
		return value + "::timestamp(0)", 2, nil
	case "TIMESTAMP":
		if zoned.MatchString(tokens[i+1].Text) && strings.Contains(tokens[i+1].Text, " ") {
			return value + "::timestamptz", 2, nil
		}
		return value + "::timestamp", 2, nil
	}
	units := wordSet("YEAR MONTH DAY HOUR MINUTE SECOND")
	text, n := "INTERVAL "+value, 2
	for j := i + 2; j < len(tokens); j++ {
		if tokens[j].IsOp("(") {
			end := Closing(tokens, j)
			n += end - j + 1
			j = end
			continue
		}
		if tokens[j].Kind != Word || !units[tokens[j].Text] && tokens[j].Text != "TO" {
			break
		}
		text += " " + tokens[j].Text
		n++
	}
	return text, n, nil
}

// like adds what Oracle means when there is no ESCAPE: no escape character at all.
func (t *translator) like(tokens []Token, i int, sc *scope) (string, int, error) {
	end := i + 1
	for depth := 0; end < len(tokens); end++ {
		token := tokens[end]
		if token.IsOp("(") {
			depth++
		} else if token.IsOp(")") {
			depth--
		}
		if depth == 0 && (token.IsOp(",") || token.Kind == Word && reserved[token.Text] && !operandWords[token.Text]) {
			break
		}
	}
	if end == i+1 {
		return "", 0, errorAt(tokens[i].End, 936, "missing expression")
	}
	text, err := t.expr(tokens[i+1:end], sc)
	if err != nil {
		return "", 0, err
	}
	if end < len(tokens) && tokens[end].Is("ESCAPE") {
		return "LIKE " + text, end - i, nil
	}
	return "LIKE " + text + " ESCAPE ''", end - i, nil
}

// reference translates a name: a column, a qualified column, SEQ.NEXTVAL, a packaged function.
func (t *translator) reference(tokens []Token, i int, sc *scope) (string, int, error) {
	chain := []Token{tokens[i]}
	n := 1
	for i+n+1 < len(tokens) && tokens[i+n].IsOp(".") && (tokens[i+n+1].Name() || tokens[i+n+1].IsOp("*")) {
		chain = append(chain, tokens[i+n+1])
		n += 2
	}
	last := chain[len(chain)-1]
	if i+n < len(tokens) && tokens[i+n].IsOp("(") {
		var names []string
		for _, part := range chain {
			names = append(names, part.Text)
		}
		if names[0] == "SYS" && len(names) > 1 {
			names = names[1:]
		}
		return t.call(tokens, i, strings.Join(names, "."), n, sc)
	}
	if len(chain) > 1 && (last.Is("NEXTVAL") || last.Is("CURRVAL")) {
		owner := ""
		if len(chain) > 2 {
			owner = chain[len(chain)-3].Text
		}
		sequence, err := t.resolver.Sequence(owner, chain[len(chain)-2].Text)
		if err != nil {
			return "", 0, positioned(err, chain[0])
		}
		return fmt.Sprintf("%s(%s)::numeric", strings.ToLower(last.Text), quoteLiteral(sequence)), n, nil
	}
	if text, ok := packaged[strings.ToUpper(joinNames(chain))]; ok {
		return text + "()", n, nil
	}
	if last.Is("ROWID") && len(chain) > 1 {
		text, _, err := t.rowID(chain[len(chain)-2].Text, sc, chain[0])
		return text, n, err
	}
	if len(chain) == 1 {
		if t.qualify != "" {
			return t.qualify + "." + quote(last.Text), n, nil
		}
		return quote(last.Text), n, nil
	}
	alias := chain[len(chain)-2].Text
	if last.IsOp("*") {
		return quote(alias) + ".*", n, nil
	}
	return quote(alias) + "." + quote(last.Text), n, nil
}

func joinNames(chain []Token) string {
	var names []string
	for _, token := range chain {
		names = append(names, token.Text)
	}
	return strings.Join(names, ".")
}

// rowID makes a ROWID out of the row's place.
func (t *translator) rowID(alias string, sc *scope, at Token) (string, int, error) {
	if alias == "" && sc != nil && len(sc.tables) > 0 {
		alias = sc.tables[0].alias
	}
	if alias == "" {
		return "", 0, errorAt(at.Pos, 904, `"ROWID": invalid identifier`)
	}
	return fmt.Sprintf("ora.rowid(%s.tableoid, %s.ctid)", quote(alias), quote(alias)), 1, nil
}

// numberText writes a number so that PostgreSQL takes it for a numeric, or a binary one where it says so.
func numberText(text string) string {
	if last := text[len(text)-1]; last == 'f' || last == 'F' {
		return text[:len(text)-1] + "::real"
	} else if last == 'd' || last == 'D' {
		return text[:len(text)-1] + "::double precision"
	}
	return text + "::numeric"
}

// positioned puts the place of a token into an Oracle error that has none.
func positioned(err error, token Token) error {
	var ora *tns.OraError
	if errors.As(err, &ora) && ora.Pos == 0 {
		copied := *ora
		copied.Pos = token.Pos
		return &copied
	}
	return err
}

func atoi(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0
	}
	return n
}
