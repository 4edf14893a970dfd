// SPDX-License-Identifier: Apache-2.0

package oracle_test

import (
	"context"
	"io/fs"
	"os"
	"testing"

	"github.com/ferryman/ferryman/internal/oracle"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
	standin "github.com/ferryman/ferryman/internal/standin/oracle"
	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/stretchr/testify/require"
)

// Whatever the dictionary holds, it is data: on the way from an export through a live server into an export every byte stays, and
// nothing of it is run.
func TestHostileNamesAndTextsAreOnlyData(t *testing.T) {
	t.Parallel()
	const owner = "O'WN\"ER; DROP TABLE x"
	names := []string{`T"; DROP TABLE dict."TABLES"; --`, "LINE\nBREAK", "TAB\tAND\rRETURN", "😀 ПРИВЕТ 曽根", "$(rm -rf /)", "<!channel>", "=cmd|' /C calc'!A0", `\N`, `\.`, " A ", "%s%n"}
	d := &dictionary.Dictionary{Schemas: []string{owner}}
	for i, name := range names {
		d.Objects = append(d.Objects, dictionary.Object{Owner: owner, Name: name, ID: int64(i + 1), Type: "TABLE", Status: "VALID"},
			dictionary.Object{Owner: "PUBLIC", Name: name, ID: int64(i + 100), Type: "SYNONYM", Status: "VALID"})
		d.Synonyms = append(d.Synonyms, dictionary.Synonym{Owner: "PUBLIC", Name: name, TableOwner: owner, Table: name})
		d.Tables = append(d.Tables, dictionary.Table{Owner: owner, Name: name, Temporary: "N", Partitioned: "NO", Nested: "NO", Secondary: "N", ReadOnly: "NO", External: "NO",
			Logging: "YES", Status: "VALID"})
		d.Columns = append(d.Columns, dictionary.Column{Owner: owner, Table: name, Name: name, InternalID: 1, ColumnTraits: &dictionary.ColumnTraits{Type: name,
			Default: "'never ends", Virtual: "NO", Hidden: "NO", Identity: "NO", DefaultOnNull: "NO", UserGenerated: "YES", Nullable: "Y"}})
		d.Source = append(d.Source, dictionary.SourceLine{Owner: owner, Name: name, Type: "PROCEDURE", Line: 1, Text: "begin q'[" + name + "\r\n"})
		d.Constraints = append(d.Constraints, dictionary.Constraint{Owner: owner, Name: name, Table: name, SearchCondition: name + " '", ConstraintTraits: &dictionary.ConstraintTraits{Type: "C"}})
		d.TabPrivs = append(d.TabPrivs, dictionary.TabPriv{Grantor: owner, Grantee: name, Owner: owner, Table: name, Privilege: "SELECT", Grantable: "NO", Type: "TABLE"})
	}
	dir, once := t.TempDir(), t.TempDir()
	d.SetUnknown("DBA_HEAT_MAP_SEGMENT", "what is paid for is not read")
	require.NoError(t, dictionary.WriteExport(d, dir))
	read, err := dictionary.ReadExport(os.DirFS(dir))
	require.NoError(t, err)
	require.Equal(t, []string{owner}, read.Schemas)
	server, err := standin.Start(context.Background(), standin.Options{Postgres: testenv.Server(t), Exports: []fs.FS{os.DirFS(dir)}, DictionaryOnly: true,
		Users: []standin.User{{Name: "FERRYMAN", Password: "ferry", Roles: []string{"SELECT_CATALOG_ROLE"}}}})
	require.NoError(t, err)
	t.Cleanup(server.Close)
	snapshot(t, open(t, server.URL("FERRYMAN")), once, oracle.SnapshotOptions{Schemas: []string{owner}})
	want, got := files(t, dir), files(t, once)
	for name, text := range want {
		require.Equal(t, text, got[name], name)
	}
	require.Len(t, got, len(dictionary.Views())+1, "one view that is paid for is left out, one has two files, and the manifest")
}
