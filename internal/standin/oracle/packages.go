// SPDX-License-Identifier: Apache-2.0

package oracle

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/ferryman/ferryman/internal/standin/oracle/dict"
	"github.com/ferryman/ferryman/internal/standin/oracle/sqltext"
	"github.com/ferryman/ferryman/internal/standin/oracle/tns"
)

// logmnr is the state of a session's LogMiner.
type logmnr struct {
	started  bool
	from, to string
}

func (l *logmnr) until() string {
	if l.to == "" {
		return ""
	}
	return ` AND "COMMIT_SCN" <= ` + l.to
}

// argument is an argument of a call, by its name or position.
type argument struct {
	name   string
	tokens []sqltext.Token
}

// call runs a call of a packaged procedure.
func (b *blockRun) call(ctx context.Context, tokens []sqltext.Token) error {
	var names []string
	i := 0
	for i < len(tokens) && tokens[i].Name() {
		names = append(names, tokens[i].Text)
		i++
		if i < len(tokens) && tokens[i].IsOp(".") {
			i++
			continue
		}
		break
	}
	var args []argument
	if i < len(tokens) && tokens[i].IsOp("(") {
		end := sqltext.Closing(tokens, i)
		for _, part := range sqltext.Split(tokens[i+1 : end]) {
			a := argument{tokens: part}
			if len(part) > 2 && part[1].IsOp("=>") {
				a = argument{name: part[0].Text, tokens: part[2:]}
			}
			if len(a.tokens) > 0 {
				args = append(args, a)
			}
		}
		i = end + 1
	}
	if i != len(tokens) || len(names) == 0 {
		return plsqlError(b.sql, tokens[min(i, len(tokens)-1)], "PLS-00103: this Oracle stand-in does not run this statement")
	}
	if names[0] == "SYS" && len(names) > 1 {
		names = names[1:]
	}
	full := strings.Join(names, ".")
	u := b.session.server.catalog.user(b.session.client.User)
	unknown := plsqlError(b.sql, tokens[0], fmt.Sprintf("PLS-00201: identifier '%s' must be declared", full))
	switch {
	case strings.HasPrefix(full, "DBMS_LOGMNR."):
		if !u.role("EXECUTE_CATALOG_ROLE") && !u.privilege("LOGMINING") && !u.granted("EXECUTE", "SYS", "DBMS_LOGMNR") {
			return unknown
		}
		return b.logminer(ctx, names[1], args, unknown)
	case full == "DBMS_SCHEDULER.DISABLE", full == "DBMS_SCHEDULER.ENABLE":
		return b.scheduler(ctx, names[1] == "ENABLE", args)
	case full == "DBMS_STATS.GATHER_SCHEMA_STATS", full == "DBMS_STATS.GATHER_TABLE_STATS":
		return b.statistics(ctx, names[1] == "GATHER_TABLE_STATS", args)
	case full == "DBMS_LOCK.SLEEP", full == "DBMS_SESSION.SLEEP":
		if len(args) != 1 {
			return unknown
		}
		return b.run(ctx, "SELECT DBMS_LOCK.SLEEP("+b.text(args[0])+") FROM DUAL")
	case strings.HasPrefix(full, "DBMS_OUTPUT."), strings.HasPrefix(full, "DBMS_APPLICATION_INFO."),
		full == "DBMS_STATS.FLUSH_DATABASE_MONITORING_INFO",
		strings.HasPrefix(full, "DBMS_SESSION."), full == "DBMS_LOGMNR_D.BUILD":
		return nil
	}
	return unknown
}

func (b *blockRun) text(a argument) string {
	return b.sql[a.tokens[0].Pos:a.tokens[len(a.tokens)-1].End]
}

// value computes an argument as text: "" is NULL.
func (b *blockRun) value(ctx context.Context, args []argument, position int, name string) (string, error) {
	for i, a := range args {
		if a.name != name && !(a.name == "" && i == position) {
			continue
		}
		row, err := b.one(ctx, "SELECT TO_CHAR("+b.text(a)+") FROM DUAL")
		if err != nil || row[0] == nil {
			return "", err
		}
		return fmt.Sprint(row[0]), nil
	}
	return "", nil
}

// logminer runs the procedures of DBMS_LOGMNR.
func (b *blockRun) logminer(ctx context.Context, procedure string, args []argument, unknown error) error {
	s := b.session
	switch procedure {
	case "ADD_LOGFILE", "REMOVE_LOGFILE":
		return nil
	case "END_LOGMNR":
		if !s.logmnr.started {
			return tns.Errorf(1307, "no LogMiner session is currently active")
		}
		s.logmnr.started = false
		s.forget()
		return nil
	case "START_LOGMNR":
		var archiving bool
		if err := s.scan("SELECT log_mode = 'ARCHIVELOG' FROM ora.database", &archiving); err != nil {
			return err
		}
		if !archiving {
			return tns.Errorf(1325, "archive log mode must be enabled to build into the logstream")
		}
		from, err := b.value(ctx, args, 0, "STARTSCN")
		if err != nil {
			return err
		}
		to, err := b.value(ctx, args, 1, "ENDSCN")
		if err != nil {
			return err
		}
		s.logmnr = logmnr{started: true, from: clampSCN(from), to: to}
		if to != "" {
			s.logmnr.to = clampSCN(to)
			if s.logmnr.to == "0" {
				s.logmnr.to = ""
			}
		}
		s.forget()
		return nil
	}
	return unknown
}

// clampSCN keeps only what is a number.
func clampSCN(text string) string { return clamp(text, "0", "9223372036854775807", "0") }

// scan reads one boolean.
func (s *session) scan(sql string, into *bool) error {
	results, err := s.conn.Exec(context.Background(), sql).ReadAll()
	if err == nil {
		*into = string(results[0].Rows[0][0]) == "t"
	}
	return err
}

// scheduler runs DBMS_SCHEDULER.ENABLE and DISABLE for the jobs of ALL_SCHEDULER_JOBS.
func (b *blockRun) scheduler(ctx context.Context, enable bool, args []argument) error {
	list, err := b.value(ctx, args, 0, "NAME")
	if err != nil {
		return err
	}
	s := b.session
	for _, text := range strings.Split(list, ",") {
		job := dict.Name{Owner: s.names.schema, Name: strings.Trim(strings.ToUpper(strings.TrimSpace(text)), `"`)}
		if owner, name, found := strings.Cut(job.Name, "."); found {
			job = dict.Name{Owner: strings.Trim(owner, `"`), Name: strings.Trim(name, `"`)}
		}
		s.server.catalog.mu.RLock()
		known := s.server.catalog.jobs[job]
		s.server.catalog.mu.RUnlock()
		u := s.server.catalog.user(s.client.User)
		if !known || job.Owner != u.Name && !u.privilege("CREATE ANY JOB") && !u.privilege("MANAGE SCHEDULER") && !u.granted("ALTER",
			job.Owner, job.Name) {
			return tns.Errorf(27476, `%q does not exist`, job.Owner+"."+job.Name)
		}
		if err := s.run(fmt.Sprintf(`UPDATE dict."SCHEDULER_JOBS" SET "ENABLED" = %s, "STATE" = %s WHERE "OWNER" = %s AND "JOB_NAME" = %s`,
			literal(yes(enable, "TRUE", "FALSE")), literal(yes(enable, "SCHEDULED", "DISABLED")), literal(job.Owner),
			literal(job.Name))); err != nil {
			return err
		}
	}
	return nil
}

// statistics counts rows for NUM_ROWS.
func (b *blockRun) statistics(ctx context.Context, one bool, args []argument) error {
	owner, err := b.value(ctx, args, 0, "OWNNAME")
	if err != nil {
		return err
	}
	table, err := b.value(ctx, args, 1, "TABNAME")
	if err != nil {
		return err
	}
	s := b.session
	s.server.catalog.mu.RLock()
	var tables []dict.Name
	for name, t := range s.server.catalog.tables {
		if t.Kind == "TABLE" && name.Owner == strings.ToUpper(owner) && (!one || name.Name == strings.ToUpper(table)) {
			tables = append(tables, name)
		}
	}
	s.server.catalog.mu.RUnlock()
	slices.SortFunc(tables, func(a, b dict.Name) int { return strings.Compare(a.Name, b.Name) })
	if one && len(tables) == 0 {
		return tns.Errorf(20000, "Unable to analyze TABLE %s.%s, insufficient privileges or does not exist", quote(owner), quote(table))
	}
	for _, name := range tables {
		if err := s.names.allowed(name, "SELECT"); err != nil {
			return err
		}
		if err := s.run(fmt.Sprintf(`UPDATE dict."TABLES" SET "NUM_ROWS" = (SELECT count(*) FROM %s), "LAST_ANALYZED" = ora.sysdate()
			WHERE "OWNER" = %s AND "TABLE_NAME" = %s`,
			relation(name), literal(name.Owner), literal(name.Name))); err != nil {
			return err
		}
	}
	return nil
}

// jobs takes the names of the export's scheduler jobs.
func (l *loader) jobs() {
	l.export.Relations["SCHEDULER_JOBS"].Each(func(get func(string) string) {
		l.catalog.jobs[dict.Name{Owner: get("OWNER"), Name: get("JOB_NAME")}] = true
	})
}
