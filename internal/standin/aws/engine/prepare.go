// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"
)

// prepareTarget readies a table's target as TargetTablePrepMode says. A table that isn't there is created in every mode.
func (r *run) prepareTarget(ctx context.Context, conn *pgx.Conn, t *table) error {
	mode := r.Settings.FullLoadSettings.TargetTablePrepMode
	if mode == "DROP_AND_CREATE" {
		if _, err := conn.Exec(ctx, "DROP TABLE IF EXISTS "+t.target()); err != nil {
			return err
		}
	}
	var there bool
	err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "+
		"WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p'))", t.targetSchema, t.targetTable).Scan(&there)
	if err != nil {
		return err
	}
	switch {
	case !there:
		return r.createTarget(ctx, conn, t)
	case mode == "TRUNCATE_BEFORE_LOAD":
		_, err = conn.Exec(ctx, "TRUNCATE TABLE "+t.target())
	}
	return err
}

func (r *run) createTarget(ctx context.Context, conn *pgx.Conn, t *table) error {
	r.info("TARGET_LOAD", "Create target table '%s'.'%s'", t.targetSchema, t.targetTable)
	if err := ensureSchema(ctx, conn, t.targetSchema); err != nil {
		return err
	}
	var parts, key []string
	for _, c := range t.columns {
		part := pgx.Identifier{c.target}.Sanitize() + " " + c.targetType()
		if !c.nullable && !c.kind.lob() {
			part += " NOT NULL"
		}
		parts = append(parts, part)
	}
	for _, name := range t.key {
		c, _ := t.column(name)
		key = append(key, pgx.Identifier{c.target}.Sanitize())
	}
	if len(key) > 0 {
		parts = append(parts, "PRIMARY KEY ("+strings.Join(key, ", ")+")")
	}
	_, err := conn.Exec(ctx, "CREATE TABLE "+t.target()+" ("+strings.Join(parts, ", ")+")")
	return err
}
