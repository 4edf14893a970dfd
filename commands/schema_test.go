// SPDX-License-Identifier: Apache-2.0

package commands_test

import (
	"encoding/json"
	"testing"

	"github.com/ferryman/ferryman/approvals"
	"github.com/ferryman/ferryman/internal/assess"
	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/phases"
	"github.com/ferryman/ferryman/internal/runbook"
	standin "github.com/ferryman/ferryman/internal/standin/slack"
	"github.com/stretchr/testify/require"
)

func schemaDifference() phases.SchemaPlanned {
	return phases.SchemaPlanned{
		Make:  map[convert.Kind]int{convert.KindTable: 2, "script": 1},
		There: []string{"table boxoffice.seat"}, Beside: []string{"view boxoffice.mine"}, Stale: []string{"index boxoffice.old_ix"},
		Replace: []phases.Differs{{Object: "table boxoffice.ticket_scan", Words: []string{"column scan_image of boxoffice.ticket_scan is bytea, wanted is text"}}},
		Left:    []phases.Differs{{Object: "table boxoffice.refund", Why: "Ferryman did not make it", Words: []string{"column note of boxoffice.refund is there beside what is wanted (text)"}}},
		Refused: []phases.Differs{{Object: "view boxoffice.v", Words: []string{"syntax error"}}},
		Added:   []string{"primary key refund_pk of boxoffice.refund"},
		Scripts: []phases.ScriptRun{{Object: "function boxoffice.fn_age", By: standin.DBA, At: noon, From: "fn_age.sql"}},
	}
}

func TestTheSchemasDifferenceIsToldBeforeTwoPeopleSayYes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.open("box-office", standin.Migrations)
	r := request(approvals.Open)
	r.Phase = "schema"
	done := phases.SchemaDone{SchemaPlanned: schemaDifference(), Tables: 13}
	events := []told{
		{"schema asked", "approval", runbook.Ask{Request: r, Why: "it replaces 1 object", Steps: 2, Summary: raw(schemaDifference())}, []string{
			"🔒 Schema box-office needs two people · asked by @dba", "Makes 3 objects on the target, in one transaction for each schema.",
			"Drops and makes anew 1 object that Ferryman made and nobody changed since; tables among them are empty, and stay so:",
			"• table boxoffice.ticket_scan – column scan_image of boxoffice.ticket_scan is bytea, wanted is text",
			"Adds 1 object to what was there: primary key refund_pk of boxoffice.refund.",
			"Runs 1 script of people", "• function boxoffice.fn_age: by @dba", "from `fn_age.sql`",
			"Not touched: 1 object is there and the same, 1 is there and not of this conversion, 1 was made by Ferryman and is not wanted any more.",
			"• table boxoffice.refund: Ferryman did not make it", "Not made, PostgreSQL refuses it (1):", "Nothing that Ferryman did not make is dropped, and no row is touched.",
		}},
		{"AWS converted", "approval", runbook.Ask{Request: r, Steps: 2, Summary: raw(phases.SchemaPlanned{Make: map[convert.Kind]int{convert.KindTable: 2}, Engine: assess.DMS})}, []string{
			"Makes 2 objects on the target from AWS's script, as it was tried, in one transaction for each schema."}},
		{"schema done", "complete", ended("schema", "prepare", done), []string{
			"Applied the schema in 6 min 10 s: 3 statements", "1 object that Ferryman made was made anew, 1 script of a person was run."}},
		{"decided", "decision.made", map[string]any{"by": standin.DBA, "why": "law", "made": []string{"leave out table BOXOFFICE.SEAT"}, "waits": "schema"}, []string{
			"@dba decided: leave out table BOXOFFICE.SEAT.", "The plan of Schema that waits is void by it"}},
		{"scripts", "scripts.given", map[string]any{"by": standin.DBA, "tried": []phases.TriedScript{{Name: "a.sql", Object: convert.Object{Owner: "B", Type: "VIEW", Name: "A"}, Makes: []string{"view b.a"}, Instead: standin.Lead},
			{Name: "b.sql", Refused: "DO is not taken", Line: 2}}}, []string{"✔ `a.sql` for view `B.A`: view b.a; instead of the script by @lead", "✖ `b.sql`, line 2: DO is not taken"}},
	}
	require.NoError(t, w.store.PutFile(w.ctx, "box-office", phases.SchemaDifferenceFile, []byte("all of it")))
	for _, e := range events {
		text := w.slack.RenderText(w.tell(e.name, e.kind, e.data))
		for _, words := range e.says {
			require.Contains(t, text, words, e.name)
		}
		var data any
		require.NoError(t, json.Unmarshal(raw(e.data), &data))
		m := w.tell(e.name+" inflated", e.kind, inflate(data, "", 60))
		require.NotContains(t, m.Text, "can't put into words", e.name)
		requireHarmless(t, e.name, m)
	}
}
