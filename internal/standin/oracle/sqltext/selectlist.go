// SPDX-License-Identifier: Apache-2.0

package sqltext

import (
	"strings"

	"github.com/ferryman/ferryman/internal/standin/oracle/dict"
)

// selectList translates what stands between SELECT and FROM. Expressions without an alias get Oracle's name: their own text.
func (t *translator) selectList(tokens []Token, sc *scope) (string, error) {
	var items []string
	for _, item := range Split(tokens) {
		if len(item) == 0 {
			return "", errorAt(afterOr(tokens, t.source), 936, "missing expression")
		}
		if last := len(item) - 1; item[last].IsOp("*") && (last == 0 || last > 1 && item[last-1].IsOp(".")) {
			text, err := t.star(item, sc)
			if err != nil {
				return "", err
			}
			items = append(items, text)
			continue
		}
		body, alias := splitAlias(item)
		if len(body) == 0 {
			return "", errorAt(item[0].Pos, 936, "missing expression")
		}
		text, err := t.expr(body, sc)
		if err != nil {
			return "", err
		}
		name := alias
		if name == "" {
			name = t.heading(body)
		}
		items = append(items, text+" AS "+quote(clip(name)))
		if hint := t.hint(body, sc); hint != nil {
			t.hints[clip(name)] = hint
		}
	}
	return strings.Join(items, ", "), nil
}

// star translates * and t.*, leaving out invisible columns where there are any.
func (t *translator) star(item []Token, sc *scope) (string, error) {
	if len(item) == 1 {
		for _, from := range sc.tables {
			if from.table != nil && anyHidden(from.table.Columns) {
				if len(sc.tables) == 1 {
					return visible(from), nil
				}
				return "", unsupported(item[0], "SELECT * of a join with invisible columns")
			}
		}
		return "*", nil
	}
	alias := item[len(item)-3].Text
	from, _ := sc.find(alias, "")
	if from == nil {
		return "", errorAt(item[0].Pos, 904, "%s: invalid identifier", quote(alias))
	}
	if from.table != nil && anyHidden(from.table.Columns) {
		return visible(*from), nil
	}
	return quote(alias) + ".*", nil
}

func anyHidden(columns []*dict.Column) bool {
	for _, c := range columns {
		if c.Hidden {
			return true
		}
	}
	return false
}

func visible(from fromTable) string {
	var names []string
	for _, c := range from.table.Columns {
		if !c.Hidden {
			names = append(names, quote(from.alias)+"."+quote(c.Name))
		}
	}
	return strings.Join(names, ", ")
}

// hint finds the dictionary column that an expression takes its type from: the first one that it names.
func (t *translator) hint(tokens []Token, sc *scope) *dict.Column {
	for i := 0; i < len(tokens); i++ {
		if !tokens[i].Name() || i+1 < len(tokens) && (tokens[i+1].IsOp("(") || tokens[i+1].IsOp(".")) {
			continue
		}
		alias := ""
		if i > 1 && tokens[i-1].IsOp(".") {
			alias = tokens[i-2].Text
		}
		if _, c := sc.find(alias, tokens[i].Text); c != nil {
			return c
		}
	}
	return nil
}

// splitAlias separates an expression from the name it is given.
func splitAlias(item []Token) (body []Token, alias string) {
	last := len(item) - 1
	if last < 1 || !item[last].Name() || item[last].Kind == Word && reserved[item[last].Text] {
		return item, ""
	}
	previous := item[last-1]
	if previous.Is("AS") {
		return item[:last-1], item[last].Text
	}
	if previous.IsOp(")") || previous.Kind == String || previous.Kind == Number || previous.Kind == Bind || previous.Kind == Quoted ||
		previous.Kind == Word && (!reserved[previous.Text] || operandWords[previous.Text]) {
		return item[:last], item[last].Text
	}
	return item, ""
}

// heading is the name Oracle gives to an expression without an alias: its text in upper case without spaces; for a column, its name.
func (t *translator) heading(tokens []Token) string {
	if n := len(tokens); tokens[n-1].Name() && (n == 1 || n >= 3 && tokens[n-2].IsOp(".") && n%2 == 1) {
		return tokens[n-1].Text
	}
	var out strings.Builder
	for i, token := range tokens {
		if i > 0 && tokens[i-1].Kind != Op && token.Kind != Op {
			out.WriteByte(' ')
		}
		switch token.Kind {
		case Word:
			out.WriteString(token.Text)
		default:
			out.WriteString(strings.ToUpper(t.source[token.Pos:token.End]))
		}
	}
	return out.String()
}

// clip keeps a name within PostgreSQL's 63 bytes.
func clip(name string) string {
	if len(name) > 63 {
		return strings.ToValidUTF8(name[:63], "")
	}
	return name
}

func afterOr(tokens []Token, source string) int {
	if len(tokens) > 0 {
		return tokens[len(tokens)-1].End
	}
	return len(source)
}
