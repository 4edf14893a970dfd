// SPDX-License-Identifier: Apache-2.0

package dict

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/ferryman/ferryman/internal/exportcsv"
)

// Relation is the content of one CSV file. Oracle has no empty string: an empty field is NULL.
type Relation struct {
	Columns []string
	Rows    [][]string
}

// Index returns the position of a column, -1 where the file does not have it.
func (r *Relation) Index(column string) int {
	if r == nil {
		return -1
	}
	return slices.Index(r.Columns, column)
}

// Header returns the columns' names, none for a file that is not there.
func (r *Relation) Header() []string {
	if r == nil {
		return nil
	}
	return r.Columns
}

// Each calls f for every row with a function that reads a field by its column's name; absent columns are empty.
func (r *Relation) Each(f func(get func(column string) string)) {
	if r == nil {
		return
	}
	at := make(map[string]int, len(r.Columns))
	for i, name := range r.Columns {
		at[name] = i
	}
	for _, row := range r.Rows {
		f(func(column string) string {
			if i, ok := at[column]; ok {
				return row[i]
			}
			return ""
		})
	}
}

// Export is a dictionary export, or several read as one.
type Export struct {
	// Relations are the views by name without ALL_, or DBA_ where there is no ALL_ view.
	Relations map[string]*Relation
	// data finds the file with a table's rows by the table's name, per schema.
	data map[Name]dataFile
}

type dataFile struct {
	fsys fs.FS
	path string
}

// Name is an object's owner and name.
type Name struct{ Owner, Name string }

func (n Name) String() string { return n.Owner + "." + n.Name }

// Read reads export directories into one. It fails when a directory has no ALL_TABLES.csv, when a file is not well-formed, or when
// two directories describe the same schema.
func Read(dirs ...fs.FS) (*Export, error) {
	e := &Export{Relations: map[string]*Relation{}, data: map[Name]dataFile{}}
	owners := map[string]bool{}
	for _, dir := range dirs {
		var files []string
		for _, pattern := range []string{"ALL_*.csv", "DBA_*.csv"} {
			some, err := fs.Glob(dir, pattern)
			if err != nil {
				return nil, err
			}
			files = append(files, some...)
		}
		if !slices.Contains(files, "ALL_TABLES.csv") {
			return nil, errors.New("dictionary export: there is no ALL_TABLES.csv in the directory")
		}
		mine := map[string]bool{}
		for _, file := range files {
			relation, err := readCSV(dir, file)
			if err != nil {
				return nil, err
			}
			view := strings.TrimSuffix(file[len("ALL_"):], ".csv")
			if view == "TABLES" || view == "OBJECTS" {
				relation.Each(func(get func(string) string) { mine[get("OWNER")] = true })
			}
			e.add(view, relation)
		}
		delete(mine, "PUBLIC")
		for owner := range mine {
			if owners[owner] {
				return nil, fmt.Errorf("dictionary export: schema %s is in two directories", owner)
			}
			owners[owner] = true
		}
		if err := e.findData(dir, mine); err != nil {
			return nil, err
		}
	}
	return e, nil
}

// findData pairs data/<TABLE>.csv with the tables of the directory's schemas; with several schemas, data/<OWNER>.<TABLE>.csv.
func (e *Export) findData(dir fs.FS, owners map[string]bool) error {
	files, err := fs.Glob(dir, "data/*.csv")
	if err != nil {
		return err
	}
	tables := map[Name]bool{}
	e.Relations["TABLES"].Each(func(get func(string) string) { tables[Name{get("OWNER"), get("TABLE_NAME")}] = true })
	for _, file := range files {
		base := strings.TrimSuffix(path.Base(file), ".csv")
		found := false
		for owner := range owners {
			table, _ := strings.CutPrefix(base, owner+".")
			if name := (Name{owner, table}); tables[name] {
				e.data[name], found = dataFile{dir, file}, true
			}
		}
		if !found {
			return fmt.Errorf("dictionary export: %s belongs to no table of ALL_TABLES.csv", file)
		}
	}
	return nil
}

// add appends rows to a view, by the columns' names.
func (e *Export) add(view string, r *Relation) {
	have := e.Relations[view]
	if have == nil {
		e.Relations[view] = r
		return
	}
	for _, column := range r.Columns {
		if have.Index(column) < 0 {
			have.Columns = append(have.Columns, column)
			for i := range have.Rows {
				have.Rows[i] = append(have.Rows[i], "")
			}
		}
	}
	for _, row := range r.Rows {
		fields := make([]string, len(have.Columns))
		for i, column := range r.Columns {
			fields[have.Index(column)] = row[i]
		}
		have.Rows = append(have.Rows, fields)
	}
}

// Data reads the rows of a table, nil where the export has none for it.
func (e *Export) Data(table Name) (*Relation, error) {
	file, ok := e.data[table]
	if !ok {
		return nil, nil
	}
	return readCSV(file.fsys, file.path)
}

func readCSV(dir fs.FS, file string) (*Relation, error) {
	f, err := dir.Open(file)
	if err != nil {
		return nil, fmt.Errorf("dictionary export: %w", err)
	}
	defer f.Close()
	r := exportcsv.NewReader(f, maxFile)
	relation := &Relation{}
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("dictionary export: %s: %w", file, err)
		}
		if relation.Columns == nil {
			relation.Columns = slices.Clone(record)
		} else {
			relation.Rows = append(relation.Rows, slices.Clone(record))
		}
	}
	if relation.Columns == nil {
		return nil, fmt.Errorf("dictionary export: %s is empty: the first line names the columns", file)
	}
	return relation, nil
}

// maxFile bounds a file of an export in bytes.
const maxFile = 4 << 30
