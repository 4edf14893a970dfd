// SPDX-License-Identifier: Apache-2.0

package main_test

import (
	"bufio"
	"context"
	"io"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Ctrl-C where it asks is a no, at once.
func TestRestoreIsInterruptedWhereItAsks(t *testing.T) {
	t.Parallel()
	at, program := aside(t), binary(t)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, "restore", "--target", at)
	keyboard, err := cmd.StdinPipe()
	require.NoError(t, err)
	defer keyboard.Close()
	screen, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	out := bufio.NewReader(screen)
	asked, err := out.ReadString('?')
	require.NoError(t, err)
	require.Contains(t, asked, "Bring these 3 back?")
	require.NoError(t, cmd.Process.Signal(syscall.SIGINT))
	rest, err := io.ReadAll(out)
	require.NoError(t, err)
	require.Error(t, cmd.Wait())
	require.NoError(t, ctx.Err(), "it did not end")
	require.Equal(t, 1, cmd.ProcessState.ExitCode())
	require.Equal(t, " [y/N] \nNothing was done.\n", string(rest))
	n, _ := left(t, at)
	require.Equal(t, 4, n)
}
