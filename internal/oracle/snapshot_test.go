// SPDX-License-Identifier: Apache-2.0

package oracle_test

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/exportcsv"
	"github.com/ferryman/ferryman/internal/oracle"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
	standin "github.com/ferryman/ferryman/internal/standin/oracle"
	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/stretchr/testify/require"
)

// over serves one export to FERRYMAN, who may read everything.
func over(t *testing.T, dir string) *oracle.Source {
	t.Helper()
	return open(t, serve(t, func(o *standin.Options) {
		o.Exports, o.Users = []fs.FS{os.DirFS(dir)}, []standin.User{{Name: "FERRYMAN", Password: "ferry", Roles: []string{"SELECT_CATALOG_ROLE"}}}
	}).URL("FERRYMAN"))
}

func snapshot(t *testing.T, source *oracle.Source, dir string, opts oracle.SnapshotOptions) *dictionary.Manifest {
	t.Helper()
	m, err := source.Snapshot(context.Background(), dir, opts)
	require.NoError(t, err)
	return m
}

// files are the files of a directory with their content.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	all := map[string]string{}
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		require.NoError(t, err)
		all[e.Name()] = string(text)
	}
	return all
}

// A snapshot of what is served from an export has what the export has, and a snapshot of what is served from the snapshot is the same
// byte for byte.
func TestASnapshotServedAgainIsTheSame(t *testing.T) {
	t.Parallel()
	for schema, dir := range map[string]string{"HR": testenv.Inputs(t, "hr"), "DMS_SAMPLE": testenv.Inputs(t, "dms_sample"), "CDM54": testenv.Inputs(t, "omop_cdm54"),
		"BOXOFFICE": boxOffice} {
		t.Run(schema, func(t *testing.T) {
			t.Parallel()
			var once, twice string
			opts := oracle.SnapshotOptions{Schemas: []string{schema}}
			for day := ""; day != today(); { // the manifest says on which
				day, once, twice = today(), t.TempDir(), t.TempDir()
				snapshot(t, over(t, dir), once, opts)
				snapshot(t, over(t, once), twice, opts)
			}
			first, second := files(t, once), files(t, twice)
			require.Equal(t, keys(first), keys(second))
			for name, text := range first {
				require.Equal(t, text, second[name], name)
			}

			exports, err := filepath.Glob(filepath.Join(dir, "ALL_*.csv"))
			require.NoError(t, err)
			require.Greater(t, len(exports), 30)
			for _, file := range exports {
				name := filepath.Base(file)
				header, want := csvRows(t, file, nil)
				_, got := csvRows(t, filepath.Join(once, name), header)
				require.ElementsMatch(t, want, got, name)
			}
		})
	}
}

func today() string { return time.Now().UTC().Format(time.DateOnly) }

func keys(m map[string]string) []string {
	var all []string
	for k := range m {
		all = append(all, k)
	}
	slices.Sort(all)
	return all
}

// csvRows reads the rows of a file, each as one text; with columns, those columns, which must all be there.
func csvRows(t *testing.T, file string, columns []string) (header, rows []string) {
	t.Helper()
	f, err := os.Open(file)
	require.NoError(t, err)
	defer f.Close()
	r := exportcsv.NewReader(f, 1<<30)
	first, err := r.Read()
	require.NoError(t, err)
	header = slices.Clone(first)
	if columns == nil {
		columns = header
	}
	for {
		record, err := r.Read()
		if err != nil {
			require.Equal(t, "EOF", err.Error())
			return header, rows
		}
		var fields []string
		for _, c := range columns {
			i := slices.Index(header, c)
			require.GreaterOrEqual(t, i, 0, "%s has no column %s", file, c)
			fields = append(fields, record[i])
		}
		rows = append(rows, strings.Join(fields, "\x1f"))
	}
}

func TestAnInterruptedSnapshotGoesOn(t *testing.T) {
	t.Parallel()
	for day := ""; day != today(); {
		day = today()
		interrupted(t, day)
	}
}

// interrupted does not compare with another snapshot that was taken on another day.
func interrupted(t *testing.T, day string) {
	t.Helper()
	source, dir := over(t, boxOffice), t.TempDir()
	opts := oracle.SnapshotOptions{Schemas: []string{"BOXOFFICE"}}
	ctx, cancel := context.WithCancel(context.Background())
	opts.Read.Progress = func(_ string, number, _, _ int) {
		if number == 10 {
			cancel()
		}
	}
	_, err := source.Snapshot(ctx, dir, opts)
	require.ErrorIs(t, err, context.Canceled)
	half := files(t, dir)
	require.Len(t, half, 10+1+1, "ten views, one of them in two files, and the manifest; nothing that is half written")
	_, err = dictionary.ReadExport(os.DirFS(dir))
	require.ErrorContains(t, err, "the snapshot was interrupted after 10 of")

	// A file that was damaged meanwhile is read again; the others are not: their times stay.
	before, err := os.Stat(filepath.Join(dir, "ALL_TABLES.csv"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "ALL_OBJECTS.csv"), []byte("OWNER\n"), 0o600))
	var views []string
	opts.Read.Progress = func(view string, number, of, _ int) {
		views = append(views, view)
		require.Equal(t, len(dictionary.Views()), of)
		require.Equal(t, len(views), number)
	}
	m := snapshot(t, source, dir, opts)
	require.True(t, m.Complete)
	require.Len(t, views, len(dictionary.Views()))
	after, err := os.Stat(filepath.Join(dir, "ALL_TABLES.csv"))
	require.NoError(t, err)
	require.Equal(t, before.ModTime(), after.ModTime())
	whole := t.TempDir()
	snapshot(t, source, whole, oracle.SnapshotOptions{Schemas: []string{"BOXOFFICE"}})
	if today() != day {
		return
	}
	require.Equal(t, files(t, whole), files(t, dir))

	_, err = source.Snapshot(context.Background(), dir, opts)
	var refused *oracle.SnapshotError
	require.ErrorAs(t, err, &refused)
	require.ErrorContains(t, err, "there is a complete snapshot already")
}

func TestASnapshotDoesNotMixWithAnother(t *testing.T) {
	t.Parallel()
	ctx, source := context.Background(), over(t, boxOffice)
	foreign := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(foreign, "ALL_TABLES.csv"), []byte("OWNER,TABLE_NAME\n"), 0o600))
	_, err := source.Snapshot(ctx, foreign, oracle.SnapshotOptions{Schemas: []string{"BOXOFFICE"}})
	require.ErrorContains(t, err, "no snapshot of Ferryman's wrote")

	begun := t.TempDir()
	stopped, cancel := context.WithCancel(ctx)
	opts := oracle.SnapshotOptions{Schemas: []string{"BOXOFFICE"}, Read: dictionary.Options{Progress: func(string, int, int, int) { cancel() }}}
	_, err = source.Snapshot(stopped, begun, opts)
	require.True(t, errors.Is(err, context.Canceled))
	_, err = source.Snapshot(ctx, begun, oracle.SnapshotOptions{Schemas: []string{"BOXOFFICE", "FERRYMAN"}})
	require.ErrorContains(t, err, "an unfinished snapshot of [BOXOFFICE] is there")
	_, err = source.Snapshot(ctx, begun, oracle.SnapshotOptions{Schemas: []string{"BOXOFFICE"}, Read: dictionary.Options{NoSource: true}})
	require.ErrorContains(t, err, "with other options")
	require.NoError(t, os.WriteFile(filepath.Join(begun, dictionary.ManifestFile), []byte("{"), 0o600))
	_, err = source.Snapshot(ctx, begun, opts)
	require.ErrorContains(t, err, "it is not the manifest of a snapshot")
	_, err = source.Snapshot(ctx, t.TempDir(), oracle.SnapshotOptions{Schemas: []string{"NOBODY"}})
	var missing *oracle.SchemaError
	require.ErrorAs(t, err, &missing)
	_, err = source.Snapshot(ctx, filepath.Join(foreign, "ALL_TABLES.csv", "x"), oracle.SnapshotOptions{Schemas: []string{"BOXOFFICE"}})
	require.ErrorAs(t, err, new(*oracle.SnapshotError))
}

func TestASnapshotWithoutCodeAndWithoutRights(t *testing.T) {
	t.Parallel()
	server := serve(t, nil)
	bare := t.TempDir()
	snapshot(t, open(t, server.URL("FERRYMAN")), bare, oracle.SnapshotOptions{Schemas: []string{"BOXOFFICE"}, Read: dictionary.Options{NoSource: true}})
	d, err := dictionary.ReadExport(os.DirFS(bare))
	require.NoError(t, err)
	require.True(t, d.Knows("ALL_SOURCE"))
	require.Empty(t, d.Source)
	require.NotEmpty(t, d.Triggers)
	for _, x := range d.Triggers {
		require.Empty(t, x.Body)
	}
	require.NotEmpty(t, d.Views[0].Text, "what a view shows is no PL/SQL")
	require.Equal(t, "ARCHIVELOG", d.Database.LogMode, "the manifest has what the database says of itself")
	require.Equal(t, "AL32UTF8", d.Database.CharacterSet)
	require.Equal(t, "19.0.0", d.Database.Parameters["compatible"])
	require.NotNil(t, d.Database.OpenTransactions)
	require.False(t, d.Database.ReadAt.IsZero())

	limited := t.TempDir()
	m := snapshot(t, open(t, server.URL("LIMITED")), limited, oracle.SnapshotOptions{Schemas: []string{"BOXOFFICE"}})
	require.Contains(t, m.Limited, "ALL_TABLES")
	require.NoFileExists(t, filepath.Join(limited, "DBA_SEGMENTS.csv"))
	text, err := os.ReadFile(filepath.Join(limited, dictionary.ManifestFile))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, m))
	require.NotContains(t, string(text), "127.0.0.1")
	require.NoError(t, os.WriteFile(filepath.Join(limited, "ALL_OBJECTS.csv"), []byte("OWNER,OBJECT_NAME,OBJECT_TYPE\nBOXOFFICE,T,TABLE\n"), 0o600))
	d, err = dictionary.ReadExport(os.DirFS(limited))
	require.NoError(t, err)
	require.Contains(t, d.Limited, "ALL_TABLES")
	require.Contains(t, d.Unknown["DBA_SEGMENTS"], "user LIMITED may not read DBA_SEGMENTS")
	require.Contains(t, d.Unknown["V$ARCHIVED_LOG"], "GRANT SELECT ON SYS.V_$ARCHIVED_LOG TO LIMITED")
}
