// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The program calls itself for what it measures in a process of its own.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == childCommand {
		os.Exit(childMain(os.Args[2:]))
	}
	os.Exit(m.Run())
}

// Tiny sizes: every contestant that is installed ends with the schema it must end with, or run fails.
func TestTheBenchRuns(t *testing.T) {
	t.Parallel()
	opts, err := parse([]string{"--quick"}, io.Discard)
	require.NoError(t, err)
	var out, log bytes.Buffer
	err = run(t.Context(), opts, &out, &log)
	require.NoError(t, err, log.String())
	wants := []string{
		"fsync=", "24 indexes and unique constraints, 7 foreign keys",
		"| **ferryman** | 2 | 0 |", "| **psql** | 1 | 0 |", "| **pg_restore** | 1 | 0 |", "The plain script's time",
		"## setaside\n", "| 160 | 32 |", "## eta\n", "At the half", "## acks\n", "| **ferryman** |",
		"## outbox\n", "| calls that Slack had to refuse |",
		"## assess\n", "| objects | rows | fetch s |", "rows a second served",
	}
	if installed, _ := exec.Command("pgcopydb", "--version").Output(); strings.Contains(string(installed), " 0.10") {
		wants = append(wants, "| **pgcopydb** | 2 | 0 |")
	}
	for _, want := range wants {
		require.Contains(t, out.String(), want)
	}
}

func TestFlags(t *testing.T) {
	t.Parallel()
	opts, err := parse([]string{"--only", "tickets,eta", "--rows", "1000", "--runs", "3", "--tables", "20",
		"--contestants", "ferryman,psql"}, io.Discard)
	require.NoError(t, err)
	require.Equal(t, options{only: []string{"tickets", "eta"}, who: []string{"ferryman", "psql"}, rows: 1000, tables: 20, runs: 3}, opts)
	for _, wrong := range [][]string{
		{"--only", "x"}, {"--contestants", "me"}, {"--rows", "1"}, {"--runs", "0"}, {"--tables", "2"}, {"more"}, {"--unknown"},
	} {
		_, err := parse(wrong, io.Discard)
		require.Error(t, err, wrong)
	}
	var help bytes.Buffer
	_, err = parse([]string{"--help"}, &help)
	require.ErrorContains(t, err, "help requested")
	require.Contains(t, help.String(), "setaside")
	require.Contains(t, help.String(), "-rows")
}

func TestText(t *testing.T) {
	t.Parallel()
	require.Equal(t, "1,234,567", thousands(1234567))
	require.Equal(t, "400", thousands(400))
	require.Equal(t, "–", seconds(-1))
	require.Equal(t, "1.50", seconds(1500*time.Millisecond))
	require.Equal(t, 2, median([]int{9, 1, 2, 3, 2}))
	require.Equal(t, "| a | b |\n|---|---|\n| 1 | 2 |\n", table([]string{"a", "b"}, [][]string{{"1", "2"}}))
}
