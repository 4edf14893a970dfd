// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// relation is what planning the work needs to know of a table.
type relation struct {
	partitioned bool
	partitionOf tableName
	partitions  []tableName
	bytes       float64 // of the table alone
	rows        float64
	visible     float64         // share of its pages that are known to hold only rows that everybody sees
	texts       map[string]bool // columns whose values compare slowly
}

// relations reads the tables that the saved objects name, and their partitions.
func (t *Target) relations(ctx context.Context, saved []SavedObject) (map[tableName]*relation, error) {
	var schemas, names []string
	seen := map[tableName]bool{{}: true}
	add := func(table tableName) {
		if !seen[table] {
			seen[table] = true
			schemas, names = append(schemas, table.schema), append(names, table.table)
		}
	}
	for _, s := range saved {
		add(tableName{s.Schema, s.Table})
		for _, p := range partsOf(s.Create) {
			if p != nil {
				add(p.table)
				add(p.refers)
			}
		}
	}
	rows, err := t.pool.Query(ctx, `WITH RECURSIVE start AS (
			SELECT c.oid FROM unnest($1::text[], $2::text[]) w(schema_name, table_name) JOIN pg_namespace n ON n.nspname = w.schema_name
			JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = w.table_name),
		tree AS (SELECT oid FROM start UNION
			SELECT i.inhrelid FROM tree JOIN pg_inherits i ON i.inhparent = tree.oid JOIN pg_class p ON p.oid = i.inhrelid AND p.relispartition)
		SELECT n.nspname::text, c.relname::text, c.relkind = 'p', coalesce(pn.nspname, '')::text, coalesce(p.relname, '')::text,
			CASE WHEN c.relkind = 'p' THEN 0 ELSE coalesce(pg_relation_size(c.oid), 0) END::float8, c.reltuples::float8,
			CASE WHEN c.relpages > 0 THEN c.relallvisible / c.relpages::float8 ELSE 0 END,
			ARRAY(SELECT a.attname::text FROM pg_attribute a JOIN pg_type y ON y.oid = a.atttypid WHERE a.attrelid = c.oid AND a.attnum > 0 AND y.typcollation <> 0)
		FROM tree JOIN pg_class c ON c.oid = tree.oid JOIN pg_namespace n ON n.oid = c.relnamespace
		LEFT JOIN pg_inherits i ON i.inhrelid = c.oid AND c.relispartition
		LEFT JOIN pg_class p ON p.oid = i.inhparent LEFT JOIN pg_namespace pn ON pn.oid = p.relnamespace`, schemas, names)
	if err != nil {
		return nil, fmt.Errorf("read the tables' sizes: %w", err)
	}
	tables := map[tableName]*relation{}
	var name tableName
	var r relation
	var texts []string
	_, err = pgx.ForEachRow(rows, []any{&name.schema, &name.table, &r.partitioned, &r.partitionOf.schema, &r.partitionOf.table, &r.bytes, &r.rows,
		&r.visible, &texts}, func() error {
		one := r
		one.texts = map[string]bool{}
		for _, column := range texts {
			one.texts[column] = true
		}
		if one.rows <= 0 { // never analyzed, or analyzed before it was loaded
			one.rows = one.bytes / 150
		}
		tables[name] = &one
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the tables' sizes: %w", err)
	}
	for name, r := range tables {
		if parent := tables[r.partitionOf]; parent != nil {
			parent.partitions = append(parent.partitions, name)
		}
	}
	return tables, nil
}

// Estimates of work in seconds, from measurements on one machine. What they are worth elsewhere is learned while the work goes on:
// see estimate.
const (
	shortWork   = 0.005
	scanWork    = 0.6e-9 // a byte of a table
	sortWork    = 0.4e-6 // a key of fixed length, among 400,000
	textWork    = 1.8e-6 // a key that a collation compares, or an expression
	gatherWork  = 8e-6   // a row of an index other than btree, hash and brin
	lookupWork  = 0.8e-6 // a row whose parent is looked for
	analyzeWork = 0.3    // a sample of fixed size
)

func (w *work) size(table tableName) (bytes, rows float64) {
	for name := range w.locks(rowShare, table) {
		if r := w.tables[name]; r != nil {
			bytes, rows = bytes+r.bytes, rows+r.rows
		}
	}
	return bytes, rows
}

// index is a task that builds an index of a table, or several on its partitions, with what its definition tells of the work.
func (w *work) index(it *item, table tableName, definition string, mode lockMode, do func(context.Context, *task) error) *task {
	t := &task{item: it, class: classIndex, locks: w.locks(mode, table), do: do}
	bytes, rows := w.size(table)
	perRow := textWork
	if _, rest, ok := strings.Cut(definition, " USING "); ok {
		method, rest, _ := strings.Cut(rest, " (")
		column, after, plain := cutName(rest)
		switch r := w.tables[table]; {
		case method == "brin":
			perRow = 0
		case method != "btree" && method != "hash":
			perRow = gatherWork
		case plain && !strings.HasPrefix(after, "(") && r != nil && !r.texts[column]:
			perRow = sortWork
		}
	}
	if strings.Contains(definition, " WHERE ") {
		perRow /= 2
	}
	if perRow == textWork {
		t.sorts = rows * sortedRow
	}
	t.work = shortWork + bytes*scanWork + rows*perRow*max(1, math.Log2(rows+2)/18)
	return t
}

const (
	sortedRow   = 100     // bytes that a row takes in a sort's memory
	mergeBuffer = 264e3   // what PostgreSQL's sort takes for each run that it merges (tuplesort.c: MERGE_BUFFER_SIZE, TAPE_BUFFER_OVERHEAD)
	cacheSized  = 4 << 20 // a run of this size is sorted within the processor's cache
)

// sortMemory is the maintenance_work_mem with which a number of bytes is sorted fastest where each comparison goes to where the value
// is: a run that fits the processor's cache, but so many at most that one pass merges them. Sorting all in one run misses the cache at
// every comparison; for 3,000,000 random texts that was measured to take twice the time.
func sortMemory(bytes float64) (megabytes int) {
	return int(math.Ceil(max(cacheSized, math.Sqrt(bytes*mergeBuffer)) / (1 << 20)))
}

// keyWork estimates the validation of a foreign key.
func (w *work) keyWork(p *part) float64 {
	bytes, rows := w.size(p.table)
	refBytes, refRows := w.size(p.refers)
	return shortWork + (bytes+refBytes)*scanWork + (rows+refRows/2)*lookupWork
}

func (w *work) vacuumWork(table tableName) float64 {
	bytes, rows := w.size(table)
	return shortWork + bytes*scanWork + analyzeWork*min(1, rows/30000)
}

// mostlyVisible is from which share of visible pages on VACUUM has nothing to give.
const mostlyVisible = 0.9

// settled adds the VACUUM of the tables on both sides of the keys that are to be validated. A load leaves pages that nobody has
// looked at yet. Once VACUUM has, a validation reads both sides from their indexes where they have them, which takes a fifth of the
// time, and its ANALYZE lets the planner choose well.
func (w *work) settled(saved []SavedObject) {
	add := func(table tableName) {
		r := w.tables[table]
		if r == nil || r.partitioned || r.bytes < 1<<20 || r.visible >= mostlyVisible || w.settle[table] != nil {
			return
		}
		t := w.add(&task{class: classVacuum, shows: Running{Kind: VacuumKind, Schema: table.schema, Table: table.table}, work: w.vacuumWork(table),
			locks: w.locks(shareUpdateExclusive, table), do: w.b.vacuum})
		w.settle[table] = t
		w.gate(w.built, table).follows(t)
	}
	for _, s := range saved {
		if s.Kind != ForeignKey {
			continue
		}
		for _, p := range partsOf(s.Create) {
			if p != nil && (p.validated || s.Create[len(s.Create)-1] == validation(s.Object)) {
				add(p.table)
				add(p.refers)
			}
		}
	}
}

// analyzed lists the tables that indexes and keys come back to, ordered.
func (w *work) analyzed(saved []SavedObject) []tableName {
	var list []tableName
	seen := map[tableName]bool{}
	for _, s := range saved {
		if table := (tableName{s.Schema, s.Table}); slices.Contains(RebuildKinds, s.Kind) && !seen[table] && w.tables[table] != nil {
			seen[table] = true
			list = append(list, table)
		}
	}
	return list
}
