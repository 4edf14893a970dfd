// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"fmt"
	"math/big"
)

// sequenceGoal is where a sequence has to be.
type sequenceGoal struct {
	value *big.Int // its next value; nil where it stays
	bound *big.Int // that it counts towards
	// gapless says why the gap is left out, empty where it is not.
	gapless string
	// exhausted tells that it has given out its last value and does not cycle.
	exhausted bool
}

// goal is the rule for a sequence whose next value is next and has to be needed or further, needed nil where nothing asks for a
// value: never back, plus the gap where that fits and the sequence does not cycle. Error: *SequenceRangeError.
func (s Sequence) goal(next, needed *big.Int, gap int64) (sequenceGoal, error) {
	g := sequenceGoal{bound: big.NewInt(s.Max)}
	if s.Increment < 0 {
		g.bound = big.NewInt(s.Min)
	}
	within := func(v *big.Int) bool { return further(v, g.bound, s.Increment).Cmp(g.bound) == 0 }
	g.exhausted = !within(next)
	if needed == nil {
		return g, nil
	}
	value := new(big.Int).Add(needed, new(big.Int).Mul(big.NewInt(gap), big.NewInt(s.Increment)))
	switch {
	case gap != 0 && s.Cycle:
		value, g.gapless = needed, "it cycles"
	case gap != 0 && !within(value):
		value, g.gapless = needed, fmt.Sprintf("a gap of %d does not fit before its bound %s", gap, g.bound)
	}
	if s.Cycle && !within(value) {
		value = g.bound
	}
	if !within(value) {
		return g, &SequenceRangeError{Schema: s.Schema, Name: s.Name, Needed: value.String(), Bound: g.bound.String()}
	}
	if further(next, value, s.Increment).Cmp(next) != 0 {
		g.value = value
	}
	return g, nil
}

// further is the one of two values that a sequence with this increment reaches later. Either may be nil, not both.
func further(a, b *big.Int, increment int64) *big.Int {
	if a == nil {
		return b
	}
	if b == nil || (increment > 0) == (a.Cmp(b) >= 0) || a.Cmp(b) == 0 {
		return a
	}
	return b
}

// nextValue is an expression over the sequence's own row for what its next call gives; beyond the bound where that fails.
func (s Sequence) nextValue() string {
	next := fmt.Sprintf("last_value::numeric + CASE WHEN is_called THEN %d ELSE 0 END", s.Increment)
	switch {
	case s.Cycle && s.Increment > 0:
		return fmt.Sprintf("CASE WHEN %s > %d THEN %d ELSE %s END", next, s.Max, s.Min, next)
	case s.Cycle:
		return fmt.Sprintf("CASE WHEN %s < %d THEN %d ELSE %s END", next, s.Min, s.Max, next)
	}
	return next
}

// setNext sets the next value, and gives no row where the sequence is there or further by now.
func (s Sequence) setNext(value *big.Int) string {
	return fmt.Sprintf("SELECT pg_catalog.setval(%s, %s, false) FROM %s WHERE %s %s %s", literal(ident(s.Schema, s.Name)), value,
		ident(s.Schema, s.Name), s.nextValue(), when(s.Increment > 0, "<", ">"), value)
}
