// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	_ "embed"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// memorySQL adds what the first homes did not have. It only adds, so that an older Ferryman goes on working beside this one: the
// version of the home stays.
//
//go:embed home_memory.sql
var memorySQL string

// memoryMissing tells whether a home lacks something of memorySQL.
func memoryMissing(ctx context.Context, q rowQuerier) (missing bool, err error) {
	err = q.QueryRow(ctx, `SELECT to_regclass('ferryman.chain') IS NULL OR to_regclass('ferryman.state') IS NULL OR
		(SELECT count(*) FROM pg_attribute WHERE attrelid = to_regclass('ferryman.migration')::oid AND attname IN ('profile', 'channel', 'opened_by') AND NOT attisdropped) < 3`).
		Scan(&missing)
	return missing, err
}

// completeHome makes what is missing in a home that is there.
func (t *Target) completeHome(ctx context.Context) error {
	missing, err := memoryMissing(ctx, t.pool)
	if err == nil && missing {
		err = pgx.BeginFunc(ctx, t.pool, func(tx pgx.Tx) error {
			if err := lockHome(ctx, tx); err != nil {
				return err
			}
			if missing, err = memoryMissing(ctx, tx); err != nil || !missing {
				return err
			}
			if err := t.mayComplete(ctx, tx); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, memorySQL)
			return err
		})
	}
	return t.homeError("add tables to schema \"ferryman\"", err)
}

// mayComplete says which right the role lacks to add to the home.
func (t *Target) mayComplete(ctx context.Context, tx pgx.Tx) error {
	var mayCreate, owns bool
	var owner string
	err := tx.QueryRow(ctx, `SELECT has_schema_privilege(relnamespace, 'CREATE') AND has_schema_privilege(relnamespace, 'USAGE'), pg_has_role(relowner, 'USAGE'), pg_get_userbyid(relowner)
		FROM pg_class WHERE oid = 'ferryman.migration'::regclass`).Scan(&mayCreate, &owns, &owner)
	switch {
	case err != nil:
		return err
	case !mayCreate:
		return &PrivilegeError{Role: t.role, Cannot: `create tables in schema "ferryman"`,
			Fix: fmt.Sprintf("GRANT USAGE, CREATE ON SCHEMA ferryman TO %s;", ident(t.role))}
	case !owns:
		return &PrivilegeError{Role: t.role, Cannot: "add columns to ferryman.migration, which another role owns",
			Fix: fmt.Sprintf("GRANT %s TO %s;", ident(owner), ident(t.role))}
	}
	return nil
}

// lockHome lets one replica at a time make the home: the second waits, and finds what the first made.
func lockHome(ctx context.Context, tx pgx.Tx) error {
	_, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock(hashtextextended('ferryman.home', 0))")
	return err
}
