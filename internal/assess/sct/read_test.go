// SPDX-License-Identifier: Apache-2.0

package sct_test

import (
	"archive/zip"
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/ferryman/ferryman/internal/assess"
	"github.com/ferryman/ferryman/internal/assess/sct"
	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/stretchr/testify/require"
)

func TestARealReportIsReadWhole(t *testing.T) {
	t.Parallel()
	r, err := sct.ReadPath(testenv.Inputs(t, "sct-reports", "663"))
	require.NoError(t, err)

	require.Equal(t, []string{"DMS_SAMPLE"}, r.Schemas)
	require.Len(t, r.Actions, 2)
	hint := r.Actions[0]
	require.Equal(t, convert.ActionItem{
		Code: "5103", Object: convert.Object{Owner: "DMS_SAMPLE", Type: "PROCEDURE", Name: "GENERATESEATS"}, Subject: "/*+ APPEND */", Line: 56,
		Reason: "PostgreSQL doesn't support the /*+ APPEND */ hint", Hint: "Use PostgreSQL methods for performance tuning.", Hours: 0.1, Complexity: convert.Simple,
	}, hint)
	require.Equal(t, "GENERATE_TICKETS", r.Actions[1].Object.Name)
	require.Equal(t, 13, r.Actions[1].Line)

	require.Equal(t, []int{72, 70, 2}, []int{r.Totals.Objects, r.Totals.Converted, r.Totals.Action})
	require.InDelta(t, 0.2, r.Totals.HoursLow, 1e-9, "two occurrences")
	require.InDelta(t, 40.2, r.Totals.HoursHigh, 1e-9, "and the learning curve once")
	require.Equal(t, []assess.Learning{{What: "5103", Hours: 40}}, r.Learning)
	byType := map[string]assess.TypeTotal{}
	for _, row := range r.Totals.ByType {
		byType[row.Type] = row
	}
	require.Len(t, byType, 7, "the lines that count over the others are no types")
	require.Equal(t, assess.TypeTotal{Type: "PROCEDURE", Objects: 6, Converted: 4, Simple: 2, HoursLow: 0.2, HoursHigh: 0.2}, byType["PROCEDURE"])
	require.Equal(t, 32, byType["CONSTRAINT"].Converted)

	require.Len(t, r.Objects, 2)
	require.Equal(t, convert.Action, r.Objects[0].Outcome)
	require.Equal(t, []string{"5103"}, r.Objects[0].Codes)
	details := map[string]string{}
	for _, f := range r.Findings {
		require.Equal(t, assess.Informs, f.Severity)
		details[f.Title] = f.Objects[0].Detail
	}
	require.Equal(t, "Source database: DMS_SAMPLE.Oracle_TCP_1521; Oracle Database 19c Standard Edition 2 19.14.0.0.0 (Production), Standard edition", details["What the report is about"])
	require.Equal(t, "Code object conversion 77.78%, Storage object conversion 100.00%, Syntax Elements conversion 89.89%, Conversion Complexity 2",
		details["What AWS's tool counts for Amazon RDS for MySQL"], "quotes in the header are text")
	_, err = r.JSON()
	require.NoError(t, err)
	_, err = r.HTML()
	require.NoError(t, err)
}

func TestReleasesThatDifferOnlyInWordsDifferInNothing(t *testing.T) {
	t.Parallel()
	old, err := sct.Read(real(t, "663"))
	require.NoError(t, err)
	now, err := sct.Read(real(t, "664"))
	require.NoError(t, err)
	d := assess.Compare(old, now)
	require.Empty(t, d.New)
	require.Empty(t, d.Resolved)
	require.Equal(t, 2, d.Same)
	require.Zero(t, d.HoursLow)
	require.Zero(t, d.HoursHigh)

	// Other words, another case, other lines: still the same.
	files := real(t, "664")
	reworded := strings.NewReplacer("Unable to convert hints", "Hints are not converted", `"procedure"`, `"PROCEDURE"`, `"56"`, `"57"`, `"Simple"`, `"Medium"`).
		Replace(string(files[itemsFile].Data))
	files[itemsFile].Data = []byte(reworded)
	other, err := sct.Read(files)
	require.NoError(t, err)
	d = assess.Compare(old, other)
	require.Empty(t, d.New)
	require.Empty(t, d.Resolved)

	// One item less is one resolved.
	lines := strings.SplitAfter(string(files[itemsFile].Data), "\n")
	files[itemsFile].Data = []byte(lines[0] + lines[1])
	files[countsFile].Data = bytes.Replace(files[countsFile].Data, []byte("5103,2,"), []byte("5103,1,"), 1)
	files[summaryFile].Data = bytes.Replace(files[summaryFile].Data, []byte(`"6","4","2"`), []byte(`"6","5","1"`), 1)
	fewer, err := sct.Read(files)
	require.NoError(t, err)
	d = assess.Compare(old, fewer)
	require.Empty(t, d.New)
	require.Len(t, d.Resolved, 1)
	require.Equal(t, "GENERATE_TICKETS", d.Resolved[0].Object.Name)
	require.Less(t, d.HoursLow, 0.0)
}

// same reads files and requires what the real report holds.
func same(t *testing.T, files fstest.MapFS) *assess.Report {
	t.Helper()
	want, err := sct.Read(real(t, "663"))
	require.NoError(t, err)
	have, err := sct.Read(files)
	require.NoError(t, err)
	d := assess.Compare(want, have)
	require.Empty(t, d.New)
	require.Empty(t, d.Resolved)
	require.Equal(t, 2, d.Same)
	require.Equal(t, want.Totals, have.Totals)
	return have
}

func TestTheTrapsOfTheFormat(t *testing.T) {
	t.Parallel()
	change := func(name string, edit func(string) string) fstest.MapFS {
		files := real(t, "663")
		files[name].Data = []byte(edit(string(files[name].Data)))
		return files
	}
	replace := func(name string, pairs ...string) fstest.MapFS {
		return change(name, strings.NewReplacer(pairs...).Replace)
	}
	for _, name := range []string{itemsFile, countsFile, summaryFile, allFile} {
		same(t, change(name, func(s string) string { return strings.ReplaceAll(s, "\r\n", "\n") }))
		same(t, change(name, func(s string) string { return "\xef\xbb\xbf" + s }))
		same(t, change(name, func(s string) string { return strings.TrimRight(s, "\r\n") }))
	}
	same(t, replace(summaryFile, `"`, ""))                      // its banner has a comma
	same(t, replace(itemsFile, `"Simple"`, `"simple actions"`)) // the guide's words
	same(t, replace(countsFile, "Efforts to convert an occurrence of the action item", "Efforts to convert an occurrence"))
	same(t, replace(countsFile, "tuning.", "tuning, where it matters, and, if not, nothing."))
	same(t, replace(itemsFile, `"Database name","Schema name"`, `"Database","Schema"`))
	same(t, change(itemsFile, func(s string) string { // what an old guide says: no Filtered, no Estimated complexity
		return strings.NewReplacer(`"Filtered","Estimated complexity",`, "", `"","Simple",`, "").Replace(s)
	}))
	significant, err := sct.Read(replace(itemsFile, `"Simple"`, `"Significant"`))
	require.NoError(t, err)
	require.Equal(t, convert.Complex, significant.Actions[0].Complexity)

	files := real(t, "663")
	files["Report.pdf"] = &fstest.MapFile{Data: []byte("%PDF-1.4")}
	files["__MACOSX/._x.csv"] = &fstest.MapFile{Data: []byte("\x00\x05")}
	delete(files, allFile)
	same(t, files)

	// Filtered out by somebody: known, and not counted.
	filtered, err := sct.Read(replace(itemsFile, `"","Simple","13"`, `"true","Simple","13"`))
	require.NoError(t, err)
	require.True(t, filtered.Actions[1].Note)
	require.InDelta(t, 0.1, filtered.Totals.HoursLow, 1e-9)
}

func TestPathsOfObjects(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]convert.Object{
		"Schemas.DMS_SAMPLE.Packages.ORDERS.Private functions.TAX: Line 3:4": {Type: "PACKAGE", Name: "ORDERS"},
		"Schemas.DMS_SAMPLE.Tables.SEAT.Constraints.SEAT_PK":                 {Type: "TABLE", Name: "SEAT"},
		"Schemas.DMS_SAMPLE.Tables.SEAT.Triggers.SEAT_BI":                    {Type: "TRIGGER", Name: "SEAT_BI"},
		"Schemas.DMS_SAMPLE.Tables.SEAT.Indexes.SEAT_IX":                     {Type: "INDEX", Name: "SEAT_IX"},
		"Schemas.DMS_SAMPLE.Materialized views.A.B.C":                        {Type: "MATERIALIZED VIEW", Name: "A.B.C"},
		"Schemas.DMS_SAMPLE.Package-bodies.ORDERS: Line 7":                   {Type: "PACKAGE BODY", Name: "ORDERS"},
		"schemas.dms_sample.Odd things.X":                                    {Type: "PROCEDURE", Name: "X"},
		"Schemas.DMS_SAMPLE":                                                 {Type: "PROCEDURE", Name: "DMS_SAMPLE"},
	} {
		files := real(t, "664")
		files[itemsFile].Data = []byte(strings.Replace(string(files[itemsFile].Data), "Schemas.DMS_SAMPLE.Procedures.GENERATESEATS", path, 1))
		r, err := sct.Read(files)
		require.NoError(t, err, path)
		want.Owner = "DMS_SAMPLE"
		require.Contains(t, []convert.Object{r.Actions[0].Object, r.Actions[1].Object}, want, path)
	}
}

func TestSeveralSchemasAndAZip(t *testing.T) {
	t.Parallel()
	var packed bytes.Buffer
	w := zip.NewWriter(&packed)
	for name, f := range real(t, "663") {
		if name == allFile {
			continue
		}
		// As Schema Conversion names them in its archive, for two schemas.
		short := strings.Replace(name, "DMS_SAMPLE-POSTGRESQL-Csv-report", "pg.internal", 1)
		for dir, content := range map[string]string{"ora.internal/pg.internal/": string(f.Data), "other/pg.internal/": strings.ReplaceAll(string(f.Data), "DMS_SAMPLE", "HR")} {
			out, err := w.Create(dir + short)
			require.NoError(t, err)
			_, err = out.Write([]byte(content))
			require.NoError(t, err)
		}
	}
	require.NoError(t, w.Close())
	path := filepath.Join(t.TempDir(), "report.zip")
	require.NoError(t, os.WriteFile(path, packed.Bytes(), 0o600))
	r, err := sct.ReadPath(path)
	require.NoError(t, err)
	require.Equal(t, []string{"DMS_SAMPLE", "HR"}, r.Schemas)
	require.Len(t, r.Actions, 4)
	require.Equal(t, 144, r.Totals.Objects)
	require.InDelta(t, 80.4, r.Totals.HoursHigh, 1e-9, "what is learned for one schema is counted by AWS for each")

	require.NoError(t, os.WriteFile(path, packed.Bytes()[:packed.Len()/2], 0o600))
	_, err = sct.ReadPath(path)
	require.ErrorContains(t, err, "neither a directory nor a whole zip file")
}

func TestAReportWithNothingToDo(t *testing.T) {
	t.Parallel()
	files := real(t, "663")
	for _, name := range []string{itemsFile, countsFile} {
		files[name].Data = []byte(strings.SplitAfter(string(files[name].Data), "\n")[0])
	}
	_, err := sct.Read(files)
	require.ErrorContains(t, err, itemsFile+", line 1: there is no action item, but by "+summaryFile+" 2 objects need work")
	files[summaryFile].Data = bytes.Replace(files[summaryFile].Data, []byte(`"6","4","2"`), []byte(`"6","6","0"`), 1)
	r, err := sct.Read(files)
	require.NoError(t, err)
	require.Equal(t, []string{"DMS_SAMPLE"}, r.Schemas, "from the footer")
	require.Equal(t, 72, r.Totals.Converted)
}
