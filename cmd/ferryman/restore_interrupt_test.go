// SPDX-License-Identifier: Apache-2.0

package main_test

import (
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// binary is the built ferryman, for runs that are watched.
func binary(t *testing.T) string {
	t.Helper()
	require.Zero(t, ferryman(t, with{}, "version").status)
	return filepath.Join(built.dir, "ferryman")
}

// heard is what a program has said so far.
type heard struct {
	mu  sync.Mutex
	all strings.Builder
}

func (h *heard) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.all.Write(p)
}

func (h *heard) String() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.all.String()
}

// However a run ends in the middle, the next one does the rest.
func TestRestoreIsInterruptedAndRunAgain(t *testing.T) {
	t.Parallel()
	program := binary(t)
	for name, signal := range map[string]syscall.Signal{"interrupted": syscall.SIGINT, "killed": syscall.SIGKILL} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			at := aside(t)
			admin, holder := session(t, at), session(t, at)
			run(t, admin, closed)
			// Who writes to a table holds up what locks it: its unique constraint waits, and the index of the other table goes first.
			run(t, holder, "BEGIN; LOCK TABLE app.venue IN ROW EXCLUSIVE MODE")
			cmd := exec.Command(program, "restore", "--target", at, "--yes")
			var stdout strings.Builder
			var stderr heard
			cmd.Stdout, cmd.Stderr = &stdout, &stderr
			require.NoError(t, cmd.Start())
			ended := make(chan error, 1)
			go func() { ended <- cmd.Wait() }()
			require.Eventually(t, func() bool {
				n, _ := left(t, at)
				var waiting bool
				require.NoError(t, admin.QueryRow(t.Context(), `SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()
					AND application_name = 'ferryman restore' AND wait_event_type = 'Lock')`).Scan(&waiting))
				return n == 3 && waiting && strings.Contains(stderr.String(), "1 of ") // it knows itself that one is back
			}, 2*time.Minute, 5*time.Millisecond)
			require.NoError(t, cmd.Process.Signal(signal))
			select {
			case <-ended:
			case <-time.After(2 * time.Minute):
				_ = cmd.Process.Kill()
				t.Fatal("it did not end")
			}
			if signal == syscall.SIGINT {
				require.Equal(t, 1, cmd.ProcessState.ExitCode(), stderr.String())
				require.Contains(t, stdout.String(), "Interrupted: 1 brought back. What is not back is still saved; run the same again for it.")
			}
			run(t, holder, "ROLLBACK")

			r := ferryman(t, with{}, "restore", "--target", at, "--yes")
			require.Zero(t, r.status, r.stderr+r.stdout)
			n, on := left(t, at)
			require.Zero(t, n)
			require.True(t, on)
			var lines []string
			require.NoError(t, admin.QueryRow(t.Context(), "SELECT array_agg(detail ORDER BY id) FROM ferryman.audit WHERE action = 'restore'").Scan(&lines))
			require.Contains(t, lines[len(lines)-1], "3 brought back")
			if signal == syscall.SIGINT {
				require.Len(t, lines, 4, "each run leaves a line when it begins and one when it ends")
				require.Contains(t, lines[1], "1 brought back")
				require.Contains(t, lines[1], "stopped: ")
				require.Contains(t, lines[2], "begins: 3 objects are to come back")
			} else {
				require.Len(t, lines, 3, "a run that is killed has left its first line")
				require.Contains(t, lines[0], "begins: 4 objects")
			}
		})
	}
}

func TestRestoreDrawsABarOnATerminal(t *testing.T) {
	t.Parallel()
	program, err := exec.LookPath("script")
	if err != nil {
		t.Skip("script is not installed: apt-get install bsdutils")
	}
	at := aside(t)
	cmd := exec.Command(program, "-q", "-e", "-c", "stty cols 44; exec '"+binary(t)+"' restore --yes --target '"+at+"'", filepath.Join(t.TempDir(), "typescript"))
	cmd.Stdin = strings.NewReader("")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
	require.Regexp(t, `\r\x1b\[K\[####################\] 3 of 3 back, (\d+m)?\d+s\r\n`, string(out))
	for _, drawn := range strings.Split(string(out), "\r\x1b[K")[1:] {
		line, _, _ := strings.Cut(drawn, "\r")
		require.LessOrEqual(t, len([]rune(line)), 43, "a bar must fit a line: %q", line)
	}
	r := ferryman(t, with{}, "restore", "--target", aside(t), "--yes")
	require.NotContains(t, r.stderr, "\x1b")
	require.Contains(t, r.stderr, "3 of 3 back\n")
}
