// SPDX-License-Identifier: Apache-2.0

package postgres_test

import (
	"strings"
	"testing"

	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/stretchr/testify/require"
)

// spread is a target whose objects are made of what lies in other schemas: partitions, a table outside the scope that refers into it,
// a check's function, a text search configuration, an extension's operator class. %R is the role, %S a tablespace.
const spread = `
CREATE SCHEMA app; CREATE SCHEMA leaves; CREATE SCHEMA outside; CREATE SCHEMA tools; CREATE SCHEMA words; CREATE SCHEMA ext; CREATE SCHEMA parents;
CREATE EXTENSION btree_gist SCHEMA ext;
CREATE TEXT SEARCH CONFIGURATION words.ours (COPY = pg_catalog.simple);
CREATE FUNCTION tools.fine(text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 IS NOT NULL';
REVOKE EXECUTE ON FUNCTION tools.fine FROM PUBLIC; GRANT EXECUTE ON FUNCTION tools.fine TO %R;
GRANT USAGE, CREATE ON SCHEMA app, leaves TO %R; GRANT USAGE ON SCHEMA outside, tools, words, ext, parents TO %R; GRANT CREATE ON TABLESPACE %S TO %R;
CREATE TABLE parents.area (id int, kind int, PRIMARY KEY (id)) PARTITION BY RANGE (id);
CREATE TABLE parents.area_1 PARTITION OF parents.area FOR VALUES FROM (0) TO (10);
GRANT REFERENCES (id) ON parents.area TO %R;
CREATE TABLE app.city (id int PRIMARY KEY, note text CONSTRAINT city_note CHECK (tools.fine(note)), at int4range);
CREATE INDEX city_words ON app.city USING gin (to_tsvector('words.ours', note));
ALTER TABLE app.city ADD CONSTRAINT city_at EXCLUDE USING gist (id ext.gist_int4_ops WITH =, at WITH &&);
CREATE TABLE app.sale (id int, area int, PRIMARY KEY (id)) PARTITION BY RANGE (id);
CREATE TABLE app.sale_1 PARTITION OF app.sale FOR VALUES FROM (0) TO (10);
CREATE TABLE leaves.sale_2 PARTITION OF app.sale FOR VALUES FROM (10) TO (20);
CREATE INDEX sale_area ON ONLY app.sale (area); CREATE INDEX sale_1_area ON app.sale_1 (area); CREATE INDEX sale_2_area ON leaves.sale_2 (area) TABLESPACE %S;
ALTER INDEX app.sale_area ATTACH PARTITION app.sale_1_area; ALTER INDEX app.sale_area ATTACH PARTITION leaves.sale_2_area;
ALTER TABLE app.sale ADD CONSTRAINT sale_in FOREIGN KEY (area) REFERENCES parents.area;
CREATE TABLE outside.note (id int PRIMARY KEY, city int CONSTRAINT note_city REFERENCES app.city);
ALTER TABLE app.city OWNER TO %R; ALTER TABLE app.sale OWNER TO %R; ALTER TABLE app.sale_1 OWNER TO %R; ALTER TABLE leaves.sale_2 OWNER TO %R;
ALTER TABLE outside.note OWNER TO %R;`

func TestWhatLiesInOtherSchemasIsProvedToo(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		lacks, objects, says, fix string // as in TestWhatCouldNotComeBackIsNamedBeforeTheFirstDrop
	}{
		"nothing": {},
		"create on a partition's schema": {"REVOKE CREATE ON SCHEMA leaves FROM %R", "sale_area",
			"CREATE on schema leaves", `GRANT CREATE ON SCHEMA "leaves" TO "%R";`},
		"usage on a partition's schema": {"REVOKE USAGE ON SCHEMA leaves FROM %R", "sale_area sale_in",
			"USAGE on schema leaves", `GRANT USAGE ON SCHEMA "leaves" TO "%R";`},
		"a partition's tablespace": {"REVOKE CREATE ON TABLESPACE space_%R FROM %R", "sale_area",
			"CREATE on tablespace space_%R", `GRANT CREATE ON TABLESPACE "space_%R" TO "%R";`},
		"a partition of another owner": {"ALTER TABLE leaves.sale_2 OWNER TO postgres", "sale_area sale_in",
			"table leaves.sale_2 belongs to role postgres", `GRANT "postgres" TO "%R";`},
		"a table outside that another role owns": {"ALTER TABLE outside.note OWNER TO postgres", "note_city",
			"table outside.note belongs to role postgres", `GRANT "postgres" TO "%R";`},
		"the schema of a table outside": {"REVOKE USAGE ON SCHEMA outside FROM %R", "note_city",
			"USAGE on schema outside", `GRANT USAGE ON SCHEMA "outside" TO "%R";`},
		"references on the column of a partitioned parent": {"REVOKE REFERENCES (id) ON parents.area FROM %R", "sale_in",
			"REFERENCES on table parents.area", `GRANT REFERENCES ON TABLE "parents"."area" TO "%R";`},
		"a check's function": {"REVOKE EXECUTE ON FUNCTION tools.fine FROM %R", "city_note",
			"EXECUTE on function tools.fine(text) for role %R", `GRANT EXECUTE ON FUNCTION tools.fine(text) TO "%R";`},
		"the schema of a check's function": {"REVOKE USAGE ON SCHEMA tools FROM %R", "city_note",
			"USAGE on schema tools, where function tools.fine(text) is", `GRANT USAGE ON SCHEMA "tools" TO "%R";`},
		"the schema of a text search configuration": {"REVOKE USAGE ON SCHEMA words FROM %R", "city_words",
			"USAGE on schema words, where text search configuration words.ours is", `GRANT USAGE ON SCHEMA "words" TO "%R";`},
		"an extension's schema": {"REVOKE USAGE ON SCHEMA ext FROM %R", "city_at",
			"USAGE on schema ext, where operator class ext.gist_int4_ops for access method gist is", `GRANT USAGE ON SCHEMA "ext" TO "%R";`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			filled := strings.NewReplacer("%R", b.role, "%S", "space_"+b.role).Replace
			admin := connect(t, b.adminURL)
			for _, sql := range []string{"SET allow_in_place_tablespaces = on", filled("CREATE TABLESPACE %S LOCATION ''"), filled(spread)} {
				_, err := admin.Exec(t.Context(), sql)
				require.NoError(t, err)
			}
			plan := b.plan(t, postgres.SetAsideOptions{LOBColumns: []postgres.ColumnName{{Schema: "app", Table: "city", Column: "note"}}})
			require.Equal(t, []string{"foreign_key outside.note.note_city", "foreign_key app.sale.sale_in", "check app.city.city_note",
				"exclusion app.city.city_at", "index app.city.city_words", "index app.sale.sale_area"}, sortedAs(plan, "foreign_key outside"))
			before := b.dump(t)
			if c.lacks == "" {
				proof, err := b.target.Prove(t.Context(), plan)
				require.NoError(t, err)
				require.Empty(t, proof.Problems)
				require.Equal(t, proof.Total, proof.Tried)
				b.setAside(t, plan)
				report, err := b.target.Restore(t.Context(), postgres.RestoreOptions{All: true, Actor: "dba"})
				require.NoError(t, err)
				require.Empty(t, report.Failed)
				require.Equal(t, before, b.dump(t))
				return
			}
			b.admin(t, filled(c.lacks))
			proof, err := b.target.Prove(t.Context(), plan)
			require.NoError(t, err)
			found := requireNamed(t, proof, filled(c.says), c.objects)
			require.Len(t, found, len(strings.Fields(c.objects)), "%v", proof.Problems)
			require.Contains(t, proof.Fixes(), filled(c.fix))
			b.admin(t, filled(c.fix))
			proof, err = b.target.Prove(t.Context(), plan)
			require.NoError(t, err)
			require.Empty(t, proof.Problems, "what it asks for is enough")
			require.Equal(t, withoutOwners(before), withoutOwners(b.dump(t)), "nothing was dropped")
		})
	}
}

// sortedAs are the plan's objects, those that begin so first.
func sortedAs(plan postgres.SetAside, first string) []string {
	var head, rest []string
	for _, name := range names(plan.Objects) {
		if strings.HasPrefix(name, first) {
			head = append(head, name)
		} else {
			rest = append(rest, name)
		}
	}
	return append(head, rest...)
}

func withoutOwners(dump string) string {
	var lines []string
	for line := range strings.Lines(withoutGrants(dump)) {
		if !strings.Contains(line, " OWNER TO ") && !strings.Contains(line, "; Owner: ") {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "")
}
