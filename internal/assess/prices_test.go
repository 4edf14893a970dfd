// SPDX-License-Identifier: Apache-2.0

package assess_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/assess"
	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
	"github.com/ferryman/ferryman/internal/plsql"
	"github.com/stretchr/testify/require"
)

// priced assesses made-up action items by a price list.
func priced(p *assess.Prices, items ...convert.ActionItem) *assess.Report {
	c := &convert.Conversion{Actions: items}
	for _, a := range items {
		c.Outcomes = append(c.Outcomes, convert.ObjectOutcome{Object: a.Object, Outcome: convert.Action, Codes: []string{a.Code}})
	}
	return assess.Assess(&dictionary.Dictionary{Schemas: []string{"S"}}, c, assess.Options{Now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), Prices: p})
}

func item(kind, name, code string, lines int, constructs map[string]int) convert.ActionItem {
	return convert.ActionItem{Code: code, Object: convert.Object{Owner: "S", Type: kind, Name: name}, Lines: lines, Constructs: constructs}
}

func TestPricesOfCode(t *testing.T) {
	t.Parallel()
	p := assess.DefaultPrices()
	r := priced(p, item("FUNCTION", "F", convert.CodeUnit, 300, map[string]int{"connect_by": 2, "dbms_lob": 3, "hint": 9}),
		item("PROCEDURE", "P", convert.CodeUnit, 5, nil), item("PACKAGE", "K", convert.CodeUnit, 500, nil), item("PACKAGE BODY", "K", convert.CodeUnit, 90, nil),
		item("TABLE", "T", convert.CodeCheck, 0, nil), item("TABLE", "T", convert.CodeCheck, 0, nil), item("X", "X", "XX-1", 0, nil))
	hours, hard := map[string]float64{}, map[string]convert.Complexity{}
	for _, a := range r.Actions {
		hard[a.Object.Name] = a.Complexity
		hours[a.Object.Type+" "+a.Object.Name] = a.Hours
	}
	require.InDelta(t, 300/p.Code.LinesPerHour+2*p.Build["connect_by"].Hours+3*p.Build["dbms_*"].Hours, hours["FUNCTION F"], 0.13, "rounded to quarters")
	require.Equal(t, convert.Complex, r.Actions[0].Complexity)
	require.Equal(t, p.Code.LeastHours, hours["PROCEDURE P"])
	require.Equal(t, convert.Simple, hard["P"])
	require.Equal(t, p.Code.DeclarationHours, hours["PACKAGE K"], "the work is in the body")
	require.Equal(t, 3.0, hours["PACKAGE BODY K"])
	require.Equal(t, p.Codes[convert.CodeCheck].Hours, hours["TABLE T"])
	require.Equal(t, p.Other.Hours, hours["X X"])

	learning := map[string]float64{}
	sum := 0.0
	for _, l := range r.Learning {
		learning[l.What] = l.Hours
		sum += l.Hours
	}
	require.Equal(t, p.Build["connect_by"].LearningHours, learning["connect_by"], "once, however often it is met")
	require.Equal(t, p.Build["dbms_*"].LearningHours, learning["dbms_*"])
	require.Equal(t, p.Codes[convert.CodeCheck].LearningHours, learning[convert.CodeCheck])
	require.Equal(t, sum, r.Totals.LearningHours)
	high := 0.0
	for _, row := range r.Totals.ByType {
		high += row.HoursHigh
	}
	require.InDelta(t, high+sum, r.Totals.HoursHigh, 1, "the high end has the learning in it; rows are rounded")
	require.Less(t, r.Totals.HoursLow, high, "the low end is for those who know it all")
}

func TestEveryCodeAndConstructHasAPrice(t *testing.T) {
	t.Parallel()
	p := assess.DefaultPrices()
	for code := range convert.Titles {
		if code < "FM-CV-050" { // from there on they are notes
			require.Contains(t, p.Codes, code, convert.Titles[code])
		}
	}
	for name := range plsql.Names {
		require.Contains(t, p.Build, name, plsql.Names[name])
	}
	for code := range p.Codes {
		require.True(t, convert.Titles[code] != "" || code == convert.RefusedCode, "%s is no code", code)
	}
}

func TestAPriceListThatIsNone(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("prices.yaml")
	require.NoError(t, err)
	whole := string(raw)
	_, err = assess.ReadPrices(strings.NewReader(whole))
	require.NoError(t, err)
	for name, c := range map[string][2]string{
		"empty":               {"", "empty"},
		"unknown key":         {whole + "\nsurprise: 1\n", "surprise"},
		"other version":       {strings.Replace(whole, "version: 1", "version: 2", 1), "version is 2"},
		"below zero":          {strings.Replace(whole, "hours: 2, learning_hours: 4", "hours: -2, learning_hours: 4", 1), "not below 0"},
		"no number":           {strings.Replace(whole, "lines_per_hour: 30", "lines_per_hour: .nan", 1), "lines_per_hour"},
		"unknown complexity":  {strings.Replace(whole, "complexity: Simple", "complexity: Easy", 1), `not "Easy"`},
		"spread is missing":   {strings.Replace(whole, "  Complex: {low: 0.75, high: 1.5}\n", "", 1), "spread.Complex"},
		"no YAML":             {"{{{", "["},
		"too long":            {whole + strings.Repeat("#\n", 1<<20), "at most"},
		"twice the same code": {strings.Replace(whole, "codes:\n", "codes:\n  FM-CV-001: {complexity: Simple, hours: 1, learning_hours: 0}\n", 1), "FM-CV-001"},
	} {
		_, err := assess.ReadPrices(strings.NewReader(c[0]))
		require.ErrorContains(t, err, c[1], name)
	}
}

func TestAnotherPriceListMovesTheHoursAndNothingElse(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("prices.yaml")
	require.NoError(t, err)
	dear, err := assess.ReadPrices(strings.NewReader(strings.Replace(string(raw), "lines_per_hour: 30", "lines_per_hour: 3", 1)))
	require.NoError(t, err)
	items := []convert.ActionItem{item("FUNCTION", "F", convert.CodeUnit, 300, nil)}
	cheap := priced(nil, items...)
	require.Equal(t, 10.0, cheap.Actions[0].Hours)
	r := priced(dear, items...)
	require.Equal(t, 100.0, r.Actions[0].Hours)
	require.Zero(t, items[0].Hours, "the conversion is left as it was")
	delta := assess.Compare(cheap, r)
	require.Empty(t, delta.New)
	require.Empty(t, delta.Resolved)
	require.Greater(t, delta.HoursHigh, 80.0)
}
