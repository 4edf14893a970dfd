// SPDX-License-Identifier: Apache-2.0

package postgres_test

import (
	"testing"

	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/stretchr/testify/require"
)

func statements(sql ...string) []postgres.Statement {
	list := make([]postgres.Statement, len(sql))
	for i, s := range sql {
		list[i] = postgres.Statement{SQL: s}
	}
	return list
}

func TestApplyIsAllOrNothingAndOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	good := statements("CREATE SCHEMA app", "CREATE TABLE app.t (n int);", "/* a /* nested */ comment */ COMMENT ON TABLE app.t IS 'x; y'")
	bad := append(good[:len(good):len(good)], postgres.Statement{Object: "view app.v", SQL: "CREATE VIEW app.v AS SELECT nothing FROM app.t"})
	var refused *postgres.StatementError
	require.ErrorAs(t, b.target.Apply(t.Context(), b.fence, "plan", "tables", bad), &refused)
	require.Equal(t, 3, refused.Index)
	require.Equal(t, "42703", refused.Code)
	require.Equal(t, 29, refused.Position)
	require.ErrorContains(t, refused, `view app.v: column "nothing" does not exist`)
	require.False(t, one[bool](t, b.conn, "SELECT to_regnamespace('app') IS NOT NULL"))

	require.NoError(t, b.target.Apply(t.Context(), b.fence, "plan", "tables", good))
	require.NoError(t, b.target.Apply(t.Context(), b.fence, "plan", "tables", good), "a step that is done is not run again")
	require.Equal(t, "x; y", one[string](t, b.conn, "SELECT obj_description('app.t'::regclass)"))
	outcome, ok, err := b.target.StepOutcome(t.Context(), "box-office", "plan", "tables")
	require.NoError(t, err)
	require.True(t, ok)
	require.JSONEq(t, `{"statements": 3}`, outcome.Detail)
}

func TestApplyTakesOneStatementAtATimeAndNoTransactionControl(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, hostile := range []string{"COMMIT", "/* x */ -- y\n commit", "ROLLBACK; ", ";;end", "SELECT 1; DROP SCHEMA ferryman CASCADE",
		"savepoint a", "PREPARE TRANSACTION 'x'", "DO $$ BEGIN COMMIT; END $$"} {
		var refused *postgres.StatementError
		err := b.target.Apply(t.Context(), b.fence, "plan", "1", statements("CREATE SCHEMA app", hostile))
		require.ErrorAs(t, err, &refused, hostile)
		require.Equal(t, 1, refused.Index)
		require.False(t, one[bool](t, b.conn, "SELECT to_regnamespace('app') IS NOT NULL"), hostile)
	}
}

func TestTryInScratchNamesWhatIsRefusedAndLeavesNothing(t *testing.T) {
	t.Parallel()
	for name, mayCreate := range map[string]bool{"own database": true, "rolled back": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			if mayCreate {
				b.admin(t, "ALTER ROLE "+b.role+" CREATEDB")
			}
			refusals, err := b.target.TryInScratch(t.Context(), append(statements("CREATE SCHEMA app", "CREATE TABLE app.t (n int)", "CREATE TABLE app.u (n nothing)", "COMMIT"),
				postgres.Statement{Object: "view app.v", SQL: "CREATE VIEW app.v AS SELECT m FROM app.t"}, postgres.Statement{SQL: "CREATE VIEW app.w AS SELECT n FROM app.t"}))
			require.NoError(t, err)
			require.Len(t, refusals, 3)
			require.Equal(t, 2, refusals[0].Index)
			require.Contains(t, refusals[0].Words(), `type "nothing" does not exist`)
			require.Equal(t, "2D000", refusals[1].Code)
			require.Equal(t, "view app.v", refusals[2].Object)
			require.Equal(t, 29, refusals[2].Position)
			require.False(t, one[bool](t, b.conn, "SELECT to_regnamespace('app') IS NOT NULL"))
			require.Zero(t, one[int](t, b.conn, "SELECT count(*)::int FROM pg_database d JOIN pg_roles r ON r.oid = d.datdba WHERE r.rolname = current_user"))
		})
	}
}

func TestTryInScratchClearsWhatADeadOneLeft(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.admin(t, "ALTER ROLE "+b.role+" CREATEDB")
	b.exec(t, "CREATE DATABASE ferryman_scratch_1000000000_dead TEMPLATE template0")
	_, err := b.target.TryInScratch(t.Context(), nil)
	require.NoError(t, err)
	require.Zero(t, one[int](t, b.conn, "SELECT count(*)::int FROM pg_database WHERE datname = 'ferryman_scratch_1000000000_dead'"))
}

func TestCheckPrivilegesNamesWhatIsMissingAndTheFix(t *testing.T) {
	t.Parallel()
	admin := testenv.Postgres(t)
	role, url := testenv.Role(t, admin)
	conn := connect(t, admin)
	_, err := conn.Exec(t.Context(), `CREATE SCHEMA app; CREATE TABLE app.theirs (id int PRIMARY KEY); CREATE SEQUENCE app.seq; CREATE SCHEMA outside;
		CREATE TABLE outside.parent (id int PRIMARY KEY); CREATE TABLE app.mine (id int PRIMARY KEY, p int REFERENCES outside.parent); ALTER TABLE app.mine OWNER TO `+role)
	require.NoError(t, err)
	target := open(t, url)
	check := func() map[string]postgres.Check {
		checks, err := target.CheckPrivileges(t.Context(), []string{"app", "new"})
		require.NoError(t, err)
		byName := map[string]postgres.Check{}
		for _, c := range checks {
			byName[c.Name] = c
		}
		return byName
	}
	found := check()
	for _, name := range []string{"schema ferryman", "schema app", "schema new", "ownership of the tables", "sequences", "tables that foreign keys refer to"} {
		require.False(t, found[name].OK, name)
		require.NotEmpty(t, found[name].Fix, name)
	}
	require.Contains(t, found["ownership of the tables"].Found, "app.theirs belongs to role postgres")
	require.True(t, found["server version"].OK)

	for _, sql := range []string{found["schema ferryman"].Fix, found["schema app"].Fix, found["schema new"].Fix, "ALTER TABLE app.theirs OWNER TO " + role,
		"ALTER SEQUENCE app.seq OWNER TO " + role, "GRANT REFERENCES ON outside.parent TO " + role} {
		_, err := conn.Exec(t.Context(), sql)
		require.NoError(t, err)
	}
	for name, c := range check() {
		require.True(t, c.OK, "%s: %s", name, c.Found)
	}
}
