// SPDX-License-Identifier: Apache-2.0

package convert

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	sql "github.com/ferryman/ferryman/internal/convert/oraclesql"
)

// emitName translates a column, a pseudo column or a sequence's next value.
func emitName(n sql.Name, s scope) (expression, error) {
	last := len(n.Parts) - 1
	if last > 0 && (n.Parts[last] == "NEXTVAL" || n.Parts[last] == "CURRVAL") {
		if class, ok := s.sequence(n.Parts[:last]); ok && n.Parts[last] == "NEXTVAL" {
			return expression{SQL: "nextval(" + class + ")", cat: catNumber, notNull: true, volatile: true}, nil
		}
		return expression{}, uncertain("%s of a sequence that is not on the target, or twice in one statement", n.Parts[last])
	}
	x, err := s.column(n.Parts)
	if err == nil || last > 0 || n.Bind {
		return x, err
	}
	if code, ok := s.(*codeScope); ok {
		if now, ok, err := code.clock(n.Parts[0]); ok {
			return now, err
		}
		if call, ok, err := code.call(sql.Call{Name: n.Parts[0]}); ok { // a function without arguments needs no parentheses
			return call, err
		}
		return x, err
	}
	switch n.Parts[0] {
	case "SYSDATE", "CURRENT_DATE":
		return expression{SQL: "LOCALTIMESTAMP(0)", cat: catDate, notNull: true, volatile: true}, nil
	case "SYSTIMESTAMP", "CURRENT_TIMESTAMP":
		return expression{SQL: "CURRENT_TIMESTAMP", cat: catZoned, notNull: true, volatile: true}, nil
	case "LOCALTIMESTAMP":
		return expression{SQL: "LOCALTIMESTAMP", cat: catTimestamp, notNull: true, volatile: true}, nil
	case "USER":
		return expression{SQL: "upper(CURRENT_USER)", cat: catText, notNull: true, volatile: true}, nil
	}
	return x, err
}

var (
	dayLiteral    = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}$`)
	momentLiteral = regexp.MustCompile(`^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}(\.\d{1,6})?$`)
)

func moment(m sql.Moment) (expression, error) {
	v := m.Value
	if m.Kind == "DATE" && dayLiteral.MatchString(v) {
		return expression{SQL: "TIMESTAMP " + literal(v+" 00:00:00"), cat: catDate, notNull: true, constant: true}, nil
	}
	if m.Kind == "TIMESTAMP" && momentLiteral.MatchString(v) {
		return expression{SQL: "TIMESTAMP " + literal(v), cat: catTimestamp, notNull: true, constant: true}, nil
	}
	return expression{}, uncertain("the literal %s %s", m.Kind, clip(literal(v)))
}

// emitCall translates the functions whose meaning is the same for every argument that is let through.
func emitCall(c sql.Call, s scope) (expression, error) {
	if code, ok := s.(*codeScope); ok {
		if x, ok, err := code.call(c); ok {
			return x, err
		}
	}
	if c.Owner != "" {
		return expression{}, uncertain("a function of the schema or of a package (%s.%s)", clip(c.Owner), clip(c.Name))
	}
	if c.Star || c.Name == "COUNT" || c.Name == "SUM" || c.Name == "MIN" || c.Name == "MAX" {
		return aggregate(c, s)
	}
	if x, ok, err := roundedDivision(c, s); ok {
		return x, err
	}
	a, err := emitAll(s, c.Args...)
	if err != nil {
		return expression{}, err
	}
	if c.Distinct {
		return expression{}, uncertain("DISTINCT in %s", c.Name)
	}
	is := func(cats ...category) bool {
		if len(a) != len(cats) {
			return false
		}
		for i, want := range cats {
			if a[i].cat != want {
				return false
			}
		}
		return true
	}
	out := expression{volatile: anyVolatile(a...), notNull: len(a) > 0 && a[0].notNull}
	switch {
	case (c.Name == "UPPER" || c.Name == "LOWER") && is(catText):
		out.SQL, out.cat = strings.ToLower(c.Name)+"("+a[0].SQL+")", catText
	case c.Name == "LENGTH" && is(catText):
		out.SQL, out.cat, out.integer = "length("+a[0].SQL+")", catNumber, true
	case (c.Name == "TRIM" || c.Name == "LTRIM" || c.Name == "RTRIM") && is(catText):
		f := map[string]string{"TRIM": "btrim"}[c.Name]
		if f == "" {
			f = strings.ToLower(c.Name)
		}
		out.SQL, out.cat, out.notNull = fmt.Sprintf("NULLIF(%s(%s), '')", f, a[0].SQL), catText, false
	case c.Name == "SUBSTR":
		return substring(a, out)
	case c.Name == "REPLACE" && len(a) == 3 && a[0].cat == catText && a[1].cat == catText && a[1].constant && a[2].constant && (a[2].null || a[2].cat == catText):
		with := a[2].SQL
		if a[2].null {
			with = "''" // nothing in its place
		}
		out.SQL, out.cat, out.notNull = fmt.Sprintf("NULLIF(replace(%s, %s, %s), '')", a[0].SQL, a[1].SQL, with), catText, false
	case c.Name == "INSTR" && is(catText, catText) && a[1].constant:
		out.SQL, out.cat, out.integer = fmt.Sprintf("strpos(%s, %s)", a[0].SQL, a[1].SQL), catNumber, true
	case (c.Name == "ABS" || c.Name == "CEIL" || c.Name == "FLOOR" || c.Name == "SIGN") && is(catNumber):
		out.SQL, out.cat = fmt.Sprintf("%s(%s::numeric)", strings.ToLower(c.Name), operand(a[0])), catNumber
	case (c.Name == "ROUND" || c.Name == "TRUNC") && (is(catNumber) || is(catNumber, catNumber) && a[1].constant):
		out.SQL, out.cat = fmt.Sprintf("%s(%s::numeric%s)", strings.ToLower(c.Name), operand(a[0]), rest(a)), catNumber
	case c.Name == "MOD" && is(catNumber, catNumber) && a[1].constant && strings.Trim(a[1].literal, "0.") != "":
		out.SQL, out.cat = fmt.Sprintf("mod(%s::numeric, %s)", operand(a[0]), a[1].SQL), catNumber
	case c.Name == "NVL" && len(a) == 2, c.Name == "COALESCE" && len(a) > 1:
		return coalesce(a)
	case c.Name == "NVL2" && len(a) == 3:
		x, err := common(a[1:])
		x.SQL = fmt.Sprintf("CASE WHEN %s IS NOT NULL THEN %s ELSE %s END", operand(a[0]), a[1].SQL, a[2].SQL)
		x.volatile = anyVolatile(a...)
		return x, err
	case c.Name == "NULLIF" && len(a) == 2:
		err := comparable(&a[0], &a[1])
		out.SQL, out.cat, out.notNull = fmt.Sprintf("NULLIF(%s, %s)", a[0].SQL, a[1].SQL), a[0].cat, false
		return out, err
	case c.Name == "DECODE" && len(a) > 2:
		return decode(a)
	case c.Name == "TRUNC" && (len(a) == 1 || len(a) == 2 && a[1].constant):
		return truncateDate(a, out)
	case c.Name == "TO_CHAR" && len(a) == 2 && (a[0].cat == catDate || a[0].cat == catTimestamp) && a[1].constant:
		if _, ok := dateFormat(a[1].literal); !ok {
			return out, uncertain("TO_CHAR with the format %s", clip(a[1].SQL))
		}
		out.SQL, out.cat, out.volatile = fmt.Sprintf("to_char(%s, %s)", a[0].SQL, literal(strings.ToUpper(a[1].literal))), catText, true
	case c.Name == "TO_DATE" && len(a) == 2 && a[0].constant && a[1].constant:
		return toDate(a)
	case c.Name == "SYS_GUID" && len(a) == 0:
		return expression{SQL: "uuid_send(gen_random_uuid())", cat: catBytes, notNull: true, volatile: true}, nil
	case c.Name == "EMPTY_CLOB" && len(a) == 0:
		return expression{SQL: "''", cat: catLob, notNull: true, constant: true}, nil
	case c.Name == "EMPTY_BLOB" && len(a) == 0:
		return expression{SQL: `'\x'::bytea`, cat: catBytes, notNull: true, constant: true}, nil
	default:
		return out, uncertain("the function %s with these arguments", clip(c.Name))
	}
	return out, nil
}

// roundedDivision is ROUND(x / y [, n]) to at most ten digits: PostgreSQL divides to thirty, so that what is rounded is the same.
func roundedDivision(c sql.Call, s scope) (expression, bool, error) {
	b, ok := expression{}, false
	if (c.Name != "ROUND" || len(c.Args) == 0 || len(c.Args) > 2) || c.Distinct {
		return b, false, nil
	}
	division, ok := c.Args[0].(sql.Binary)
	if !ok || division.Op != "/" {
		return b, false, nil
	}
	digits := "0"
	if len(c.Args) == 2 {
		n, ok := c.Args[1].(sql.Number)
		if d, err := strconv.Atoi(n.Digits); !ok || err != nil || d > 10 {
			return b, false, nil
		}
		digits = n.Digits
	}
	a, err := emitAll(s, division.L, division.R)
	if err != nil {
		return b, true, err
	}
	if a[0].cat != catNumber || a[1].cat != catNumber {
		return b, true, uncertain("a division of something that is no number")
	}
	return expression{SQL: fmt.Sprintf("round(%s::numeric * 1.%s / %s, %s)", operand(a[0]), strings.Repeat("0", 30), operand(a[1]), digits), cat: catNumber,
		notNull: a[0].notNull && a[1].notNull, volatile: anyVolatile(a...)}, true, nil
}

func rest(a []expression) string {
	if len(a) == 2 {
		return ", " + a[1].SQL
	}
	return ""
}

func aggregate(c sql.Call, s scope) (expression, error) {
	if !s.aggregates() {
		return expression{}, uncertain("%s outside a query", clip(c.Name))
	}
	if c.Star {
		if c.Name != "COUNT" {
			return expression{}, uncertain("%s(*)", clip(c.Name))
		}
		return expression{SQL: "count(*)", cat: catNumber, notNull: true, integer: true}, nil
	}
	a, err := emitAll(s, c.Args...)
	if err != nil {
		return expression{}, err
	}
	if len(a) != 1 || c.Name == "SUM" && a[0].cat != catNumber {
		return expression{}, uncertain("%s with these arguments", c.Name)
	}
	distinct := ""
	if c.Distinct {
		distinct = "DISTINCT "
	}
	of := a[0].SQL
	if c.Name == "MIN" || c.Name == "MAX" {
		of += byBytes(s, c.Name, a[0], a[0])
	}
	out := expression{SQL: strings.ToLower(c.Name) + "(" + distinct + of + ")", cat: a[0].cat, integer: a[0].integer}
	if c.Name == "COUNT" {
		out.cat, out.notNull, out.integer = catNumber, true, true
	}
	return out, nil
}

func substring(a []expression, out expression) (expression, error) {
	if len(a) < 2 || len(a) > 3 || a[0].cat != catText {
		return out, uncertain("SUBSTR with these arguments")
	}
	for _, n := range a[1:] {
		if v, err := strconv.Atoi(n.literal); err != nil || v < 1 {
			return out, uncertain("SUBSTR with a place or length that is not a whole number from 1 on")
		}
	}
	list := a[0].SQL + ", " + a[1].SQL
	if len(a) == 3 {
		list += ", " + a[2].SQL
	}
	out.SQL, out.cat, out.notNull = "NULLIF(substr("+list+"), '')", catText, false
	return out, nil
}

func coalesce(a []expression) (expression, error) {
	out, err := common(a)
	var texts []string
	for _, x := range a {
		texts = append(texts, x.SQL)
		out.notNull = out.notNull || x.notNull
	}
	out.SQL, out.volatile = "COALESCE("+strings.Join(texts, ", ")+")", anyVolatile(a...)
	return out, err
}

// decode becomes CASE. DECODE takes two NULLs for equal.
func decode(a []expression) (expression, error) {
	var b strings.Builder
	b.WriteString("CASE")
	var results []expression
	i := 1
	for ; i+1 < len(a); i += 2 {
		if err := comparable(&a[0], &a[i]); err != nil {
			return a[i], err
		}
		how := " = "
		if a[i].null || !a[i].notNull {
			how = " IS NOT DISTINCT FROM "
		}
		fmt.Fprintf(&b, " WHEN %s%s%s THEN %s", operand(a[0]), how, operand(a[i]), a[i+1].SQL)
		results = append(results, a[i+1])
	}
	if i < len(a) {
		b.WriteString(" ELSE " + a[i].SQL)
		results = append(results, a[i])
	} else {
		results = append(results, null())
	}
	out, err := common(results)
	out.SQL, out.volatile = b.String()+" END", anyVolatile(a...)
	return out, err
}

var truncUnits = map[string]string{"DD": "day", "DDD": "day", "J": "day", "MM": "month", "MON": "month", "MONTH": "month", "YYYY": "year",
	"YEAR": "year", "YY": "year", "Q": "quarter", "HH": "hour", "HH24": "hour", "MI": "minute", "IW": "week"}

func truncateDate(a []expression, out expression) (expression, error) {
	if a[0].cat != catDate && a[0].cat != catTimestamp {
		return out, uncertain("TRUNC of %s", clip(a[0].SQL))
	}
	unit := "day"
	if len(a) == 2 {
		var ok bool
		if unit, ok = truncUnits[strings.ToUpper(a[1].literal)]; !ok {
			return out, uncertain("TRUNC to %s", clip(a[1].SQL))
		}
	}
	out.SQL, out.cat = fmt.Sprintf("date_trunc('%s', %s)", unit, a[0].SQL), catDate
	return out, nil
}

var formatElements = []struct{ oracle, layout string }{{"YYYY", "2006"}, {"HH24", "15"}, {"MM", "01"}, {"DD", "02"}, {"MI", "04"}, {"SS", "05"}}

// dateFormat reads a date format of figures and separators only, which both databases read alike.
func dateFormat(format string) (layout string, ok bool) {
	f := strings.ToUpper(format)
next:
	for f != "" {
		for _, e := range formatElements {
			if strings.HasPrefix(f, e.oracle) {
				layout += e.layout
				f = f[len(e.oracle):]
				continue next
			}
		}
		if !strings.ContainsRune("-/.:, ", rune(f[0])) {
			return "", false
		}
		layout += f[:1]
		f = f[1:]
	}
	return layout, layout != ""
}

func toDate(a []expression) (expression, error) {
	layout, ok := dateFormat(a[1].literal)
	if !ok || !strings.Contains(layout, "2006") || !strings.Contains(layout, "01") || !strings.Contains(layout, "02") {
		return a[0], uncertain("TO_DATE with the format %s", clip(a[1].SQL))
	}
	t, err := time.Parse(layout, a[0].literal)
	if err != nil {
		return a[0], uncertain("TO_DATE of %s", clip(a[0].SQL))
	}
	return expression{SQL: "TIMESTAMP " + literal(t.Format("2006-01-02 15:04:05")), cat: catDate, notNull: true, constant: true}, nil
}
