// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

const (
	statusEvery = time.Second
	timeslot    = 5 * time.Minute // HistoryTimeslotInMinutes
)

// controlTables are the tables that DMS keeps on a PostgreSQL target. The columns of awsdms_apply_exceptions and
// awsdms_validation_failures_v1 are in upper case there, those of the others in lower case.
var controlTables = map[string]string{
	"awsdms_apply_exceptions": `("TASK_NAME" varchar(128) NOT NULL, "TABLE_OWNER" varchar(128) NOT NULL, "TABLE_NAME" varchar(128) NOT NULL,
		"ERROR_TIME" timestamp NOT NULL, "STATEMENT" text NOT NULL, "ERROR" text NOT NULL)`,
	"awsdms_status": `(server_name varchar(128) NOT NULL, task_name varchar(128) NOT NULL, task_status varchar(32), status_time timestamp,
		pending_changes bigint, disk_swap_size bigint, task_memory bigint, source_current_position varchar(128),
		source_current_timestamp timestamp, source_tail_position varchar(128), source_tail_timestamp timestamp,
		source_timestamp_applied timestamp, PRIMARY KEY (server_name, task_name))`,
	"awsdms_suspended_tables": `(server_name varchar(128) NOT NULL, task_name varchar(128) NOT NULL, table_owner varchar(128) NOT NULL,
		table_name varchar(128) NOT NULL, suspend_reason varchar(32), suspend_timestamp timestamp,
		PRIMARY KEY (server_name, task_name, table_owner, table_name))`,
	"awsdms_history": `(server_name varchar(128) NOT NULL, task_name varchar(128) NOT NULL, timeslot_type varchar(32) NOT NULL,
		timeslot timestamp NOT NULL, timeslot_duration bigint, timeslot_latency bigint, records bigint, timeslot_volume bigint,
		PRIMARY KEY (server_name, task_name, timeslot_type, timeslot))`,
	"awsdms_validation_failures_v1": `("TASK_NAME" varchar(128) NOT NULL, "TABLE_OWNER" varchar(128) NOT NULL,
		"TABLE_NAME" varchar(128) NOT NULL, "FAILURE_TIME" timestamp NOT NULL, "KEY_TYPE" varchar(128) NOT NULL, "KEY" text NOT NULL,
		"FAILURE_TYPE" varchar(128) NOT NULL, "DETAILS" text)`,
}

func (r *run) control(name string) string {
	schema := r.Settings.ControlTablesSettings.ControlSchema
	if schema == "" {
		schema = "public"
	}
	return pgx.Identifier{schema, name}.Sanitize()
}

// createControl makes a control table that isn't there yet.
func (r *run) createControl(ctx context.Context, conn *pgx.Conn, name string) error {
	var there bool
	if err := conn.QueryRow(ctx, "SELECT to_regclass($1) IS NOT NULL", r.control(name)).Scan(&there); err != nil || there {
		return err
	}
	if schema := r.Settings.ControlTablesSettings.ControlSchema; schema != "" && schema != "public" {
		if err := ensureSchema(ctx, conn, schema); err != nil {
			return err
		}
	}
	_, err := conn.Exec(ctx, "CREATE TABLE "+r.control(name)+" "+controlTables[name])
	return err
}

// newApplier connects to the target and makes the control tables that the settings ask for.
func (r *run) newApplier(ctx context.Context) (*applier, error) {
	conn, err := r.Target.connect(ctx)
	if err != nil {
		return nil, err
	}
	a := &applier{run: r, conn: conn}
	wanted := r.Settings.ControlTablesSettings
	for name, enabled := range map[string]bool{"awsdms_apply_exceptions": true, "awsdms_status": wanted.StatusTableEnabled,
		"awsdms_suspended_tables": wanted.SuspendedTablesTableEnabled, "awsdms_history": wanted.HistoryTableEnabled} {
		if !enabled {
			continue
		}
		if err := r.createControl(ctx, conn, name); err != nil {
			_ = conn.Close(ctx)
			if targetLost(err) {
				return nil, err
			}
			return nil, fatal{fmt.Sprintf("Failed to create the control table %s: %s", r.control(name), odbcMessage(err, "HY000", 0))}
		}
	}
	mode := "FULL LOAD"
	if !r.loads() {
		mode = "CHANGE PROCESSING"
	}
	return a, a.status(ctx, mode, 0)
}

// close says in the status table that the task no longer runs, if the target can still be told.
func (a *applier) close() {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	_ = a.status(ctx, "NOT RUNNING", 0)
	_ = a.conn.Close(ctx)
}

// status writes awsdms_status and awsdms_history, at most once a second unless the status is another.
func (a *applier) status(ctx context.Context, status string, pending int) error {
	now := time.Now().UTC()
	if status == a.lastStatus && now.Sub(a.lastTold) < statusEvery {
		return nil
	}
	a.lastStatus, a.lastTold = status, now
	applied, _, captured := a.state.positions()
	if a.Settings.ControlTablesSettings.StatusTableEnabled {
		_, err := a.conn.Exec(ctx, "INSERT INTO "+a.control("awsdms_status")+" VALUES ($1,$2,$3,$4,$5,0,0,$6,$7,$8,$9,$10) "+
			"ON CONFLICT (server_name, task_name) DO UPDATE SET task_status = excluded.task_status, status_time = excluded.status_time, "+
			"pending_changes = excluded.pending_changes, source_current_position = excluded.source_current_position, "+
			"source_current_timestamp = excluded.source_current_timestamp, source_tail_position = excluded.source_tail_position, "+
			"source_tail_timestamp = excluded.source_tail_timestamp, source_timestamp_applied = excluded.source_timestamp_applied",
			a.Server, a.Name, status, now, pending, fmt.Sprint(captured), orNil(a.readAt), fmt.Sprint(applied), orNil(a.readAt), orNil(a.appliedAt))
		if err != nil {
			return err
		}
	}
	if a.Settings.ControlTablesSettings.HistoryTableEnabled {
		_, err := a.conn.Exec(ctx, "INSERT INTO "+a.control("awsdms_history")+" VALUES ($1,$2,$3,$4,$5,$6,$7,0) "+
			"ON CONFLICT (server_name, task_name, timeslot_type, timeslot) DO UPDATE SET timeslot_latency = excluded.timeslot_latency, "+
			"records = awsdms_history.records + excluded.records",
			a.Server, a.Name, status, now.Truncate(timeslot), int64(timeslot/time.Minute), int64(a.latency.Seconds()), a.records)
		if err != nil {
			return err
		}
		a.records = 0
	}
	return nil
}

func orNil(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// recordSuspended tells awsdms_suspended_tables of a table in error. The log has the reason in full; a failure here is logged only.
func (a *applier) recordSuspended(ctx context.Context, t *table) {
	if !a.Settings.ControlTablesSettings.SuspendedTablesTableEnabled {
		return
	}
	conn, err := a.Target.connect(ctx) // the applier's own connection may be in a transaction
	if err == nil {
		defer conn.Close(ctx)
		_, err = conn.Exec(ctx, "INSERT INTO "+a.control("awsdms_suspended_tables")+" VALUES ($1,$2,$3,$4,'TABLE ERROR',$5) ON CONFLICT DO NOTHING",
			a.Server, a.Name, t.Schema, t.Table, time.Now().UTC())
	}
	if err != nil {
		a.warn("TASK_MANAGER", "Failed to record the suspended table: %s", odbcMessage(err, "HY000", 0))
	}
}

// unsuspend forgets tables that were loaded again.
func (a *applier) unsuspend(ctx context.Context, tables []*table) error {
	if a == nil || !a.Settings.ControlTablesSettings.SuspendedTablesTableEnabled {
		return nil
	}
	for _, t := range tables {
		if a.state.get(t.TableName).State != tableCompleted {
			continue
		}
		if _, err := a.conn.Exec(ctx, "DELETE FROM "+a.control("awsdms_suspended_tables")+
			" WHERE task_name = $1 AND table_owner = $2 AND table_name = $3", a.Name, t.Schema, t.Table); err != nil {
			return err
		}
	}
	return nil
}

// ensureSchema makes a schema that isn't there. PostgreSQL asks for CREATE on the database even where IF NOT EXISTS has nothing to do, and fails with
// unique_violation where another session commits the same schema meanwhile.
func ensureSchema(ctx context.Context, conn *pgx.Conn, schema string) error {
	var exists bool
	if err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = $1)", schema).Scan(&exists); err != nil || exists {
		return err
	}
	_, err := conn.Exec(ctx, "CREATE SCHEMA IF NOT EXISTS "+pgx.Identifier{schema}.Sanitize())
	if taken := (*pgconn.PgError)(nil); errors.As(err, &taken) && taken.Code == "23505" {
		return nil
	}
	return err
}
