// SPDX-License-Identifier: Apache-2.0

package oracle_test

import (
	"context"
	"database/sql"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/sijms/go-ora/v2/network"
	"github.com/stretchr/testify/require"
)

// code is the number of an Oracle error.
func code(t testing.TB, err error) int {
	t.Helper()
	var ora *network.OracleError
	require.True(t, errors.As(err, &ora), "%v", err)
	return ora.ErrCode
}

// exported reads a file of an export.
func exported(t testing.TB, dir, view string) (header []string, rows [][]string) {
	t.Helper()
	f, err := os.Open(filepath.Join(dir, view+".csv"))
	require.NoError(t, err)
	defer f.Close()
	all, err := csv.NewReader(f).ReadAll()
	require.NoError(t, err)
	return all[0], all[1:]
}

// selected reads a query's rows as text, NULL as "".
func selected(t testing.TB, db *sql.DB, query string, args ...any) [][]string {
	t.Helper()
	rows, err := db.QueryContext(context.Background(), query, args...)
	require.NoError(t, err, query)
	defer rows.Close()
	columns, err := rows.Columns()
	require.NoError(t, err)
	var all [][]string
	for rows.Next() {
		values, targets := make([]sql.NullString, len(columns)), make([]any, len(columns))
		for i := range values {
			targets[i] = &values[i]
		}
		require.NoError(t, rows.Scan(targets...))
		row := make([]string, len(columns))
		for i := range values {
			row[i] = values[i].String
		}
		all = append(all, row)
	}
	require.NoError(t, rows.Err(), query)
	return all
}

// Every view of the export, asked as Ferryman asks, gives the file's rows back.
func TestDictionaryIsTheExport(t *testing.T) {
	t.Parallel()
	for _, schema := range []struct{ dir, owner string }{{"dms_sample", "DMS_SAMPLE"}, {"hr", "HR"}, {"omop_cdm54", "CDM54"}} {
		t.Run(schema.owner, func(t *testing.T) {
			t.Parallel()
			dir := testenv.Inputs(t, schema.dir)
			db := open(t, start(t, schema.owner, nil, dir), "FERRYMAN")
			files, err := filepath.Glob(filepath.Join(dir, "ALL_*.csv"))
			require.NoError(t, err)
			require.Greater(t, len(files), 30)
			for _, file := range files {
				view := strings.TrimSuffix(filepath.Base(file), ".csv")
				header, want := exported(t, dir, view)
				owner := "OWNER"
				for _, c := range []string{"INDEX_OWNER", "TRIGGER_OWNER", "SEQUENCE_OWNER"} {
					for _, h := range header {
						if h == c && !contains(header, "OWNER") {
							owner = c
						}
					}
				}
				if !contains(header, owner) {
					owner = "TABLE_OWNER"
				}
				var columns []string
				keep := make([]bool, len(header))
				for i, h := range header {
					keep[i] = view != "ALL_TAB_COLUMNS" || h != "VIRTUAL_COLUMN" && h != "HIDDEN_COLUMN"
					if keep[i] {
						columns = append(columns, h)
					}
				}
				for _, prefix := range []string{"ALL_", "DBA_"} {
					got := selected(t, db, fmt.Sprintf("SELECT %s FROM %s WHERE %s IN (:1, :2)", strings.Join(columns, ", "),
						prefix+strings.TrimPrefix(view, "ALL_"), owner), schema.owner, "PUBLIC")
					require.Equal(t, flat(want, keep), flat(normal(got), nil), view)
				}
			}
			_, err = db.Query("SELECT virtual_column FROM all_tab_columns")
			require.Equal(t, 904, code(t, err))
		})
	}
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

// normal writes times as exports do.
func normal(rows [][]string) [][]string {
	for _, row := range rows {
		for i, v := range row {
			if len(v) >= 19 && v[4] == '-' && v[10] == 'T' {
				row[i] = v[:10] + " " + v[11:19]
			}
		}
	}
	return rows
}

// flat makes rows comparable without their order.
func flat(rows [][]string, keep []bool) map[string]int {
	all := map[string]int{}
	for _, row := range rows {
		var fields []string
		for i, f := range row {
			if keep == nil || keep[i] {
				fields = append(fields, f)
			}
		}
		all[strings.Join(fields, "\x1f")]++
	}
	return all
}
