// SPDX-License-Identifier: Apache-2.0

package phases_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/ferryman/ferryman/internal/phases"
	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
	"github.com/stretchr/testify/require"
)

// export is the box office with other rows in one of its views.
func export(t *testing.T, view string, replace ...string) fs.FS {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.CopyFS(dir, os.DirFS(boxoffice)))
	file := filepath.Join(dir, view+".csv")
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	for i := 0; i < len(replace); i += 2 {
		require.Contains(t, string(text), replace[i])
	}
	require.NoError(t, os.WriteFile(file, []byte(strings.NewReplacer(replace...).Replace(string(text))), 0o600))
	return os.DirFS(dir)
}

// event is the last one of a kind in the outbox, into the data that it has.
func (w *world) event(kind string, data any) {
	w.Helper()
	list, err := w.store.Client().LRange(context.Background(), store.OutboxKey("box"), 0, -1).Result()
	require.NoError(w, err)
	for i := len(list) - 1; i >= 0; i-- {
		var o store.Outgoing
		require.NoError(w, json.Unmarshal([]byte(list[i]), &o))
		if o.Event.Kind == kind {
			require.NoError(w, json.Unmarshal(o.Event.Data, data))
			return
		}
	}
	w.Fatalf("no event %s", kind)
}

const purchaseCustomer = "PURCHASE_CUSTOMER_FK,R,PURCHASE,,BOXOFFICE,CUSTOMER_PK,NO ACTION,"

// A key that is off on Oracle may be broken there: it stays NOT VALID here, the rows of both sides are shown, and cutover names it.
func TestAKeyThatOracleDoesNotEnforceStaysNotValidAndIsNamed(t *testing.T) {
	t.Parallel()
	const seatVenue = "SEAT_VENUE_FK,R,SEAT,,BOXOFFICE,VENUE_PK,NO ACTION,ENABLED,NOT DEFERRABLE,IMMEDIATE,"
	w := newWorldFrom(t, "", export(t, "ALL_CONSTRAINTS", purchaseCustomer+"ENABLED,NOT DEFERRABLE,IMMEDIATE,VALIDATED", purchaseCustomer+"DISABLED,NOT DEFERRABLE,IMMEDIATE,NOT VALIDATED",
		seatVenue+"VALIDATED", seatVenue+"NOT VALIDATED"))
	w.engine("a")
	w.through("assess", "schema")
	w.onTarget("ALTER TABLE boxoffice.purchase ADD CONSTRAINT bought_by FOREIGN KEY (customer_id) REFERENCES boxoffice.customer")
	w.onSource("DELETE FROM CUSTOMER WHERE CUSTOMER_ID = (SELECT MIN(CUSTOMER_ID) FROM PURCHASE)", "DELETE FROM CUSTOMER WHERE CUSTOMER_ID = (SELECT MIN(CUSTOMER_ID) FROM CUSTOMER)")
	w.through("prepare", "load", "rebuild")

	const orphans = "SELECT count(*) FROM boxoffice.purchase WHERE customer_id NOT IN (SELECT customer_id FROM boxoffice.customer)"
	n := w.one(orphans)
	require.NotEqual(t, "0", n)
	var end runbook.Ended
	w.event(runbook.EventComplete, &end)
	var done phases.Rebuilt
	require.NoError(t, json.Unmarshal(end.Data, &done))
	require.Len(t, done.Open, 1)
	open := done.Open[0]
	require.Equal(t, []string{"boxoffice", "purchase", "bought_by", "boxoffice.customer", "DISABLED"}, []string{open.Schema, open.Table, open.Name, open.Parent, open.State})
	require.True(t, open.Whole)
	require.Equal(t, n, strconv.FormatInt(open.Target.Rows, 10))
	require.Equal(t, open.Target.Rows, open.Source.Rows, "%s", open.Source.Why)
	require.NotEmpty(t, open.Target.First)
	require.Len(t, open.Source.First, len(open.Target.First))
	require.Equal(t, open.Target.First[0], strings.ToLower(open.Source.First[0]))
	require.Contains(t, open.Source.Query, `NOT EXISTS (SELECT 1 FROM "BOXOFFICE"."CUSTOMER" p WHERE p."CUSTOMER_ID" = c."CUSTOMER_ID")`)
	require.Equal(t, "false", w.one("SELECT convalidated FROM pg_constraint WHERE conname = 'bought_by'"))
	require.Equal(t, "1", w.one("SELECT count(*) FROM ferryman.saved WHERE restored_at IS NULL AND name = 'bought_by' AND error LIKE '%have no parent row%'"))

	w.through("replicate", "validate")
	w.command("cutover")
	m := w.settles("cutover")
	require.Equal(t, store.Waiting, m.Phases["cutover"].Status, w.told())
	var ask runbook.Ask
	w.event(runbook.EventApproval, &ask)
	evidence := fmt.Sprint(ask.Evidence)
	require.Contains(t, evidence, "NOT VALID, for Oracle does not enforce them either: bought_by")
	require.Contains(t, evidence, "NOT VALID: bought_by of boxoffice.purchase (DISABLED on Oracle; rebuild counted "+n+" rows without a row in boxoffice.customer), "+
		"seat_venue_fk of boxoffice.seat (ENABLE NOVALIDATE on Oracle)")
	require.Contains(t, string(ask.Summary), `"not_valid":["bought_by","seat_venue_fk"]`)
	plan, err := w.store.Plan(t.Context(), "box", m.Phases["cutover"].Fingerprint)
	require.NoError(t, err)
	require.Contains(t, string(plan), "Foreign key bought_by of boxoffice.purchase stays NOT VALID, for it is DISABLED on Oracle", "who approves it says yes to that")

	w.approve("cutover")
	require.Equal(t, store.Complete, w.settles("cutover").Phases["cutover"].Status, w.told())
	require.Equal(t, n, w.one(orphans))
	require.Equal(t, "false", w.one("SELECT convalidated FROM pg_constraint WHERE conname = 'bought_by'"))
}

// A NOT VALID key that Oracle enforces keeps cutover's gate red, and one that a person has validated counts as back.
func TestCutoverWaitsForAKeyThatOracleEnforces(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "")
	w.engine("a")
	w.through("assess", "schema", "prepare", "load", "rebuild", "replicate", "validate")
	w.onTarget("ALTER TABLE boxoffice.purchase DROP CONSTRAINT purchase_customer_fk")
	w.onTarget("ALTER TABLE boxoffice.purchase ADD CONSTRAINT purchase_customer_fk FOREIGN KEY (customer_id) REFERENCES boxoffice.customer NOT VALID")
	w.onTarget("UPDATE ferryman.saved SET restored_at = NULL, error = 'somebody was here' WHERE name = 'purchase_customer_fk'")
	w.ends("cutover", store.Red)
	told := w.told()
	require.Contains(t, told, "still aside: purchase_customer_fk (somebody was here)")
	require.Contains(t, told, "not validated: purchase_customer_fk of boxoffice.purchase (enforced on Oracle)")
	require.Contains(t, told, `ALTER TABLE \"boxoffice\".\"purchase\" VALIDATE CONSTRAINT \"purchase_customer_fk\";`)
	w.onTarget("ALTER TABLE boxoffice.purchase VALIDATE CONSTRAINT purchase_customer_fk")
	w.through("cutover")
}
