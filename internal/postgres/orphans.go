// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
)

const orphanKeysShown = 3

// countOrphans finds the rows that a foreign key refuses because what they refer to is missing, and puts them into the failure.
// Where they can't be read the failure says that as well: PostgreSQL's refusal is in it already.
// part is the partition's foreign key that was refused, nil where it is the object itself.
func (t *Target) countOrphans(ctx context.Context, failure *Failure, part *part) {
	o := failure.Object
	if part != nil {
		o.Schema, o.Table, o.Name = part.table.schema, part.table.table, part.name
	}
	err := pgx.BeginTxFunc(ctx, t.pool, pgx.TxOptions{AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		live, err := readTable(ctx, tx, o)
		if err != nil {
			return err
		}
		key := live.constraints[ident(o.Schema, o.Table, o.Name)]
		if key == nil {
			return nil // added and refused in one transaction: PostgreSQL's detail names one row
		}
		from, shown := orphanQuery(key, live.tables[ident(o.Schema, o.Table)])
		failure.Query = fmt.Sprintf("SELECT c.* %s", from)
		if err := tx.QueryRow(ctx, "SELECT count(*) "+from, pgx.QueryExecModeExec).Scan(&failure.Orphans); err != nil {
			return err
		}
		first := fmt.Sprintf("SELECT %s %s ORDER BY %s LIMIT %d", keyText(shown), from, columnsOf("c", shown), orphanKeysShown)
		rows, err := tx.Query(ctx, first, pgx.QueryExecModeExec)
		if err != nil {
			return err
		}
		failure.FirstKeys, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	})
	if err != nil {
		failure.Error += fmt.Sprintf("; counting the rows without a parent failed: %v", err)
		return
	}
	if failure.Orphans > 0 {
		failure.Error = fmt.Sprintf("%d %s of %s.%s %s no parent row; first: %s", failure.Orphans, when(failure.Orphans == 1, "row", "rows"), o.Schema, o.Table,
			when(failure.Orphans == 1, "has", "have"), strings.Join(failure.FirstKeys, "; "))
	}
}

// orphanQuery is the FROM and WHERE that finds them, and the columns that name a row: the primary key, else the foreign key's.
func orphanQuery(key *Constraint, table *Table) (from string, shown []string) {
	matches := make([]string, len(key.Columns))
	given := make([]string, len(key.Columns))
	for i, column := range key.Columns {
		matches[i] = fmt.Sprintf("p.%s = c.%s", ident(key.RefColumns[i]), ident(column))
		given[i] = fmt.Sprintf("c.%s IS NOT NULL", ident(column))
	}
	all := " AND "
	if strings.Contains(key.Definition, " MATCH FULL") {
		all = " OR " // a row with some of the columns NULL is refused, too
	}
	from = fmt.Sprintf("FROM %s c WHERE (%s) AND NOT EXISTS (SELECT FROM %s p WHERE %s)", ident(key.Schema, key.Table),
		strings.Join(given, all), ident(key.RefSchema, key.RefTable), strings.Join(matches, " AND "))
	shown = key.Columns
	if table != nil && len(table.PrimaryKey) > 0 {
		shown = table.PrimaryKey
	}
	return from, shown
}

func columnsOf(alias string, columns []string) string {
	list := make([]string, len(columns))
	for i, c := range columns {
		list[i] = alias + "." + ident(c)
	}
	return strings.Join(list, ", ")
}

// keyText is an expression for "id=5, part=7" of a row.
func keyText(columns []string) string {
	list := make([]string, len(columns))
	for i, c := range columns {
		list[i] = fmt.Sprintf("%s || coalesce(c.%s::text, 'NULL')", literal(c+"="), ident(c))
	}
	return "concat_ws(', ', " + strings.Join(list, ", ") + ")"
}
