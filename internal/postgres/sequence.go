// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"math/big"

	"github.com/jackc/pgx/v5"
)

// SequenceTarget says where a sequence has to be.
type SequenceTarget struct {
	Schema string `json:"schema"`
	Name   string `json:"name"`
	// AtLeast is the next value that the source would give out (Oracle's LAST_NUMBER), a decimal number of any length; empty
	// without a source.
	AtLeast string `json:"at_least,omitempty"`
	// Gap is how many increments beyond that and beyond the columns' values to go.
	Gap int64 `json:"gap"`
	// Columns that are filled from it, besides the one that owns it.
	Columns []ColumnName `json:"columns,omitempty"`
}

// SequenceOutcome is the next value before and after, as decimal numbers. Note tells what could not be done as asked.
type SequenceOutcome struct {
	Was  string `json:"was"`
	Now  string `json:"now"`
	Note string `json:"note,omitempty"`
}

// ReadSequences reads the sequences of the schemas: owned, identity and free-standing.
func (t *Target) ReadSequences(ctx context.Context, schemas []string) ([]Sequence, error) {
	return readSequences(ctx, t.pool, schemas)
}

func readSequences(ctx context.Context, q querier, schemas []string) ([]Sequence, error) {
	rows, err := q.Query(ctx, sequencesQuery, schemas)
	if err != nil {
		return nil, fmt.Errorf("read sequences: %w", err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Sequence, error) {
		var s Sequence
		var schema, table, column *string
		err := row.Scan(&s.Schema, &s.Name, &s.Type, &s.Start, &s.Min, &s.Max, &s.Increment, &s.Cache, &s.Cycle, &s.LastValue,
			&schema, &table, &column, &s.Identity, &s.Comment)
		if schema != nil && table != nil && column != nil {
			s.OwnedBy = &ColumnName{Schema: *schema, Table: *table, Column: *column}
		}
		return s, err
	})
	if err != nil {
		return nil, fmt.Errorf("read sequences: %w", err)
	}
	return list, nil
}

// AdvanceSequence moves a sequence ahead, never back: its next value becomes the furthest, in the direction of its increment, of
// where it is, and of the source's next value and the columns' values plus the gap. The gap is not added to where the sequence is,
// so that a repetition does not move it again. Where the gap does not fit within the bounds, or the sequence cycles, it goes without
// one and Note says so. setval is kept even by a rollback: a repetition finds the sequence ahead already. Errors:
// *SequenceRangeError, *FencedError, *LockedError.
func (t *Target) AdvanceSequence(ctx context.Context, fence Fence, plan, step string, target SequenceTarget) (SequenceOutcome, error) {
	var outcome SequenceOutcome
	err := t.InFence(ctx, fence, func(ctx context.Context, tx pgx.Tx) error {
		before, done, err := readStep(ctx, tx, fence.Migration, plan, step)
		if err != nil {
			return err
		}
		if done && before.Outcome == Done {
			return json.Unmarshal([]byte(before.Detail), &outcome)
		}
		if outcome, err = advance(ctx, tx, target); err != nil {
			return err
		}
		detail, err := json.Marshal(outcome)
		if err != nil {
			return err
		}
		return t.RecordStep(ctx, tx, fence.Migration, StepOutcome{Plan: plan, Step: step, Outcome: Done, Detail: string(detail)})
	})
	return outcome, err
}

func advance(ctx context.Context, tx pgx.Tx, target SequenceTarget) (SequenceOutcome, error) {
	sequence, next, err := whereIs(ctx, tx, target)
	if err != nil {
		return SequenceOutcome{}, err
	}
	columns := target.Columns
	if sequence.OwnedBy != nil {
		columns = append(columns[:len(columns):len(columns)], *sequence.OwnedBy)
	}
	step := big.NewInt(sequence.Increment)
	var needed *big.Int // without a gap; nil where nothing asks for a value
	if target.AtLeast != "" {
		value, ok := new(big.Int).SetString(target.AtLeast, 10)
		if !ok {
			return SequenceOutcome{}, fmt.Errorf("sequence %s.%s: %q is no whole number", target.Schema, target.Name, target.AtLeast)
		}
		needed = value
	}
	for _, column := range columns {
		used, err := furthestValue(ctx, tx, column, sequence.Increment)
		if err != nil {
			return SequenceOutcome{}, err
		}
		if used != nil {
			needed = further(needed, used.Add(used, step), sequence.Increment)
		}
	}
	return move(ctx, tx, sequence, next, needed, target.Gap)
}

// whereIs reads a sequence and the value that its next call would give.
func whereIs(ctx context.Context, tx pgx.Tx, target SequenceTarget) (Sequence, *big.Int, error) {
	all, err := readSequences(ctx, tx, []string{target.Schema})
	if err != nil {
		return Sequence{}, nil, err
	}
	for _, s := range all {
		if s.Name != target.Name {
			continue
		}
		var last int64
		var called bool
		err := tx.QueryRow(ctx, "SELECT last_value, is_called FROM "+ident(s.Schema, s.Name), pgx.QueryExecModeExec).Scan(&last, &called)
		if err != nil {
			return s, nil, fmt.Errorf("read sequence %s.%s: %w", s.Schema, s.Name, err)
		}
		next := big.NewInt(last)
		if called {
			next.Add(next, big.NewInt(s.Increment))
		}
		return s, next, nil
	}
	return Sequence{}, nil, fmt.Errorf("sequence %s.%s is not on the target; apply the schema first, or take it out of the plan", target.Schema, target.Name)
}

// furthestValue is the greatest value of a column, the least for a sequence that counts down, nil for an empty table. A fraction is
// rounded away from what is in use.
func furthestValue(ctx context.Context, tx pgx.Tx, c ColumnName, increment int64) (*big.Int, error) {
	function := "ceil(max(%s)::numeric)"
	if increment < 0 {
		function = "floor(min(%s)::numeric)"
	}
	var text *string
	err := tx.QueryRow(ctx, fmt.Sprintf("SELECT trunc("+function+")::text FROM %s", ident(c.Column), ident(c.Schema, c.Table)), pgx.QueryExecModeExec).Scan(&text)
	if err != nil {
		return nil, fmt.Errorf("read the furthest value of %s.%s.%s: %w", c.Schema, c.Table, c.Column, err)
	}
	if text == nil {
		return nil, nil
	}
	value, ok := new(big.Int).SetString(*text, 10)
	if !ok {
		return nil, fmt.Errorf("column %s.%s.%s holds %q, which no sequence can be past", c.Schema, c.Table, c.Column, *text)
	}
	return value, nil
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

func move(ctx context.Context, tx pgx.Tx, s Sequence, next, needed *big.Int, gap int64) (SequenceOutcome, error) {
	outcome := SequenceOutcome{Was: next.String(), Now: next.String()}
	if needed == nil {
		return outcome, nil
	}
	bound := big.NewInt(s.Max)
	if s.Increment < 0 {
		bound = big.NewInt(s.Min)
	}
	within := func(v *big.Int) bool { return further(v, bound, s.Increment).Cmp(bound) == 0 }
	goal := new(big.Int).Add(needed, new(big.Int).Mul(big.NewInt(gap), big.NewInt(s.Increment)))
	switch {
	case gap != 0 && s.Cycle:
		goal = needed
		outcome.Note = "it cycles, so it was set without a gap"
	case gap != 0 && !within(goal):
		goal = needed
		outcome.Note = fmt.Sprintf("a gap of %d does not fit before its bound %s, so it was set without one", gap, bound)
	}
	if s.Cycle && !within(goal) {
		goal = bound
	}
	if further(next, goal, s.Increment).Cmp(next) == 0 {
		outcome.Note = ""
		return outcome, nil
	}
	if !within(goal) {
		return outcome, &SequenceRangeError{Schema: s.Schema, Name: s.Name, Needed: goal.String(), Bound: bound.String()}
	}
	if low := big.NewInt(s.Min); goal.Cmp(low) < 0 || goal.Cmp(big.NewInt(s.Max)) > 0 {
		return outcome, &SequenceRangeError{Schema: s.Schema, Name: s.Name, Needed: goal.String(), Bound: low.String()}
	}
	if _, err := tx.Exec(ctx, `SELECT setval(c.oid, $3, false) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
			WHERE n.nspname = $1 AND c.relname = $2`, s.Schema, s.Name, goal.Int64()); err != nil {
		return outcome, fmt.Errorf("set sequence %s.%s: %w", s.Schema, s.Name, err)
	}
	outcome.Now = goal.String()
	return outcome, nil
}
