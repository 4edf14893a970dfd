// SPDX-License-Identifier: Apache-2.0

package oracle

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/ferryman/ferryman/internal/standin/oracle/sqltext"
	"github.com/ferryman/ferryman/internal/standin/oracle/tns"
	"github.com/jackc/pgx/v5/pgconn"
)

// session is one Oracle session: a connection to PostgreSQL with the state that Oracle keeps.
type session struct {
	server *Server
	client tns.Client
	conn   *pgconn.PgConn
	names  *resolver
	logmnr logmnr

	began    bool // a transaction is open in PostgreSQL
	readOnly bool
	point    bool // the savepoint of the last statement is still there
	fresh    bool // the statement that runs has begun the transaction
	open     *cursor
	prepared map[string]*prepared
	number   int
	// generation is the state of the catalog that the prepared statements were made for.
	generation int64
}

// prepared is a statement that PostgreSQL knows.
type prepared struct {
	*pgconn.StatementDescription
	statement *sqltext.Statement
	names     []string
}

// openSession logs a user on.
func (v *Server) openSession(ctx context.Context, who tns.Client) (*session, error) {
	config := v.connConfig.Copy()
	config.RuntimeParams = map[string]string{
		"search_path": "ora, pg_catalog", "TimeZone": "UTC", "jit": "off", "DateStyle": "ISO, DMY", "application_name": "oracle " + who.User,
		"bytea_output": "hex",
		"ora.username": who.User, "ora.current_schema": who.User, "ora.sid": strconv.Itoa(int(who.SessionID)),
		"ora.nls_date_format": "DD-MON-RR", "extra_float_digits": "1",
		"client_min_messages": "error", "IntervalStyle": "postgres", "random_page_cost": "1.1",
	}
	conn, err := pgconn.ConnectConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("the Oracle stand-in cannot reach its PostgreSQL: %w", err)
	}
	s := &session{server: v, client: who, conn: conn, prepared: map[string]*prepared{}}
	s.names = &resolver{catalog: v.catalog, user: who.User, schema: who.User, logmnr: &s.logmnr}
	register := fmt.Sprintf(`INSERT INTO ora.sessions VALUES (%d, %d, %s, %d, %s, %s, %s, %s, ora.sysdate())
		ON CONFLICT (sid) DO UPDATE SET serial = excluded.serial, username = excluded.username, pid = excluded.pid,
		machine = excluded.machine, program = excluded.program,
		osuser = excluded.osuser, process = excluded.process, logon_time = excluded.logon_time`, who.SessionID, who.Serial, literal(who.User), conn.PID(),
		literal(clean(who.Machine)), literal(clean(who.Program)), literal(clean(who.OSUser)), literal(strconv.Itoa(who.PID)))
	if err := s.run(register); err != nil {
		s.Close()
		return nil, fmt.Errorf("the Oracle stand-in cannot register a session: %w", err)
	}
	return s, nil
}

// clean makes text from outside fit for PostgreSQL.
func clean(text string) string { return strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", ""), "?") }

// run executes statements without parameters and results.
func (s *session) run(sql string) error {
	_, err := s.conn.Exec(context.Background(), sql).ReadAll()
	return err
}

// watch interrupts PostgreSQL when ctx ends before stop is called. stop waits until an interrupt on its way has arrived: it must not
// hit the next statement.
func (s *session) watch(ctx context.Context) (stop func()) {
	var done sync.WaitGroup
	done.Add(1)
	halt := context.AfterFunc(ctx, func() {
		defer done.Done()
		timeout, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = s.conn.CancelRequest(timeout)
	})
	return func() {
		if !halt() {
			done.Wait()
		}
	}
}

// Execute implements tns.Session. A fault of the stand-in's own is ORA-00600, as it would be with Oracle.
func (s *session) Execute(ctx context.Context, sql string, binds []tns.Bind) (result *tns.Result, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			s.server.opts.Logger.Error("the Oracle stand-in failed on a statement", "fault", fault, "stack", string(debug.Stack()))
			err = tns.Errorf(600, "internal error code, arguments: [%v]", fault)
		}
	}()
	defer s.watch(ctx)()
	sql = clean(sql)
	if err := s.drain(); err != nil {
		return nil, err
	}
	if now := s.server.generation.Load(); now != s.generation {
		s.forget()
		s.generation = now
	}
	p, known := s.prepared[cacheKey(sql, binds)]
	if !known {
		tokens, err := sqltext.Tokens(sql)
		if err != nil {
			return nil, err
		}
		if len(tokens) == 0 {
			return nil, tns.Errorf(900, "invalid SQL statement")
		}
		if handle := s.special(tokens); handle != nil {
			return handle(ctx, sql, tokens, binds)
		}
		statement, err := sqltext.Translate(sql, tokens, s.names)
		if err != nil {
			return nil, err
		}
		p = &prepared{statement: statement}
		for _, t := range tokens {
			if t.Kind == sqltext.Bind {
				p.names = append(p.names, t.Text)
			}
		}
	}
	values, err := distinct(p.names, binds)
	if err != nil {
		return nil, err
	}
	result, err = s.execute(ctx, sql, p, values, binds)
	return result, s.oraError(err, sql, p.statement.Verb, p.statement.LockWait >= 0)
}

// cacheKey tells statements apart that PostgreSQL prepares differently.
func cacheKey(sql string, binds []tns.Bind) string {
	var key strings.Builder
	key.WriteString(sql)
	for _, b := range binds {
		fmt.Fprintf(&key, "\x00%d", parameterType(b, false))
		if _, ok := b.Value.(time.Time); ok {
			key.WriteByte('t')
		}
	}
	return key.String()
}

// begin starts a transaction where none is open.
func (s *session) begin() error {
	if s.began {
		return nil
	}
	if err := s.run("BEGIN"); err != nil {
		return err
	}
	s.began = true
	return nil
}

// mark sets the savepoint that a failing statement goes back to: in Oracle a statement fails alone.
func (s *session) mark() error {
	sql := "SAVEPOINT ora_statement"
	if s.point {
		sql = "RELEASE ora_statement; " + sql
	}
	s.fresh = !s.began
	if s.fresh {
		sql = "BEGIN; " + sql
	}
	if err := s.run(sql); err != nil {
		return err
	}
	s.began, s.point = true, true
	return nil
}

// undo takes back the statement that failed.
func (s *session) undo() {
	if s.began && s.point && !s.fresh {
		_ = s.run("ROLLBACK TO ora_statement")
	} else if s.began {
		_ = s.Rollback(context.Background())
	}
}

// InTransaction implements tns.Session.
func (s *session) InTransaction() bool { return s.began && !s.readOnly }

// Commit implements tns.Session. A transaction with changes gets its SCN as the last thing it does.
func (s *session) Commit(context.Context) error {
	if err := s.drain(); err != nil {
		return err
	}
	if !s.began {
		return nil
	}
	sql := "COMMIT"
	if !s.readOnly {
		sql = "SET CONSTRAINTS ALL IMMEDIATE; SELECT ora.finish(); COMMIT"
	}
	err := s.run(sql)
	s.began, s.readOnly, s.point = false, false, false
	if err != nil {
		_ = s.run("ROLLBACK")
		mapped := s.oraError(err, "", sqltext.Update, false)
		var ora *tns.OraError
		if errors.As(mapped, &ora) {
			return &tns.OraError{Code: 2091, Message: "ORA-02091: transaction rolled back\n" + ora.Message}
		}
		return mapped
	}
	return nil
}

// Rollback implements tns.Session.
func (s *session) Rollback(context.Context) error {
	err := s.drain()
	if s.began {
		err = errors.Join(err, s.run("ROLLBACK"))
	}
	s.began, s.readOnly, s.point = false, false, false
	return err
}

// Close implements tns.Session.
func (s *session) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if s.open != nil {
		s.open.abandon()
	}
	_, _ = s.conn.Exec(ctx, fmt.Sprintf("ROLLBACK; DELETE FROM ora.sessions WHERE sid = %d AND pid = %d", s.client.SessionID,
		s.conn.PID())).ReadAll()
	_ = s.conn.Close(ctx)
}

var _ tns.Session = (*session)(nil)
