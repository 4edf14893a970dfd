// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// TryAsNobody is TryInScratch for statements of which some are people's: a database of its own, and a role without rights outside of it.
// Errors: *NoScratchRoleError, where such a role can't be made, besides those of TryInScratch.
func (t *Target) TryAsNobody(ctx context.Context, statements []Statement) (Trial, error) {
	var trial Trial
	err := t.inScratch(ctx, true, func(conn *pgx.Conn) (err error) {
		trial, err = tryAll(ctx, conn, statements, t.LockTimeout, false)
		return err
	})
	return trial, err
}
