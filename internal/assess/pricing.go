// SPDX-License-Identifier: Apache-2.0

package assess

import (
	"cmp"
	"maps"
	"math"
	"slices"

	"github.com/ferryman/ferryman/internal/convert"
)

// Learning is what people need once who meet a code or a construct for the first time.
type Learning struct {
	// What is an action item's code, or a construct's name.
	What  string  `json:"what"`
	Hours float64 `json:"hours"`
}

// price gives every item its hours and its complexity, and says what there is to learn. The items are changed in place.
func (p *Prices) price(items []convert.ActionItem) []Learning {
	bodies := map[convert.Object]bool{}
	for i := range items {
		if a := &items[i]; !a.Note && a.Object.Type == "PACKAGE BODY" {
			bodies[convert.Object{Owner: a.Object.Owner, Type: "PACKAGE", Name: a.Object.Name}] = true
		}
	}
	learn := map[string]float64{}
	for i := range items {
		a := &items[i]
		if a.Note {
			a.Hours = 0
			continue
		}
		listed, known := p.Codes[a.Code]
		if !known {
			listed = p.Other
		}
		switch {
		case bodies[a.Object] && a.Code == convert.CodeUnit:
			a.Hours, a.Complexity = p.Code.DeclarationHours, convert.Simple
		case a.Lines > 0 || a.Code == convert.CodeUnit:
			p.bySize(a, learn)
		case a.Hours > 0 && !known:
			a.Complexity = cmp.Or(a.Complexity, p.byHours(a.Hours)) // the engine priced it
		default:
			a.Hours, a.Complexity = listed.Hours, listed.Complexity
		}
		if listed.LearningHours > 0 && a.Hours > 0 {
			learn[a.Code] = listed.LearningHours
		}
	}
	var out []Learning
	for _, what := range slices.Sorted(maps.Keys(learn)) {
		out = append(out, Learning{what, learn[what]})
	}
	return out
}

// bySize prices code by its lines and by every construct in it.
func (p *Prices) bySize(a *convert.ActionItem, learn map[string]float64) {
	hours := max(p.Code.LeastHours, float64(a.Lines)/p.Code.LinesPerHour)
	for _, name := range slices.Sorted(maps.Keys(a.Constructs)) {
		key, price := p.construct(name)
		hours += float64(a.Constructs[name]) * price.Hours
		if price.LearningHours > 0 && a.Constructs[name] > 0 {
			learn[cmp.Or(key, name)] = price.LearningHours
		}
	}
	a.Hours = quarters(hours)
	a.Complexity = p.byHours(a.Hours)
}

func (p *Prices) byHours(hours float64) convert.Complexity {
	switch {
	case hours < p.Code.SimpleBelow:
		return convert.Simple
	case hours < p.Code.MediumBelow:
		return convert.Medium
	}
	return convert.Complex
}

// quarters rounds to a quarter of an hour.
func quarters(hours float64) float64 { return math.Round(hours*4) / 4 }
