// SPDX-License-Identifier: Apache-2.0

package oracle

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/ferryman/ferryman/internal/oracle/dictionary"
)

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

// ours are the users that are no application: Ferryman's own, those that the caller names, and Oracle's.
func (s *Source) ours(except []string) []any {
	out := []any{s.user, "SYS", "SYSRAC", "SYSBACKUP", "DBSNMP", "RDSADMIN"}
	for _, e := range except {
		out = append(out, strings.ToUpper(e))
	}
	return out
}

// Sessions lists the sessions of applications: not of the background, of Oracle's own users, of Ferryman's, or of users in except
// (that of DMS).
func (s *Source) Sessions(ctx context.Context, except ...string) ([]Session, error) {
	users := s.ours(except)
	var out []Session
	err := s.each(ctx,
		"SELECT SID, SERIAL#, USERNAME, MACHINE, PROGRAM, STATUS, LOGON_TIME FROM V$SESSION WHERE TYPE = 'USER' AND USERNAME IS NOT NULL"+
			" AND USERNAME NOT IN ("+binds(1, len(users))+") ORDER BY SID", users, func(v []any) error {
			out = append(out, Session{SID: integer(v[0]), Serial: integer(v[1]), Username: str(v[2]), Machine: str(v[3]), Program: str(v[4]),
				Status: str(v[5]), LogonTime: moment(v[6])})
			return nil
		})
	if err != nil {
		return nil, fmt.Errorf("read V$SESSION: %w", err)
	}
	return out, nil
}

// OpenTransactions lists the open transactions of the same sessions that Sessions lists, oldest first.
func (s *Source) OpenTransactions(ctx context.Context, except ...string) ([]Transaction, error) {
	users := s.ours(except)
	var out []Transaction
	err := s.each(ctx,
		"SELECT S.SID, S.SERIAL#, S.USERNAME, T.START_DATE, T.START_SCN FROM V$TRANSACTION T JOIN V$SESSION S ON S.SADDR = T.SES_ADDR"+
			" WHERE S.USERNAME NOT IN ("+binds(1, len(users))+") ORDER BY T.START_DATE", users, func(v []any) error {
			out = append(out, Transaction{SID: integer(v[0]), Serial: integer(v[1]), Username: str(v[2]), Start: moment(v[3]), StartSCN: str(v[4])})
			return nil
		})
	if err != nil {
		return nil, fmt.Errorf("read V$TRANSACTION: %w", err)
	}
	return out, nil
}

// SchedulerJobs lists the schemas' jobs.
func (s *Source) SchedulerJobs(ctx context.Context, schemas []string) ([]dictionary.SchedulerJob, error) {
	d := &dictionary.Dictionary{Schemas: schemas}
	if err := s.readOne(ctx, d, "ALL_SCHEDULER_JOBS", schemas); err != nil {
		return nil, err
	}
	return d.SchedulerJobs, nil
}

// readOne reads one view, which must be readable.
func (s *Source) readOne(ctx context.Context, d *dictionary.Dictionary, view string, schemas []string) error {
	v, _ := dictionary.ViewNamed(view)
	if err := s.readView(ctx, d, v, dictionary.Options{}); err != nil {
		return fmt.Errorf("read %s: %w", view, err)
	}
	if !d.Knows(view) {
		return fmt.Errorf("read %s: %s", view, d.Unknown[view])
	}
	return nil
}
