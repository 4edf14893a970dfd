// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// SavedObject is an object that was set aside.
type SavedObject struct {
	Object
	ID         int64      `json:"id"`
	Migration  string     `json:"migration"`
	DroppedAt  time.Time  `json:"dropped_at"`
	RestoredAt *time.Time `json:"restored_at,omitempty"` // nil while it is aside
	Error      string     `json:"error,omitempty"`       // why it could not come back, the last time it was tried
}

// Saved lists what was set aside, also what is back, in the order in which it went. An empty migration means all.
func (t *Target) Saved(ctx context.Context, migration string) ([]SavedObject, error) {
	list, err := t.savedWhere(ctx, "$1 = '' OR migration = $1", migration)
	return list, t.homeError("read what is set aside", err)
}

// aside lists what a migration has set aside of the kinds and is not back.
func (t *Target) aside(ctx context.Context, migration string, kinds []Kind) ([]SavedObject, error) {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = string(k)
	}
	list, err := t.savedWhere(ctx, "migration = $1 AND restored_at IS NULL AND kind = ANY($2)", migration, names)
	return list, t.homeError("read what is set aside", err)
}

func (t *Target) savedWhere(ctx context.Context, condition string, args ...any) ([]SavedObject, error) {
	rows, err := t.pool.Query(ctx, `SELECT id, migration, kind, schema_name, table_name, name, definition, drop_sql, create_sql, why, dropped_at,
			restored_at, error
		FROM ferryman.saved WHERE `+condition+" ORDER BY id", args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (SavedObject, error) {
		var s SavedObject
		err := row.Scan(&s.ID, &s.Migration, &s.Kind, &s.Schema, &s.Table, &s.Name, &s.Definition, &s.Drop, &s.Create, &s.Why,
			&s.DroppedAt, &s.RestoredAt, &s.Error)
		return s, err
	})
}

func markRestored(ctx context.Context, tx pgx.Tx, s SavedObject) error {
	if _, err := tx.Exec(ctx, "UPDATE ferryman.saved SET restored_at = clock_timestamp(), error = '' WHERE id = $1", s.ID); err != nil {
		return fmt.Errorf("record that %s is back: %w", describe(s.Object), err)
	}
	return nil
}

func (t *Target) markFailed(ctx context.Context, fence Fence, s SavedObject, reason string) error {
	return t.InFence(ctx, fence, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "UPDATE ferryman.saved SET error = $2 WHERE id = $1", s.ID, reason); err != nil {
			return fmt.Errorf("record why %s is not back: %w", describe(s.Object), err)
		}
		return nil
	})
}
