// SPDX-License-Identifier: Apache-2.0

package oracle

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/ferryman/ferryman/internal/oracle/dictionary"
)

// SnapshotOptions says what a snapshot holds.
type SnapshotOptions struct {
	Schemas []string
	// Read is what is read; its Progress is called after each view that was read or was there already.
	Read dictionary.Options
	// Numbers measures how many digits the values of NUMBER columns have, where the dictionary leaves it open; nil does not. Measured is called
	// after each table with its number and how many there are.
	Numbers  *NumberLimits
	Measured func(table NumberTable, number, of int)
}

// SnapshotError means that a directory can't take the snapshot.
type SnapshotError struct{ Dir, Why string }

func (e *SnapshotError) Error() string { return "snapshot in " + e.Dir + ": " + e.Why }

// Snapshot writes a dictionary export into a directory, which it makes: a CSV file for each view that may be read, no rows of tables, and
// the manifest. Each file is written under another name and renamed when it is complete; the manifest says which are. A snapshot
// that was interrupted goes on where it was when it is taken again with the same options; views that are complete are not read again.
func (s *Source) Snapshot(ctx context.Context, dir string, opts SnapshotOptions) (*dictionary.Manifest, error) {
	if err := s.HaveSchemas(ctx, opts.Schemas); err != nil {
		return nil, err
	}
	w, err := s.snapshotIn(ctx, dir, opts)
	if err != nil {
		return nil, err
	}
	views := dictionary.Views()
	for i, v := range views {
		rows := 0
		if done, ok := w.manifest.Views[v.Name]; ok && w.whole(done) {
			rows = done.Rows
		} else if rows, err = w.view(ctx, s, v, opts); err != nil {
			return nil, err
		}
		if opts.Read.Progress != nil {
			opts.Read.Progress(v.Name, i+1, len(views), rows)
		}
	}
	if opts.Numbers != nil && (w.manifest.Numbers == nil || !w.whole(*w.manifest.Numbers)) {
		if err := w.numbers(ctx, s, opts); err != nil {
			return nil, err
		}
	}
	w.manifest.Complete = true
	return w.manifest, w.save()
}

// snapshot is one that is being written.
type snapshot struct {
	dir      string
	manifest *dictionary.Manifest
}

// snapshotIn begins a snapshot, or goes on with the one in the directory.
func (s *Source) snapshotIn(ctx context.Context, dir string, opts SnapshotOptions) (*snapshot, error) {
	facts := &dictionary.Dictionary{Schemas: slices.Compact(slices.Sorted(slices.Values(opts.Schemas)))}
	if err := s.ReadDatabase(ctx, facts); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, &SnapshotError{dir, err.Error()}
	}
	begun, err := dictionary.ReadManifest(os.DirFS(dir))
	if err != nil {
		return nil, &SnapshotError{dir, err.Error()}
	}
	m := &dictionary.Manifest{Format: dictionary.ManifestFormat, Schemas: facts.Schemas, NoSource: opts.Read.NoSource,
		Diagnostics: opts.Read.Diagnostics, MeasureNumbers: opts.Numbers != nil, Views: map[string]dictionary.Viewed{}, Unknown: facts.Unknown, Database: facts.Database, Limited: []string{}}
	if m.Unknown == nil {
		m.Unknown = map[string]string{}
	}
	m.SetTimes(facts.Database.ReadAt, facts.Database.StartedAt)
	w := &snapshot{dir: dir, manifest: m}
	if begun != nil {
		if why := unlike(begun, m); why != "" {
			return nil, &SnapshotError{dir, why}
		}
		m.Views, m.TakenOn, m.Numbers = begun.Views, begun.TakenOn, begun.Numbers
		for what, why := range begun.Unknown {
			if _, ok := m.Views[viewOf(what)]; ok { // the columns that it lacks
				m.Unknown[what] = why
			}
		}
		m.Limited = slices.DeleteFunc(begun.Limited, func(name string) bool { _, ok := m.Views[name]; return !ok })
		return w, nil
	}
	if files, err := filepath.Glob(filepath.Join(dir, "*.csv")); err != nil || len(files) > 0 {
		return nil, &SnapshotError{dir, "there are CSV files already that no snapshot of Ferryman's wrote; choose another directory"}
	}
	return w, w.save()
}

// viewOf is the view that an entry of Unknown is about.
func viewOf(what string) string {
	for i := range what {
		if what[i] == '.' {
			return what[:i]
		}
	}
	return what
}

// unlike says why a snapshot can't go on with what another one began; "" where it can.
func unlike(begun, now *dictionary.Manifest) string {
	switch {
	case begun.Complete:
		return "there is a complete snapshot already; choose another directory"
	case !slices.Equal(begun.Schemas, now.Schemas):
		return fmt.Sprintf("an unfinished snapshot of %v is there; choose another directory, or the same schemas", begun.Schemas)
	case begun.NoSource != now.NoSource || begun.Diagnostics != now.Diagnostics || begun.MeasureNumbers != now.MeasureNumbers:
		return "an unfinished snapshot with other options is there; choose another directory, or the same options"
	case begun.Database != nil && now.Database != nil && begun.Database.Name != now.Database.Name:
		return fmt.Sprintf("an unfinished snapshot of database %s is there; choose another directory", begun.Database.Name)
	}
	return ""
}

// whole says whether the files of a view are as they were written.
func (w *snapshot) whole(v dictionary.Viewed) bool {
	for file, sum := range v.Files {
		f, err := os.Open(filepath.Join(w.dir, filepath.Base(file)))
		if err != nil {
			return false
		}
		hash := sha256.New()
		_, err = io.Copy(hash, f)
		f.Close()
		if err != nil || hex.EncodeToString(hash.Sum(nil)) != sum {
			return false
		}
	}
	return true
}

// view reads one view and writes its files.
func (w *snapshot) view(ctx context.Context, s *Source, v dictionary.View, opts SnapshotOptions) (int, error) {
	d := &dictionary.Dictionary{Schemas: w.manifest.Schemas}
	if err := s.ReadView(ctx, d, v, opts.Read); err != nil {
		return 0, err
	}
	d.Sealed()
	maps.Copy(w.manifest.Unknown, d.Unknown)
	if !d.Knows(v.Name) {
		return 0, w.save()
	}
	done := dictionary.Viewed{Rows: v.Rows(d), Files: map[string]string{}}
	for _, file := range v.Files() {
		var err error
		if done.Files[file], err = w.summed(file, func(out io.Writer) error { return d.WriteView(out, v, file) }); err != nil {
			return 0, err
		}
	}
	w.manifest.Views[v.Name] = done
	w.manifest.Limited = append(w.manifest.Limited, d.Limited...)
	return done.Rows, w.save()
}

// numbers measures the NUMBER columns and writes what was found.
func (w *snapshot) numbers(ctx context.Context, s *Source, opts SnapshotOptions) error {
	d := &dictionary.Dictionary{Schemas: w.manifest.Schemas}
	for _, name := range []string{"ALL_TABLES", "ALL_TAB_COLS"} {
		v, _ := dictionary.ViewNamed(name)
		if err := s.ReadView(ctx, d, v, opts.Read); err != nil {
			return err
		}
	}
	d.Sealed()
	tables, n := NumberTables(d), 0
	found, err := s.MeasureNumbers(ctx, tables, *opts.Numbers, func(t NumberTable) {
		if n++; opts.Measured != nil {
			opts.Measured(t, n, len(tables))
		}
	})
	if err != nil {
		return err
	}
	sum, err := w.summed(dictionary.NumbersFile, func(out io.Writer) error { return dictionary.WriteNumbers(out, found) })
	if err != nil {
		return err
	}
	w.manifest.Numbers = &dictionary.Viewed{Rows: len(found), Files: map[string]string{dictionary.NumbersFile: sum}}
	return w.save()
}

// summed writes a file and gives its SHA-256.
func (w *snapshot) summed(file string, write func(io.Writer) error) (string, error) {
	sum := sha256.New()
	err := w.replace(file, func(out io.Writer) error { return write(io.MultiWriter(out, sum)) })
	return hex.EncodeToString(sum.Sum(nil)), err
}

func (w *snapshot) save() error {
	text, err := json.MarshalIndent(w.manifest, "", "  ")
	if err != nil {
		return fmt.Errorf("write the manifest: %w", err)
	}
	return w.replace(dictionary.ManifestFile, func(out io.Writer) error {
		_, err := out.Write(append(text, '\n'))
		return err
	})
}

// replace writes a file under another name and renames it when all of it is on the disk.
func (w *snapshot) replace(name string, write func(io.Writer) error) (err error) {
	path := filepath.Join(w.dir, name)
	f, err := os.OpenFile(path+".part", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o644)
	if err != nil {
		return &SnapshotError{w.dir, err.Error()}
	}
	err = write(f)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(path+".part", path)
	}
	if err != nil {
		_ = os.Remove(path + ".part")
		var broken *fs.PathError
		if errors.As(err, &broken) {
			return &SnapshotError{w.dir, fmt.Sprintf("%s can't be written: %v", name, broken.Err)}
		}
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}
