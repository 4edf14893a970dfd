// SPDX-License-Identifier: Apache-2.0

package main_test

import (
	"context"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ferryman/ferryman/internal/oracle/dictionary"
	"github.com/ferryman/ferryman/internal/standin/oracle"
	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/stretchr/testify/require"
)

// The command writes what assess reads: the same answer as from the export that the source was made of.
func TestSnapshotOfALiveOracle(t *testing.T) {
	t.Parallel()
	hr := testenv.Inputs(t, "hr")
	server, err := oracle.Start(context.Background(), oracle.Options{Postgres: testenv.Server(t), Exports: []fs.FS{os.DirFS(hr)},
		Users: []oracle.User{{Name: "FERRYMAN", Password: "hush-hush", Roles: []string{"SELECT_CATALOG_ROLE"}}}})
	require.NoError(t, err)
	t.Cleanup(server.Close)
	url := server.URL("FERRYMAN")

	out := filepath.Join(t.TempDir(), "new", "hr")
	r := ferryman(t, with{}, "snapshot", "--source", url, "--schema", "HR", "--out", out)
	require.Zero(t, r.status, r.stderr)
	require.Contains(t, r.stdout, "views with")
	require.Contains(t, r.stdout, "Next: ferryman assess --snapshot "+out)
	require.Contains(t, r.stderr, "1 of ", "without a terminal a line for each view")
	require.Equal(t, len(dictionary.Views()), strings.Count(r.stderr, "\n"))
	require.NotContains(t, r.stdout+r.stderr, "hush")
	require.NoDirExists(t, filepath.Join(out, "data"))

	want, _ := assess(t, hr)
	got, _ := assess(t, out)
	require.ElementsMatch(t, want.Objects, got.Objects)
	require.Equal(t, want.Totals, got.Totals)

	r = ferryman(t, with{}, "snapshot", "--source", url, "--schema", "HR", "--out", out)
	require.Equal(t, 1, r.status)
	require.Contains(t, r.stderr, "there is a complete snapshot already")

	other := filepath.Join(t.TempDir(), "bare")
	r = ferryman(t, with{}, "snapshot", "--source", url, "--schema", "HR", "--out", other, "--no-source", "--json")
	require.Zero(t, r.status, r.stderr)
	var m dictionary.Manifest
	require.NoError(t, json.Unmarshal([]byte(r.stdout), &m))
	require.True(t, m.Complete && m.NoSource)
	require.Zero(t, m.Views["ALL_SOURCE"].Rows)

	measured := filepath.Join(t.TempDir(), "measured")
	r = ferryman(t, with{}, "snapshot", "--source", url, "--schema", "HR", "--out", measured, "--measure", "numbers")
	require.Zero(t, r.status, r.stderr)
	numbers, err := os.ReadFile(filepath.Join(measured, dictionary.NumbersFile))
	require.NoError(t, err)
	require.Contains(t, r.stdout, "The digits of 2 NUMBER columns are in "+dictionary.NumbersFile)
	require.Contains(t, r.stderr, "measured 2 of 2: HR.")
	require.Equal(t, 3, strings.Count(string(numbers), "\n"), "two columns of HR have no precision")

	for says, args := range map[string][]string{
		"Oracle has no schema hr":       {"--source", url, "--schema", "hr"},
		"does not let user FERRYMAN in": {"--source", strings.Replace(url, "hush-hush", "no", 1), "--schema", "HR"},
		"can't be reached":              {"--source", "oracle://u:hush-hush@127.0.0.1:1/x", "--schema", "HR"},
		"its connection string is not":  {"--source", "hush-hush", "--schema", "HR"},
		"Not A File/ferryman.yaml":      {"--config", "Not A File/ferryman.yaml"},
	} {
		r := ferryman(t, with{}, append([]string{"snapshot", "--out", t.TempDir()}, args...)...)
		require.Equal(t, 1, r.status, args)
		require.NotContains(t, r.stdout+r.stderr, "hush-hush")
		require.Contains(t, r.stderr, says)
	}
	for says, args := range map[string][]string{
		`takes numbers, not "lobs"`:    {"--source", url, "--schema", "HR", "--out", "x", "--measure", "lobs"},
		"snapshot needs --out DIR":     {"--source", url, "--schema", "HR"},
		"snapshot needs --schema S":    {"--source", url, "--out", "x"},
		"--source and --profile are":   {"--source", url, "--profile", "p", "--out", "x"},
		`ferryman snapshot takes no "`: {"HR"},
	} {
		r := ferryman(t, with{}, append([]string{"snapshot"}, args...)...)
		require.Equal(t, 2, r.status, args)
		require.Contains(t, r.stderr, says)
	}
}
