// SPDX-License-Identifier: Apache-2.0

package phases

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// What may be given at once: bytes of one script and of all, and how many.
const (
	MaxScript  = 256 << 10
	MaxScripts = 4 << 20
	maxFiles   = 200
)

// ScriptsIn reads a file that was given: one script, or a zip of several. Other files in a zip are passed over.
func ScriptsIn(name string, content []byte) ([]GivenScript, error) {
	if len(content) > MaxScripts {
		return nil, fmt.Errorf("%s is larger than %d kB", name, MaxScripts>>10)
	}
	if !strings.EqualFold(path.Ext(name), ".zip") {
		if len(content) > MaxScript {
			return nil, fmt.Errorf("%s is larger than %d kB", name, MaxScript>>10)
		}
		return []GivenScript{{Name: name, SQL: string(content)}}, nil
	}
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return nil, fmt.Errorf("%s is no zip file", name)
	}
	var list []GivenScript
	total := 0
	for _, f := range archive.File {
		base := path.Base(strings.ReplaceAll(f.Name, `\`, "/"))
		if f.FileInfo().IsDir() || strings.HasPrefix(base, ".") || !strings.EqualFold(path.Ext(base), ".sql") {
			continue
		}
		if len(list) == maxFiles {
			return nil, fmt.Errorf("%s holds more than %d scripts", name, maxFiles)
		}
		text, err := readBounded(f.Open)
		if err != nil {
			return nil, fmt.Errorf("%s in %s: %w", base, name, err)
		}
		if total += len(text); total > MaxScripts {
			return nil, fmt.Errorf("the scripts in %s are larger than %d kB together", name, MaxScripts>>10)
		}
		list = append(list, GivenScript{Name: base, SQL: string(text)})
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("there is no .sql file in %s", name)
	}
	return list, nil
}

var errTooLong = fmt.Errorf("it is larger than %d kB", MaxScript>>10)

func readBounded(open func() (io.ReadCloser, error)) ([]byte, error) {
	r, err := open()
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }()
	text, err := io.ReadAll(io.LimitReader(r, MaxScript+1))
	if err == nil && len(text) > MaxScript {
		err = errTooLong
	}
	return text, err
}

// ScriptsFrom reads the scripts of a folder and of those in it, by their names.
func ScriptsFrom(folder fs.FS) ([]GivenScript, error) {
	var list []GivenScript
	err := fs.WalkDir(folder, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.EqualFold(path.Ext(name), ".sql") {
			return err
		}
		if len(list) == maxFiles {
			return fmt.Errorf("there are more than %d scripts", maxFiles)
		}
		text, err := readBounded(func() (io.ReadCloser, error) { return folder.Open(name) })
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		list = append(list, GivenScript{Name: name, SQL: string(text)})
		return nil
	})
	if err == nil && len(list) == 0 {
		err = errors.New("there is no .sql file in the folder")
	}
	slices.SortFunc(list, func(a, b GivenScript) int { return strings.Compare(a.Name, b.Name) })
	return list, err
}
