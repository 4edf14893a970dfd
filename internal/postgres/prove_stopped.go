// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// dmsSilence is how long awsdms_status must not have changed before DMS counts as gone. DMS writes it about every minute.
const dmsSilence = 10 * time.Minute

// DMSAtWork reads what speaks for a DMS task that still writes to the target, or will: its sessions, its status table, a migration
// that is open. None is no proof that there is no task. It changes nothing.
func (t *Target) DMSAtWork(ctx context.Context) (signs []string, err error) {
	rows, err := t.pool.Query(ctx, `SELECT usename::text, coalesce(application_name, ''), count(*)::int FROM pg_stat_activity
		WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name NOT LIKE $1
			AND (application_name ~* '(^|[^a-z])(aws *dms|dms|replicationtask)([^a-z]|$)' OR usename ~* '(^|[^a-z])(aws)?dms([^a-z]|$)'
				OR (usename <> current_user AND application_name !~ '^(psql|pg_dump|pgAdmin)' AND usesysid IN (SELECT relowner FROM pg_class WHERE relkind = 'r' AND relname ~ '^awsdms_')))
		GROUP BY 1, 2 ORDER BY 1, 2`, applicationPrefix+"%")
	if err != nil {
		return nil, fmt.Errorf("read the sessions on the target: %w", err)
	}
	var role, application string
	var count int
	if _, err := pgx.ForEachRow(rows, []any{&role, &application, &count}, func() error {
		words := fmt.Sprintf("%d of role %s", count, role)
		if application != "" {
			words += " (" + application + ")"
		}
		signs = append(signs, "DMS has sessions on the target: "+words)
		return nil
	}); err != nil {
		return nil, fmt.Errorf("read the sessions on the target: %w", err)
	}
	status, err := t.dmsStatus(ctx)
	if err != nil {
		return nil, err
	}
	signs = append(signs, status...)
	open, err := t.OpenMigrationName(ctx)
	var absent *NoHomeError
	switch {
	case errors.As(err, &absent):
	case err != nil:
		return nil, err
	case open != "":
		signs = append(signs, "migration "+open+" is open: its load, or the changes after it, may still come")
	}
	return signs, nil
}

// dmsStatus reads the tables in which DMS tasks say what they do. Their schema is a setting of the task.
func (t *Target) dmsStatus(ctx context.Context) ([]string, error) {
	rows, err := t.pool.Query(ctx, `SELECT n.nspname::text, has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')
		FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relname = 'awsdms_status' AND c.relkind = 'r' ORDER BY 1`)
	if err != nil {
		return nil, fmt.Errorf("look for awsdms_status: %w", err)
	}
	type statusTable struct {
		schema   string
		readable bool
	}
	tables, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (s statusTable, err error) {
		return s, row.Scan(&s.schema, &s.readable)
	})
	if err != nil {
		return nil, fmt.Errorf("look for awsdms_status: %w", err)
	}
	var signs []string
	for _, table := range tables {
		name := ident(table.schema, "awsdms_status")
		if !table.readable {
			signs = append(signs, fmt.Sprintf("whether DMS still writes is unknown: role %s may not read %s.awsdms_status (GRANT USAGE ON SCHEMA %s TO %s; GRANT SELECT ON %s TO %s;)",
				t.role, table.schema, ident(table.schema), ident(t.role), name, ident(t.role)))
			continue
		}
		// Versions of DMS write the columns in upper or lower case. The time has no zone and is UTC.
		rows, err := t.pool.Query(ctx, `SELECT task, status, at FROM (SELECT coalesce(r.j ->> 'task_name', '') AS task, coalesce(r.j ->> 'task_status', '') AS status,
				(r.j ->> 'status_time')::timestamp AT TIME ZONE 'UTC' AS at
			FROM `+name+` s CROSS JOIN LATERAL (SELECT jsonb_object_agg(lower(e.key), e.value) AS j FROM jsonb_each_text(to_jsonb(s)) e) r) x
			WHERE at > clock_timestamp() - $1::interval AND upper(status) <> 'NOT RUNNING' ORDER BY task`, dmsSilence)
		if err != nil {
			return nil, fmt.Errorf("read %s.awsdms_status: %w", table.schema, err)
		}
		var task, status string
		var at time.Time
		if _, err := pgx.ForEachRow(rows, []any{&task, &status, &at}, func() error {
			signs = append(signs, fmt.Sprintf("DMS task %s wrote %q into %s.awsdms_status at %s", task, status, table.schema, at.UTC().Format("15:04:05 MST")))
			return nil
		}); err != nil {
			return nil, fmt.Errorf("read %s.awsdms_status: %w", table.schema, err)
		}
	}
	return signs, nil
}
