// SPDX-License-Identifier: Apache-2.0

package oraclesql_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/ferryman/ferryman/internal/convert/oraclesql"
	"github.com/stretchr/testify/require"
)

func TestExpressionsBindAsOracleHasThem(t *testing.T) {
	t.Parallel()
	n := func(parts ...string) oraclesql.Name { return oraclesql.Name{Parts: parts} }
	num := func(s string) oraclesql.Number { return oraclesql.Number{Digits: s} }
	bin := func(l oraclesql.Expr, op string, r oraclesql.Expr) oraclesql.Binary {
		return oraclesql.Binary{Op: op, L: l, R: r}
	}
	for text, want := range map[string]oraclesql.Expr{
		"a + b * c - 1":                  bin(bin(n("A"), "+", bin(n("B"), "*", n("C"))), "-", num("1")),
		`"a" || 'it''s'`:                 bin(n("a"), "||", oraclesql.Text{Value: "it's"}),
		"a=1 or b=2 and not c":           bin(bin(n("A"), "=", num("1")), "OR", bin(bin(n("B"), "=", num("2")), "AND", oraclesql.Unary{Op: "NOT", X: n("C")})),
		"a != .5e-3":                     bin(n("A"), "<>", num(".5e-3")),
		"s.q.nextval":                    n("S", "Q", "NEXTVAL"),
		"a is not null":                  oraclesql.IsNull{X: n("A"), Not: true},
		"a not in (1, -2)":               oraclesql.In{X: n("A"), List: []oraclesql.Expr{num("1"), oraclesql.Unary{Op: "-", X: num("2")}}, Not: true},
		"t.a (+)":                        oraclesql.Name{Parts: []string{"T", "A"}, Outer: true},
		"/* x */ date '2020-01-01' -- y": oraclesql.Moment{Kind: "DATE", Value: "2020-01-01"},
	} {
		got, err := oraclesql.ParseExpr(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
}

func TestErrorsNameTheLine(t *testing.T) {
	t.Parallel()
	_, err := oraclesql.ParseQuery("select a\n  from t\n where a in (select 1 from u)")
	var e *oraclesql.Error
	require.True(t, errors.As(err, &e))
	require.Equal(t, 3, e.Line)
	require.Equal(t, "a subquery is not read", e.What)
	for _, text := range []string{"", "a +", "'open", `"open`, "/* open", "a b", "1..2", "f(", strings.Repeat("(", 100_000), strings.Repeat("not ", 100_000), strings.Repeat("- ", 100_000) + "1",
		"case when 1=1 then " + strings.Repeat("case when 1=1 then ", 10_000), strings.Repeat("x", oraclesql.MaxText+1), "a\x00b", "\xff"} {
		_, err := oraclesql.ParseExpr(text)
		require.Error(t, err, "%.40q", text)
	}
}

func FuzzNothingPanics(f *testing.F) {
	for _, s := range []string{"select a from b where c = 1", "a || 'x' (+)", "BEGIN :NEW.a := s.NEXTVAL; END;", "case a when 1 then 2 end", "count(*) over ()", "t.*"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if e, err := oraclesql.ParseExpr(s); err == nil {
			oraclesql.Walk(e, func(oraclesql.Expr) {})
		}
		_, _ = oraclesql.ParseQuery(s)
		_, _ = oraclesql.ParseFillTrigger(s)
	})
}
