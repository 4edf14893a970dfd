// SPDX-License-Identifier: Apache-2.0

package sqltext

import "strings"

// query translates a whole query: WITH, set operators, ORDER BY, row limits, FOR UPDATE.
func (t *translator) query(tokens []Token, outer *scope) (string, error) {
	var out strings.Builder
	sc := &scope{parent: outer, named: map[string]bool{}}
	if len(tokens) > 0 && tokens[0].Is("WITH") {
		rest, with, err := t.with(tokens[1:], sc)
		if err != nil {
			return "", err
		}
		out.WriteString(with)
		tokens = rest
	}
	if len(tokens) == 0 {
		return "", errorAt(len(t.source), 928, "missing SELECT keyword")
	}
	if i := Find(tokens, 0, "UNION", "INTERSECT", "MINUS", "EXCEPT"); i < len(tokens) {
		tail := tailStart(tokens, 0)
		var parts strings.Builder
		for start := 0; start < tail; {
			end := min(Find(tokens, start, "UNION", "INTERSECT", "MINUS", "EXCEPT"), tail)
			part, err := t.block(tokens[start:end], sc)
			if err != nil {
				return "", err
			}
			parts.WriteString(part)
			if end == tail {
				break
			}
			op := tokens[end].Text
			if op == "MINUS" {
				op = "EXCEPT"
			}
			start = end + 1
			if start < tail && tokens[start].Is("ALL") {
				op += " ALL"
				start++
			}
			parts.WriteString(" " + op + " ")
		}
		out.WriteString(parts.String())
		end, err := t.tail(tokens[tail:], sc)
		out.WriteString(end)
		return out.String(), err
	}
	block, err := t.block(tokens, sc)
	out.WriteString(block)
	return out.String(), err
}

// with translates the named queries after WITH and returns what follows them.
func (t *translator) with(tokens []Token, sc *scope) (rest []Token, text string, err error) {
	var out strings.Builder
	out.WriteString("WITH ")
	for i := 0; ; {
		if i >= len(tokens) || !tokens[i].Name() {
			return nil, "", errorAt(len(t.source), 904, "invalid identifier")
		}
		name := tokens[i].Text
		out.WriteString(quote(name))
		i++
		if i < len(tokens) && tokens[i].IsOp("(") {
			end := Closing(tokens, i)
			columns, err := t.nameList(tokens[i+1 : end])
			if err != nil {
				return nil, "", err
			}
			out.WriteString(" (" + columns + ")")
			i = end + 1
		}
		if i+1 >= len(tokens) || !tokens[i].Is("AS") || !tokens[i+1].IsOp("(") {
			return nil, "", errorAt(tokens[min(i, len(tokens)-1)].Pos, 905, "missing keyword")
		}
		end := Closing(tokens, i+1)
		body, err := t.query(tokens[i+2:end], sc)
		if err != nil {
			return nil, "", err
		}
		sc.named[name] = true
		out.WriteString(" AS (" + body + ")")
		i = end + 1
		if i < len(tokens) && tokens[i].IsOp(",") {
			out.WriteString(", ")
			i++
			continue
		}
		out.WriteString(" ")
		return tokens[i:], out.String(), nil
	}
}

// tailStart finds where a query's own ORDER BY, row limit or FOR UPDATE begins.
func tailStart(tokens []Token, from int) int {
	for i := Find(tokens, from, "ORDER", "OFFSET", "FETCH", "FOR"); i < len(tokens); i = Find(tokens, i+1, "ORDER", "OFFSET", "FETCH", "FOR") {
		next := Token{}
		if i+1 < len(tokens) {
			next = tokens[i+1]
		}
		switch {
		case tokens[i].Is("ORDER") && (next.Is("BY") || next.Is("SIBLINGS")), tokens[i].Is("FOR") && next.Is("UPDATE"),
			tokens[i].Is("FETCH") && (next.Is("FIRST") || next.Is("NEXT")),
			tokens[i].Is("OFFSET") && (next.Kind == Number || next.Kind == Bind || next.IsOp("(")):
			return i
		}
	}
	return len(tokens)
}
