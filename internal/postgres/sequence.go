// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"math/big"

	"github.com/ferryman/ferryman/internal/ledger"
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
		next, err := nextOf(ctx, tx, s)
		return s, next, err
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

func nextOf(ctx context.Context, tx pgx.Tx, s Sequence) (*big.Int, error) {
	var text string
	err := tx.QueryRow(ctx, "SELECT ("+s.nextValue()+")::text FROM "+ident(s.Schema, s.Name), pgx.QueryExecModeExec).Scan(&text)
	if err != nil {
		return nil, fmt.Errorf("read sequence %s.%s: %w", s.Schema, s.Name, err)
	}
	next, _ := new(big.Int).SetString(text, 10) // PostgreSQL prints a sum of integers as one
	return next, nil
}

func move(ctx context.Context, tx pgx.Tx, s Sequence, next, needed *big.Int, gap int64) (SequenceOutcome, error) {
	outcome := SequenceOutcome{Was: next.String(), Now: next.String()}
	goal, err := s.goal(next, needed, gap)
	switch {
	case err != nil:
		return outcome, err
	case goal.value == nil && goal.exhausted:
		outcome.Note = fmt.Sprintf("it has given out its last value before its bound %s: widen it", goal.bound)
		return outcome, nil
	case goal.value == nil:
		return outcome, nil
	case goal.gapless != "":
		outcome.Note = goal.gapless + ", so it was set without a gap"
	}
	// No row where another session took it further since it was read: then it stays there.
	sql := s.setNext(goal.value)
	if _, err := tx.Exec(ctx, sql, pgx.QueryExecModeExec); err != nil {
		return outcome, fmt.Errorf("set sequence %s.%s: %w", s.Schema, s.Name, err)
	}
	ledger.Statement(ctx, sql)
	if next, err = nextOf(ctx, tx, s); err != nil {
		return outcome, err
	}
	outcome.Now = next.String()
	return outcome, nil
}
