// SPDX-License-Identifier: Apache-2.0

package dictionary_test

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"testing/fstest"

	"github.com/ferryman/ferryman/internal/oracle/dictionary"
	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestReadExportOfRealSchemas(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]struct{ objects, tables, fks int }{
		"hr": {34, 7, 10}, "dms_sample": {69, 16, 18}, "omop_cdm54": {128, 39, 176},
	} {
		d, err := dictionary.ReadExport(os.DirFS(testenv.Inputs(t, name)))
		require.NoError(t, err)
		fks := 0
		for _, c := range d.Constraints {
			if c.Type == "R" {
				fks++
				require.NotNil(t, d.Constraint(c.ROwner, c.RName), "the key that %s refers to", c.Name)
			}
		}
		require.Equal(t, want.objects, len(d.Objects), name)
		require.Equal(t, want.tables, len(d.Tables), name)
		require.Equal(t, want.fks, fks, name)
		require.Len(t, d.Schemas, 1)
		require.False(t, d.Knows("ALL_LOG_GROUPS"), "a file that is not there makes its facts unknown")
		require.True(t, d.Knows("ALL_TABLES"))
	}
}

func TestIndexColumnsOfExpressions(t *testing.T) {
	t.Parallel()
	d, err := dictionary.ReadExport(os.DirFS(testenv.Inputs(t, "dms_sample")))
	require.NoError(t, err)
	require.Equal(t, []dictionary.IndexColumn{{Column: "SYS_NC00008$", Expression: `TRUNC("START_DATE_TIME")`}},
		d.IndexColumns("DMS_SAMPLE", "SE_START_DATE_FCN"))
	box, err := dictionary.ReadExport(os.DirFS("../../../cmd/rehearse/boxoffice"))
	require.NoError(t, err)
	require.Equal(t, []dictionary.IndexColumn{{Column: "CUSTOMER_ID"}, {Column: "PURCHASED_AT", Descending: true}},
		box.IndexColumns("BOXOFFICE", "PURCHASE_CUSTOMER_IX"))
}

func TestBrokenExportsNameFileAndLine(t *testing.T) {
	t.Parallel()
	objects := &fstest.MapFile{Data: []byte("OWNER,OBJECT_NAME,OBJECT_TYPE\nX,T,TABLE\n")}
	for name, tc := range map[string]struct{ file, data, want string }{
		"quote":     {"ALL_VIEWS.csv", "OWNER,VIEW_NAME,TEXT\nX,V,\"select\nfrom\nX,W,a\n", "ALL_VIEWS.csv, line 2: a quotation mark is opened here"},
		"fields":    {"ALL_VIEWS.csv", "OWNER,VIEW_NAME,TEXT\nX,V,a\nX,V\n", "ALL_VIEWS.csv, line 3: wrong number of fields"},
		"number":    {"ALL_TAB_COLS.csv", "OWNER,TABLE_NAME,COLUMN_NAME,DATA_LENGTH\nX,T,C,12a\n", `ALL_TAB_COLS.csv, line 2: DATA_LENGTH: "12a" is not a whole`},
		"sequence":  {"ALL_SEQUENCES.csv", "SEQUENCE_OWNER,SEQUENCE_NAME,MAX_VALUE\nX,S,1e28\n", `line 2: MAX_VALUE: "1e28" is not`},
		"date":      {"ALL_TABLES.csv", "OWNER,TABLE_NAME,LAST_ANALYZED\nX,T,yesterday\n", "LAST_ANALYZED"},
		"encoding":  {"ALL_TABLES.csv", "OWNER,TABLE_NAME\nX,T\nX,\xff\xfe\n", "ALL_TABLES.csv, line 3: TABLE_NAME: it is not UTF-8"},
		"empty":     {"ALL_TABLES.csv", "", "ALL_TABLES.csv, line 1: the file is empty"},
		"no owner":  {"ALL_TABLES.csv", "TABLE_NAME\nT\n", "column OWNER is missing"},
		"duplicate": {"ALL_TABLES.csv", "OWNER,OWNER\nX,Y\n", `column "OWNER" is there twice`},
	} {
		_, err := dictionary.ReadExport(fstest.MapFS{"ALL_OBJECTS.csv": objects, tc.file: {Data: []byte(tc.data)}})
		require.ErrorContains(t, err, tc.want, name)
		var broken *dictionary.ExportError
		require.ErrorAs(t, err, &broken)
	}
	_, err := dictionary.ReadExport(fstest.MapFS{})
	require.ErrorContains(t, err, "is this the directory of a dictionary export?")
}

func TestAnExportWithFewerColumnsIsKnownAsFarAsItGoes(t *testing.T) {
	t.Parallel()
	d, err := dictionary.ReadExport(fstest.MapFS{
		"ALL_OBJECTS.csv":     {Data: []byte("\ufeffOWNER,OBJECT_NAME,OBJECT_TYPE\nX,T,TABLE\nPUBLIC,T,SYNONYM\n")},
		"ALL_TAB_COLUMNS.csv": {Data: []byte("COLUMN_NAME,OWNER,TABLE_NAME,EXTRA\nC,X,T,?\n")},
	})
	require.NoError(t, err)
	require.Equal(t, []string{"X"}, d.Schemas)
	require.False(t, d.KnowsColumn("ALL_OBJECTS", "STATUS"))
	require.True(t, d.Knows("ALL_OBJECTS"))
	require.NotNil(t, d.Column("X", "T", "C"), "ALL_TAB_COLUMNS stands in for ALL_TAB_COLS")
}

func TestWriteExportReadsBackTheSame(t *testing.T) {
	t.Parallel()
	d, err := dictionary.ReadExport(os.DirFS("../../../cmd/rehearse/boxoffice"))
	require.NoError(t, err)
	dir := t.TempDir()
	require.NoError(t, dictionary.WriteExport(d, dir))
	again, err := dictionary.ReadExport(os.DirFS(dir))
	require.NoError(t, err)
	require.Equal(t, d.Unknown, again.Unknown)
	for _, v := range dictionary.Views() {
		require.True(t, sameRows(t, d, again, v.Name), v.Name)
	}
	twice := t.TempDir()
	require.NoError(t, dictionary.WriteExport(again, twice))
	files, err := filepath.Glob(filepath.Join(dir, "*.csv"))
	require.NoError(t, err)
	require.Greater(t, len(files), 30)
	for _, file := range files {
		want, err := os.ReadFile(file)
		require.NoError(t, err)
		got, err := os.ReadFile(filepath.Join(twice, filepath.Base(file)))
		require.NoError(t, err)
		require.Equal(t, string(want), string(got), file)
	}
	d.SetUnknown("ALL_VIEWS", "not granted")
	other := t.TempDir()
	require.NoError(t, dictionary.WriteExport(d, other))
	require.NoFileExists(t, filepath.Join(other, "ALL_VIEWS.csv"))
}

// sameRows compares the rows of a view without their order.
func sameRows(t *testing.T, a, b *dictionary.Dictionary, view string) bool {
	t.Helper()
	x, y := reflect.ValueOf(a).Elem(), reflect.ValueOf(b).Elem()
	for i := range x.NumField() {
		if x.Type().Field(i).Tag.Get("view") == view {
			return assert.ElementsMatch(t, x.Field(i).Interface(), y.Field(i).Interface(), view)
		}
	}
	return false
}
