// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"
)

// fillByCatalog fills every table of a catalog with generated rows that satisfy its foreign keys, whose constraints are aside: the
// primary key of row g is g in the column's type, a foreign key is that of one of the parent's rows, seven in ten where it may be
// NULL. Checks and unique constraints are not looked at.
func (b *bench) fillByCatalog(ctx context.Context, database string, cat *postgres.Catalog, rows func(table string) int) error {
	workers, ctx := errgroup.WithContext(ctx)
	workers.SetLimit(b.cores)
	for _, t := range cat.Tables {
		if t.Partitioned {
			continue
		}
		values := make([]string, len(t.Columns))
		for i, c := range t.Columns {
			values[i] = column(c, i)
		}
		for k, key := range cat.Constraints {
			if key.Type != "f" || key.Schema != t.Schema || key.Table != t.Name {
				continue
			}
			parent := fmt.Sprintf("(1 + h(%d) %% %d)", 100+k, rows(key.RefTable))
			for _, name := range key.Columns {
				i := slices.IndexFunc(t.Columns, func(c postgres.Column) bool { return c.Name == name })
				values[i] = keyValue(t.Columns[i], parent)
				if !t.Columns[i].NotNull {
					values[i] = fmt.Sprintf("CASE WHEN h(%d) %% 10 < 7 THEN %s END", 1100+k, values[i])
				}
			}
		}
		for i, c := range t.Columns {
			if slices.Contains(t.PrimaryKey, c.Name) {
				values[i] = keyValue(c, "g")
			}
		}
		sql := generated.replace(fmt.Sprintf("INSERT INTO %s SELECT %s FROM generate_series(1, %d::bigint) g",
			pgx.Identifier{t.Schema, t.Name}.Sanitize(), strings.Join(values, ", "), rows(t.Name)))
		workers.Go(func() error { return b.exec(ctx, b.url(database), sql) })
	}
	return workers.Wait()
}

// keyValue is a number as a key in the column's type.
func keyValue(c postgres.Column, number string) string {
	if isText(c) {
		return "'K' || " + number
	}
	return number
}

func isText(c postgres.Column) bool {
	return strings.HasPrefix(c.Type, "character") || c.Type == "text"
}

var typeLimit = regexp.MustCompile(`\((\d+)`)

// column is an expression for a column that is no key; k tells the columns of a table apart.
func column(c postgres.Column, k int) string {
	limit := 1 << 30
	if m := typeLimit.FindStringSubmatch(c.Type); m != nil {
		limit, _ = strconv.Atoi(m[1])
	}
	switch {
	case isText(c) && limit < 80:
		return fmt.Sprintf("left(t(%d), %d)", k, min(limit, 20))
	case isText(c):
		return fmt.Sprintf("'Note ' || t(%d) || t(%d)", k, k+50)
	case strings.HasPrefix(c.Type, "timestamp"), c.Type == "date":
		return fmt.Sprintf("at(%d)::%s", k, c.Type)
	case strings.HasPrefix(c.Type, "numeric") && limit < 6:
		return fmt.Sprintf("h(%d) %% 9", k)
	}
	return fmt.Sprintf("h(%d) %% 30000", k)
}
