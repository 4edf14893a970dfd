// SPDX-License-Identifier: Apache-2.0

package phases_test

import (
	"testing"

	"github.com/ferryman/ferryman/store"
	"github.com/stretchr/testify/require"
)

// An index is there that this role could drop and not make again: the gate says so, and nothing is dropped.
func TestPrepareDropsNothingWhereSomethingCouldNotComeBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "")
	w.engine("a")
	w.through("assess", "schema")
	w.onTarget("CREATE FUNCTION boxoffice.fold(bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT $1'")
	w.onTarget("CREATE INDEX ticket_folded ON boxoffice.ticket (boxoffice.fold(ticket_id::bigint))")
	w.onTarget("REVOKE EXECUTE ON FUNCTION boxoffice.fold FROM PUBLIC")
	const there = "SELECT count(*)::text FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid WHERE c.relnamespace = 'boxoffice'::regnamespace"
	before := w.one(there)
	w.ends("prepare", store.Red)
	require.Contains(t, w.told(), "index ticket_folded of boxoffice.ticket: EXECUTE on function boxoffice.fold(bigint) for role")
	require.Equal(t, before, w.one(there))
	require.Equal(t, "0", w.one("SELECT count(*)::text FROM ferryman.saved"))

	w.onTarget("GRANT EXECUTE ON FUNCTION boxoffice.fold TO PUBLIC")
	w.through("prepare")
	require.NotEqual(t, before, w.one(there))
}
