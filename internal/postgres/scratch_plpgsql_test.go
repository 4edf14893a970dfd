// SPDX-License-Identifier: Apache-2.0

package postgres_test

import (
	"testing"

	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/stretchr/testify/require"
)

// wrongBodies are functions that PostgreSQL takes and that fail when they run.
var wrongBodies = []postgres.Statement{
	{Object: "schema", SQL: "CREATE SCHEMA app"},
	{Object: "table", SQL: "CREATE TABLE app.t (n int)"},
	{Object: "bad", SQL: "CREATE FUNCTION app.bad() RETURNS int LANGUAGE plpgsql AS $$ BEGIN\n  RETURN (SELECT nope FROM app.t);\nEND $$"},
	{Object: "good", SQL: "CREATE FUNCTION app.good() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT n FROM app.later); END $$"},
	{Object: "sql", SQL: "CREATE FUNCTION app.plain() RETURNS int LANGUAGE sql AS 'SELECT 1'"},
	{Object: "trigger function", SQL: "CREATE OR REPLACE FUNCTION app.fill() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.nope := 1; RETURN NEW; END $$"},
	{Object: "trigger", SQL: "CREATE TRIGGER fill BEFORE INSERT ON app.t FOR EACH ROW EXECUTE FUNCTION app.fill()"},
	{Object: "view", SQL: "CREATE VIEW app.later AS SELECT n FROM app.t"},
	{Object: "procedure", SQL: "CREATE PROCEDURE app.p() LANGUAGE plpgsql AS $$ BEGIN CALL app.gone(); END $$"},
}

func TestBodiesOfFunctionsAreCheckedWhereTheExtensionIs(t *testing.T) {
	t.Parallel()
	b := setup(t)
	target := open(t, b.adminURL)
	trial, err := target.TryAndCheck(t.Context(), wrongBodies)
	require.NoError(t, err)
	if !one[bool](t, b.conn, "SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'plpgsql_check')") {
		require.Contains(t, trial.Unchecked, "does not have the extension")
		require.Empty(t, trial.Refusals)
		t.Skip("plpgsql_check is not installed")
	}
	require.Empty(t, trial.Unchecked)
	require.Equal(t, 4, trial.Checked)
	var objects []string
	for _, r := range trial.Refusals {
		objects = append(objects, r.Object)
		require.Equal(t, wrongBodies[r.Index].Object, r.Object)
		require.Contains(t, r.Words(), "plpgsql_check, line ")
	}
	require.Equal(t, []string{"bad", "trigger function", "procedure"}, objects)
	require.Contains(t, trial.Refusals[0].Words(), `line 2: column "nope" does not exist`)
	// With people's scripts among them it is another role that runs them, which may not make the extension.
	nobody, err := target.TryAsNobody(t.Context(), wrongBodies)
	require.NoError(t, err)
	require.Equal(t, trial, nobody)
	require.False(t, one[bool](t, b.conn, "SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'plpgsql_check')"))
}

func TestWhatWasNotCheckedIsUnknown(t *testing.T) {
	t.Parallel()
	b := setup(t)
	trial, err := b.target.TryAndCheck(t.Context(), wrongBodies)
	require.NoError(t, err)
	require.Empty(t, trial.Refusals)
	require.Zero(t, trial.Checked)
	require.NotEmpty(t, trial.Unchecked)
	trial, err = b.target.TryAndCheck(t.Context(), wrongBodies[:2])
	require.NoError(t, err)
	require.Equal(t, postgres.Trial{Refusals: []postgres.Refusal{}}, trial, "there is nothing to check")
}
