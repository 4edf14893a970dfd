// SPDX-License-Identifier: Apache-2.0

package dictionary

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ferryman/ferryman/internal/exportcsv"
)

// WriteExport writes d to a directory, one CSV file per view that is known, in the format that ReadExport reads. Files that are
// there already are replaced.
func WriteExport(d *Dictionary, dir string) error {
	for _, v := range Views() {
		if !d.Knows(v.Name) {
			continue
		}
		for _, file := range v.Files() {
			if err := d.writeFile(v, file, filepath.Join(dir, file)); err != nil {
				return fmt.Errorf("dictionary export: %w", err)
			}
		}
	}
	return nil
}

func (d *Dictionary) writeFile(v View, file, path string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := d.WriteView(f, v, file); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

// Files are a view's files in an export. ALL_TAB_COLS has a second one, ALL_TAB_COLUMNS, without hidden columns.
func (v View) Files() []string {
	if v.Name == "ALL_TAB_COLS" {
		return []string{"ALL_TAB_COLS.csv", columnsFile}
	}
	return []string{v.Name + ".csv"}
}

const columnsFile = "ALL_TAB_COLUMNS.csv"

// notInColumns are the columns of ALL_TAB_COLS that ALL_TAB_COLUMNS.csv does not have.
var notInColumns = []string{"DEFAULT_ON_NULL", "INTERNAL_COLUMN_ID", "SEGMENT_COLUMN_ID", "USER_GENERATED"}

// quotedColumns are LONG or CLOB, or texts of people: always in quotation marks.
var quotedColumns = []string{"TEXT", "DATA_DEFAULT", "SEARCH_CONDITION", "TRIGGER_BODY", "QUERY", "HIGH_VALUE", "COMMENTS", "COLUMN_EXPRESSION",
	"ACCESS_PARAMETERS", "WHAT"}

// WriteView writes one of a view's files. The rows are in the order of their columns' values, from the first column on, so that the same
// rows make the same file.
func (d *Dictionary) WriteView(out io.Writer, v View, file string) error {
	w := exportcsv.NewWriter(out)
	var columns []viewColumn
	var quoted []bool
	for _, c := range v.columns {
		if d.KnowsColumn(v.Name, c.name) && (file != columnsFile || !slices.Contains(notInColumns, c.name)) {
			columns, quoted = append(columns, c), append(quoted, slices.Contains(quotedColumns, c.name))
			w.Field(c.name, false)
		}
	}
	w.End()
	rows := reflect.ValueOf(d).Elem().Field(v.field)
	for _, i := range ordered(rows, columns) {
		row := rows.Index(i)
		if file == columnsFile && d.Columns[i].Hidden == "YES" {
			continue
		}
		for j, c := range columns {
			w.Field(cell(c.of(row), c.kind), quoted[j])
		}
		w.End()
	}
	return w.Flush()
}

func ordered(rows reflect.Value, columns []viewColumn) []int {
	list := make([]int, rows.Len())
	for i := range list {
		list[i] = i
	}
	slices.SortStableFunc(list, func(a, b int) int {
		x, y := rows.Index(a), rows.Index(b)
		for _, c := range columns {
			if order := compare(c.of(x), c.of(y), c.kind); order != 0 {
				return order
			}
		}
		return 0
	})
	return list
}

func compare(a, b reflect.Value, kind columnKind) int {
	switch kind {
	case kindNumber:
		return cmp.Compare(a.Int(), b.Int())
	case kindNullableNumber:
		if a.IsNil() || b.IsNil() {
			return cmp.Compare(truth(a.IsNil()), truth(b.IsNil()))
		}
		return cmp.Compare(a.Elem().Int(), b.Elem().Int())
	case kindDate:
		return date(a).Compare(date(b))
	}
	return strings.Compare(a.String(), b.String())
}

func truth(b bool) int {
	if b {
		return 1
	}
	return 0
}

func date(v reflect.Value) time.Time { return v.Interface().(time.Time) }

// cell is a value as an export has it.
func cell(v reflect.Value, kind columnKind) string {
	switch kind {
	case kindNumber:
		return strconv.FormatInt(v.Int(), 10)
	case kindNullableNumber:
		if v.IsNil() {
			return ""
		}
		return strconv.FormatInt(v.Elem().Int(), 10)
	case kindDate:
		if t := date(v); !t.IsZero() {
			return t.Format(dateLayout)
		}
		return ""
	}
	return v.String()
}
