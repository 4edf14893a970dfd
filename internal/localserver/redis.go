// SPDX-License-Identifier: Apache-2.0

package localserver

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"time"

	"github.com/redis/go-redis/v9"
)

// Redis is a running redis-server that syncs its append-only file with every write and has 10,000 databases, so that each test
// can have a key space of its own.
type Redis struct {
	// Port is where it listens on 127.0.0.1.
	Port int

	dir    string
	launch func() (*process, error)
	proc   *process
}

// StartRedis starts a redis-server with its data in a temporary directory; port 0 chooses a free one. It returns a *NotFoundError
// where redis-server is not installed.
func StartRedis(ctx context.Context, port int) (*Redis, error) {
	server, ok := findProgram("redis-server", "FERRYMAN_REDIS_BIN", "/opt/homebrew/bin", "/usr/local/bin")
	if !ok {
		return nil, &NotFoundError{Program: "redis-server", Install: "run `make tools`, or `apt-get install redis-server`, or `brew install redis`"}
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	dir, err := os.MkdirTemp("", "ferryman-redis-")
	if err != nil {
		return nil, fmt.Errorf("make a directory for Redis: %w", err)
	}
	r := &Redis{Port: port, dir: dir}
	r.launch = func() (*process, error) {
		cmd := exec.Command(server, "--port", strconv.Itoa(r.Port), "--bind", "127.0.0.1", "--dir", dir, "--databases", "10000",
			"--appendonly", "yes", "--appendfsync", "always", "--save", "", "--maxmemory-policy", "noeviction")
		return startProcess(cmd)
	}
	for attempt := 0; ; attempt++ {
		if port == 0 {
			if r.Port, err = freePort(); err != nil {
				r.Stop()
				return nil, err
			}
		}
		if err = r.Start(ctx); err == nil {
			return r, nil
		}
		if attempt == 2 || port != 0 {
			r.Stop()
			return nil, fmt.Errorf("start Redis: %w", err)
		}
	}
}

// Start starts a server that was halted with Halt, on the same port and data.
func (r *Redis) Start(ctx context.Context) error {
	proc, err := r.launch()
	if err != nil {
		return err
	}
	r.proc = proc
	client := redis.NewClient(&redis.Options{Addr: fmt.Sprintf("127.0.0.1:%d", r.Port)})
	defer client.Close()
	if err := proc.waitReady(ctx, func(ctx context.Context) error { return client.Ping(ctx).Err() }); err != nil {
		proc.stop(syscall.SIGKILL)
		return err
	}
	return nil
}

// URL is the address of one of its databases, as REDIS_URL takes it.
func (r *Redis) URL(database int) string {
	return fmt.Sprintf("redis://127.0.0.1:%d/%d", r.Port, database)
}

// Halt kills the server, as a crash would, and keeps its data.
func (r *Redis) Halt() {
	if r.proc != nil {
		r.proc.stop(syscall.SIGKILL)
		r.proc = nil
	}
}

// Stop ends the server and removes its data.
func (r *Redis) Stop() {
	r.Halt()
	_ = os.RemoveAll(r.dir)
}
