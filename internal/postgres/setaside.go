// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// SetAsideObjects sets objects aside, those of one table as [SetAside.Batches] gives them, in one transaction: fence, lock,
// comparison with the plan, saved row, drop or disable, the step's outcome. What is aside already is left so: that is read from what
// is saved, not from the step's outcome, so that after a restore the same plan sets aside again. Errors: *ChangedError,
// *FencedError, *LockedError, *StatementError where PostgreSQL refuses the drop.
func (t *Target) SetAsideObjects(ctx context.Context, fence Fence, plan, step string, objects []Object) error {
	return t.InFence(ctx, fence, func(ctx context.Context, tx pgx.Tx) error {
		live, err := lockTables(ctx, tx, objects)
		if err != nil {
			return err
		}
		for i, object := range objects {
			if err := setAside(ctx, tx, fence, live, object); err != nil {
				var refused *StatementError
				if errors.As(err, &refused) {
					refused.Index = i
				}
				return err
			}
		}
		return t.RecordStep(ctx, tx, fence.Migration, StepOutcome{Plan: plan, Step: step, Outcome: Done,
			Detail: fmt.Sprintf("%d set aside", len(objects))})
	})
}

// lockTables locks the tables of the objects, always in the same order, and reads what they have now. A table that is gone has
// nothing.
func lockTables(ctx context.Context, tx pgx.Tx, list []Object) (*objects, error) {
	names := make([][2]string, 0, len(list))
	for _, object := range list {
		names = append(names, [2]string{object.Schema, object.Table})
	}
	slices.SortFunc(names, func(a, b [2]string) int { return cmp.Or(strings.Compare(a[0], b[0]), strings.Compare(a[1], b[1])) })
	var oids []uint32
	for _, name := range slices.Compact(names) {
		tree, err := treeOf(ctx, tx, name[0], name[1])
		if err != nil {
			return nil, err
		}
		if len(tree) == 0 {
			continue
		}
		if _, err := tx.Exec(ctx, "LOCK TABLE "+ident(name[0], name[1])+" IN ACCESS EXCLUSIVE MODE"); err != nil {
			return nil, fmt.Errorf("lock table %s.%s: %w", name[0], name[1], err)
		}
		// Read again: a partition may have come while the lock was waited for.
		if tree, err = treeOf(ctx, tx, name[0], name[1]); err != nil {
			return nil, err
		}
		oids = append(oids, tree...)
	}
	cat, err := readTables(ctx, tx, oids)
	if err != nil {
		return nil, err
	}
	return objectsOf(cat), nil
}

func setAside(ctx context.Context, tx pgx.Tx, fence Fence, live *objects, object Object) error {
	found, there := live.find(object.Kind, object.Schema, object.Table, object.Name)
	if !there {
		var aside bool
		if err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM ferryman.saved WHERE migration = $1 AND kind = $2 AND schema_name = $3 AND table_name = $4
				AND name = $5 AND restored_at IS NULL AND definition = $6)`,
			fence.Migration, object.Kind, object.Schema, object.Table, object.Name, object.Definition).Scan(&aside); err != nil {
			return fmt.Errorf("read what is saved: %w", err)
		}
		if aside {
			return nil
		}
		return &ChangedError{Kind: object.Kind, Schema: object.Schema, Table: object.Table, Name: object.Name, Planned: object.Definition}
	}
	if found.Definition != object.Definition || found.Drop != object.Drop || !slices.Equal(found.Create, object.Create) {
		return &ChangedError{Kind: object.Kind, Schema: object.Schema, Table: object.Table, Name: object.Name,
			Planned: object.Definition, Found: found.Definition}
	}
	// A row that is there already was left by somebody who brought the object back by hand: it is as the plan has it, so it counts.
	if _, err := tx.Exec(ctx, `INSERT INTO ferryman.saved (migration, kind, schema_name, table_name, name, definition, drop_sql, create_sql, why)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
			ON CONFLICT (kind, schema_name, table_name, name) WHERE restored_at IS NULL DO UPDATE SET migration = excluded.migration,
				definition = excluded.definition, drop_sql = excluded.drop_sql, create_sql = excluded.create_sql, why = excluded.why,
				dropped_at = clock_timestamp(), error = ''`,
		fence.Migration, object.Kind, object.Schema, object.Table, object.Name, object.Definition, object.Drop, object.Create, object.Why); err != nil {
		return fmt.Errorf("save %s %s: %w", object.Kind.Words(), object.Name, err)
	}
	return run(ctx, tx, Statement{Object: describe(object), SQL: object.Drop})
}

func describe(o Object) string {
	return fmt.Sprintf("%s %s of %s.%s", o.Kind.Words(), o.Name, o.Schema, o.Table)
}
