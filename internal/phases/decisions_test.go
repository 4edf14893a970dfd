// SPDX-License-Identifier: Apache-2.0

package phases_test

import (
	"os"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
	"github.com/ferryman/ferryman/internal/phases"
	"github.com/ferryman/ferryman/store"
	"github.com/stretchr/testify/require"
)

// What people decided is in the schema, in the task's mapping and in the comparison alike.
func TestDecisionsReachTheTargetTheTaskAndTheComparison(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "")
	w.withScratch()
	w.engine("one")
	w.through("assess")
	m, err := w.store.Load(w.Context(), "box")
	require.NoError(t, err)
	propose := func(kind string, fields map[string]string) {
		fields["why"] = "because"
		more, wrong, err := w.crew.Propose(w.Context(), m, kind, fields)
		require.NoError(t, err)
		require.Empty(t, wrong)
		w.decides(func(d *convert.Decisions) { *d = phases.Add(*d, more, "U0DBA", "because", time.Now()) })
	}
	propose(phases.DecideLeaveOut, map[string]string{"objects": "table price_history"})
	propose(phases.DecidePurge, map[string]string{"table": "ticket_scan", "column": "scan_id", "operator": ">=", "value": "6"})
	propose(phases.DecideOffload, map[string]string{"columns": "BOXOFFICE.TICKET_SCAN.SCAN_IMAGE"})
	propose(phases.DecidePurge, map[string]string{"table": "REFUND", "column": "REFUNDED_AT", "operator": ">=", "value": "1990-01-01"})
	w.through("schema", "prepare")
	w.ends("load", store.Red)
	require.Contains(t, w.told(), "missing on REFUND.REFUNDED_AT", "DMS filters changes by what is in the redo")
	w.onSource(`ALTER TABLE REFUND ADD SUPPLEMENTAL LOG GROUP "FERRYMAN_FILTER" ("REFUNDED_AT") ALWAYS`)
	w.through("load", "rebuild", "replicate", "validate")
	require.Equal(t, "0", w.one("SELECT count(*) FROM pg_class WHERE relname = 'price_history'"))
	require.Equal(t, "text", w.one("SELECT data_type FROM information_schema.columns WHERE table_name = 'ticket_scan' AND column_name = 'scan_image'"))
	require.Equal(t, "true", w.one("SELECT count(*) > 0 AND min(scan_id) >= 6 AND count(scan_image) = 0 FROM boxoffice.ticket_scan"))
	m, err = w.store.Load(w.Context(), "box")
	require.NoError(t, err)
	require.Contains(t, phases.MayDecide(m), "Prepare has begun")
	plan := string(w.draft("cutover"))
	require.Contains(t, plan, "Left out: table BOXOFFICE.PRICE_HISTORY, by U0DBA: because")
	require.Contains(t, plan, "Only rows of BOXOFFICE.TICKET_SCAN with SCAN_ID >= ")
}

func TestProposalsAreHeldAgainstTheDictionary(t *testing.T) {
	t.Parallel()
	dict, err := dictionary.ReadExport(os.DirFS(boxoffice))
	require.NoError(t, err)
	for _, c := range []struct {
		kind, field, want string
		fields            map[string]string
	}{
		{phases.DecideLeaveOut, "objects", "Nothing is named.", map[string]string{"objects": " \n,"}},
		{phases.DecideLeaveOut, "objects", "There is no NOWHERE on Oracle.", map[string]string{"objects": "TICKET\nNOWHERE"}},
		{phases.DecideLeaveOut, "objects", "write the type before it", map[string]string{"objects": "BOX_OFFICE"}},
		{phases.DecideLeaveOut, "objects", "There is no VIEW TICKET on Oracle.", map[string]string{"objects": "VIEW TICKET"}},
		{phases.DecidePurge, "table", "There is no table X; DROP TABLE y on Oracle.", map[string]string{"table": "X; DROP TABLE y"}},
		{phases.DecidePurge, "column", "BOXOFFICE.TICKET has no column NO.", map[string]string{"table": "ticket", "column": "NO"}},
		{phases.DecidePurge, "value", "The operator of a filter is one of", map[string]string{"table": "ticket", "column": "ticket_id", "operator": "LIKE", "value": "1"}},
		{phases.DecidePurge, "value", `TICKET_ID is a number, and "1 OR 1=1" is none.`, map[string]string{"table": "ticket", "column": "ticket_id", "operator": "=", "value": "1 OR 1=1"}},
		{phases.DecidePurge, "value", "is a time, and", map[string]string{"table": "ticket_scan", "column": "scanned_at", "operator": ">=", "value": "last year"}},
		{phases.DecidePurge, "value", "Rows can't be chosen by SCAN_IMAGE, a BLOB", map[string]string{"table": "ticket_scan", "column": "scan_image", "operator": "=", "value": "x"}},
		{phases.DecideOffload, "columns", "TICKET names no column", map[string]string{"columns": "TICKET"}},
		{phases.DecideOffload, "columns", "TICKET.TICKET_ID is a NUMBER", map[string]string{"columns": "TICKET.TICKET_ID"}},
		{phases.DecideOffload, "columns", "is in the key", map[string]string{"columns": "VENUE.NAME"}},
	} {
		d, wrong := phases.Proposal(dict, c.kind, c.fields)
		require.Len(t, wrong, 1, c)
		require.Contains(t, wrong[c.field], c.want, c)
		require.Equal(t, convert.Decisions{}, d)
	}
	d, wrong := phases.Proposal(dict, phases.DecideLeaveOut, map[string]string{"objects": "package body boxoffice.box_office; \"TICKET\""})
	require.Empty(t, wrong)
	require.Equal(t, convert.Object{Owner: "BOXOFFICE", Type: "PACKAGE BODY", Name: "BOX_OFFICE"}, d.LeaveOut[0].Object)
	require.Equal(t, "TICKET", d.LeaveOut[1].Name)

	at := time.Now()
	all := phases.Add(convert.Decisions{}, d, "A", "why", at)
	all = phases.Add(all, convert.Decisions{LeaveOut: d.LeaveOut[:1]}, "B", "again", at)
	require.Len(t, all.LeaveOut, 2, "the later one counts")
	list := phases.List(all)
	left, gone := phases.TakeBack(all, []string{list[1].ID, "unknown"})
	require.Len(t, gone, 1)
	require.Equal(t, "B", gone[0].By)
	require.Equal(t, "TICKET", left.LeaveOut[0].Name)
}
