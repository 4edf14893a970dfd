// SPDX-License-Identifier: Apache-2.0

package compare

import (
	"context"
	"fmt"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
)

// Compare reads every table on both sides. The error is only the context's; a table that can't be read says so in its result.
func Compare(ctx context.Context, tables []Table, opts Options) (Report, error) {
	if opts.Jobs <= 0 {
		opts.Jobs = 2
	}
	if opts.Samples == 0 {
		opts.Samples = 10
	}
	report := Report{Tables: make([]Result, len(tables))}
	var group errgroup.Group
	group.SetLimit(opts.Jobs)
	for i, t := range tables {
		group.Go(func() error {
			report.Tables[i] = compareTable(ctx, t, opts)
			return nil
		})
	}
	_ = group.Wait()
	return report, context.Cause(ctx)
}

func compareTable(ctx context.Context, t Table, opts Options) Result {
	result := Result{Source: t.Source, Target: t.Target, Note: leftOut(t)}
	if err := check(t); err != nil {
		result.Error = err.Error()
		return result
	}
	var source, target *digest
	both, inner := errgroup.WithContext(ctx)
	both.Go(func() (err error) {
		result.SourceReadAt = time.Now()
		source, err = read(inner, t, "source", opts.Source(t), opts.Progress)
		return err
	})
	both.Go(func() (err error) {
		result.TargetReadAt = time.Now()
		target, err = read(inner, t, "target", opts.Target(t), opts.Progress)
		return err
	})
	if err := both.Wait(); err != nil {
		result.Error = err.Error()
		return result
	}
	result.SourceRows, result.SourceSum = source.rows, source.sum.String()
	result.TargetRows, result.TargetSum = target.rows, target.sum.String()
	result.Equal = source.rows == target.rows && source.sum == target.sum
	if !result.Equal && opts.Samples > 0 {
		samples, note, err := findSamples(ctx, t, opts, source, target)
		if err != nil {
			note = fmt.Sprintf("the rows that differ could not be looked for: %s", err)
		}
		result.Samples, result.Note = samples, joinNotes(result.Note, note)
	}
	return result
}

// check refuses a table description that would compare nothing.
func check(t Table) error {
	compared := 0
	for _, c := range t.Columns {
		if kindOf(c) != skipped {
			compared++
		}
	}
	if compared == 0 {
		return fmt.Errorf("%s has no column that can be compared", t.Source)
	}
	for _, i := range t.Key {
		if i < 0 || i >= len(t.Columns) {
			return fmt.Errorf("%s: its key names column %d of %d", t.Source, i, len(t.Columns))
		}
	}
	return nil
}

// leftOut names the columns that are not compared.
func leftOut(t Table) string {
	var list []string
	for _, c := range t.Columns {
		if kindOf(c) == skipped {
			list = append(list, fmt.Sprintf("%s (%s)", c.Source, c.OracleType))
		}
	}
	if len(list) == 0 {
		return ""
	}
	return "not compared: " + strings.Join(list, ", ")
}

func joinNotes(notes ...string) string {
	var list []string
	for _, n := range notes {
		if n != "" {
			list = append(list, n)
		}
	}
	return strings.Join(list, "; ")
}

// read makes the digest of one side.
func read(ctx context.Context, t Table, side string, rows Rows, progress func(Progress)) (*digest, error) {
	h, d := newHasher(t), &digest{}
	told := time.Now()
	err := rows(ctx, func(values []any) error {
		r, err := h.hash(values)
		if err != nil {
			return err
		}
		d.add(r)
		if progress != nil && d.rows%1024 == 0 && time.Since(told) >= time.Second {
			told = time.Now()
			progress(Progress{Table: t, Side: side, Rows: d.rows})
		}
		return nil
	})
	if err == nil && progress != nil {
		progress(Progress{Table: t, Side: side, Rows: d.rows, Done: true})
	}
	return d, err
}
