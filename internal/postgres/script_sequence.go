// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"strings"

	"github.com/jackc/pgx/v5"
)

// scriptSequences moves sequences ahead of the columns that are filled from them by the gap, never back. Values are read now.
func (t *Target) scriptSequences(ctx context.Context, w *scriptWriter, cat *Catalog, gap int64) error {
	return pgx.BeginTxFunc(ctx, t.pool, pgx.TxOptions{AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		for _, s := range cat.Sequences {
			columns, err := columnsFilledBy(ctx, tx, s)
			if err != nil {
				return err
			}
			w.line("")
			sequence, next, err := whereIs(ctx, tx, SequenceTarget{Schema: s.Schema, Name: s.Name})
			if err != nil {
				return err
			}
			var needed *big.Int
			var names []string
			for _, column := range columns {
				used, err := furthestValue(ctx, tx, column, s.Increment)
				if err != nil {
					return err
				}
				names = append(names, column.Schema+"."+column.Table+"."+column.Column)
				if used != nil {
					needed = further(needed, used.Add(used, big.NewInt(s.Increment)), s.Increment)
				}
			}
			w.sequence(sequence, next, needed, gap, strings.Join(names, ", "))
		}
		return nil
	})
}

// columnsFilledBy are the columns that own a sequence or have it in their default.
func columnsFilledBy(ctx context.Context, tx pgx.Tx, s Sequence) ([]ColumnName, error) {
	rows, err := tx.Query(ctx, `SELECT DISTINCT tn.nspname::text, t.relname::text, a.attname::text
		FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		JOIN LATERAL (
			SELECT d.refobjid AS relid, d.refobjsubid AS num FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
				AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
			UNION SELECT f.adrelid, f.adnum FROM pg_depend d JOIN pg_attrdef f ON d.classid = 'pg_attrdef'::regclass AND f.oid = d.objid
				WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid) u ON true
		JOIN pg_class t ON t.oid = u.relid AND t.relkind IN ('r', 'p') JOIN pg_namespace tn ON tn.oid = t.relnamespace
		JOIN pg_attribute a ON a.attrelid = u.relid AND a.attnum = u.num AND NOT a.attisdropped
			AND a.atttypid IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype, 'numeric'::regtype)
		WHERE c.relkind = 'S' AND n.nspname = $1 AND c.relname = $2 ORDER BY 1, 2, 3`, s.Schema, s.Name)
	if err != nil {
		return nil, fmt.Errorf("read what is filled from sequence %s.%s: %w", s.Schema, s.Name, err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (ColumnName, error) {
		var c ColumnName
		err := row.Scan(&c.Schema, &c.Table, &c.Column)
		return c, err
	})
}

// sequence writes the setval of one sequence, by the rule of [Target.AdvanceSequence] without a source.
func (w *scriptWriter) sequence(s Sequence, next, needed *big.Int, gap int64, columns string) {
	name := fmt.Sprintf("sequence %s.%s, whose next value is %s", s.Schema, s.Name, next)
	switch {
	case columns == "":
		w.comment(name + ", stays: no column says how far it is used, and no source was read")
		return
	case needed == nil:
		w.comment(name + ", stays: " + columns + " has no value yet, and no source was read")
		return
	}
	goal, err := s.goal(next, needed, gap)
	var out *SequenceRangeError
	switch {
	case errors.As(err, &out):
		w.comment(name + ", must go on at " + out.Needed + " after what " + columns + " holds, and its bound is " + out.Bound + ": widen it first")
		w.must("false", "sequence "+s.Schema+"."+s.Name+" can't hold the value that it must be past: widen it, then print this again")
		return
	case goal.value == nil && goal.exhausted:
		w.comment(name + ", stays: it has given out its last value before its bound " + goal.bound.String() + "; widen it")
		return
	case goal.value == nil:
		w.comment(name + ", stays: it is ahead of " + columns + " already")
		return
	}
	gapWords := fmt.Sprintf("plus a gap of %d increments", gap)
	if goal.gapless != "" {
		gapWords = "without a gap: " + goal.gapless
	}
	w.comment(name + ": from the target's own values in " + columns + " (" + needed.String() + " comes next), " + gapWords)
	w.begin()
	w.line("%s;", s.setNext(goal.value))
	w.line("COMMIT;")
}
