// SPDX-License-Identifier: Apache-2.0

package sqltext

import (
	"slices"
	"strings"
)

// rowLimit is a condition on ROWNUM.
type rowLimit struct {
	value []Token
	op    string
}

// adjust makes the number of rows out of the value ROWNUM is compared with.
func (l *rowLimit) adjust(value string) string {
	if l.op == "<" {
		return "ceil(" + value + ") - 1"
	}
	return "floor(" + value + ")"
}

// rowLimit takes the condition on ROWNUM out of a WHERE clause: ROWNUM <= n, ROWNUM < n, ROWNUM = 1.
func (t *translator) rowLimit(where []Token) ([]Token, *rowLimit, error) {
	if !slices.ContainsFunc(where, func(t Token) bool { return t.Is("ROWNUM") }) {
		return where, nil, nil
	}
	var rest [][]Token
	var limit *rowLimit
	for _, condition := range conjuncts(where) {
		switch at := slices.IndexFunc(condition, func(t Token) bool { return t.Is("ROWNUM") }); {
		case at < 0 || nested(condition, at):
			rest = append(rest, condition)
		case at == 0 && len(condition) > 2 && limit == nil && (condition[1].IsOp("<") || condition[1].IsOp("<=") || condition[1].IsOp("=")):
			limit = &rowLimit{value: condition[2:], op: condition[1].Text}
		default:
			return nil, nil, unsupported(condition[at], "this condition on ROWNUM")
		}
	}
	return conjunction(rest), limit, nil
}

// nested says whether a token is inside parentheses.
func nested(tokens []Token, at int) bool {
	depth := 0
	for _, t := range tokens[:at] {
		if t.IsOp("(") {
			depth++
		} else if t.IsOp(")") {
			depth--
		}
	}
	return depth > 0
}

// conjuncts splits a condition at its ANDs outside parentheses, CASE and BETWEEN; a condition with OR stays whole.
func conjuncts(tokens []Token) [][]Token {
	var parts [][]Token
	depth, start, between := 0, 0, 0
	for i, t := range tokens {
		switch {
		case t.IsOp("("), t.Is("CASE"):
			depth++
		case t.IsOp(")"), t.Is("END"):
			depth--
		case depth > 0:
		case t.Is("OR"):
			return [][]Token{tokens}
		case t.Is("BETWEEN"):
			between++
		case t.Is("AND") && between > 0:
			between--
		case t.Is("AND"):
			parts = append(parts, tokens[start:i])
			start = i + 1
		}
	}
	return append(parts, tokens[start:])
}

func conjunction(parts [][]Token) []Token {
	var all []Token
	for i, part := range parts {
		if i > 0 {
			all = append(all, Token{Kind: Word, Text: "AND", Pos: part[0].Pos, End: part[0].Pos})
		}
		all = append(all, part...)
	}
	return all
}

// outerJoins moves conditions marked with (+) from WHERE to the item of FROM that they mark.
func (t *translator) outerJoins(where []Token, from *fromClause, sc *scope) ([]Token, error) {
	if plusAt(where, 0) < 0 {
		return where, nil
	}
	var rest [][]Token
	for _, condition := range conjuncts(where) {
		at := plusAt(condition, 0)
		if at < 0 {
			rest = append(rest, condition)
			continue
		}
		marked, plain := "", slices.Clone(condition)
		for ; at >= 0; at = plusAt(plain, at) {
			alias, column := "", ""
			if at > 0 {
				column = plain[at-1].Text
			}
			if at > 2 && plain[at-2].IsOp(".") {
				alias = plain[at-3].Text
			}
			table, _ := sc.find(alias, column)
			if table == nil {
				return nil, errorAt(plain[at].Pos, 904, "%s: invalid identifier", quote(column))
			}
			if marked != "" && marked != table.alias {
				return nil, errorAt(plain[at].Pos, 1468, "a predicate may reference only one outer-joined table")
			}
			marked = table.alias
			plain = slices.Delete(plain, at, at+3)
		}
		text, err := t.expr(plain, sc)
		if err != nil {
			return nil, err
		}
		for _, item := range from.items {
			if slices.Contains(item.aliases, marked) {
				item.on = append(item.on, "("+text+")")
				item.needs = append(item.needs, mentioned(plain, sc)...)
			}
		}
	}
	return conjunction(rest), nil
}

// plusAt finds the next (+).
func plusAt(tokens []Token, from int) int {
	for i := from; i+2 < len(tokens); i++ {
		if tokens[i].IsOp("(") && tokens[i+1].IsOp("+") && tokens[i+2].IsOp(")") {
			return i
		}
	}
	return -1
}

// mentioned lists the aliases whose columns a condition uses.
func mentioned(tokens []Token, sc *scope) []string {
	var aliases []string
	for i, token := range tokens {
		if !token.Name() || i+1 < len(tokens) && tokens[i+1].IsOp(".") {
			continue
		}
		alias := ""
		if i > 1 && tokens[i-1].IsOp(".") {
			alias = tokens[i-2].Text
		}
		if table, _ := sc.find(alias, token.Text); table != nil {
			aliases = append(aliases, table.alias)
		}
	}
	return aliases
}

// tail translates ORDER BY, OFFSET, FETCH and FOR UPDATE.
func (t *translator) tail(tokens []Token, sc *scope) (string, error) {
	var out strings.Builder
	for i := 0; i < len(tokens); {
		switch {
		case tokens[i].Is("ORDER"):
			start := i + 2
			end := tailStart(tokens, start)
			if start >= end {
				return "", errorAt(afterOr(tokens, t.source), 936, "missing expression")
			}
			text, err := t.orderBy(tokens[start:end], sc)
			if err != nil {
				return "", err
			}
			out.WriteString(" ORDER BY " + text)
			i = end
		case tokens[i].Is("OFFSET"), tokens[i].Is("FETCH"):
			start := i + 1
			word := " OFFSET "
			if tokens[i].Is("FETCH") {
				start, word = i+2, " FETCH FIRST "
			}
			end := Find(tokens, start, "ROW", "ROWS", "PERCENT")
			if end >= len(tokens) || tokens[end].Is("PERCENT") {
				return "", errorAt(tokens[i].Pos, 905, "missing keyword")
			}
			value := "1"
			if end > start {
				text, err := t.expr(tokens[start:end], sc)
				if err != nil {
					return "", err
				}
				value = text
			}
			out.WriteString(word + "((" + value + ")::bigint) ROWS")
			i = end + 1
			if word == " FETCH FIRST " {
				switch {
				case i < len(tokens) && tokens[i].Is("ONLY"):
					out.WriteString(" ONLY")
					i++
				case i+1 < len(tokens) && tokens[i].Is("WITH") && tokens[i+1].Is("TIES"):
					out.WriteString(" WITH TIES")
					i += 2
				default:
					return "", errorAt(afterOr(tokens, t.source), 905, "missing keyword")
				}
			}
		case tokens[i].Is("FOR") && i+1 < len(tokens) && tokens[i+1].Is("UPDATE"):
			text, err := t.forUpdate(tokens[i+2:], sc)
			if err != nil {
				return "", err
			}
			out.WriteString(text)
			i = len(tokens)
		default:
			return "", errorAt(tokens[i].Pos, 933, "SQL command not properly ended")
		}
	}
	return out.String(), nil
}

// orderBy translates the terms of ORDER BY; a whole number stands for a column of the result.
func (t *translator) orderBy(tokens []Token, sc *scope) (string, error) {
	var terms []string
	for _, term := range Split(tokens) {
		if len(term) == 0 {
			return "", errorAt(afterOr(tokens, t.source), 936, "missing expression")
		}
		text := ""
		if term[0].Kind == Number && (len(term) == 1 || term[1].Kind == Word) {
			rest, err := t.expr(term[1:], sc)
			if err != nil {
				return "", err
			}
			text = term[0].Text + " " + rest
		} else {
			var err error
			if text, err = t.expr(term, sc); err != nil {
				return "", err
			}
		}
		terms = append(terms, text)
	}
	return strings.Join(terms, ", "), nil
}

// forUpdate translates what follows FOR UPDATE.
func (t *translator) forUpdate(tokens []Token, sc *scope) (string, error) {
	t.locks = true
	text := " FOR UPDATE"
	i := 0
	if i < len(tokens) && tokens[i].Is("OF") {
		end := Find(tokens, i+1, "NOWAIT", "WAIT", "SKIP")
		var aliases []string
		for _, part := range Split(tokens[i+1 : end]) {
			if len(part) == 0 {
				return "", errorAt(afterOr(tokens, t.source), 904, "invalid identifier")
			}
			alias, column := "", part[len(part)-1].Text
			if len(part) > 2 {
				alias = part[len(part)-3].Text
			}
			table, _ := sc.find(alias, column)
			if table == nil {
				return "", errorAt(part[0].Pos, 904, "%s: invalid identifier", quote(column))
			}
			if !slices.Contains(aliases, quote(table.alias)) {
				aliases = append(aliases, quote(table.alias))
			}
		}
		text += " OF " + strings.Join(aliases, ", ")
		i = end
	}
	switch {
	case i == len(tokens):
	case tokens[i].Is("NOWAIT"):
		text += " NOWAIT"
	case tokens[i].Is("SKIP") && i+1 < len(tokens) && tokens[i+1].Is("LOCKED"):
		text += " SKIP LOCKED"
	case tokens[i].Is("WAIT") && i+1 < len(tokens) && tokens[i+1].Kind == Number:
		t.lockWait = atoi(tokens[i+1].Text)
	default:
		return "", errorAt(tokens[i].Pos, 933, "SQL command not properly ended")
	}
	return text, nil
}
