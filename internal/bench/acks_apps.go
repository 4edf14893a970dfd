// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/ferryman/ferryman/internal/standin/slack"
)

// buildFerryman builds the program as it is delivered.
func (b *bench) buildFerryman(ctx context.Context) (string, error) {
	path := filepath.Join(b.dir, "ferryman")
	if _, err := b.call(ctx, "go", "build", "-o", path, "github.com/ferryman/ferryman/cmd/ferryman"); err != nil {
		return "", err
	}
	return path, nil
}

// blackHole takes connections and never says a word.
type blackHole struct {
	listener net.Listener
	mu       sync.Mutex
	held     []net.Conn
}

func newBlackHole() (*blackHole, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	h := &blackHole{listener: listener}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			h.mu.Lock()
			h.held = append(h.held, conn)
			h.mu.Unlock()
		}
	}()
	return h, nil
}

func (h *blackHole) close() {
	_ = h.listener.Close()
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, conn := range h.held {
		_ = conn.Close()
	}
}

// ferryman starts the built program with PostgreSQL, Oracle and AWS all behind the hole.
func (h *blackHole) ferryman(program, dir string) func(context.Context, *slack.Server, string) (func(), error) {
	return func(ctx context.Context, w *slack.Server, redisURL string) (func(), error) {
		config := filepath.Join(dir, "ferryman.yaml")
		if err := os.WriteFile(config, fmt.Appendf(nil, `profiles:
  box-office:
    channel: %s
    source: { url: "${ORACLE_URL}", schemas: [BOXOFFICE] }
    target: { url: "${TARGET_URL}" }
    aws: { region: eu-central-1 }
    operators: { users: [%s] }
    approvers: { groups: [%s] }
`, slack.Migrations, slack.DBA, slack.Approvers), 0o600); err != nil {
			return nil, err
		}
		at := h.listener.Addr().String()
		return startApp(ctx, exec.Command(program, "run"), append(slackEnvironment(w, redisURL), "FERRYMAN_CONFIG="+config, "AWS_ENDPOINT_URL=http://"+at,
			"AWS_REGION=eu-central-1", "AWS_ACCESS_KEY_ID=bench", "AWS_SECRET_ACCESS_KEY=bench", "AWS_EC2_METADATA_DISABLED=true",
			"ORACLE_URL=oracle://ferryman:bench@"+at+"/ORCL", "TARGET_URL=postgres://ferryman:bench@"+at+"/tickets?sslmode=disable"))
	}
}

//go:embed bolt/app.js
var boltScript []byte

// boltApp starts the Bolt app, or why it can't be. Its modules are in $FERRYMAN_NODE_MODULES, else .tools/bolt/node_modules of the
// checkout.
func boltApp(dir string) (start func(context.Context, *slack.Server, string) (func(), error), why string) {
	modules := os.Getenv("FERRYMAN_NODE_MODULES")
	for up := "."; modules == "" && len(up) < 20; up = filepath.Join(up, "..") {
		if _, err := os.Stat(filepath.Join(up, ".tools", "bolt", "node_modules", "redis")); err == nil {
			modules = filepath.Join(up, ".tools", "bolt", "node_modules")
		}
	}
	modules, err := filepath.Abs(modules)
	if _, missing := os.Stat(filepath.Join(modules, "@slack", "bolt")); err != nil || missing != nil {
		return nil, "Bolt for JavaScript is not there: `make tools` installs it"
	}
	script := filepath.Join(dir, "bolt.js")
	if err := os.WriteFile(script, boltScript, 0o600); err != nil {
		return nil, err.Error()
	}
	return func(ctx context.Context, w *slack.Server, redisURL string) (func(), error) {
		return startApp(ctx, exec.Command("node", script), append(slackEnvironment(w, redisURL), "NODE_PATH="+modules, "NODE_ENV=production"))
	}, ""
}

func slackEnvironment(w *slack.Server, redisURL string) []string {
	return []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.TempDir(), "REDIS_URL=" + redisURL,
		"SLACK_API_URL=" + w.APIURL(), "SLACK_BOT_TOKEN=" + w.BotToken(), "SLACK_APP_TOKEN=" + w.AppToken()}
}

// startApp starts a process; stop ends it, at once where it does not end by itself.
func startApp(ctx context.Context, cmd *exec.Cmd, env []string) (stop func(), err error) {
	var said bytes.Buffer
	cmd.Env, cmd.Stderr = env, &said
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	giveUp := context.AfterFunc(ctx, func() { _ = cmd.Process.Kill() })
	return func() {
		giveUp()
		_ = cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-ended:
		case <-time.After(time.Second):
			_ = cmd.Process.Kill()
			<-ended
		}
	}, nil
}
