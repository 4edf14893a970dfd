// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// MigrationRecord is what the target knows about a migration.
type MigrationRecord struct {
	Name       string
	PolicyHash string
	Source     string // names the source's endpoint, without secrets
	Profile    string // the profile it was opened from, its channel, and who opened it: empty where an older Ferryman opened it
	Channel    string
	OpenedBy   string
	OpenedAt   time.Time
	ClosedAt   *time.Time
}

// OpenMigration records the migration as the target's only open one, and makes its fence. Opening it again with the same policy and
// source is no error; a closed one of that name is opened anew. Errors: *AlreadyOpenError, *PolicyChangedError, *NoHomeError.
func (t *Target) OpenMigration(ctx context.Context, m MigrationRecord) error {
	err := pgx.BeginFunc(ctx, t.pool, func(tx pgx.Tx) error {
		// Without the lock two replicas that open two names would both see none open, and the slower would get a bare 23505.
		if _, err := tx.Exec(ctx, "LOCK TABLE ferryman.migration IN SHARE ROW EXCLUSIVE MODE"); err != nil {
			return err
		}
		open, err := scanMigration(tx.QueryRow(ctx, migrationQuery+" WHERE closed_at IS NULL"))
		if err == nil {
			if err := sameMigration(open, m); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, `UPDATE ferryman.migration SET profile = $2, channel = $3, opened_by = $4
				WHERE name = $1 AND profile = '' AND $2 <> ''`, m.Name, m.Profile, m.Channel, m.OpenedBy)
			return err
		}
		if !errors.Is(err, pgx.ErrNoRows) {
			return err
		}
		if _, err := tx.Exec(ctx, `INSERT INTO ferryman.migration (name, policy_hash, source, profile, channel, opened_by) VALUES ($1, $2, $3, $4, $5, $6)
				ON CONFLICT (name) DO UPDATE SET policy_hash = excluded.policy_hash, source = excluded.source, opened_at = now(), closed_at = NULL,
					profile = excluded.profile, channel = excluded.channel, opened_by = excluded.opened_by`,
			m.Name, m.PolicyHash, m.Source, m.Profile, m.Channel, m.OpenedBy); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, "INSERT INTO ferryman.fence (migration, token, raised_by) VALUES ($1, 0, '') ON CONFLICT (migration) DO NOTHING", m.Name)
		return err
	})
	var other *AlreadyOpenError
	var changed *PolicyChangedError
	if errors.As(err, &other) || errors.As(err, &changed) {
		return err
	}
	return t.homeError("open migration "+m.Name, err)
}

func sameMigration(open, given MigrationRecord) error {
	switch {
	case open.Name != given.Name:
		return &AlreadyOpenError{Migration: open.Name, OpenedAt: open.OpenedAt}
	case open.PolicyHash != given.PolicyHash:
		return &PolicyChangedError{Migration: open.Name, What: "policy", Recorded: open.PolicyHash, Given: given.PolicyHash}
	case open.Source != given.Source:
		return &PolicyChangedError{Migration: open.Name, What: "source", Recorded: open.Source, Given: given.Source}
	}
	return nil
}

// The later columns by way of JSON: a home that nobody has added to yet does not have them.
const migrationQuery = `SELECT name, policy_hash, source, opened_at, closed_at, coalesce(to_json(m) ->> 'profile', ''),
	coalesce(to_json(m) ->> 'channel', ''), coalesce(to_json(m) ->> 'opened_by', '') FROM ferryman.migration m`

func scanMigration(row pgx.Row) (MigrationRecord, error) {
	var m MigrationRecord
	err := row.Scan(&m.Name, &m.PolicyHash, &m.Source, &m.OpenedAt, &m.ClosedAt, &m.Profile, &m.Channel, &m.OpenedBy)
	return m, err
}

// Migration reads a migration, open or closed. Errors: *NoMigrationError, *NoHomeError.
func (t *Target) Migration(ctx context.Context, name string) (MigrationRecord, error) {
	m, err := scanMigration(t.pool.QueryRow(ctx, migrationQuery+" WHERE name = $1", name))
	if errors.Is(err, pgx.ErrNoRows) {
		return m, &NoMigrationError{Migration: name}
	}
	return m, t.homeError("read migration "+name, err)
}

// OpenMigrationName is the name of the target's open migration, empty without one. Errors: *NoHomeError.
func (t *Target) OpenMigrationName(ctx context.Context) (string, error) {
	m, err := scanMigration(t.pool.QueryRow(ctx, migrationQuery+" WHERE closed_at IS NULL"))
	if errors.Is(err, pgx.ErrNoRows) {
		return "", nil
	}
	return m.Name, t.homeError("read the open migration", err)
}

// CloseMigration records the end of the fence's migration. Closing it again is no error.
func (t *Target) CloseMigration(ctx context.Context, fence Fence) error {
	return t.InFence(ctx, fence, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "UPDATE ferryman.migration SET closed_at = now() WHERE name = $1 AND closed_at IS NULL", fence.Migration); err != nil {
			return fmt.Errorf("close migration %s: %w", fence.Migration, err)
		}
		return nil
	})
}
