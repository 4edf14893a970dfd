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

// lockTables locks the tables of the objects, always in the same order, and reads what these objects are now. A table that is gone
// has nothing. partitions tells whether one of them is a partition.
func lockTables(ctx context.Context, tx pgx.Tx, list []Object) (_ *objects, partitions bool, _ error) {
	names := make([][2]string, 0, len(list))
	for _, object := range list {
		names = append(names, [2]string{object.Schema, object.Table})
	}
	slices.SortFunc(names, func(a, b [2]string) int { return cmp.Or(strings.Compare(a[0], b[0]), strings.Compare(a[1], b[1])) })
	live := &Catalog{}
	for _, name := range slices.Compact(names) {
		var partition bool
		err := tx.QueryRow(ctx, "SELECT c.relispartition FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2",
			name[0], name[1]).Scan(&partition)
		if errors.Is(err, pgx.ErrNoRows) {
			continue
		}
		if err != nil {
			return nil, false, fmt.Errorf("find table %s.%s: %w", name[0], name[1], err)
		}
		partitions = partitions || partition
		if _, err := tx.Exec(ctx, "LOCK TABLE "+ident(name[0], name[1])+" IN ACCESS EXCLUSIVE MODE"); err != nil {
			return nil, false, refused("to lock table "+name[0]+"."+name[1], err)
		}
		if err := readObjects(ctx, tx, name[0], name[1], list, live); err != nil {
			return nil, false, err
		}
	}
	return objectsOf(live), partitions, nil
}

// readObjects adds to a catalog what those of the objects that are on a table are now, with their parts on its partitions, and
// nothing else: a table may have ten thousand indexes, and they go a few hundred at a time.
func readObjects(ctx context.Context, tx pgx.Tx, schema, table string, list []Object, live *Catalog) error {
	var indexes, constraints []string
	var triggers, columns bool
	for _, o := range list {
		if o.Schema != schema || o.Table != table {
			continue
		}
		switch o.Kind {
		case Index:
			indexes = append(indexes, o.Name)
		case Unique, Exclusion: // the index has the constraint's name
			indexes, constraints = append(indexes, o.Name), append(constraints, o.Name)
		case ForeignKey:
			constraints = append(constraints, o.Name)
		case CheckConstraint:
			constraints, columns = append(constraints, o.Name), true
		case Trigger:
			triggers = true
		case NotNull, Identity:
			columns = true
		}
	}
	// A partition may have come while the lock was waited for.
	tree, err := treeOf(ctx, tx, schema, table)
	if err != nil || len(tree) == 0 {
		return err
	}
	if columns {
		if err := readColumns(ctx, tx, tree, live); err != nil {
			return err
		}
	}
	// OFFSET 0 has the recursion look its parts up by index: a plan that joins reads the whole catalog, for each batch anew.
	if len(indexes) > 0 {
		found, err := readIndexes(ctx, tx, `i.indexrelid = ANY(ARRAY(WITH RECURSIVE part AS (
				SELECT x.oid FROM pg_class x JOIN pg_namespace xn ON xn.oid = x.relnamespace WHERE xn.nspname = $1 AND x.relname = ANY($2)
				UNION ALL SELECT h.inhrelid FROM part CROSS JOIN LATERAL (SELECT inhrelid FROM pg_inherits WHERE inhparent = part.oid OFFSET 0) h)
				SELECT oid FROM part))
			AND i.indrelid = ANY($3)`, schema, indexes, tree)
		if err != nil {
			return err
		}
		live.Indexes = append(live.Indexes, found...)
	}
	if len(constraints) > 0 {
		// A partition's check has its parent's name and no link to it.
		found, err := readConstraints(ctx, tx, `con.oid = ANY(ARRAY(WITH RECURSIVE part AS (
				SELECT k.oid FROM pg_constraint k WHERE k.conrelid = ANY($1) AND k.conname = ANY($2)
				UNION SELECT k.oid FROM part CROSS JOIN LATERAL (SELECT oid FROM pg_constraint WHERE conparentid = part.oid OFFSET 0) k)
				SELECT oid FROM part))`, tree, constraints)
		if err != nil {
			return err
		}
		live.Constraints = append(live.Constraints, found...)
	}
	if triggers {
		found, err := readTriggers(ctx, tx, tree)
		if err != nil {
			return err
		}
		live.Triggers = append(live.Triggers, found...)
	}
	return nil
}
