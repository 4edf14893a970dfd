// SPDX-License-Identifier: Apache-2.0

package assess_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/assess"
	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
	"github.com/stretchr/testify/require"
)

var monday = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

func TestTheSameItemsAreTheSameWhateverTheirWords(t *testing.T) {
	t.Parallel()
	a := item("PROCEDURE", "P", "5103", 0, nil)
	a.Subject, a.Line, a.Reason, a.Hours = "/*+ APPEND */", 56, "Unable to convert hints", 0.1
	b := a
	b.Line = 80
	was := &assess.Report{At: monday, Actions: []convert.ActionItem{a, b}}
	x, y := a, b
	x.Line, x.Reason, x.Hint, x.Hours, x.Complexity = 1, "Hints are not converted", "another hint", 3, convert.Complex
	is := &assess.Report{At: monday.Add(time.Hour), Actions: []convert.ActionItem{y, x}}
	d := assess.Compare(was, is)
	require.Empty(t, d.New)
	require.Empty(t, d.Resolved)
	require.Equal(t, 2, d.Same)

	is.Actions = is.Actions[:1]
	d = assess.Compare(was, is)
	require.Len(t, d.Resolved, 1, "one of two that differ in nothing but their line")
	require.Equal(t, 1, d.Same)
	other := a
	other.Subject = "/*+ FULL */"
	is.Actions = []convert.ActionItem{a, b, other}
	d = assess.Compare(was, is)
	require.Len(t, d.New, 1)
	require.Equal(t, "/*+ FULL */", d.New[0].Subject)
}

func TestWhoResolvedWhat(t *testing.T) {
	t.Parallel()
	before := report(t, boxOffice, nil)
	later := before.At.Add(48 * time.Hour)
	d := load(t, boxOffice)
	changed := time.Date(2026, 3, 3, 17, 2, 0, 0, time.UTC)
	for i := range d.Objects {
		if o := &d.Objects[i]; o.Name == "BOX_OFFICE" && o.Type == "PACKAGE BODY" {
			o.LastDDL = changed
		}
	}
	d.Objects = slices.DeleteFunc(d.Objects, func(o dictionary.Object) bool { return o.Name == "NIGHTLY_SETTLEMENT" })
	d.Objects = append(d.Objects, dictionary.Object{Owner: "BOXOFFICE", Name: "FN_NEW", Type: "FUNCTION", Status: "VALID", LastDDL: changed})
	c := convert.Convert(d, convert.Options{})
	resolved := map[convert.Object]bool{{Owner: "BOXOFFICE", Type: "PACKAGE BODY", Name: "BOX_OFFICE"}: true, {Owner: "BOXOFFICE", Type: "PROCEDURE", Name: "CANCEL_PERFORMANCE"}: true,
		{Owner: "BOXOFFICE", Type: "TRIGGER", Name: "TICKET_AUDIT_TRG"}: true}
	c.Actions = slices.DeleteFunc(c.Actions, func(a convert.ActionItem) bool { return resolved[a.Object] })
	r := assess.Assess(d, c, assess.Options{Now: later, Decisions: convert.Decisions{
		Scripts: []convert.Script{{Object: convert.Object{Owner: "BOXOFFICE", Type: "PROCEDURE", Name: "CANCEL_PERFORMANCE"}, Decided: convert.Decided{By: "U0DBA", At: later}}}}})
	delta := assess.Compare(before, r)
	who := map[string][2]string{}
	for _, i := range delta.Resolved {
		who[i.Object.Type+" "+i.Object.Name] = [2]string{i.By, i.Why}
	}
	require.Equal(t, map[string][2]string{
		"PROCEDURE CANCEL_PERFORMANCE": {"U0DBA", "a script of U0DBA"},
		"PACKAGE BODY BOX_OFFICE":      {"", "it was changed on Oracle on 2026-03-03 17:02"},
		"JOB NIGHTLY_SETTLEMENT":       {"", "it is no longer on Oracle"},
		"TRIGGER TICKET_AUDIT_TRG":     {"", ""},
	}, who)
	require.Len(t, delta.New, 1)
	require.Equal(t, "it was made on Oracle on 2026-03-03 17:02", delta.New[0].Why)
}

func TestHistoryKeepsItsFirstRunAndTheLastOnes(t *testing.T) {
	t.Parallel()
	var last *assess.Report
	for i := range 130 {
		r := &assess.Report{At: monday.Add(time.Duration(i) * time.Hour), Engine: assess.Builtin, Totals: assess.Totals{Objects: 9, Action: 3, HoursLow: float64(200 - i), HoursHigh: float64(300 - i)}}
		r.Follow(last)
		last = r
	}
	require.Len(t, last.History, 100)
	require.Equal(t, 300.0, last.History[0].HoursHigh)
	require.Equal(t, 171.0, last.History[99].HoursHigh)
	for i := 1; i < 100; i++ {
		require.True(t, last.History[i-1].At.Before(last.History[i].At))
	}
	page, err := last.HTML()
	require.NoError(t, err)
	require.Contains(t, string(page), "<polyline")
	require.Contains(t, string(page), "71–171 hours, 3 of 9 objects need hands")

	dms := &assess.Report{At: monday.Add(1000 * time.Hour), Engine: assess.DMS}
	dms.Follow(last)
	require.Nil(t, dms.Delta, "another engine counts other things")
	require.Len(t, dms.History, 1)
	page, err = dms.HTML()
	require.NoError(t, err)
	require.NotContains(t, string(page), "<polyline", "one run is no line")
}

func TestAHistoryWithoutHoursIsDrawn(t *testing.T) {
	t.Parallel()
	for _, hours := range []float64{0, 0.25, 1e5} {
		first := &assess.Report{At: monday, Engine: assess.Builtin, Totals: assess.Totals{HoursHigh: hours}}
		first.Follow(nil)
		second := &assess.Report{At: monday.Add(time.Minute), Engine: assess.Builtin}
		second.Follow(first)
		page, err := second.HTML()
		require.NoError(t, err)
		require.Contains(t, string(page), "<polyline")
		require.NotContains(t, string(page), "NaN", fmt.Sprint(hours))
	}
}
