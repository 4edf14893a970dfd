// SPDX-License-Identifier: Apache-2.0

package oracle

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/ferryman/ferryman/internal/oracle/dictionary"
	"golang.org/x/sync/errgroup"
)

// ReadDictionary is Read with the default options; progress (may be nil) is called after each view with the number of its rows.
func (s *Source) ReadDictionary(ctx context.Context, schemas []string, progress func(view string, rows int)) (*dictionary.Dictionary, error) {
	opts := dictionary.Options{}
	if progress != nil {
		opts.Progress = func(view string, _, _, rows int) { progress(view, rows) }
	}
	return s.Read(ctx, schemas, opts)
}

// readers is how many sessions read the dictionary at once: while one waits for Oracle, rows of the other are taken in.
const readers = 2

// Read reads every view for the schemas, in one query each: the DBA_ view where it may be read, else the ALL_ or the USER_ view. Two
// sessions read, or one where Oracle gives no more. A view that may not be read is unknown in the dictionary, and so is a column that this
// version of Oracle does not have; any other error ends the reading. The error is a *SchemaError where a schema is not there.
func (s *Source) Read(ctx context.Context, schemas []string, opts dictionary.Options) (*dictionary.Dictionary, error) {
	if err := s.HaveSchemas(ctx, schemas); err != nil {
		return nil, err
	}
	d := &dictionary.Dictionary{Schemas: slices.Sorted(slices.Values(schemas))}
	views := dictionary.Views()
	var mu sync.Mutex // of what follows
	begun, done := 0, 0
	next := func() (dictionary.View, bool) {
		mu.Lock()
		defer mu.Unlock()
		begun++
		if begun > len(views) {
			return dictionary.View{}, false
		}
		return views[begun-1], true
	}
	all, reading := errgroup.WithContext(ctx)
	for range s.spare(ctx, readers) {
		all.Go(func() error {
			mine := &dictionary.Dictionary{Schemas: d.Schemas}
			for v, more := next(); more; v, more = next() {
				if err := s.ReadView(reading, mine, v, opts); err != nil {
					return err
				}
				mu.Lock()
				d.Take(v, mine)
				done++
				if opts.Progress != nil {
					opts.Progress(v.Name, done, len(views), v.Rows(d))
				}
				mu.Unlock()
			}
			return nil
		})
	}
	if err := all.Wait(); err != nil {
		return nil, err
	}
	place := func(name string) int {
		return slices.IndexFunc(views, func(v dictionary.View) bool { return v.Name == name })
	}
	slices.SortFunc(d.Limited, func(a, b string) int { return cmp.Compare(place(a), place(b)) })
	return d, s.ReadDatabase(ctx, d)
}

// spare opens up to n sessions for the next calls and says how many there are, at least 1: where Oracle gives no more, the calls share what
// there is.
func (s *Source) spare(ctx context.Context, n int) int {
	var open []*session
	for len(open) < n {
		x, err := s.acquire(ctx)
		if err != nil {
			break
		}
		open = append(open, x)
	}
	for _, x := range open {
		s.release(x)
	}
	return max(len(open), 1)
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
