// SPDX-License-Identifier: Apache-2.0

package postgres_test

import (
	"context"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/stretchr/testify/require"
)

// untouched is a target on which Ferryman never was.
func untouched(t *testing.T, schemaSQL string) *testBundle {
	t.Helper()
	b := &testBundle{adminURL: testenv.Postgres(t)}
	b.role, b.url = testenv.Role(t, b.adminURL)
	b.admin(t, "DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO "+b.role+"', current_database()); END $$")
	b.conn = connect(t, b.url)
	b.exec(t, schemaSQL)
	b.target = open(t, b.url)
	return b
}

func (b *testBundle) script(t *testing.T, opts postgres.ScriptOptions) (script string, ok bool) {
	t.Helper()
	if opts.Migration == "" {
		opts.Migration = "by-hand"
	}
	opts.Now = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	script, ok, err := b.target.PrepareScript(t.Context(), opts)
	require.NoError(t, err)
	return script, ok
}

// psql runs a script as a DBA would, and returns what it said.
func (b *testBundle) psql(t *testing.T, script string) (string, error) {
	t.Helper()
	program := testenv.Client(t, "psql")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, "--no-psqlrc", "--quiet", "--file=-", b.url)
	cmd.Stdin = strings.NewReader(script)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// savedRows is what is saved, as text that two targets can be compared by.
func (b *testBundle) savedRows(t *testing.T) string {
	t.Helper()
	return one[string](t, b.conn, `SELECT coalesce(string_agg(concat_ws(' | ', kind, schema_name, table_name, name, definition, drop_sql, create_sql::text, why), E'\n'
		ORDER BY kind, schema_name, table_name, name), '') FROM ferryman.saved WHERE restored_at IS NULL`)
}

func (b *testBundle) preparedCatalog(t *testing.T) []postgres.Definition {
	t.Helper()
	cat, err := b.target.ReadCatalog(t.Context(), []string{"app", "other", "elsewhere"})
	require.NoError(t, err)
	return cat.Definitions()
}

func TestThePrintedScriptPreparesAsFerrymanDoes(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"boxoffice", "partitions", "nokeys"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			byFerryman, byHand := setup(t, schemaFile(t, name)), untouched(t, schemaFile(t, name))
			before := byHand.dump(t)
			script, ok := byHand.script(t, postgres.ScriptOptions{Schemas: []string{"app"}, Gap: 100})
			require.True(t, ok, script)
			require.Equal(t, before, byHand.dump(t), "printing changes nothing")

			cat, err := byFerryman.target.ReadCatalog(t.Context(), []string{"app"})
			require.NoError(t, err)
			var lobs []postgres.ColumnName
			for _, table := range cat.Tables {
				for _, c := range table.Columns {
					if indexed := table.Name == "room" && c.Name == "code"; !indexed && (c.Type == "text" || c.Type == "bytea") {
						lobs = append(lobs, postgres.ColumnName{Schema: table.Schema, Table: table.Name, Column: c.Name})
					}
				}
			}
			plan := byFerryman.plan(t, postgres.SetAsideOptions{LOBColumns: lobs})
			for _, o := range plan.Objects {
				require.Contains(t, script, o.Why)
				require.Contains(t, script, "\n"+o.Drop+";\n")
			}
			byFerryman.setAside(t, plan)
			out, err := byHand.psql(t, script)
			require.NoError(t, err, out)
			require.Empty(t, postgres.Differences(byFerryman.preparedCatalog(t), byHand.preparedCatalog(t)))
			require.Equal(t, byFerryman.savedRows(t), byHand.savedRows(t))
			require.NotEmpty(t, byHand.savedRows(t))

			// Printed again, it has nothing left to do, and runs all the same.
			again, ok := byHand.script(t, postgres.ScriptOptions{Schemas: []string{"app"}, Gap: 100})
			require.True(t, ok)
			require.NotContains(t, again, "DROP ")
			out, err = byHand.psql(t, again)
			require.NoError(t, err, out)

			report, err := byHand.target.Restore(t.Context(), postgres.RestoreOptions{All: true, Actor: "dba"})
			require.NoError(t, err)
			require.Empty(t, report.Failed)
			require.Len(t, report.Restored, len(plan.Objects))
			require.Equal(t, before, byHand.dump(t))
			require.Equal(t, []string{"prepare by script", "restore"},
				one[[]string](t, byHand.conn, "SELECT array_agg(DISTINCT action ORDER BY action) FROM ferryman.audit"))
		})
	}
}

func TestTheScriptStopsAtWhatChangedSinceItWasPrinted(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ change, says string }{
		"an index redefined":  {"DROP INDEX app.ticket_expensive; CREATE INDEX ticket_expensive ON app.ticket (price) WHERE price > 200", "index ticket_expensive of app.ticket is not as it was"},
		"an index gone":       {"DROP INDEX app.ticket_expensive", "index ticket_expensive of app.ticket is not as it was"},
		"a trigger disabled":  {"ALTER TABLE app.ticket DISABLE TRIGGER on_ticket", "trigger on_ticket of app.ticket is not as it was"},
		"a key redefined":     {"ALTER TABLE app.seat DROP CONSTRAINT seat_venue, ADD CONSTRAINT seat_venue FOREIGN KEY (venue) REFERENCES app.venue", "foreign key seat_venue of app.seat is not as it was"},
		"an index described":  {"COMMENT ON INDEX app.ticket_expensive IS 'new'", "index ticket_expensive of app.ticket is not as it was"},
		"an identity changed": {"ALTER TABLE app.venue ALTER id SET GENERATED BY DEFAULT", "identity column id of app.venue is not as it was"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := untouched(t, schemaFile(t, "boxoffice"))
			script, ok := b.script(t, postgres.ScriptOptions{Schemas: []string{"app"}})
			require.True(t, ok)
			b.exec(t, c.change)
			before := b.dump(t)
			out, err := b.psql(t, script)
			require.Error(t, err)
			require.Contains(t, out, c.says)
			require.NotContains(t, out, "Prepared.")
			report, err := b.target.Restore(t.Context(), postgres.RestoreOptions{All: true, Actor: "dba"})
			require.NoError(t, err)
			require.Empty(t, report.Failed)
			require.Equal(t, before, b.dump(t), "what went before it was saved")
		})
	}
}

func TestTheScriptOfAnOpenMigrationEndsWithItsFence(t *testing.T) {
	t.Parallel()
	b := setup(t, schemaFile(t, "boxoffice"))
	script, ok := b.script(t, postgres.ScriptOptions{Schemas: []string{"app"}})
	require.True(t, ok)
	require.Contains(t, script, "Saved under migration box-office.")
	before := b.dump(t)
	var err error
	b.fence, err = b.target.RaiseFence(t.Context(), "box-office")
	require.NoError(t, err)
	out, err := b.psql(t, script)
	require.Error(t, err)
	require.Contains(t, out, "Ferryman has taken migration box-office over since this was printed")
	require.Equal(t, before, b.dump(t))

	script, _ = b.script(t, postgres.ScriptOptions{Schemas: []string{"app"}})
	out, err = b.psql(t, script)
	require.NoError(t, err, out)
	_, err = b.target.Rebuild(t.Context(), b.fence, postgres.RebuildOptions{})
	require.NoError(t, err)
	_, err = b.target.BringBack(t.Context(), b.fence)
	require.NoError(t, err)
	require.Equal(t, before, b.dump(t), "the bot brings back what was set aside by hand")
}

func TestAScriptOfWhatCouldNotComeBackChangesNothing(t *testing.T) {
	t.Parallel()
	b, _ := leastRights(t)
	b.admin(t, "REVOKE REFERENCES ON parents.country FROM "+b.role)
	before := b.dump(t)
	script, ok := b.script(t, postgres.ScriptOptions{Schemas: []string{"app"}})
	require.False(t, ok)
	require.Contains(t, script, "foreign key city_country of app.city: REFERENCES on table parents.country")
	require.Contains(t, script, `GRANT REFERENCES ON TABLE "parents"."country" TO "`+b.role+`";`)
	out, err := b.psql(t, script)
	require.Error(t, err)
	require.Contains(t, out, "nothing was changed: something could not come back")
	require.Equal(t, before, b.dump(t))

	b.admin(t, "GRANT REFERENCES ON parents.country TO "+b.role)
	before = b.dump(t)
	script, ok = b.script(t, postgres.ScriptOptions{Schemas: []string{"app"}})
	require.True(t, ok)
	other := *b
	other.url = b.adminURL
	out, err = other.psql(t, script)
	require.Error(t, err)
	require.Contains(t, out, "it was proved for role "+b.role)
	require.Equal(t, before, b.dump(t))
}

func TestTheScriptMovesSequencesByTheTargetsOwnValues(t *testing.T) {
	t.Parallel()
	b := untouched(t, `CREATE SCHEMA app;
		CREATE TABLE app.a (id int GENERATED ALWAYS AS IDENTITY (INCREMENT BY 5), n bigserial, down int);
		CREATE SEQUENCE app.down INCREMENT BY -2 MAXVALUE 1000 MINVALUE -100000 START WITH 1000; ALTER TABLE app.a ALTER down SET DEFAULT nextval('app.down');
		CREATE SEQUENCE app.free START WITH 7; CREATE SEQUENCE app.narrow AS smallint OWNED BY app.a.n;
		CREATE TABLE app.none (id serial);
		INSERT INTO app.a (id, n, down) OVERRIDING SYSTEM VALUE VALUES (101, 32000, 400)`)
	script, ok := b.script(t, postgres.ScriptOptions{Schemas: []string{"app"}, Gap: 1000})
	require.True(t, ok)
	require.Contains(t, script, "sequence app.a_id_seq, whose next value is 1: from the target's own values in app.a.id (106 comes next), plus a gap of 1000 increments")
	require.Contains(t, script, "sequence app.free, whose next value is 7, stays: no column says how far it is used, and no source was read")
	require.Contains(t, script, "app.none.id has no value yet")
	require.Contains(t, script, "without a gap: a gap of 1000 does not fit before its bound 32767")
	out, err := b.psql(t, script)
	require.NoError(t, err, out)
	again, _ := b.script(t, postgres.ScriptOptions{Schemas: []string{"app"}, Gap: 1000})
	require.NotContains(t, again, "setval")
	for sequence, next := range map[string]int{"a_id_seq": 5106, "a_n_seq": 33001, "down": -1602, "narrow": 32001, "free": 7, "none_id_seq": 1} {
		require.Equal(t, next, one[int](t, b.conn, `SELECT (last_value + CASE WHEN is_called THEN (SELECT seqincrement FROM pg_sequence
			WHERE seqrelid = ('app.`+sequence+`')::regclass) ELSE 0 END)::int FROM app.`+sequence), sequence)
	}
	b.exec(t, "SELECT setval('app.a_id_seq', 1000000)")
	script, _ = b.script(t, postgres.ScriptOptions{Schemas: []string{"app"}, Gap: 1000})
	require.Contains(t, script, "sequence app.a_id_seq, whose next value is 1000005, stays: it is ahead of app.a.id already")
}

// Without a source a column that may be NULL may be a LOB, too: then a check that rejects NULL goes, and is named.
func TestTheScriptLetsChecksGoThatRejectNullInWhatMayBeALOB(t *testing.T) {
	t.Parallel()
	b := untouched(t, `CREATE SCHEMA app; CREATE TABLE app.doc (id int PRIMARY KEY, body text, code text UNIQUE, name varchar(20), up text GENERATED ALWAYS AS (upper(name)) STORED,
		CONSTRAINT given CHECK (body IS NOT NULL OR id < 0), CONSTRAINT longer CHECK (length(body) > 1), CONSTRAINT coded CHECK (code IS NOT NULL OR id < 9),
		CONSTRAINT named CHECK (name IS NOT NULL), CONSTRAINT upped CHECK (up IS NOT NULL OR id < 0))`)
	script, ok := b.script(t, postgres.ScriptOptions{Schemas: []string{"app"}})
	require.True(t, ok)
	require.Contains(t, script, "-- check constraint given of app.doc: it may reject the NULL that DMS writes into a LOB column first\n")
	require.Contains(t, script, "-- check constraint longer of app.doc: it lets NULL pass in a LOB column\n")
	for _, name := range []string{"coded", "named", "upped"} {
		require.NotContains(t, script, "constraint "+name)
	}
	out, err := b.psql(t, script)
	require.NoError(t, err, out)
	b.exec(t, "INSERT INTO app.doc (id, name) VALUES (1, 'a')")
}

func TestTheScriptHoldsAgainstHostileNames(t *testing.T) {
	t.Parallel()
	b := untouched(t, `CREATE SCHEMA app;
		CREATE TABLE app."x`+"\n"+`\! touch /tmp/owned`+"\n"+`; DROP SCHEMA app CASCADE; --" (id int PRIMARY KEY, "$ferryman$" text NOT NULL DEFAULT $q$a\'b$q$);
		CREATE INDEX "it's :'x' :USER \ $ferryman$" ON app."x`+"\n"+`\! touch /tmp/owned`+"\n"+`; DROP SCHEMA app CASCADE; --" ("$ferryman$") WHERE "$ferryman$" <> E'\\:USER''$ferryman$\n';
		COMMENT ON INDEX app."it's :'x' :USER \ $ferryman$" IS E'two\nlines \\q :USER $ferryman$'`)
	before := b.dump(t)
	script, ok := b.script(t, postgres.ScriptOptions{Schemas: []string{"app"}})
	require.True(t, ok)
	out, err := b.psql(t, script)
	require.NoError(t, err, out)
	require.NoFileExists(t, "/tmp/owned")
	require.NotEqual(t, before, b.dump(t))
	report, err := b.target.Restore(t.Context(), postgres.RestoreOptions{All: true, Actor: "dba"})
	require.NoError(t, err)
	require.Len(t, report.Restored, 2)
	require.Equal(t, before, b.dump(t))
}

func TestTheScriptsSchemasAreThoseOfPeople(t *testing.T) {
	t.Parallel()
	b := setup(t, "CREATE SCHEMA app; CREATE TABLE app.t (id int); CREATE SCHEMA \"Odd\"; CREATE TABLE \"Odd\".t (id int); CREATE SCHEMA awsdms; "+
		"CREATE TABLE awsdms.awsdms_status (id int); CREATE SCHEMA empty")
	schemas, err := b.target.ScriptSchemas(t.Context())
	require.NoError(t, err)
	require.Equal(t, []string{"Odd", "app"}, schemas)
	_, _, err = b.target.PrepareScript(t.Context(), postgres.ScriptOptions{Schemas: []string{"app", "ap", "empty"}, Migration: "by-hand"})
	require.ErrorContains(t, err, "there is no table in schema ap, empty")
}
