// SPDX-License-Identifier: Apache-2.0

package postgres_test

import (
	"strings"
	"testing"

	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/stretchr/testify/require"
)

// least is a target on which a role has just what is needed: it owns the tables and nothing that they are made of. %R is the role, %S
// the tablespace. Each object needs another right.
const least = `
CREATE SCHEMA app; CREATE SCHEMA parents; CREATE SCHEMA tools;
GRANT USAGE, CREATE ON SCHEMA app TO %R; GRANT USAGE ON SCHEMA parents, tools TO %R;
CREATE TABLE parents.country (id int PRIMARY KEY, code text UNIQUE);
GRANT REFERENCES ON parents.country TO %R;
CREATE FUNCTION tools.fold(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT lower($1)';
REVOKE EXECUTE ON FUNCTION tools.fold FROM PUBLIC; GRANT EXECUTE ON FUNCTION tools.fold TO %R;
CREATE OPERATOR CLASS tools.backward FOR TYPE int USING btree AS OPERATOR 1 >, OPERATOR 2 >=, OPERATOR 3 =, OPERATOR 4 <=, OPERATOR 5 <, FUNCTION 1 btint4cmp(int, int);
GRANT CREATE ON TABLESPACE %S TO %R;
CREATE TABLE app.city (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text, country int CONSTRAINT city_country REFERENCES parents.country, size int);
CREATE INDEX city_name ON app.city (tools.fold(name));
CREATE INDEX city_size ON app.city (size tools.backward);
CREATE INDEX city_fast ON app.city (country) TABLESPACE %S;
CREATE TABLE app.street (id int PRIMARY KEY, city int CONSTRAINT street_city REFERENCES app.city, label text CONSTRAINT street_label UNIQUE);
CREATE TABLE app.house (id int, street text REFERENCES app.street (label), PRIMARY KEY (id));
ALTER TABLE app.city OWNER TO %R; ALTER TABLE app.street OWNER TO %R; ALTER TABLE app.house OWNER TO %R;`

func leastRights(t *testing.T) (b *testBundle, plan postgres.SetAside) {
	t.Helper()
	b = setup(t)
	space := "space_" + b.role
	admin := connect(t, b.adminURL)
	for _, sql := range []string{"SET allow_in_place_tablespaces = on", "CREATE TABLESPACE " + space + " LOCATION ''"} {
		_, err := admin.Exec(t.Context(), sql)
		require.NoError(t, err)
	}
	_, err := admin.Exec(t.Context(), strings.NewReplacer("%R", b.role, "%S", space).Replace(least))
	require.NoError(t, err)
	plan = b.plan(t, postgres.SetAsideOptions{})
	require.Len(t, plan.Objects, 8, "%v", names(plan.Objects))
	return b, plan
}

func TestARoleWithJustWhatIsNeededCanSetAsideAndBringBack(t *testing.T) {
	t.Parallel()
	b, plan := leastRights(t)
	before := b.dump(t)
	proof, err := b.target.Prove(t.Context(), plan)
	require.NoError(t, err)
	require.Empty(t, proof.Problems)
	require.Equal(t, proof.Total, proof.Tried, "all tables are empty")
	require.Equal(t, before, b.dump(t), "nothing of the attempts is kept")

	b.admin(t, "INSERT INTO parents.country VALUES (1, 'x')")
	b.exec(t, "INSERT INTO app.city (name, country, size) VALUES ('A', 1, 5)")
	proof, err = b.target.Prove(t.Context(), plan)
	require.NoError(t, err)
	require.Empty(t, proof.Problems)
	require.Equal(t, 3, proof.Tried, "what is on a table with rows is judged by rights")

	b.setAside(t, plan)
	report, err := b.target.Restore(t.Context(), postgres.RestoreOptions{All: true, Actor: "dba"})
	require.NoError(t, err)
	require.Empty(t, report.Failed)
	require.Equal(t, before, b.dump(t))
}

func TestWhatCouldNotComeBackIsNamedBeforeTheFirstDrop(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		lacks   string // the superuser's statement that takes the one thing away
		objects string // the objects that could not come back
		says    string
		fix     string
	}{
		"create on schema": {"REVOKE CREATE ON SCHEMA app FROM %R", "city_fast city_name city_size street_label",
			"CREATE on schema app", `GRANT CREATE ON SCHEMA "app" TO "%R";`},
		"usage on schema": {"REVOKE USAGE ON SCHEMA app FROM %R", "",
			"USAGE on schema app", `GRANT USAGE ON SCHEMA "app" TO "%R";`},
		"tablespace": {"REVOKE CREATE ON TABLESPACE space_%R FROM %R", "city_fast",
			"CREATE on tablespace space_%R", `GRANT CREATE ON TABLESPACE "space_%R" TO "%R";`},
		"references": {"REVOKE REFERENCES ON parents.country FROM %R", "city_country",
			"REFERENCES on table parents.country", `GRANT REFERENCES ON TABLE "parents"."country" TO "%R";`},
		"the parent's schema": {"REVOKE USAGE ON SCHEMA parents FROM %R", "city_country",
			"USAGE on schema parents of the table it refers to", `GRANT USAGE ON SCHEMA "parents" TO "%R";`},
		"the function": {"REVOKE EXECUTE ON FUNCTION tools.fold FROM %R", "city_name",
			"EXECUTE on function tools.fold(text) for role %R", `GRANT EXECUTE ON FUNCTION tools.fold(text) TO "%R";`},
		"the operator class's schema": {"REVOKE USAGE ON SCHEMA tools FROM %R", "city_name city_size",
			"USAGE on schema tools, where operator class tools.backward for access method btree is", `GRANT USAGE ON SCHEMA "tools" TO "%R";`},
		"a function that changed": {"ALTER FUNCTION tools.fold STABLE", "city_name",
			"function tools.fold(text) is not IMMUTABLE any more", "ALTER FUNCTION tools.fold(text) IMMUTABLE; -- where it is; else keep the index by a pattern"},
		"ownership": {"ALTER TABLE app.street OWNER TO postgres", "house_street_fkey street_city street_label",
			"table app.street belongs to role postgres", `GRANT "postgres" TO "%R";`},
		"the saved list": {"REVOKE INSERT ON ferryman.saved FROM %R; ALTER TABLE ferryman.saved OWNER TO postgres", "",
			"rights on table ferryman.saved", `GRANT USAGE ON SCHEMA ferryman TO "%R"; GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA ferryman TO "%R";`},
		"something no right tells": {"CREATE FUNCTION tools.no() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN " +
			"IF session_user = '%R' THEN RAISE 'no indexes on weekdays'; END IF; END $$; " +
			"CREATE EVENT TRIGGER no_%R ON ddl_command_start WHEN tag IN ('CREATE INDEX') EXECUTE FUNCTION tools.no()", "",
			"tried in a transaction that was rolled back, it could not be made again: no indexes on weekdays", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, plan := leastRights(t)
			filled := func(s string) string { return strings.ReplaceAll(s, "%R", b.role) }
			before := b.dump(t)
			b.admin(t, filled(c.lacks))
			proof, err := b.target.Prove(t.Context(), plan)
			require.NoError(t, err)
			require.NotEmpty(t, proof.Problems)
			found := requireNamed(t, proof, filled(c.says), c.objects)
			if c.objects != "" {
				require.Len(t, found, len(strings.Fields(c.objects)), "%v", proof.Problems)
			}
			if c.fix != "" {
				require.Contains(t, proof.Fixes(), filled(c.fix))
			}
			if name != "ownership" && name != "a function that changed" && name != "something no right tells" && c.fix != "" {
				// What it asks for is enough.
				b.admin(t, filled(c.fix))
				proof, err = b.target.Prove(t.Context(), plan)
				require.NoError(t, err)
				require.Empty(t, proof.Problems)
				require.Equal(t, proof.Total, proof.Tried)
				require.Equal(t, withoutGrants(before), withoutGrants(b.dump(t)))
			}
		})
	}
}

// withoutGrants leaves out what a test changed of rights: their order in a dump is that in which they were given.
func withoutGrants(dump string) string {
	var lines []string
	for line := range strings.Lines(dump) {
		if !strings.HasPrefix(line, "GRANT ") && !strings.HasPrefix(line, "REVOKE ") {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "")
}

func TestTheProofEndsInTime(t *testing.T) {
	t.Parallel()
	b, plan := leastRights(t)
	b.target.ProofTime = 0
	proof, err := b.target.Prove(t.Context(), plan)
	require.NoError(t, err)
	require.Empty(t, proof.Problems)
	require.Zero(t, proof.Tried)
	require.Contains(t, proof.Found(), "8 by the role's rights")
}

func TestTheProofWaitsForNobody(t *testing.T) {
	t.Parallel()
	b, plan := leastRights(t)
	b.exec(t, "BEGIN; LOCK TABLE app.street IN ACCESS SHARE MODE")
	proof, err := b.target.Prove(t.Context(), plan)
	require.NoError(t, err)
	require.Empty(t, proof.Problems)
	require.Less(t, proof.Tried, proof.Total)
	require.Contains(t, proof.Found(), "by the role's rights")
	b.exec(t, "ROLLBACK")
}

// requireNamed requires that a proof says so and names these objects, separated by blanks. It gives the names of all objects with a
// problem.
func requireNamed(t *testing.T, proof postgres.Proof, says, objects string) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	var lacks []string
	for _, p := range proof.Problems {
		found[p.Name] = true
		lacks = append(lacks, p.Lacks)
	}
	require.Contains(t, strings.Join(lacks, "\n"), says)
	for _, object := range strings.Fields(objects) {
		require.True(t, found[object], "%s is named", object)
	}
	return found
}
