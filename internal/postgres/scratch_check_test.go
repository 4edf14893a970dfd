// SPDX-License-Identifier: Apache-2.0

package postgres_test

import (
	"context"
	"strings"
	"testing"

	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var scratchBase = []postgres.Statement{
	{Object: "schema", SQL: "CREATE SCHEMA app"},
	{Object: "seat", SQL: "CREATE TABLE app.seat (id bigint PRIMARY KEY, row_no text)"},
	{Object: "ticket", SQL: "CREATE TABLE app.ticket (id bigint PRIMARY KEY, seat_id bigint, price numeric)"},
	{Object: "seq", SQL: "CREATE SEQUENCE app.ticket_seq"},
	{Object: "view", SQL: "CREATE VIEW app.cheap AS SELECT id FROM app.ticket WHERE price < 10"},
	{Object: "fn", SQL: "CREATE FUNCTION app.other() RETURNS int LANGUAGE sql AS 'SELECT 1'"},
	{Object: "needs what is missing", SQL: "CREATE VIEW app.broken AS SELECT * FROM app.nowhere"},
}

func object(kind, name string) postgres.ScriptObject {
	return postgres.ScriptObject{Type: kind, Schema: "app", Name: name}
}

func scratchTarget(t *testing.T) *postgres.Target {
	t.Helper()
	target, err := postgres.Open(context.Background(), testenv.Postgres(t), "test")
	require.NoError(t, err)
	t.Cleanup(target.Close)
	return target
}

// Each of these must be refused, whatever else is done about it; the words say why.
func TestHostileScriptsAreRefused(t *testing.T) {
	t.Parallel()
	fn := object("FUNCTION", "price")
	good := "CREATE FUNCTION app.price() RETURNS int LANGUAGE sql AS 'SELECT 1';"
	cases := []struct {
		object      postgres.ScriptObject
		sql, refuse string
	}{
		{fn, good + "DO $$ BEGIN PERFORM 1; END $$", "DO is not taken"},
		{fn, "COPY (SELECT 1) TO PROGRAM 'touch /tmp/x';" + good, "COPY is not taken"},
		{fn, "SET ROLE postgres;" + good, "SET is not taken"},
		{fn, "/* a */ -- b\n set session authorization postgres;" + good, "SET is not taken"},
		{fn, "RESET ROLE", "RESET is not taken"},
		{fn, good + "COMMIT; CREATE TABLE app.left_behind ()", "COMMIT is not taken"},
		{fn, "BEGIN;" + good, "BEGIN is not taken"},
		{fn, "ROLLBACK TO one_script;" + good, "ROLLBACK is not taken"},
		{fn, "SAVEPOINT x;" + good, "SAVEPOINT is not taken"},
		{fn, "PREPARE TRANSACTION 'x'", "PREPARE is not taken"},
		{fn, good + "DROP TABLE app.seat", "DROP is not taken"},
		{fn, good + "DELETE FROM app.seat", "DELETE is not taken"},
		{fn, good + "INSERT INTO app.seat VALUES (1)", "INSERT is not taken"},
		{fn, good + "TRUNCATE app.seat", "TRUNCATE is not taken"},
		{fn, good + "WITH x AS (DELETE FROM app.seat RETURNING 1) SELECT 1", "WITH is not taken"},
		{fn, "SELECT app.other()", "SELECT is not taken"},
		{fn, "CALL app.other()", "CALL is not taken"},
		{fn, "EXECUTE x", "EXECUTE is not taken"},
		{fn, "LOCK TABLE app.seat", "LOCK is not taken"},
		{fn, "NOTIFY x", "NOTIFY is not taken"},
		{fn, "LOAD 'x'", "LOAD is not taken"},
		{fn, "SECURITY LABEL ON TABLE app.seat IS 'x'", "SECURITY is not taken"},
		{fn, "\\! touch /tmp/x\n" + good, "commands of psql"},
		{fn, good + "CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION app.price()", "permission denied to create event trigger"},
		{fn, "CREATE FUNCTION app.price() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION app.price()", "permission denied to create event trigger"},
		{fn, good + "CREATE EXTENSION dblink SCHEMA app", "permission denied to create extension"},
		{fn, good + "CREATE EXTENSION pgcrypto", ""},
		{fn, good + "CREATE ROLE me SUPERUSER", "must be superuser"},
		{fn, good + "ALTER ROLE CURRENT_USER PASSWORD 'x'", "ALTER ROLE is not taken"},
		{fn, good + "ALTER ROLE CURRENT_USER SUPERUSER", "must be superuser"},
		{fn, good + "ALTER SYSTEM SET port = 1", "cannot run inside a transaction block"},
		{fn, good + "ALTER DATABASE postgres RENAME TO x", "must be owner"},
		{fn, good + "CREATE DATABASE x", "cannot run inside a transaction block"},
		{fn, good + "ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO PUBLIC", "ALTER DEFAULT PRIVILEGES is not taken"},
		{fn, "CREATE FUNCTION app.price() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'", "SECURITY DEFINER"},
		{fn, good + "ALTER FUNCTION app.price() SECURITY DEFINER", "SECURITY DEFINER"},
		{fn, "CREATE FUNCTION app.price() RETURNS int LANGUAGE c AS 'libc', 'getpid'", "permission denied for language c"},
		{fn, good + "CREATE TABLE app.more (id int)", "makes column id of app.more"},
		{fn, good + "CREATE TEMPORARY TABLE more (id int)", ""},
		{fn, good + "CREATE TABLE app.copied AS SELECT * FROM app.seat", "it runs a query"},
		{fn, good + "CREATE MATERIALIZED VIEW app.m AS SELECT set_config('role', 'none', true)", "security-restricted operation"},
		{fn, good + "CREATE OR REPLACE FUNCTION app.other() RETURNS int LANGUAGE sql AS 'SELECT 2'", "changes function app.other()"},
		{fn, good + "CREATE FUNCTION app.price_two() RETURNS int LANGUAGE sql AS 'SELECT 2'", "makes function app.price_two()"},
		{fn, good + "CREATE FUNCTION public.price() RETURNS int LANGUAGE sql AS 'SELECT 2'", ""},
		{fn, good + "ALTER TABLE app.seat ADD x int", "makes column x of app.seat"},
		{fn, good + "ALTER TABLE app.seat DROP row_no", "takes away column row_no of app.seat"},
		{fn, good + "ALTER TABLE app.seat DISABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY", "changes table app.seat"},
		{fn, good + "ALTER SEQUENCE app.ticket_seq RESTART 5 INCREMENT 2", "changes sequence app.ticket_seq"},
		{fn, good + "COMMENT ON TABLE app.seat IS 'x'", "makes the comment on app.seat"},
		{fn, good + "COMMENT ON SCHEMA app IS 'x'", "makes the comment on"},
		{fn, good + "GRANT ALL ON app.seat TO PUBLIC", "changes table app.seat"},
		{fn, good + "GRANT CREATE ON SCHEMA app TO PUBLIC", "changes schema app"},
		{fn, good + "CREATE SCHEMA price CREATE TABLE price.t (id int)", "makes schema price"},
		{fn, good + "CREATE RULE r AS ON INSERT TO app.seat DO INSTEAD NOTHING", "makes rule r of app.seat"},
		{fn, good + "CREATE POLICY p ON app.seat", "CREATE POLICY is not taken"},
		{fn, good + "CREATE TRIGGER g BEFORE INSERT ON app.seat FOR EACH ROW EXECUTE FUNCTION app.price()", "must return type trigger"},
		{fn, good + "CREATE CAST (int AS text) WITH INOUT", "must be owner"},
		{fn, good + "CREATE OPERATOR app.+ (FUNCTION = app.other, RIGHTARG = int)", "does not exist"},
		{fn, good + "CREATE COLLATION app.c FROM \"C\"", "CREATE COLLATION is not taken"},
		{fn, "CREATE FUNCTION app.elsewhere() RETURNS int LANGUAGE sql AS 'SELECT 1'", "makes function app.elsewhere()"},
		{fn, "COMMENT ON FUNCTION app.other() IS NULL", "does not make function app.price"},
		{fn, "CREATE FUNCTION app.price() RETURNS int LANGUAGE plpgsql AS $x$ BEGIN; $x$ END $x$ x", "does not end"},
		{fn, "CREATE FUNCTION app.price() RETURNS int LANGUAGE sql AS 'SELECT 1", "does not end"},
		{fn, "  -- nothing\n ; ", "no statement"},
		{object("VIEW", "cheap"), "CREATE OR REPLACE VIEW app.cheap AS SELECT id FROM app.seat; ALTER VIEW app.cheap RENAME TO dear", "makes view app.dear"},
		{object("TRIGGER", "fill"), "CREATE FUNCTION app.fill() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'", ""},
		{object("TRIGGER", "fill"), "CREATE FUNCTION app.fill() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; CREATE TRIGGER other BEFORE INSERT ON app.seat FOR EACH ROW EXECUTE FUNCTION app.fill()", "makes trigger other of app.seat"},
		{object("PACKAGE BODY", "app"), "CREATE TABLE app.more (id int)", "makes column id of app.more"},
		{object("TABLE", "more"), "CREATE TABLE app.more (id int); ALTER TABLE app.more ADD FOREIGN KEY (id) REFERENCES app.seat; ALTER TABLE app.seat RENAME TO sofa", "takes away column id of app.seat"},
		{object("DATABASE LINK", "x"), "CREATE SERVER x", "no scripts are taken"},
	}
	scripts := make([]postgres.PersonScript, len(cases))
	for i, c := range cases {
		scripts[i] = postgres.PersonScript{Object: c.object, SQL: c.sql}
	}
	target := scratchTarget(t)
	trials, err := target.TryScripts(context.Background(), scratchBase, scripts)
	require.NoError(t, err)
	for i, c := range cases {
		assert.NotEmpty(t, trials[i].Refused, c.sql)
		assert.Contains(t, trials[i].Refused, c.refuse, c.sql)
	}
	nothingIsLeft(t, target)
}

func nothingIsLeft(t *testing.T, target *postgres.Target) {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), testenv.Server(t).URL("postgres"))
	require.NoError(t, err)
	defer func() { _ = conn.Close(context.Background()) }()
	// The server is other tests' too: what they are about to make or to drop does not stay.
	require.Eventually(t, func() bool {
		var left int
		return conn.QueryRow(context.Background(), `SELECT count(*) FROM pg_roles WHERE rolname LIKE 'ferryman_scratch_%'
			AND NOT EXISTS (SELECT FROM pg_database WHERE datname = rolname)`).Scan(&left) == nil && left == 0
	}, patience, often, "a role without its database")
}

func TestScriptsThatMakeTheirObjectAreTaken(t *testing.T) {
	t.Parallel()
	scripts := []postgres.PersonScript{
		// Out of order: the trigger needs the function, which needs the package.
		{object("TRIGGER", "fill"), "CREATE FUNCTION app.fill_fn() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN NEW.price := app.price(NEW.id); RETURN NEW; END; $f$;\nCREATE TRIGGER fill BEFORE INSERT ON app.ticket FOR EACH ROW EXECUTE FUNCTION app.fill_fn();\nCOMMENT ON TRIGGER fill ON app.ticket IS 'x';"},
		{object("FUNCTION", "price"), "CREATE OR REPLACE FUNCTION app.price(bigint) RETURNS numeric LANGUAGE sql RETURN app.rates$net($1) + 1; COMMENT ON FUNCTION app.price(bigint) IS 'x'; GRANT EXECUTE ON FUNCTION app.price(bigint) TO PUBLIC"},
		{object("PACKAGE BODY", "rates"), "CREATE TYPE app.rates_row AS (a int); CREATE FUNCTION app.rates$net(bigint) RETURNS numeric LANGUAGE sql RETURN $1 * 2; CREATE PROCEDURE app.rates$go() LANGUAGE plpgsql AS 'BEGIN END'"},
		{object("PACKAGE", "own"), "CREATE SCHEMA own; CREATE FUNCTION own.f() RETURNS int LANGUAGE sql AS 'SELECT 1'"},
		{object("TABLE", "fare"), "CREATE TABLE app.fare (id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, n serial, seat_id bigint REFERENCES app.seat); CREATE INDEX ON app.fare (seat_id); COMMENT ON COLUMN app.fare.id IS 'x'"},
		{object("MATERIALIZED VIEW", "sums"), "CREATE MATERIALIZED VIEW app.sums AS SELECT count(*) AS n FROM app.fare WITH NO DATA; CREATE UNIQUE INDEX sums_n ON app.sums (n)"},
		{object("VIEW", "cheap"), "CREATE OR REPLACE VIEW app.cheap AS SELECT id FROM app.ticket WHERE price < 20"},
	}
	trials, err := scratchTarget(t).TryScripts(context.Background(), scratchBase[:4], scripts)
	require.NoError(t, err)
	for i, trial := range trials {
		require.Empty(t, trial.Refused, scripts[i].SQL)
		require.NotEmpty(t, trial.Changed)
	}
	require.Len(t, trials[0].Statements, 3)
}

func TestScriptsAreRefusedByLine(t *testing.T) {
	t.Parallel()
	trials, err := scratchTarget(t).TryScripts(context.Background(), scratchBase, []postgres.PersonScript{
		{object("FUNCTION", "price"), "-- price\n\nCREATE FUNCTION app.price() RETURNS int LANGUAGE sql AS 'SELECT 1';\n\nCREATE VIEW app.x AS SELECT nothing"},
	})
	require.NoError(t, err)
	require.Equal(t, 5, trials[0].Line)
	require.Contains(t, trials[0].Refused, `column "nothing" does not exist`)
}

// Where no role without rights can be made, no script is run at all.
func TestScriptsNeedARoleOfTheirOwn(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	database := testenv.Postgres(t)
	role, url := testenv.Role(t, database)
	target, err := postgres.Open(ctx, url, "test")
	require.NoError(t, err)
	t.Cleanup(target.Close)
	_, err = target.TryScripts(ctx, nil, []postgres.PersonScript{{object("FUNCTION", "f"), "SELECT 1"}})
	var refused *postgres.NoScratchRoleError
	require.ErrorAs(t, err, &refused)
	require.Contains(t, err.Error(), "ALTER ROLE \""+role+"\" CREATEDB CREATEROLE")

	conn, err := pgx.Connect(ctx, database)
	require.NoError(t, err)
	defer func() { _ = conn.Close(ctx) }()
	_, err = conn.Exec(ctx, "ALTER ROLE "+role+" CREATEDB CREATEROLE")
	require.NoError(t, err)
	trials, err := target.TryScripts(ctx, scratchBase[:2], []postgres.PersonScript{{object("FUNCTION", "price"), "CREATE FUNCTION app.price() RETURNS text LANGUAGE sql RETURN current_user || session_user"}})
	require.NoError(t, err)
	require.Empty(t, trials[0].Refused)
	var left string
	require.NoError(t, conn.QueryRow(ctx, "SELECT coalesce(string_agg(r.rolname, ','), '') FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.roleid WHERE m.member = $1::regrole", role).Scan(&left))
	require.False(t, strings.Contains(left, "ferryman_scratch"), left)
}
