// SPDX-License-Identifier: Apache-2.0

package assess

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/ferryman/ferryman/internal/convert"
)

// Delta is what changed between two reports.
type Delta struct {
	// Since is when the earlier report was made.
	Since    time.Time `json:"since,omitzero"`
	New      []Item    `json:"new"`
	Resolved []Item    `json:"resolved"`
	Same     int       `json:"same"`
	// HoursLow and HoursHigh are the change of the totals; negative is less work.
	HoursLow  float64 `json:"hours_low"`
	HoursHigh float64 `json:"hours_high"`
}

// Item is an action item or finding on one object. By is who resolved it, where a person's decision did; Why says what happened.
type Item struct {
	Code    string         `json:"code"`
	Object  convert.Object `json:"object"`
	Subject string         `json:"subject,omitempty"`
	Text    string         `json:"text"`
	Hours   float64        `json:"hours,omitempty"`
	By      string         `json:"by,omitempty"`
	Why     string         `json:"why,omitempty"`
}

// Compare says what is new and what is resolved since previous. Items are the same that have owner, type, name, code and subject in common,
// counted where there are several: lines, hours and wording may move.
func Compare(previous, current *Report) Delta {
	was, is := itemsOf(previous), itemsOf(current)
	d := Delta{
		Since: previous.At, New: []Item{}, Resolved: []Item{},
		HoursLow:  current.Totals.HoursLow - previous.Totals.HoursLow,
		HoursHigh: current.Totals.HoursHigh - previous.Totals.HoursHigh,
	}
	before, after := objectsOf(previous), objectsOf(current)
	for key, item := range is {
		if _, same := was[key]; same {
			d.Same++
			continue
		}
		item.Why = changed(before[item.Object], after[item.Object])
		d.New = append(d.New, item)
	}
	for key, item := range was {
		if _, same := is[key]; same {
			continue
		}
		item.By, item.Why = resolved(current, item.Object, before, after)
		d.Resolved = append(d.Resolved, item)
	}
	for _, list := range [][]Item{d.New, d.Resolved} {
		slices.SortFunc(list, func(a, b Item) int {
			return cmp.Or(cmp.Compare(a.Object.Owner, b.Object.Owner), cmp.Compare(a.Object.Type, b.Object.Type),
				cmp.Compare(a.Object.Name, b.Object.Name), cmp.Compare(a.Code, b.Code), cmp.Compare(a.Subject, b.Subject), cmp.Compare(a.Text, b.Text))
		})
	}
	return d
}

// Follow compares the report with the run before, and continues its history. Previous is nil for the first run; a run of another engine,
// which counts other things, is not compared with.
func (r *Report) Follow(previous *Report) {
	if previous != nil && cmp.Or(previous.Engine, Builtin) == cmp.Or(r.Engine, Builtin) {
		d := Compare(previous, r)
		r.Delta = &d
	}
	r.History = r.history(previous)
}

type itemKey struct {
	object        convert.Object
	code, subject string
	ordinal       int
}

// itemsOf are the action items and the findings that ask for something. What is in a unit of code belongs to the unit's own item.
func itemsOf(r *Report) map[itemKey]Item {
	items := map[itemKey]Item{}
	seen := map[itemKey]int{}
	put := func(key itemKey, item Item) {
		seen[key]++
		key.ordinal = seen[key]
		items[key] = item
	}
	for _, a := range r.Actions {
		if !a.Note && a.Code != convert.CodeConstruct {
			put(itemKey{object: a.Object, code: a.Code, subject: a.Subject}, Item{Code: a.Code, Object: a.Object, Subject: a.Subject, Text: a.Reason, Hours: a.Hours})
		}
	}
	for _, f := range r.Findings {
		if f.Severity == Informs {
			continue
		}
		for _, o := range f.Objects {
			text := f.Title
			if o.Detail != "" {
				text += ": " + o.Detail
			}
			put(itemKey{object: o.Object, code: f.Code, subject: o.Subject}, Item{Code: f.Code, Object: o.Object, Subject: o.Subject, Text: text})
		}
	}
	return items
}

func objectsOf(r *Report) map[convert.Object]*convert.ObjectOutcome {
	m := make(map[convert.Object]*convert.ObjectOutcome, len(r.Objects))
	for i := range r.Objects {
		if o := &r.Objects[i]; o.Subobject == "" {
			m[o.Object] = o
		}
	}
	return m
}

// changed says what Oracle did to an object between two reports, by Oracle's clock.
func changed(before, after *convert.ObjectOutcome) string {
	switch {
	case after == nil:
		return ""
	case before == nil:
		return "it was made on Oracle" + at(after.LastDDL)
	case !after.LastDDL.Equal(before.LastDDL):
		return "it was changed on Oracle" + at(after.LastDDL)
	}
	return ""
}

func at(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return " on " + t.Format("2006-01-02 15:04")
}

// resolved says who resolved the items of an object, and how: a decision of a person comes before what happened on Oracle.
func resolved(now *Report, o convert.Object, before, after map[convert.Object]*convert.ObjectOutcome) (by, why string) {
	for _, g := range now.Decided {
		if g.Object != o {
			continue
		}
		switch g.What {
		case "script":
			return g.By, "a script of " + g.By
		case "left out":
			return g.By, "left out by " + g.By
		default:
			return g.By, fmt.Sprintf("%s decided by %s", g.What, g.By)
		}
	}
	if before[o] != nil && after[o] == nil {
		return "", "it is no longer on Oracle"
	}
	return "", changed(before[o], after[o])
}
