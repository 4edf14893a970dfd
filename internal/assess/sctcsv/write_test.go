// SPDX-License-Identifier: Apache-2.0

package sctcsv_test

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/ferryman/ferryman/internal/assess"
	"github.com/ferryman/ferryman/internal/assess/sct"
	"github.com/ferryman/ferryman/internal/assess/sctcsv"
	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) { testenv.Main(m) }

func boxOffice(t *testing.T) *assess.Report {
	t.Helper()
	d, err := dictionary.ReadExport(os.DirFS("../../../cmd/rehearse/boxoffice"))
	require.NoError(t, err)
	return assess.Assess(d, convert.Convert(d, convert.Options{}), assess.Options{Now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)})
}

const stem = "-POSTGRESQL-Csv-report"

func TestColumnsNamesAndLineEndsAreTheTools(t *testing.T) {
	t.Parallel()
	files := sctcsv.Write(boxOffice(t))
	require.Len(t, files, 3)
	for _, suffix := range []string{".csv", "_Action_Items_Summary.csv", "_Summary.csv"} {
		real, err := os.ReadFile(testenv.Inputs(t, "sct-reports", "663", "DMS_SAMPLE"+stem+suffix))
		require.NoError(t, err)
		ours := files["BOXOFFICE"+stem+suffix]
		header := func(b []byte) string { line, _, _ := bytes.Cut(b, []byte("\n")); return string(line) + "\n" }
		require.Equal(t, header(real), header(ours), "%s: byte for byte, its line end too", suffix)
		require.Equal(t, bytes.Count(ours, []byte("\n")), bytes.Count(ours, []byte("\r\n")), suffix)
	}
}

func TestWhatIsWrittenIsReadBack(t *testing.T) {
	t.Parallel()
	r := boxOffice(t)
	root := fstest.MapFS{}
	for name, content := range sctcsv.Write(r) {
		root[name] = &fstest.MapFile{Data: content}
	}
	back, err := sct.Read(root)
	require.NoError(t, err)
	require.Equal(t, r.Schemas, back.Schemas)
	require.Equal(t, r.Totals.Action, back.Totals.Action)
	own := 0
	for _, o := range r.Objects {
		if o.Owner == "BOXOFFICE" {
			own++
		}
	}
	require.Equal(t, own, back.Totals.Objects)
	type key struct {
		object        convert.Object
		code, subject string
		line          int
		complexity    convert.Complexity
	}
	keys := func(r *assess.Report) (out []key) {
		for _, a := range r.Actions {
			if !a.Note {
				out = append(out, key{a.Object, a.Code, a.Subject, a.Line, a.Complexity})
			}
		}
		return out
	}
	require.ElementsMatch(t, keys(r), keys(back))
	d := assess.Compare(back, back)
	require.Empty(t, d.New)
}

func TestARealReportIsWrittenAgainAsItWas(t *testing.T) {
	t.Parallel()
	dir := testenv.Inputs(t, "sct-reports", "664")
	r, err := sct.Read(os.DirFS(dir))
	require.NoError(t, err)
	files := sctcsv.Write(r)
	raw := string(files["DMS_SAMPLE"+stem+".csv"])
	require.Equal(t, 3, strings.Count(raw, "\r\n"))
	require.Contains(t, raw, `"procedure","Schemas.DMS_SAMPLE.Procedures.GENERATESEATS`)
	require.Contains(t, raw, `"5103","/*+ APPEND */"`)
	require.Contains(t, string(files["DMS_SAMPLE"+stem+"_Action_Items_Summary.csv"]), "DMS_SAMPLE,5103,2,")
}

func TestSchemasWithNamesThatAreNoFileNames(t *testing.T) {
	t.Parallel()
	r := &assess.Report{Schemas: []string{"A/../B", "A?..?B", "=X\r\n"}}
	for _, s := range r.Schemas {
		o := convert.Object{Owner: s, Type: "PROCEDURE", Name: "@SUM(1)\n\""}
		r.Objects = append(r.Objects, convert.ObjectOutcome{Object: o, Outcome: convert.Action})
		r.Actions = append(r.Actions, convert.ActionItem{Code: "FM-CV-001", Object: o, Subject: "+1", Reason: "-2,3", Hint: "=cmd|' /C calc'!A0", Complexity: convert.Simple, Hours: 1})
	}
	files := sctcsv.Write(r)
	require.Len(t, files, 9, "each schema its own three files")
	for name, content := range files {
		require.Regexp(t, `^[A-Za-z0-9_]+-POSTGRESQL-Csv-report(_Action_Items_Summary|_Summary)?\.csv$`, name)
		for _, formula := range []string{`"=`, `"+`, `"-2`, `"@`, "\n=", ",=", ",+", ",-2"} {
			require.NotContains(t, string(content), formula, name)
		}
	}
}
