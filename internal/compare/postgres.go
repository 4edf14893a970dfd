// SPDX-License-Identifier: Apache-2.0

package compare

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// postgresForms are the forms of texts that the canonical form is made from; a role or database may have set others.
const postgresForms = `SET LOCAL DateStyle TO ISO, YMD; SET LOCAL TimeZone TO 'UTC'; SET LOCAL extra_float_digits TO 1; SET LOCAL statement_timeout TO 0`

// PostgresSide reads each table in a REPEATABLE READ, read-only transaction of its own.
func PostgresSide(pool *pgxpool.Pool) Side {
	return func(t Table) Rows {
		return func(ctx context.Context, yield func([]any) error) error {
			options := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
			err := pgx.BeginTxFunc(ctx, pool, options, func(tx pgx.Tx) error { return readPostgres(ctx, tx, t, yield) })
			if err != nil {
				return fmt.Errorf("read %s on the target: %w", t.Target, err)
			}
			return nil
		}
	}
}

func readPostgres(ctx context.Context, tx pgx.Tx, t Table, yield func([]any) error) error {
	if _, err := tx.Exec(ctx, postgresForms, pgx.QueryExecModeSimpleProtocol); err != nil {
		return err
	}
	columns := make([]string, len(t.Columns))
	formats := make(pgx.QueryResultFormats, len(t.Columns))
	raw := make([]bool, len(t.Columns))
	for i, c := range t.Columns {
		columns[i] = pgx.Identifier{c.Target}.Sanitize()
		if plainType(c.PostgresType) == "BYTEA" {
			formats[i], raw[i] = pgx.BinaryFormatCode, true // as text it would be twice as long
		}
		if kindOf(c) == skipped {
			columns[i], formats[i], raw[i] = "NULL", pgx.TextFormatCode, false
		}
	}
	query := "SELECT " + strings.Join(columns, ", ") + " FROM " + pgx.Identifier{t.Target.Schema, t.Target.Table}.Sanitize()
	rows, err := tx.Query(ctx, query, pgx.QueryExecModeDescribeExec, formats)
	if err != nil {
		return err
	}
	defer rows.Close()
	values := make([]any, len(t.Columns))
	for rows.Next() {
		for i, v := range rows.RawValues() {
			switch {
			case v == nil:
				values[i] = nil
			case raw[i]:
				values[i] = v
			default:
				values[i] = string(v)
			}
		}
		if err := yield(values); err != nil {
			return err
		}
	}
	return rows.Err()
}
