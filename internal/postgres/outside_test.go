// SPDX-License-Identifier: Apache-2.0

package postgres_test

import (
	"testing"

	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/stretchr/testify/require"
)

// What another program wrote may make objects in the schemas, and reach no further: neither in what it says nor in what it does.
func TestWhatAnotherProgramWroteReachesNoFurther(t *testing.T) {
	t.Parallel()
	b := setup(t, "CREATE SCHEMA app", "CREATE TABLE app.theirs (id int)", "CREATE SCHEMA other", "CREATE TABLE other.payroll (salary int)")
	seat, more := makeItem("table", "seat", "seat"), makeItem("statement", "seat", "more")
	seat.Outside, more.Outside = true, true
	for sql, words := range map[string]string{
		"ALTER TABLE other.payroll ADD stolen int":                  "changes column stolen of other.payroll, which is not Ferryman's",
		"ALTER TABLE app.theirs ALTER id TYPE bigint":               "changes column id of app.theirs, which is not Ferryman's",
		"CREATE TABLE other.mine (id int)":                          "other.mine",
		"GRANT SELECT ON other.payroll TO PUBLIC":                   "other.payroll",
		"DROP TABLE app.theirs":                                     "DROP is not taken",
		"INSERT INTO app.seat VALUES (1)":                           "INSERT is not taken",
		"CREATE TABLE app.copy AS SELECT salary FROM other.payroll": "it runs a query",
		"COMMIT": "COMMIT is not taken",
		"CREATE FUNCTION app.f() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'":               "SECURITY DEFINER",
		"/* x */ CREATE OR REPLACE PROCEDURE app.p() SECURITY DEFINER LANGUAGE plpgsql AS 'BEGIN END;'": "SECURITY DEFINER",
		"ALTER TABLE app.seat ADD a int; ALTER TABLE app.seat ADD b int":                                "cannot insert multiple commands",
	} {
		var refused *postgres.StatementError
		require.ErrorAs(t, b.apply(t, "one", []postgres.ApplyItem{seat, more}, "CREATE TABLE app.seat (id int)", sql), &refused, sql)
		require.ErrorContains(t, refused, words, sql)
		require.Empty(t, b.digest(t, seat), "nothing of the transaction is kept")
	}
	require.NoError(t, b.apply(t, "one", []postgres.ApplyItem{seat, more}, "CREATE TABLE app.seat (id int)", "ALTER TABLE app.seat ADD PRIMARY KEY (id)"))
	// What Ferryman made before may be added to in a later step.
	later := makeItem("foreign key", "seat", "self")
	later.Outside = true
	require.NoError(t, b.apply(t, "two", []postgres.ApplyItem{later}, "ALTER TABLE app.seat ADD CONSTRAINT self FOREIGN KEY (id) REFERENCES app.seat (id)"))
	nulls := makeItem("statement", "seat", "nulls")
	nulls.Outside = true
	require.NoError(t, b.apply(t, "three", []postgres.ApplyItem{nulls}, "ALTER TABLE app.seat ALTER id SET DEFAULT 1"))
}

// The trial says the same of each statement by itself, and goes on with the others.
func TestWhatAnotherProgramWroteIsTriedStatementByStatement(t *testing.T) {
	t.Parallel()
	var list []postgres.Statement
	for _, sql := range []string{"CREATE SCHEMA app", "CREATE TABLE app.seat (id int) WITH (OIDS=FALSE)", "DROP TABLE app.seat", "CREATE TABLE app.copy AS SELECT 1 AS one",
		"CREATE FUNCTION app.f() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'", "CREATE VIEW app.v AS SELECT nothing FROM app.seat", "CREATE VIEW app.w AS SELECT id FROM app.seat"} {
		list = append(list, postgres.Statement{Object: sql, SQL: sql, Outside: true})
	}
	trial, made, err := scratchTarget(t).TryAndRead(t.Context(), list, []string{"app"})
	require.NoError(t, err)
	var at []int
	for _, r := range trial.Refusals {
		at = append(at, r.Index)
	}
	require.Equal(t, []int{2, 3, 4, 5}, at)
	var names []string
	for _, e := range made {
		if e.Kind == "table" || e.Kind == "view" || e.Kind == "function" {
			names = append(names, e.Name)
		}
	}
	require.Equal(t, []string{"seat", "w"}, names)
}
