// SPDX-License-Identifier: Apache-2.0

package sct

import (
	"slices"

	"github.com/ferryman/ferryman/internal/assess"
	"github.com/ferryman/ferryman/internal/convert"
)

// Beside puts what a report says of the conversion into ours, an assessment of the same dictionary by Ferryman: the outcomes, action items,
// hours and totals are the report's; findings, inventory, use and what may be purged or offloaded stay. ours is not changed.
func Beside(theirs, ours *assess.Report) *assess.Report {
	both := *ours
	both.Engine, both.Actions, both.Totals, both.Learning = theirs.Engine, theirs.Actions, theirs.Totals, theirs.Learning
	both.Findings = append(slices.Clone(ours.Findings), theirs.Findings...)
	both.Unknown = append(slices.Clone(ours.Unknown), theirs.Unknown...)
	both.Objects = []convert.ObjectOutcome{}
	named := map[convert.Object]convert.ObjectOutcome{}
	for _, o := range theirs.Objects {
		named[o.Object] = o
	}
	counted := map[string]bool{}
	for _, t := range theirs.Totals.ByType {
		counted[t.Type] = t.Objects > 0
	}
	for _, o := range ours.Objects {
		found, ok := named[o.Object]
		switch {
		case ok:
			o.Outcome, o.Why, o.Codes = found.Outcome, found.Why, found.Codes
			delete(named, o.Object)
		case o.Outcome == convert.LeftOut: // people decided so, or it goes with another object
		case counted[o.Type]:
			o.Outcome, o.Why, o.Codes = convert.Converted, "AWS's report has no action item for it", []string{}
		default:
			o.Outcome, o.Why, o.Codes = convert.NotTried, "AWS's report does not count objects of this type", []string{}
		}
		both.Objects = append(both.Objects, o)
	}
	for _, o := range theirs.Objects { // what AWS names and the dictionary does not, such as an object that was dropped since
		if left, ok := named[o.Object]; ok {
			both.Objects = append(both.Objects, left)
		}
	}
	return &both
}
