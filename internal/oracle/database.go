// SPDX-License-Identifier: Apache-2.0

package oracle

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/ferryman/ferryman/internal/oracle/dictionary"
)

// parameters are the settings that a migration depends on.
var parameters = []string{"compatible", "max_string_size", "heat_map", "undo_retention", "recyclebin", "enable_goldengate_replication",
	"nls_length_semantics", "cluster_database", "db_block_size", "job_queue_processes",
	"db_create_file_dest", "db_create_online_log_dest_1", "db_recovery_file_dest", "log_archive_dest_1"}

// ReadDatabase reads the facts of the whole database into d; what may not be read is unknown there.
func (s *Source) ReadDatabase(ctx context.Context, d *dictionary.Dictionary) error {
	db, why, err := s.database(ctx)
	if err != nil {
		return err
	}
	d.Database = db
	for _, read := range []struct {
		view string
		read func(context.Context, *dictionary.Database) error
	}{
		{"V$VERSION", s.banner}, {"NLS_DATABASE_PARAMETERS", s.characterSets}, {"V$PARAMETER", s.parameters}, {"V$ARCHIVED_LOG", s.redoRate}, {"V$TRANSACTION", s.countTransactions},
	} {
		err := read.read(ctx, db)
		if denied(err) {
			why[read.view] = s.noRight(read.view)
		} else if err != nil {
			return fmt.Errorf("read %s: %w", read.view, err)
		}
	}
	for view, reason := range why {
		d.SetUnknown(view, reason)
	}
	return nil
}

func (s *Source) noRight(view string) string {
	return fmt.Sprintf("user %s may not read it: GRANT SELECT ON SYS.%s TO %s", s.user, strings.Replace(view, "V$", "V_$", 1), s.user)
}

// database reads V$DATABASE and V$INSTANCE; why says what was denied.
func (s *Source) database(ctx context.Context) (db *dictionary.Database, why map[string]string, err error) {
	db, why = &dictionary.Database{ReadAt: time.Now()}, map[string]string{}
	var started string
	for _, q := range []struct {
		view, query string
		into        []*string
	}{
		{"V$DATABASE",
			"SELECT NAME, LOG_MODE, OPEN_MODE, DATABASE_ROLE, SUPPLEMENTAL_LOG_DATA_MIN, SUPPLEMENTAL_LOG_DATA_PK, SUPPLEMENTAL_LOG_DATA_ALL, CDB, FORCE_LOGGING FROM V$DATABASE",
			[]*string{&db.Name, &db.LogMode, &db.OpenMode, &db.Role, &db.SupplementalMin, &db.SupplementalPK, &db.SupplementalAll, &db.CDB, &db.ForceLogging}},
		{"V$INSTANCE", "SELECT VERSION, STARTUP_TIME FROM V$INSTANCE", []*string{&db.Version, &started}},
	} {
		err := s.each(ctx, q.query, nil, func(v []any) error {
			for i, x := range v {
				*q.into[i] = str(x)
			}
			return nil
		})
		switch {
		case denied(err):
			why[q.view] = s.noRight(q.view)
		case err != nil:
			return nil, nil, fmt.Errorf("read %s: %w", q.view, err)
		}
	}
	db.StartedAt, _ = time.Parse("2006-01-02 15:04:05", started)
	return db, why, nil
}

func (s *Source) banner(ctx context.Context, db *dictionary.Database) error {
	return s.each(ctx, "SELECT BANNER FROM V$VERSION", nil, func(v []any) error {
		if db.Banner == "" {
			db.Banner = str(v[0])
		}
		return nil
	})
}

func (s *Source) characterSets(ctx context.Context, db *dictionary.Database) error {
	return s.each(ctx, "SELECT PARAMETER, VALUE FROM NLS_DATABASE_PARAMETERS WHERE PARAMETER IN ('NLS_CHARACTERSET', 'NLS_NCHAR_CHARACTERSET')", nil,
		func(v []any) error {
			if str(v[0]) == "NLS_CHARACTERSET" {
				db.CharacterSet = str(v[1])
			} else {
				db.NationalCharacterSet = str(v[1])
			}
			return nil
		})
}

func (s *Source) parameters(ctx context.Context, db *dictionary.Database) error {
	found := map[string]string{}
	err := s.each(ctx, "SELECT NAME, VALUE FROM V$PARAMETER WHERE NAME IN ("+binds(1, len(parameters))+")", anys(parameters),
		func(v []any) error { found[str(v[0])] = str(v[1]); return nil })
	if err == nil {
		db.Parameters = found
	}
	return err
}

// redoDays is how far back the archived logs are looked at.
const redoDays = 7

// redoRate adds up the archived logs by the hour in which they were begun. A log that went to several places counts once.
func (s *Source) redoRate(ctx context.Context, db *dictionary.Database) error {
	logs := map[string]int64{}
	hours := map[time.Time]int64{}
	var first, now time.Time
	err := s.each(ctx, "SELECT THREAD#, SEQUENCE#, FIRST_TIME, BLOCKS * BLOCK_SIZE, SYSDATE FROM V$ARCHIVED_LOG WHERE FIRST_TIME >= SYSDATE - 7", nil,
		func(v []any) error {
			key := str(v[0]) + "." + str(v[1])
			bytes := integer(v[3])
			if had, ok := logs[key]; ok && had >= bytes {
				return nil
			}
			at := moment(wallClock(v[2]))
			hours[at.Truncate(time.Hour)] += bytes - logs[key]
			logs[key] = bytes
			if first.IsZero() || at.Before(first) {
				first = at
			}
			now = moment(wallClock(v[4]))
			return nil
		})
	if err != nil || len(logs) == 0 {
		return err
	}
	rate := &dictionary.LogRate{Hours: min(max(int((now.Sub(first)+time.Hour-1)/time.Hour), 1), redoDays*24)}
	for _, bytes := range hours {
		rate.Average += bytes
		rate.Peak = max(rate.Peak, bytes)
	}
	rate.Average /= int64(rate.Hours)
	db.ArchivedLogBytesPerHour = rate
	return nil
}

func (s *Source) countTransactions(ctx context.Context, db *dictionary.Database) error {
	return s.each(ctx, "SELECT COUNT(*), MIN(START_DATE), MAX(SYSDATE) FROM V$TRANSACTION", nil, func(v []any) error {
		open := &dictionary.OpenTransactions{Count: int(integer(v[0]))}
		if start := moment(wallClock(v[1])); !start.IsZero() {
			open.Oldest, open.OldestFor = start, moment(wallClock(v[2])).Sub(start)
		}
		db.OpenTransactions = open
		return nil
	})
}
