// SPDX-License-Identifier: Apache-2.0

package dictionary

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"time"
)

// WriteExport writes d to a directory, one CSV file per view that is known, in the format that ReadExport reads. Files that are
// there already are replaced.
func WriteExport(d *Dictionary, dir string) error {
	for _, v := range Views() {
		if !d.Knows(v.Name) {
			continue
		}
		if err := writeView(d, v, filepath.Join(dir, v.Name+".csv")); err != nil {
			return fmt.Errorf("dictionary export: %w", err)
		}
	}
	return nil
}

func writeView(d *Dictionary, v View, path string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	var columns []viewColumn
	var names []string
	for _, c := range v.columns {
		if d.KnowsColumn(v.Name, c.name) {
			columns, names = append(columns, c), append(names, c.name)
		}
	}
	fmt.Fprintln(w, strings.Join(names, ","))
	rows := reflect.ValueOf(d).Elem().Field(v.field)
	for i := range rows.Len() {
		for j, c := range columns {
			if j > 0 {
				w.WriteByte(',')
			}
			w.WriteString(cell(rows.Index(i).Field(c.field)))
		}
		w.WriteByte('\n')
	}
	if err := w.Flush(); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

func cell(v reflect.Value) string {
	var text string
	switch x := v.Interface().(type) {
	case time.Time:
		if !x.IsZero() {
			text = x.Format(dateLayout)
		}
	case *int64:
		if x != nil {
			text = fmt.Sprint(*x)
		}
	default:
		text = fmt.Sprint(x)
	}
	if strings.ContainsAny(text, ",\"\r\n") || text != strings.TrimSpace(text) {
		return `"` + strings.ReplaceAll(text, `"`, `""`) + `"`
	}
	return text
}
