// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
)

var errUndone = errors.New("rolled back, as it was meant to be")

// tryBatch drops the objects of an empty table and makes them again, and rolls that back. tried is 0 where the table has rows or was
// in use, is held by the foreign key of a table that is lacking something already, or would take more locks than room. keys are the
// plan's foreign keys by schema, table and name.
func (t *Target) tryBatch(ctx context.Context, batch Batch, keys map[[3]string]Object, lacking map[[2]string]bool, room int) (
	tried int, problem *Problem, err error) {
	err = pgx.BeginFunc(ctx, t.pool, func(tx pgx.Tx) error {
		// The attempt must not make others wait: they would queue behind it.
		if _, err := tx.Exec(ctx, "SELECT set_config('lock_timeout', '200ms', true)"); err != nil {
			return err
		}
		// To plan the build of an index in parallel, as to plan a query, PostgreSQL locks all indexes of the table.
		if _, err := tx.Exec(ctx, "SELECT set_config('max_parallel_maintenance_workers', '0', true)"); err != nil {
			return err
		}
		if rows, err := mayHaveRows(ctx, tx, batch, room); err != nil || rows {
			return cmp.Or(err, errUndone)
		}
		list, err := keysTo(ctx, tx, batch, keys)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(list, func(o Object) bool { return lacking[[2]string{o.Schema, o.Table}] }) {
			return errUndone
		}
		pointing := len(list)
		// What is made again is locked beside what was dropped.
		if list = append(list, batch.Objects...); 2*(Batch{Objects: list}).locks()+pointing > room {
			return errUndone
		}
		var statements []Statement
		var objects []Object
		add := func(o Object, sql ...string) {
			for _, s := range sql {
				statements, objects = append(statements, Statement{Object: describe(o), SQL: s}), append(objects, o)
			}
		}
		for _, o := range list {
			add(o, o.Drop)
		}
		for _, o := range slices.Concat(list[pointing:], list[:pointing]) {
			add(o, o.Create...)
		}
		if err := runAll(ctx, tx, statements); err != nil {
			problem, err = refusal(objects, len(list), err)
			return err
		}
		tried = len(batch.Objects)
		return errUndone
	})
	switch code := sqlState(err); {
	case errors.Is(err, errUndone):
		return tried, problem, nil
	case code == "55P03", code == "40P01":
		return 0, nil, nil
	// What is gone since the plan was made is found by the step that would drop it. A table that may be changed and not read says
	// nothing here: rights were looked at before. Others may have taken the locks that were free when it was asked how many there are.
	case code == "42P01", code == "42704", code == "3F000", code == "42501", code == "53200":
		return 0, nil, nil
	}
	return 0, nil, err
}

// mayHaveRows tells whether a table has rows. One that takes room on disk is asked only where the locks on its indexes, which the
// question takes, are few enough.
func mayHaveRows(ctx context.Context, tx pgx.Tx, batch Batch, room int) (rows bool, err error) {
	tree, err := treeOf(ctx, tx, batch.Schema, batch.Table)
	if err != nil {
		return false, err
	}
	var bytes int64
	var indexes int
	if err := tx.QueryRow(ctx, `SELECT coalesce(sum(pg_relation_size(oid)), 0)::bigint, (SELECT count(*)::int FROM pg_index WHERE indrelid = ANY($1))
			FROM unnest($1::oid[]) t(oid)`, tree).Scan(&bytes, &indexes); err != nil {
		return false, err
	}
	if bytes == 0 || indexes > room {
		return bytes > 0, nil
	}
	err = tx.QueryRow(ctx, "SELECT EXISTS (SELECT FROM "+ident(batch.Schema, batch.Table)+")", pgx.QueryExecModeExec).Scan(&rows)
	return rows, err
}

// refusal makes a problem of PostgreSQL's refusal of one of the statements, of which the first drops are drops; what is no refusal
// of the statement, an object that is gone, or a want of locks is passed on.
func refusal(objects []Object, drops int, err error) (*Problem, error) {
	var refused *StatementError
	if !errors.As(err, &refused) || slices.Contains([]string{"42704", "42P01", "53200"}, refused.Code) {
		return nil, err
	}
	what := when(refused.Index < drops, "it can't be dropped", "it could not be made again")
	p := problemOf(objects[refused.Index], fmt.Sprintf("tried in a transaction that was rolled back, %s: %s", what, refused.Words()), "")
	return &p, errUndone
}

// keysTo are the plan's foreign keys that need one of the batch's unique indexes: they hold them until they are dropped.
func keysTo(ctx context.Context, tx pgx.Tx, batch Batch, keys map[[3]string]Object) ([]Object, error) {
	var indexes []string
	for _, o := range batch.Objects {
		if o.Kind == Unique || o.Kind == Index {
			indexes = append(indexes, o.Name)
		}
	}
	if len(indexes) == 0 || len(keys) == 0 {
		return nil, nil
	}
	rows, err := tx.Query(ctx, `WITH RECURSIVE part AS (SELECT x.oid FROM pg_class x JOIN pg_namespace n ON n.oid = x.relnamespace
				WHERE n.nspname = $1 AND x.relname = ANY($2)
			UNION ALL SELECT h.inhrelid FROM part JOIN pg_inherits h ON h.inhparent = part.oid)
		SELECT n.nspname::text, c.relname::text, k.conname::text FROM part
			JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = part.oid AND d.classid = 'pg_constraint'::regclass
			JOIN pg_constraint k ON k.oid = d.objid JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE k.contype = 'f' AND k.conparentid = 0 ORDER BY 1, 2, 3`, batch.Schema, indexes)
	if err != nil {
		return nil, err
	}
	var list []Object
	var key [3]string
	_, err = pgx.ForEachRow(rows, []any{&key[0], &key[1], &key[2]}, func() error {
		if o, ok := keys[key]; ok && !slices.ContainsFunc(list, func(have Object) bool { return describe(have) == describe(o) }) {
			list = append(list, o)
		}
		return nil
	})
	return list, err
}
