// SPDX-License-Identifier: Apache-2.0

package dictionary

import (
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// View is one dictionary view as Dictionary keeps it.
type View struct {
	Name string // ALL_TABLES
	// OwnerColumn is the column that a schema is looked for in.
	OwnerColumn string
	field       int
	columns     []viewColumn
}

type viewColumn struct {
	name  string
	field int
}

var allViews = readViews()

// Views lists every view of a Dictionary.
func Views() []View { return allViews }

// Columns lists the columns of the view that are read.
func (v View) Columns() []string {
	names := make([]string, len(v.columns))
	for i, c := range v.columns {
		names[i] = c.name
	}
	return names
}

// Rows counts the rows that d has of the view.
func (v View) Rows(d *Dictionary) int { return reflect.ValueOf(d).Elem().Field(v.field).Len() }

// Append adds one row to d. A value is nil, string, []byte, int64, float64 or time.Time; a column that is not listed stays NULL.
func (v View) Append(d *Dictionary, columns []string, values []any) error {
	rows := reflect.ValueOf(d).Elem().Field(v.field)
	row := reflect.New(rows.Type().Elem()).Elem()
	for i, name := range columns {
		c, ok := v.column(name)
		if !ok {
			continue
		}
		if err := set(row.Field(c.field), values[i]); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	rows.Set(reflect.Append(rows, row))
	return nil
}

func (v View) column(name string) (viewColumn, bool) {
	for _, c := range v.columns {
		if c.name == name {
			return c, true
		}
	}
	return viewColumn{}, false
}

func readViews() []View {
	var views []View
	t := reflect.TypeFor[Dictionary]()
	for i := range t.NumField() {
		f := t.Field(i)
		name := f.Tag.Get("view")
		if name == "" {
			continue
		}
		v := View{Name: name, OwnerColumn: f.Tag.Get("owner"), field: i}
		row := f.Type.Elem()
		for j := range row.NumField() {
			v.columns = append(v.columns, viewColumn{row.Field(j).Tag.Get("ora"), j})
		}
		views = append(views, v)
	}
	return views
}

// dateLayout is DATE in an export.
const dateLayout = "2006-01-02 15:04:05"

func set(field reflect.Value, value any) error {
	if b, ok := value.([]byte); ok {
		value = string(b)
	}
	if value == nil || value == "" {
		return nil
	}
	switch field.Interface().(type) {
	case string, Decimal:
		text := asText(value)
		if !utf8.ValidString(text) {
			return errors.New("it is not UTF-8")
		}
		if _, ok := field.Interface().(Decimal); ok && !isDecimal(text) {
			return fmt.Errorf("%q is not a whole number", clip(text))
		}
		field.SetString(text)
	case int64, *int64:
		n, err := strconv.ParseInt(asText(value), 10, 64)
		if err != nil {
			return fmt.Errorf("%q is not a whole number of 64 bits", clip(asText(value)))
		}
		if field.Kind() == reflect.Pointer {
			field.Set(reflect.ValueOf(&n))
		} else {
			field.SetInt(n)
		}
	case time.Time:
		t, err := asTime(value)
		if err != nil {
			return err
		}
		field.Set(reflect.ValueOf(t))
	default:
		return fmt.Errorf("a field of type %s", field.Type())
	}
	return nil
}

func asText(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case time.Time:
		return v.Format(dateLayout)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	default:
		return fmt.Sprint(v)
	}
}

func asTime(value any) (time.Time, error) {
	if t, ok := value.(time.Time); ok {
		return t, nil
	}
	text := asText(value)
	for _, layout := range []string{dateLayout, time.RFC3339Nano, "2006-01-02 15:04:05.999999999 -07:00"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is not a date like %s", clip(text), dateLayout)
}

func isDecimal(s string) bool {
	s = strings.TrimPrefix(s, "-")
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// clip keeps a hostile value from filling a message.
func clip(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}
