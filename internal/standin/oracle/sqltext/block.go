// SPDX-License-Identifier: Apache-2.0

package sqltext

// clauses of one SELECT.
type clauses struct {
	distinct                                        string
	list, from, where, start, connect, group, final []Token
	having                                          []Token
}

// cut separates the clauses of a SELECT.
func cut(tokens []Token) (*clauses, error) {
	c := &clauses{}
	i := 1
	if i < len(tokens) && (tokens[i].Is("DISTINCT") || tokens[i].Is("UNIQUE")) {
		c.distinct = "DISTINCT "
		i++
	} else if i < len(tokens) && tokens[i].Is("ALL") {
		i++
	}
	from := Find(tokens, i, "FROM")
	if from == len(tokens) {
		return nil, errorAt(tokens[len(tokens)-1].End, 923, "FROM keyword not found where expected")
	}
	c.list = tokens[i:from]
	end := tailStart(tokens, from)
	c.final = tokens[end:]
	body := tokens[:end]
	marks := []struct {
		word string
		into *[]Token
	}{{"FROM", &c.from}, {"WHERE", &c.where}, {"START", &c.start}, {"CONNECT", &c.connect}, {"GROUP", &c.group}, {"HAVING", &c.having}}
	position := from
	for position < len(body) {
		var into *[]Token
		for _, m := range marks {
			if body[position].Is(m.word) {
				into = m.into
			}
		}
		if *into != nil {
			return nil, errorAt(body[position].Pos, 933, "SQL command not properly ended")
		}
		start := position + 1
		if body[position].Is("GROUP") || body[position].Is("CONNECT") || body[position].Is("START") {
			start++
		}
		next := Find(body, start, "WHERE", "START", "CONNECT", "GROUP", "HAVING", "FROM")
		for next+1 < len(body) && body[next].Is("START") && !body[next+1].Is("WITH") {
			next = Find(body, next+1, "WHERE", "START", "CONNECT", "GROUP", "HAVING", "FROM")
		}
		if start >= next {
			return nil, errorAt(body[position].End, 936, "missing expression")
		}
		*into = body[start:next]
		position = next
	}
	return c, nil
}

// block translates one SELECT, or a query in parentheses.
func (t *translator) block(tokens []Token, outer *scope) (string, error) {
	if len(tokens) == 0 {
		return "", errorAt(len(t.source), 928, "missing SELECT keyword")
	}
	if tokens[0].IsOp("(") {
		end := Closing(tokens, 0)
		inner, err := t.query(tokens[1:end], outer)
		if err != nil {
			return "", err
		}
		tail, err := t.tail(tokens[end+1:], outer)
		return "(" + inner + ")" + tail, err
	}
	if !tokens[0].Is("SELECT") {
		return "", errorAt(tokens[0].Pos, 928, "missing SELECT keyword")
	}
	c, err := cut(tokens)
	if err != nil {
		return "", err
	}
	sc := &scope{parent: outer}
	if c.connect != nil {
		return t.levels(c, sc)
	}
	from, err := t.from(c.from, sc)
	if err != nil {
		return "", err
	}
	where, limit, err := t.rowLimit(c.where)
	if err != nil {
		return "", err
	}
	if where, err = t.outerJoins(where, from, sc); err != nil {
		return "", err
	}
	condition := ""
	if len(where) > 0 {
		text, err := t.expr(where, sc)
		if err != nil {
			return "", err
		}
		condition = " WHERE " + text
	}
	fromText := from.text()
	limitText := ""
	if limit != nil {
		n, err := t.expr(limit.value, sc)
		if err != nil {
			return "", err
		}
		limitText = " LIMIT greatest(0, " + limit.adjust(n) + ")"
		if c.group != nil || len(c.final) > 0 || c.distinct != "" || t.aggregates(c.list) {
			// Oracle numbers the rows before it groups and sorts them.
			if len(sc.tables) != 1 {
				return "", unsupported(limit.value[0], "ROWNUM in a join that is grouped or ordered")
			}
			fromText = "(SELECT * FROM " + fromText + condition + limitText + ") AS " + quote(sc.tables[0].alias)
			condition, limitText = "", ""
		}
	}
	list, err := t.selectList(c.list, sc)
	if err != nil {
		return "", err
	}
	text := "SELECT " + c.distinct + list + " FROM " + fromText + condition
	for _, part := range []struct {
		word   string
		tokens []Token
	}{{" GROUP BY ", c.group}, {" HAVING ", c.having}} {
		if part.tokens != nil {
			rendered, err := t.expr(part.tokens, sc)
			if err != nil {
				return "", err
			}
			text += part.word + rendered
		}
	}
	tail, err := t.tail(c.final, sc)
	return text + limitText + tail, err
}
