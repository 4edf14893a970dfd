// SPDX-License-Identifier: Apache-2.0

package phases_test

import (
	"testing"

	"github.com/ferryman/ferryman/store"
	"github.com/stretchr/testify/require"
)

func TestRowsWithoutAParentAreNamedAndTheKeyComesBackLater(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "")
	w.engine("a")
	w.through("assess", "schema", "prepare", "load")
	w.onTarget("CREATE TABLE lost AS SELECT * FROM boxoffice.customer; DELETE FROM boxoffice.customer")
	w.ends("rebuild", store.Failed)
	told := w.told()
	for _, want := range []string{"purchase_customer_fk", "rows of boxoffice.purchase have no parent", "purchase_id=", "On Oracle this key is enforced", "/migrate-rebuild"} {
		require.Contains(t, told, want)
	}
	w.ends("rebuild", store.Failed)
	w.onTarget("INSERT INTO boxoffice.customer SELECT * FROM lost")
	w.through("rebuild")
}

func TestATaskThatStopsIsResumedAndTablesThatDifferAreComparedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "")
	w.engine("a")
	w.through("assess", "schema", "prepare", "load", "rebuild", "replicate")
	w.aws.KillTasks()
	w.settlesAs("replicate", store.Failed)
	require.Contains(t, w.told(), "resume")
	w.through("replicate")

	name := w.one("SELECT name FROM boxoffice.venue WHERE venue_id = (SELECT min(venue_id) FROM boxoffice.venue)")
	w.onTarget("UPDATE boxoffice.venue SET name = 'tampered' WHERE name = '" + name + "'")
	w.ends("validate", store.Failed)
	require.Contains(t, w.told(), "1 of 13 tables are not equal: `venue`")
	require.Contains(t, w.told(), "is different")
	w.ends("cutover", store.Red)
	require.Contains(t, w.told(), "Run /migrate-validate.")
	w.onTarget("UPDATE boxoffice.venue SET name = '" + name + "' WHERE name = 'tampered'")
	w.through("validate", "cutover")
	w.isMigrated()
}
