// SPDX-License-Identifier: Apache-2.0

package sqltext

import (
	"slices"
	"strings"
)

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
