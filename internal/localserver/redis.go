// SPDX-License-Identifier: Apache-2.0

package localserver

import (
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
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

// RedisOptions says how to start a redis-server. The zero value starts one on a free port that loses nothing.
type RedisOptions struct {
	// Port to listen on; 0 chooses a free one.
	Port int
	// Settings replace those of redis.conf by name, or add to them.
	Settings map[string]string

	// sentinel starts it as a Sentinel, whose directives are the lines; needsBus chooses a port that leaves room for a Cluster's bus.
	sentinel []string
	needsBus bool
}

// StartRedis starts a redis-server with its data in a temporary directory; port 0 chooses a free one. It returns a *NotFoundError
// where redis-server is not installed.
func StartRedis(ctx context.Context, port int) (*Redis, error) {
	return StartRedisWith(ctx, RedisOptions{Port: port})
}

// StartRedisWith is StartRedis with settings of one's own.
func StartRedisWith(ctx context.Context, o RedisOptions) (*Redis, error) {
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
	r := &Redis{Port: o.Port, dir: dir}
	file := filepath.Join(dir, "redis.conf")
	r.launch = func() (*process, error) {
		args := []string{file}
		if o.sentinel != nil {
			args = append(args, "--sentinel")
		}
		return startProcess(exec.Command(server, args...))
	}
	for attempt := 0; ; attempt++ {
		if o.Port == 0 {
			if r.Port, err = redisPort(o.needsBus); err != nil {
				r.Stop()
				return nil, err
			}
		}
		// A file, and not arguments: what a Sentinel tells the server is kept in it through a restart.
		if err = os.WriteFile(file, []byte(o.file(r.Port, dir)), 0o600); err == nil {
			err = r.Start(ctx)
		}
		if err == nil {
			return r, nil
		}
		if attempt == 2 || o.Port != 0 {
			r.Stop()
			return nil, fmt.Errorf("start Redis: %w", err)
		}
	}
}

// file is the content of redis.conf.
func (o RedisOptions) file(port int, dir string) string {
	settings := map[string]string{"port": fmt.Sprint(port), "bind": "127.0.0.1", "dir": dir, "unixsocket": socket(dir)}
	if o.sentinel == nil {
		maps.Copy(settings, map[string]string{
			"databases": "10000", "appendonly": "yes", "appendfsync": "always", "save": `""`, "maxmemory-policy": "noeviction",
			"repl-diskless-sync-delay": "0", "repl-ping-replica-period": "1",
		})
	}
	maps.Copy(settings, o.Settings)
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		lines = append(lines, name+" "+settings[name])
	}
	return strings.Join(append(lines, o.sentinel...), "\n") + "\n"
}

// redisPort is a free port, with a free one 10,000 above it where the server needs it for a Cluster's bus.
func redisPort(needsBus bool) (int, error) {
	for {
		port, err := FreePort()
		if err != nil || !needsBus || isFree(port+10000) {
			return port, err
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
	// By its own socket: at the port another server may answer, if this one was too late to have it.
	client := redis.NewClient(&redis.Options{Network: "unix", Addr: socket(r.dir), Protocol: 2, MaxRetries: -1, DialerRetries: 1, MaintNotificationsConfig: noMaintenance})
	defer client.Close()
	if err := proc.waitReady(ctx, func(ctx context.Context) error { return client.Ping(ctx).Err() }); err != nil {
		proc.stop(syscall.SIGKILL)
		return err
	}
	return nil
}

// socket is where a server whose data is in dir listens beside its port, which it does after it has the port.
func socket(dir string) string { return filepath.Join(dir, "redis.sock") }

// Addr is host:port.
func (r *Redis) Addr() string { return fmt.Sprintf("127.0.0.1:%d", r.Port) }

// URL is the address of one of its databases, as REDIS_URL takes it.
func (r *Redis) URL(database int) string { return fmt.Sprintf("redis://%s/%d", r.Addr(), database) }

// Pause keeps the server from doing anything (SIGSTOP) while its connections stay open, until Resume.
func (r *Redis) Pause() { r.signal(syscall.SIGSTOP) }

// Resume lets a paused server go on.
func (r *Redis) Resume() { r.signal(syscall.SIGCONT) }

func (r *Redis) signal(s syscall.Signal) {
	if r.proc != nil {
		_ = r.proc.cmd.Process.Signal(s)
	}
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

// client speaks to this very server, whatever it belongs to.
func (r *Redis) client() *redis.Client {
	return redis.NewClient(&redis.Options{Addr: r.Addr(), Protocol: 2, MaxRetries: -1, DialerRetries: 1, MaintNotificationsConfig: noMaintenance})
}

// StartReplica starts a server that follows this one, and returns once it has what this one has.
func (r *Redis) StartReplica(ctx context.Context) (*Redis, error) {
	before := r.replicas(ctx)
	replica, err := StartRedisWith(ctx, RedisOptions{Settings: map[string]string{"replicaof": fmt.Sprintf("127.0.0.1 %d", r.Port)}})
	if err != nil {
		return nil, err
	}
	if err := r.WaitReplicas(ctx, before+1); err != nil {
		replica.Stop()
		return nil, err
	}
	return replica, nil
}
