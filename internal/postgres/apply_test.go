// SPDX-License-Identifier: Apache-2.0

package postgres_test

import (
	"testing"

	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/stretchr/testify/require"
)

func makeItem(kind, table, name string) postgres.ApplyItem {
	return postgres.ApplyItem{ID: kind + ":" + name, Action: postgres.ApplyMake, Statements: 1, Thing: postgres.Thing{Kind: kind, Schema: "app", Table: table, Name: name}}
}

func (b *testBundle) apply(t *testing.T, step string, items []postgres.ApplyItem, sql ...string) error {
	t.Helper()
	return b.target.ApplySchema(t.Context(), b.fence, "plan", step, []string{"app"}, items, sql)
}

func (b *testBundle) digest(t *testing.T, item postgres.ApplyItem) string {
	t.Helper()
	s, err := b.target.ReadSnapshot(t.Context(), []string{"app"})
	require.NoError(t, err)
	return postgres.Digest(s.OfThing(item.Thing))
}

func TestApplyStopsBeforeWhatCameSince(t *testing.T) {
	t.Parallel()
	b := setup(t, "CREATE SCHEMA app")
	seat, view := makeItem("table", "", "seat"), makeItem("view", "", "seats")
	sql := []string{"CREATE TABLE app.seat (id int)", "CREATE OR REPLACE VIEW app.seats AS SELECT id FROM app.seat"}
	// Somebody makes a view of that name between plan and transaction: OR REPLACE would write over it.
	b.exec(t, "CREATE VIEW app.seats AS SELECT 1 AS id")
	err := b.apply(t, "one", []postgres.ApplyItem{seat, view}, sql...)
	var moved *postgres.MovedError
	require.ErrorAs(t, err, &moved)
	require.Equal(t, "view app.seats is not as the plan found it: it came since", err.Error())
	require.Empty(t, b.digest(t, seat), "nothing of the transaction is kept")
	b.exec(t, "DROP VIEW app.seats")
	require.NoError(t, b.apply(t, "one", []postgres.ApplyItem{seat, view}, sql...))
	require.NoError(t, b.apply(t, "one", []postgres.ApplyItem{seat, view}, sql...), "a step that was done is not run again")

	made, err := b.target.ReadMade(t.Context(), []string{"app"})
	require.NoError(t, err)
	require.Len(t, made, 2)
	now, err := b.target.ReadSnapshot(t.Context(), []string{"app"})
	require.NoError(t, err)
	require.True(t, made["table:seat"].Ours(now.OfThing(seat.Thing)))

	// Made anew, as the plan found it; not where somebody changed it, nor where rows came.
	again := func(step string) error {
		drop := seat
		drop.Action, drop.Found, drop.Empty = postgres.ApplyDrop, postgres.Digest(now.OfThing(seat.Thing)), true
		dropView := view
		dropView.Action, dropView.Found = postgres.ApplyDrop, postgres.Digest(now.OfThing(view.Thing))
		return b.apply(t, step, []postgres.ApplyItem{dropView, drop, seat, view}, "DROP VIEW app.seats", "DROP TABLE app.seat", "CREATE TABLE app.seat (id bigint)", sql[1])
	}
	b.exec(t, "INSERT INTO app.seat VALUES (1)")
	require.ErrorContains(t, again("two"), "it has rows by now, which would be lost with it")
	b.exec(t, "DELETE FROM app.seat")
	b.exec(t, "ALTER TABLE app.seat ADD by_hand int")
	require.ErrorContains(t, again("two"), "table app.seat is not as the plan found it: it was changed since")
	b.exec(t, "ALTER TABLE app.seat DROP by_hand")
	require.NoError(t, again("two"))
	b.exec(t, "DROP VIEW app.seats; DROP TABLE app.seat; CREATE TABLE app.seat (id bigint)")
	now, err = b.target.ReadSnapshot(t.Context(), []string{"app"})
	require.NoError(t, err)
	made, err = b.target.ReadMade(t.Context(), []string{"app"})
	require.NoError(t, err)
	require.False(t, made["table:seat"].Ours(now.OfThing(seat.Thing)), "another table of the same form is not Ferryman's")
}

// Nobody is forced: what depends on something is never taken away with it.
func TestApplyDropsNothingAlong(t *testing.T) {
	t.Parallel()
	b := setup(t, "CREATE SCHEMA app")
	seat := makeItem("table", "", "seat")
	require.NoError(t, b.apply(t, "one", []postgres.ApplyItem{seat}, "CREATE TABLE app.seat (id int)"))
	b.exec(t, "CREATE VIEW app.by_hand AS SELECT id FROM app.seat")
	drop := seat
	drop.Action, drop.Found = postgres.ApplyDrop, b.digest(t, seat)
	var refused *postgres.StatementError
	require.ErrorAs(t, b.apply(t, "two", []postgres.ApplyItem{drop, seat}, drop.Thing.DropSQL(nil)[0], "CREATE TABLE app.seat (id bigint)"), &refused)
	require.Contains(t, refused.Error(), "other objects depend on it")
	now, err := b.target.ReadSnapshot(t.Context(), []string{"app"})
	require.NoError(t, err)
	found := now.OfThing(seat.Thing)
	list, err := b.target.Dependents(t.Context(), []uint32{found[0].OID}, []uint32{found[0].OID})
	require.NoError(t, err)
	require.Equal(t, []string{"rule _RETURN on view app.by_hand"}, list)
}
