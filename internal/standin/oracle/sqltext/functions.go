// SPDX-License-Identifier: Apache-2.0

package sqltext

import "strings"

// call translates a function call whose name took n tokens from i on.
func (t *translator) call(tokens []Token, i int, name string, n int, sc *scope) (string, int, error) {
	open := i + n
	end := Closing(tokens, open)
	inner := tokens[open+1 : end]
	used := end - i + 1
	rest := tokens[end+1:]
	switch name {
	case "CAST":
		text, err := t.cast(inner, sc)
		return text, used, err
	case "XMLSERIALIZE":
		if len(inner) < 4 || !inner[0].Is("CONTENT") && !inner[0].Is("DOCUMENT") {
			return "", 0, errorAt(tokens[open].End, 907, "missing right parenthesis")
		}
		text, err := t.cast(inner[1:], sc)
		return text, used, err
	case "EXTRACT":
		at := Find(inner, 0, "FROM")
		if at == 0 || at >= len(inner)-1 {
			return "", 0, errorAt(tokens[i].Pos, 907, "missing right parenthesis")
		}
		text, err := t.expr(inner[at+1:], sc)
		return "extract(" + inner[0].Text + " FROM " + text + ")", used, err
	case "TRIM":
		text, err := t.trim(inner, sc)
		return text, used, err
	case "LISTAGG":
		text, more, err := t.listagg(inner, rest, sc)
		return text, used + more, err
	case "OVER", "GROUP", "PARTITION":
		text, err := t.window(inner, sc)
		return name + " (" + text + ")", used, err
	}
	var args []string
	if len(inner) > 0 {
		distinct := ""
		if inner[0].Is("DISTINCT") || inner[0].Is("UNIQUE") {
			distinct, inner = "DISTINCT ", inner[1:]
		}
		for _, part := range Split(inner) {
			if len(part) == 0 {
				return "", 0, errorAt(tokens[open].End, 936, "missing expression")
			}
			if part[0].Is("SELECT") {
				return "", 0, errorAt(part[0].Pos, 936, "missing expression")
			}
			text, err := t.expr(part, sc)
			if err != nil {
				return "", 0, err
			}
			args = append(args, text)
		}
		args[0] = distinct + args[0]
	}
	text, err := t.function(tokens[i], name, args)
	if err != nil {
		return "", 0, err
	}
	if len(rest) > 1 && rest[0].Is("WITHIN") && rest[1].Is("GROUP") || len(rest) > 0 && rest[0].Is("KEEP") {
		return "", 0, unsupported(rest[0], name+" … "+rest[0].Text)
	}
	if len(rest) > 1 && rest[0].Is("OVER") && rest[1].IsOp("(") {
		stop := Closing(rest, 1)
		window, err := t.window(rest[2:stop], sc)
		if err != nil {
			return "", 0, err
		}
		return text + " OVER (" + window + ")", used + stop + 1, nil
	}
	return text, used, nil
}

func (t *translator) function(at Token, name string, args []string) (string, error) {
	list := strings.Join(args, ", ")
	switch {
	case name == "NVL" && len(args) == 2:
		return "COALESCE(" + list + ")", nil
	case name == "NVL2" && len(args) == 3:
		return "CASE WHEN (" + args[0] + ") IS NOT NULL THEN " + args[1] + " ELSE " + args[2] + " END", nil
	case name == "DECODE" && len(args) > 2:
		return decode(args), nil
	case name == "LAG" || name == "LEAD":
		if len(args) > 1 {
			args[1] = "(" + args[1] + ")::int"
		}
		return strings.ToLower(name) + "(" + strings.Join(args, ", ") + ")", nil
	case name == "NTILE":
		return "ntile((" + list + ")::int)", nil
	case name == "MEDIAN" && len(args) == 1:
		return "percentile_cont(0.5) WITHIN GROUP (ORDER BY " + args[0] + ")", nil
	case name == "COUNT" && len(args) == 1, passed[name]:
		return strings.ToLower(name) + "(" + list + ")", nil
	case ours[name]:
		return "ora." + strings.ToLower(name) + "(" + list + ")", nil
	case packaged[name] != "":
		return packaged[name] + "(" + list + ")", nil
	}
	last := name
	if i := strings.LastIndexByte(name, '.'); i >= 0 {
		last = strings.ReplaceAll(name, ".", `"."`)
	}
	return "", errorAt(at.Pos, 904, "%s: invalid identifier", quoteRaw(last))
}

func quoteRaw(name string) string { return `"` + name + `"` }

func decode(args []string) string {
	var out strings.Builder
	out.WriteString("CASE")
	i := 1
	for ; i+1 < len(args); i += 2 {
		if args[i] == "NULL" {
			out.WriteString(" WHEN (" + args[0] + ") IS NULL")
		} else {
			out.WriteString(" WHEN (" + args[0] + ") IS NOT DISTINCT FROM (" + args[i] + ")")
		}
		out.WriteString(" THEN " + args[i+1])
	}
	if i < len(args) {
		out.WriteString(" ELSE " + args[i])
	}
	out.WriteString(" END")
	return out.String()
}

// cast translates CAST(x AS type).
func (t *translator) cast(inner []Token, sc *scope) (string, error) {
	at := Find(inner, 0, "AS")
	if at == 0 || at >= len(inner)-1 {
		return "", errorAt(afterOr(inner, t.source), 905, "missing keyword")
	}
	text, err := t.expr(inner[:at], sc)
	if err != nil {
		return "", err
	}
	column, used, err := ColumnType(inner[at+1:])
	if err != nil {
		return "", err
	}
	if used != len(inner)-at-1 {
		return "", errorAt(inner[at+1].Pos, 907, "missing right parenthesis")
	}
	switch target := postgresType(column); {
	case column.DataType == "VARCHAR2" || column.DataType == "NVARCHAR2":
		return "ora.substr(ora.to_char(" + text + "), 1::numeric, " + numberText(itoa(max(column.CharLength, 1))) + ")", nil
	case target == "numeric" || strings.HasPrefix(target, "numeric("):
		return "ora.to_number(" + text + ")::" + target, nil
	default:
		return "(" + text + ")::" + target, nil
	}
}

// trim translates TRIM([[LEADING|TRAILING|BOTH] [c] FROM] x).
func (t *translator) trim(inner []Token, sc *scope) (string, error) {
	side, characters, body := "BOTH", "' '", inner
	if at := Find(inner, 0, "FROM"); at < len(inner) {
		head := inner[:at]
		body = inner[at+1:]
		if len(head) > 0 && (head[0].Is("LEADING") || head[0].Is("TRAILING") || head[0].Is("BOTH")) {
			side, head = head[0].Text, head[1:]
		}
		if len(head) > 0 {
			text, err := t.expr(head, sc)
			if err != nil {
				return "", err
			}
			characters = text
		}
	}
	text, err := t.expr(body, sc)
	return "nullif(trim(" + side + " " + characters + " FROM (" + text + ")::text), '')", err
}

// listagg translates LISTAGG(x, s) WITHIN GROUP (ORDER BY y).
func (t *translator) listagg(inner, rest []Token, sc *scope) (string, int, error) {
	args := Split(inner)
	separator := "''"
	value, err := t.expr(args[0], sc)
	if err != nil {
		return "", 0, err
	}
	if len(args) > 1 {
		if separator, err = t.expr(args[1], sc); err != nil {
			return "", 0, err
		}
		if separator == "NULL" {
			separator = "''"
		}
	}
	if len(rest) > 2 && rest[0].Is("WITHIN") && rest[1].Is("GROUP") && rest[2].IsOp("(") {
		end := Closing(rest, 2)
		order, err := t.window(rest[3:end], sc)
		return "string_agg(ora.to_char(" + value + "), " + separator + " " + order + ")", end + 1, err
	}
	return "string_agg(ora.to_char(" + value + "), " + separator + ")", 0, nil
}

// window translates what stands inside OVER (…).
func (t *translator) window(tokens []Token, sc *scope) (string, error) {
	plain := wordSet("PARTITION ORDER BY ROWS RANGE UNBOUNDED PRECEDING FOLLOWING CURRENT ROW")
	var parts []string
	for i := 0; i < len(tokens); {
		if tokens[i].Kind == Word && plain[tokens[i].Text] && !(i+1 < len(tokens) && tokens[i+1].IsOp(".")) {
			parts = append(parts, tokens[i].Text)
			i++
			continue
		}
		text, n, err := t.operand(tokens, i, sc)
		if err != nil {
			return "", err
		}
		parts = append(parts, text)
		i += n
	}
	return strings.Join(parts, " "), nil
}

var aggregateNames = wordSet("COUNT SUM AVG MIN MAX STDDEV VARIANCE MEDIAN LISTAGG")

// aggregates says whether a select list has an aggregate function outside subqueries.
func (t *translator) aggregates(tokens []Token) bool {
	for i := 0; i+1 < len(tokens); i++ {
		if tokens[i].Kind == Word && aggregateNames[tokens[i].Text] && tokens[i+1].IsOp("(") {
			return true
		}
		if tokens[i].IsOp("(") && tokens[i+1].Is("SELECT") {
			i = Closing(tokens, i)
		}
	}
	return false
}

// levels translates SELECT … FROM DUAL CONNECT BY LEVEL <= n: so many rows.
func (t *translator) levels(c *clauses, sc *scope) (string, error) {
	if len(c.from) != 1 || !c.from[0].Is("DUAL") || len(c.connect) < 3 || !c.connect[0].Is("LEVEL") && !c.connect[0].Is("ROWNUM") ||
		!c.connect[1].IsOp("<=") && !c.connect[1].IsOp("<") || c.where != nil || c.group != nil {
		return "", unsupported(c.connect[0], "hierarchical queries other than FROM DUAL CONNECT BY LEVEL <= n")
	}
	limit, err := t.expr(c.connect[2:], sc)
	if err != nil {
		return "", err
	}
	if c.connect[1].IsOp("<") {
		limit += " - 1"
	}
	sc.rownum = `"q$level"."n"`
	list, err := t.selectList(c.list, sc)
	if err != nil {
		return "", err
	}
	tail, err := t.tail(c.final, sc)
	return "SELECT " + c.distinct + list + " FROM generate_series(1::numeric, greatest(1, " + limit + ")) AS \"q$level\"(\"n\")" + tail, err
}
