// SPDX-License-Identifier: Apache-2.0

package postgres_test

import (
	"testing"

	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/stretchr/testify/require"
)

// why is what stays, by kind, table and name.
func why(plan postgres.SetAside) map[string]string {
	reasons := map[string]string{}
	for _, s := range plan.Stays {
		reasons[string(s.Kind)+" "+s.Table+"."+s.Name] = s.Why
	}
	return reasons
}

// PostgreSQL refuses to drop the NOT NULL of a column in a replica identity or a primary key, also where only a partition has that.
func TestTheNotNullOfAKeyColumnStaysAndIsNamed(t *testing.T) {
	t.Parallel()
	b := setup(t, `CREATE SCHEMA app;
		CREATE TABLE app.plain (id int PRIMARY KEY, memo text NOT NULL, free text NOT NULL);
		CREATE UNIQUE INDEX plain_memo ON app.plain (memo) INCLUDE (free); ALTER TABLE app.plain REPLICA IDENTITY USING INDEX plain_memo;
		CREATE TABLE app.top (id int NOT NULL, memo text NOT NULL, note text NOT NULL) PARTITION BY LIST (id);
		CREATE TABLE app.one PARTITION OF app.top FOR VALUES IN (1) PARTITION BY LIST (id);
		CREATE TABLE app.one_a PARTITION OF app.one FOR VALUES IN (1);
		CREATE TABLE app.two PARTITION OF app.top (PRIMARY KEY (note)) FOR VALUES IN (2);
		CREATE UNIQUE INDEX one_a_memo ON app.one_a (memo); ALTER TABLE app.one_a REPLICA IDENTITY USING INDEX one_a_memo;
		CREATE TABLE app.own (id int, memo text) PARTITION BY LIST (id);
		CREATE TABLE app.own_a PARTITION OF app.own FOR VALUES IN (1); ALTER TABLE app.own_a ALTER memo SET NOT NULL;
		CREATE TABLE app.own_b PARTITION OF app.own (PRIMARY KEY (memo)) FOR VALUES IN (2)`)
	before := b.dump(t)
	var columns []postgres.ColumnName
	for _, c := range [][2]string{{"plain", "memo"}, {"plain", "free"}, {"top", "memo"}, {"top", "note"}, {"own", "memo"}} {
		columns = append(columns, postgres.ColumnName{Schema: "app", Table: c[0], Column: c[1]})
	}
	plan := b.plan(t, postgres.SetAsideOptions{LOBColumns: columns})
	require.Equal(t, []string{"not_null app.plain.free", "not_null app.own_a.memo"}, names(plan.Objects))
	require.Equal(t, map[string]string{
		"not_null plain.memo": "it belongs to the replica identity app.plain.plain_memo, which needs it; DMS can't write NULL there first",
		"not_null top.memo":   "it belongs to the replica identity app.one_a.one_a_memo, which needs it; DMS can't write NULL there first",
		"not_null top.note":   "it belongs to the primary key of app.two, which needs it; DMS can't write NULL there first",
		"not_null own_b.memo": "it belongs to the primary key of app.own_b, which needs it; DMS can't write NULL there first",
	}, notNulls(why(plan)))
	b.setAside(t, plan)
	require.NotEqual(t, before, b.dump(t))
	_, err := b.target.BringBack(t.Context(), b.fence)
	require.NoError(t, err)
	require.Equal(t, before, b.dump(t))
}

func notNulls(all map[string]string) map[string]string {
	list := map[string]string{}
	for name, words := range all {
		if name[:8] == "not_null" {
			list[name] = words
		}
	}
	return list
}

// A partitioned table's key takes over any like it that it finds on a partition: one that stays there must not be in its way.
func TestAKeyWhoseTwinStaysOnAPartitionStays(t *testing.T) {
	t.Parallel()
	b := setup(t, `CREATE SCHEMA app; CREATE TABLE app.city (id int PRIMARY KEY);
		CREATE TABLE app.sale (id int, city int, other int) PARTITION BY LIST (id);
		CREATE TABLE app.june PARTITION OF app.sale FOR VALUES IN (6) PARTITION BY LIST (id);
		CREATE TABLE app.june_a PARTITION OF app.june DEFAULT;
		ALTER TABLE app.sale ADD CONSTRAINT sale_city FOREIGN KEY (city) REFERENCES app.city;
		ALTER TABLE app.sale ADD CONSTRAINT sale_other FOREIGN KEY (other) REFERENCES app.city;
		ALTER TABLE app.june_a ADD CONSTRAINT a_twin FOREIGN KEY (city) REFERENCES app.city`)
	before := b.dump(t)
	definitions := b.definitions(t, []string{"app"})
	for keep, goes := range map[string][]string{
		"*.a_twin":    {"foreign_key app.sale.sale_other"},
		"*.sale_oth*": {"foreign_key app.sale.sale_city", "foreign_key app.june_a.a_twin"},
		"none":        {"foreign_key app.sale.sale_city", "foreign_key app.sale.sale_other", "foreign_key app.june_a.a_twin"},
	} {
		plan := b.plan(t, postgres.SetAsideOptions{KeepPatterns: []string{keep}})
		require.Equal(t, goes, names(plan.Objects), keep)
		if keep == "*.a_twin" {
			require.Equal(t, "foreign key a_twin of partition app.june_a is just like it and stays: when this one came back, it would take that for its own part",
				why(plan)["foreign_key sale.sale_city"])
		}
		b.setAside(t, plan)
		report, err := b.target.Rebuild(t.Context(), b.fence, postgres.RebuildOptions{})
		require.NoError(t, err)
		require.Empty(t, report.Failed)
		require.Empty(t, report.Differences)
		require.Equal(t, before, b.dump(t))
		require.Empty(t, postgres.Differences(definitions, b.definitions(t, []string{"app"})))
	}
}

func TestAKeepPatternTakesASlashForACharacter(t *testing.T) {
	t.Parallel()
	b := setup(t, `CREATE SCHEMA app; CREATE TABLE app."in/out" (id int PRIMARY KEY, a int, b int);
		CREATE INDEX "a/b/c" ON app."in/out" (a); CREATE INDEX other ON app."in/out" (b)`)
	plan := b.plan(t, postgres.SetAsideOptions{KeepPatterns: []string{"app.*.a*c"}})
	require.Equal(t, []string{"index app.in/out.other"}, names(plan.Objects))
	require.Equal(t, "the profile keeps what matches app.*.a*c", why(plan)["index in/out.a/b/c"])
}
