// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"errors"
	"slices"

	"github.com/jackc/pgx/v5"
)

// analyze gives the planner statistics of the tables that something came back to: expression indexes have none before.
func (b *builder) analyze(ctx context.Context) error {
	seen := map[[2]string]bool{}
	var tables []SavedObject
	for _, o := range b.report.Restored {
		if key := [2]string{o.Schema, o.Table}; slices.Contains(RebuildKinds, o.Kind) && !seen[key] {
			seen[key] = true
			tables = append(tables, SavedObject{Object: o})
		}
	}
	b.longestFirst(tables)
	return b.parallel(ctx, oneByOne(tables), func(ctx context.Context, s SavedObject) error {
		err := b.t.InFence(ctx, b.fence, func(ctx context.Context, tx pgx.Tx) error {
			return run(ctx, tx, Statement{Object: "table " + s.Schema + "." + s.Table, SQL: "ANALYZE " + ident(s.Schema, s.Table)})
		})
		var locked *LockedError
		if errors.As(err, &locked) {
			return nil // autovacuum is at it, which does the same
		}
		return err
	})
}

// compare reads the catalog again and puts what is back beside what was saved.
func (b *builder) compare(ctx context.Context, saved []SavedObject) error {
	failed := map[string]bool{}
	for _, f := range b.report.Failed {
		failed[describe(f.Object)] = true
	}
	schemas := []string{}
	for _, s := range saved {
		if !slices.Contains(schemas, s.Schema) {
			schemas = append(schemas, s.Schema)
		}
	}
	cat, err := b.t.ReadCatalog(ctx, schemas)
	if err != nil {
		return err
	}
	live := objectsOf(cat)
	for _, s := range saved {
		found, _ := live.find(s.Kind, s.Schema, s.Table, s.Name)
		if !failed[describe(s.Object)] && found.Definition != s.Definition {
			b.report.Differences = append(b.report.Differences, Difference{Kind: string(s.Kind), Schema: s.Schema, Table: s.Table, Name: s.Name,
				Before: s.Definition, After: found.Definition})
		}
	}
	return nil
}
