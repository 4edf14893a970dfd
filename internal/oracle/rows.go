// SPDX-License-Identifier: Apache-2.0

package oracle

import (
	"context"
	"fmt"
	"strings"
)

// RowCount counts a table's rows.
func (s *Source) RowCount(ctx context.Context, schema, table string) (int64, error) {
	var n int64
	err := s.each(ctx, "SELECT COUNT(*) FROM "+quote(schema)+"."+quote(table), nil, func(v []any) error { n = integer(v[0]); return nil })
	if err != nil {
		return 0, fmt.Errorf("count the rows of %s.%s: %w", schema, table, err)
	}
	return n, nil
}

// Rows streams a table's rows to fn, in no order; an error of fn ends it and is returned. Values are nil, string, []byte, time.Time,
// int64 or float64; a NUMBER is a string in decimal. The slice is used again for the next row.
func (s *Source) Rows(ctx context.Context, schema, table string, columns []string, fn func(values []any) error) error {
	quoted := make([]string, len(columns))
	for i, c := range columns {
		quoted[i] = quote(c)
	}
	err := s.each(ctx, "SELECT "+strings.Join(quoted, ", ")+" FROM "+quote(schema)+"."+quote(table), nil, fn)
	if err != nil {
		return fmt.Errorf("read %s.%s: %w", schema, table, err)
	}
	return nil
}

// LobLength measures a LOB column: the greatest length (bytes of a BLOB, characters of a CLOB) and the number of values.
func (s *Source) LobLength(ctx context.Context, schema, table, column string) (greatest, rows int64, err error) {
	query := fmt.Sprintf("SELECT MAX(DBMS_LOB.GETLENGTH(%s)), COUNT(%s) FROM %s.%s", quote(column), "DBMS_LOB.GETLENGTH("+quote(column)+")",
		quote(schema), quote(table))
	err = s.each(ctx, query, nil, func(v []any) error { greatest, rows = integer(v[0]), integer(v[1]); return nil })
	if err != nil {
		return 0, 0, fmt.Errorf("measure %s.%s.%s: %w", schema, table, column, err)
	}
	return greatest, rows, nil
}
