// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
)

// OpenRecord is the target's open migration; the zero MigrationRecord where none is open or Ferryman was never here.
func (t *Target) OpenRecord(ctx context.Context) (MigrationRecord, error) {
	m, err := scanMigration(t.pool.QueryRow(ctx, migrationQuery+" WHERE closed_at IS NULL"))
	var absent *NoHomeError
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return MigrationRecord{}, nil
	case err != nil:
		if err = t.homeError("read the open migration", err); errors.As(err, &absent) {
			err = nil
		}
		return MigrationRecord{}, err
	}
	return m, nil
}

// Executed are the steps of a migration that are recorded as done, by their plan's fingerprint and in the order in which they ended, and
// the fingerprints of the plans whose approval was used up.
func (t *Target) Executed(ctx context.Context, migration string) (steps map[string][]string, used []string, err error) {
	rows, err := t.pool.Query(ctx, "SELECT plan, step FROM ferryman.step WHERE migration = $1 AND outcome = $2 ORDER BY at, step", migration, Done)
	if err != nil {
		return nil, nil, t.homeError("read the steps of "+migration, err)
	}
	steps = map[string][]string{}
	var plan, step string
	if _, err = pgx.ForEachRow(rows, []any{&plan, &step}, func() error { steps[plan] = append(steps[plan], step); return nil }); err != nil {
		return nil, nil, t.homeError("read the steps of "+migration, err)
	}
	rows, err = t.pool.Query(ctx, "SELECT fingerprint FROM ferryman.approval WHERE migration = $1 ORDER BY consumed_at", migration)
	if err == nil {
		used, err = pgx.CollectRows(rows, pgx.RowTo[string])
	}
	return steps, used, t.homeError("read the used approvals of "+migration, err)
}
