// SPDX-License-Identifier: Apache-2.0

package sct_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/ferryman/ferryman/internal/assess/sct"
	"github.com/stretchr/testify/require"
)

func TestAWrongReportIsRefusedByLine(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		file, old, new, want string
	}{
		"a line lost in the summary":       {summaryFile, `"INDEX","9","9","0","0","0","99"` + "\r\n", "", summaryFile + ", line 13: the summary counts 63 storage and 9 code objects, but its lines only 63"},
		"sums that do not match":           {summaryFile, `"6","4","2"`, `"6","4","1"`, summaryFile + ", line 3: 6 objects of category PROCEDURE are counted, but 5"},
		"a category twice":                 {summaryFile, `"TRIGGER"`, `"Procedure"`, summaryFile + `, line 4: category "Procedure" is there a second time, after line 3`},
		"no number":                        {summaryFile, `"5","5"`, `"five","5"`, summaryFile + `, line 2: the number of objects is "five"`},
		"a negative number":                {summaryFile, `"5","5"`, `"-5","5"`, summaryFile + `, line 2: the number of objects is "-5"`},
		"a special line lost":              {summaryFile, "Code_objects_count", "Coded_objects_count", summaryFile + ", line 11: the line has 6 fields of 7"},
		"a code that is none":              {itemsFile, `"5103"`, `"FM-1"`, itemsFile + `, line 2: the action item is "FM-1"`},
		"a line that is none":              {itemsFile, `"Simple","56"`, `"Simple","x"`, itemsFile + `, line 2: the line is "x"`},
		"a complexity that is none":        {itemsFile, `"Simple"`, `"Fierce"`, itemsFile + `, line 2: the complexity "Fierce" is not known`},
		"a path of another schema":         {itemsFile, "Schemas.DMS_SAMPLE.Proc", "Schemas.OTHER.Proc", itemsFile + ", line 2: the occurrence"},
		"an item that is not summed up":    {itemsFile, `"5103"`, `"5104"`, "action item 5103 of schema DMS_SAMPLE occurs 2 times"},
		"an effort that is none":           {countsFile, "40.0", "forty", countsFile + `, line 2: the effort "forty" is no number`},
		"an effort that is no finite one":  {countsFile, "40.0", "NaN", countsFile + `, line 2: the effort "NaN" is no number`},
		"half an occurrence":               {countsFile, "5103,2,", "5103,1.5,", countsFile + ", line 2: the number of occurrences"},
		"one occurrence too many":          {countsFile, "5103,2,", "5103,3,", countsFile + ", line 2: action item 5103 of schema DMS_SAMPLE occurs 3 times, but " + itemsFile},
		"a column that is missing":         {countsFile, "Learning curve efforts", "Learning", countsFile + `, line 1: this is the action items' summary of a report, but it has no column "Learning curve efforts"`},
		"text after a quoted field":        {itemsFile, `"5103",`, `"5103"x,`, itemsFile + ", line 2: there is text after the end of a quoted field"},
		"zero bytes, as in UTF-16":         {itemsFile, "procedure", "p\x00r\x00", itemsFile + ", line 2: there are zero bytes in it"},
		"a line of the aggregated cut":     {allFile, `,"2"`, "", allFile + ", line 2: the line has 13 fields of 14"},
		"no target in the aggregated":      {allFile, ` for "`, " of ", allFile + ", line 1: no column names a target"},
		"SQL where a schema is to be":      {itemsFile, `"DMAFDB","DMS_SAMPLE"`, `"DMAFDB","X'; DROP TABLE y; --"`, itemsFile + ", line 2: the occurrence"},
		"a schema of too few in the items": {itemsFile, `,"DMS_SAMPLE"` + "\r\n", "\r\n", itemsFile + ", line 2: the line has 16 fields of at least 17"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files := real(t, "663")
			content := string(files[c.file].Data)
			require.Contains(t, content, c.old)
			n := 1
			if c.file == allFile {
				n = -1
			}
			files[c.file].Data = []byte(strings.Replace(content, c.old, c.new, n))
			_, err := sct.Read(files)
			require.ErrorContains(t, err, c.want)
			var broken *sct.Error
			require.ErrorAs(t, err, &broken)
			require.Positive(t, broken.Line)
		})
	}
}

// However a file is cut, the report is refused, or nothing that counts is missing: the end of the footer, of the last text, of the file.
func TestACutReportIsRefused(t *testing.T) {
	t.Parallel()
	whole, err := sct.Read(real(t, "663"))
	require.NoError(t, err)
	for _, name := range []string{itemsFile, countsFile, summaryFile, allFile} {
		full := string(real(t, "663")[name].Data)
		refused := 0
		for n := range len(full) {
			files := real(t, "663")
			files[name].Data = []byte(full[:n])
			r, err := sct.Read(files)
			if err != nil {
				require.ErrorContains(t, err, name, "cut after %d bytes", n)
				require.ErrorContains(t, err, "line ", "cut after %d bytes", n)
				refused++
				continue
			}
			require.Equal(t, whole.Totals, r.Totals, "%s cut after %d bytes was taken and counts differently", name, n)
			require.Equal(t, whole.Actions, r.Actions, "%s cut after %d bytes was taken and holds something else", name, n)
		}
		require.Greater(t, refused, len(full)/2, name)
	}
}

func TestAMissingFileIsNamed(t *testing.T) {
	t.Parallel()
	for name, what := range map[string]string{itemsFile: "lacks the action items;", countsFile: "lacks the action items' summary", summaryFile: "lacks the summary"} {
		files := real(t, "663")
		delete(files, name)
		_, err := sct.Read(files)
		require.ErrorContains(t, err, what)
	}
	_, err := sct.Read(fstest.MapFS{})
	require.ErrorContains(t, err, "there is no report here")
	_, err = sct.Read(fstest.MapFS{"prices.csv": {Data: []byte("name,price\nx,1\n")}})
	require.ErrorContains(t, err, `prices.csv, line 1: these are not the columns of any file of AWS's conversion reports; its first is "name"`)
	_, err = sct.Read(fstest.MapFS{"x.csv": {}})
	require.ErrorContains(t, err, "x.csv, line 1: there is no header")
}

func TestTwoReportsOfOneSchemaAreNotMixed(t *testing.T) {
	t.Parallel()
	files := fstest.MapFS{}
	for _, release := range []string{"663", "664"} {
		for name, f := range real(t, release) {
			files[release+"/"+name] = f
		}
	}
	_, err := sct.Read(files)
	require.ErrorContains(t, err, "there are two reports of schema DMS_SAMPLE, 663/"+itemsFile+" and 664/"+itemsFile)
}

func FuzzRead(f *testing.F) {
	f.Add("Schema,Action item\r\nX,1", `"a""b","c`, "\n\n\r\n")
	f.Add(`Category,Number of objects`, `"`, `a,"b"c`)
	f.Fuzz(func(t *testing.T, a, b, c string) {
		r, err := sct.Read(fstest.MapFS{"a.csv": {Data: []byte(a)}, "a_Summary.csv": {Data: []byte(b)}, "a_Action_Items_Summary.csv": {Data: []byte(c)}})
		require.True(t, (r == nil) != (err == nil))
	})
}
