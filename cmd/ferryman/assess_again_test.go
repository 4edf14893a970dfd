// SPDX-License-Identifier: Apache-2.0

package main_test

import (
	"encoding/json"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"testing"

	model "github.com/ferryman/ferryman/internal/assess"
	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/stretchr/testify/require"
)

func TestAssessAgainWithAScriptAnotherPriceListAndAllFiles(t *testing.T) {
	t.Parallel()
	scratch, sample, dir := testenv.Postgres(t), snapshots(t)["boxoffice"], t.TempDir()
	first := filepath.Join(dir, "first.json")
	_, text := assess(t, sample, "--scratch", scratch)
	require.NoError(t, os.WriteFile(first, []byte(text), 0o600))

	scripts := filepath.Join(dir, "scripts")
	require.NoError(t, os.Mkdir(scripts, 0o700))
	write := func(name, sql string) {
		require.NoError(t, os.WriteFile(filepath.Join(scripts, name), []byte(sql), 0o600))
	}
	write("cancel_performance.sql", "CREATE PROCEDURE boxoffice.cancel_performance(p numeric) LANGUAGE sql AS $$ SELECT 1 $$;")
	write("nightly.sql", "DROP TABLE boxoffice.ticket")
	prices, err := os.ReadFile("../../internal/assess/prices.yaml")
	require.NoError(t, err)
	dear := filepath.Join(dir, "dear.yaml")
	require.NoError(t, os.WriteFile(dear, []byte(strings.Replace(string(prices), "FM-CV-024: {complexity: Simple, hours: 1,", "FM-CV-024: {complexity: Complex, hours: 100,", 1)), 0o600))
	csv, html := filepath.Join(dir, "csv"), filepath.Join(dir, "report.html")
	did := ferryman(t, with{}, "assess", "--snapshot", sample, "--scratch", scratch, "--scripts", scripts, "--previous", first, "--prices", dear, "--csv", csv, "--html", html, "--json")
	require.Zero(t, did.status, did.stderr)
	require.Contains(t, did.stderr, "nightly.sql was not taken: there is no object NIGHTLY on Oracle")
	require.Equal(t, 1, strings.Count(did.stderr, "\n"))
	var r model.Report
	require.NoError(t, json.Unmarshal([]byte(did.stdout), &r))
	require.Len(t, r.Delta.Resolved, 1)
	require.Equal(t, convert.Object{Owner: "BOXOFFICE", Type: "PROCEDURE", Name: "CANCEL_PERFORMANCE"}, r.Delta.Resolved[0].Object)
	me, err := user.Current()
	require.NoError(t, err)
	require.Equal(t, me.Username, r.Delta.Resolved[0].By)
	require.Empty(t, r.Delta.New)
	require.Greater(t, r.Delta.HoursHigh, 90.0, "the other price list")
	require.Len(t, r.History, 2)
	var names []string
	entries, err := os.ReadDir(csv)
	require.NoError(t, err)
	for _, e := range entries {
		names = append(names, e.Name())
	}
	require.ElementsMatch(t, []string{"action-items.csv", "findings.csv", "objects.csv", "BOXOFFICE-POSTGRESQL-Csv-report.csv",
		"BOXOFFICE-POSTGRESQL-Csv-report_Action_Items_Summary.csv", "BOXOFFICE-POSTGRESQL-Csv-report_Summary.csv"}, names)
	page, err := os.ReadFile(html)
	require.NoError(t, err)
	require.Contains(t, string(page), "<polyline")

	did = ferryman(t, with{}, "assess", "--snapshot", sample, "--previous", first)
	require.Zero(t, did.status, did.stderr)
	require.Contains(t, did.stdout, "0 resolved, 0 new")
}

func TestAssessSaysWhatIsWrongWithItsFlags(t *testing.T) {
	t.Parallel()
	sample, dir := snapshots(t)["boxoffice"], t.TempDir()
	broken := filepath.Join(dir, "broken")
	require.NoError(t, os.WriteFile(broken, []byte("{{{"), 0o600))
	for name, c := range map[string]struct {
		args   []string
		status int
		says   string
	}{
		"engine":           {[]string{"--engine", "ora2pg"}, 2, `--engine is builtin or dms, not "ora2pg"`},
		"scripts alone":    {[]string{"--scripts", dir}, 2, "--scripts needs --scratch"},
		"scripts of dms":   {[]string{"--engine", "dms", "--scripts", dir}, 2, "--scripts are for --engine builtin"},
		"prices of dms":    {[]string{"--engine", "dms", "--prices", "../../internal/assess/prices.yaml"}, 1, "read the price list"},
		"price list":       {[]string{"--prices", broken}, 1, "read the price list " + broken},
		"no price list":    {[]string{"--prices", filepath.Join(dir, "none")}, 1, "read the price list"},
		"earlier report":   {[]string{"--previous", broken}, 1, "is not what ferryman assess --json prints"},
		"no such report":   {[]string{"--previous", filepath.Join(dir, "none")}, 1, "read the earlier report"},
		"CSVs into a file": {[]string{"--csv", broken}, 1, "write the CSV files"},
	} {
		did := ferryman(t, with{}, append([]string{"assess", "--snapshot", sample}, c.args...)...)
		require.Equal(t, c.status, did.status, "%s: %s", name, did.stderr)
		require.Contains(t, did.stderr, c.says, name)
	}
}
