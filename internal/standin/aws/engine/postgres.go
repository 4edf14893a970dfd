// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Postgres is a target endpoint.
type Postgres struct {
	Host               string
	Port               int
	Database           string
	User, Password     string
	SSLMode            string // none, require, verify-ca, verify-full
	AfterConnectScript string // run on each new connection
}

func (p Postgres) connect(ctx context.Context) (*pgx.Conn, error) {
	mode := p.SSLMode
	if mode == "none" || mode == "" {
		mode = "disable"
	}
	config, err := pgx.ParseConfig("sslmode=" + mode)
	if err != nil {
		return nil, errors.New("the connection options are not valid")
	}
	config.Host, config.Port, config.Database, config.User, config.Password = p.Host, uint16(p.Port), p.Database, p.User, p.Password
	config.Fallbacks = nil
	config.ConnectTimeout = 10 * time.Second
	config.RuntimeParams = map[string]string{"application_name": "ReplicationTask", "TimeZone": "UTC", "DateStyle": "ISO, YMD"}
	if config.TLSConfig != nil {
		config.TLSConfig.ServerName = p.Host
	}
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	if p.AfterConnectScript != "" {
		if _, err := conn.PgConn().Exec(ctx, p.AfterConnectScript).ReadAll(); err != nil {
			_ = conn.Close(ctx)
			return nil, fmt.Errorf("AfterConnectScript: %w", err)
		}
	}
	return conn, nil
}

// Test connects. The error has the form of DMS's.
func (p Postgres) Test(ctx context.Context) error {
	conn, err := p.connect(ctx)
	if err == nil {
		defer conn.Close(ctx)
		err = conn.Ping(ctx)
	}
	if err != nil {
		return fmt.Errorf("Application-Status: 1020912, Application-Message: Failed to connect Network error has occurred, "+
			"Application-Detailed-Message: %s", odbcMessage(err, "08001", 101))
	}
	return nil
}

// Schemas lists the target's schemas.
func (p Postgres) Schemas(ctx context.Context) ([]string, error) {
	conn, err := p.connect(ctx)
	if err != nil {
		return nil, errors.New(odbcMessage(err, "08001", 101))
	}
	defer conn.Close(ctx)
	rows, err := conn.Query(ctx, `SELECT nspname FROM pg_catalog.pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' ORDER BY 1`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// odbcMessage words an error of the target as DMS's driver does. state and native are for errors that don't come from the server.
func odbcMessage(err error, state string, native int) string {
	text := "could not connect to server: " + networkCause(err)
	var server *pgconn.PgError
	if errors.As(err, &server) {
		text = server.Severity + ": " + server.Message
		if server.Severity == "ERROR" {
			state, native, text = server.Code, 1, text+"; Error while executing the query"
		}
	} else if !connectFailed(err) {
		text = err.Error()
	}
	return fmt.Sprintf("RetCode: SQL_ERROR  SqlState: %s NativeError: %d Message: %s", state, native, text)
}

func connectFailed(err error) bool {
	var connect *pgconn.ConnectError
	return errors.As(err, &connect) || isLost(err)
}

// networkCause is the innermost error, without the connection's options that pgx puts around it.
func networkCause(err error) string {
	for next := errors.Unwrap(err); next != nil; next = errors.Unwrap(err) {
		err = next
	}
	return err.Error()
}

// targetLost says that a connection to the target is gone, or the server is going.
func targetLost(err error) bool {
	var server *pgconn.PgError
	if errors.As(err, &server) {
		return server.Severity == "FATAL" || server.Code[:2] == "57" && server.Code != "57014"
	}
	return isLost(err) || connectFailed(err)
}
