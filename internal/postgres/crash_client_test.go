// SPDX-License-Identifier: Apache-2.0

package postgres_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/stretchr/testify/require"
)

// clientVariable makes a process of the test binary a Ferryman that a test can kill as the kernel kills: its value is a clientSpec.
const clientVariable = "FERRYMAN_CRASH_CLIENT"

// clientSpec says what the child is to do.
type clientSpec struct {
	URL   string
	Plan  string // a file with the plan's JSON
	Phase int    // where the last one was, as in life
	Ask   bool   // wait for a line on stdin at each boundary
}

// clientMain is the child: it lives as every Ferryman does and prints each boundary it comes to. It goes when its stdin ends, so that
// none is left behind.
func clientMain(text string) int {
	answers := make(chan string)
	go func() {
		lines := bufio.NewScanner(os.Stdin)
		for lines.Scan() {
			answers <- lines.Text()
		}
		os.Exit(3)
	}()
	var spec clientSpec
	l := life{boundary: func(name string) {
		fmt.Println(name)
		if spec.Ask {
			<-answers
		}
	}}
	err := json.Unmarshal([]byte(text), &spec)
	if err == nil {
		var plan []byte
		if plan, err = os.ReadFile(spec.Plan); err == nil {
			err = json.Unmarshal(plan, &l.plan)
		}
	}
	var target *postgres.Target
	if err == nil {
		l.phase = spec.Phase
		target, err = postgres.Open(context.Background(), spec.URL, "test")
	}
	if err == nil {
		err = l.live(context.Background(), target)
	}
	if err != nil {
		fmt.Println("error", strings.ReplaceAll(err.Error(), "\n", " "))
		return 1
	}
	return 0
}

// client is a running child.
type client struct {
	cmd   *exec.Cmd
	stdin io.WriteCloser
	lines chan string // closed when it has ended
}

// startClient starts a Ferryman that goes on in the life's phase.
func (b *testBundle) startClient(t *testing.T, l *life, ask bool) *client {
	t.Helper()
	plan, err := json.Marshal(l.plan)
	require.NoError(t, err)
	spec := clientSpec{URL: b.url, Plan: filepath.Join(t.TempDir(), "plan.json"), Phase: l.phase, Ask: ask}
	require.NoError(t, os.WriteFile(spec.Plan, plan, 0o600))
	text, err := json.Marshal(spec)
	require.NoError(t, err)

	c := &client{cmd: exec.Command(os.Args[0]), lines: make(chan string, 1000)}
	c.cmd.Env = append(os.Environ(), clientVariable+"="+string(text))
	c.cmd.Stderr = os.Stderr
	c.stdin, err = c.cmd.StdinPipe()
	require.NoError(t, err)
	out, err := c.cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, c.cmd.Start())
	t.Cleanup(c.kill)
	go func() {
		defer close(c.lines)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			c.lines <- lines.Text()
		}
		_ = c.cmd.Wait()
	}()
	return c
}

// next waits for the next boundary, and keeps the life's phase where the child's is. ok is false when the child has done everything.
func (c *client) next(t *testing.T, l *life) (boundary string, ok bool) {
	t.Helper()
	boundary, ok = <-c.lines
	l.heard(t, boundary)
	return boundary, ok
}

// heard keeps the phase of a life where its child says it is.
func (l *life) heard(t *testing.T, boundary string) {
	t.Helper()
	require.NotContains(t, boundary, "error ", "nobody killed it")
	var phase int
	if n, _ := fmt.Sscanf(boundary, "phase %d", &phase); n == 1 {
		l.phase = phase
	}
}

func (c *client) goOn(t *testing.T) {
	t.Helper()
	_, err := fmt.Fprintln(c.stdin, "go on")
	require.NoError(t, err)
}

// kill is kill -9. What it had printed before stays in lines.
func (c *client) kill() {
	_ = c.cmd.Process.Kill()
}

// killed kills the child, waits until it is gone, and keeps the life's phase where the child's was.
func (c *client) killed(t *testing.T, l *life) {
	t.Helper()
	c.kill()
	for boundary := range c.lines {
		l.heard(t, boundary)
	}
}
