// SPDX-License-Identifier: Apache-2.0

// Package oracle is the source side of a migration: its dictionary, and the facts that gates look at.
package oracle

import (
	"context"
	"database/sql"
	"time"

	"github.com/ferryman/ferryman/internal/oracle/dictionary"
)

// Source is an Oracle database that Ferryman may read.
type Source struct {
	db   *sql.DB
	user string
}

// AuthError means that Oracle refused the user or password (ORA-01017, ORA-28000, ORA-28001, ORA-01045).
type AuthError struct {
	User string
	Code int
}

func (e *AuthError) Error() string { return "" }

// UnreachableError means that no session could be opened.
type UnreachableError struct {
	Address string
	Reason  string
}

func (e *UnreachableError) Error() string { return "" }

// Open connects and proves the connection. url is oracle://user:password@host:port/service.
func Open(ctx context.Context, url string) (*Source, error) { return nil, nil }

// Close ends all connections.
func (s *Source) Close() error { return nil }

// User is the name of the session's user in upper case.
func (s *Source) User() string { return s.user }

// ReadDictionary reads every view for the schemas. progress (may be nil) is called after each view.
func (s *Source) ReadDictionary(ctx context.Context, schemas []string, progress func(view string, rows int)) (*dictionary.Dictionary, error) {
	return nil, nil
}

// TableLogging is a table's supplemental logging. Level is "none", "primary key", "all" or "log group".
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

// Session is an application's session.
type Session struct {
	SID, Serial                        int64
	Username, Machine, Program, Status string
	LogonTime                          time.Time
}

// Transaction is an open transaction.
type Transaction struct {
	SID, Serial int64
	Username    string
	Start       time.Time
	StartSCN    string
}

// SequenceValue is a sequence as it is now. LastNumber and the bounds are decimal: they may have 28 digits.
type SequenceValue struct {
	Owner, Name                     string
	LastNumber, Min, Max, Increment dictionary.Decimal
	Cycle                           bool
	Cache                           int64
}

// Check is one line of doctor.
type Check struct {
	Name  string
	OK    bool
	Found string
	Fix   string
}

// Readiness reads log mode, supplemental logging and version.
func (s *Source) Readiness(ctx context.Context, schemas []string) (*Readiness, error) {
	return nil, nil
}

// Sessions lists sessions of applications: not background, not Ferryman's own, not those of users in except (DMS's).
func (s *Source) Sessions(ctx context.Context, except ...string) ([]Session, error) { return nil, nil }

// OpenTransactions lists transactions of sessions that are not Ferryman's own.
func (s *Source) OpenTransactions(ctx context.Context, except ...string) ([]Transaction, error) {
	return nil, nil
}

// SchedulerJobs lists the schemas' jobs.
func (s *Source) SchedulerJobs(ctx context.Context, schemas []string) ([]dictionary.SchedulerJob, error) {
	return nil, nil
}

// CurrentSCN is the database's present change number, in decimal.
func (s *Source) CurrentSCN(ctx context.Context) (string, error) { return "", nil }

// Sequences reads the schemas' sequences.
func (s *Source) Sequences(ctx context.Context, schemas []string) ([]SequenceValue, error) {
	return nil, nil
}

// RowCount counts a table's rows.
func (s *Source) RowCount(ctx context.Context, schema, table string) (int64, error) { return 0, nil }

// Rows streams a table's rows to fn, in no order; an error of fn ends it. Values are nil, string, []byte, time.Time, int64 or
// float64; NUMBER comes as a string in decimal.
func (s *Source) Rows(ctx context.Context, schema, table string, columns []string, fn func(values []any) error) error {
	return nil
}

// EnsureMarker makes the table FERRYMAN_MARKER in the user's own schema if it is absent, with supplemental logging of its primary
// key, and lets dmsUser read it.
func (s *Source) EnsureMarker(ctx context.Context, dmsUser string) error { return nil }

// WriteMarker inserts a row and commits.
func (s *Source) WriteMarker(ctx context.Context, id int64) error { return nil }

// CheckGrants says for everything Ferryman and DMS need on the source whether it is there.
func (s *Source) CheckGrants(ctx context.Context, schemas []string, dmsUser string) ([]Check, error) {
	return nil, nil
}
