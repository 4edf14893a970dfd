// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// statement collects SQL for the target with its values in text form.
type statement struct {
	sql    strings.Builder
	params [][]byte
}

// param adds a value and returns its placeholder.
func (s *statement) param(c column, f field) string {
	var value []byte
	if f.value != nil {
		if text := c.normal(*f.value); text != nil {
			value = []byte(*text)
		}
	}
	s.params = append(s.params, value)
	return "$" + strconv.Itoa(len(s.params))
}

// perform applies one change within the open transaction and returns how many rows it changed. LOBs, which the redo does not hold,
// are looked up on the source by primary key and written after the row, as DMS does: for a moment the row is there with NULL.
func (a *applier) perform(ctx context.Context, t *table, c *change) (int64, error) {
	s, lobs, err := t.statement(c)
	if err != nil {
		return 0, err
	}
	affected := int64(1) // an update of nothing but LOBs
	if s != nil {
		done := a.conn.PgConn().ExecParams(ctx, s.sql.String(), s.params, nil, nil, nil).Read()
		if done.Err != nil {
			return 0, done.Err
		}
		if affected = done.CommandTag.RowsAffected(); c.operation == truncateTable {
			affected = 1
		}
	}
	for _, lob := range lobs {
		if err := a.lookUp(ctx, t, c, lob); err != nil {
			return 0, err
		}
	}
	return affected, nil
}

// statement writes a change as SQL, nil where nothing is to be done, and says which LOBs have to be looked up.
func (t *table) statement(c *change) (*statement, []column, error) {
	s := &statement{}
	if c.operation == truncateTable {
		s.sql.WriteString("TRUNCATE TABLE " + t.target())
		return s, nil, nil
	}
	var names, values, sets []string
	var lobs []column
	for _, f := range c.set {
		col, ok := t.column(f.column)
		if !ok {
			continue
		}
		if f.lob && col.kind.lob() {
			lobs = append(lobs, col)
			continue
		}
		name := pgx.Identifier{col.target}.Sanitize()
		placeholder := s.param(col, f)
		names, values, sets = append(names, name), append(values, placeholder), append(sets, name+" = "+placeholder)
	}
	switch c.operation {
	case insertRow:
		if len(names) == 0 {
			fmt.Fprintf(&s.sql, "INSERT INTO %s DEFAULT VALUES", t.target())
			return s, lobs, nil
		}
		fmt.Fprintf(&s.sql, "INSERT INTO %s (%s) VALUES (%s)", t.target(), strings.Join(names, ", "), strings.Join(values, ", "))
		return s, lobs, nil
	case updateRow:
		if len(sets) == 0 {
			return nil, lobs, nil
		}
		fmt.Fprintf(&s.sql, "UPDATE %s SET %s", t.target(), strings.Join(sets, ", "))
	case deleteRow:
		fmt.Fprintf(&s.sql, "DELETE FROM %s", t.target())
	}
	where, err := t.identify(c.where, s)
	s.sql.WriteString(" WHERE " + where)
	return s, lobs, err
}

// identify writes the condition that finds a row: by its primary key, else by everything that was logged.
func (t *table) identify(where []field, s *statement) (string, error) {
	var conditions []string
	for _, f := range where {
		col, ok := t.column(f.column)
		if !ok || col.kind.lob() || len(t.key) > 0 && !slices.Contains(t.key, f.column) {
			continue
		}
		name := pgx.Identifier{col.target}.Sanitize()
		if f.value == nil {
			conditions = append(conditions, name+" IS NULL")
			continue
		}
		conditions = append(conditions, name+" = "+s.param(col, f))
	}
	if len(conditions) == 0 || len(conditions) < len(t.key) {
		return "", fatal{fmt.Sprintf("a change of table '%s'.'%s' does not tell which row it is about: supplemental logging of its key columns "+
			"was not on", t.Schema, t.Table)}
	}
	return strings.Join(conditions, " AND "), nil
}

// keyFields picks the primary key out of a row.
func keyFields(t *table, row []field) []field {
	var key []field
	for _, f := range row {
		if slices.Contains(t.key, f.column) {
			key = append(key, f)
		}
	}
	return key
}

// lookUp brings one LOB of a changed row from the source as it is there now. A row that is gone meanwhile will be deleted by a later
// change.
func (a *applier) lookUp(ctx context.Context, t *table, c *change, lob column) error {
	if len(t.key) == 0 {
		a.warn("TARGET_APPLY", "LOB column '%s' of table '%s'.'%s' is not replicated: the table has no primary key", lob.name, t.Schema, t.Table)
		return nil
	}
	key := keyFields(t, merged(c))
	if len(key) < len(t.key) {
		return fatal{fmt.Sprintf("a change of table '%s'.'%s' does not tell its primary key: supplemental logging was not on", t.Schema, t.Table)}
	}
	var conditions []string
	var binds []any
	for i, f := range key {
		col, _ := t.column(f.column)
		conditions = append(conditions, fmt.Sprintf("%s = :%d", quoteOracle(f.column), i+1))
		binds = append(binds, col.bind(f))
	}
	var value any
	err := a.source.QueryRowContext(calm(ctx), "SELECT "+quoteOracle(lob.name)+" FROM "+t.source()+" WHERE "+strings.Join(conditions, " AND "),
		binds...).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return onSource(err)
	}
	if value, err = a.limitLOB(t, lob, value); err != nil {
		return err
	}
	text, err := lob.text(value)
	if err != nil {
		return err
	}
	s := &statement{}
	fmt.Fprintf(&s.sql, "UPDATE %s SET %s = %s", t.target(), pgx.Identifier{lob.target}.Sanitize(), s.param(lob, field{value: text}))
	where, err := t.identify(key, s)
	if err != nil {
		return err
	}
	s.sql.WriteString(" WHERE " + where)
	return a.conn.PgConn().ExecParams(ctx, s.sql.String(), s.params, nil, nil, nil).Read().Err
}

// bind turns a value of the redo into a bind of the column's type for the source.
func (c column) bind(f field) any {
	if f.value == nil {
		return nil
	}
	switch c.kind {
	case numberKind:
		if n, err := strconv.ParseInt(*f.value, 10, 64); err == nil {
			return n
		}
	case dateKind:
		if at, err := time.Parse("2006-01-02 15:04:05.999999999", *f.value); err == nil {
			return at
		}
	}
	return *f.value
}

// describe words a change for awsdms_apply_exceptions: the statement with its values.
func (a *applier) describe(t *table, c *change) string {
	s, _, err := t.statement(c)
	if err != nil || s == nil {
		return c.operation.String() + " " + t.target()
	}
	text := s.sql.String()
	for i := len(s.params); i > 0; i-- {
		value := "NULL"
		if p := s.params[i-1]; p != nil {
			value = "'" + strings.ReplaceAll(string(p[:min(len(p), 200)]), "'", "''") + "'"
		}
		text = strings.ReplaceAll(text, "$"+strconv.Itoa(i), value)
	}
	return text
}
