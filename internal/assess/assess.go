// SPDX-License-Identifier: Apache-2.0

package assess

import (
	"cmp"
	"slices"
	"time"

	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
)

// twoYears is the age from which on data may be purged where nothing else is said.
const twoYears = 2 * 365 * 24 * time.Hour

// Assess judges the dictionary and its conversion by the builtin engine. The same input gives the same report.
func Assess(d *dictionary.Dictionary, c *convert.Conversion, o Options) *Report {
	r, _ := Beside(d, o, func() (*convert.Conversion, error) { return c, nil })
	return r
}

// Beside is Assess while the conversion is made: what the dictionary alone tells is judged beside it. The only error is that of conversion.
func Beside(d *dictionary.Dictionary, o Options, conversion func() (*convert.Conversion, error)) (*Report, error) {
	judged := make(chan *Report)
	go func() { judged <- judge(d, o) }()
	c, err := conversion()
	r := <-judged
	if err != nil {
		return nil, err
	}
	prices := o.Prices
	if prices == nil {
		prices = DefaultPrices()
	}
	r.Objects, r.Actions = c.Outcomes, slices.Clone(c.Actions)
	r.Learning = prices.price(r.Actions)
	r.Sum(prices)
	r.History = []Point{r.point()}
	return r, nil
}

// judge makes the part of a report that needs no conversion.
func judge(d *dictionary.Dictionary, o Options) *Report {
	o.OldAfter = cmp.Or(o.OldAfter, twoYears)
	r := &Report{Schemas: d.Schemas, At: o.Now, Engine: Builtin}
	in := newInput(d, o)
	r.Usage = in.usage
	r.Findings = in.findings()
	size := readSpace(d)
	r.Inventory = inventory(d, size)
	r.Purge, r.Offload = in.purgeable(size), in.offloadable(size)
	r.Decided = given(o.Decisions)
	for what, why := range d.Unknown {
		r.Unknown = append(r.Unknown, Unknown{what, why})
	}
	slices.SortFunc(r.Unknown, func(a, b Unknown) int { return cmp.Compare(a.What, b.What) })
	for _, view := range d.Limited {
		r.Unknown = append(r.Unknown, Unknown{view, "only what the user may see was read; the DBA_ view is not granted"})
	}
	return r
}

func given(d convert.Decisions) []Given {
	var out []Given
	add := func(o convert.Object, what string, by convert.Decided) {
		out = append(out, Given{Object: o, What: what, By: by.By, At: by.At, Why: by.Why})
	}
	for _, x := range d.Scripts {
		add(x.Object, "script", x.Decided)
	}
	for _, x := range d.LeaveOut {
		add(x.Object, "left out", x.Decided)
	}
	for _, x := range d.Purge {
		add(object(x.Owner, "TABLE", x.Table), "purge", x.Decided)
	}
	for _, x := range d.Offload {
		add(object(x.Owner, "TABLE", x.Table), "offload", x.Decided)
	}
	return out
}

// Sum counts the report's objects and hours into Totals, by type. An object counts once, by its hardest item. The low end is without
// learning.
func (r *Report) Sum(p *Prices) {
	var t Totals
	byType := map[string]*TypeTotal{}
	of := func(kind string) *TypeTotal {
		if byType[kind] == nil {
			byType[kind] = &TypeTotal{Type: kind}
		}
		return byType[kind]
	}
	hardest := map[convert.Object]int{}
	for _, a := range r.Actions {
		if a.Note {
			continue
		}
		hardest[a.Object] = max(hardest[a.Object], slices.Index(complexities, a.Complexity))
		row, by := of(a.Object.Type), p.Spread[a.Complexity]
		row.HoursLow += a.Hours * by.Low
		row.HoursHigh += a.Hours * by.High
	}
	for _, o := range r.Objects {
		row := of(o.Type)
		row.Objects++
		t.Objects++
		switch o.Outcome {
		case convert.Converted:
			row.Converted++
			t.Converted++
		case convert.LeftOut:
			row.LeftOut++
			t.LeftOut++
		case convert.NotTried:
			row.NotTried++
			t.NotTried++
		default:
			t.Action++
			switch complexities[max(0, hardest[o.Object])] {
			case convert.Complex:
				row.Complex++
			case convert.Medium:
				row.Medium++
			default:
				row.Simple++
			}
		}
	}
	for _, row := range byType {
		t.HoursLow += row.HoursLow
		t.HoursHigh += row.HoursHigh
	}
	for _, l := range r.Learning {
		t.LearningHours += l.Hours
	}
	t.HoursHigh += t.LearningHours
	for _, row := range byType {
		row.HoursLow, row.HoursHigh = quarters(row.HoursLow), quarters(row.HoursHigh)
		t.ByType = append(t.ByType, *row)
	}
	t.HoursLow, t.HoursHigh = quarters(t.HoursLow), quarters(t.HoursHigh)
	slices.SortFunc(t.ByType, func(a, b TypeTotal) int { return cmp.Compare(a.Type, b.Type) })
	r.Totals = t
}
