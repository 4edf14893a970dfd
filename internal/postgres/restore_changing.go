// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// changeWindow is how long rows are watched for changes. PostgreSQL's sessions report what they changed about every second.
const changeWindow = 2500 * time.Millisecond

// changeTicks is in how many parts it is waited for: a machine that stands still, on which nobody writes either, uses up one of them.
const changeTicks = 25

// changingRows reads, twice, how many rows of the objects' tables were ever written, and says which tables are written to now. A
// DMS task that shows neither in its sessions' names nor in awsdms_status shows here, as long as there are changes for it to apply.
func (t *Target) changingRows(ctx context.Context, list []SavedObject) ([]string, error) {
	before, err := t.writtenRows(ctx, list)
	if err != nil {
		return nil, err
	}
	tick := time.NewTicker(changeWindow / changeTicks)
	defer tick.Stop()
	for range changeTicks {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	after, err := t.writtenRows(ctx, list)
	if err != nil {
		return nil, err
	}
	var changing []string
	for table, written := range after {
		if was, known := before[table]; known && written != was {
			changing = append(changing, table.schema+"."+table.table)
		}
	}
	if len(changing) == 0 {
		return nil, nil
	}
	slices.Sort(changing)
	const shown = 5
	if n := len(changing); n > shown {
		changing = append(changing[:shown], fmt.Sprintf("%d more", n-shown))
	}
	return []string{"somebody writes rows right now, perhaps DMS: " + strings.Join(changing, ", ")}, nil
}

// writtenRows reads how many rows of the objects' tables and their partitions were written since statistics are kept.
func (t *Target) writtenRows(ctx context.Context, list []SavedObject) (map[tableName]int64, error) {
	var schemas, names []string
	for _, s := range list {
		schemas, names = append(schemas, s.Schema), append(names, s.Table)
	}
	rows, err := t.pool.Query(ctx, `WITH RECURSIVE tree AS (
			SELECT c.oid FROM unnest($1::text[], $2::text[]) w(schema_name, table_name) JOIN pg_namespace n ON n.nspname = w.schema_name
			JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = w.table_name
			UNION SELECT i.inhrelid FROM tree JOIN pg_inherits i ON i.inhparent = tree.oid)
		SELECT s.schemaname::text, s.relname::text, s.n_tup_ins + s.n_tup_upd + s.n_tup_del FROM pg_stat_all_tables s JOIN tree ON tree.oid = s.relid`, schemas, names)
	if err != nil {
		return nil, fmt.Errorf("read how many rows were written: %w", err)
	}
	written := map[tableName]int64{}
	var table tableName
	var n int64
	if _, err := pgx.ForEachRow(rows, []any{&table.schema, &table.table, &n}, func() error { written[table] = n; return nil }); err != nil {
		return nil, fmt.Errorf("read how many rows were written: %w", err)
	}
	return written, nil
}
