// SPDX-License-Identifier: Apache-2.0

package convert

import (
	"cmp"
	"fmt"

	"github.com/ferryman/ferryman/internal/oracle/dictionary"
)

// leaveOut takes in what is left out by choice, objects and columns, before anything is converted.
func (c *converter) leaveOut() {
	for _, x := range c.options.Decisions.LeaveOut {
		c.leftOut[x.Object] = "left out by " + x.words()
	}
	for i := range c.options.Decisions.Offload {
		x := &c.options.Decisions.Offload[i]
		c.offload[ColumnName{x.Owner, x.Table, x.Column}] = x
	}
}

// decide names the decisions that can't be obeyed, and notes purges.
func (c *converter) decide() {
	for _, x := range c.options.Decisions.LeaveOut {
		if len(c.outcomes[x.Object]) == 0 {
			c.note(CodeDecision, x.Object, "leave out", "it was to be left out by "+x.words()+", and is not there", "")
		}
	}
	for _, x := range c.options.Decisions.Offload {
		o := Object{x.Owner, "TABLE", x.Table}
		if c.d.Column(x.Owner, x.Table, x.Column) == nil || len(c.outcomes[o]) == 0 {
			c.action(CodeDecision, o, x.Column, "the column was to be offloaded by "+x.words()+", and is not there",
				"take the decision back, or correct its name")
		}
	}
	for _, x := range c.options.Decisions.Purge {
		o := Object{x.Owner, "TABLE", x.Table}
		err := x.Filter.Check()
		if err == nil && c.d.Column(x.Owner, x.Table, x.Filter.Column) == nil {
			err = fmt.Errorf("the table has no column %s", x.Filter.Column)
		}
		if err != nil {
			c.action(CodeDecision, o, "purge", fmt.Sprintf("rows were to be left out by %s, but the filter %s does not work: %v", x.words(),
				clip(x.Filter.String()), err),
				"correct the filter")
			continue
		}
		c.note(NotePurge, o, x.Filter.Column, "only rows with "+x.Filter.String()+" go to the target: decided by "+x.words(), "")
	}
}

func (d Decided) words() string {
	words := cmp.Or(d.By, "somebody")
	if !d.At.IsZero() {
		words += " on " + d.At.UTC().Format("2006-01-02")
	}
	if d.Why != "" {
		words += " (" + d.Why + ")"
	}
	return words
}

// columnType is the type of a column on the target, with what people decided and what was measured.
func (c *converter) columnType(t *table, col *dictionary.Column) (targetType, *unsupported) {
	name := ColumnName{t.Owner, t.Table.Name, col.Name}
	if x := c.offload[name]; x != nil {
		c.note(NoteOffload, t.object, col.Name, "its values leave the database, the column holds a reference to them: decided by "+x.words(),
			"let the application follow the reference")
		return targetType{SQL: "text", cat: catText}, nil
	}
	typ, bad := typeOf(col)
	if bad != nil {
		return typ, bad
	}
	return c.measuredType(t, col, typ), nil
}

const (
	maxColumns = 1600 // MaxHeapAttributeNumber
	pageSpace  = 8160 // of 8 kB, what one row may take
)

// tooWide names a table that PostgreSQL does not take, and one whose rows may not fit a page when all columns are filled.
func (c *converter) tooWide(t *table) bool {
	if len(t.columns) > maxColumns {
		c.action(CodeWide, t.object, "", fmt.Sprintf("it has %d columns, PostgreSQL's tables have %d; it is not made", len(t.columns), maxColumns),
			"split it into tables with the same primary key, or keep the rare columns as jsonb")
		return true
	}
	width := int64(24 + len(t.columns)/8)
	for _, x := range t.columns {
		switch {
		case x.typ.SQL == "integer" || x.typ.SQL == "smallint" || x.typ.SQL == "real":
			width += 4
		case x.typ.cat == catText || x.typ.cat == catChar:
			width += min(charLength(x.Column)+1, 18) // beyond that PostgreSQL moves the value out and keeps a pointer of 18 bytes
		case x.typ.cat == catLob || x.typ.cat == catBytes || x.typ.cat == catOther:
			width += 18
		default:
			width += 8
		}
	}
	if width > pageSpace {
		c.note(NoteWideRow, t.object, "",
			fmt.Sprintf("a row with all of its %d columns filled takes about %d bytes in the table, and PostgreSQL refuses rows over %d",
				len(t.columns), width, pageSpace),
			"see how many columns are filled at once; split the table if it is most")
	}
	return false
}
