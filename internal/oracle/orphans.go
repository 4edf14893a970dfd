// SPDX-License-Identifier: Apache-2.0

package oracle

import (
	"context"
	"fmt"
	"strings"
)

// Reference is a foreign key, of which Oracle need know nothing.
type Reference struct {
	Schema, Table             string
	Columns                   []string
	ParentSchema, ParentTable string
	ParentColumns             []string
	// Key are the columns that name a row of Table: its primary key; without any it is Columns.
	Key []string
}

// from is the FROM and WHERE of the rows whose parent is missing. A row with a NULL in any of the columns refers to nothing.
func (r Reference) from() string {
	given, same := make([]string, len(r.Columns)), make([]string, len(r.Columns))
	for i, c := range r.Columns {
		given[i] = "c." + quote(c) + " IS NOT NULL"
		same[i] = "p." + quote(r.ParentColumns[i]) + " = c." + quote(c)
	}
	return fmt.Sprintf("FROM %s.%s c WHERE %s AND NOT EXISTS (SELECT 1 FROM %s.%s p WHERE %s)", quote(r.Schema), quote(r.Table),
		strings.Join(given, " AND "), quote(r.ParentSchema), quote(r.ParentTable), strings.Join(same, " AND "))
}

// Query shows the rows whose parent is missing.
func (r Reference) Query() string { return "SELECT c.* " + r.from() }

// Orphans counts the rows whose parent is missing, and shows the keys of the first few ("ID=5, PART=7"). It reads both tables whole:
// ctx is what bounds it.
func (s *Source) Orphans(ctx context.Context, r Reference, shown int) (rows int64, first []string, err error) {
	failed := func(err error) (int64, []string, error) {
		return 0, nil, fmt.Errorf("count the rows of %s.%s without a row in %s.%s: %w", r.Schema, r.Table, r.ParentSchema, r.ParentTable, err)
	}
	if len(r.Columns) == 0 || len(r.Columns) != len(r.ParentColumns) {
		return failed(fmt.Errorf("%d columns refer to %d", len(r.Columns), len(r.ParentColumns)))
	}
	err = s.each(ctx, "SELECT COUNT(*) "+r.from(), nil, func(v []any) error { rows = integer(v[0]); return nil })
	if err != nil {
		return failed(err)
	}
	if rows == 0 {
		return 0, nil, nil
	}
	key := r.Key
	if len(key) == 0 {
		key = r.Columns
	}
	names := make([]string, len(key))
	for i, c := range key {
		names[i] = "c." + quote(c)
	}
	list := strings.Join(names, ", ")
	query := fmt.Sprintf("SELECT * FROM (SELECT %s %s ORDER BY %s) WHERE ROWNUM <= %d", list, r.from(), list, shown)
	err = s.each(ctx, query, nil, func(v []any) error {
		parts := make([]string, len(key))
		for i, c := range key {
			parts[i] = c + "=" + str(v[i])
		}
		first = append(first, strings.Join(parts, ", "))
		return nil
	})
	if err != nil {
		return failed(err)
	}
	return rows, first, nil
}
