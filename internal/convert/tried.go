// SPDX-License-Identifier: Apache-2.0

package convert

import "slices"

// RefusedCode is the code of an action item for a statement that PostgreSQL did not take.
const RefusedCode = "FM-PG-REFUSED"

// Refuse records that PostgreSQL refused a statement of this conversion, with its words: the object that it comes from needs a person.
func (c *Conversion) Refuse(s Statement, words string) {
	c.Actions = append(c.Actions, ActionItem{
		Code: RefusedCode, Object: s.Object, Subject: s.Name, Reason: "PostgreSQL refused the " + string(s.Kind) + ": " + words,
		Hint: "Correct the statement in converted.sql.",
	})
	for i := range c.Outcomes {
		if c.Outcomes[i].Object != s.Object || c.Outcomes[i].Subobject != s.Subobject || c.Outcomes[i].Outcome != Converted {
			continue
		}
		c.Outcomes[i].Outcome, c.Outcomes[i].Why = Action, "PostgreSQL refused a part of it."
		if !slices.Contains(c.Outcomes[i].Codes, RefusedCode) {
			c.Outcomes[i].Codes = append(c.Outcomes[i].Codes, RefusedCode)
		}
	}
}

// Unchecked records why nobody looked into the bodies of the functions that were made: PostgreSQL takes them as they are and reads them
// when they run. It records nothing where there are none.
func (c *Conversion) Unchecked(why string) {
	seen := map[Object]bool{}
	for _, s := range c.Statements {
		if s.Kind != KindFunction && s.Kind != KindProcedure || seen[s.Object] {
			continue
		}
		seen[s.Object] = true
		c.Actions = append(c.Actions, ActionItem{Code: NoteUnchecked, Object: s.Object, Subject: s.Name, Note: true, Complexity: Simple,
			Reason: "PostgreSQL took it, but whether its body is right is not known: " + why,
			Hint:   "install plpgsql_check where the conversion is tried, or run it once"})
		for i := range c.Outcomes {
			if o := &c.Outcomes[i]; o.Object == s.Object && !slices.Contains(o.Codes, NoteUnchecked) {
				o.Codes = append(o.Codes, NoteUnchecked)
			}
		}
	}
}

// NotTried records that no PostgreSQL was there to try the statements on: nothing counts as converted.
func (c *Conversion) NotTried() {
	for i := range c.Outcomes {
		if c.Outcomes[i].Outcome == Converted {
			c.Outcomes[i].Outcome, c.Outcomes[i].Why = NotTried, "There was no scratch database to try it on."
		}
	}
}
