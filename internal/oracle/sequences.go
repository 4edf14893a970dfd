// SPDX-License-Identifier: Apache-2.0

package oracle

import (
	"context"

	"github.com/ferryman/ferryman/internal/oracle/dictionary"
)

// SequenceValue is a sequence as it is now. LastNumber and the bounds are decimal: they may have 28 digits. LastNumber is the first
// number that is neither given out nor cached.
type SequenceValue struct {
	Owner, Name                     string
	LastNumber, Min, Max, Increment dictionary.Decimal
	Cycle                           bool
	Cache                           int64
}

// Sequences reads the schemas' sequences, those behind identity columns too.
func (s *Source) Sequences(ctx context.Context, schemas []string) ([]SequenceValue, error) {
	d := &dictionary.Dictionary{Schemas: schemas}
	if err := s.readOne(ctx, d, "ALL_SEQUENCES", schemas); err != nil {
		return nil, err
	}
	out := make([]SequenceValue, len(d.Sequences))
	for i, q := range d.Sequences {
		out[i] = SequenceValue{Owner: q.Owner, Name: q.Name, LastNumber: q.LastNumber, Min: q.Min, Max: q.Max, Increment: q.Increment,
			Cycle: q.Cycle == "Y"}
		if q.Cache != nil {
			out[i].Cache = *q.Cache
		}
	}
	return out, nil
}
