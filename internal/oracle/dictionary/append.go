// SPDX-License-Identifier: Apache-2.0

package dictionary

import (
	"errors"
	"fmt"
	"reflect"
	"unicode/utf8"
)

// Appender adds rows to one view of a Dictionary. End must be called after the last.
type Appender struct {
	rows    reflect.Value
	blocks  []reflect.Value // full ones, each of blockRows rows
	block   reflect.Value
	n       int // rows in block
	columns []viewColumn
	last    []string // of each column, the text of the row before: mostly that of this one too
	texts   *shared
}

// blockRows is how many rows are kept together until their number is known: growing one slice of a million rows would take the
// memory of two.
const blockRows = 4096

// Appender makes one for rows with these columns; a column that the view does not have is passed over. Texts are shared with those
// that the dictionary has already. After an error the row is not to be used.
func (v View) Appender(d *Dictionary, columns []string) *Appender {
	if d.shared == nil {
		d.shared = newShared()
	}
	a := &Appender{rows: reflect.ValueOf(d).Elem().Field(v.field), columns: make([]viewColumn, len(columns)), last: make([]string, len(columns)), texts: d.shared}
	for i, name := range columns {
		c, ok := v.column(name)
		if !ok {
			c.field = -1
		}
		a.columns[i] = c
	}
	return a
}

// Add adds one row. A value is nil, string, []byte, int64, float64 or time.Time, in the order of the columns.
func (a *Appender) Add(values []any) error {
	row := a.next()
	for i := range a.columns {
		c := &a.columns[i]
		if c.field < 0 || values[i] == nil {
			continue
		}
		var err error
		if text, ok := values[i].(string); ok {
			err = a.setText(c.of(row), c, i, text)
		} else {
			err = a.setValue(c.of(row), c, i, values[i])
		}
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
	}
	a.texts.end(row.Addr().Interface())
	return nil
}

// AddText adds one row of texts; an empty one is NULL.
func (a *Appender) AddText(values []string) error {
	row := a.next()
	for i := range a.columns {
		if c := &a.columns[i]; c.field >= 0 {
			if err := a.setText(c.of(row), c, i, values[i]); err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
		}
	}
	a.texts.end(row.Addr().Interface())
	return nil
}

// Rows is how many rows were added.
func (a *Appender) Rows() int { return len(a.blocks)*blockRows + a.n }

// End puts the rows into the dictionary.
func (a *Appender) End() {
	if a.Rows() == 0 {
		return
	}
	have := a.rows.Len()
	all := reflect.MakeSlice(a.rows.Type(), have+a.Rows(), have+a.Rows())
	reflect.Copy(all, a.rows)
	at := have
	for i := range a.blocks {
		at += reflect.Copy(all.Slice(at, all.Len()), a.blocks[i])
		a.blocks[i] = reflect.Value{}
	}
	reflect.Copy(all.Slice(at, all.Len()), a.block.Slice(0, a.n))
	a.rows.Set(all)
	a.blocks, a.block, a.n = nil, reflect.Value{}, 0
}

// Take moves the rows of a view from another dictionary, with all that is unknown or limited there.
func (d *Dictionary) Take(v View, from *Dictionary) {
	mine, theirs := reflect.ValueOf(d).Elem().Field(v.field), reflect.ValueOf(from).Elem().Field(v.field)
	mine.Set(theirs)
	theirs.SetZero()
	for what, why := range from.Unknown {
		d.SetUnknown(what, why)
	}
	d.Limited = append(d.Limited, from.Limited...)
	from.Unknown, from.Limited = nil, nil
}

// next makes room for a row.
func (a *Appender) next() reflect.Value {
	if !a.block.IsValid() || a.n == blockRows {
		if a.block.IsValid() {
			a.blocks = append(a.blocks, a.block)
		}
		size := blockRows
		a.block, a.n = reflect.MakeSlice(a.rows.Type(), size, size), 0
	}
	a.n++
	row := a.block.Index(a.n - 1)
	a.texts.begin(row.Addr().Interface())
	return row
}

func (a *Appender) setText(field reflect.Value, c *viewColumn, i int, text string) error {
	if text == "" {
		return nil
	}
	switch c.kind {
	case kindText, kindDecimal:
		if text == a.last[i] {
			field.SetString(a.last[i])
			return nil
		}
		if !utf8.ValidString(text) {
			return errors.New("it is not UTF-8")
		}
		if c.kind == kindDecimal && !isDecimal(text) {
			return fmt.Errorf("%q is not a whole number", clip(text))
		}
		a.last[i] = a.texts.text(text)
		field.SetString(a.last[i])
	case kindNumber, kindNullableNumber:
		n, ok := parseInt(text)
		if !ok {
			return fmt.Errorf("%q is not a whole number of 64 bits", clip(text))
		}
		setNumber(field, c.kind, n)
	case kindDate:
		t, err := parseTime(text)
		if err != nil {
			return err
		}
		setTime(field, t)
	}
	return nil
}
