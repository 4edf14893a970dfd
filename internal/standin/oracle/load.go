// SPDX-License-Identifier: Apache-2.0

package oracle

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/ferryman/ferryman/internal/standin/oracle/dict"
	"github.com/ferryman/ferryman/internal/standin/oracle/rows"
	"github.com/ferryman/ferryman/internal/standin/oracle/sqltext"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// loader brings an export's objects and rows into PostgreSQL.
type loader struct {
	conn    *pgx.Conn
	catalog *catalog
	model   *dict.Model
	export  *dict.Export
	opts    *Options
	notes   []string
	made    map[dict.Name]bool // tables whose rows were made up
}

func (l *loader) note(format string, args ...any) {
	l.notes = append(l.notes, fmt.Sprintf(format, args...))
}

// system resolves names as the owner of a schema would.
func (l *loader) system(owner string) *resolver {
	return &resolver{catalog: l.catalog, user: owner, schema: owner, system: true}
}

func (l *loader) load(ctx context.Context) error {
	for _, s := range l.model.Synonyms {
		if s.Link == "" {
			l.catalog.synonyms[s.Name] = s.Target
		}
	}
	var ddl strings.Builder
	for _, owner := range l.model.Owners {
		fmt.Fprintf(&ddl, "CREATE SCHEMA IF NOT EXISTS %s;\n", quote(owner))
	}
	for _, s := range l.model.Sequences {
		sequenceDDL(&ddl, s)
		l.catalog.addSequence(s)
	}
	for _, t := range l.model.Tables {
		if err := checkNames(t); err != nil {
			return err
		}
		l.catalog.tables[t.Name] = t
		l.catalog.used[t.Name] = true
		ddl.WriteString(tableDDL(t))
	}
	for _, v := range l.model.Views {
		l.catalog.used[v.Name] = true
	}
	if _, err := l.conn.Exec(ctx, ddl.String()); err != nil {
		return fmt.Errorf("make the export's tables: %w", err)
	}
	if err := l.rows(ctx); err != nil {
		return err
	}
	for _, t := range l.model.Tables {
		l.defaults(ctx, t)
	}
	if err := l.constraints(ctx); err != nil {
		return err
	}
	if err := l.analyze(ctx); err != nil {
		return err
	}
	l.uniqueIndexes(ctx)
	l.views(ctx)
	return l.triggers(ctx)
}

func checkNames(t *dict.Table) error {
	names := []string{t.Owner, t.Name.Name}
	for _, c := range t.Columns {
		names = append(names, c.Name)
	}
	for _, name := range names {
		if len(name) > 63 {
			return fmt.Errorf("dictionary export: the name %s is longer than 63 bytes, which the Oracle stand-in cannot hold", name)
		}
	}
	return nil
}

// rows loads the data files, and makes up rows for the other tables where that is asked for.
func (l *loader) rows(ctx context.Context) error {
	data := map[dict.Name]*dict.Relation{}
	for _, t := range l.model.Tables {
		r, err := l.export.Data(t.Name)
		if err != nil {
			return err
		}
		if r != nil {
			data[t.Name] = r
		}
	}
	sets := []rows.Set{}
	for _, t := range l.model.Tables {
		if r := data[t.Name]; r != nil {
			sets = append(sets, rows.Set{Table: t.Name, Columns: r.Columns, Rows: r.Rows})
		}
	}
	if l.opts.Rows > 0 {
		made := rows.Make(l.model, sets, rows.Options{Rows: l.opts.Rows, Seed: l.opts.Seed, LargeLOBs: l.opts.LargeLOBs, Feeds: l.feeds()})
		for _, set := range made.Sets {
			l.made[set.Table] = true
		}
		sets = append(sets, made.Sets...)
		for name, next := range made.Sequences {
			if _, err := l.conn.Exec(ctx, fmt.Sprintf("ALTER SEQUENCE %s RESTART WITH %s START WITH %s; UPDATE ora.sequences SET start = %s WHERE owner = %s AND name = %s",
				relation(name), next, next, next, literal(name.Owner), literal(name.Name))); err != nil {
				return fmt.Errorf("move sequence %s behind the rows that were made up: %w", name, err)
			}
		}
	}
	for _, set := range sets {
		t := l.model.Table(set.Table)
		prepared, columns, err := l.prepareRows(t, set)
		if err != nil {
			return err
		}
		if err := copyRows(ctx, l.conn, relation(t.Name), columns, prepared); err != nil {
			return fmt.Errorf("load the rows of %s: %w", t.Name, err)
		}
	}
	return nil
}

// prepareRows leaves out virtual columns, pads CHARs and marks hexadecimal RAWs, as PostgreSQL wants them.
func (l *loader) prepareRows(t *dict.Table, set rows.Set) ([][]string, []string, error) {
	var at []int
	var columns []*dict.Column
	var names []string
	plain := true
	for i, name := range set.Columns {
		c := t.Column(name)
		if c == nil {
			return nil, nil, fmt.Errorf("rows of %s: there is no column %s", t.Name, name)
		}
		if c.Virtual {
			plain = false
			continue
		}
		switch sqltext.Type(c) {
		case "bpchar", "bytea":
			plain = false
		}
		at, columns, names = append(at, i), append(columns, c), append(names, name)
	}
	if plain {
		return set.Rows, names, nil
	}
	prepared := make([][]string, len(set.Rows))
	for r, row := range set.Rows {
		fields := make([]string, len(at))
		for j, i := range at {
			value := row[i]
			switch kind := sqltext.Type(columns[j]); {
			case value == "":
			case kind == "bytea":
				value = `\x` + value
			case kind == "bpchar":
				value = padded(value, columns[j])
			}
			fields[j] = value
		}
		prepared[r] = fields
	}
	return prepared, names, nil
}

// padded fills a CHAR up with blanks.
func padded(value string, c *dict.Column) string {
	length := len(value)
	if c.CharUsed == "C" {
		length = len([]rune(value))
	}
	if size := charSize(c); length < size {
		return value + strings.Repeat(" ", size-length)
	}
	return value
}

// charSize is the greatest length of a character column, in bytes or in characters as it was declared.
func charSize(c *dict.Column) int {
	if c.CharLength > 0 {
		return c.CharLength
	}
	return c.Length
}

// try runs a statement that the export may not allow for; the note says what is missing then.
func (l *loader) try(ctx context.Context, sql string, what string, args ...any) bool {
	if _, err := l.conn.Exec(ctx, sql); err != nil {
		l.note("%s: %s", fmt.Sprintf(what, args...), reason(err))
		return false
	}
	return true
}

func reason(err error) string {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Message
	}
	return err.Error()
}
