// SPDX-License-Identifier: Apache-2.0

package awssql

import (
	"cmp"
	"slices"
	"strings"

	"github.com/ferryman/ferryman/internal/convert"
)

// ownCodes are those of Ferryman's own items that hold whoever converts.
var ownCodes = []string{convert.CodeDecision, convert.NotePurge, convert.NoteOffload, convert.CodeGrant}

// twins are the halves of what AWS makes as one.
var twins = map[string]string{"PACKAGE": "PACKAGE BODY", "PACKAGE BODY": "PACKAGE", "TYPE": "TYPE BODY", "TYPE BODY": "TYPE"}

// judge gives every row of ALL_OBJECTS its outcome.
func (b *builder) judge(theirs []convert.ActionItem) {
	ownItems := map[convert.Object][]convert.ActionItem{}
	for _, a := range b.own.Actions {
		ownItems[a.Object] = append(ownItems[a.Object], a)
		if slices.Contains(ownCodes, a.Code) || b.byPeople[a.Object] {
			b.out.Actions = append(b.out.Actions, a)
		}
	}
	left, ownMakes := map[convert.Object]bool{}, map[convert.Object]int{}
	for _, row := range b.own.Outcomes {
		left[row.Object] = left[row.Object] || row.Outcome == convert.LeftOut
	}
	for _, s := range b.own.Statements {
		ownMakes[s.Object]++
	}
	reported := map[convert.Object]bool{}
	for _, a := range theirs {
		if !left[a.Object] && !b.byPeople[a.Object] {
			b.out.Actions = append(b.out.Actions, a)
			reported[a.Object] = reported[a.Object] || !a.Note
		}
	}
	told := map[convert.Object]bool{} // what has its item for having no script
	for _, row := range b.own.Outcomes {
		row.Codes = []string{}
		twin := convert.Object{Owner: row.Owner, Type: twins[row.Type], Name: row.Name}
		table := convert.Object{Owner: row.Owner, Type: "TABLE", Name: row.Name}
		part := row.Type == "TABLE PARTITION" || row.Type == "TABLE SUBPARTITION"
		switch {
		case row.Outcome == convert.LeftOut || b.byPeople[row.Object]:
		case b.made[row.Object] > 0:
			row.Outcome, row.Why = convert.Converted, ""
		case twin.Type != "" && b.made[twin] > 0:
			row.Outcome, row.Why = convert.Converted, "made with the "+strings.ToLower(twin.Type)
		case part && (b.partitioned[table] || b.byPeople[table]):
			row.Outcome, row.Why = convert.Converted, "made with the table"
		case row.Outcome == convert.Converted && ownMakes[row.Object] == 0 && b.goesAlong(row): // the index of a key, the sequence of an identity
		case reported[row.Object]:
			row.Outcome, row.Why = convert.Action, "AWS's report has an action item for it"
		case twin.Type != "" && reported[twin]:
			row.Outcome, row.Why = convert.Action, "AWS's report has an action item for the "+strings.ToLower(twin.Type)
		default:
			if part {
				row.Outcome, row.Why = convert.Action, "AWS's script makes no partition of the table"
				row.Codes = []string{convert.CodeNoScript}
				b.noScript(told, table, "partitions", nil)
				break
			}
			row.Why = "AWS gave no script and no action item for it"
			row.Outcome = convert.Action
			b.noScript(told, row.Object, "", ownItems[row.Object])
		}
		b.out.Outcomes = append(b.out.Outcomes, row)
	}
	b.settle()
}

// goesAlong tells of what has no statement of its own whether its table is made.
func (b *builder) goesAlong(row convert.ObjectOutcome) bool {
	if row.Type != "INDEX" {
		return true
	}
	i := b.d.Index(row.Owner, row.Name)
	if i == nil {
		return false
	}
	table := convert.Object{Owner: i.TableOwner, Type: "TABLE", Name: i.Table}
	return b.made[table] > 0 || b.byPeople[table]
}

// noScript names an object that AWS passed over: by what Ferryman's own conversion says is to be done, or by itself.
func (b *builder) noScript(told map[convert.Object]bool, o convert.Object, subject string, own []convert.ActionItem) {
	if told[o] {
		return
	}
	told[o] = true
	carried := false
	for _, a := range own {
		if !a.Note && !slices.Contains(ownCodes, a.Code) {
			b.out.Actions, carried = append(b.out.Actions, a), true
		}
	}
	if carried {
		return
	}
	hint := "give a script for it"
	for _, s := range b.own.Statements {
		if s.Object == o && subject == "" {
			hint = "give a script for it; Ferryman's own conversion would be: " + clip(s.SQL)
			break
		}
	}
	b.out.Actions = append(b.out.Actions, convert.ActionItem{Code: convert.CodeNoScript, Object: o, Subject: subject, Hours: 1, Complexity: convert.Simple,
		Reason: "AWS gave neither a script nor an action item for " + cmp.Or(subject, "it") + ": nothing of it is made", Hint: hint})
}

// settle makes the outcomes agree with the action items.
func (b *builder) settle() { settle(b.out) }

func settle(c *convert.Conversion) {
	slices.SortStableFunc(c.Actions, func(x, y convert.ActionItem) int {
		return cmp.Or(cmp.Compare(x.Object.Owner, y.Object.Owner), cmp.Compare(x.Object.Type, y.Object.Type), cmp.Compare(x.Object.Name, y.Object.Name),
			cmp.Compare(x.Code, y.Code), cmp.Compare(x.Subject, y.Subject))
	})
	of := map[convert.Object][]convert.ActionItem{}
	for _, a := range c.Actions {
		of[a.Object] = append(of[a.Object], a)
	}
	for i := range c.Outcomes {
		row := &c.Outcomes[i]
		for _, a := range of[row.Object] {
			if !slices.Contains(row.Codes, a.Code) {
				row.Codes = append(row.Codes, a.Code)
			}
			if !a.Note && (row.Outcome == convert.Converted || row.Outcome == convert.NotTried) && row.Subobject == "" {
				row.Outcome, row.Why = convert.Action, a.Reason
			}
		}
		slices.Sort(row.Codes)
	}
}
