// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// SetAsideObjects sets objects aside, those of one table as [SetAside.Batches] gives them, in one transaction: fence, lock,
// comparison of all with the plan, saved rows, drops, the step's outcome. What is aside already is left so: that is read from what
// is saved, not from the step's outcome, so that after a restore the same plan sets aside again. Errors: *ChangedError,
// *FencedError, *LockedError, *StatementError where PostgreSQL refuses the lock or the drop.
func (t *Target) SetAsideObjects(ctx context.Context, fence Fence, plan, step string, objects []Object) error {
	return t.InFence(ctx, fence, func(ctx context.Context, tx pgx.Tx) error {
		live, partitions, err := lockTables(ctx, tx, objects)
		if err != nil {
			return err
		}
		var list []Object
		var drops []Statement
		var index []int
		for i, object := range objects {
			goes, err := asPlanned(ctx, tx, fence, live, object)
			if err != nil {
				return err
			}
			if goes {
				list, drops, index = append(list, object), append(drops, Statement{Object: describe(object), SQL: object.Drop}), append(index, i)
			}
		}
		own := list
		if partitions {
			if own, err = withoutParts(ctx, tx, list); err != nil {
				return err
			}
		}
		if err := save(ctx, tx, fence, own); err != nil {
			return err
		}
		if err := runAll(ctx, tx, drops); err != nil {
			var refused *StatementError
			if errors.As(err, &refused) {
				refused.Index = index[refused.Index]
			}
			return err
		}
		return t.RecordStep(ctx, tx, fence.Migration, StepOutcome{Plan: plan, Step: step, Outcome: Done,
			Detail: fmt.Sprintf("%d set aside", len(objects))})
	})
}

// asPlanned compares an object with what it is under the lock. goes is false where it is aside already.
func asPlanned(ctx context.Context, tx pgx.Tx, fence Fence, live *objects, object Object) (goes bool, err error) {
	found, there := live.find(object.Kind, object.Schema, object.Table, object.Name)
	if !there {
		var aside bool
		if err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM ferryman.saved WHERE migration = $1 AND restored_at IS NULL AND kind = $2 AND schema_name = $3
				AND table_name = $4 AND name = $5 AND (definition = $6 OR starts_with(definition, $6 || E';\n')))
			OR EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace`+savedAbove("$8")+`
				WHERE n.nspname = $3 AND c.relname = $4 AND c.relispartition AND s.migration = $1 AND $7 = ANY(s.create_sql))`,
			fence.Migration, object.Kind, object.Schema, object.Table, object.Name, object.Definition, firstPart(object), RebuildKinds).Scan(&aside); err != nil {
			return false, fmt.Errorf("read what is saved: %w", err)
		}
		if aside {
			return false, nil
		}
		return false, &ChangedError{Kind: object.Kind, Schema: object.Schema, Table: object.Table, Name: object.Name, Planned: object.Definition}
	}
	if found.Definition != object.Definition || found.Drop != object.Drop || !slices.Equal(found.Create, object.Create) {
		return false, &ChangedError{Kind: object.Kind, Schema: object.Schema, Table: object.Table, Name: object.Name,
			Planned: object.Definition, Found: found.Definition}
	}
	return true, nil
}

// save writes the objects' rows in one statement. A row that is there already was left by somebody who brought the object back by
// hand: it is as the plan has it, so it counts. But where a rebuild has brought back the beginning of it only, which is a foreign key
// that rows break and that is NOT VALID therefore, the row stays what the object was before.
func save(ctx context.Context, tx pgx.Tx, fence Fence, list []Object) error {
	if len(list) == 0 {
		return nil
	}
	var columns [7][]string // kind, schema_name, table_name, name, definition, drop_sql, why
	var create []string     // of all objects, one after the other
	var from, to []int32    // where an object's begin and end in it, from 1
	for _, o := range list {
		for i, value := range []string{string(o.Kind), o.Schema, o.Table, o.Name, o.Definition, o.Drop, o.Why} {
			columns[i] = append(columns[i], value)
		}
		from = append(from, int32(len(create)+1))
		create = append(create, o.Create...)
		to = append(to, int32(len(create)))
	}
	if _, err := tx.Exec(ctx, `INSERT INTO ferryman.saved (migration, kind, schema_name, table_name, name, definition, drop_sql, why, create_sql)
			SELECT $1, o.kind, o.schema_name, o.table_name, o.name, o.definition, o.drop_sql, o.why, ($11::text[])[o.first:o.last]
			FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::int[], $10::int[]) WITH ORDINALITY
				AS o(kind, schema_name, table_name, name, definition, drop_sql, why, first, last, position) ORDER BY o.position
			ON CONFLICT (kind, schema_name, table_name, name) WHERE restored_at IS NULL DO UPDATE SET migration = excluded.migration,
				definition = `+fuller("definition")+", create_sql = "+fuller("create_sql")+`, drop_sql = excluded.drop_sql, why = excluded.why,
				dropped_at = clock_timestamp(), error = ''`,
		fence.Migration, columns[0], columns[1], columns[2], columns[3], columns[4], columns[5], columns[6], from, to, create); err != nil {
		return fmt.Errorf("save %d objects of %s.%s: %w", len(list), list[0].Schema, list[0].Table, err)
	}
	return nil
}

// fuller is a column's value where a row is there already: the row's own, if the object is the beginning of it.
func fuller(column string) string {
	return "CASE WHEN starts_with(saved.definition, excluded.definition || E';\\n') THEN saved." + column + " ELSE excluded." + column + " END"
}

// withoutParts leaves out what is saved as part of something else: the key or index of a partition that a rebuild had made, when that
// of the whole table could not come back.
func withoutParts(ctx context.Context, tx pgx.Tx, list []Object) ([]Object, error) {
	var schemas, tables, parts []string
	for _, o := range list {
		if slices.Contains(RebuildKinds, o.Kind) {
			schemas, tables, parts = append(schemas, o.Schema), append(tables, o.Table), append(parts, firstPart(o))
		}
	}
	if len(parts) == 0 {
		return list, nil
	}
	rows, err := tx.Query(ctx, `SELECT DISTINCT p.sql FROM unnest($1::text[], $2::text[], $3::text[]) p(schema_name, table_name, sql)
			JOIN pg_namespace n ON n.nspname = p.schema_name JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = p.table_name`+savedAbove("$4")+`
		WHERE c.relispartition AND p.sql = ANY(s.create_sql)`, schemas, tables, parts, RebuildKinds)
	if err != nil {
		return nil, fmt.Errorf("read what is saved as a part: %w", err)
	}
	saved, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("read what is saved as a part: %w", err)
	}
	return slices.DeleteFunc(slices.Clone(list), func(o Object) bool { return slices.Contains(saved, firstPart(o)) }), nil
}

// savedAbove joins to a table c the rows s of what is aside of the tables that it is a partition of. kinds is the parameter of
// RebuildKinds: by them, schema and table the rows are found in the index.
func savedAbove(kinds string) string {
	return ` CROSS JOIN LATERAL (SELECT an.nspname::text COLLATE "default" AS schema_name, a.relname::text COLLATE "default" AS table_name
				FROM pg_partition_ancestors(c.oid) x JOIN pg_class a ON a.oid = x.relid JOIN pg_namespace an ON an.oid = a.relnamespace
				WHERE x.relid <> c.oid OFFSET 0) above
			JOIN ferryman.saved s ON s.restored_at IS NULL AND s.kind = ANY(` + kinds + `) AND s.schema_name = above.schema_name AND s.table_name = above.table_name`
}

// firstPart is how the statement that begins to bring an object back reads among those of a whole that it is a part of.
func firstPart(o Object) string {
	for _, sql := range o.Create {
		if !strings.HasPrefix(sql, "SET LOCAL ") {
			return strings.TrimSuffix(sql, " NOT VALID")
		}
	}
	return ""
}

func describe(o Object) string {
	return fmt.Sprintf("%s %s of %s.%s", o.Kind.Words(), o.Name, o.Schema, o.Table)
}
