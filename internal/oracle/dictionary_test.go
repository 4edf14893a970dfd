// SPDX-License-Identifier: Apache-2.0

package oracle_test

import (
	"context"
	"io"
	"net"
	"net/url"
	"os"
	"reflect"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/oracle"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
	"github.com/stretchr/testify/require"
)

// TestTheLiveDictionaryIsThatOfTheExport reads the same schema both ways: what is converted from it must be the same.
func TestTheLiveDictionaryIsThatOfTheExport(t *testing.T) {
	t.Parallel()
	source := open(t, serve(t, nil).URL("FERRYMAN"))
	seen := map[string]int{}
	live, err := source.ReadDictionary(context.Background(), []string{"BOXOFFICE"}, func(view string, rows int) { seen[view] = rows })
	require.NoError(t, err)
	export, err := dictionary.ReadExport(os.DirFS(boxOffice))
	require.NoError(t, err)

	require.Len(t, live.Unknown, 1)
	require.Contains(t, live.Unknown["DBA_HEAT_MAP_SEGMENT"], "source.diagnostics_pack", "what is paid for is read only on request")
	require.Empty(t, live.Limited, "SELECT_CATALOG_ROLE reads the DBA_ views")
	require.Equal(t, len(export.Columns), seen["ALL_TAB_COLS"])
	require.Equal(t, export.Schemas, live.Schemas)
	for _, v := range dictionary.Views() {
		require.Equal(t, v.Rows(export), v.Rows(live), v.Name)
	}
	for what, pair := range map[string][2]any{
		"columns":     {export.Columns, live.Columns},
		"constraints": {export.Constraints, live.Constraints},
		"indexes":     {export.Indexes, live.Indexes},
		"positions":   {export.IndColumns, live.IndColumns},
		"expressions": {export.IndExpressions, live.IndExpressions},
		"sequences":   {export.Sequences, live.Sequences},
		"triggers":    {export.Triggers, live.Triggers},
		"views":       {export.Views, live.Views},
		"source":      {export.Source, live.Source},
		"synonyms":    {export.Synonyms, live.Synonyms},
		"logging":     {export.LogGroups, live.LogGroups},
	} {
		require.ElementsMatch(t, pair[0], pair[1], what)
	}
	byID := func(a, b dictionary.Object) int { return int(a.ID - b.ID) }
	slices.SortFunc(live.Objects, byID)
	require.Equal(t, export.Objects, live.Objects, "dates are those that Oracle shows, whatever this machine's zone")

	fromExport, fromLive := convert.Convert(export, convert.Options{}), convert.Convert(live, convert.Options{})
	require.Equal(t, fromExport.Script(), fromLive.Script())
	require.True(t, reflect.DeepEqual(fromExport.Actions, fromLive.Actions))

	require.Equal(t, "ARCHIVELOG", live.Database.LogMode)
	require.Equal(t, "YES", live.Database.SupplementalMin)
	require.NotEmpty(t, live.Database.Version)
	require.WithinDuration(t, time.Now(), live.Database.ReadAt, time.Minute)
}

// TestOneSessionIsEnough reads where Oracle gives a user one session, as a profile's SESSIONS_PER_USER may have it.
func TestOneSessionIsEnough(t *testing.T) {
	t.Parallel()
	server := serve(t, nil)
	u, err := url.Parse(server.URL("FERRYMAN"))
	require.NoError(t, err)
	door, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = door.Close() })
	behind := u.Host
	var refused atomic.Int32
	go func() {
		for n := 0; ; n++ {
			client, err := door.Accept()
			if err != nil {
				return
			}
			if n > 0 {
				refused.Add(1)
				_ = client.Close()
				continue
			}
			inner, err := net.Dial("tcp", behind)
			if err != nil {
				_ = client.Close()
				continue
			}
			go func() { _, _ = io.Copy(inner, client); _ = inner.Close() }()
			go func() { _, _ = io.Copy(client, inner); _ = client.Close() }()
		}
	}()
	u.Host = door.Addr().String()
	two, err := open(t, server.URL("FERRYMAN")).ReadDictionary(t.Context(), []string{"BOXOFFICE"}, nil)
	require.NoError(t, err)
	one, err := open(t, u.String()).ReadDictionary(t.Context(), []string{"BOXOFFICE"}, nil)
	require.NoError(t, err)
	require.Positive(t, refused.Load(), "a second session was asked for")
	for _, v := range dictionary.Views() {
		require.Equal(t, v.Rows(two), v.Rows(one), v.Name)
	}
}

func TestWhatMayNotBeReadIsUnknown(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	source := open(t, serve(t, nil).URL("LIMITED"))
	d, err := source.ReadDictionary(ctx, []string{"BOXOFFICE"}, nil)
	require.NoError(t, err)
	require.Contains(t, d.Limited, "ALL_TABLES", "only the ALL_ view may be read")
	require.Empty(t, d.Tables, "and it shows what the user may see")
	require.Empty(t, d.Database.LogMode)
	ready, err := source.Readiness(ctx, []string{"BOXOFFICE"})
	require.NoError(t, err)
	require.Contains(t, ready.Unknown["V$DATABASE"], "GRANT SELECT ON SYS.V_$DATABASE TO LIMITED")
	_, err = source.Sessions(ctx)
	require.ErrorContains(t, err, "ORA-00942")
	var query *oracle.QueryError
	require.ErrorAs(t, err, &query)
	require.Equal(t, 942, query.Code)
}

func TestASchemaThatIsNotThere(t *testing.T) {
	t.Parallel()
	source := open(t, serve(t, nil).URL("FERRYMAN"))
	_, err := source.ReadDictionary(context.Background(), []string{"BOXOFFICE", "boxoffice"}, nil)
	var schema *oracle.SchemaError
	require.ErrorAs(t, err, &schema)
	require.Equal(t, "boxoffice", schema.Schema)
	_, err = source.ReadDictionary(context.Background(), nil, nil)
	require.ErrorContains(t, err, "no schema was named")
}
