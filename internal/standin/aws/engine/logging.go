// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"context"
	"database/sql"
	"fmt"
)

// checkLogging looks whether the source logs what capturing needs: archived redo, minimal supplemental logging, and for each table the
// columns that identify its rows. A table without them is in error, unless the endpoint lets the task add what is missing.
func (r *run) checkLogging(ctx context.Context) error {
	var mode, minimal, keys, all sql.NullString
	err := r.source.QueryRowContext(calm(ctx), "SELECT LOG_MODE, SUPPLEMENTAL_LOG_DATA_MIN, SUPPLEMENTAL_LOG_DATA_PK, SUPPLEMENTAL_LOG_DATA_ALL "+
		"FROM V$DATABASE").Scan(&mode, &minimal, &keys, &all)
	if err != nil {
		return r.sourceError(fmt.Errorf("reading the source's log mode: %w", err))
	}
	if mode.String != "ARCHIVELOG" {
		return fatal{"Archive log mode is not enabled on the source database; changes can't be captured"}
	}
	if minimal.String == "NO" || minimal.String == "" {
		return fatal{"Supplemental logging is not enabled on the source database (ALTER DATABASE ADD SUPPLEMENTAL LOG DATA); changes can't be captured"}
	}
	if all.String == "YES" {
		return nil
	}
	groups := map[TableName]map[string]bool{}
	rows, err := r.source.QueryContext(calm(ctx), "SELECT OWNER, TABLE_NAME, LOG_GROUP_TYPE FROM ALL_LOG_GROUPS ORDER BY OWNER, TABLE_NAME")
	if err != nil {
		return r.sourceError(fmt.Errorf("reading the source's log groups: %w", err))
	}
	defer rows.Close()
	for rows.Next() {
		var name TableName
		var kind string
		if err := rows.Scan(&name.Schema, &name.Table, &kind); err != nil {
			return r.sourceError(fmt.Errorf("reading the source's log groups: %w", err))
		}
		if groups[name] == nil {
			groups[name] = map[string]bool{}
		}
		groups[name][kind] = true
	}
	if err := rows.Err(); err != nil {
		return r.sourceError(fmt.Errorf("reading the source's log groups: %w", err))
	}
	for _, t := range r.tables {
		has := groups[t.TableName]
		if has["ALL COLUMN LOGGING"] || has["USER LOG GROUP"] || len(t.key) > 0 && (keys.String == "YES" || has["PRIMARY KEY LOGGING"]) {
			continue
		}
		if err := r.addLogging(ctx, t); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) addLogging(ctx context.Context, t *table) error {
	what := "PRIMARY KEY"
	if len(t.key) == 0 {
		what = "ALL"
	}
	statement := "ALTER TABLE " + t.source() + " ADD SUPPLEMENTAL LOG DATA (" + what + ") COLUMNS"
	if r.Source.AddSupplementalLogging {
		if _, err := r.source.ExecContext(calm(ctx), statement); err != nil {
			return r.tableFailed(ctx, t, onSource(err))
		}
		return nil
	}
	return r.tableFailed(ctx, t, onSource(fmt.Errorf("supplemental logging is not defined for table '%s'.'%s' (%s)", t.Schema, t.Table, statement)))
}
