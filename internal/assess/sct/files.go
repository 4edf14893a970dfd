// SPDX-License-Identifier: Apache-2.0

package sct

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"

	"github.com/ferryman/ferryman/internal/assess"
)

// Bounds of what is read: a report of 100,000 action items has some 60 MB.
const (
	maxFile  = 256 << 20
	maxAll   = 512 << 20
	maxFiles = 2000
)

// kind is which of the files one is.
type kind string

const (
	items      kind = "the action items"
	counts     kind = "the action items' summary"
	categories kind = "the summary"
	aggregated kind = "the aggregated report"
	stubs      kind = "the stub objects"
)

// file is one CSV file of a report, with its columns found.
type file struct {
	name   string
	kind   kind
	header []string
	// at is the position of a column by its key.
	at   map[string]int
	rows []row // without the header
	end  int   // the number of its last line
}

// columns are the headers by which a kind of file is known, each with its other names: the user guides leave some out and word
// others differently from what the tools write. A name that ends in "?" may be missing.
var columns = map[kind]map[string][]string{
	items: {
		"category": {"Category"}, "occurrence": {"Occurrence"}, "code": {"Action item"}, "subject": {"Subject"}, "group": {"Group"},
		"description": {"Description"}, "hint": {"Recommended action"}, "schema": {"Schema name", "Schema"},
		"line?": {"Line"}, "position?": {"Position"}, "filtered?": {"Filtered"}, "complexity?": {"Estimated complexity", "Complexity"},
	},
	counts: {
		"schema": {"Schema", "Schema name"}, "code": {"Action item"}, "count": {"Number of occurrences"},
		"learning": {"Learning curve efforts"},
		"each":     {"Efforts to convert an occurrence of the action item", "Efforts to convert an occurrence"},
		"group?":   {"Action item description"}, "hint?": {"Recommended action"},
	},
	categories: {
		"category": {"Category"}, "count": {"Number of objects"}, "converted": {"Objects automatically converted"},
		"simple": {"Objects with simple actions"}, "medium": {"Objects with medium-complexity actions"},
		"complex": {"Objects with complex actions", "Objects with significant actions"}, "lines?": {"Total lines of code"},
	},
	aggregated: {"server": {"Server IP address and port"}, "schema": {"Schema name", "Schema"}, "name": {"Name"}},
	stubs:      {"category": {"Category"}, "stub": {"Stub object name"}, "count": {"Number of occurrences"}},
}

// order in which a header is tried.
var order = []kind{items, counts, categories, aggregated, stubs}

// readFiles reads every CSV file below the root.
func readFiles(root fs.FS) ([]*file, error) {
	var all []*file
	var size int64
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return fmt.Errorf("read the report: %w", err)
		}
		if strings.HasPrefix(path.Base(name), ".") && name != "." || strings.HasPrefix(name, "__MACOSX") {
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if entry.IsDir() || !strings.EqualFold(path.Ext(name), ".csv") {
			return nil
		}
		if len(all) == maxFiles {
			return &Error{What: fmt.Sprintf("there are more than %d CSV files; give the folder of one report", maxFiles)}
		}
		content, err := readFile(root, name)
		if err != nil {
			return err
		}
		if size += int64(len(content)); size > maxAll {
			return &Error{What: fmt.Sprintf("the files have more than %d MB; give the folder of one report", maxAll>>20)}
		}
		f, err := classify(name, content)
		if err != nil {
			return err
		}
		all = append(all, f)
		return nil
	})
	return all, err
}

func readFile(root fs.FS, name string) ([]byte, error) {
	f, err := root.Open(name)
	if err != nil {
		return nil, fmt.Errorf("read the report: %w", err)
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, &Error{File: name, What: "can't be read to its end: " + err.Error()}
	}
	if len(content) > maxFile {
		return nil, &Error{File: name, What: fmt.Sprintf("has more than %d MB", maxFile>>20)}
	}
	return content, nil
}

// classify finds out which file it is and where its columns are.
func classify(name string, content []byte) (*file, error) {
	rows, err := parse(name, content)
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 || rows[0].blank {
		return nil, &Error{name, 1, "there is no header; the file is empty or was cut"}
	}
	header := map[string]int{}
	for i, title := range rows[0].fields {
		header[strings.ToLower(strings.TrimSpace(title))] = i
	}
	var best kind
	var missing []string
	for _, k := range order {
		at, lacking := find(header, columns[k])
		if len(lacking) == 0 {
			return &file{name: name, kind: k, header: rows[0].fields, at: at, rows: rows[1:], end: rows[len(rows)-1].line}, nil
		}
		if n := len(columns[k]) - len(lacking); n > len(lacking) && (best == "" || len(lacking) < len(missing)) {
			best, missing = k, lacking
		}
	}
	if best != "" {
		return nil, &Error{name, 1, fmt.Sprintf("this is %s of a report, but it has no column %q", best, missing[0])}
	}
	return nil, &Error{name, 1, "these are not the columns of any file of AWS's conversion reports; its first is " + shown(rows[0].fields[0])}
}

func find(header map[string]int, wanted map[string][]string) (at map[string]int, missing []string) {
	at = map[string]int{}
	for key, names := range wanted {
		found := false
		for _, n := range names {
			if i, ok := header[strings.ToLower(n)]; ok {
				at[strings.TrimSuffix(key, "?")], found = i, true
				break
			}
		}
		if !found && !strings.HasSuffix(key, "?") {
			missing = append(missing, names[0])
		}
	}
	return at, missing
}

// get is a field of a row; empty where the file has no such column.
func (f *file) get(r row, key string) string {
	i, ok := f.at[key]
	if !ok || i >= len(r.fields) {
		return ""
	}
	return strings.TrimSpace(r.fields[i])
}

func (f *file) wrong(r row, format string, args ...any) error {
	return &Error{f.name, r.line, fmt.Sprintf(format, args...)}
}

// shown is a value for an error: short, on one line.
func shown(text string) string {
	if runes := []rune(text); len(runes) > 60 {
		text = string(runes[:60]) + "…"
	}
	return fmt.Sprintf("%q", text)
}

// Open opens a report: a directory, or a zip file as Schema Conversion exports it. The caller closes it.
func Open(name string) (fs.FS, io.Closer, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, nil, fmt.Errorf("open the report: %w", err)
	}
	if info.IsDir() {
		return os.DirFS(name), io.NopCloser(nil), nil
	}
	archive, err := zip.OpenReader(name)
	if errors.Is(err, zip.ErrFormat) {
		return nil, nil, &Error{File: name, What: "is neither a directory nor a whole zip file"}
	}
	if err != nil {
		return nil, nil, fmt.Errorf("open the report %s: %w", name, err)
	}
	return archive, archive, nil
}

// ReadPath reads the report in a directory or a zip file.
func ReadPath(name string) (*assess.Report, error) {
	root, closer, err := Open(name)
	if err != nil {
		return nil, err
	}
	defer closer.Close()
	return Read(root)
}
