// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"slices"
)

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
