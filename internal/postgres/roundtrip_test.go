// SPDX-License-Identifier: Apache-2.0

package postgres_test

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/stretchr/testify/require"
)

var lobs = []postgres.ColumnName{
	{Schema: "app", Table: "person", Column: "photo"}, {Schema: "app", Table: "person", Column: "cv"}, {Schema: "app", Table: "person", Column: "email"},
	{Schema: "app", Table: "sale", Column: "scan"}, {Schema: "app", Table: "sale_2025", Column: "scan"}, {Schema: "app", Table: "not_there", Column: "x"},
}

// schemaFile reads a schema of testdata, without what the server does not know yet.
func schemaFile(t *testing.T, name string) string {
	t.Helper()
	sql, err := os.ReadFile("testdata/" + name + ".sql")
	require.NoError(t, err)
	text, version := string(sql), serverVersion(t)
	if version < 150000 {
		text = setColumns.ReplaceAllString(strings.ReplaceAll(text, " NULLS NOT DISTINCT", ""), "$1")
	}
	if version < 140000 {
		text = atomicBody.ReplaceAllString(text, "CREATE RULE put AS ON DELETE TO app.latest DO ALSO ${1}'x'$2;")
	}
	return text
}

var (
	setColumns = regexp.MustCompile(`(ON DELETE SET (?:NULL|DEFAULT)) \(\w+\)`)
	atomicBody = regexp.MustCompile(`CREATE FUNCTION app\.put\(text\).* BEGIN ATOMIC (.*)\$1(.*); END;`) // a rule depends on what it names, too
)

// serverVersion is server_version_num of the server that the tests run on.
func serverVersion(t *testing.T) int {
	t.Helper()
	conn := connect(t, testenv.Server(t).URL("postgres"))
	version := one[int](t, conn, "SELECT current_setting('server_version_num')::int")
	require.NoError(t, conn.Close(t.Context()))
	return version
}

// names lists "kind schema.table.name" of what goes.
func names(objects []postgres.Object) []string {
	list := make([]string, len(objects))
	for i, o := range objects {
		list[i] = fmt.Sprintf("%s %s.%s.%s", o.Kind, o.Schema, o.Table, o.Name)
	}
	return list
}

func TestWhatIsSetAsideComesBackAsItWas(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"boxoffice", "partitions", "nokeys"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, schemaFile(t, name))
			before := b.dump(t)
			catalog, err := b.target.ReadCatalog(t.Context(), []string{"app", "other", "elsewhere"})
			require.NoError(t, err)
			plan := b.plan(t, postgres.SetAsideOptions{LOBColumns: lobs})
			require.NotEmpty(t, plan.Objects)
			again := b.plan(t, postgres.SetAsideOptions{LOBColumns: lobs})
			require.Equal(t, plan, again, "the same catalog gives the same plan")

			b.setAside(t, plan)
			require.NotEqual(t, before, b.dump(t))
			b.setAside(t, plan) // once more changes nothing
			saved, err := b.target.Saved(t.Context(), "box-office")
			require.NoError(t, err)
			require.Len(t, saved, len(plan.Objects))
			require.Empty(t, b.plan(t, postgres.SetAsideOptions{LOBColumns: lobs}).Objects, "nothing is left to set aside")

			report, err := b.target.Rebuild(t.Context(), b.fence, postgres.RebuildOptions{Jobs: 3})
			require.NoError(t, err)
			require.Empty(t, report.Failed)
			require.Empty(t, report.Differences)
			report, err = b.target.BringBack(t.Context(), b.fence)
			require.NoError(t, err)
			require.Empty(t, report.Failed)
			require.Empty(t, report.Differences)

			require.Equal(t, before, b.dump(t))
			after, err := b.target.ReadCatalog(t.Context(), []string{"app", "other", "elsewhere"})
			require.NoError(t, err)
			require.Empty(t, postgres.Differences(catalog.Definitions(), after.Definitions()))
			aside, err := b.target.Aside(t.Context())
			require.NoError(t, err)
			require.Empty(t, aside)

			// A second round works on the same target, with the same plan.
			b.setAside(t, plan)
			restored, err := b.target.Restore(t.Context(), postgres.RestoreOptions{All: true, Actor: "dba"})
			require.NoError(t, err)
			require.Len(t, restored.Restored, len(plan.Objects))
			require.Equal(t, before, b.dump(t))
		})
	}
}

func TestRebuildAloneLeavesWhatOnlyCutoverBringsBack(t *testing.T) {
	t.Parallel()
	b := setup(t, schemaFile(t, "boxoffice"))
	before, err := b.target.ReadCatalog(t.Context(), []string{"app"})
	require.NoError(t, err)
	b.setAside(t, b.plan(t, postgres.SetAsideOptions{LOBColumns: lobs}))
	_, err = b.target.Restore(t.Context(), postgres.RestoreOptions{Actor: "dba"})
	require.NoError(t, err)
	after, err := b.target.ReadCatalog(t.Context(), []string{"app"})
	require.NoError(t, err)
	require.Empty(t, postgres.Differences(before.Definitions("index", "constraint"), after.Definitions("index", "constraint")))
	differences := postgres.Differences(before.Definitions(), after.Definitions())
	aside, err := b.target.Aside(t.Context())
	require.NoError(t, err)
	require.Len(t, differences, len(aside))
	for _, s := range aside {
		require.Contains(t, postgres.CutoverKinds, s.Kind)
	}
	require.Equal(t, "restore", one[string](t, b.conn, "SELECT action FROM ferryman.audit WHERE actor = 'dba'"))
	triggers, err := b.target.ListTriggers(t.Context(), []string{"app"})
	require.NoError(t, err)
	require.Len(t, triggers, 5)
	for _, trigger := range triggers {
		require.Equal(t, "D", trigger.Enabled, trigger.Name)
	}
}

func TestThePlanSaysWhyEachObjectGoesOrStays(t *testing.T) {
	t.Parallel()
	b := setup(t, schemaFile(t, "nokeys"))
	plan := b.plan(t, postgres.SetAsideOptions{KeepPatterns: []string{"app.log.log_b*"}})
	require.Equal(t, []string{"foreign_key elsewhere.booking.booked", "exclusion app.room.room_during_excl", "unique app.room.room_code"}, names(plan.Objects))
	why := map[string]string{}
	for _, s := range plan.Stays {
		why[s.Name] = s.Why
	}
	require.Contains(t, why["log_n"], "no primary key")
	require.Contains(t, why["log_at"], "no primary key")
	require.Contains(t, why["log_body"], "app.log.log_b*")
	require.Contains(t, why["room_identity"], "replica identity")
	require.Regexp(t, `function app\.put\(text\)|rule put on table app\.latest`, why["latest_name"])
	require.Contains(t, why["rooms_code"], "materialized view")
	require.Contains(t, why["room_pkey"], "primary key")
	for _, o := range plan.Objects {
		require.NotEmpty(t, o.Why)
	}
	kept := b.plan(t, postgres.SetAsideOptions{KeepPatterns: []string{"*.booked"}})
	require.NotContains(t, names(kept.Objects), "unique app.room.room_code", "the foreign key that stays needs it")
	_, err := postgres.PlanSetAside(&postgres.Catalog{}, postgres.SetAsideOptions{KeepPatterns: []string{"["}})
	require.ErrorContains(t, err, `"["`)

	encoded, err := json.Marshal(plan)
	require.NoError(t, err)
	require.Contains(t, string(encoded), `{"kind":"foreign_key","schema":"elsewhere","table":"booking","name":"booked","definition":`)
	var decoded postgres.SetAside
	require.NoError(t, json.Unmarshal(encoded, &decoded))
	require.Equal(t, plan, decoded)
}
