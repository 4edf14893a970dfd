// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/ferryman/ferryman/internal/localserver"
	"github.com/jackc/pgx/v5"
)

// settings are what the server is started with: durable as a production server is, with memory and WAL enough that neither a
// checkpoint nor autovacuum falls into a run.
var settings = map[string]string{
	"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on", "shared_buffers": "1GB", "max_wal_size": "8GB",
	"checkpoint_timeout": "30min", "autovacuum": "off",
}

// memoryMB is the maintenance_work_mem of all sessions of a contestant together.
const memoryMB = 512

// The role that owns everything and that every contestant is: no superuser.
const ownerRole = "ferryman"

// bench is one run of the program: its server and where it writes.
type bench struct {
	opts    options
	server  *localserver.Postgres
	admin   *pgx.Conn
	version int    // server_version_num
	bin     string // the directory of the server's own client programs
	dir     string // for dumps and lists
	cores   int
	stdout  io.Writer
	log     io.Writer
	out     strings.Builder // of the part at work
	started time.Time
}

func start(ctx context.Context, opts options, out, log io.Writer) (*bench, error) {
	b := &bench{opts: opts, stdout: out, log: log, cores: runtime.NumCPU(), started: time.Now()}
	var err error
	if b.dir, err = os.MkdirTemp("", "ferryman-bench-"); err != nil {
		return nil, err
	}
	chosen := settings
	if opts.quick {
		chosen = nil // localserver's own, which are not durable
	}
	if b.server, err = localserver.StartPostgres(ctx, localserver.PostgresOptions{Settings: chosen}); err != nil {
		b.stop()
		return nil, err
	}
	if b.admin, err = pgx.Connect(ctx, b.server.URL("postgres")); err != nil {
		b.stop()
		return nil, err
	}
	err = b.admin.QueryRow(ctx, "SELECT setting, current_setting('server_version_num')::int FROM pg_config WHERE name = 'BINDIR'").
		Scan(&b.bin, &b.version)
	if err == nil {
		_, err = b.admin.Exec(ctx, "CREATE ROLE "+ownerRole+" LOGIN PASSWORD '"+ownerRole+"'")
	}
	if err != nil {
		b.stop()
		return nil, err
	}
	return b, nil
}

func (b *bench) stop() {
	if b.admin != nil {
		_ = b.admin.Close(context.Background())
	}
	if b.server != nil {
		b.server.Stop()
	}
	_ = os.RemoveAll(b.dir)
}

// say writes a line of progress.
func (b *bench) say(format string, args ...any) {
	fmt.Fprintf(b.log, "%6.1fs  %s\n", time.Since(b.started).Seconds(), fmt.Sprintf(format, args...))
}

// url is the owner's connection string to a database.
func (b *bench) url(database string) string { return b.server.UserURL(ownerRole, ownerRole, database) }

// create makes a database that belongs to the owner; a template is copied file by file where the server can, which writes no WAL.
func (b *bench) create(ctx context.Context, name, template string) error {
	sql := "CREATE DATABASE " + name + " OWNER " + ownerRole
	if template != "" {
		sql += " TEMPLATE " + template
		if b.version >= 150000 {
			sql += " STRATEGY file_copy"
		}
	}
	_, err := b.admin.Exec(ctx, sql)
	return err
}

func (b *bench) drop(ctx context.Context, name string) error {
	_, err := b.admin.Exec(ctx, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)")
	return err
}

// exec runs SQL in a database, as the superuser or the owner.
func (b *bench) exec(ctx context.Context, url string, statements ...string) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	for _, sql := range statements {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return fmt.Errorf("%s: %w", strings.SplitN(sql, "\n", 2)[0], err)
		}
	}
	return nil
}

// program finds one of PostgreSQL's clients: the server's own, else in PATH.
func (b *bench) program(name string) string {
	if path := filepath.Join(b.bin, name); fileExists(path) {
		return path
	}
	return name
}

func fileExists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// call runs a program and returns what it printed; what it complained of is in the error.
func (b *bench) call(ctx context.Context, program string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, program, args...)
	out, err := cmd.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return string(out), fmt.Errorf("%s: %w: %s", filepath.Base(program), err, strings.TrimSpace(string(exit.Stderr)))
	}
	return string(out), err
}
