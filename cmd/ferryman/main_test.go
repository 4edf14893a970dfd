// SPDX-License-Identifier: Apache-2.0

package main_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ferryman/ferryman/bot"
	standin "github.com/ferryman/ferryman/internal/standin/slack"
	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/stretchr/testify/require"
)

// built is the binary under test: one build for all tests.
var built struct {
	once sync.Once
	dir  string
	err  error
}

func TestMain(m *testing.M) { testenv.Main(m) }

// ran is what a run of the binary came to.
type ran struct {
	status         int
	stdout, stderr string
}

// with is what a run is given besides its arguments.
type with struct {
	env   []string
	stdin string
	dir   string
}

// ferryman runs the built ferryman with an environment of its own.
func ferryman(t *testing.T, w with, args ...string) ran {
	t.Helper()
	built.once.Do(func() {
		if built.dir, built.err = os.MkdirTemp("", "ferryman-built-"); built.err != nil {
			return
		}
		testenv.AtEnd(func() { _ = os.RemoveAll(built.dir) })
		cmd := exec.Command("go", "build", "-ldflags", "-X main.version=v1.2.3-test", "-o", filepath.Join(built.dir, "ferryman"), ".")
		if out, err := cmd.CombinedOutput(); err != nil {
			built.err = fmt.Errorf("build ferryman: %w: %s", err, out)
		}
	})
	require.NoError(t, built.err)
	ctx, cancel := context.WithTimeout(context.Background(), 4*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, filepath.Join(built.dir, "ferryman"), args...)
	cmd.Dir, cmd.Stdin = w.dir, strings.NewReader(w.stdin)
	if cmd.Dir == "" {
		cmd.Dir = t.TempDir()
	}
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + cmd.Dir}, w.env...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	require.NoError(t, ctx.Err(), "%v did not end: %s", args, stderr.String())
	if err != nil {
		require.IsType(t, &exec.ExitError{}, err)
	}
	require.NotContains(t, stderr.String(), "goroutine ", "a stack trace")
	return ran{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

func TestHelpAndVersion(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{}, {"--help"}, {"help"}} {
		r := ferryman(t, with{}, args...)
		require.Zero(t, r.status)
		for _, word := range []string{"run ", "doctor ", "manifest ", "snapshot ", "assess ", "plan ", "restore ", "adopt ", "audit ", "version ", "SLACK_APP_TOKEN", "SLACK_BOT_TOKEN",
			"SLACK_API_URL", "REDIS_URL", "FERRYMAN_CONFIG"} {
			require.Contains(t, r.stdout, word, args)
		}
		require.Empty(t, r.stderr)
	}
	for _, command := range []string{"run", "doctor", "manifest", "snapshot", "assess", "plan", "restore", "adopt", "audit", "version"} {
		r := ferryman(t, with{}, command, "--help")
		require.Zero(t, r.status)
		require.Contains(t, r.stdout, "ferryman "+command)
	}
	r := ferryman(t, with{}, "version")
	require.Zero(t, r.status)
	require.Regexp(t, `^ferryman v1\.2\.3-test \(go1\.[0-9.]+[^,]*, \w+/\w+\)\n$`, r.stdout)
}

func TestWrongUseExitsWithTwo(t *testing.T) {
	t.Parallel()
	for says, args := range map[string][]string{
		`there is no command "asses"`:                                        {"asses"},
		"unknown flag: --force":                                              {"run", "--force"},
		"unknown flag: --nothing":                                            {"--nothing"},
		`ferryman version takes no "please"`:                                 {"version", "please"},
		`ferryman run takes no "now"`:                                        {"run", "now"},
		"assess needs --snapshot DIR":                                        {"assess"},
		"restore needs --target URL":                                         {"restore"},
		"add --dms-is-stopped":                                               {"restore", "--target", "postgres://u:hush@127.0.0.1:1/d", "--all"},
		"invalid argument \"many\" for \"--jobs\"":                           {"restore", "--jobs", "many"},
		"set SLACK_APP_TOKEN, SLACK_BOT_TOKEN, REDIS_URL in the environment": {"run"},
		"set SLACK_APP_TOKEN, SLACK_BOT_TOKEN, REDIS_URL in the env":         {"doctor"},
	} {
		r := ferryman(t, with{}, args...)
		require.Equal(t, 2, r.status, args)
		require.Contains(t, r.stderr, says)
		require.Contains(t, r.stderr, "See: ferryman --help")
		require.Empty(t, r.stdout, args)
		require.NotContains(t, r.stderr, "hush")
	}
}

func TestTheManifestIsOneThatSlackTakes(t *testing.T) {
	t.Parallel()
	var apps []standin.App
	for _, args := range [][]string{{"manifest"}, {"manifest", "--json"}} {
		r := ferryman(t, with{}, args...)
		require.Zero(t, r.status, r.stderr)
		app, err := standin.ParseManifest([]byte(r.stdout))
		require.NoError(t, err)
		apps = append(apps, app)
	}
	require.Equal(t, apps[0], apps[1])
	app := apps[0]
	require.True(t, app.SocketMode)
	require.True(t, app.Interactivity)
	require.Len(t, app.Scopes, len(bot.BotScopes))
	var names []string
	for _, c := range app.Commands {
		names = append(names, c.Name)
		require.NotEmpty(t, c.Description)
	}
	require.Equal(t, []string{
		"/migrate-new", "/migrate-assess", "/migrate-offload", "/migrate-schema", "/migrate-prepare", "/migrate-load", "/migrate-rebuild",
		"/migrate-replicate",
		"/migrate-validate", "/migrate-cutover", "/migrate-fallback", "/migrate-status", "/migrate-help",
	}, names)
}
