// SPDX-License-Identifier: Apache-2.0

package assess

import (
	"cmp"
	"encoding/json"
	"math"
	"slices"

	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
)

// Assess judges the dictionary and its conversion. The same input gives the same report.
func Assess(d *dictionary.Dictionary, c *convert.Conversion, o Options) *Report {
	r := &Report{Schemas: d.Schemas, At: o.Now, Objects: c.Outcomes, Findings: []Finding{}, Actions: c.Actions}
	r.Totals = totals(c)
	r.Usage = usage(d)
	in := &input{d: d, o: o, usage: r.Usage}
	for _, rule := range rules {
		if f := rule(in); f != nil && len(f.Objects) > 0 {
			slices.SortStableFunc(f.Objects, func(a, b FindingObject) int {
				return cmp.Or(cmp.Compare(a.Owner, b.Owner), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Detail, b.Detail))
			})
			r.Findings = append(r.Findings, *f)
		}
	}
	slices.SortStableFunc(r.Findings, func(a, b Finding) int { return cmp.Compare(rank[a.Severity], rank[b.Severity]) })
	for what, why := range d.Unknown {
		r.Unknown = append(r.Unknown, Unknown{what, why})
	}
	slices.SortFunc(r.Unknown, func(a, b Unknown) int { return cmp.Compare(a.What, b.What) })
	for _, view := range d.Limited {
		r.Unknown = append(r.Unknown, Unknown{view, "only what the user may see was read; the DBA_ view is not granted"})
	}
	return r
}

var rank = map[Severity]int{Blocks: 0, Warns: 1, Informs: 2}

// spread is how far the hours of an item may be off, by its complexity: the harder, the less is known before it is done.
var spread = map[convert.Complexity][2]float64{
	convert.Simple: {0.9, 1.1}, convert.Medium: {0.85, 1.25}, convert.Complex: {0.75, 1.5},
}

// totals counts objects and hours by type. An object counts once, by its hardest item.
func totals(c *convert.Conversion) Totals {
	var t Totals
	byType := map[string]*TypeTotal{}
	of := func(kind string) *TypeTotal {
		if byType[kind] == nil {
			byType[kind] = &TypeTotal{Type: kind}
		}
		return byType[kind]
	}
	hardest := map[convert.Object]convert.Complexity{}
	hardness := map[convert.Complexity]int{convert.Simple: 1, convert.Medium: 2, convert.Complex: 3}
	for _, a := range c.Actions {
		if a.Note {
			continue
		}
		if hardness[a.Complexity] > hardness[hardest[a.Object]] {
			hardest[a.Object] = a.Complexity
		}
		row, by := of(a.Object.Type), spread[a.Complexity]
		row.HoursLow += a.Hours * by[0]
		row.HoursHigh += a.Hours * by[1]
	}
	for _, o := range c.Outcomes {
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
			switch hardest[o.Object] {
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
		row.HoursLow, row.HoursHigh = quarters(row.HoursLow), quarters(row.HoursHigh)
		t.ByType = append(t.ByType, *row)
	}
	t.HoursLow, t.HoursHigh = quarters(t.HoursLow), quarters(t.HoursHigh)
	slices.SortFunc(t.ByType, func(a, b TypeTotal) int { return cmp.Compare(a.Type, b.Type) })
	return t
}

// quarters rounds to a quarter of an hour.
func quarters(hours float64) float64 { return math.Round(hours*4) / 4 }

// JSON is the contract of `ferryman assess --json`.
func (r *Report) JSON() ([]byte, error) {
	b, err := json.MarshalIndent(r, "", "  ")
	return append(b, '\n'), err
}
