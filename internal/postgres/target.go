// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	applicationPrefix = "ferryman"
	oldestServer      = 130000
	connectTime       = 15 * time.Second // where the connection string has no connect_timeout: pgx alone would wait for ever
	maxConnections    = 40               // of which a rebuild uses one for each job, one to watch locks for each, and two more
)

// Target is a pool of connections to the target database.
type Target struct {
	// LockTimeout is how long one attempt waits for a lock (default 2 s), LockPatience for how long attempts are repeated
	// (default 2 min). Set them before use.
	LockTimeout  time.Duration
	LockPatience time.Duration
	// ProofTime is how long Prove drops and makes again (default 1 min).
	ProofTime time.Duration

	pool    *pgxpool.Pool
	server  string // host:port
	role    string
	version int // server_version_num
}

// Open connects, and refuses a pooler and a server older than 13. applicationName is shown in pg_stat_activity, with "ferryman"
// before it where it does not begin so. No error holds the connection string. Errors: *AuthError, *UnreachableError, *PoolerError,
// *VersionError.
func Open(ctx context.Context, url, applicationName string) (*Target, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, errors.New("the target's connection string is not one that PostgreSQL understands; " +
			"it looks like postgres://user:password@host:5432/database?sslmode=require")
	}
	if !strings.HasPrefix(applicationName, applicationPrefix) {
		applicationName = strings.TrimSpace(applicationPrefix + " " + applicationName)
	}
	config.ConnConfig.RuntimeParams["application_name"] = applicationName
	if config.ConnConfig.ConnectTimeout == 0 {
		config.ConnConfig.ConnectTimeout = connectTime
	}
	config.MaxConns = maxConnections
	config.MinConns = 0
	config.MaxConnIdleTime = time.Minute
	config.AfterConnect = settle
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("prepare connections to the target: %w", err)
	}
	t := &Target{
		LockTimeout: 2 * time.Second, LockPatience: 2 * time.Minute, ProofTime: time.Minute,
		pool: pool, role: config.ConnConfig.User,
		server: net.JoinHostPort(config.ConnConfig.Host, strconv.Itoa(int(config.ConnConfig.Port))),
	}
	if err := t.recognise(ctx); err != nil {
		pool.Close()
		return nil, err
	}
	return t, nil
}

// settle gives a session settings under which PostgreSQL prints the same text for the same object on every server, and new objects
// get what their statement says and nothing from a default of the role or database. What it commits outlives a crash of the server:
// others are told of it, and a fence that went back would let two in.
func settle(ctx context.Context, conn *pgx.Conn) error {
	_, err := conn.Exec(ctx, `SET search_path = ''; SET default_tablespace = ''; SET statement_timeout = 0;
		SET idle_in_transaction_session_timeout = 0; SET quote_all_identifiers = off;
		SET datestyle = 'ISO, MDY'; SET intervalstyle = postgres; SET timezone = 'UTC'; SET extra_float_digits = 1; SET jit = off;
		SET default_transaction_isolation = 'read committed'; SET default_transaction_read_only = off; SET client_min_messages = warning;
		SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off';
		SELECT set_config(n, '0', false) FROM unnest(ARRAY['idle_session_timeout', 'transaction_timeout']) n WHERE current_setting(n, true) <> '0'`)
	return err
}

// recognise asks the server who it is. A pooler makes up the process id that a client is given at the start.
func (t *Target) recognise(ctx context.Context) error {
	conn, err := t.pool.Acquire(ctx)
	if err != nil {
		return t.connectError(err)
	}
	defer conn.Release()
	var pid uint32
	err = conn.QueryRow(ctx, "SELECT pg_backend_pid(), current_setting('server_version_num')::int, current_user", pgx.QueryExecModeSimpleProtocol).
		Scan(&pid, &t.version, &t.role)
	if err != nil {
		return t.connectError(err)
	}
	if pid != conn.Conn().PgConn().PID() {
		return &PoolerError{Server: t.server}
	}
	if t.version < oldestServer {
		return &VersionError{What: "PostgreSQL", Has: strconv.Itoa(t.version / 10000), Want: "13 and later"}
	}
	return nil
}

// connectError sorts the reasons for which a connection can fail, and leaves the connection string out.
func (t *Target) connectError(err error) error {
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		switch refused.Code {
		case "28000", "28P01", "3D000", "42501":
			return &AuthError{Server: t.server, Role: t.role, Reason: refused.Message}
		}
		if strings.Contains(refused.Message, "unsupported startup parameter") {
			return &PoolerError{Server: t.server}
		}
		return &UnreachableError{Server: t.server, Reason: refused.Message}
	}
	var network *net.OpError
	var unknownHost *net.DNSError
	switch {
	case errors.As(err, &unknownHost):
		return &UnreachableError{Server: t.server, Reason: "the host name is unknown"}
	case errors.As(err, &network):
		return &UnreachableError{Server: t.server, Reason: network.Err.Error()}
	case errors.Is(err, context.DeadlineExceeded):
		return &UnreachableError{Server: t.server, Reason: "no answer in time"}
	case errors.Is(err, context.Canceled):
		return err
	}
	var failed *pgconn.ConnectError
	if errors.As(err, &failed) && failed.Unwrap() != nil {
		return &UnreachableError{Server: t.server, Reason: failed.Unwrap().Error()}
	}
	return &UnreachableError{Server: t.server, Reason: err.Error()}
}

// lostError gives the error of a session that ended under its transaction as an *UnreachableError, unless an administrator ended it:
// that says itself what happened, and the server may be there. Any other error it returns as it is.
func (t *Target) lostError(ctx context.Context, conn *pgx.Conn, err error) error {
	if err == nil || ctx.Err() != nil || !conn.IsClosed() {
		return err
	}
	var ended *pgconn.PgError
	var network net.Error
	switch {
	case errors.As(err, &ended) && ended.Code == adminShutdown:
		return err
	case errors.As(err, &ended):
		return &UnreachableError{Server: t.server, Reason: "the session ended: " + ended.Message}
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.As(err, &network), pgconn.SafeToRetry(err):
		return &UnreachableError{Server: t.server, Reason: "the connection was lost", Err: err}
	}
	return err
}

const adminShutdown = "57P01" // pg_terminate_backend, and a server that is shut down or has lost its first process

// Close ends the connections.
func (t *Target) Close() { t.pool.Close() }

// Role is the role that Ferryman is on the target.
func (t *Target) Role() string { return t.role }

// ServerVersion is PostgreSQL's server_version_num, such as 150018.
func (t *Target) ServerVersion() int { return t.version }

// sqlState is the SQLSTATE of an error of PostgreSQL, empty for any other.
func sqlState(err error) string {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}
