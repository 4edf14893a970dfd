// SPDX-License-Identifier: Apache-2.0

package main_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"
)

// assessment is what outsiders rely on of `ferryman assess --json`.
type assessment struct {
	Objects []struct {
		Owner, Type, Name, Subobject, Outcome string
		Codes                                 []string
	}
	Findings []struct{ Code, Severity, Title string }
	Unknown  []struct{ What string }
	Totals   struct {
		Objects   int
		Converted int
		Action    int
		LeftOut   int `json:"left_out"`
		NotTried  int `json:"not_tried"`
	}
}

func assess(t *testing.T, dir string, args ...string) (assessment, string) {
	t.Helper()
	r := ferryman(t, with{}, append([]string{"assess", "--snapshot", dir, "--json"}, args...)...)
	require.Zero(t, r.status, r.stderr)
	require.Empty(t, r.stderr)
	var a assessment
	require.NoError(t, json.Unmarshal([]byte(r.stdout), &a))
	return a, r.stdout
}

// allObjects are the rows of ALL_OBJECTS.csv as "OWNER TYPE NAME SUBOBJECT", sorted.
func allObjects(t *testing.T, dir string) []string {
	t.Helper()
	file, err := os.Open(filepath.Join(dir, "ALL_OBJECTS.csv"))
	require.NoError(t, err)
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	require.NoError(t, err)
	column := func(name string) int { return slices.Index(rows[0], name) }
	owner, kind, name, sub := column("OWNER"), column("OBJECT_TYPE"), column("OBJECT_NAME"), column("SUBOBJECT_NAME")
	var all []string
	for _, row := range rows[1:] {
		all = append(all, fmt.Sprintf("%s %s %s %s", row[owner], row[kind], row[name], row[sub]))
	}
	slices.Sort(all)
	return all
}

func snapshots(t *testing.T) map[string]string {
	t.Helper()
	sample, err := filepath.Abs("../rehearse/boxoffice")
	require.NoError(t, err)
	found := map[string]string{"boxoffice": sample}
	for _, name := range []string{"dms_sample", "hr", "omop_cdm54"} {
		found[name] = filepath.Join(filepath.Dir(testenv.Inputs(t)), "inputs", name)
	}
	return found
}

func TestEveryObjectOfAnExportHasAnOutcome(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../../internal/assess/report.schema.json")
	require.NoError(t, err)
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(string(raw)))
	require.NoError(t, err)
	compiler := jsonschema.NewCompiler()
	require.NoError(t, compiler.AddResource("report.schema.json", doc))
	schema, err := compiler.Compile("report.schema.json")
	require.NoError(t, err)
	for name, dir := range snapshots(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, text := assess(t, dir)
			var got []string
			counts := map[string]int{}
			for _, o := range a.Objects {
				got = append(got, fmt.Sprintf("%s %s %s %s", o.Owner, o.Type, o.Name, o.Subobject))
				counts[o.Outcome]++
				require.NotNil(t, o.Codes, o.Name)
			}
			slices.Sort(got)
			require.Equal(t, allObjects(t, dir), got)
			require.Equal(t, map[string]int{"action": a.Totals.Action, "left_out": a.Totals.LeftOut, "not_tried": a.Totals.NotTried}, counted(counts),
				"without a database nothing is said to convert")
			require.Equal(t, len(got), a.Totals.Objects)
			value, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
			require.NoError(t, err)
			require.NoError(t, schema.Validate(value))
			_, again := assess(t, dir)
			require.Equal(t, withoutTime(text), withoutTime(again), "the same export gives the same assessment")
		})
	}
}

func counted(counts map[string]int) map[string]int {
	for _, outcome := range []string{"action", "left_out", "not_tried"} {
		counts[outcome] += 0
	}
	return counts
}

func withoutTime(text string) string {
	var kept []string
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(strings.TrimSpace(line), `"at": `) {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "")
}

func TestAnAssessmentTriedOnAScratchDatabase(t *testing.T) {
	t.Parallel()
	scratch := testenv.Postgres(t)
	html := filepath.Join(t.TempDir(), "report.html")
	a, _ := assess(t, snapshots(t)["boxoffice"], "--scratch", scratch, "--html", html)
	require.Zero(t, a.Totals.NotTried)
	require.Greater(t, a.Totals.Converted, 50)
	page, err := os.ReadFile(html)
	require.NoError(t, err)
	require.Contains(t, string(page), "<html")
	require.Contains(t, string(page), "TICKET_AUDIT_TRG")
	r := ferryman(t, with{}, "assess", "--snapshot", snapshots(t)["boxoffice"])
	require.Zero(t, r.status, "findings do not change the exit status")
	require.Contains(t, r.stdout, fmt.Sprintf("%d objects: 0 convert", a.Totals.Objects))
	require.NotEmpty(t, a.Unknown)
	for _, u := range a.Unknown {
		require.Regexp(t, "(?s)Not read, so what it would say is not known: .*"+regexp.QuoteMeta(u.What), r.stdout)
	}
}

func TestAnAssessmentThatCannotBe(t *testing.T) {
	t.Parallel()
	empty := t.TempDir()
	broken := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(broken, "ALL_OBJECTS.csv"), []byte("OWNER,OBJECT_NAME\n\"x"), 0o600))
	for name, c := range map[string]struct {
		args []string
		says []string
	}{
		"no such directory": {[]string{"--snapshot", filepath.Join(empty, "nowhere")}, []string{"nowhere"}},
		"nothing in it":     {[]string{"--snapshot", empty}, []string{empty, ".csv"}},
		"broken":            {[]string{"--snapshot", broken}, []string{broken, "ALL_OBJECTS.csv"}},
		"no scratch": {[]string{"--snapshot", snapshots(t)["boxoffice"], "--scratch", "postgres://u:hush@127.0.0.1:1/d"},
			[]string{"can't be reached"}},
	} {
		r := ferryman(t, with{}, append([]string{"assess"}, c.args...)...)
		require.Equal(t, 1, r.status, name)
		for _, words := range c.says {
			require.Contains(t, r.stderr, words, name)
		}
		require.NotContains(t, r.stderr, "hush")
		require.Equal(t, 1, strings.Count(r.stderr, "\n"), r.stderr)
	}
}
