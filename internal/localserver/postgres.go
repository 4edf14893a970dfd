// SPDX-License-Identifier: Apache-2.0

package localserver

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// Postgres is a running PostgreSQL server whose superuser is "postgres" and whose connections from this machine need the password
// in URL (scram-sha-256), so that roles and passwords behave as on a real server.
type Postgres struct {
	// Port is where it listens on 127.0.0.1.
	Port int

	dir      string
	password string
	launch   func() (*process, error)
	proc     *process
}

// PostgresOptions says how to start a PostgreSQL server. The zero value starts one on a free port with settings for speed.
type PostgresOptions struct {
	// Port to listen on; 0 chooses a free one.
	Port int
	// Settings are added to the command line as -c name=value.
	Settings map[string]string
}

// StartPostgres makes a new cluster in a temporary directory and starts it. PostgreSQL refuses to run as root: there, the child
// runs as user postgres, else nobody. It returns a *NotFoundError where the server's programs are not installed.
func StartPostgres(ctx context.Context, opts PostgresOptions) (*Postgres, error) {
	initdb, ok1 := findProgram("initdb", "FERRYMAN_POSTGRES_BIN", "/usr/lib/postgresql/*/bin", "/opt/homebrew/opt/postgresql@*/bin", "/usr/local/opt/postgresql@*/bin")
	server, ok2 := findProgram("postgres", "FERRYMAN_POSTGRES_BIN", "/usr/lib/postgresql/*/bin", "/opt/homebrew/opt/postgresql@*/bin", "/usr/local/opt/postgresql@*/bin")
	if !ok1 || !ok2 {
		return nil, &NotFoundError{Program: "PostgreSQL server (initdb, postgres)", Install: "run `make tools`, or `apt-get install postgresql`, or `brew install postgresql@17`"}
	}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Minute)
	defer cancel()

	dir, err := os.MkdirTemp("", "ferryman-pg-")
	if err != nil {
		return nil, fmt.Errorf("make a directory for PostgreSQL: %w", err)
	}
	p := &Postgres{Port: opts.Port, dir: dir, password: "postgres"}
	credential, err := p.ownDirectory()
	if err != nil {
		p.Stop()
		return nil, err
	}
	command := func(name string, args ...string) *exec.Cmd {
		cmd := exec.Command(name, args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "LC_ALL=C", "TZ=UTC")
		if credential != nil {
			cmd.SysProcAttr = &syscall.SysProcAttr{Credential: credential}
		}
		return cmd
	}
	data := filepath.Join(dir, "data")
	pwfile := filepath.Join(dir, "pw")
	if out, err := command(initdb, "--no-sync", "--locale=C", "--encoding=UTF8", "--username=postgres",
		"--auth-local=trust", "--auth-host=scram-sha-256", "--pwfile="+pwfile, "-D", data).CombinedOutput(); err != nil {
		p.Stop()
		return nil, fmt.Errorf("initdb: %w: %s", err, out)
	}
	p.launch = func() (*process, error) {
		args := []string{"-D", data, "-k", dir, "-p", strconv.Itoa(p.Port), "-c", "listen_addresses=127.0.0.1",
			"-c", "max_connections=300", "-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off",
			"-c", "shared_buffers=128MB", "-c", "timezone=UTC"}
		for name, value := range opts.Settings {
			args = append(args, "-c", name+"="+value)
		}
		return startProcess(command(server, args...))
	}
	for attempt := 0; ; attempt++ {
		if opts.Port == 0 {
			if p.Port, err = FreePort(); err != nil {
				p.Stop()
				return nil, err
			}
		}
		if err = p.Start(ctx); err == nil {
			return p, nil
		}
		if attempt == 2 || opts.Port != 0 {
			p.Stop()
			return nil, fmt.Errorf("start PostgreSQL: %w", err)
		}
	}
}

// ownDirectory writes the password file and, for root, hands the directory to the user the server will run as.
func (p *Postgres) ownDirectory() (*syscall.Credential, error) {
	if err := os.WriteFile(filepath.Join(p.dir, "pw"), []byte(p.password+"\n"), 0o600); err != nil {
		return nil, err
	}
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, _ := strconv.Atoi(u.Uid)
		gid, _ := strconv.Atoi(u.Gid)
		for _, path := range []string{p.dir, filepath.Join(p.dir, "pw")} {
			if err := os.Chown(path, uid, gid); err != nil {
				return nil, fmt.Errorf("give %s to user %s: %w", path, name, err)
			}
		}
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
	}
	return nil, fmt.Errorf("PostgreSQL does not run as root, and neither user postgres nor nobody exists here")
}

// Start starts a server that was ended with Halt or Kill, on the same port and data.
func (p *Postgres) Start(ctx context.Context) error {
	proc, err := p.launch()
	if err != nil {
		return err
	}
	p.proc = proc
	err = proc.waitReady(ctx, func(ctx context.Context) error {
		// By its own socket: at the port another server may answer, if this one was too late to have it.
		conn, err := pgx.Connect(ctx, fmt.Sprintf("host='%s' port=%d user=postgres dbname=postgres sslmode=disable", p.dir, p.Port))
		if err != nil {
			return err
		}
		return conn.Close(ctx)
	})
	if err != nil {
		proc.stop(syscall.SIGQUIT)
	}
	return err
}

// URL is the superuser's connection string to one of its databases.
func (p *Postgres) URL(database string) string {
	return p.UserURL("postgres", p.password, database)
}

// UserURL is a role's connection string to one of its databases.
func (p *Postgres) UserURL(role, password, database string) string {
	u := url.URL{Scheme: "postgres", User: url.UserPassword(role, password), Host: fmt.Sprintf("127.0.0.1:%d", p.Port), Path: "/" + database, RawQuery: "sslmode=disable"}
	return u.String()
}

// Halt ends the server at once, as a crash would (immediate shutdown), and keeps its data.
func (p *Postgres) Halt() {
	if p.proc != nil {
		p.proc.stop(syscall.SIGQUIT)
		p.proc = nil
	}
}

// Kill ends the server's first process with SIGKILL and keeps its data. It returns once the sessions, which notice that and leave,
// are gone too: before, nobody could start the server on this data.
func (p *Postgres) Kill() {
	if p.proc != nil {
		p.proc.stop(syscall.SIGKILL)
		p.proc = nil
	}
}

// Stop ends the server and removes its data.
func (p *Postgres) Stop() {
	p.Halt()
	_ = os.RemoveAll(p.dir)
}
