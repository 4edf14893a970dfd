// SPDX-License-Identifier: Apache-2.0

package dictionary

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"time"
)

// ManifestFile is the file of an export that says what a snapshot read and what it could not. An export may lack it.
const ManifestFile = "snapshot.json"

// Manifest is the content of ManifestFile. It holds no time of day: a snapshot of the same dictionary, taken on the same day, is the same.
type Manifest struct {
	Format  int      `json:"format"` // ManifestFormat
	Schemas []string `json:"schemas"`
	// Complete says that nothing more is to be read.
	Complete    bool `json:"complete"`
	NoSource    bool `json:"no_source"`
	Diagnostics bool `json:"diagnostics"`
	// TakenOn and StartedOn are the days on which the snapshot was begun and the instance was started: 2026-01-31.
	TakenOn   string            `json:"taken_on"`
	StartedOn string            `json:"started_on,omitempty"`
	Views     map[string]Viewed `json:"views"`
	Unknown   map[string]string `json:"unknown"`
	Limited   []string          `json:"limited"`
	Database  *Database         `json:"database,omitempty"`
	// MeasureNumbers says that NumbersFile belongs to it; Numbers is nil until that is written.
	MeasureNumbers bool    `json:"measure_numbers,omitempty"`
	Numbers        *Viewed `json:"numbers,omitempty"`
}

// Viewed is a view whose files are complete.
type Viewed struct {
	Rows int `json:"rows"`
	// Files holds, for each file, its SHA-256 in hexadecimal.
	Files map[string]string `json:"files"`
}

// ManifestFormat is the version of the manifest that is written and read.
const ManifestFormat = 1

const dayLayout = "2006-01-02"

// ReadManifest reads the manifest of an export, nil where it has none. Errors are *ExportError.
func ReadManifest(dir fs.FS) (*Manifest, error) {
	text, err := fs.ReadFile(dir, ManifestFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, &ExportError{File: ManifestFile, Err: err}
	}
	m := &Manifest{}
	if err := json.Unmarshal(text, m); err != nil {
		return nil, &ExportError{File: ManifestFile, Err: fmt.Errorf("it is not the manifest of a snapshot: %w", err)}
	}
	if m.Format != ManifestFormat {
		return nil, &ExportError{File: ManifestFile, Err: fmt.Errorf("its format is %d, and this Ferryman reads %d", m.Format, ManifestFormat)}
	}
	return m, nil
}

// apply brings what the manifest knows beyond the files into a dictionary that was read from them.
func (m *Manifest) apply(d *Dictionary) error {
	if !m.Complete {
		return &ExportError{File: ManifestFile, Err: fmt.Errorf("the snapshot was interrupted after %d of %d views; "+
			"run the same ferryman snapshot again, which reads the rest", len(m.Views)+countViews(m.Unknown), len(Views()))}
	}
	for what, why := range m.Unknown {
		if _, missing := d.Unknown[what]; missing {
			d.Unknown[what] = why // better than that the file is not there
		} else if _, ok := ViewNamed(what); !ok {
			d.SetUnknown(what, why)
		}
	}
	for _, name := range m.Limited {
		if d.Knows(name) {
			d.Limited = append(d.Limited, name)
		}
	}
	if m.Database != nil {
		d.Database = m.Database
		d.Database.ReadAt = day(m.TakenOn)
		d.Database.StartedAt = day(m.StartedOn)
	}
	return nil
}

func countViews(unknown map[string]string) int {
	n := 0
	for what := range unknown {
		if _, ok := ViewNamed(what); ok {
			n++
		}
	}
	return n
}

// SetTimes keeps the days of a reading.
func (m *Manifest) SetTimes(taken, started time.Time) {
	m.TakenOn = taken.UTC().Format(dayLayout)
	if !started.IsZero() {
		m.StartedOn = started.Format(dayLayout)
	}
}

func day(text string) time.Time {
	t, _ := time.Parse(dayLayout, text)
	return t
}
