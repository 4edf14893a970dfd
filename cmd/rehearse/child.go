// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// child is the ferryman under rehearsal.
type child struct {
	path    string
	env     []string
	dir     string
	verbose bool

	mu   sync.Mutex
	cmd  *exec.Cmd
	done chan struct{}
}

// start runs `ferryman run`. Its log goes to a file in the rehearsal's directory.
func (c *child) start() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	log, err := os.OpenFile(filepath.Join(c.dir, "ferryman.log"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.Command(c.path, "run")
	cmd.Env, cmd.Dir = c.env, c.dir
	cmd.Stdout, cmd.Stderr = io.Writer(log), io.Writer(log)
	if c.verbose {
		cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", c.path, err)
	}
	done := make(chan struct{})
	c.cmd, c.done = cmd, done
	go func() {
		_ = cmd.Wait()
		close(done)
	}()
	return nil
}

// kill ends it as a crash would.
func (c *child) kill() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cmd != nil {
		_ = c.cmd.Process.Signal(syscall.SIGKILL)
		<-c.done
	}
}

// signal sends it a signal, if it runs.
func (c *child) signal(s syscall.Signal) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cmd != nil {
		_ = c.cmd.Process.Signal(s)
	}
}

// stop asks it to end, and kills it where it does not.
func (c *child) stop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cmd == nil {
		return
	}
	_ = c.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-c.done:
	case <-time.After(40 * time.Second): // it lets a step that is under way end first
		_ = c.cmd.Process.Signal(syscall.SIGKILL)
		<-c.done
	}
}

// running waits until ferryman has opened its sockets, or has ended.
func (c *child) running(ctx context.Context, w *world) error {
	c.mu.Lock()
	done := c.done
	c.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	up := make(chan error, 1)
	go func() { up <- w.slack.Wait(ctx, func() bool { return w.slack.Sockets() > 0 }) }()
	select {
	case err := <-up:
		return err
	case <-done:
		return fmt.Errorf("ferryman ended at its start:\n%s", c.log())
	}
}

// log is the end of what it wrote.
func (c *child) log() string {
	b, err := os.ReadFile(filepath.Join(c.dir, "ferryman.log"))
	if err != nil {
		return err.Error()
	}
	return string(b[max(0, len(b)-8<<10):])
}
