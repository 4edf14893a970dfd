// SPDX-License-Identifier: Apache-2.0

package sqltext

import (
	"strings"

	"github.com/ferryman/ferryman/internal/standin/oracle/dict"
)

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
