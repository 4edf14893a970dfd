// SPDX-License-Identifier: Apache-2.0

package dict_test

import (
	"io/fs"
	"os"
	"testing"
	"testing/fstest"

	"github.com/ferryman/ferryman/internal/standin/oracle/dict"
	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// dir is a directory with these files.
func dir(files map[string]string) fs.FS {
	d := fstest.MapFS{}
	for name, text := range files {
		d[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return d
}

func TestBadExportsAreNamed(t *testing.T) {
	t.Parallel()
	tables := "OWNER,TABLE_NAME\nA,T\n"
	for want, files := range map[string]map[string]string{
		"no ALL_TABLES.csv":                                 {"ALL_VIEWS.csv": "OWNER\n"},
		"ALL_VIEWS.csv: line 2: wrong number of fields":     {"ALL_TABLES.csv": tables, "ALL_VIEWS.csv": "OWNER,VIEW_NAME\nA\n"},
		"ALL_VIEWS.csv is empty":                            {"ALL_TABLES.csv": tables, "ALL_VIEWS.csv": ""},
		"data/NOBODY.csv belongs to no table":               {"ALL_TABLES.csv": tables, "data/NOBODY.csv": "ID\n1\n"},
		`ALL_VIEWS.csv: line 2: a quotation mark is opened`: {"ALL_TABLES.csv": tables, "ALL_VIEWS.csv": "OWNER\n\"A\n"},
	} {
		_, err := dict.Read(dir(files))
		require.ErrorContains(t, err, want)
	}
	_, err := dict.Read(dir(map[string]string{"ALL_TABLES.csv": tables}), dir(map[string]string{"ALL_TABLES.csv": tables}))
	require.ErrorContains(t, err, "schema A is in two directories")
}

func TestSeveralExportsAreOne(t *testing.T) {
	t.Parallel()
	e, err := dict.Read(os.DirFS(testenv.Inputs(t, "hr")), os.DirFS(testenv.Inputs(t, "dms_sample")))
	require.NoError(t, err)
	m := e.Model()
	require.Equal(t, []string{"DMS_SAMPLE", "HR"}, m.Owners)
	require.Len(t, m.Tables, 7+16)
	require.Equal(t, []string{"EMPLOYEE_ID", "START_DATE"}, m.PrimaryKey(dict.Name{Owner: "HR", Name: "JOB_HISTORY"}))
	r, err := e.Data(dict.Name{Owner: "DMS_SAMPLE", Name: "SEAT_TYPE"})
	require.NoError(t, err)
	require.Len(t, r.Rows, 6)
	r, err = e.Data(dict.Name{Owner: "HR", Name: "JOBS"})
	require.NoError(t, err)
	require.Nil(t, r)
}
