// SPDX-License-Identifier: Apache-2.0

package postgres_test

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/stretchr/testify/require"
)

// sequenceModel is a sequence as a person would reckon it, counted in steps from its start. Small numbers only.
type sequenceModel struct {
	increment, low, high, next int64
	cycle                      bool
}

// later tells whether a sequence gives a after b.
func (m sequenceModel) later(a, b int64) bool { return (a-b)*m.increment > 0 }

// end is the bound that it counts towards.
func (m sequenceModel) end() int64 {
	if m.increment > 0 {
		return m.high
	}
	return m.low
}

// moved is where it has to stand when at least needed and the gap are asked for; ok is false where it can't.
func (m sequenceModel) moved(needed *int64, gap int64) (next int64, ok bool) {
	if needed == nil {
		return m.next, true
	}
	goal := *needed
	if wide := goal + gap*m.increment; !m.cycle && !m.later(wide, m.end()) {
		goal = wide
	}
	if m.later(goal, m.end()) {
		if !m.cycle {
			return m.next, false
		}
		goal = m.end()
	}
	if m.later(goal, m.next) {
		return goal, true
	}
	return m.next, true
}

// Random sequences, called or not, up, down, round and at their end, are moved as the model says, twice; and
// the value that PostgreSQL gives next is the one that was said.
func TestRandomSequencesGoWhereTheModelSays(t *testing.T) {
	t.Parallel()
	seed := number(t, "FERRYMAN_SEED", uint64(time.Now().UnixNano()%1e9))
	t.Logf("FERRYMAN_SEED=%d", seed)
	r := rand.New(rand.NewPCG(seed, 3))
	b := setup(t, "CREATE SCHEMA app")
	seen := map[string]int{}
	for i := 0; i < 150 || len(seen) <= 9 && i < 1000; i++ { // chance may take longer to show ten kinds
		m, name := randomSequence(t, b, r, i)
		var needed *int64
		ask := func(v int64) {
			if needed == nil || m.later(v, *needed) {
				needed = &v
			}
		}
		target := postgres.SequenceTarget{Schema: "app", Name: name, Gap: r.Int64N(60) * r.Int64N(2)}
		if r.IntN(3) > 0 {
			v := r.Int64N(400) - 200
			target.AtLeast = strconv.FormatInt(v, 10)
			ask(v)
		}
		for j := range r.IntN(3) { // the columns that are filled from it; the first owns it at times
			column := postgres.ColumnName{Schema: "app", Table: name + "_t", Column: fmt.Sprintf("c%d", j)}
			if lowest, highest, ok := columnRange(t, b, column); ok && m.increment > 0 {
				ask(highest + m.increment)
			} else if ok {
				ask(lowest + m.increment)
			}
			if owned := one[bool](t, b.conn, "SELECT pg_get_serial_sequence($1, $2) IS NOT NULL", "app."+name+"_t", column.Column); !owned {
				target.Columns = append(target.Columns, column)
			}
		}
		if owner := one[bool](t, b.conn, "SELECT pg_get_serial_sequence($1, 'c0') IS NOT NULL", "app."+name+"_t"); owner {
			if lowest, highest, ok := columnRange(t, b, postgres.ColumnName{Schema: "app", Table: name + "_t", Column: "c0"}); ok && m.increment > 0 {
				ask(highest + m.increment)
			} else if ok {
				ask(lowest + m.increment)
			}
		}
		want, ok := m.moved(needed, target.Gap)
		what := fmt.Sprintf("%+v, needed %v, %+v", m, needed, target)
		for again := range 2 {
			outcome, err := b.target.AdvanceSequence(t.Context(), b.fence, "plan", fmt.Sprintf("%s %d", name, again), target)
			if !ok {
				var out *postgres.SequenceRangeError
				require.ErrorAs(t, err, &out, what)
				continue
			}
			require.NoError(t, err, what)
			require.Equal(t, strconv.FormatInt(want, 10), outcome.Now, what)
		}
		seen[fmt.Sprintf("up %t, cycle %t, ok %t, moved %t", m.increment > 0, m.cycle, ok, want != m.next)]++
		var next int64
		err := b.conn.QueryRow(t.Context(), "SELECT nextval($1::regclass)", "app."+name).Scan(&next)
		if m.later(want, m.end()) { // it had given out its last value, and stays so
			require.ErrorContains(t, err, "reached m", what)
			continue
		}
		require.NoError(t, err, what)
		require.Equal(t, want, next, what)
	}
	require.Greater(t, len(seen), 9, "%v", seen)
}

func columnRange(t *testing.T, b *testBundle, c postgres.ColumnName) (lowest, highest int64, ok bool) {
	t.Helper()
	var low, high *int64
	require.NoError(t, b.conn.QueryRow(t.Context(), fmt.Sprintf("SELECT min(%[1]s), max(%[1]s) FROM %[2]s", q(c.Column), q(c.Schema, c.Table))).Scan(&low, &high))
	if low == nil {
		return 0, 0, false
	}
	return *low, *high, true
}

// randomSequence makes one, with a table of its name that has columns c0 and c1 with some values, and says where it stands.
func randomSequence(t *testing.T, b *testBundle, r *rand.Rand, i int) (sequenceModel, string) {
	t.Helper()
	m := sequenceModel{increment: []int64{1, 1, 2, 7, -1, -3}[r.IntN(6)], cycle: r.IntN(4) == 0}
	m.low = r.Int64N(200) - 150
	m.high = m.low + 20 + r.Int64N(200)
	start := m.low + r.Int64N(m.high-m.low+1)
	name := fmt.Sprintf("seq_%d", i)
	cycle := map[bool]string{true: " CYCLE"}[m.cycle]
	kind := []string{"smallint", "integer", "bigint"}[r.IntN(3)]
	b.exec(t, fmt.Sprintf("CREATE TABLE app.%s_t (c0 bigint, c1 numeric(10))", name))
	b.exec(t, fmt.Sprintf("CREATE SEQUENCE app.%s AS %s INCREMENT BY %d MINVALUE %d MAXVALUE %d START WITH %d%s%s", name, kind, m.increment, m.low, m.high, start, cycle,
		[]string{"", fmt.Sprintf(" OWNED BY app.%s_t.c0", name)}[r.IntN(2)]))
	for range r.IntN(3) {
		b.exec(t, fmt.Sprintf("INSERT INTO app.%s_t VALUES (%d, %d)", name, r.Int64N(400)-200, r.Int64N(400)-200))
	}
	m.next = start
	switch r.IntN(4) {
	case 0: // it stands on its last value, which was given out
		b.exec(t, fmt.Sprintf("SELECT setval('app.%s', %d)", name, m.end()))
		m.next = m.end() + m.increment
		if m.cycle {
			m.next = m.low + m.high - m.end()
		}
	case 1:
		m.next = one[int64](t, b.conn, "SELECT nextval($1::regclass)", "app."+name) + m.increment
		if m.later(m.next, m.end()) && m.cycle {
			m.next = m.low + m.high - m.end()
		}
	}
	return m, name
}
