// SPDX-License-Identifier: Apache-2.0

package oracle

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// quote quotes an identifier. Oracle's can't hold a quotation mark or a NUL; they are left out rather than passed on.
func quote(name string) string {
	return `"` + strings.NewReplacer(`"`, "", "\x00", "").Replace(name) + `"`
}

// binds are the placeholders :first, :first+1, … for n values.
func binds(first, n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = ":" + strconv.Itoa(first+i)
	}
	return strings.Join(list, ", ")
}

func anys(values []string) []any {
	out := make([]any, len(values))
	for i, v := range values {
		out[i] = v
	}
	return out
}

// each runs a query and calls fn for every row. The slice is used again for the next row.
func (x *session) each(ctx context.Context, query string, args []any, fn func([]any) error) error {
	rows, err := x.db.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	values, into := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		into[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		if err := fn(values); err != nil {
			return err
		}
	}
	return rows.Err()
}

// each runs a query on a session of its own.
func (s *Source) each(ctx context.Context, query string, args []any, fn func([]any) error) error {
	return s.with(ctx, func(x *session) error { return x.each(ctx, query, args, fn) })
}

// Values of a result, as go-ora gives them: NUMBER is a string, or an integer or float where it fits.

func str(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case []byte:
		return string(v)
	case time.Time:
		return v.Format("2006-01-02 15:04:05")
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	default:
		return fmt.Sprint(v)
	}
}

func integer(v any) int64 {
	n, _ := strconv.ParseInt(str(v), 10, 64)
	return n
}

func moment(v any) time.Time {
	t, _ := v.(time.Time)
	return t
}

// wallClock is a DATE as it is written in Oracle, which keeps no zone with it.
func wallClock(v any) any {
	if t, ok := v.(time.Time); ok {
		return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
	}
	return v
}
