// SPDX-License-Identifier: Apache-2.0

package phases_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
	"github.com/stretchr/testify/require"
)

func TestRowsWithoutAParentAndTheGateOfCutoverNameWhatToDo(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.CopyFS(dir, os.DirFS(boxoffice)))
	jobs := filepath.Join(dir, "ALL_SCHEDULER_JOBS.csv")
	text, err := os.ReadFile(jobs)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(jobs, []byte(strings.Replace(string(text), "FALSE,DISABLED", "TRUE,SCHEDULED", 1)), 0o600))
	w := newWorldFrom(t, "", os.DirFS(dir))
	w.engine("a")
	w.through("assess", "schema", "prepare", "load")
	w.onTarget("DELETE FROM boxoffice.customer")
	w.ends("rebuild", store.Failed)
	told := w.told()
	n := w.one("SELECT count(*) FROM boxoffice.purchase")
	for _, want := range []string{"rows are missing in `boxoffice.customer` (" + n + " rows of `boxoffice.purchase` refer to them).",
		"Not back: foreign key `purchase_customer_fk` on `boxoffice.purchase`: " + n + " rows of boxoffice.purchase have no parent row; first: purchase_id=",
		"On Oracle this key is enforced, so `boxoffice.customer` is missing rows that Oracle has: DMS did not load them. Replicating waits for it.",
		"load again (/migrate-prepare, then /migrate-load)", "/migrate-rebuild again: it does just what is left", "SELECT c.* FROM"} {
		require.Contains(t, told, want)
	}
	m, err := w.store.Load(t.Context(), "box")
	require.NoError(t, err)
	require.ErrorContains(t, runbook.Check(m, "replicate"), "Replicate needs Rebuild to be complete first, which failed: Brought back 3")
	require.ErrorContains(t, runbook.Check(m, "replicate"), "rows are missing in `boxoffice.customer`")
	require.Equal(t, "false", w.one("SELECT convalidated FROM pg_constraint WHERE conname = 'purchase_customer_fk'"))
	w.through("prepare", "load", "rebuild", "replicate") // as it says
	require.Equal(t, "true", w.one("SELECT convalidated FROM pg_constraint WHERE conname = 'purchase_customer_fk'"))

	_, application := w.session()
	tx, err := application.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	_, err = tx.ExecContext(t.Context(), "UPDATE VENUE SET NAME = NAME")
	require.NoError(t, err)
	w.ends("cutover", store.Red)
	told = w.told()
	for _, want := range []string{
		`"name":"no application session","holds":false`, "ALTER SYSTEM KILL SESSION", `"name":"no open transaction","holds":false`,
		`"name":"no scheduler job","holds":false`, "dbms_scheduler.disable('BOXOFFICE.NIGHTLY_SETTLEMENT')",
		`"name":"every table was validated","holds":false`, "Run /migrate-validate.", `"name":"the task replicates","holds":true`,
	} {
		require.Contains(t, told, want)
	}
	require.NoError(t, tx.Rollback())
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
