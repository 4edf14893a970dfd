// SPDX-License-Identifier: Apache-2.0

package assess

import (
	"cmp"
	"slices"

	"github.com/ferryman/ferryman/internal/convert"
)

// Compare says what is new and what is resolved since previous. Items are the same that have owner, type, name, code and subject in
// common: lines and hours may move.
func Compare(previous, current *Report) Delta {
	was, is := itemsOf(previous), itemsOf(current)
	d := Delta{
		New: []Item{}, Resolved: []Item{},
		HoursLow:  current.Totals.HoursLow - previous.Totals.HoursLow,
		HoursHigh: current.Totals.HoursHigh - previous.Totals.HoursHigh,
	}
	for key, item := range is {
		if _, same := was[key]; same {
			d.Same++
		} else {
			d.New = append(d.New, item)
		}
	}
	for key, item := range was {
		if _, same := is[key]; !same {
			d.Resolved = append(d.Resolved, item)
		}
	}
	for _, list := range [][]Item{d.New, d.Resolved} {
		slices.SortFunc(list, func(a, b Item) int {
			return cmp.Or(cmp.Compare(a.Object.Owner, b.Object.Owner), cmp.Compare(a.Object.Type, b.Object.Type),
				cmp.Compare(a.Object.Name, b.Object.Name), cmp.Compare(a.Code, b.Code), cmp.Compare(a.Text, b.Text))
		})
	}
	return d
}

type itemKey struct {
	object        convert.Object
	code, subject string
}

// itemsOf are the action items and the findings that ask for something.
func itemsOf(r *Report) map[itemKey]Item {
	items := map[itemKey]Item{}
	for _, a := range r.Actions {
		if !a.Note {
			items[itemKey{a.Object, a.Code, a.Subject}] = Item{Code: a.Code, Object: a.Object, Text: a.Reason}
		}
	}
	for _, f := range r.Findings {
		if f.Severity == Informs {
			continue
		}
		for _, o := range f.Objects {
			subject := o.Detail
			if f.Code == "FM-DMS-007" {
				subject = "" // its detail counts rows
			}
			text := f.Title
			if subject != "" {
				text += ": " + subject
			}
			items[itemKey{o.Object, f.Code, subject}] = Item{Code: f.Code, Object: o.Object, Text: text}
		}
	}
	return items
}
