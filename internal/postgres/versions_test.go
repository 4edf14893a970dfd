// SPDX-License-Identifier: Apache-2.0

package postgres_test

import (
	"strings"
	"testing"

	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/stretchr/testify/require"
)

// since skips the test on servers older than a version.
func since(t *testing.T, version int) {
	t.Helper()
	if has := serverVersion(t); has/10000 < version {
		t.Skipf("PostgreSQL %d: this is about %d and later (make test-versions)", has/10000, version)
	}
}

// whyStays gives the reason of each object that stays, by its name.
func whyStays(plan postgres.SetAside) map[string]string {
	why := map[string]string{}
	for _, s := range plan.Stays {
		why[s.Name] = s.Why
	}
	return why
}

// notNullConstraints lists the constraints that NOT NULL is from PostgreSQL 18 on, as pg_dump tells them apart and as it does not.
const notNullConstraints = `SELECT coalesce(string_agg(concat_ws(' ', conrelid::regclass, quote_ident(conname), pg_get_constraintdef(oid), 'inherited', coninhcount, connoinherit,
	obj_description(oid, 'pg_constraint')), E'\n' ORDER BY conrelid::regclass::text, conname), '') FROM pg_constraint WHERE contype = 'n'
	AND connamespace = 'app'::regnamespace`

func TestNamedNotNullsComeBackUnderTheirNames(t *testing.T) {
	t.Parallel()
	since(t, 18)
	b := setup(t, schemaFile(t, "notnull18"))
	opts := postgres.SetAsideOptions{}
	for _, table := range []string{"doc", "doc_2", "letter", "base", "heir", "alone"} {
		opts.LOBColumns = append(opts.LOBColumns, postgres.ColumnName{Schema: "app", Table: table, Column: "lob"})
	}
	plan := b.plan(t, opts)
	require.Equal(t, []string{"not_null app.alone.lob", "not_null app.doc.lob", "not_null app.letter.lob"}, names(plan.Objects))
	why := map[string]string{}
	for _, s := range plan.Stays {
		why[s.Table+"."+s.Name] = s.Why
	}
	require.Contains(t, why["base.lob"], "tables inherit it")
	require.Contains(t, why["heir.lob"], "inherits from")

	before, constraints := b.dump(t, withRows), one[string](t, b.conn, notNullConstraints)
	for range 2 { // the same plan again: what came back is what it was
		b.setAside(t, plan)
		for _, row := range []string{"app.doc (k) VALUES (5), (15), (25), (35), (45), (55)", "app.letter VALUES (NULL)", "app.alone VALUES (NULL)"} {
			b.exec(t, "BEGIN; INSERT INTO "+row+"; ROLLBACK")
		}
		report, err := b.target.BringBack(t.Context(), b.fence)
		require.NoError(t, err)
		require.Empty(t, report.Failed)
		require.Empty(t, report.Differences)
		sameText(t, before, b.dump(t, withRows))
		require.Equal(t, constraints, one[string](t, b.conn, notNullConstraints))
	}
	b.exec(t, "COMMENT ON CONSTRAINT own_state ON app.doc_2 IS 'new'")
	var changed *postgres.ChangedError
	batch := plan.Batches()[1]
	require.ErrorAs(t, b.target.SetAsideObjects(t.Context(), b.fence, "plan", batch.Step(), batch.Objects), &changed)
	require.Equal(t, "doc", changed.Table)
}

func TestAPartitionAloneKeepsTheNotNullOfItsParent(t *testing.T) {
	t.Parallel()
	b := setup(t, `CREATE SCHEMA app; CREATE SCHEMA elsewhere; CREATE TABLE elsewhere.doc (k int, lob text NOT NULL, free text) PARTITION BY RANGE (k);
		CREATE TABLE app.doc_1 PARTITION OF elsewhere.doc DEFAULT; ALTER TABLE app.doc_1 ALTER free SET NOT NULL`)
	plan := b.plan(t, postgres.SetAsideOptions{LOBColumns: []postgres.ColumnName{{Schema: "app", Table: "doc_1", Column: "lob"}, {Schema: "app", Table: "doc_1", Column: "free"}}})
	require.Equal(t, []string{"not_null app.doc_1.free"}, names(plan.Objects))
	require.Contains(t, whyStays(plan)["lob"], "inherits from")
	b.setAside(t, plan)
}

func TestWhatIsNotEnforcedComesBackSo(t *testing.T) {
	t.Parallel()
	since(t, 18)
	b := setup(t, schemaFile(t, "enforced18"))
	lobColumns := []postgres.ColumnName{{Schema: "app", Table: "sale", Column: "note"}}
	plan := b.plan(t, postgres.SetAsideOptions{LOBColumns: lobColumns})
	for _, o := range plan.Objects {
		if strings.HasSuffix(o.Name, "_loose") {
			require.NotContains(t, o.Definition, "NOT VALID", o.Name)
			require.NotContains(t, o.Definition, "VALIDATE", o.Name)
			require.Contains(t, o.Definition, "NOT ENFORCED", o.Name)
		}
	}
	require.Subset(t, names(plan.Objects), []string{"foreign_key app.sale.self_loose", "foreign_key app.sale.late_loose", "foreign_key app.sale.city_late",
		"foreign_key app.part.part_loose", "foreign_key app.part.part_late"})
	require.Equal(t, "it is not enforced", whyStays(plan)["note_loose"])
	b.exactly(t, []string{"app"}, []string{"app"}, postgres.SetAsideOptions{LOBColumns: lobColumns}, nil)
	require.EqualValues(t, 6, one[int64](t, b.conn, "SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND NOT conenforced"))
}

func TestTemporalKeysComeBack(t *testing.T) {
	t.Parallel()
	since(t, 18)
	b := setup(t)
	b.admin(t, "CREATE EXTENSION btree_gist")
	b.exec(t, schemaFile(t, "temporal18"))
	plan := b.plan(t, postgres.SetAsideOptions{})
	require.Equal(t, []string{"foreign_key app.booking.booking_code", "foreign_key app.booking.booking_room", "foreign_key app.shift.shift_room",
		"unique app.room.room_code", "unique app.room.room_late"}, names(plan.Objects))
	why := whyStays(plan)
	require.Contains(t, why["room_pkey"], "primary key")
	require.Contains(t, why["shift_who"], "temporal constraint of a partitioned table")
	b.exactly(t, []string{"app"}, []string{"app"}, postgres.SetAsideOptions{}, nil)
}

func TestIdentityAndExclusionOfAPartitionedTable(t *testing.T) {
	t.Parallel()
	since(t, 17)
	b := setup(t, `CREATE SCHEMA app; CREATE TABLE app.sale (id bigint GENERATED ALWAYS AS IDENTITY, during int4range, EXCLUDE USING gist (during WITH =)) PARTITION BY RANGE (during);
		CREATE TABLE app.sale_1 PARTITION OF app.sale DEFAULT PARTITION BY RANGE (during); CREATE TABLE app.sale_2 PARTITION OF app.sale_1 DEFAULT;
		INSERT INTO app.sale (during) VALUES ('[1,2)'), ('[3,4)')`)
	plan := b.plan(t, postgres.SetAsideOptions{})
	require.Equal(t, []string{"identity app.sale.id"}, names(plan.Objects), "it is the partitions', too")
	require.Contains(t, whyStays(plan)["sale_during_excl"], "exclusion or temporal constraint of a partitioned table")
	b.setAside(t, plan)
	b.exec(t, "BEGIN; INSERT INTO app.sale_2 (id, during) VALUES (7, '[7,8)'); ROLLBACK")
	report, err := b.target.BringBack(t.Context(), b.fence)
	require.NoError(t, err)
	require.Empty(t, report.Failed)
	_, err = b.conn.Exec(t.Context(), "INSERT INTO app.sale_2 (id, during) VALUES (7, '[7,8)')")
	require.ErrorContains(t, err, "non-DEFAULT value")
}

// idle_session_timeout came with 14, transaction_timeout with 17.
func TestNoTimeoutOfTheRoleEndsALongWork(t *testing.T) {
	t.Parallel()
	b := setup(t, `CREATE SCHEMA app; CREATE FUNCTION app.slow(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.05); RETURN $1; END';
		CREATE TABLE app.t (id int PRIMARY KEY); INSERT INTO app.t SELECT generate_series(1, 10); CREATE INDEX slow ON app.t (app.slow(id))`)
	timeouts := one[[]string](t, b.conn, `SELECT array_agg(name) FROM pg_settings WHERE name IN ('statement_timeout', 'idle_in_transaction_session_timeout',
		'idle_session_timeout', 'transaction_timeout')`)
	require.GreaterOrEqual(t, len(timeouts), 2)
	for _, name := range timeouts {
		b.admin(t, "ALTER ROLE "+b.role+" SET "+name+" = '250ms'")
	}
	target := open(t, b.url)
	fence, err := target.RaiseFence(t.Context(), "box-office")
	require.NoError(t, err)
	plan := b.plan(t, postgres.SetAsideOptions{})
	require.NoError(t, target.SetAsideObjects(t.Context(), fence, "plan", plan.Batches()[0].Step(), plan.Objects))
	report, err := target.Rebuild(t.Context(), fence, postgres.RebuildOptions{Jobs: 1})
	require.NoError(t, err)
	require.Empty(t, report.Failed)
	require.Len(t, report.Restored, 1)
}
