// SPDX-License-Identifier: Apache-2.0

package sqltext

import "slices"

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
