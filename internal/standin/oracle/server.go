// SPDX-License-Identifier: Apache-2.0

package oracle

import (
	"context"
	"crypto/rand"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/ferryman/ferryman/internal/localserver"
	"github.com/ferryman/ferryman/internal/standin/oracle/dict"
	"github.com/ferryman/ferryman/internal/standin/oracle/tns"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

//go:embed sql/functions.sql
var functionsSQL string

//go:embed sql/operators.sql
var operatorsSQL string

//go:embed sql/database.sql
var databaseSQL string

//go:embed sql/views.sql
var viewsSQL string

// Version is the release that the stand-in says it is.
const Version = "19.0.0.0.0"

// Server is a running stand-in.
type Server struct {
	opts       Options
	catalog    *catalog
	notes      []string
	database   string // in PostgreSQL
	connConfig *pgconn.Config
	// generation rises with every change of the catalog, so that sessions forget what they have prepared.
	generation atomic.Int64
	ddl        sync.Mutex
	model      *dict.Model // changes under ddl
	objectID   atomic.Int64

	mu       sync.Mutex
	listener *tns.Server
	port     int
}

// Start makes the database, loads the exports and listens. When it fails nothing is left behind.
func Start(ctx context.Context, opts Options) (*Server, error) {
	if opts.Service == "" {
		opts.Service = "ORCL"
	}
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	for _, u := range opts.Users {
		if u.Name == "" || u.Password == "" {
			return nil, errors.New("the Oracle stand-in's users need a name and a password each")
		}
	}
	export, err := dict.Read(opts.Exports...)
	if err != nil {
		return nil, err
	}
	random := make([]byte, 6)
	_, _ = rand.Read(random)
	v := &Server{opts: opts, catalog: newCatalog(opts.Users), database: "standin_oracle_" + hex.EncodeToString(random), port: opts.Port}
	if err := v.admin(ctx, "CREATE DATABASE "+v.database+" TEMPLATE template0"); err != nil {
		return nil, fmt.Errorf("make a database for the Oracle stand-in: %w", err)
	}
	if err = v.fill(ctx, export); err == nil {
		err = v.firstPort()
	}
	if err != nil {
		_ = v.admin(context.WithoutCancel(ctx), "DROP DATABASE "+v.database+" WITH (FORCE)")
		return nil, err
	}
	return v, nil
}

// postgresURL is the superuser's connection string to a database.
func (v *Server) postgresURL(database string) (string, error) {
	if v.opts.Postgres != nil {
		return v.opts.Postgres.URL(database), nil
	}
	u, err := url.Parse(v.opts.PostgresURL)
	if err != nil || u.Host == "" {
		return "", errors.New("the Oracle stand-in needs a PostgreSQL server: Options.Postgres or a URL in Options.PostgresURL")
	}
	u.Path = "/" + database
	return u.String(), nil
}

// admin runs a statement in the database postgres.
func (v *Server) admin(ctx context.Context, sql string) error {
	conn, err := v.connect(ctx, "postgres")
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, sql)
	return err
}

func (v *Server) connect(ctx context.Context, database string) (*pgx.Conn, error) {
	target, err := v.postgresURL(database)
	if err != nil {
		return nil, err
	}
	config, err := pgx.ParseConfig(target)
	if err != nil {
		return nil, errors.New("the PostgreSQL URL of the Oracle stand-in is not one")
	}
	config.RuntimeParams["search_path"] = "ora, pg_catalog"
	config.RuntimeParams["client_min_messages"] = "error"
	config.RuntimeParams["TimeZone"] = "UTC"
	config.RuntimeParams["DateStyle"] = "ISO, DMY"
	config.RuntimeParams["jit"] = "off"
	for name, value := range map[string]string{"username": "SYS", "current_schema": "SYS", "sid": "0", "nls_date_format": "DD-MON-RR"} {
		config.RuntimeParams["ora."+name] = value
	}
	return pgx.ConnectConfig(ctx, config)
}

// fill makes everything in the new database.
func (v *Server) fill(ctx context.Context, export *dict.Export) error {
	conn, err := v.connect(ctx, v.database)
	if err != nil {
		return fmt.Errorf("connect to the Oracle stand-in's database: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	v.connConfig = conn.Config().Config.Copy()
	name := strings.ToUpper(v.opts.Service)
	if i := strings.IndexByte(name, '.'); i > 0 {
		name = name[:i]
	}
	logMode := "ARCHIVELOG"
	if v.opts.NoArchiveLog {
		logMode = "NOARCHIVELOG"
	}
	set := fmt.Sprintf("INSERT INTO ora.database VALUES (%s, %s, %t, %t, %t, %s);", literal(clean(name)), literal(logMode),
		v.opts.SupplementalLog, v.opts.SupplementalLogPK,
		v.opts.SupplementalLogAll, literal(Version))
	if _, err := conn.Exec(ctx, `SET check_function_bodies = off;
		CREATE SCHEMA ora; CREATE SCHEMA "SYS"; CREATE SCHEMA dict;`+databaseSQL+functionsSQL+operatorsSQL+set+viewsSQL); err != nil {
		return fmt.Errorf("make the Oracle stand-in's own objects: %w", err)
	}
	if err := loadDictionary(ctx, conn, v.catalog, export); err != nil {
		return err
	}
	l := &loader{conn: conn, catalog: v.catalog, model: export.Model(), export: export, opts: &v.opts, made: map[dict.Name]bool{}}
	l.logGroups()
	l.jobs()
	if v.opts.DictionaryOnly {
		l.model.Tables, l.model.Sequences, l.model.Views = nil, nil, nil
	} else if err := l.load(ctx); err != nil {
		return err
	}
	if err := v.addUsers(ctx, conn, l.model.Owners); err != nil {
		return err
	}
	v.notes, v.model = l.notes, l.model
	v.objectID.Store(200000)
	if v.opts.DictionaryOnly { // it may be large, and PostgreSQL plans as if it were small until it has looked
		if _, err := conn.Exec(ctx, "ANALYZE"); err != nil {
			return fmt.Errorf("analyze the Oracle stand-in's dictionary: %w", err)
		}
	}
	return v.catalog.refresh(ctx, conn)
}

// addUsers makes the users' schemas and writes down what they may do.
func (v *Server) addUsers(ctx context.Context, conn *pgx.Conn, owners []string) error {
	for name := range v.catalog.users {
		if _, err := conn.Exec(ctx, "CREATE SCHEMA IF NOT EXISTS "+quote(name)); err != nil {
			return fmt.Errorf("make the schema of user %s: %w", name, err)
		}
	}
	if err := v.catalog.saveUsers(ctx, conn, owners); err != nil {
		return fmt.Errorf("write the Oracle stand-in's users: %w", err)
	}
	return nil
}

// Password implements tns.Handler.
func (v *Server) Password(user string) (string, bool) {
	v.catalog.mu.RLock()
	defer v.catalog.mu.RUnlock()
	u := v.catalog.users[user]
	if u == nil {
		return "", false
	}
	return u.Password, true
}

// Open implements tns.Handler.
func (v *Server) Open(ctx context.Context, who tns.Client) (tns.Session, error) {
	s, err := v.openSession(ctx, who)
	if err != nil {
		return nil, err // not s: a nil *session is no nil Session
	}
	return s, nil
}

// firstPort listens at the port of the options, else at one that stays free while ClosePort has it closed.
func (v *Server) firstPort() error {
	if v.port != 0 {
		return v.OpenPort()
	}
	var err error
	for range 3 {
		if v.port, err = localserver.FreePort(); err != nil {
			return err
		}
		if err = v.OpenPort(); err == nil {
			return nil
		}
	}
	return err
}

// OpenPort listens again after ClosePort, on the same port.
func (v *Server) OpenPort() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.listener != nil {
		return nil
	}
	l, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(v.port))
	if err != nil {
		return fmt.Errorf("listen for Oracle clients: %w", err)
	}
	v.listener = tns.NewServer(v, tns.Options{Service: v.opts.Service, Logger: v.opts.Logger})
	go func(server *tns.Server) {
		if err := server.Serve(l); err != nil && !errors.Is(err, net.ErrClosed) {
			v.opts.Logger.Error("the Oracle stand-in stopped listening", "error", err)
		}
	}(v.listener)
	return nil
}

// ClosePort closes the port and every connection, as when the source goes away. What is not committed is rolled back.
func (v *Server) ClosePort() {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.listener != nil {
		_ = v.listener.Close()
		v.listener = nil
	}
}

// Close ends the stand-in and drops its database.
func (v *Server) Close() {
	v.ClosePort()
	_ = v.admin(context.Background(), "DROP DATABASE IF EXISTS "+v.database+" WITH (FORCE)")
}

// Port is the port on 127.0.0.1.
func (v *Server) Port() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.port
}

// URL is a user's address for go-ora: oracle://user:password@127.0.0.1:port/service.
func (v *Server) URL(user string) string {
	user = strings.ToUpper(user)
	password, _ := v.Password(user)
	u := url.URL{Scheme: "oracle", User: url.UserPassword(strings.ToLower(user), password), Host: fmt.Sprintf("127.0.0.1:%d", v.Port()),
		Path: "/" + v.opts.Service}
	return u.String()
}

// Notes says what of the exports the stand-in does not enforce or run, one sentence each.
func (v *Server) Notes() []string { return v.notes }
