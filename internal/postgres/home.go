// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5"
)

// homeVersion is the version of the tables in schema "ferryman" that this program writes. What is only added goes into home_memory.sql
// and leaves the version; any other change raises it and adds the statements that lead there from the version before.
const homeVersion = 1

//go:embed home.sql
var homeSQL string

// EnsureHome makes the schema "ferryman" where it is not, and in one that an older Ferryman made the tables that are new since. It
// returns the target's identity, a UUID made once. Errors: *PrivilegeError, *VersionError where a newer Ferryman was here.
func (t *Target) EnsureHome(ctx context.Context) (identity string, err error) {
	identity, err = t.Identity(ctx)
	var absent *NoHomeError
	if err == nil {
		return identity, t.completeHome(ctx)
	}
	if !errors.As(err, &absent) {
		return "", err
	}
	err = pgx.BeginFunc(ctx, t.pool, func(tx pgx.Tx) error {
		if err := lockHome(ctx, tx); err != nil {
			return err
		}
		identity, err = readIdentity(ctx, tx)
		if !errors.As(err, &absent) {
			return err
		}
		return t.makeHome(ctx, tx)
	})
	if err != nil {
		return "", t.homeError("make schema \"ferryman\"", err)
	}
	return t.Identity(ctx)
}

func (t *Target) makeHome(ctx context.Context, tx pgx.Tx) error {
	var database string
	var exists, mayCreate, mayUse bool
	if err := tx.QueryRow(ctx, `SELECT current_database(), to_regnamespace('ferryman') IS NOT NULL,
			has_database_privilege(current_database(), 'CREATE'),
			coalesce(has_schema_privilege(to_regnamespace('ferryman')::oid, 'CREATE') AND has_schema_privilege(to_regnamespace('ferryman')::oid, 'USAGE'), false)`).
		Scan(&database, &exists, &mayCreate, &mayUse); err != nil {
		return err
	}
	switch {
	case !exists && !mayCreate:
		return &PrivilegeError{Role: t.role, Cannot: `create schema "ferryman"`,
			Fix: fmt.Sprintf("CREATE SCHEMA ferryman AUTHORIZATION %s; -- or: GRANT CREATE ON DATABASE %s TO %s;", ident(t.role), ident(database), ident(t.role))}
	case exists && !mayUse:
		return &PrivilegeError{Role: t.role, Cannot: `create tables in schema "ferryman"`,
			Fix: fmt.Sprintf("GRANT USAGE, CREATE ON SCHEMA ferryman TO %s;", ident(t.role))}
	case !exists:
		if _, err := tx.Exec(ctx, "CREATE SCHEMA ferryman"); err != nil {
			return err
		}
	}
	if _, err := tx.Exec(ctx, homeSQL+memorySQL); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, "INSERT INTO ferryman.home (schema_version) VALUES ($1)", homeVersion)
	return err
}

// Identity reads the target's identity and changes nothing. Errors: *NoHomeError, *VersionError, *PrivilegeError.
func (t *Target) Identity(ctx context.Context) (string, error) {
	identity, err := readIdentity(ctx, t.pool)
	return identity, t.homeError("read the target's identity", err)
}

type rowQuerier interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

func readIdentity(ctx context.Context, q rowQuerier) (string, error) {
	var exists bool
	if err := q.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
			WHERE n.nspname = 'ferryman' AND c.relname = 'home')`).Scan(&exists); err != nil {
		return "", err
	}
	if !exists {
		return "", &NoHomeError{}
	}
	var identity string
	var version int
	if err := q.QueryRow(ctx, "SELECT identity::text, schema_version FROM ferryman.home").Scan(&identity, &version); err != nil {
		return "", err
	}
	if version > homeVersion {
		return "", &VersionError{What: `schema "ferryman"`, Has: strconv.Itoa(version), Want: fmt.Sprintf("%d; update this Ferryman", homeVersion)}
	}
	return identity, nil
}

// homeError gives an error in dealing with schema "ferryman" what it was about, and tells missing rights and a missing home apart.
func (t *Target) homeError(doing string, err error) error {
	var privilege *PrivilegeError
	var version *VersionError
	var absent *NoHomeError
	switch {
	case err == nil, errors.As(err, &privilege), errors.As(err, &version), errors.As(err, &absent):
		return err
	}
	switch sqlState(err) {
	case "42501":
		return &PrivilegeError{Role: t.role, Cannot: doing + ", which another role owns",
			Fix: fmt.Sprintf("GRANT USAGE ON SCHEMA ferryman TO %[1]s; GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA ferryman TO %[1]s;", ident(t.role))}
	case "42P01", "3F000":
		return &NoHomeError{}
	}
	return fmt.Errorf("%s: %w", doing, err)
}
