// SPDX-License-Identifier: Apache-2.0

package sct_test

import (
	"os"
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

func written(r *assess.Report) fstest.MapFS {
	files := fstest.MapFS{}
	for name, content := range sctcsv.Write(r) {
		files[name] = &fstest.MapFile{Data: content}
	}
	return files
}

// What Ferryman writes for other people's spreadsheets is a report of the kind that it reads.
func TestFerrymansOwnFilesAreReadBack(t *testing.T) {
	t.Parallel()
	for _, input := range []string{"dms_sample", "hr", "omop_cdm54"} {
		d, err := dictionary.ReadExport(os.DirFS(testenv.Inputs(t, input)))
		require.NoError(t, err)
		report := assess.Assess(d, convert.Convert(d, convert.Options{}), assess.Options{Now: time.Now()})
		back, err := sct.Read(written(report))
		require.NoError(t, err, input)
		items := func(r *assess.Report) map[string]int {
			n := map[string]int{}
			for _, a := range r.Actions {
				if !a.Note && a.Object.Owner != "PUBLIC" {
					n[a.Object.Owner+" "+a.Code+" "+a.Subject]++
				}
			}
			return n
		}
		require.Equal(t, items(report), items(back), input)
	}
}

func TestAnAWSReportIsWrittenAsItWasRead(t *testing.T) {
	t.Parallel()
	r, err := sct.Read(real(t, "663"))
	require.NoError(t, err)
	back, err := sct.Read(written(r))
	require.NoError(t, err)
	d := assess.Compare(r, back)
	require.Empty(t, d.New)
	require.Empty(t, d.Resolved)
	require.Equal(t, 2, d.Same)
}
