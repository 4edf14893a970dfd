// SPDX-License-Identifier: Apache-2.0

package sqltext

import "strings"

// target reads the table that a statement changes, with its alias, and returns how many tokens it took.
func (t *translator) target(tokens []Token, verb Verb) (*Table, string, int, error) {
	if len(tokens) > 0 && tokens[0].IsOp("(") {
		return nil, "", 0, unsupported(tokens[0], "changes through a subquery")
	}
	owner, name, n, err := t.objectName(tokens)
	if err != nil {
		return nil, "", 0, err
	}
	table, err := t.resolver.Table(owner, name, verb)
	if err != nil {
		return nil, "", 0, positioned(err, tokens[0])
	}
	if !table.Writable {
		return nil, "", 0, errorAt(tokens[0].Pos, 1732, "data manipulation operation not legal on this view")
	}
	alias, used := t.alias(tokens[n:])
	if alias == "" {
		alias = name
	}
	return table, alias, n + used, nil
}

func (t *translator) insert(tokens []Token, s *Statement) (string, error) {
	if len(tokens) < 2 || !tokens[1].Is("INTO") {
		if len(tokens) > 1 && (tokens[1].Is("ALL") || tokens[1].Is("FIRST")) {
			return "", unsupported(tokens[1], "INSERT "+tokens[1].Text)
		}
		return "", errorAt(afterOr(tokens[:1], t.source), 925, "missing INTO keyword")
	}
	body := tokens[2:]
	table, alias, n, err := t.target(body, Insert)
	if err != nil {
		return "", err
	}
	text := "INSERT INTO " + table.SQL + " AS " + quote(alias)
	columns := 0
	if n < len(body) && body[n].IsOp("(") && !(n+1 < len(body) && (body[n+1].Is("SELECT") || body[n+1].Is("WITH"))) {
		end := Closing(body, n)
		list, err := t.insertColumns(body[n+1:end], table)
		if err != nil {
			return "", err
		}
		columns = len(list)
		text += " (" + strings.Join(list, ", ") + ")"
		n = end + 1
	} else {
		for _, c := range table.Columns {
			if !c.Hidden {
				columns++
			}
		}
	}
	rest := body[n:]
	if len(rest) == 0 {
		return "", errorAt(len(t.source), 926, "missing VALUES keyword")
	}
	returning := Find(rest, 0, "RETURNING", "RETURN")
	values := rest[:returning]
	if len(values) == 0 {
		return "", errorAt(rest[0].Pos, 926, "missing VALUES keyword")
	}
	switch {
	case values[0].Is("VALUES"):
		if len(values) < 2 || !values[1].IsOp("(") || Closing(values, 1) != len(values)-1 {
			return "", errorAt(values[0].End, 933, "SQL command not properly ended")
		}
		items := Split(values[2 : len(values)-1])
		if len(items) < columns {
			return "", errorAt(values[0].Pos, 947, "not enough values")
		}
		if len(items) > columns {
			return "", errorAt(values[0].Pos, 913, "too many values")
		}
		rendered, err := t.expr(values[2:len(values)-1], &scope{})
		if err != nil {
			return "", err
		}
		text += " VALUES (" + rendered + ")"
	case values[0].Is("SELECT"), values[0].Is("WITH"), values[0].IsOp("("):
		query, err := t.query(values, nil)
		if err != nil {
			return "", err
		}
		text += " " + query
	default:
		return "", errorAt(values[0].Pos, 926, "missing VALUES keyword")
	}
	tail, err := t.returning(rest[returning:], &scope{tables: []fromTable{{alias, table}}}, s)
	return text + tail, err
}

// insertColumns checks the names of an INSERT's columns.
func (t *translator) insertColumns(tokens []Token, table *Table) ([]string, error) {
	var names []string
	for _, part := range Split(tokens) {
		if len(part) == 0 || !part[len(part)-1].Name() {
			return nil, errorAt(afterOr(part, t.source), 928, "missing SELECT keyword")
		}
		name := part[len(part)-1]
		column := table.column(name.Text)
		if column == nil {
			return nil, errorAt(name.Pos, 904, "%s: invalid identifier", quote(name.Text))
		}
		if column.Identity == "ALWAYS" {
			return nil, errorAt(name.Pos, 32795, "cannot insert into a generated always identity column")
		}
		if column.Virtual {
			return nil, errorAt(name.Pos, 54013, "INSERT operation disallowed on virtual columns")
		}
		names = append(names, quote(name.Text))
	}
	return names, nil
}

func (t *translator) update(tokens []Token, s *Statement) (string, error) {
	body := tokens[1:]
	table, alias, n, err := t.target(body, Update)
	if err != nil {
		return "", err
	}
	if n >= len(body) || !body[n].Is("SET") {
		return "", errorAt(body[min(n, len(body)-1)].Pos, 971, "missing SET keyword")
	}
	rest := body[n+1:]
	where := Find(rest, 0, "WHERE")
	returning := Find(rest, 0, "RETURNING", "RETURN")
	sc := &scope{tables: []fromTable{{alias, table}}}
	set, err := t.assignments(rest[:min(where, returning)], table, sc)
	if err != nil {
		return "", err
	}
	text := "UPDATE " + table.SQL + " AS " + quote(alias) + " SET " + set
	condition, err := t.condition(rest, where, returning, sc)
	if err != nil {
		return "", err
	}
	tail, err := t.returning(rest[returning:], sc, s)
	return text + condition + tail, err
}

func (t *translator) condition(rest []Token, where, returning int, sc *scope) (string, error) {
	if where >= returning {
		return "", nil
	}
	tokens := rest[where+1 : returning]
	if len(tokens) == 0 {
		return "", errorAt(rest[where].End, 936, "missing expression")
	}
	conditions, limit, err := t.rowLimit(tokens)
	if err != nil {
		return "", err
	}
	text := ""
	if len(conditions) > 0 {
		if text, err = t.expr(conditions, sc); err != nil {
			return "", err
		}
	}
	if limit == nil {
		return " WHERE " + text, nil
	}
	n, err := t.expr(limit.value, sc)
	if err != nil {
		return "", err
	}
	alias := quote(sc.tables[0].alias)
	if text != "" {
		text = " WHERE " + text
	}
	return " WHERE " + alias + ".ctid = ANY (ARRAY(SELECT " + alias + ".ctid FROM " + sc.tables[0].table.SQL + " AS " + alias + text +
		" LIMIT " + limit.adjust(n) + "))", nil
}

// assignments translates SET a = x, (b, c) = (SELECT …).
func (t *translator) assignments(tokens []Token, table *Table, sc *scope) (string, error) {
	var parts []string
	for _, part := range Split(tokens) {
		if len(part) < 3 {
			return "", errorAt(afterOr(part, t.source), 927, "missing equal sign")
		}
		left := ""
		equal := 0
		if part[0].IsOp("(") {
			equal = Closing(part, 0) + 1
			names, err := t.nameList(part[1 : equal-1])
			if err != nil {
				return "", err
			}
			left = "(" + names + ")"
		} else {
			for equal < len(part) && !part[equal].IsOp("=") {
				equal++
			}
			if equal == 0 || equal >= len(part) {
				return "", errorAt(part[0].End, 927, "missing equal sign")
			}
			name := part[equal-1]
			column := table.column(name.Text)
			if column == nil {
				return "", errorAt(name.Pos, 904, "%s: invalid identifier", quote(name.Text))
			}
			if column.Identity == "ALWAYS" {
				return "", errorAt(name.Pos, 32796, "cannot update a generated always identity column")
			}
			left = quote(name.Text)
		}
		if equal >= len(part)-1 || !part[equal].IsOp("=") {
			return "", errorAt(afterOr(part, t.source), 936, "missing expression")
		}
		right, err := t.expr(part[equal+1:], sc)
		if err != nil {
			return "", err
		}
		parts = append(parts, left+" = "+right)
	}
	return strings.Join(parts, ", "), nil
}

func (t *translator) delete(tokens []Token, s *Statement) (string, error) {
	body := tokens[1:]
	if len(body) > 0 && body[0].Is("FROM") {
		body = body[1:]
	}
	table, alias, n, err := t.target(body, Delete)
	if err != nil {
		return "", err
	}
	rest := body[n:]
	returning := Find(rest, 0, "RETURNING", "RETURN")
	where := Find(rest, 0, "WHERE")
	if len(rest) > 0 && min(where, returning) > 0 {
		return "", errorAt(rest[0].Pos, 933, "SQL command not properly ended")
	}
	sc := &scope{tables: []fromTable{{alias, table}}}
	condition, err := t.condition(rest, where, returning, sc)
	if err != nil {
		return "", err
	}
	tail, err := t.returning(rest[returning:], sc, s)
	return "DELETE FROM " + table.SQL + " AS " + quote(alias) + condition + tail, err
}

// returning translates RETURNING x, y INTO :a, :b.
func (t *translator) returning(tokens []Token, sc *scope, s *Statement) (string, error) {
	if len(tokens) == 0 {
		return "", nil
	}
	into := Find(tokens, 0, "INTO")
	if into < 2 || into >= len(tokens)-1 {
		return "", errorAt(afterOr(tokens, t.source), 925, "missing INTO keyword")
	}
	for _, part := range Split(tokens[into+1:]) {
		if len(part) != 1 || part[0].Kind != Bind {
			return "", errorAt(afterOr(part, t.source), 1745, "invalid host/bind variable name")
		}
		s.Into = append(s.Into, part[0].bind)
	}
	text, err := t.expr(tokens[1:into], sc)
	return " RETURNING " + text, err
}
