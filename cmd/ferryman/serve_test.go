// SPDX-License-Identifier: Apache-2.0

package main_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	main "github.com/ferryman/ferryman/cmd/ferryman"
	"github.com/ferryman/ferryman/internal/localserver"
	standin "github.com/ferryman/ferryman/internal/standin/slack"
	"github.com/stretchr/testify/require"
)

// daemon is a `ferryman run` with its own Slack and Redis.
type daemon struct {
	t     *testing.T
	slack *standin.Server
	redis *localserver.Redis
	url   string
	cmd   *exec.Cmd
	ended chan error

	mu  sync.Mutex
	log bytes.Buffer
}

func (d *daemon) Write(p []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.log.Write(p)
}

func (d *daemon) said() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.log.String()
}

// startDaemon starts it with Slack as prepare leaves it.
func startDaemon(t *testing.T, prepare func(*standin.Server)) *daemon {
	t.Helper()
	ferryman(t, with{}, "version") // builds it
	d := &daemon{t: t, slack: standin.New(standin.Options{}), ended: make(chan error, 1)}
	require.NoError(t, d.slack.Start("127.0.0.1:0"))
	t.Cleanup(d.slack.Close)
	prepare(d.slack)
	var err error
	d.redis, err = localserver.StartRedis(context.Background(), 0)
	require.NoError(t, err)
	t.Cleanup(d.redis.Stop)
	d.start()
	return d
}

// another starts one more replica in the same Slack and Redis.
func (d *daemon) another() *daemon {
	d.t.Helper()
	other := &daemon{t: d.t, slack: d.slack, redis: d.redis, ended: make(chan error, 1)}
	other.start()
	return other
}

func (d *daemon) start() {
	d.t.Helper()
	t := d.t
	port, err := localserver.FreePort()
	require.NoError(t, err)
	address := fmt.Sprintf("127.0.0.1:%d", port)
	d.url = "http://" + address
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "ferryman.yaml"), []byte(configuration), 0o600))
	d.cmd = exec.Command(filepath.Join(built.dir, "ferryman"), "run", "--listen", address)
	d.cmd.Dir = dir
	d.cmd.Env = []string{"HOME=" + dir, "PATH=" + os.Getenv("PATH"), "SLACK_APP_TOKEN=" + d.slack.AppToken(), "SLACK_BOT_TOKEN=" + d.slack.BotToken(),
		"SLACK_API_URL=" + d.slack.APIURL(), "REDIS_URL=" + d.redis.URL(0), "ORACLE_URL=oracle://u:p@127.0.0.1:1/x", "ORACLE_DMS_URL=oracle://u:p@127.0.0.1:1/x",
		"TARGET_URL=postgres://u:p@127.0.0.1:1/x", "TARGET_DMS_URL=postgres://u:p@127.0.0.1:1/x"}
	d.cmd.Stdout, d.cmd.Stderr = d, d
	require.NoError(t, d.cmd.Start())
	go func() { d.ended <- d.cmd.Wait() }()
	t.Cleanup(func() { _ = d.cmd.Process.Kill() })
}

// stops asks it to end, and waits for its end, which is a good one.
func (d *daemon) stops() {
	d.t.Helper()
	require.NoError(d.t, d.cmd.Process.Signal(syscall.SIGTERM))
	select {
	case err := <-d.ended:
		require.NoError(d.t, err, d.said())
	case <-time.After(2 * time.Minute):
		d.t.Fatal("it does not end: ", d.said())
	}
	require.Contains(d.t, d.said(), "stopping")
}

// looks asks for a page, and returns its status and parts; status 0 where nobody answers.
func (d *daemon) looks(page string) (status int, parts map[string]struct {
	OK  bool
	Why string
}) {
	resp, err := http.Get(d.url + page)
	if err != nil {
		return 0, nil
	}
	defer resp.Body.Close()
	var body struct {
		OK    bool
		Parts map[string]struct {
			OK  bool
			Why string
		}
	}
	require.NoError(d.t, json.NewDecoder(resp.Body).Decode(&body))
	require.Equal(d.t, body.OK, resp.StatusCode == http.StatusOK)
	return resp.StatusCode, body.Parts
}

// becomes waits until a page has this status; broken, where it is not empty, is the part that is not well, and why says why.
func (d *daemon) becomes(page string, status int, broken, why string) {
	d.t.Helper()
	require.Eventually(d.t, func() bool {
		found, parts := d.looks(page)
		if found != status {
			return false
		}
		return broken == "" || !parts[broken].OK && strings.Contains(parts[broken].Why, why)
	}, 40*time.Second, 50*time.Millisecond, "%s does not become %d %s %s; the log:\n%s", page, status, broken, why, d.said())
}

func TestWhatIsSeenFromOutsideIsTrue(t *testing.T) {
	t.Parallel()
	d := startDaemon(t, func(s *standin.Server) { s.FailNextHTTP("", 100000, 503) })
	d.becomes("/readyz", 503, "slack", "no socket")
	d.becomes("/healthz", 200, "", "") // that Slack is away is no reason to start it anew
	d.slack.Heal()
	d.becomes("/readyz", 200, "", "")
	_, parts := d.looks("/healthz")
	require.Len(t, parts, 3)

	d.redis.Halt()
	d.becomes("/readyz", 503, "redis", "no answer from Redis")
	d.becomes("/healthz", 200, "", "")
	require.NoError(t, d.redis.Start(context.Background()))
	d.becomes("/readyz", 200, "", "")

	d.slack.SwitchSocketMode(false)
	d.becomes("/readyz", 503, "slack", "switch on Socket Mode")
	d.slack.SwitchSocketMode(true)
	d.becomes("/readyz", 200, "", "")

	answer, err := d.slack.As(standin.DBA).Command(context.Background(), standin.Migrations, "/migrate-help")
	require.NoError(t, err)
	require.Empty(t, answer.Error)
	require.Eventually(t, func() bool {
		resp, err := http.Get(d.url + "/metrics")
		require.NoError(t, err)
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		for _, line := range []string{
			"ferryman_slack_sockets ", "ferryman_inbox_age_seconds 0", "ferryman_outbox_age_seconds 0", `ferryman_envelopes_total{outcome="stored",type="slash"} 1`,
			`ferryman_ack_seconds_count{type="slash"} 1`, `ferryman_command_seconds_count{command="/migrate-help",outcome="done"} 1`, "go_goroutines",
			"process_start_time_seconds",
		} {
			if !strings.Contains(string(body), line) {
				return false
			}
		}
		return true
	}, 2*time.Minute, 50*time.Millisecond)

	d.stops()
	require.NoError(t, d.slack.WaitSockets(t.Context(), 0)) // Slack hears a moment later that they are closed
}

func TestRollingUpdateAnswersEveryCommandOnce(t *testing.T) {
	t.Parallel()
	first := startDaemon(t, func(*standin.Server) {})
	replicas := []*daemon{first, first.another(), first.another()}
	for _, d := range replicas {
		d.becomes("/readyz", 200, "", "")
	}
	ctx, end := context.WithCancel(context.Background())
	defer end()
	var typed sync.WaitGroup
	var mu sync.Mutex
	unacked, count := map[string]string{}, 0
	typing := make(chan struct{})
	go func() {
		defer close(typing)
		beat := time.NewTicker(50 * time.Millisecond)
		defer beat.Stop()
		for ; ctx.Err() == nil; count++ {
			name := fmt.Sprintf("n-%d-", count)
			typed.Go(func() {
				answer, err := first.slack.As(standin.DBA).Command(context.Background(), standin.Migrations, "/migrate-load "+name)
				mu.Lock()
				defer mu.Unlock()
				if err != nil || answer.Error != "" {
					unacked[name] = fmt.Sprint(answer.Error, err)
				}
			})
			select {
			case <-beat.C:
			case <-ctx.Done():
			}
		}
	}()
	for i, d := range replicas {
		d.stops()
		replicas[i] = first.another()
		replicas[i].becomes("/readyz", 200, "", "")
	}
	end()
	<-typing
	typed.Wait()
	require.Greater(t, count, 20)
	require.LessOrEqual(t, len(unacked), 1, "what crosses a socket's goodbye on its way, which is a matter of a millisecond: %v", unacked)
	answers := func(name string) (n int) {
		for _, m := range first.slack.Ephemerals(standin.DBA) {
			if strings.Contains(m.Text, "*"+name+"*") {
				n++
			}
		}
		return n
	}
	for i := range count {
		name := fmt.Sprintf("n-%d-", i)
		if _, told := unacked[name]; !told {
			require.Eventually(t, func() bool { return answers(name) > 0 }, 2*time.Minute, 20*time.Millisecond, "%s was lost", name)
		}
		require.LessOrEqual(t, answers(name), 1, "%s was answered twice", name)
	}
	for _, d := range replicas {
		d.stops()
	}
}

func TestLoopThatStandsStillIsNotHealthy(t *testing.T) {
	t.Parallel()
	now := time.Now()
	turns := map[string]time.Time{"inbox": now.Add(-61 * time.Second), "outbox": now.Add(-59 * time.Second), "engine": {}}
	require.Equal(t, map[string]bool{"inbox": false, "outbox": true, "engine": true}, main.Well(turns, now, false))
	require.Equal(t, map[string]bool{"inbox": true, "outbox": true, "engine": true}, main.Well(turns, now, true), "a drain may take longer")
}

func TestAddressThatIsTakenIsSaid(t *testing.T) {
	t.Parallel()
	d := startDaemon(t, func(*standin.Server) {})
	d.becomes("/readyz", 200, "", "")
	second := exec.Command(d.cmd.Path, d.cmd.Args[1:]...)
	second.Dir, second.Env = d.cmd.Dir, d.cmd.Env
	out, err := second.CombinedOutput()
	require.Error(t, err)
	require.Contains(t, fmt.Sprint(string(out)), "--listen")
	require.NotContains(t, string(out), "goroutine ")
}
