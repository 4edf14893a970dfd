// SPDX-License-Identifier: Apache-2.0

package sct_test

import (
	"os"
	"path"
	"testing"
	"testing/fstest"

	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/stretchr/testify/require"
)

// The files of a report.
const (
	itemsFile   = "DMS_SAMPLE-POSTGRESQL-Csv-report.csv"
	countsFile  = "DMS_SAMPLE-POSTGRESQL-Csv-report_Action_Items_Summary.csv"
	summaryFile = "DMS_SAMPLE-POSTGRESQL-Csv-report_Summary.csv"
	allFile     = "Aggregated_report.csv"
)

// real is a copy of a real report, by release.
func real(t *testing.T, release string) fstest.MapFS {
	t.Helper()
	dir := testenv.Inputs(t, "sct-reports", release)
	files := fstest.MapFS{}
	for _, name := range []string{itemsFile, countsFile, summaryFile, allFile} {
		content, err := os.ReadFile(path.Join(dir, name))
		require.NoError(t, err)
		files[name] = &fstest.MapFile{Data: content}
	}
	return files
}
