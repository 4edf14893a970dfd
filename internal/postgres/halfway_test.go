// SPDX-License-Identifier: Apache-2.0

package postgres_test

import (
	"testing"

	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/stretchr/testify/require"
)

// A partitioned index whose rows break it on one partition may be there on another. Prepared again, the whole comes back.
func TestAnIndexThatCameBackOnSomePartitionsIsSavedAsItWas(t *testing.T) {
	t.Parallel()
	for name, unique := range map[string]string{
		"an index":     "CREATE UNIQUE INDEX seat_no ON app.seat (no, part); COMMENT ON INDEX app.seat_no IS 'whole'; COMMENT ON INDEX app.seat_2_no_part_idx IS 'part'",
		"a constraint": "ALTER TABLE app.seat ADD CONSTRAINT seat_no UNIQUE (no, part); COMMENT ON INDEX app.seat_2_no_part_key IS 'part'",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, `CREATE SCHEMA app; CREATE TABLE app.seat (part int, id int, no int, note text, PRIMARY KEY (part, id)) PARTITION BY LIST (part);
				CREATE TABLE app.seat_1 PARTITION OF app.seat FOR VALUES IN (1); CREATE TABLE app.seat_2 PARTITION OF app.seat FOR VALUES IN (2);
				CREATE INDEX note_1 ON app.seat_1 (note); `+unique)
			before := b.dump(t)
			b.setAside(t, b.plan(t, postgres.SetAsideOptions{}))
			b.exec(t, "INSERT INTO app.seat VALUES (1, 1, 1), (1, 2, 1), (2, 1, 1)")
			report, err := b.target.Rebuild(t.Context(), b.fence, postgres.RebuildOptions{Jobs: 2})
			require.NoError(t, err)
			require.Len(t, report.Failed, 1)
			require.Equal(t, "23505", report.Failed[0].Code)

			b.setAside(t, b.plan(t, postgres.SetAsideOptions{}))
			require.Zero(t, one[int](t, b.conn, "SELECT count(*) FROM pg_index i JOIN pg_class c ON c.oid = indrelid WHERE relnamespace = 'app'::regnamespace AND NOT indisprimary"))
			b.exec(t, "DELETE FROM app.seat WHERE part = 1")
			report, err = b.target.Rebuild(t.Context(), b.fence, postgres.RebuildOptions{Jobs: 2})
			require.NoError(t, err)
			require.Empty(t, report.Failed)
			require.Empty(t, report.Differences)
			require.Equal(t, before, b.dump(t))
			require.Zero(t, one[int](t, b.conn, "SELECT count(*) FROM ferryman.saved WHERE restored_at IS NULL"))
		})
	}
}

// A key that rows break is there NOT VALID after a rebuild. Prepared again, so that its table is loaded again, it is still the key that
// it was in the beginning that comes back.
func TestAKeyThatCameBackHalfIsSavedAsItWas(t *testing.T) {
	t.Parallel()
	for name, schema := range map[string]string{
		"plain": `CREATE SCHEMA app; CREATE TABLE app.venue (id bigint PRIMARY KEY);
			CREATE TABLE app.seat (id bigint PRIMARY KEY, venue_id bigint CONSTRAINT seat_venue_fk REFERENCES app.venue ON DELETE CASCADE);
			COMMENT ON CONSTRAINT seat_venue_fk ON app.seat IS 'where it is';`,
		"partitioned": `CREATE SCHEMA app; CREATE TABLE app.venue (id bigint PRIMARY KEY);
			CREATE TABLE app.seat (id bigint PRIMARY KEY, venue_id bigint CONSTRAINT seat_venue_fk REFERENCES app.venue ON DELETE CASCADE) PARTITION BY RANGE (id);
			CREATE TABLE app.seat_1 PARTITION OF app.seat FOR VALUES FROM (0) TO (100); CREATE TABLE app.seat_2 PARTITION OF app.seat FOR VALUES FROM (100) TO (200);
			COMMENT ON CONSTRAINT seat_venue_fk ON app.seat IS 'where it is';`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, schema)
			before := b.dump(t)
			b.setAside(t, b.plan(t, postgres.SetAsideOptions{}))
			b.exec(t, "INSERT INTO app.venue VALUES (1); INSERT INTO app.seat VALUES (1, 1), (2, 7), (101, 1)")
			report, err := b.target.Rebuild(t.Context(), b.fence, postgres.RebuildOptions{Jobs: 2})
			require.NoError(t, err)
			require.Len(t, report.Failed, 1)
			require.Equal(t, "23503", report.Failed[0].Code)
			require.EqualValues(t, 1, report.Failed[0].Orphans)

			b.setAside(t, b.plan(t, postgres.SetAsideOptions{}))
			require.Zero(t, one[int](t, b.conn, "SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND connamespace = 'app'::regnamespace"))
			b.exec(t, "INSERT INTO app.venue VALUES (7)")
			report, err = b.target.Rebuild(t.Context(), b.fence, postgres.RebuildOptions{Jobs: 2})
			require.NoError(t, err)
			require.Empty(t, report.Failed)
			require.Empty(t, report.Differences)
			require.Zero(t, one[int](t, b.conn, "SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND NOT convalidated"))
			require.Equal(t, before, b.dump(t))
			require.Zero(t, one[int](t, b.conn, "SELECT count(*) FROM ferryman.saved WHERE restored_at IS NULL"))
		})
	}
}
