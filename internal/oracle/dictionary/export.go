// SPDX-License-Identifier: Apache-2.0

package dictionary

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"

	"github.com/ferryman/ferryman/internal/exportcsv"
)

// Bounds of an export: a file that is larger, or has more rows, is refused rather than read into memory.
const (
	MaxFileBytes = 512 << 20
	MaxRows      = 5_000_000
)

// ExportError says which file of an export, and where in it, is broken.
type ExportError struct {
	File string
	Line int // 0 where the whole file is meant
	Err  error
}

func (e *ExportError) Error() string {
	if e.Line > 0 {
		return fmt.Sprintf("dictionary export: %s, line %d: %v", e.File, e.Line, e.Err)
	}
	return fmt.Sprintf("dictionary export: %s: %v", e.File, e.Err)
}

func (e *ExportError) Unwrap() error { return e.Err }

// ReadExport reads a directory with one CSV file per view. A file that is not there makes its view unknown. The schemas are those
// that own a row of ALL_OBJECTS, PUBLIC aside. Errors are *ExportError.
func ReadExport(dir fs.FS) (*Dictionary, error) {
	d := &Dictionary{}
	for _, v := range Views() {
		err := readView(d, dir, v, v.Name)
		if errors.Is(err, fs.ErrNotExist) && v.Name == "ALL_TAB_COLS" {
			if err = readView(d, dir, v, "ALL_TAB_COLUMNS"); err == nil {
				d.SetUnknown("ALL_TAB_COLS.INTERNAL_COLUMN_ID", "only ALL_TAB_COLUMNS.csv is in the export: hidden columns are missing")
			}
		}
		if errors.Is(err, fs.ErrNotExist) {
			d.SetUnknown(v.Name, v.Name+".csv is not in the export")
			continue
		}
		if err != nil {
			return nil, err
		}
	}
	if !d.Knows("ALL_OBJECTS") {
		return nil, &ExportError{File: "ALL_OBJECTS.csv", Err: errors.New(
			"the file is missing; is this the directory of a dictionary export? It has one CSV file per dictionary view")}
	}
	for _, o := range d.Objects {
		if o.Owner != "PUBLIC" && !d.InScope(o.Owner) {
			d.Schemas = append(d.Schemas, o.Owner)
		}
	}
	slices.Sort(d.Schemas)
	d.Sealed()
	var err error
	if d.Numbers, err = ReadNumbers(dir); err != nil {
		return nil, err
	}
	m, err := ReadManifest(dir)
	if err != nil {
		return nil, err
	}
	if m != nil {
		if err := m.apply(d); err != nil {
			return nil, err
		}
	}
	return d, nil
}

func readView(d *Dictionary, dir fs.FS, v View, name string) error {
	file := name + ".csv"
	f, err := dir.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err != nil {
		return &ExportError{File: file, Err: err}
	}
	defer f.Close()
	r := exportcsv.NewReader(f, MaxFileBytes)
	header, err := r.Read()
	if err != nil {
		return csvError(file, err)
	}
	columns := slices.Clone(header)
	if err := checkHeader(d, v, columns); err != nil {
		return &ExportError{File: file, Line: 1, Err: err}
	}
	rowsOf := v.Appender(d, columns)
	defer rowsOf.End()
	for rows := 0; ; rows++ {
		record, err := r.Read()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return csvError(file, err)
		}
		if rows == MaxRows {
			return &ExportError{File: file, Line: r.Line(), Err: fmt.Errorf("it has more than %d rows", MaxRows)}
		}
		if err := rowsOf.AddText(record); err != nil {
			return &ExportError{File: file, Line: r.Line(), Err: err}
		}
	}
}

// checkHeader wants the owner's column and the object's name, and notes what else is missing as unknown.
func checkHeader(d *Dictionary, v View, columns []string) error {
	seen := map[string]bool{}
	for _, c := range columns {
		if seen[c] {
			return fmt.Errorf("column %q is there twice", clip(c))
		}
		seen[c] = true
	}
	if !seen[v.OwnerColumn] {
		return fmt.Errorf("column %s is missing; the first line must name the columns as Oracle does", v.OwnerColumn)
	}
	for _, c := range v.Columns() {
		if !seen[c] {
			d.SetUnknown(v.Name+"."+c, "the column is not in the export")
		}
	}
	return nil
}

func csvError(file string, err error) error {
	var fault *exportcsv.Error
	switch {
	case errors.Is(err, exportcsv.ErrTooLarge):
		return &ExportError{File: file, Err: fmt.Errorf("it is larger than %d MB", MaxFileBytes>>20)}
	case errors.As(err, &fault):
		return &ExportError{File: file, Line: fault.Line, Err: fault.Err}
	case err == io.EOF:
		return &ExportError{File: file, Line: 1, Err: errors.New("the file is empty; its first line must name the columns")}
	}
	return &ExportError{File: file, Err: err}
}
