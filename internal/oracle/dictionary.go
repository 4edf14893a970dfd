// SPDX-License-Identifier: Apache-2.0

package oracle

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/ferryman/ferryman/internal/oracle/dictionary"
)

// ReadDictionary is Read with the default options; progress (may be nil) is called after each view with the number of its rows.
func (s *Source) ReadDictionary(ctx context.Context, schemas []string, progress func(view string, rows int)) (*dictionary.Dictionary, error) {
	opts := dictionary.Options{}
	if progress != nil {
		opts.Progress = func(view string, _, _, rows int) { progress(view, rows) }
	}
	return s.Read(ctx, schemas, opts)
}

// Read reads every view for the schemas, in one query each: the DBA_ view where it may be read, else the ALL_ or the USER_ view. A view
// that may not be read is unknown in the dictionary, and so is a column that this version of Oracle does not have; any other error ends
// the reading. The error is a *SchemaError where a schema is not there.
func (s *Source) Read(ctx context.Context, schemas []string, opts dictionary.Options) (*dictionary.Dictionary, error) {
	if err := s.HaveSchemas(ctx, schemas); err != nil {
		return nil, err
	}
	d := &dictionary.Dictionary{Schemas: slices.Sorted(slices.Values(schemas))}
	for i, v := range dictionary.Views() {
		if err := s.ReadView(ctx, d, v, opts); err != nil {
			return nil, err
		}
		if opts.Progress != nil {
			opts.Progress(v.Name, i+1, len(dictionary.Views()), v.Rows(d))
		}
	}
	d.Sealed()
	return d, s.ReadDatabase(ctx, d)
}

// ReadView appends the rows of one view for the schemas of d; what may not be read becomes unknown.
func (s *Source) ReadView(ctx context.Context, d *dictionary.Dictionary, v dictionary.View, opts dictionary.Options) error {
	if err := s.readView(ctx, d, v, opts); err != nil {
		return fmt.Errorf("read %s: %w", v.Name, err)
	}
	return nil
}

// SchemaError means that a schema is not there, or that the user may see nothing of it.
type SchemaError struct{ Schema string }

func (e *SchemaError) Error() string {
	return fmt.Sprintf("Oracle has no schema %s that this user may see; names are in upper case unless they were created with quotes", e.Schema)
}

// HaveSchemas makes sure that at least one schema is named and that all are there.
func (s *Source) HaveSchemas(ctx context.Context, schemas []string) error {
	if len(schemas) == 0 {
		return errors.New("read the dictionary: no schema was named")
	}
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
