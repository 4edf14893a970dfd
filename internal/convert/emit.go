// SPDX-License-Identifier: Apache-2.0

package convert

import (
	"errors"
	"fmt"
	"strings"

	sql "github.com/ferryman/ferryman/internal/convert/oraclesql"
)

// expression is an Oracle expression in PostgreSQL's words, with what is known of it.
type expression struct {
	SQL      string
	cat      category
	integer  bool // of an integer type on the target, so that arithmetic may overflow
	notNull  bool
	constant bool // a literal
	volatile bool // not immutable: not for an index or a stored column
	literal  string
	null     bool
	compound bool // needs parentheses as an operand
}

// scope says what names mean where an expression stands.
type scope interface {
	column(parts []string) (expression, error)
	// sequence is the regclass of a sequence, for NEXTVAL; ok is false where it is not on the target.
	sequence(parts []string) (string, bool)
	aggregates() bool
}

func uncertain(format string, args ...any) error { return fmt.Errorf(format, args...) }

// emit translates e where the result is certain to mean the same. The error says what is not.
func emit(e sql.Expr, s scope) (expression, error) {
	switch e := e.(type) {
	case sql.Text:
		if e.Value == "" {
			return null(), nil // Oracle's empty string is NULL
		}
		return expression{SQL: literal(e.Value), cat: catText, notNull: true, constant: true, literal: e.Value}, nil
	case sql.Number:
		return expression{SQL: e.Digits, cat: catNumber, notNull: true, constant: true, literal: e.Digits}, nil
	case sql.Null:
		return null(), nil
	case sql.Moment:
		return moment(e)
	case sql.Name:
		return emitName(e, s)
	case sql.Call:
		return emitCall(e, s)
	case sql.Unary:
		return emitUnary(e, s)
	case sql.Binary:
		return emitBinary(e, s)
	case sql.IsNull:
		x, err := emit(e.X, s)
		return predicate(fmt.Sprintf("%s IS %sNULL", operand(x), not(e.Not)), x), err
	case sql.Between:
		return emitBetween(e, s)
	case sql.In:
		return emitIn(e, s)
	case sql.Like:
		return emitLike(e, s)
	case sql.Case:
		return emitCase(e, s)
	}
	return expression{}, uncertain("an expression of kind %T", e)
}

func null() expression { return expression{SQL: "NULL", constant: true, null: true} }

func not(b bool) string {
	if b {
		return "NOT "
	}
	return ""
}

func operand(x expression) string {
	if x.compound {
		return "(" + x.SQL + ")"
	}
	return x.SQL
}

func anyVolatile(xs ...expression) bool {
	for _, x := range xs {
		if x.volatile {
			return true
		}
	}
	return false
}

func predicate(text string, of ...expression) expression {
	return expression{SQL: text, cat: catBool, volatile: anyVolatile(of...), compound: true}
}

func emitUnary(e sql.Unary, s scope) (expression, error) {
	x, err := emit(e.X, s)
	if err != nil {
		return x, err
	}
	if e.Op == "NOT" {
		if x.cat != catBool {
			return x, uncertain("NOT before something that is no condition")
		}
		return predicate("NOT "+operand(x), x), nil
	}
	if x.cat != catNumber {
		return x, uncertain("%s before something that is no number", e.Op)
	}
	x.SQL, x.compound = e.Op+operand(x), !x.constant
	x.literal = ""
	return x, nil
}

func emitBinary(e sql.Binary, s scope) (expression, error) {
	l, err := emit(e.L, s)
	if err != nil {
		return l, err
	}
	r, err := emit(e.R, s)
	if err != nil {
		return r, err
	}
	switch e.Op {
	case "AND", "OR":
		if l.cat != catBool || r.cat != catBool {
			return l, uncertain("%s between things that are no conditions", e.Op)
		}
		return predicate(chained(e.L, l, e.Op)+" "+e.Op+" "+chained(e.R, r, e.Op), l, r), nil
	case "=", "<>", "<", "<=", ">", ">=":
		if err := comparable(&l, &r); err != nil {
			return l, err
		}
		return predicate(fmt.Sprintf("%s %s %s", operand(l)+byBytes(s, e.Op, l, r), e.Op, operand(r)), l, r), nil
	case "||":
		return concatenate(l, r)
	case "/":
		return l, uncertain("a division: PostgreSQL cuts that of two integers and rounds others at another digit")
	}
	return arithmetic(l, e.Op, r)
}

// chained leaves parentheses out between equal operators.
func chained(e sql.Expr, x expression, op string) string {
	if b, ok := e.(sql.Binary); ok {
		if and := b.Op == "AND"; b.Op == op || !and && b.Op != "OR" {
			return x.SQL
		}
		return operand(x)
	}
	if u, ok := e.(sql.Unary); ok && u.Op == "NOT" {
		return operand(x)
	}
	return x.SQL
}

// comparable refuses what Oracle would convert before comparing and PostgreSQL would not, or otherwise.
func comparable(l, r *expression) error {
	if l.null || r.null {
		return nil
	}
	for _, p := range [][2]*expression{{l, r}, {r, l}} {
		if p[0].cat == catNumber && p[1].cat == catText && p[1].constant {
			if !plainNumber(p[1].literal) {
				return uncertain("a number compared with the text %s", clip(p[1].SQL))
			}
			p[1].SQL, p[1].cat = p[1].literal, catNumber
			return nil
		}
		if p[0].cat == catChar && p[1].cat == catText && p[1].constant {
			return nil
		}
	}
	moments := func(c category) bool { return c == catDate || c == catTimestamp }
	switch {
	case l.cat == catLob || r.cat == catLob || l.cat == catOther || r.cat == catOther || l.cat == catBool || r.cat == catBool:
		return uncertain("a comparison of %s with %s", clip(l.SQL), clip(r.SQL))
	case l.cat == r.cat, moments(l.cat) && moments(r.cat):
		return nil
	case moments(l.cat) || moments(r.cat) || l.cat == catZoned || r.cat == catZoned:
		return uncertain("a date compared with %s, which Oracle converts by the session's settings", clip(r.SQL))
	}
	return uncertain("a comparison of different types (%s and %s)", clip(l.SQL), clip(r.SQL))
}

func plainNumber(s string) bool {
	s = strings.TrimPrefix(s, "-")
	whole, fraction, _ := strings.Cut(s, ".")
	return whole+fraction != "" && strings.Trim(whole+fraction, "0123456789") == ""
}

// byBytes orders texts in code as Oracle does, by their bytes. Equality needs none of it.
func byBytes(s scope, op string, l, r expression) string {
	if _, code := s.(*codeScope); code && op != "=" && op != "<>" && l.cat == catText && r.cat == catText {
		return ` COLLATE "C"`
	}
	return ""
}

// concatenate keeps Oracle's rule that NULL adds nothing.
func concatenate(l, r expression) (expression, error) {
	for _, x := range []*expression{&l, &r} {
		if x.cat == catNumber && x.integer { // whole numbers are the same text on both
			x.SQL, x.cat, x.compound = "("+x.SQL+")::text", catText, false
		}
		if x.cat != catText && !x.null {
			return l, uncertain("|| with %s, which is not plain text", clip(x.SQL))
		}
	}
	out := expression{cat: catText, notNull: l.notNull || r.notNull, volatile: anyVolatile(l, r)}
	if l.notNull && r.notNull {
		out.SQL, out.compound = operand(l)+" || "+operand(r), true
		return out, nil
	}
	// concat() is not immutable for PostgreSQL, whatever its arguments.
	out.SQL, out.volatile = fmt.Sprintf("NULLIF(concat(%s, %s), '')", l.SQL, r.SQL), true
	return out, nil
}

func arithmetic(l expression, op string, r expression) (expression, error) {
	out := expression{notNull: l.notNull && r.notNull, volatile: anyVolatile(l, r), compound: true}
	switch {
	case l.cat == catNumber && r.cat == catNumber:
		out.cat = catNumber
		left := operand(l)
		if l.integer || r.integer || l.constant && r.constant {
			left += "::numeric" // integers overflow where NUMBER does not
		}
		out.SQL = left + " " + op + " " + operand(r)
		return out, nil
	case l.cat == catDate && r.cat == catNumber && (op == "+" || op == "-") && (r.integer || wholeLiteral(r)):
		out.cat = catDate
		out.SQL = fmt.Sprintf("%s %s %s * INTERVAL '1 day'", operand(l), op, operand(r))
		return out, nil
	case l.cat == catDate && r.cat == catDate:
		return out, uncertain("the difference of two dates, which is a number on Oracle and an interval on PostgreSQL")
	}
	return out, uncertain("%s between %s and %s", op, clip(l.SQL), clip(r.SQL))
}

func wholeLiteral(x expression) bool {
	return x.constant && x.literal != "" && strings.Trim(x.literal, "0123456789") == ""
}

func emitBetween(e sql.Between, s scope) (expression, error) {
	xs, err := emitAll(s, e.X, e.Lo, e.Hi)
	if err != nil {
		return expression{}, err
	}
	if err := errors.Join(comparable(&xs[0], &xs[1]), comparable(&xs[0], &xs[2])); err != nil {
		return xs[0], err
	}
	return predicate(fmt.Sprintf("%s %sBETWEEN %s AND %s", operand(xs[0])+byBytes(s, "BETWEEN", xs[0], xs[1]), not(e.Not), operand(xs[1]), operand(xs[2])), xs...), nil
}

func emitIn(e sql.In, s scope) (expression, error) {
	x, err := emit(e.X, s)
	if err != nil {
		return x, err
	}
	list, err := emitAll(s, e.List...)
	if err != nil {
		return x, err
	}
	var texts []string
	for i := range list {
		if err := comparable(&x, &list[i]); err != nil {
			return x, err
		}
		texts = append(texts, list[i].SQL)
	}
	return predicate(fmt.Sprintf("%s %sIN (%s)", operand(x), not(e.Not), strings.Join(texts, ", ")), append(list, x)...), nil
}

func emitLike(e sql.Like, s scope) (expression, error) {
	xs, err := emitAll(s, e.X, e.Pattern)
	if err != nil {
		return expression{}, err
	}
	if xs[0].cat != catText || xs[1].cat != catText {
		return xs[0], uncertain("LIKE with something that is not plain text")
	}
	// Oracle has no escape character unless one is named; PostgreSQL's is the backslash.
	return predicate(fmt.Sprintf("%s %sLIKE %s ESCAPE ''", operand(xs[0]), not(e.Not), operand(xs[1])), xs...), nil
}

func emitAll(s scope, es ...sql.Expr) ([]expression, error) {
	out := make([]expression, len(es))
	for i, e := range es {
		var err error
		if out[i], err = emit(e, s); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func emitCase(e sql.Case, s scope) (expression, error) {
	var b strings.Builder
	b.WriteString("CASE")
	var operandX *expression
	var all, results []expression
	if e.Operand != nil {
		x, err := emit(e.Operand, s)
		if err != nil {
			return x, err
		}
		operandX = &x
		all = append(all, x)
		b.WriteString(" " + operand(x))
	}
	for _, w := range e.Whens {
		xs, err := emitAll(s, w.If, w.Then)
		if err != nil {
			return expression{}, err
		}
		if operandX == nil && xs[0].cat != catBool {
			return xs[0], uncertain("WHEN with something that is no condition")
		}
		if operandX != nil {
			if err := comparable(operandX, &xs[0]); err != nil {
				return xs[0], err
			}
		}
		all, results = append(all, xs...), append(results, xs[1])
		fmt.Fprintf(&b, " WHEN %s THEN %s", xs[0].SQL, xs[1].SQL)
	}
	if e.Else != nil {
		x, err := emit(e.Else, s)
		if err != nil {
			return x, err
		}
		all, results = append(all, x), append(results, x)
		b.WriteString(" ELSE " + x.SQL)
	} else {
		results = append(results, null())
	}
	out, err := common(results)
	out.SQL, out.volatile = b.String()+" END", anyVolatile(all...)
	return out, err
}

// common is what expressions have in common that become one value; they must be of one category.
func common(xs []expression) (expression, error) {
	out := expression{notNull: true}
	for _, x := range xs {
		out.notNull = out.notNull && x.notNull
		out.integer = out.integer || x.integer
		if x.null {
			continue
		}
		if out.cat == catNone {
			out.cat = x.cat
		}
		if x.cat != out.cat {
			return out, uncertain("values of different types that become one (%s)", clip(x.SQL))
		}
	}
	return out, nil
}
