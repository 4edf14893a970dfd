// SPDX-License-Identifier: Apache-2.0

package postgres_test

import (
	"fmt"
	"testing"

	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/stretchr/testify/require"
)

func chainEntries(from, to int64) []postgres.ChainEntry {
	var all []postgres.ChainEntry
	for seq := from; seq <= to; seq++ {
		all = append(all, postgres.ChainEntry{Seq: seq, Hash: fmt.Sprintf("h%d", seq), Entry: fmt.Sprintf(`{"seq":%d,"who":"O'Brien \u0000"}`, seq)})
	}
	return all
}

func TestTheTargetRemembersTheChainAndTheDocument(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := t.Context()
	empty, err := b.target.Remembered(ctx, "box-office")
	require.NoError(t, err)
	require.Equal(t, postgres.Memory{}, empty)

	require.NoError(t, b.target.Remember(ctx, b.fence, chainEntries(1, 3), 3, []byte(`{"name":"box-office","odd":"\u0000"}`)))
	require.NoError(t, b.target.Remember(ctx, b.fence, chainEntries(2, 4), 4, nil), "what is there already is no error")
	require.NoError(t, b.target.Remember(ctx, b.fence, nil, 2, []byte(`{"old":true}`)), "an older document")
	memory, err := b.target.Remembered(ctx, "box-office")
	require.NoError(t, err)
	require.Equal(t, int64(4), memory.Seq)
	require.Equal(t, "h4", memory.Hash)
	require.Equal(t, `{"name":"box-office","odd":"\u0000"}`, string(memory.Doc), "the very bytes, and not replaced by an older document")
	require.False(t, memory.At.IsZero())
	chain, err := b.target.Chain(ctx, "box-office")
	require.NoError(t, err)
	require.Equal(t, chainEntries(1, 4), chain)

	hash, err := b.target.ChainHash(ctx, "box-office", 2)
	require.NoError(t, err)
	require.Equal(t, "h2", hash)
	hash, err = b.target.ChainHash(ctx, "box-office", 9)
	require.NoError(t, err)
	require.Empty(t, hash)
}

func TestAnotherChainIsRefusedWhole(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := t.Context()
	require.NoError(t, b.target.Remember(ctx, b.fence, chainEntries(1, 3), 3, []byte(`{"v":1}`)))

	forked := chainEntries(2, 5)
	forked[1].Hash = "another"
	var fork *postgres.ForkError
	require.ErrorAs(t, b.target.Remember(ctx, b.fence, forked, 5, []byte(`{"v":2}`)), &fork)
	require.Equal(t, postgres.ForkError{Migration: "box-office", Seq: 3}, *fork)
	require.ErrorAs(t, b.target.Remember(ctx, b.fence, chainEntries(5, 6), 6, []byte(`{"v":2}`)), &fork)
	require.Equal(t, postgres.ForkError{Migration: "box-office", Seq: 5, Gap: true}, *fork)

	memory, err := b.target.Remembered(ctx, "box-office")
	require.NoError(t, err)
	require.Equal(t, int64(3), memory.Seq)
	require.JSONEq(t, `{"v":1}`, string(memory.Doc))

	old := b.fence
	_, err = b.target.RaiseFence(ctx, "box-office")
	require.NoError(t, err)
	var fenced *postgres.FencedError
	require.ErrorAs(t, b.target.Remember(ctx, old, chainEntries(4, 4), 4, nil), &fenced)
}

// asBefore takes from a home what the first one did not have.
const asBefore = `DROP TABLE ferryman.chain, ferryman.state;
	ALTER TABLE ferryman.migration DROP COLUMN profile, DROP COLUMN channel, DROP COLUMN opened_by`

func TestAnOlderHomeIsAddedTo(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := t.Context()
	before, err := b.target.Identity(ctx)
	require.NoError(t, err)
	b.exec(t, asBefore)
	m, err := b.target.Migration(ctx, "box-office")
	require.NoError(t, err, "it can be read as it is")
	require.Empty(t, m.Profile)

	after, err := b.target.EnsureHome(ctx)
	require.NoError(t, err)
	require.Equal(t, before, after)
	require.NoError(t, b.target.Remember(ctx, b.fence, chainEntries(1, 1), 1, []byte(`{}`)))
	record := postgres.MigrationRecord{Name: "box-office", PolicyHash: "p1", Source: "oracle://db:1521/X", Profile: "tickets", Channel: "C1", OpenedBy: "U1"}
	require.NoError(t, b.target.OpenMigration(ctx, record))
	m, err = b.target.Migration(ctx, "box-office")
	require.NoError(t, err)
	require.Equal(t, []string{"tickets", "C1", "U1"}, []string{m.Profile, m.Channel, m.OpenedBy}, "opened again, it is told what it did not know")
}

func TestAnOlderHomeOfAnotherRoleNamesTheGrant(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := t.Context()
	b.exec(t, asBefore)
	other, url := testenv.Role(t, b.adminURL)
	b.admin(t, "GRANT USAGE ON SCHEMA ferryman TO "+other+"; GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA ferryman TO "+other)
	target := open(t, url)
	var lacks *postgres.PrivilegeError
	for range 2 {
		_, err := target.EnsureHome(ctx)
		require.ErrorAs(t, err, &lacks)
		b.admin(t, lacks.Fix)
	}
	_, err := target.EnsureHome(ctx)
	require.NoError(t, err, "the fixes that are named are enough")
}
