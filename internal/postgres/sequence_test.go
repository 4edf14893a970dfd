// SPDX-License-Identifier: Apache-2.0

package postgres_test

import (
	"testing"

	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/stretchr/testify/require"
)

func TestSequencesGoAheadAndNeverBack(t *testing.T) {
	t.Parallel()
	b := setup(t, `CREATE SCHEMA app;
		CREATE TABLE app.t (id bigserial PRIMARY KEY, other int, ident int GENERATED ALWAYS AS IDENTITY, "Feed" numeric(38));
		INSERT INTO app.t (id, other, "Feed") VALUES (700, 1, 123456789012345678901234567890);
		CREATE SEQUENCE app.ten INCREMENT BY 10;
		CREATE SEQUENCE app.down INCREMENT BY -5 MAXVALUE 1000 MINVALUE -100000 START WITH 1000;
		CREATE SEQUENCE app.small MAXVALUE 999; CREATE SEQUENCE app.round MAXVALUE 99 CYCLE; CREATE SEQUENCE app.ahead;
		SELECT setval('app.ahead', 500000)`)
	step := 0
	advance := func(name, atLeast string, gap int64, columns ...postgres.ColumnName) (postgres.SequenceOutcome, error) {
		step++
		return b.target.AdvanceSequence(t.Context(), b.fence, "plan", name+string(rune('a'+step)),
			postgres.SequenceTarget{Schema: "app", Name: name, AtLeast: atLeast, Gap: gap, Columns: columns})
	}
	next := func(name string) int64 { return one[int64](t, b.conn, "SELECT nextval($1::regclass)", "app."+name) }
	for _, c := range []struct {
		name, atLeast string
		gap           int64
		now           string
		note          string
	}{
		{"t_id_seq", "", 0, "701", ""},
		{"t_id_seq", "1001", 100, "1101", ""},
		{"t_id_seq", "1001", 100, "1101", ""}, // once more does not move it
		{"t_id_seq", "5", 0, "1101", ""},      // never back
		{"t_ident_seq", "41", 1000, "1041", ""},
		{"ten", "210", 100, "1210", ""},
		{"down", "400", 100, "-100", ""},
		{"down", "900", 0, "-100", ""},
		{"small", "950", 100000, "950", "a gap of 100000 does not fit before its bound 999, so it was set without a gap"},
		{"round", "42", 100000, "42", "it cycles, so it was set without a gap"},
		{"ahead", "7", 100, "500001", ""},
	} {
		outcome, err := advance(c.name, c.atLeast, c.gap)
		require.NoError(t, err, c.name)
		require.Equal(t, c.now, outcome.Now, c.name)
		require.Equal(t, c.note, outcome.Note, c.name)
	}
	require.EqualValues(t, 1101, next("t_id_seq"), "the outcome is the value that comes next")
	require.EqualValues(t, -100, next("down"))

	var out *postgres.SequenceRangeError
	_, err := advance("small", "12345678901234567890123456789", 0)
	require.ErrorAs(t, err, &out)
	require.Equal(t, "999", out.Bound)
	_, err = advance("ahead", "", 0, postgres.ColumnName{Schema: "app", Table: "t", Column: "Feed"})
	require.ErrorAs(t, err, &out)
	require.Equal(t, "123456789012345678901234567891", out.Needed)
	_, err = advance("nothing", "1", 0)
	require.ErrorContains(t, err, "app.nothing is not on the target")
	_, err = advance("ten", "12.5", 0)
	require.ErrorContains(t, err, "no whole number")

	list, err := b.target.ReadSequences(t.Context(), []string{"app"})
	require.NoError(t, err)
	require.Len(t, list, 7)
	byName := map[string]postgres.Sequence{}
	for _, s := range list {
		byName[s.Name] = s
	}
	require.Equal(t, &postgres.ColumnName{Schema: "app", Table: "t", Column: "id"}, byName["t_id_seq"].OwnedBy)
	require.True(t, byName["t_ident_seq"].Identity)
	require.Nil(t, byName["ten"].OwnedBy)
	require.EqualValues(t, -100, *byName["down"].LastValue)
}

func TestARecordedSequenceStepIsNotRunAgain(t *testing.T) {
	t.Parallel()
	b := setup(t, "CREATE SCHEMA app; CREATE SEQUENCE app.s")
	target := postgres.SequenceTarget{Schema: "app", Name: "s", AtLeast: "10", Gap: 5}
	first, err := b.target.AdvanceSequence(t.Context(), b.fence, "plan", "1", target)
	require.NoError(t, err)
	require.Equal(t, postgres.SequenceOutcome{Was: "1", Now: "15"}, first)
	b.exec(t, "SELECT setval('app.s', 3)")
	again, err := b.target.AdvanceSequence(t.Context(), b.fence, "plan", "1", target)
	require.NoError(t, err)
	require.Equal(t, first, again)
	require.EqualValues(t, 4, one[int64](t, b.conn, "SELECT nextval('app.s')"))
}
