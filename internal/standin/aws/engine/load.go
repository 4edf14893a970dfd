// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	maxBatchBytes = 16 << 20 // a COPY is sent when its rows take this much
	progressEvery = 4        // batches a second at least where the load is slowed down
)

// load brings tables over, as many at a time as MaxFullLoadSubTasks says. A table that fails is in error and the others go on,
// unless the task's error policies say otherwise or a database is lost.
func (r *run) load(ctx context.Context, tables []*table) error {
	r.state.mu.Lock()
	r.state.loadFinished = time.Time{}
	if r.state.loadStarted.IsZero() {
		r.state.loadStarted = time.Now()
	}
	r.state.mu.Unlock()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	plan := newLoadPlan(tables)
	var workers sync.WaitGroup
	for range min(r.Settings.FullLoadSettings.MaxFullLoadSubTasks, len(tables)) {
		workers.Go(func() {
			for t := plan.next(ctx); t != nil; t = plan.next(ctx) {
				err := r.loadTable(ctx, t, func() { plan.landed(t) })
				plan.landed(t)
				if err != nil {
					cancel(err)
				}
			}
		})
	}
	workers.Wait()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	r.state.mu.Lock()
	r.state.loadFinished = time.Now()
	r.state.mu.Unlock()
	r.info("TASK_MANAGER", "All tables are loaded. Full load is finished")
	return nil
}

// loadTable brings one table over. landed is to be called when its first rows are on the target. Only what ends the whole task is
// an error here.
func (r *run) loadTable(ctx context.Context, t *table, landed func()) error {
	r.info("TASK_MANAGER", "Start loading table '%s'.'%s' by subtask. Start load timestamp %d", t.Schema, t.Table, time.Now().UnixMicro())
	r.state.change(t.TableName, func(s *TableStatistics) {
		if s.State != tableReloading {
			s.State = tableLoading
		}
		s.LoadedRows, s.LoadStarted, s.LoadEnded, s.Updated = 0, time.Now(), time.Time{}, time.Now()
	})
	err := r.loadRows(ctx, t, landed)
	if ctx.Err() != nil {
		r.state.change(t.TableName, func(s *TableStatistics) { s.State, s.LoadEnded, s.Updated = tableCancelled, time.Now(), time.Now() })
		return ctx.Err()
	}
	if err == nil {
		rows := int64(0)
		r.state.change(t.TableName, func(s *TableStatistics) {
			s.State, s.LoadEnded, s.Updated, rows = tableCompleted, time.Now(), time.Now(), s.LoadedRows
		})
		r.info("TASK_MANAGER", "Load finished for table '%s'.'%s'. %d rows received. 0 rows skipped.", t.Schema, t.Table, rows)
		return nil
	}
	return r.tableFailed(ctx, t, err)
}

// tableFailed puts a table in error, with the log lines to show for it, and decides what that means for the task.
func (r *run) tableFailed(ctx context.Context, t *table, err error) error {
	var fromSource *sourceFailure
	lost := false
	if errors.As(err, &fromSource) {
		lost = isLost(fromSource.err)
		r.error("SOURCE_UNLOAD", "OCI error '%s' [1022307]", oracleMessage(fromSource.err))
		r.error("SOURCE_UNLOAD", "Failed to unload table '%s'.'%s' [1022307]", t.Schema, t.Table)
	} else {
		lost = targetLost(err)
		r.error("TARGET_LOAD", "%s [1022502]", odbcMessage(err, "HY000", 0))
		r.error("TARGET_LOAD", "Failed to load data of table '%s'.'%s' into '%s'.'%s' [1020403]", t.Schema, t.Table, t.targetSchema, t.targetTable)
	}
	r.suspend(ctx, t)
	var end fatal
	if lost || errors.As(err, &end) {
		return err
	}
	behaviour := r.Settings.ErrorBehavior
	if behaviour.TableErrorPolicy == "STOP_TASK" {
		return fatal{fmt.Sprintf("Table '%s'.'%s' failed and the task was stopped according to TableErrorPolicy: %s", t.Schema, t.Table, err)}
	}
	if limit := behaviour.TableErrorEscalationCount; limit > 0 && r.state.Progress().Errored >= limit {
		return fatal{fmt.Sprintf("%d tables failed and the task was stopped according to TableErrorEscalationPolicy: %s", limit, err)}
	}
	return nil
}

// suspend puts a table in error: nothing more is written to it.
func (r *run) suspend(ctx context.Context, t *table) {
	r.state.change(t.TableName, func(s *TableStatistics) {
		s.State, s.LoadEnded, s.Updated = tableError, time.Now(), time.Now()
		if s.Validation.State != validationOff {
			s.Validation.State = validationTableError
		}
	})
	r.warn("TASK_MANAGER", "Table '%s'.'%s' (subtask 1 thread 1) is suspended", t.Schema, t.Table)
	if r.applier != nil {
		r.applier.recordSuspended(ctx, t)
	}
}

// sourceFailure is an error that came from reading the source.
type sourceFailure struct{ err error }

func (f *sourceFailure) Error() string { return oracleMessage(f.err) }
func (f *sourceFailure) Unwrap() error { return f.err }

func onSource(err error) error {
	if err == nil {
		return nil
	}
	return &sourceFailure{err}
}

// loadRows reads a table in one read-only transaction of the source and copies its rows batch by batch.
func (r *run) loadRows(ctx context.Context, t *table, landed func()) error {
	target, err := r.Target.connect(ctx)
	if err != nil {
		return err
	}
	defer target.Close(context.WithoutCancel(ctx))
	if err := r.prepareTarget(ctx, target, t); err != nil {
		return err
	}
	tx, err := r.source.BeginTx(calm(ctx), nil)
	if err != nil {
		return onSource(err)
	}
	defer func() { _ = tx.Rollback() }()
	if _, err := tx.ExecContext(calm(ctx), "SET TRANSACTION READ ONLY"); err != nil {
		return onSource(err)
	}
	if r.captures() {
		var scn uint64
		if err := tx.QueryRowContext(calm(ctx), "SELECT CURRENT_SCN FROM V$DATABASE").Scan(&scn); err != nil {
			return onSource(err)
		}
		r.state.change(t.TableName, func(s *TableStatistics) { s.snapshotSCN = scn })
	}
	rows, err := tx.QueryContext(calm(ctx), t.selectAll())
	if err != nil {
		return onSource(err)
	}
	defer rows.Close()
	r.info("SOURCE_UNLOAD", "Unload of table '%s'.'%s' has begun", t.Schema, t.Table)
	if err := r.copyRows(ctx, t, rows, target, landed); err != nil {
		return err
	}
	if r.captures() {
		scn, err := r.currentSCN(ctx)
		if err != nil {
			return onSource(err)
		}
		r.state.change(t.TableName, func(s *TableStatistics) { s.tolerantTo = max(s.tolerantTo, scn) })
	}
	return nil
}

func (t *table) selectAll() string {
	names := make([]string, len(t.columns))
	for i, c := range t.columns {
		names[i] = quoteOracle(c.name)
	}
	query := "SELECT " + strings.Join(names, ", ") + " FROM " + t.source()
	for i, f := range t.filters {
		c, _ := t.column(f.Column)
		query += []string{" WHERE ", " AND "}[min(i, 1)] + f.SQL(quoteOracle(f.Column), c.literal)
	}
	return query
}

// copyRows sends rows in batches of CommitRate. In full LOB mode the rows go without their LOBs, which follow one by one.
func (r *run) copyRows(ctx context.Context, t *table, rows *sql.Rows, target *pgx.Conn, landed func()) error {
	size := r.Settings.FullLoadSettings.CommitRate
	if r.limiter != nil {
		size = min(size, max(1, r.RowsPerSecond/progressEvery))
	}
	var b batch
	lobs := newLOBLoader(r, t)
	scanned, into := make([]any, len(t.columns)), make([]any, len(t.columns))
	for i := range scanned {
		into[i] = &scanned[i]
	}
	flush := func() error {
		if held := r.Held(); held != nil {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-held:
			}
		}
		count := b.rows
		err := b.flush(ctx, target, t, t.columns)
		if err == nil {
			err = lobs.flush(ctx, target)
		}
		if err == nil {
			r.state.change(t.TableName, func(s *TableStatistics) { s.LoadedRows += int64(count); s.Updated = time.Now() })
			landed()
			err = r.FailTable(t.Schema, t.Table)
		}
		return err
	}
	for rows.Next() {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := rows.Scan(into...); err != nil {
			return onSource(err)
		}
		values, err := r.rowValues(t, scanned)
		if err == nil {
			err = lobs.take(values)
		}
		if err == nil && r.limiter != nil {
			err = r.limiter.Wait(ctx)
		}
		if err != nil {
			return err
		}
		b.add(values)
		if b.rows >= size || b.data.Len() > maxBatchBytes {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	if err := rows.Err(); err != nil {
		return onSource(err)
	}
	return flush()
}

// rowValues brings a row into text form. LOBs over the limit are cut in limited mode.
func (r *run) rowValues(t *table, scanned []any) ([]*string, error) {
	values := make([]*string, len(t.columns))
	for i, c := range t.columns {
		value := scanned[i]
		if c.kind.lob() {
			var err error
			if value, err = r.limitLOB(t, c, value); err != nil {
				return nil, err
			}
		}
		var err error
		if values[i], err = c.text(value); err != nil {
			return nil, onSource(err)
		}
	}
	return values, nil
}
