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

// ReadDictionary reads every view for the schemas, in one query each: the DBA_ view where it may be read, else the ALL_ view. A view
// that may not be read is unknown in the dictionary, and so is a column that this version of Oracle does not have; any other error ends
// the reading. progress (may be nil) is called after each view with the number of its rows.
func (s *Source) ReadDictionary(ctx context.Context, schemas []string, progress func(view string, rows int)) (*dictionary.Dictionary, error) {
	if len(schemas) == 0 {
		return nil, errors.New("read the dictionary: no schema was named")
	}
	if err := s.haveSchemas(ctx, schemas); err != nil {
		return nil, err
	}
	d := &dictionary.Dictionary{Schemas: slices.Sorted(slices.Values(schemas))}
	for _, v := range dictionary.Views() {
		if err := s.readView(ctx, d, v, v.OwnerColumn+" IN ("+binds(1, len(schemas))+")", anys(schemas)); err != nil {
			return nil, fmt.Errorf("read %s: %w", v.Name, err)
		}
		if v.Name == "ALL_SYNONYMS" && d.Knows(v.Name) {
			where := "OWNER = 'PUBLIC' AND TABLE_OWNER IN (" + binds(1, len(schemas)) + ")"
			if err := s.readView(ctx, d, v, where, anys(schemas)); err != nil {
				return nil, fmt.Errorf("read the public synonyms: %w", err)
			}
		}
		if progress != nil {
			progress(v.Name, v.Rows(d))
		}
	}
	if err := s.publicObjects(ctx, d); err != nil {
		return nil, fmt.Errorf("read the public synonyms: %w", err)
	}
	db, _, err := s.database(ctx)
	if err != nil {
		return nil, err
	}
	d.Database = db
	return d, nil
}

// SchemaError means that a schema is not there, or that the user may see nothing of it.
type SchemaError struct{ Schema string }

func (e *SchemaError) Error() string {
	return fmt.Sprintf("Oracle has no schema %s that this user may see; names are in upper case unless they were created with quotes", e.Schema)
}

func (s *Source) haveSchemas(ctx context.Context, schemas []string) error {
	var there []string
	err := s.each(ctx, "SELECT USERNAME FROM ALL_USERS WHERE USERNAME IN ("+binds(1, len(schemas))+")", anys(schemas), func(v []any) error {
		there = append(there, str(v[0]))
		return nil
	})
	if err != nil {
		return fmt.Errorf("read ALL_USERS: %w", err)
	}
	for _, schema := range schemas {
		if !slices.Contains(there, schema) {
			return &SchemaError{schema}
		}
	}
	return nil
}

// publicObjects reads the rows of ALL_OBJECTS of the public synonyms that were found.
func (s *Source) publicObjects(ctx context.Context, d *dictionary.Dictionary) error {
	var names []string
	for _, x := range d.Synonyms {
		if x.Owner == "PUBLIC" {
			names = append(names, x.Name)
		}
	}
	objects := dictionary.Views()[slices.IndexFunc(dictionary.Views(), func(v dictionary.View) bool { return v.Name == "ALL_OBJECTS" })]
	for part := range slices.Chunk(names, 500) {
		where := "OWNER = 'PUBLIC' AND OBJECT_TYPE = 'SYNONYM' AND OBJECT_NAME IN (" + binds(1, len(part)) + ")"
		if err := s.readView(ctx, d, objects, where, anys(part)); err != nil {
			return err
		}
	}
	return nil
}

var invalidColumn = regexp.MustCompile(`^ORA-00904: (?:"[^"]*"\.)*"([^"]+)"`)

// readView appends the rows of one view that meet a condition.
func (s *Source) readView(ctx context.Context, d *dictionary.Dictionary, v dictionary.View, where string, args []any) error {
	columns := slices.DeleteFunc(v.Columns(), func(c string) bool { return !d.KnowsColumn(v.Name, c) })
	for _, name := range []string{strings.Replace(v.Name, "ALL_", "DBA_", 1), v.Name} {
		err := s.readColumns(ctx, d, v, name, columns, where, args)
		for oracleCode(err) == 904 && len(columns) > 1 {
			var q *QueryError
			errors.As(err, &q)
			m := invalidColumn.FindStringSubmatch(q.Message)
			if m == nil || !slices.Contains(columns, m[1]) || m[1] == v.OwnerColumn {
				return err
			}
			d.SetUnknown(v.Name+"."+m[1], "this Oracle has no such column")
			columns = slices.DeleteFunc(columns, func(c string) bool { return c == m[1] })
			err = s.readColumns(ctx, d, v, name, columns, where, args)
		}
		if err == nil {
			if name == v.Name && !slices.Contains(d.Limited, v.Name) {
				d.Limited = append(d.Limited, v.Name)
			}
			return nil
		}
		if !denied(err) {
			return err
		}
		d.SetUnknown(v.Name, fmt.Sprintf("user %s may read neither %s nor %s", s.user, strings.Replace(v.Name, "ALL_", "DBA_", 1), v.Name))
		if name != v.Name {
			delete(d.Unknown, v.Name)
		}
	}
	return nil
}

func (s *Source) readColumns(ctx context.Context, d *dictionary.Dictionary, v dictionary.View, name string, columns []string, where string, args []any) error {
	quoted := make([]string, len(columns))
	for i, c := range columns {
		quoted[i] = quote(c)
	}
	query := "SELECT " + strings.Join(quoted, ", ") + " FROM " + name + " WHERE " + where
	rows := 0
	return s.each(ctx, query, args, func(values []any) error {
		if rows++; rows > dictionary.MaxRows {
			return fmt.Errorf("it has more than %d rows", dictionary.MaxRows)
		}
		for i, x := range values {
			if t, ok := x.(time.Time); !ok || columns[i] != "NEXT_RUN_DATE" || t.IsZero() {
				values[i] = wallClock(x)
			}
		}
		return v.Append(d, columns, values)
	})
}
