// SPDX-License-Identifier: Apache-2.0

package sqltext

import (
	"slices"
	"strconv"
	"strings"
)

// fromClause is a FROM list, item by item.
type fromClause struct{ items []*fromItem }

type fromItem struct {
	text    string
	aliases []string
	// on holds the conditions of an outer join written as (+); needs are the aliases they mention.
	on    []string
	needs []string
}

// text writes the list; items that were marked with (+) become LEFT JOINs after what their conditions mention.
func (f *fromClause) text() string {
	var plain []string
	var outer []*fromItem
	placed := map[string]bool{}
	for _, item := range f.items {
		if item.on != nil {
			outer = append(outer, item)
			continue
		}
		plain = append(plain, item.text)
		for _, a := range item.aliases {
			placed[a] = true
		}
	}
	if len(outer) == 0 {
		return strings.Join(plain, ", ")
	}
	text := strings.Join(plain, " CROSS JOIN ")
	for len(outer) > 0 {
		next := slices.IndexFunc(outer, func(item *fromItem) bool {
			return !slices.ContainsFunc(item.needs, func(alias string) bool { return !placed[alias] && !slices.Contains(item.aliases, alias) })
		})
		if next < 0 {
			next = 0
		}
		item := outer[next]
		outer = slices.Delete(outer, next, next+1)
		text += " LEFT JOIN " + item.text + " ON " + strings.Join(item.on, " AND ")
		for _, a := range item.aliases {
			placed[a] = true
		}
	}
	return text
}

// from translates a FROM list and fills the scope with its tables.
func (t *translator) from(tokens []Token, sc *scope) (*fromClause, error) {
	f := &fromClause{}
	for _, part := range Split(tokens) {
		if len(part) == 0 {
			return nil, errorAt(afterOr(tokens, t.source), 903, "invalid table name")
		}
		before := len(sc.tables)
		text, err := t.joined(part, sc)
		if err != nil {
			return nil, err
		}
		item := &fromItem{text: text}
		for _, table := range sc.tables[before:] {
			item.aliases = append(item.aliases, table.alias)
		}
		f.items = append(f.items, item)
	}
	return f, nil
}

var joinWords = map[string]bool{"JOIN": true, "INNER": true, "LEFT": true, "RIGHT": true, "FULL": true, "CROSS": true, "NATURAL": true,
	"OUTER": true}

// joined translates a table and what is joined to it. Conditions are translated when all tables are known.
func (t *translator) joined(tokens []Token, sc *scope) (string, error) {
	type condition struct {
		at     int
		tokens []Token
	}
	var parts []string
	var conditions []condition
	for i := 0; i < len(tokens); {
		for i < len(tokens) && tokens[i].Kind == Word && joinWords[tokens[i].Text] {
			parts = append(parts, tokens[i].Text)
			i++
		}
		if i == len(tokens) {
			return "", errorAt(afterOr(tokens, t.source), 903, "invalid table name")
		}
		text, n, err := t.tableReference(tokens[i:], sc)
		if err != nil {
			return "", err
		}
		parts = append(parts, text)
		i += n
		switch {
		case i < len(tokens) && tokens[i].Is("ON"):
			end := Find(tokens, i+1, "JOIN", "INNER", "LEFT", "RIGHT", "FULL", "CROSS", "NATURAL")
			conditions = append(conditions, condition{len(parts), tokens[i+1 : end]})
			parts = append(parts, "")
			i = end
		case i+1 < len(tokens) && tokens[i].Is("USING") && tokens[i+1].IsOp("("):
			end := Closing(tokens, i+1)
			names, err := t.nameList(tokens[i+2 : end])
			if err != nil {
				return "", err
			}
			parts = append(parts, "USING ("+names+")")
			i = end + 1
		}
		if i < len(tokens) && !(tokens[i].Kind == Word && joinWords[tokens[i].Text]) {
			return "", errorAt(tokens[i].Pos, 933, "SQL command not properly ended")
		}
	}
	for _, c := range conditions {
		if len(c.tokens) == 0 {
			return "", errorAt(afterOr(tokens, t.source), 936, "missing expression")
		}
		text, err := t.expr(c.tokens, sc)
		if err != nil {
			return "", err
		}
		parts[c.at] = "ON " + text
	}
	return strings.Join(parts, " "), nil
}

// tableReference translates one table, view or subquery with its alias and returns how many tokens it took.
func (t *translator) tableReference(tokens []Token, sc *scope) (string, int, error) {
	if len(tokens) == 0 {
		return "", 0, errorAt(len(t.source), 903, "invalid table name")
	}
	first := tokens[0]
	if first.IsOp("(") {
		end := Closing(tokens, 0)
		inner := tokens[1:end]
		if len(inner) == 0 {
			return "", 0, errorAt(first.Pos, 903, "invalid table name")
		}
		if !inner[0].Is("SELECT") && !inner[0].Is("WITH") && !inner[0].IsOp("(") {
			text, err := t.joined(inner, sc)
			return "(" + text + ")", end + 1, err
		}
		query, err := t.query(inner, sc.parent)
		if err != nil {
			return "", 0, err
		}
		alias, n := t.alias(tokens[end+1:])
		if alias == "" {
			alias = t.newName()
		}
		sc.tables = append(sc.tables, fromTable{alias: alias})
		return "(" + query + ") AS " + quote(alias), end + 1 + n, nil
	}
	if first.Is("TABLE") || first.Is("LATERAL") || first.Is("ONLY") || first.Is("XMLTABLE") || first.Is("JSON_TABLE") {
		return "", 0, unsupported(first, first.Text+" in FROM")
	}
	owner, name, n, err := t.objectName(tokens)
	if err != nil {
		return "", 0, err
	}
	sql := ""
	var table *Table
	if owner == "" && sc.isNamedQuery(name) {
		sql = quote(name)
	} else {
		table, err = t.resolver.Table(owner, name, Select)
		if err != nil {
			return "", 0, positioned(err, first)
		}
		sql = table.SQL
	}
	if n < len(tokens) && (tokens[n].Is("PARTITION") || tokens[n].Is("SUBPARTITION") || tokens[n].Is("PIVOT") ||
		tokens[n].Is("AS") && n+1 < len(tokens) && tokens[n+1].Is("OF")) {
		return "", 0, unsupported(tokens[n], tokens[n].Text+" after a table")
	}
	sample, used, err := t.sample(tokens[n:])
	if err != nil {
		return "", 0, err
	}
	n += used
	alias, used := t.alias(tokens[n:])
	if alias == "" {
		alias = name
	}
	sc.tables = append(sc.tables, fromTable{alias: alias, table: table})
	return sql + " AS " + quote(alias) + sample, n + used, nil
}

// sample translates SAMPLE [BLOCK] (percent) behind a table and returns how many tokens it took.
func (t *translator) sample(tokens []Token) (string, int, error) {
	if len(tokens) == 0 || !tokens[0].Is("SAMPLE") {
		return "", 0, nil
	}
	n, method := 1, "BERNOULLI"
	if len(tokens) > 1 && tokens[1].Is("BLOCK") {
		n, method = 2, "SYSTEM"
	}
	if len(tokens) < n+3 || !tokens[n].IsOp("(") || tokens[n+1].Kind != Number || !tokens[n+2].IsOp(")") {
		return "", 0, errorAt(afterOr(tokens[:n], t.source), 906, "missing left parenthesis")
	}
	// ORA-30562: the percentage is at least 0.000001 and less than 100.
	if percent, err := strconv.ParseFloat(tokens[n+1].Text, 64); err != nil || percent < 0.000001 || percent >= 100 {
		return "", 0, errorAt(tokens[n+1].Pos, 30562, "invalid SAMPLE percentage")
	}
	return " TABLESAMPLE " + method + " (" + tokens[n+1].Text + ")", n + 3, nil
}

// objectName reads [owner.]name.
func (t *translator) objectName(tokens []Token) (owner, name string, n int, err error) {
	if len(tokens) == 0 || !tokens[0].Name() || tokens[0].Kind == Word && reserved[tokens[0].Text] {
		at := len(t.source)
		if len(tokens) > 0 {
			at = tokens[0].Pos
		}
		return "", "", 0, errorAt(at, 903, "invalid table name")
	}
	name, n = tokens[0].Text, 1
	if len(tokens) > 2 && tokens[1].IsOp(".") && tokens[2].Name() {
		owner, name, n = name, tokens[2].Text, 3
	}
	if n < len(tokens) && tokens[n].IsOp("@") {
		return "", "", 0, errorAt(tokens[n].Pos, 2019, "connection description for remote database not found")
	}
	return owner, name, n, nil
}

// alias reads an alias where there is one.
func (t *translator) alias(tokens []Token) (string, int) {
	if len(tokens) == 0 {
		return "", 0
	}
	if tokens[0].Is("AS") && len(tokens) > 1 && tokens[1].Name() {
		return tokens[1].Text, 2
	}
	if tokens[0].Kind == Quoted || tokens[0].Kind == Word && !reserved[tokens[0].Text] && !joinWords[tokens[0].Text] &&
		tokens[0].Text != "USING" {
		return tokens[0].Text, 1
	}
	return "", 0
}

// nameList translates a list of plain names.
func (t *translator) nameList(tokens []Token) (string, error) {
	var names []string
	for _, part := range Split(tokens) {
		if len(part) != 1 || !part[0].Name() {
			return "", errorAt(afterOr(part, t.source), 904, "invalid identifier")
		}
		names = append(names, quote(part[0].Text))
	}
	return strings.Join(names, ", "), nil
}
