// SPDX-License-Identifier: Apache-2.0

package dictionary

import "strings"

// shared holds one copy of what is the same in many rows, while they are read.
type shared struct {
	texts       map[string]string
	columns     map[ColumnTraits]*ColumnTraits
	constraints map[ConstraintTraits]*ConstraintTraits
	// What the row at hand gets its traits in before they are looked up.
	column     ColumnTraits
	constraint ConstraintTraits
}

func newShared() *shared {
	return &shared{texts: map[string]string{}, columns: map[ColumnTraits]*ColumnTraits{}, constraints: map[ConstraintTraits]*ConstraintTraits{}}
}

const (
	sharedBytes = 128 // a name's greatest length
	sharedTexts = 2_000_000
)

// text is a short text's one copy.
func (s *shared) text(text string) string {
	if len(text) > sharedBytes {
		return text
	}
	if have, ok := s.texts[text]; ok {
		return have
	}
	if len(s.texts) < sharedTexts {
		text = strings.Clone(text)
		s.texts[text] = text
	}
	return text
}

// begin lets a row have traits of its own to set; end gives it the shared ones.
func (s *shared) begin(row any) {
	switch row := row.(type) {
	case *Column:
		s.column = ColumnTraits{}
		row.ColumnTraits = &s.column
	case *Constraint:
		s.constraint = ConstraintTraits{}
		row.ConstraintTraits = &s.constraint
	}
}

func (s *shared) end(row any) {
	switch row := row.(type) {
	case *Column:
		row.ColumnTraits = one(s.columns, &s.column)
	case *Constraint:
		row.ConstraintTraits = one(s.constraints, &s.constraint)
	}
}

func one[T comparable](all map[T]*T, value *T) *T {
	have, ok := all[*value]
	if !ok {
		kept := *value
		have = &kept
		all[kept] = have
	}
	return have
}
