// SPDX-License-Identifier: Apache-2.0

package convert

import (
	"fmt"
	"strings"
	"time"

	"github.com/ferryman/ferryman/internal/oracle/dictionary"
)

// Measurement is what the values of a NUMBER column have in common when they were read: the most digits before and after the point.
type Measurement struct {
	IntegerDigits, FractionDigits int
	// Rows is how many values were looked at; 0 leaves the type as the dictionary has it.
	Rows int64
	// Whole is true where every row was read, not a sample.
	Whole bool
	// On is the day, the zero time where it is not known.
	On time.Time
	// Why says why nothing was measured, "" where it was, or where nobody wanted it.
	Why string
}

// Measurements are those of a dictionary, by column.
func Measurements(numbers []dictionary.MeasuredNumber) map[ColumnName]Measurement {
	out := make(map[ColumnName]Measurement, len(numbers))
	for _, n := range numbers {
		m := Measurement{IntegerDigits: n.Integer, FractionDigits: n.Fraction, Rows: n.Values, Whole: n.All, On: n.On, Why: n.Why}
		if m.Why == "" && m.Rows == 0 {
			m.Why = fmt.Sprintf("%s, and none has a value", counted(n.Looked, "row was", "rows were")+" looked at")
		}
		out[ColumnName{n.Owner, n.Table, n.Column}] = m
	}
	return out
}

func counted(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// evidence says what was looked at, and when.
func (m Measurement) evidence() string {
	text := "all rows were looked at"
	if !m.Whole {
		text = "a sample was looked at"
	}
	if !m.On.IsZero() {
		text += " on " + m.On.Format("2006-01-02")
	}
	return fmt.Sprintf("%s: %s with at most %s before the point, %d behind it", text, counted(m.Rows, "value", "values"),
		counted(int64(m.IntegerDigits), "digit", "digits"), m.FractionDigits)
}

// The most digits that a whole-number type is chosen for by what was measured. It has room for at least nine times as much, and
// smallint for the product of any two of the values, so that a sum in the application does not overflow it. A key counts on: it gets bigint.
const (
	smallintDigits = 2
	integerDigits  = 8
	bigintDigits   = 18
	numericDigits  = 38 // that a NUMBER holds
)

// measuredType is the type of a column by its values, where the dictionary leaves it open and all of them were read; else typ. Both are noted.
func (c *converter) measuredType(t *table, col *dictionary.Column, typ targetType) targetType {
	m, asked := c.measurements[ColumnName{t.Owner, t.Table.Name, col.Name}]
	identity := c.facts.identities[ColumnName{t.Owner, t.Table.Name, col.Name}] != nil
	if !asked || identity || !col.OpenNumber() || typ.cat != catNumber {
		return typ
	}
	stays := func(why, hint string) targetType {
		c.note(NoteMeasured, t.object, col.Name, "NUMBER stays "+typ.SQL+"; "+why, hint)
		return typ
	}
	switch {
	case m.Why != "":
		return stays("its values tell nothing: "+m.Why, "")
	case m.Rows == 0:
		return typ
	case !m.Whole:
		return stays(m.evidence(), sampleHint)
	case c.isPartitionKey(t, col.Name):
		return stays("it is a partition key, whose bounds may be greater than its values; "+m.evidence(), "")
	}
	whole, fraction, plain := defaultDigits(col.Default)
	if !plain {
		return stays("its default is computed; "+m.evidence(), "")
	}
	whole, fraction = max(whole, m.IntegerDigits), max(fraction, m.FractionDigits)
	keyed := c.counting[ColumnName{t.Owner, t.Table.Name, col.Name}] || isNextval(col.Default)
	got := targetType{cat: catNumber}
	switch {
	case fraction == 0 && whole <= smallintDigits && !keyed:
		got.SQL, got.rank, got.digits = "smallint", rankSmallint, 4
	case fraction == 0 && whole <= integerDigits && !keyed:
		got = wholeNumber(9)
	case fraction == 0 && whole <= bigintDigits:
		got = wholeNumber(18)
	case fraction > 0 && typ.rank == rankNumeric && whole+fraction <= numericDigits && fraction < dictionary.MaxFraction:
		got.SQL = fmt.Sprintf("numeric(%d,%d)", numericDigits, fraction)
	default:
		return stays(m.evidence(), "")
	}
	hint := "see that no value of more digits comes later: PostgreSQL refuses it"
	if typ.rank == rankNumeric {
		hint = "see that no value with more digits behind the point comes later: PostgreSQL rounds it without a word"
	}
	c.note(NoteMeasured, t.object, col.Name, "NUMBER becomes "+got.SQL+"; "+m.evidence(), hint)
	return got
}

const sampleHint = "measure all rows before you choose a narrower type: PostgreSQL rounds fractions without a word, and refuses what is too large"

func (c *converter) isPartitionKey(t *table, column string) bool {
	n := dictionary.Name{Owner: t.Owner, Name: t.Table.Name}
	for _, keys := range [][]string{c.facts.partKeys[n], c.facts.subpartKeys[n]} {
		for _, k := range keys {
			if k == column {
				return true
			}
		}
	}
	return false
}

func isNextval(text string) bool {
	return strings.HasSuffix(strings.ToUpper(strings.Trim(strings.TrimSpace(text), `"`)), "NEXTVAL")
}

// defaultDigits counts the digits of a default before and behind the point; plain is false where it is no number.
func defaultDigits(text string) (whole, fraction int, plain bool) {
	text = strings.TrimSpace(text)
	for strings.HasPrefix(text, "(") && strings.HasSuffix(text, ")") {
		text = strings.TrimSpace(text[1 : len(text)-1])
	}
	text = strings.TrimPrefix(strings.TrimPrefix(strings.Trim(text, "'"), "-"), "+")
	if text == "" || strings.EqualFold(text, "NULL") || isNextval(text) {
		return 0, 0, true
	}
	if !plainNumber(text) {
		return 0, 0, false
	}
	before, behind, _ := strings.Cut(text, ".")
	return len(strings.TrimLeft(before, "0")), len(strings.TrimRight(behind, "0")), true
}

// measuredBefore finds what measurements need: where they come from, and the columns that count on.
func (c *converter) measuredBefore() {
	c.measurements = c.options.Measurements
	if c.measurements == nil {
		c.measurements = Measurements(c.d.Numbers)
	}
	if len(c.measurements) == 0 {
		return
	}
	c.counting = map[ColumnName]bool{}
	for i := range c.d.Constraints {
		k := &c.d.Constraints[i]
		if k.Type != "P" && k.Type != "U" {
			continue
		}
		for _, column := range c.d.ConstraintColumns(k.Owner, k.Name) {
			c.counting[ColumnName{k.Owner, k.Table, column}] = true
		}
	}
	for i := range c.d.Triggers {
		x := &c.d.Triggers[i]
		if x.Type != "BEFORE EACH ROW" || !strings.Contains(x.Event, "INSERT") {
			continue
		}
		for _, f := range triggerFills(x.Body) {
			c.counting[ColumnName{x.TableOwner, x.Table, f.Column}] = true
		}
	}
}
