// SPDX-License-Identifier: Apache-2.0

package sqltext

import "strings"

// merge translates MERGE INTO t USING s ON (…) WHEN [NOT] MATCHED THEN ….
func (t *translator) merge(tokens []Token) (string, error) {
	if len(tokens) < 3 || !tokens[1].Is("INTO") {
		return "", errorAt(afterOr(tokens[:1], t.source), 925, "missing INTO keyword")
	}
	body := tokens[2:]
	table, alias, n, err := t.target(body, Update)
	if err != nil {
		return "", err
	}
	if n >= len(body) || !body[n].Is("USING") {
		return "", errorAt(body[min(n, len(body)-1)].Pos, 905, "missing keyword")
	}
	sc := &scope{}
	source, used, err := t.tableReference(body[n+1:], sc)
	if err != nil {
		return "", err
	}
	sc.tables = append(sc.tables, fromTable{alias, table})
	rest := body[n+1+used:]
	when := Find(rest, 0, "WHEN")
	if len(rest) == 0 || !rest[0].Is("ON") || when < 2 {
		return "", errorAt(afterOr(body[:n+1+used], t.source), 969, "missing ON keyword")
	}
	on, err := t.expr(rest[1:when], sc)
	if err != nil {
		return "", err
	}
	text := "MERGE INTO " + table.SQL + " AS " + quote(alias) + " USING " + source + " ON " + on
	for when < len(rest) {
		next := Find(rest, when+1, "WHEN")
		part, err := t.mergeAction(rest[when:next], table, sc)
		if err != nil {
			return "", err
		}
		text += part
		when = next
	}
	return text, nil
}

func (t *translator) mergeAction(tokens []Token, table *Table, sc *scope) (string, error) {
	then := Find(tokens, 0, "THEN")
	if then+1 >= len(tokens) {
		return "", errorAt(afterOr(tokens, t.source), 905, "missing keyword")
	}
	text := ""
	for _, word := range tokens[:then+1] {
		text += " " + word.Text
	}
	action := tokens[then+1:]
	where := Find(action, 0, "WHERE")
	if where < len(action) {
		return "", unsupported(action[where], "WHERE in MERGE")
	}
	switch {
	case action[0].Is("UPDATE") && len(action) > 2:
		set, err := t.assignments(action[2:], table, sc)
		return text + " UPDATE SET " + set, err
	case action[0].Is("INSERT"):
		values := Find(action, 0, "VALUES")
		if values+1 >= len(action) {
			return "", errorAt(action[0].End, 926, "missing VALUES keyword")
		}
		columns := ""
		if action[1].IsOp("(") {
			list, err := t.insertColumns(action[2:Closing(action, 1)], table)
			if err != nil {
				return "", err
			}
			columns = " (" + strings.Join(list, ", ") + ")"
		}
		rendered, err := t.expr(action[values+1:], sc)
		return text + " INSERT" + columns + " VALUES " + rendered, err
	}
	return "", errorAt(action[0].Pos, 905, "missing keyword")
}
