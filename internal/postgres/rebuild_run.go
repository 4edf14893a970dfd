// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// What a rebuild shows as running that is no object: the VACUUM before a table's work and the ANALYZE after it.
const (
	VacuumKind     Kind = "vacuum"
	StatisticsKind Kind = "statistics"
)

// inFence runs a task's transaction within its share of the memory. The workers of a parallel build share its maintenance_work_mem.
// Nobody waits for the commits on disk: an object and the record that it is back are lost together, and flush waits for all at the end.
func (b *builder) inFence(ctx context.Context, t *task, fn func(context.Context, pgx.Tx) error) error {
	return b.t.InFence(ctx, b.fence, func(ctx context.Context, tx pgx.Tx) error {
		b.mu.Lock()
		t.pid = tx.Conn().PgConn().PID()
		b.mu.Unlock()
		memory := b.memory(t)
		sorting := memory
		if t.sorts > 0 && t.slots <= 1 {
			sorting = min(memory, sortMemory(t.sorts))
		}
		// Several runs are merged from temporary files: where the server bounds those, all of the memory is used.
		if _, err := tx.Exec(ctx, `SELECT set_config('maintenance_work_mem', CASE WHEN current_setting('temp_file_limit') = '-1' THEN $1 ELSE $2 END, true),
				set_config('max_parallel_maintenance_workers', $3, true), set_config('synchronous_commit', 'off', true)`,
			strconv.Itoa(sorting)+"MB", strconv.Itoa(memory)+"MB", strconv.Itoa(max(0, t.slots-1))); err != nil {
			return fmt.Errorf("bound the memory of a build: %w", err)
		}
		return fn(ctx, tx)
	})
}

// memory is a task's share of the rebuild's, in megabytes.
func (b *builder) memory(t *task) int { return max(1, b.opts.MemoryMB/b.opts.Jobs*max(1, t.slots)) }

// flush returns when all commits before it are on disk, on the standbys too where the server waits for those.
func (b *builder) flush(ctx context.Context) error {
	if len(b.report.Restored)+len(b.report.AlreadyBack) == 0 {
		return nil
	}
	if _, err := b.t.pool.Exec(ctx, "SELECT pg_logical_emit_message(true, 'ferryman', 'brought back')"); err != nil {
		return fmt.Errorf("wait for what was brought back to be on disk: %w", err)
	}
	return nil
}

// vacuumPrefix begins the name of the sessions that VACUUM: no transaction of theirs holds the fence, so whoever raises it ends them
// by their name.
const vacuumPrefix = applicationPrefix + " vacuum "

// vacuum lets PostgreSQL look at a freshly loaded table once, before everything else does. It is there for speed alone, so that
// whatever keeps it from its work is none of ours.
func (b *builder) vacuum(ctx context.Context, t *task) error {
	table := tableName{t.shows.Schema, t.shows.Table}
	if err := b.t.InFence(ctx, b.fence, func(context.Context, pgx.Tx) error { return nil }); err != nil {
		return err
	}
	conn, err := b.t.pool.Acquire(ctx)
	if err != nil {
		return b.t.connectError(err)
	}
	defer conn.Release()
	b.mu.Lock()
	t.pid = conn.Conn().PgConn().PID()
	b.mu.Unlock()
	for _, sql := range []string{
		"SET application_name = " + literal(vacuumPrefix+b.fence.Migration),
		fmt.Sprintf("SET lock_timeout = %d", b.t.LockTimeout.Milliseconds()),
		"SET vacuum_cost_delay = 0",
		fmt.Sprintf("SET maintenance_work_mem = '%dMB'", b.memory(t)),
		"VACUUM (ANALYZE, TRUNCATE false) " + ident(table.schema, table.table),
		"RESET lock_timeout", "RESET vacuum_cost_delay", "RESET maintenance_work_mem", "RESET application_name",
	} {
		if _, err := conn.Exec(ctx, sql); err != nil {
			_ = conn.Conn().Close(context.WithoutCancel(ctx)) // with its settings
			return ctx.Err()
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.settled[table] = true
	return nil
}

// analyze gives the planner statistics of a table that something came back to: VACUUM's were taken before there were indexes, and
// those on expressions have none of their own until then.
func (b *builder) analyze(ctx context.Context, t *task) error {
	table := tableName{t.shows.Schema, t.shows.Table}
	if !b.wantsAnalyze(table) {
		return nil
	}
	err := b.inFence(ctx, t, func(ctx context.Context, tx pgx.Tx) error {
		return run(ctx, tx, Statement{Object: "table " + table.schema + "." + table.table, SQL: "ANALYZE " + ident(table.schema, table.table)})
	})
	var locked *LockedError
	if errors.As(err, &locked) {
		return nil // autovacuum is at it, which does the same
	}
	return err
}

func (b *builder) wantsAnalyze(table tableName) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, o := range b.report.Restored {
		if o.Schema == table.schema && o.Table == table.table {
			_, keys, _ := strings.Cut(o.Definition, " USING ")
			if !b.settled[table] || (o.Kind == Index && strings.Count(keys, "(") > 1) {
				return true
			}
		}
	}
	return false
}

func (b *builder) begun(t *task) {
	b.mu.Lock()
	defer b.mu.Unlock()
	t.since = time.Now()
	t.shows.Since = t.since
	b.running[t] = true
}

func (b *builder) over(t *task) {
	b.mu.Lock()
	defer b.mu.Unlock()
	t.took = time.Since(t.since)
	delete(b.running, t)
	b.estimate.learn(t)
}
