// SPDX-License-Identifier: Apache-2.0

package oracle

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/ferryman/ferryman/internal/oracle/dictionary"
)

// condition is the WHERE of the one query on an origin of a view; ok is false where it can hold none of the rows. Public synonyms of the
// schemas' objects belong to them.
func (s *Source) condition(v dictionary.View, o dictionary.Origin, schemas []string) (where string, args []any, ok bool) {
	if o.Own {
		return "1 = 1", nil, slices.Contains(schemas, s.user)
	}
	owner := quote(v.ColumnIn(o, v.OwnerColumn))
	where, args = owner+" IN ("+binds(1, len(schemas))+")", anys(schemas)
	public := "OWNER = 'PUBLIC' AND TABLE_OWNER IN (" + binds(1+len(schemas), len(schemas)) + ")"
	switch v.Name {
	case "ALL_SYNONYMS":
		return "(" + where + " OR " + public + ")", append(args, anys(schemas)...), true
	case "ALL_OBJECTS":
		synonyms := strings.Replace(o.Name, "_OBJECTS", "_SYNONYMS", 1)
		return "(" + where + " OR OWNER = 'PUBLIC' AND OBJECT_TYPE = 'SYNONYM' AND OBJECT_NAME IN (SELECT SYNONYM_NAME FROM " + synonyms +
			" WHERE " + public + "))", append(args, anys(schemas)...), true
	}
	return where, args, true
}

var invalidColumn = regexp.MustCompile(`^ORA-00904: (?:"[^"]*"\.)*"([^"]+)"`)

// readView appends the rows of one view, in one query: from DBA_ where it may be read, else from ALL_ or USER_. What may not be read is
// unknown.
func (s *Source) readView(ctx context.Context, d *dictionary.Dictionary, v dictionary.View, opts dictionary.Options) error {
	if v.Paid && !opts.Diagnostics {
		d.SetUnknown(v.Name, "it needs an option of Oracle that is paid for, and source.diagnostics_pack is not true")
		return nil
	}
	var tried []string
	for _, o := range v.Origins() {
		where, args, ok := s.condition(v, o, d.Schemas)
		if !ok {
			continue
		}
		err := s.readOrigin(ctx, d, v, o, where, args, opts)
		if err == nil {
			if !o.Whole && !slices.Contains(d.Limited, v.Name) {
				d.Limited = append(d.Limited, v.Name)
			}
			return nil
		}
		if !denied(err) {
			return err
		}
		tried = append(tried, o.Name)
	}
	d.SetUnknown(v.Name, fmt.Sprintf("user %s may not read %s", s.user, strings.Join(tried, " or ")))
	return nil
}

// readOrigin reads one origin of a view, and reads again without the columns that this version of Oracle does not have: they are unknown.
func (s *Source) readOrigin(ctx context.Context, d *dictionary.Dictionary, v dictionary.View, o dictionary.Origin, where string, args []any, opts dictionary.Options) error {
	columns := slices.DeleteFunc(v.Columns(), func(c string) bool { return !d.KnowsColumn(v.Name, c) || o.Own && c == v.OwnerColumn })
	for {
		err := s.readColumns(ctx, d, v, o, columns, where, args, opts)
		if oracleCode(err) != 904 || len(columns) < 2 {
			return err
		}
		var q *QueryError
		errors.As(err, &q)
		m := invalidColumn.FindStringSubmatch(q.Message)
		if m == nil {
			return err
		}
		at := slices.IndexFunc(columns, func(c string) bool { return v.ColumnIn(o, c) == m[1] })
		if at < 0 || columns[at] == v.OwnerColumn {
			return err
		}
		d.SetUnknown(v.Name+"."+columns[at], "this Oracle has no such column")
		columns = slices.Delete(columns, at, at+1)
	}
}

// without is what a query asks for in the place of code that is not wanted: the column stays, and is NULL.
func without(opts dictionary.Options, view, column string) bool {
	return opts.NoSource && view == "ALL_TRIGGERS" && column == "TRIGGER_BODY"
}

func (s *Source) readColumns(ctx context.Context, d *dictionary.Dictionary, v dictionary.View, o dictionary.Origin, columns []string, where string, args []any, opts dictionary.Options) error {
	if opts.NoSource && v.Name == "ALL_SOURCE" {
		where += " AND 1 = 0" // whether it may be read is still asked
	}
	list := make([]string, len(columns))
	for i, c := range columns {
		list[i] = quote(v.ColumnIn(o, c))
		if without(opts, v.Name, c) {
			list[i] = "NULL"
		}
	}
	names := columns
	if o.Own {
		names = append(slices.Clone(columns), v.OwnerColumn)
	}
	rows := v.Appender(d, names)
	query := "SELECT " + strings.Join(list, ", ") + " FROM " + o.Name + " WHERE " + where
	err := s.each(ctx, query, args, func(values []any) error {
		if rows.Rows() == dictionary.MaxRows {
			return fmt.Errorf("it has more than %d rows", dictionary.MaxRows)
		}
		for i, x := range values {
			if t, ok := x.(time.Time); ok && columns[i] != "NEXT_RUN_DATE" {
				values[i] = wallClock(t)
			}
		}
		if o.Own {
			values = append(values, s.user)
		}
		return rows.Add(values)
	})
	if err != nil {
		return err
	}
	rows.End()
	return nil
}
