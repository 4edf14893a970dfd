// SPDX-License-Identifier: Apache-2.0

package oracle

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/ferryman/ferryman/internal/ledger"
)

// MarkerTable is the table in the schema of Ferryman's own user whose rows prove that changes arrive on the target.
const MarkerTable = "FERRYMAN_MARKER"

// EnsureMarker makes the marker table (ID NUMBER(19) PRIMARY KEY, WRITTEN_AT TIMESTAMP(6)) in the user's own schema if it is absent,
// with supplemental logging of its primary key, and lets dmsUser read it. It may run again.
func (s *Source) EnsureMarker(ctx context.Context, dmsUser string) error {
	table := quote(s.user) + "." + quote(MarkerTable)
	var columns []string
	err := s.each(ctx, "SELECT COLUMN_NAME FROM ALL_TAB_COLUMNS WHERE OWNER = :1 AND TABLE_NAME = :2 ORDER BY COLUMN_ID",
		[]any{s.user, MarkerTable},
		func(v []any) error { columns = append(columns, str(v[0])); return nil })
	if err != nil {
		return fmt.Errorf("look for table %s: %w", table, err)
	}
	if len(columns) > 0 && !slices.Equal(columns, []string{"ID", "WRITTEN_AT"}) {
		return fmt.Errorf("table %s is there already with other columns (%s): rename it, Ferryman needs the name", table, strings.Join(columns, ", "))
	}
	if len(columns) == 0 {
		if err := s.run(ctx, "CREATE TABLE "+table+" (ID NUMBER(19) PRIMARY KEY, WRITTEN_AT TIMESTAMP(6))", 955); err != nil {
			return fmt.Errorf("make table %s (it takes CREATE TABLE and a quota on a tablespace): %w", table, err)
		}
	}
	// ORA-32588: it is there already.
	if err := s.run(ctx, "ALTER TABLE "+table+" ADD SUPPLEMENTAL LOG DATA (PRIMARY KEY) COLUMNS", 32588); err != nil {
		return fmt.Errorf("add supplemental logging to %s: %w", table, err)
	}
	if dms := strings.ToUpper(dmsUser); dms != "" && dms != s.user {
		if err := s.run(ctx, "GRANT SELECT ON "+table+" TO "+quote(dms)); err != nil {
			return fmt.Errorf("let %s read %s: %w", dms, table, err)
		}
	}
	return nil
}

// WriteMarker inserts a row and commits. Written again, the same id is no error.
func (s *Source) WriteMarker(ctx context.Context, id int64) error {
	query := "INSERT INTO " + quote(s.user) + "." + quote(MarkerTable) + " (ID, WRITTEN_AT) VALUES (:1, SYSTIMESTAMP)"
	err := s.with(ctx, func(x *session) error {
		tx, err := x.db.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		defer func() { _ = tx.Rollback() }()
		if _, err := tx.ExecContext(ctx, query, id); err != nil {
			return err
		}
		return tx.Commit()
	})
	if err != nil && oracleCode(err) != 1 {
		return fmt.Errorf("write marker %d: %w", id, err)
	}
	ctx, keep := ledger.Attempt(ctx)
	ledger.Statement(ctx, query)
	keep()
	return nil
}

// run executes a statement; errors with the given ORA- numbers are none.
func (s *Source) run(ctx context.Context, statement string, fine ...int) error {
	err := s.with(ctx, func(x *session) error {
		_, err := x.db.ExecContext(ctx, statement)
		return err
	})
	if err == nil {
		ctx, keep := ledger.Attempt(ctx)
		ledger.Statement(ctx, statement)
		keep()
	}
	if slices.Contains(fine, oracleCode(err)) {
		return nil
	}
	return err
}
