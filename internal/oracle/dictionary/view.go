// SPDX-License-Identifier: Apache-2.0

package dictionary

import (
	"cmp"
	"reflect"
	"slices"
	"strings"
	"time"
)

// View is one dictionary view as Dictionary keeps it.
type View struct {
	Name string // ALL_TABLES
	// OwnerColumn is the column that a schema is looked for in.
	OwnerColumn string
	// Paid says that it needs an option of Oracle that is paid for.
	Paid    bool
	field   int
	columns []viewColumn
}

type viewColumn struct {
	name  string
	dba   string // its name in the DBA_ view
	field int    // -1 is none
	trait int    // the field in the traits of field, or -1
	kind  columnKind
}

// of is the column's value in a row.
func (c *viewColumn) of(row reflect.Value) reflect.Value {
	v := row.Field(c.field)
	if c.trait >= 0 {
		v = v.Elem().Field(c.trait)
	}
	return v
}

type columnKind int

const (
	kindText columnKind = iota
	kindDecimal
	kindNumber
	kindNullableNumber
	kindDate
)

var allViews = readViews()

// Views lists every view of a Dictionary.
func Views() []View { return allViews }

// ViewNamed finds a view; ok is false where a Dictionary has no such view.
func ViewNamed(name string) (v View, ok bool) {
	i := slices.IndexFunc(allViews, func(v View) bool { return v.Name == name })
	if i < 0 {
		return View{}, false
	}
	return allViews[i], true
}

// Columns lists the columns of the view that are read.
func (v View) Columns() []string {
	names := make([]string, len(v.columns))
	for i, c := range v.columns {
		names[i] = c.name
	}
	return names
}

// Origin is a view of a live Oracle that holds the rows of a View.
type Origin struct {
	Name string // DBA_TABLES, ALL_TABLES, USER_SEGMENTS
	// Whole says that it holds every row whoever asks; Own that it holds those of the session's user alone and has no column for the owner.
	Whole, Own bool
	dba        bool
}

// Origins are the views that hold the rows, best first: DBA_ before ALL_, and before USER_ where there is no ALL_.
func (v View) Origins() []Origin {
	if rest, ok := strings.CutPrefix(v.Name, "DBA_"); ok {
		return []Origin{{Name: v.Name, Whole: true, dba: true}, {Name: "USER_" + rest, Own: true}}
	}
	return []Origin{{Name: "DBA_" + strings.TrimPrefix(v.Name, "ALL_"), Whole: true, dba: true}, {Name: v.Name}}
}

// ColumnIn is what an origin calls a column of the view.
func (v View) ColumnIn(o Origin, column string) string {
	if c, ok := v.column(column); ok && o.dba {
		return c.dba
	}
	return column
}

// Rows counts the rows that d has of the view.
func (v View) Rows(d *Dictionary) int { return reflect.ValueOf(d).Elem().Field(v.field).Len() }

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
		v := View{Name: name, OwnerColumn: f.Tag.Get("owner"), Paid: f.Tag.Get("paid") != "", field: i}
		row := f.Type.Elem()
		for j := range row.NumField() {
			if field := row.Field(j); !field.Anonymous {
				v.columns = append(v.columns, columnOf(field, j, -1))
			} else {
				for k := range field.Type.Elem().NumField() {
					v.columns = append(v.columns, columnOf(field.Type.Elem().Field(k), j, k))
				}
			}
		}
		order := columnOrder[name]
		slices.SortStableFunc(v.columns, func(a, b viewColumn) int {
			return cmp.Compare(slices.Index(order, a.name), slices.Index(order, b.name))
		})
		views = append(views, v)
	}
	return views
}

func columnOf(f reflect.StructField, field, trait int) viewColumn {
	c := viewColumn{name: f.Tag.Get("ora"), dba: f.Tag.Get("dba"), field: field, trait: trait, kind: kindOf(f.Type)}
	if c.dba == "" {
		c.dba = c.name
	}
	return c
}

// columnOrder is the order of the columns where it is not that of the fields.
var columnOrder = map[string][]string{
	"ALL_TAB_COLS": strings.Fields("OWNER TABLE_NAME COLUMN_NAME DATA_TYPE DATA_TYPE_OWNER DATA_LENGTH DATA_PRECISION DATA_SCALE NULLABLE COLUMN_ID " +
		"DATA_DEFAULT CHAR_LENGTH CHAR_USED VIRTUAL_COLUMN HIDDEN_COLUMN IDENTITY_COLUMN DEFAULT_ON_NULL INTERNAL_COLUMN_ID SEGMENT_COLUMN_ID USER_GENERATED"),
	"ALL_CONSTRAINTS": strings.Fields("OWNER CONSTRAINT_NAME CONSTRAINT_TYPE TABLE_NAME SEARCH_CONDITION R_OWNER R_CONSTRAINT_NAME DELETE_RULE STATUS " +
		"DEFERRABLE DEFERRED VALIDATED GENERATED RELY INDEX_OWNER INDEX_NAME INVALID"),
}

func kindOf(t reflect.Type) columnKind {
	switch t {
	case reflect.TypeFor[string]():
		return kindText
	case reflect.TypeFor[Decimal]():
		return kindDecimal
	case reflect.TypeFor[int64]():
		return kindNumber
	case reflect.TypeFor[*int64]():
		return kindNullableNumber
	case reflect.TypeFor[time.Time]():
		return kindDate
	}
	panic("a dictionary row with a field of type " + t.String())
}
