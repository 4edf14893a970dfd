// SPDX-License-Identifier: Apache-2.0

package sct

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/ferryman/ferryman/internal/assess"
	"github.com/ferryman/ferryman/internal/convert"
)

// Codes of what a report says besides its action items.
const (
	FindingTargets = "SCT-TARGETS" // the aggregated report's figures for each target
	FindingSource  = "SCT-SOURCE"  // what the summary says below its table
)

// build makes the assessment of what was read. Objects are those that a report names, which are those with action items; how many
// there are of each type is in the totals. An action's hours are AWS's effort for one occurrence; the lower figure of the totals adds
// these up, the higher one adds AWS's learning curve once for each action item.
func build(sets []*set, totals []aggregate) *assess.Report {
	r := &assess.Report{
		Engine: assess.DMS, Schemas: []string{}, Objects: []convert.ObjectOutcome{}, Findings: []assess.Finding{}, Actions: []convert.ActionItem{}, Usage: []assess.TableUse{},
		Unknown: []assess.Unknown{
			{What: "whether what converts works", Reason: "the number of objects that convert is AWS's own count; none of them was tried on a PostgreSQL"},
			{What: "the unit of AWS's efforts", Reason: "AWS gives them on a scale without a unit; they are shown as hours, the lower figure without AWS's learning curve"},
			{What: "the names of objects that convert", Reason: "an AWS report names only objects with action items, and counts the others"},
		},
	}
	types := map[string]*assess.TypeTotal{}
	of := func(name string) *assess.TypeTotal {
		if types[name] == nil {
			types[name] = &assess.TypeTotal{Type: name}
		}
		return types[name]
	}
	for _, s := range sets {
		r.Schemas = append(r.Schemas, s.schemas...)
		for _, c := range s.summary.categories {
			t := of(c.category)
			t.Objects, t.Converted = t.Objects+c.objects, t.Converted+c.converted
			t.Simple, t.Medium, t.Complex = t.Simple+c.simple, t.Medium+c.medium, t.Complex+c.heavy
		}
		addActions(r, s, of)
		if len(s.summary.footer) > 0 {
			r.Findings = append(r.Findings, informs(FindingSource, "What the report is about", s.categories.name, s.schemas, strings.Join(s.summary.footer, "; ")))
		}
	}
	for _, t := range totals {
		r.Findings = append(r.Findings, informs(FindingTargets, "What AWS's tool counts for "+t.target, "aggregated report", []string{t.schema}, strings.Join(t.values, ", ")))
	}
	slices.SortFunc(r.Actions, func(a, b convert.ActionItem) int {
		return cmp.Or(cmp.Compare(a.Object.Owner, b.Object.Owner), cmp.Compare(a.Object.Type, b.Object.Type), cmp.Compare(a.Object.Name, b.Object.Name),
			cmp.Compare(a.Code, b.Code), cmp.Compare(a.Subject, b.Subject), cmp.Compare(a.Line, b.Line))
	})
	slices.Sort(r.Schemas)
	r.Schemas = slices.Compact(r.Schemas)
	r.Objects = outcomes(r.Actions)
	for _, t := range types {
		r.Totals.Objects += t.Objects
		r.Totals.Converted += t.Converted
		r.Totals.Action += t.Simple + t.Medium + t.Complex
		r.Totals.HoursLow, r.Totals.HoursHigh = r.Totals.HoursLow+t.HoursLow, r.Totals.HoursHigh+t.HoursHigh
		t.HoursLow, t.HoursHigh = tenths(t.HoursLow), tenths(t.HoursHigh)
		r.Totals.ByType = append(r.Totals.ByType, *t)
	}
	for _, l := range r.Learning {
		r.Totals.LearningHours += l.Hours
	}
	r.Totals.HoursHigh += r.Totals.LearningHours
	r.Totals.HoursLow, r.Totals.HoursHigh, r.Totals.LearningHours = tenths(r.Totals.HoursLow), tenths(r.Totals.HoursHigh), tenths(r.Totals.LearningHours)
	slices.SortFunc(r.Totals.ByType, func(a, b assess.TypeTotal) int { return cmp.Compare(a.Type, b.Type) })
	return r
}

// tenths rounds to a tenth of an hour, as fine as AWS's efforts are.
func tenths(hours float64) float64 { return math.Round(hours*10) / 10 }

func addActions(r *assess.Report, s *set, of func(string) *assess.TypeTotal) {
	efforts := map[itemOf]effort{}
	for _, e := range s.efforts {
		efforts[itemOf{e.schema, e.code}] = e
	}
	learned := map[itemOf]bool{}
	for _, p := range s.places {
		key := itemOf{p.item.Object.Owner, p.item.Code}
		e, a, t := efforts[key], p.item, of(p.item.Object.Type)
		if a.Complexity == "" {
			a.Complexity = byHours(e.each)
		}
		if p.filtered { // somebody took it out of the report's view
			a.Note = true
		} else {
			a.Hours = e.each
			t.HoursLow, t.HoursHigh = t.HoursLow+e.each, t.HoursHigh+e.each
			if !learned[key] && e.learning > 0 {
				learned[key] = true
				r.Learning = append(r.Learning, assess.Learning{What: key.code, Hours: e.learning})
			}
		}
		r.Actions = append(r.Actions, a)
	}
}

// outcomes are the objects with action items, each once. One whose items are all filtered out converts.
func outcomes(actions []convert.ActionItem) []convert.ObjectOutcome {
	at := map[convert.Object]int{}
	out := []convert.ObjectOutcome{}
	for _, a := range actions {
		i, ok := at[a.Object]
		if !ok {
			i = len(out)
			at[a.Object] = i
			out = append(out, convert.ObjectOutcome{Object: a.Object, Outcome: convert.Converted, Codes: []string{}})
		}
		if !slices.Contains(out[i].Codes, a.Code) {
			out[i].Codes = append(out[i].Codes, a.Code)
		}
		if !a.Note {
			out[i].Outcome, out[i].Why = convert.Action, a.Reason
		}
	}
	return out
}

func informs(code, title, source string, schemas []string, detail string) assess.Finding {
	f := assess.Finding{Code: code, Severity: assess.Informs, Title: title, Source: source, Objects: []assess.FindingObject{},
		Why: "It is what the report says, as it says it."}
	for _, schema := range schemas {
		f.Objects = append(f.Objects, assess.FindingObject{Object: convert.Object{Owner: schema, Type: "SCHEMA", Name: schema}, Detail: detail})
	}
	return f
}
