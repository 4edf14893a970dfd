// SPDX-License-Identifier: Apache-2.0

package rows

import (
	"slices"
	"strconv"

	"github.com/ferryman/ferryman/internal/standin/oracle/sqltext"
)

// limit is what checks say about a column on its own.
type limit struct {
	list           []string
	low, high      float64
	hasLow, above  bool // above: greater than low, not equal
	hasHigh, under bool
}

func (t *table) limit(column string) *limit {
	if t.limits[column] == nil {
		t.limits[column] = &limit{}
	}
	return t.limits[column]
}

// readCheck understands col IN (…), col BETWEEN a AND b, col < n and the like, col < col, and several of them joined by AND. What it does not
// understand is left to the database, which takes out the rows that break it.
func (t *table) readCheck(condition string) {
	tokens, err := sqltext.Tokens(condition)
	if err != nil || sqltext.Find(tokens, 0, "OR", "NOT", "CASE") < len(tokens) {
		return
	}
	for len(tokens) > 0 {
		for len(tokens) > 1 && tokens[0].IsOp("(") && sqltext.Closing(tokens, 0) == len(tokens)-1 {
			tokens = tokens[1 : len(tokens)-1]
		}
		from := 0
		if between := sqltext.Find(tokens, 0, "BETWEEN"); between < sqltext.Find(tokens, 0, "AND") {
			from = sqltext.Find(tokens, between, "AND") + 1
		}
		end := sqltext.Find(tokens, min(from, len(tokens)), "AND")
		t.readCondition(tokens[:end])
		if end == len(tokens) {
			return
		}
		tokens = tokens[end+1:]
	}
}

func (t *table) readCondition(tokens []sqltext.Token) {
	if len(tokens) < 3 || !tokens[0].Name() {
		return
	}
	column := tokens[0].Text
	if _, ok := t.at[column]; !ok {
		return
	}
	op, rest := tokens[1], tokens[2:]
	switch {
	case op.Is("IN") && rest[0].IsOp("("):
		for _, item := range sqltext.Split(rest[1:max(1, sqltext.Closing(rest, 0))]) {
			if text, ok := constant(item); ok {
				t.limit(column).list = append(t.limit(column).list, text)
			}
		}
	case op.Is("BETWEEN"):
		and := sqltext.Find(rest, 0, "AND")
		t.bound(column, ">=", rest[:and])
		t.bound(column, "<=", rest[min(and+1, len(rest)):])
	case len(rest) == 1 && rest[0].Name() && slices.Contains(t.names, rest[0].Text):
		switch op.Text {
		case "<", "<=":
			t.pairs = append(t.pairs, [2]string{column, rest[0].Text})
		case ">", ">=":
			t.pairs = append(t.pairs, [2]string{rest[0].Text, column})
		}
	case op.IsOp("="):
		if text, ok := constant(rest); ok {
			t.limit(column).list = []string{text}
		}
	default:
		t.bound(column, op.Text, rest)
	}
}

// constant reads a literal.
func constant(tokens []sqltext.Token) (string, bool) {
	switch {
	case len(tokens) == 1 && (tokens[0].Kind == sqltext.String || tokens[0].Kind == sqltext.Number):
		return tokens[0].Text, true
	case len(tokens) == 2 && tokens[0].IsOp("-") && tokens[1].Kind == sqltext.Number:
		return "-" + tokens[1].Text, true
	}
	return "", false
}

func (t *table) bound(column, op string, tokens []sqltext.Token) {
	text, ok := constant(tokens)
	n, err := strconv.ParseFloat(text, 64)
	if !ok || err != nil {
		return
	}
	l := t.limit(column)
	switch op {
	case ">", ">=":
		l.low, l.hasLow, l.above = n, true, op == ">"
	case "<", "<=":
		l.high, l.hasHigh, l.under = n, true, op == "<"
	}
}

// orderPairs puts the values of two columns that a check compares in their order.
func (t *table) orderPairs(row []string) {
	for _, p := range t.pairs {
		a, b := t.at[p[0]], t.at[p[1]]
		if row[a] == "" || row[b] == "" || t.references(p[0]) || t.references(p[1]) {
			continue
		}
		x, err1 := strconv.ParseFloat(row[a], 64)
		y, err2 := strconv.ParseFloat(row[b], 64)
		if err1 == nil && err2 == nil && x > y || (err1 != nil || err2 != nil) && row[a] > row[b] {
			row[a], row[b] = row[b], row[a]
		}
	}
}

// legal says whether a row keeps the checks between two columns.
func (t *table) legal(row []string) bool {
	for _, p := range t.pairs {
		if a, b := row[t.at[p[0]]], row[t.at[p[1]]]; a != "" && a == b {
			return false
		}
	}
	return true
}
