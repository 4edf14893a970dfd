// SPDX-License-Identifier: Apache-2.0

package oracle

import (
	"context"
	"fmt"
	"time"

	"github.com/ferryman/ferryman/internal/oracle/dictionary"
)

// TableLogging is a table's supplemental logging. Level is none, primary key, all or log group (a group of named columns); all is
// the most of them where there are several.
type TableLogging struct {
	Owner, Table string
	HasPK        bool
	Level        string
}

// Readiness is what change capture needs on the source.
type Readiness struct {
	Database dictionary.Database
	Tables   []TableLogging
	// Unknown says what could not be read, and why.
	Unknown map[string]string
	ReadAt  time.Time
}

// Readiness reads log mode, supplemental logging and version.
func (s *Source) Readiness(ctx context.Context, schemas []string) (*Readiness, error) {
	db, why, err := s.database(ctx)
	if err != nil {
		return nil, err
	}
	r := &Readiness{Database: *db, Unknown: why, ReadAt: db.ReadAt}
	d := &dictionary.Dictionary{Schemas: schemas}
	for _, name := range []string{"ALL_TABLES", "ALL_CONSTRAINTS", "ALL_LOG_GROUPS", "ALL_MVIEWS"} {
		v, _ := dictionary.ViewNamed(name)
		if err := s.readView(ctx, d, v, dictionary.Options{}); err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
	}
	for what, reason := range d.Unknown {
		r.Unknown[what] = reason
	}
	for i := range d.Tables {
		t := &d.Tables[i]
		if t.Temporary == "Y" || t.IOTType == "IOT_OVERFLOW" {
			continue
		}
		k := d.PrimaryKey(t.Owner, t.Name)
		level := d.LoggingOf(t.Owner, t.Name)
		if !d.Knows("ALL_LOG_GROUPS") {
			level = "unknown"
		}
		r.Tables = append(r.Tables, TableLogging{Owner: t.Owner, Table: t.Name, HasPK: k != nil && k.Status != "DISABLED", Level: level})
	}
	return r, nil
}

// CurrentSCN is the database's present change number, in decimal.
func (s *Source) CurrentSCN(ctx context.Context) (string, error) {
	var scn string
	err := s.each(ctx, "SELECT CURRENT_SCN FROM V$DATABASE", nil, func(v []any) error { scn = str(v[0]); return nil })
	if err != nil {
		return "", fmt.Errorf("read CURRENT_SCN: %w", err)
	}
	return scn, nil
}
