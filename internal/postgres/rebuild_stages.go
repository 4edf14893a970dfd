// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"
)

// all does the work in stages, so that no object waits for a lock that another one holds for long: building an index locks its
// table against writes only, attaching a constraint to it and CLUSTER ON lock the table against other builds, adding a foreign key
// locks both tables, validating it the referencing one against a second validation.
func (b *builder) all(ctx context.Context, saved []SavedObject) error {
	var indexes, exclusive, keys, directKeys, rest []SavedObject
	for _, s := range saved {
		switch {
		case s.Kind == Index && !slices.ContainsFunc(s.Create, func(sql string) bool { return strings.Contains(sql, " CLUSTER ON ") }):
			indexes = append(indexes, s)
		case s.Kind == Index || s.Kind == Unique || s.Kind == Exclusion:
			exclusive = append(exclusive, s)
		case s.Kind == ForeignKey && strings.HasSuffix(s.Create[0], " NOT VALID"):
			keys = append(keys, s)
		case s.Kind == ForeignKey:
			directKeys = append(directKeys, s)
		default:
			rest = append(rest, s)
		}
	}
	b.longestFirst(indexes)
	b.longestFirst(exclusive)
	if err := b.parallel(ctx, oneByOne(indexes), b.whole); err != nil {
		return err
	}
	if err := b.parallel(ctx, byTable(exclusive), b.whole); err != nil {
		return err
	}
	// Before the plain ones: a partitioned table's key adopts any like it that it finds on a partition.
	for _, s := range directKeys {
		if err := b.whole(ctx, s); err != nil {
			return err
		}
	}
	var added []SavedObject
	for _, s := range keys {
		ok, err := b.addKey(ctx, s)
		if err != nil {
			return err
		}
		if ok {
			added = append(added, s)
		}
	}
	b.longestFirst(added)
	if err := b.parallel(ctx, byTable(added), b.validateKey); err != nil {
		return err
	}
	// What a trigger does may need a NOT NULL or an identity, never the other way round: triggers come last.
	slices.SortStableFunc(rest, func(x, y SavedObject) int {
		return slices.Index(cutoverOrder, x.Kind) - slices.Index(cutoverOrder, y.Kind)
	})
	for _, s := range rest {
		if err := b.whole(ctx, s); err != nil {
			return err
		}
	}
	return b.analyze(ctx)
}

var cutoverOrder = []Kind{NotNull, CheckConstraint, Identity, Trigger}

func (b *builder) longestFirst(list []SavedObject) {
	slices.SortStableFunc(list, func(x, y SavedObject) int {
		switch sx, sy := b.size[[2]string{x.Schema, x.Table}], b.size[[2]string{y.Schema, y.Table}]; {
		case sx > sy:
			return -1
		case sx < sy:
			return 1
		}
		return 0
	})
}

func oneByOne(list []SavedObject) [][]SavedObject {
	groups := make([][]SavedObject, len(list))
	for i := range list {
		groups[i] = list[i : i+1]
	}
	return groups
}

func byTable(list []SavedObject) [][]SavedObject {
	var groups [][]SavedObject
	at := map[[2]string]int{}
	for _, s := range list {
		key := [2]string{s.Schema, s.Table}
		if _, ok := at[key]; !ok {
			at[key] = len(groups)
			groups = append(groups, nil)
		}
		groups[at[key]] = append(groups[at[key]], s)
	}
	return groups
}

// parallel does the groups side by side, what is in one group one after the other.
func (b *builder) parallel(ctx context.Context, groups [][]SavedObject, do func(context.Context, SavedObject) error) error {
	workers, ctx := errgroup.WithContext(ctx)
	workers.SetLimit(b.opts.Jobs)
	for _, group := range groups {
		workers.Go(func() error {
			for _, s := range group {
				if err := do(ctx, s); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return workers.Wait()
}

// tableSizes reads the sizes in bytes of the tables of the objects, of a partitioned one with its partitions.
func (t *Target) tableSizes(ctx context.Context, saved []SavedObject) (map[[2]string]int64, error) {
	sizes := map[[2]string]int64{}
	schemas := []string{}
	for _, s := range saved {
		if !slices.Contains(schemas, s.Schema) {
			schemas = append(schemas, s.Schema)
		}
	}
	rows, err := t.pool.Query(ctx, `SELECT n.nspname::text, c.relname::text, CASE WHEN c.relkind = 'p'
			THEN (SELECT coalesce(sum(p.relpages), 0) FROM pg_partition_tree(c.oid) l JOIN pg_class p ON p.oid = l.relid) * 8192
			ELSE coalesce(pg_relation_size(c.oid), 0) END::bigint
		FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = ANY($1) AND c.relkind IN ('r', 'p')`, schemas)
	if err != nil {
		return nil, err
	}
	var key [2]string
	var size int64
	_, err = pgx.ForEachRow(rows, []any{&key[0], &key[1], &size}, func() error {
		sizes[key] = size
		return nil
	})
	return sizes, err
}
