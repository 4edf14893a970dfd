// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// TryAsNobody is TryAndCheck for statements of which some are people's: a database of its own, and a role without rights outside of it.
// Errors: *NoScratchRoleError, where such a role can't be made, besides those of TryAndCheck.
func (t *Target) TryAsNobody(ctx context.Context, statements []Statement) (Trial, error) {
	trial, _, err := t.TryAndRead(ctx, statements, nil)
	return trial, err
}

// TryAndRead is TryAsNobody that also reads what the statements made in the schemas, if any are named.
func (t *Target) TryAndRead(ctx context.Context, statements []Statement, schemas []string) (trial Trial, made Snapshot, err error) {
	err = t.inScratch(ctx, true, func(ctx context.Context, conn *pgx.Conn) (err error) {
		words := t.makeCheck(ctx, conn.Config().Database, conn.Config().User)
		trial, err = tryAll(ctx, conn, statements, t.LockTimeout, false, func(tx pgx.Tx) (err error) {
			if len(schemas) > 0 {
				made, err = readSnapshot(ctx, tx, schemas)
			}
			return err
		})
		if words != "" && trial.Unchecked != "" {
			trial.Unchecked = words
		}
		return err
	})
	return trial, made, err
}

// makeCheck makes the extension plpgsql_check in a scratch database, for a role that may not; words say why it is not there.
func (t *Target) makeCheck(ctx context.Context, database, role string) (words string) {
	config := t.pool.Config().ConnConfig.Copy()
	config.Database = database
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return "the extension plpgsql_check can't be made: " + t.connectError(err).Error()
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	var there bool
	if err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_catalog.pg_available_extensions WHERE name = 'plpgsql_check')").Scan(&there); err != nil || !there {
		return "the server does not have the extension plpgsql_check"
	}
	if _, err := conn.Exec(ctx, fmt.Sprintf("CREATE SCHEMA ferryman_check; CREATE EXTENSION plpgsql_check SCHEMA ferryman_check; GRANT USAGE ON SCHEMA ferryman_check TO %s", ident(role))); err != nil {
		return "the extension plpgsql_check can't be made: " + refusedWords(err)
	}
	return ""
}
