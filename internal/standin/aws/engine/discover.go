// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"github.com/ferryman/ferryman/internal/standin/aws/mapping"
	"github.com/jackc/pgx/v5"
)

// table is a source table that the task takes, with its place on the target.
type table struct {
	TableName
	targetSchema, targetTable string
	columns                   []column
	key                       []string // source columns of the primary key
	references                []TableName
	filters                   []mapping.Filter
	order                     int // load-order of the mapping
	estimate                  int64
}

func (t *table) source() string { return quoteOracle(t.Schema) + "." + quoteOracle(t.Table) }
func (t *table) target() string { return pgx.Identifier{t.targetSchema, t.targetTable}.Sanitize() }

func quoteOracle(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// column finds a source column that goes to the target.
func (t *table) column(name string) (column, bool) {
	for _, c := range t.columns {
		if c.name == name {
			return c, true
		}
	}
	return column{}, false
}

// discover reads from the dictionary which tables the mapping takes and what they look like.
func (r *run) discover(ctx context.Context) ([]*table, error) {
	users, err := texts(ctx, r.source, "SELECT USERNAME FROM ALL_USERS ORDER BY USERNAME")
	if err != nil {
		return nil, fmt.Errorf("reading the source's users: %w", err)
	}
	var all []*table
	for _, owner := range users {
		if !r.Rules.SelectsSchema(owner) {
			continue
		}
		tables, err := r.discoverSchema(ctx, owner)
		if err != nil {
			return nil, fmt.Errorf("reading the dictionary of schema %s: %w", owner, err)
		}
		all = append(all, tables...)
	}
	return all, nil
}

func (r *run) discoverSchema(ctx context.Context, owner string) ([]*table, error) {
	rows, err := r.source.QueryContext(calm(ctx), "SELECT TABLE_NAME, NUM_ROWS FROM ALL_TABLES WHERE OWNER IN (:1) ORDER BY TABLE_NAME", owner)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var tables []*table
	byName := map[string]*table{}
	for rows.Next() {
		var name string
		var estimate sql.NullInt64
		if err := rows.Scan(&name, &estimate); err != nil {
			return nil, err
		}
		selected, filters := r.Rules.Selects(owner, name)
		if !selected {
			continue
		}
		t := &table{TableName: TableName{owner, name}, targetSchema: r.Rules.Schema(owner), targetTable: r.Rules.Table(owner, name),
			filters: filters, order: r.Rules.LoadOrder(owner, name), estimate: estimate.Int64}
		tables, byName[name] = append(tables, t), t
	}
	if err := rows.Err(); err != nil || len(tables) == 0 {
		return nil, err
	}
	if err := r.readColumns(ctx, owner, byName); err != nil {
		return nil, err
	}
	return tables, r.readKeys(ctx, owner, byName)
}

func (r *run) readColumns(ctx context.Context, owner string, tables map[string]*table) error {
	rows, err := r.source.QueryContext(calm(ctx), "SELECT TABLE_NAME, COLUMN_NAME, DATA_TYPE, DATA_LENGTH, CHAR_LENGTH, DATA_PRECISION, DATA_SCALE, "+
		"NULLABLE, VIRTUAL_COLUMN, HIDDEN_COLUMN FROM ALL_TAB_COLS WHERE OWNER IN (:1) ORDER BY TABLE_NAME, COLUMN_ID", owner)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var name, dataType string
		var length, characters, precision, scale sql.NullInt64
		var nullable, virtual, hidden sql.NullString
		c := column{}
		if err := rows.Scan(&name, &c.name, &dataType, &length, &characters, &precision, &scale, &nullable, &virtual, &hidden); err != nil {
			return err
		}
		t := tables[name]
		if t == nil || virtual.String == "YES" || hidden.String == "YES" {
			continue
		}
		target, keep := r.Rules.Column(owner, name, c.name)
		if !keep {
			continue
		}
		c.target, c.dataType, c.kind, c.nullable = target, dataType, kindOf(dataType), nullable.String != "N"
		c.length, c.precision, c.scale = int(length.Int64), -1, -1
		if characters.Int64 > 0 {
			c.length = int(characters.Int64)
		}
		if precision.Valid {
			c.precision = int(precision.Int64)
		}
		if scale.Valid {
			c.scale = int(scale.Int64)
		}
		if c.kind == noneKind {
			r.warn("METADATA_MANAGER", "Column '%s' of table '%s'.'%s' has the unsupported data type %s and will be NULL", c.name, owner, name, dataType)
			continue
		}
		if c.kind.lob() && !r.Settings.TargetMetadata.SupportLobs {
			continue
		}
		t.columns = append(t.columns, c)
	}
	return rows.Err()
}

// readKeys reads primary keys and what foreign keys point at.
func (r *run) readKeys(ctx context.Context, owner string, tables map[string]*table) error {
	type constraint struct{ table, kind, referencesOwner, references string }
	constraints := map[string]constraint{}
	rows, err := r.source.QueryContext(calm(ctx), "SELECT CONSTRAINT_NAME, CONSTRAINT_TYPE, TABLE_NAME, R_OWNER, R_CONSTRAINT_NAME, STATUS "+
		"FROM ALL_CONSTRAINTS WHERE OWNER IN (:1) ORDER BY CONSTRAINT_NAME", owner)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		var c constraint
		var refOwner, ref, status sql.NullString
		if err := rows.Scan(&name, &c.kind, &c.table, &refOwner, &ref, &status); err != nil {
			return err
		}
		c.referencesOwner, c.references = refOwner.String, ref.String
		if status.String != "DISABLED" {
			constraints[name] = c
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for _, c := range constraints {
		if t := tables[c.table]; t != nil && c.kind == "R" && c.referencesOwner == owner {
			if parent := constraints[c.references].table; parent != "" && parent != c.table {
				t.references = append(t.references, TableName{owner, parent})
			}
		}
	}
	keys, err := r.source.QueryContext(calm(ctx), "SELECT CONSTRAINT_NAME, TABLE_NAME, COLUMN_NAME, POSITION FROM ALL_CONS_COLUMNS "+
		"WHERE OWNER IN (:1) ORDER BY CONSTRAINT_NAME, POSITION", owner)
	if err != nil {
		return err
	}
	defer keys.Close()
	for keys.Next() {
		var name, of, column string
		var position sql.NullInt64
		if err := keys.Scan(&name, &of, &column, &position); err != nil {
			return err
		}
		if t := tables[of]; t != nil && constraints[name].kind == "P" {
			t.key = append(t.key, column)
		}
	}
	for _, t := range tables { // a key of which a column does not go to the target identifies nothing there
		if slices.ContainsFunc(t.key, func(name string) bool { _, ok := t.column(name); return !ok }) {
			t.key = nil
		}
	}
	return keys.Err()
}

// loadOrder sorts tables as a full load may take them at worst: the mapping's load-order first, then children before their parents.
func loadOrder(tables []*table) []*table {
	ordered := slices.Clone(tables)
	referrers := map[TableName]int{}
	for _, t := range tables {
		for _, parent := range t.references {
			referrers[parent]++
		}
	}
	slices.SortStableFunc(ordered, func(a, b *table) int {
		if a.order != b.order {
			return b.order - a.order
		}
		return referrers[a.TableName] - referrers[b.TableName]
	})
	return ordered
}
