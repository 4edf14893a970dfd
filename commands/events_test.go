// SPDX-License-Identifier: Apache-2.0

package commands_test

import (
	"fmt"
	"time"

	"github.com/ferryman/ferryman/approvals"
	"github.com/ferryman/ferryman/internal/assess"
	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/dms"
	"github.com/ferryman/ferryman/internal/phases"
	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/ferryman/ferryman/internal/runbook"
	standin "github.com/ferryman/ferryman/internal/standin/slack"
)

// noon is when everything in these tests was read.
var noon = time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)

const fingerprint = "9f3c1e7a02b4aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

// told is an event and what its message must say, line by line, as it is shown.
type told struct {
	name, kind string
	data       any
	says       []string
}

func assessed() phases.Assessed {
	return phases.Assessed{
		Schemas: []string{"BOXOFFICE"}, Scratch: true, Took: 4 * time.Second, Since: noon.Add(-96 * time.Hour),
		Totals: assess.Totals{Objects: 214, Converted: 160, LeftOut: 11, Action: 43, HoursLow: 38, HoursHigh: 52.5, ByType: []assess.TypeTotal{
			{Type: "PACKAGE BODY", Objects: 9, Simple: 2, Medium: 4, Complex: 3, HoursLow: 28, HoursHigh: 34}, {Type: "TABLE", Objects: 61, Converted: 61},
		}},
		Delta: &phases.DeltaShort{
			New: 1, Resolved: 6, Same: 37, HoursHigh: -9, By: map[string]int{standin.DBA: 5},
			SomeNew:  []assess.Item{{Object: convert.Object{Name: "FN_SEAT_MAP"}, Text: "12 lines of PL/SQL", Why: "it was changed on Oracle on 2026-03-01 17:02"}},
			SomeGone: []assess.Item{{Object: convert.Object{Type: "FUNCTION", Name: "FN_<AGE>\n"}, Text: "9 lines of PL/SQL", By: standin.DBA, Why: "a script of " + standin.DBA}},
		},
		Offload: phases.Share{Number: 3, Bytes: 22_000_000_000, First: "TICKET.SCAN_PDF"},
		Files:   []string{"report.html", "action-items.csv", "findings.csv", "objects.csv", "converted.sql", "a.csv", "b.csv", "c.csv"},
		Blocks: []phases.FindingShort{{Title: "Tables without a primary key and without full supplemental logging", Objects: 12,
			Names: []string{"PRICE_LOG", "SCAN_RAW"}, Fix: `ALTER TABLE "BOXOFFICE"."PRICE_LOG" ADD SUPPLEMENTAL LOG DATA (ALL) COLUMNS;`}},
		Costly: []phases.Costly{{Object: "package body BOX_OFFICE", Reason: "412 lines of PL/SQL", Hours: 12}},
	}
}

func prepared() phases.Prepared {
	return phases.Prepared{ForeignKeys: 18, Indexes: 41, Uniques: 1, Triggers: 12, NotNulls: 1, Identities: 2, Sequences: 5, Gap: 100000, Tables: 30,
		Bytes:  12_345_678_901,
		Marker: "FERRYMAN.FERRYMAN_MARKER",
		Stays: []postgres.Stay{{Kind: postgres.PrimaryKey, Name: "seat_pk", Why: "primary keys stay"},
			{Kind: postgres.Index, Name: "seat_gist", Why: "named in prepare.keep"}},
		Notes: []string{"boxoffice.seat_seq: its gap does not fit"}}
}

func request(status approvals.Status, voters ...string) approvals.Request {
	r := approvals.Request{
		ID: "r1", Migration: "box-office", Phase: "prepare", Fingerprint: fingerprint, Requester: standin.DBA, AskedAt: noon,
		ExpiresAt: noon.Add(time.Hour),
		Policy:    approvals.Policy{Groups: []string{standin.Approvers}}, Status: status,
	}
	for i, v := range voters {
		r.Votes = append(r.Votes, approvals.Vote{User: v, At: noon.Add(time.Duration(i) * time.Minute)})
	}
	return r
}

func evidence(name string, holds bool, value, fix string) runbook.Evidence {
	return runbook.Evidence{Name: name, Holds: holds, Query: "V$SESSION", Value: value, ReadAt: noon, Fix: fix}
}

func ended(phase, next string, data any) runbook.Ended {
	return runbook.Ended{Phase: phase, Took: 6*time.Minute + 10*time.Second, Data: raw(data), Next: next}
}

func loading() phases.Loading {
	return phases.Loading{Status: "running", Progress: dms.Progress{
		Done: 38, Running: 4, Waiting: 18, Errored: 1, Rows: 412_000_000, Expected: 655_000_000, PerSecond: 61_000, End: noon.Add(155 * time.Minute),
		Margin: 6 * time.Minute, ReadAt: noon,
		Tables: []dms.TableProgress{
			{TableName: dms.TableName{Schema: "BOXOFFICE", Table: "TICKET"}, State: dms.TableLoading, Rows: 1, Percent: 71},
			{TableName: dms.TableName{Schema: "BOXOFFICE", Table: "SEAT"}, State: dms.TableLoading, Rows: 12_345, Percent: -1},
			{TableName: dms.TableName{Schema: "BOXOFFICE", Table: "EVENT"}, State: dms.TableCompleted, Rows: 3, Percent: 100},
		},
	}}
}

// everyEvent has at least one of every kind of event that there is.
func everyEvent() []told {
	marker := phases.Marker{ID: 7731, Written: noon, Seen: noon.Add(1200 * time.Millisecond)}
	gate := []runbook.Evidence{
		evidence("no application session", true, "0; Ferryman's and DMS's own not counted", ""),
		evidence("no scheduler job", false, "NIGHTLY_SETTLEMENT starts at 22:00 and writes 3 tables",
			"Turn it off: `exec dbms_scheduler.disable('NIGHTLY_SETTLEMENT')`"),
		evidence("supplemental logging", false, "missing on PRICE_LOG", "ALTER TABLE a;\nALTER TABLE b;"),
	}
	ask := runbook.Ask{Request: request(approvals.Open), Why: "it drops objects on the target", Summary: raw(prepared()), Steps: 80, Evidence: gate[:1], Before: 2100 * time.Millisecond}
	asked := func(change func(a *runbook.Ask)) runbook.Ask {
		a := ask
		change(&a)
		return a
	}
	problem := &runbook.Problem{What: "the task stopped by itself: `ticket_scan` met a LOB that is too long",
		Means: "nothing was cut, 41 tables are complete",
		Do:    "offload the column, or leave the table out, then run /migrate-load again",
		Log:   []string{"13:02:11 [TARGET_LOAD] E: value of column 'SCAN_TEXT' <truncated> `x`"}}
	return []told{
		{"reading", "assess.reading", phases.Reading{View: "ALL_SOURCE", Rows: 14302},
			[]string{"Reading the dictionary of BOXOFFICE: `ALL_SOURCE` · 14,302 rows so far"}},
		{"converting", "assess.conversion", phases.Converting{Step: dms.ConversionConvert, Status: "IN_PROGRESS", Doing: "CONVERTING", Percent: 50, Objects: 1302, Object: "FN_<AGE>"},
			[]string{"AWS DMS Schema Conversion is converting BOXOFFICE · 50 % of 1,302 objects · `FN_<AGE>`"}},
		{"measuring", "assess.reading", phases.Reading{Column: "TICKET_SCAN.SCAN_TEXT", Columns: 3, Of: 12},
			[]string{"Measuring LOBs of BOXOFFICE: `TICKET_SCAN.SCAN_TEXT` · 3 of 12 columns"}},
		{"measuring numbers", "assess.reading", phases.Reading{Table: "PRICE_<LOG>", Columns: 3, Of: 12},
			[]string{"Measuring numbers of BOXOFFICE: `PRICE_<LOG>` · 3 of 12 tables"}},
		{"assessed", "complete", ended("assess", "schema", assessed()), []string{
			"Assessed BOXOFFICE in 4.0 s: 214 objects. 160 convert by themselves, 11 go with another object and 43 need hands: 38–52 hours.",
			"Compared with Jan 27, 2026 12:00: 6 resolved (5 by @dba), 1 new (-9 h):",
			"✔ function `FN_<AGE>`: a script of @dba (before: 9 lines of PL/SQL)",
			"＋ `FN_SEAT_MAP`: 12 lines of PL/SQL · it was changed on Oracle on 2026-03-01 17:02",
			"3 columns could live outside the database, 22.0 GB, first of all `TICKET.SCAN_PDF`",
			"Before loading", "• Tables without a primary key and without full supplemental logging: PRICE_LOG, SCAN_RAW and 10 more",
			`ALTER TABLE "BOXOFFICE"."PRICE_LOG" ADD SUPPLEMENTAL LOG DATA (ALL) COLUMNS;`,
			"• package body BOX_OFFICE, 12 h: 412 lines of PL/SQL", "report.html, action-items.csv, findings.csv, objects.csv, converted.sql and 3 CSVs with the Schema Conversion Tool's columns are above.",
			"Next: `/migrate-schema`", "[Schema]",
		}},
		{"schema", "complete", ended("schema", "prepare",
			phases.SchemaDone{SchemaPlanned: phases.SchemaPlanned{Make: map[convert.Kind]int{convert.KindTable: 61, convert.KindIndex: 41},
				There: []string{"table boxoffice.seat"}, Hands: 43}, Tables: 62, PrimaryKeys: 58, Views: 1}), []string{
			"Applied the schema in 6 min 10 s: 102 statements, one transaction for each schema. On the target now: 62 tables, 58 primary keys and 1 view.",
			"43 objects were not made and left to hands; they are in action-items.csv of the assessment.",
			"Not touched: 1 object is there and the same.",
		}},
		{"prepare asked", "approval", ask, []string{
			"🔒 Prepare box-office needs two people · asked by @dba · plan `9f3c1e7a02b4` · until 13:00:00",
			"Drops on the target 18 foreign keys, 41 indexes and 1 unique constraint, disables 12 triggers, relaxes 1 NOT NULL of a LOB, sets 2 identities to BY DEFAULT, sets 5 sequences ahead by 100,000.",
			"Sizes: 30 tables; the indexes that go take 12.3 GB. No row is touched.", "How long: the last time it took 2.1 s.",
			"Way back: every one is saved in the target, in the same transaction", "any time with `ferryman restore`",
			"Can't be undone: the values that the sequences skip, and on the source the table `FERRYMAN.FERRYMAN_MARKER`",
			"Stays in place: index `seat_gist` (named in prepare.keep).",
			"`sha256sum prepare-9f3c1e7a02b4.json` prints `9f3c1e7a02b4…`",
			"✔ no application session: 0; Ferryman's and DMS's own not counted · 12:00:00", "Two people of @db-approvers are needed; @dba asked, so can't be one.", "[Approve] [Reject…]",
		}},
		{"after the first click", "approval", asked(func(a *runbook.Ask) { a.Request = request(approvals.Open, standin.Lead) }), []string{
			"@lead approved at 12:00:00.", "One more person of @db-approvers is needed; @dba asked, so can't be one.", "[Approve] [Reject…] [Take back]",
		}},
		{"granted", "approval", asked(func(a *runbook.Ask) { a.Request = request(approvals.Granted, standin.Lead, standin.OnCall) }), []string{
			"🔓 Prepare box-office: two people said yes · asked by @dba", "@oncall approved at 12:01:00.",
			"That makes two. Plan, gate and people are read once more, then it starts. Until then one No stops it.", "[Reject…]",
		}},
		{"consumed", "approval", asked(func(a *runbook.Ask) { a.Request = request(approvals.Consumed, standin.Lead, standin.OnCall) }),
			[]string{"Two people said yes; it was started."}},
		{"rejected", "approval", asked(func(a *runbook.Ask) {
			a.Request = request(approvals.Rejected)
			a.Request.EndedBy, a.Request.Reason = standin.OnCall, "not on a <Friday>"
		}), []string{"✖ Prepare box-office was rejected", "❌ @oncall said no: not on a <Friday>", "Nothing was run. `/migrate-prepare` asks anew."}},
		{"expired", "approval", asked(func(a *runbook.Ask) { a.Request = request(approvals.Expired) }),
			[]string{"✖ Prepare box-office was not approved in time", "The time for it has passed. Nothing was run. `/migrate-prepare` asks anew."}},
		{"void request", "approval", asked(func(a *runbook.Ask) { a.Request = request(approvals.Void) }),
			[]string{"✖ Prepare box-office: this request is void", "Nothing was run by it: the message below says why."}},
		{"asked anew", "approval", asked(func(a *runbook.Ask) { a.Moved = []string{"drop index boxoffice.seat_row_idx was added"} }),
			[]string{"New in this plan: drop index boxoffice.seat_row_idx was added."}},
		{"load asked", "approval", asked(func(a *runbook.Ask) {
			a.Request.Phase, a.Summary = "load", raw(phases.LoadPlanned{Tables: 61, Rows: 655_000_000, Again: true, Bytes: 340_000_000_000, TargetRows: -1})
		}), []string{"Empties 61 tables on the target and has DMS load them again from the beginning. What the last load brought is lost; the source is not touched.",
			"Sizes: on the target 340 GB, about unknown rows by its statistics; to load about 655 M rows by Oracle's statistics.",
			"Can't be undone: the rows that are on the target now are gone with its first step", "Way back: none but this load"}},
		{"cutover asked", "approval", asked(func(a *runbook.Ask) {
			a.Request.Phase, a.Summary = "cutover", raw(phases.CutoverAsked{
				CutoverPlanned: phases.CutoverPlanned{Sequences: 5, Triggers: 12, Identities: 1, Gap: 100000}, Tables: 61, Rows: 655_000_000, Comparing: 370 * time.Second})
			a.Before, a.Request.Window = 0, &approvals.Window{From: noon.Add(-time.Hour), To: noon.Add(time.Hour)}
		}), []string{"until 13:00:00, in the window Jan 31, 2026 11:00 – Jan 31, 2026 13:00",
			"stops the DMS task, sets 5 sequences ahead by 100,000, brings back 12 triggers and 1 identity.",
			"Sizes: the last validation read 61 tables, 655 M rows, in 6 min 10 s; compared now: the tables that changed since.",
			"How long: unknown as a whole; how long the task takes to stop is not known before, often minutes.",
			"Can't be undone: After it the applications write to PostgreSQL, and Oracle does not learn of it. Until the task is stopped nothing is lost by stopping here.",
			"Way back: none by command in this version of Ferryman"}},
		{"the end of a cutover asked", "approval", asked(func(a *runbook.Ask) {
			a.Request.Phase, a.Summary, a.Before = "cutover", raw(phases.CutoverAsked{CutoverPlanned: phases.CutoverPlanned{Sequences: 5}, Ends: true}), 0
		}), []string{"Ends the cutover that has stopped the DMS task: compares every table of both sides, sets 5 sequences", "Sizes: unknown, nothing was validated yet.",
			"How long: unknown as a whole; most of it is the comparing."}},
		{"cutover asked with open keys", "approval", asked(func(a *runbook.Ask) {
			a.Request.Phase, a.Summary = "cutover", raw(phases.CutoverPlanned{Sequences: 5, NotValid: []string{"fk_person", "fk_row"}})
		}), []string{"⚠ 2 foreign keys stay NOT VALID, for Oracle does not enforce them either: `fk_person`, `fk_row`. Your yes is a yes to that."}},
		{"another phase asked", "approval", asked(func(a *runbook.Ask) { a.Request.Phase, a.Summary = "schema", nil }),
			[]string{"80 steps in all, because it drops objects on the target.", "How long: the last time it took 2.1 s."}},
		{"reminder", "reminder", runbook.Ask{Request: request(approvals.Open, standin.Lead)}, []string{
			"⏰ Prepare box-office still needs one more person · plan `9f3c1e7a02b4` · asked by @dba · until 13:00:00",
			"@db-approvers: the request with its buttons is above, in this thread.",
		}},
		{"holding", "holding", runbook.Held{Phase: "cutover", By: standin.DBA, Until: noon.Add(time.Hour), Evidence: gate}, []string{
			"⏸ Cutover of box-office is approved and waits: 1 of 3 hold · read 12:00:00", "✖ no scheduler job: NIGHTLY_SETTLEMENT starts at 22:00",
			"@dba: it begins by itself as soon as all hold, until 13:00:00. Reject… in the request above stops it.",
		}},
		{"held until", "holding", runbook.Held{Phase: "cutover", Names: []string{"no scheduler job"}, WentOn: noon},
			[]string{"▶ Cutover of box-office waited for: no scheduler job. It went on at 12:00:00."}},
		{"going on", "goes_on", runbook.Held{Phase: "cutover", Names: []string{"no scheduler job"}, Since: noon, WentOn: noon.Add(12 * time.Minute)},
			[]string{"▶ Cutover of box-office goes on: all facts of its gate hold again, 12 min after the second yes."}},
		{"void and asked anew", "void", runbook.Ended{Phase: "prepare", Moved: []string{"drop index boxoffice.seat_row_idx was added"}}, []string{
			"⚠ The approval of Prepare is void: what two people would have said yes to is not what would run now. Nothing was run.",
			"• drop index boxoffice.seat_row_idx was added", "The new plan is asked for below.",
		}},
		{"void for a voter", "void", runbook.Ended{Phase: "prepare", Next: "prepare",
			Moved: []string{"<@" + standin.Lead + "> does not count any more (a guest of the workspace)"}}, []string{
			"• @lead does not count any more (a guest of the workspace)", "Then: `/migrate-prepare`", "[Try again]",
		}},
		{"gate", "red", runbook.Ended{Phase: "cutover", Next: "cutover", Evidence: gate}, []string{
			"Cutover of box-office: 1 of 3 hold · read 12:00:00", "✖ no scheduler job: NIGHTLY_SETTLEMENT starts at 22:00 and writes 3 tables",
			"Turn it off: `exec dbms_scheduler.disable('NIGHTLY_SETTLEMENT')`", "ALTER TABLE b;",
			"✔ no application session (0; Ferryman's and DMS's own not counted)",
			"Nothing was run. When they hold: `/migrate-cutover`", "[Try again]",
		}},
		{"failed", "failed", runbook.Ended{Phase: "load", Next: "load", Problem: problem}, []string{
			"❌ The task stopped by itself: `ticket_scan` met a LOB that is too long.", "Nothing was cut, 41 tables are complete.",
			"What to do: Offload the column, or leave the table out, then run /migrate-load again.", "value of column 'SCAN_TEXT' <truncated>",
			"Then: `/migrate-load`", "[Try again]",
		}},
		{"failed without a word", "failed", runbook.Ended{Phase: "load", Next: "load"},
			[]string{"❌ It failed, and nothing more is known.", "What to do: Ferryman's log has the reason."}},
		{"prepared", "complete", ended("prepare", "load", prepared()), []string{
			"Prepared in 6 min 10 s. Set aside: 18 foreign keys, 41 indexes and 1 unique constraint, disabled 12 triggers",
			"5 sequences are ahead by 100,000.",
			"All of it is saved in the target's schema `ferryman`.", "boxoffice.seat_seq: its gap does not fit", "Next: `/migrate-load`",
		}},
		{"setting up", "load.progress", phases.Loading{Doing: "testing the connections"}, []string{"Setting up DMS: testing the connections"}},
		{"loading", "load.progress", loading(), []string{
			"Loading 61 tables, 1 task (running): 38 done, 4 running, 18 waiting, 1 with an error · 412 M of 655 M rows · 61,000 rows/s · ETA 14:35:00 ±6 min",
			"`ticket` 71 % · `seat` 12,345 rows", "read 12:00:00",
		}},
		{"loaded", "complete", ended("load", "rebuild", phases.Loaded{Tables: 61, Rows: 655_000_000, Stop: "STOPPED_AFTER_CACHED_EVENTS"}), []string{
			"Loaded 61 tables, 655 M rows, in 6 min 10 s. The task applied the changes made meanwhile and stopped (STOPPED_AFTER_CACHED_EVENTS), so that indexes and keys can come back before it goes on.",
		}},
		{"rebuilding", "rebuild.progress", phases.Rebuilding{Done: 12, Failed: 1, Total: 60, At: noon, Share: 0.404, Left: 12*time.Minute + 8*time.Second, More: 3,
			Running: []phases.BuildingItem{{Kind: "index", Name: "seat_row_idx", Table: "boxoffice.seat", Doing: "sorting", Percent: 40, Since: noon.Add(-90 * time.Second)},
				{Kind: "foreign key", Name: "fk_a", Table: "boxoffice.ticket", Doing: "checking its rows", Percent: -1, Since: noon},
				{Kind: "table", Table: "boxoffice.event", Doing: "ANALYZE, for the planner", Percent: -1}}}, []string{
			"Rebuilding: 12 of 60 back, 1 could not come back · 40 % of the work · about 12 min left",
			"• index `seat_row_idx` on `boxoffice.seat`: sorting 40 %, since 11:58:30\n• foreign key `fk_a` on `boxoffice.ticket`: checking its rows, since 12:00:00\n• table `boxoffice.event`: ANALYZE, for the planner\nand 3 more",
			"read 12:00:00",
		}},
		{"rebuilding, nothing measured", "rebuild.progress", phases.Rebuilding{Total: 60, At: noon, Left: -1}, []string{"Rebuilding: 0 of 60 back · time left unknown"}},
		{"rebuilding, done", "rebuild.progress", phases.Rebuilding{Done: 60, Total: 60, At: noon, Share: 1}, []string{"Rebuilding: 60 of 60 back\n"}},
		{"rebuilt", "complete", ended("rebuild", "replicate", phases.Rebuilt{Indexes: 41, ForeignKeys: 18, StillAside: 15}), []string{
			"Rebuilt 41 indexes and 18 foreign keys in 6 min 10 s; all 59 are the same as before. 15 objects stay aside until cutover",
		}},
		{"rebuilt with open keys", "complete", ended("rebuild", "replicate", phases.Rebuilt{Indexes: 41, ForeignKeys: 17, Open: []phases.OpenKey{
			{Schema: "boxoffice", Table: "ticket", Name: "fk_person", Parent: "boxoffice.person", Whole: true, State: "DISABLED", Target: phases.LooseRows{Rows: 212,
				First: []string{"ticket_id=88121", "ticket_id=88125"}, Query: "SELECT c.* FROM ticket"}, Source: phases.LooseRows{Rows: 212, First: []string{"TICKET_ID=88121"}, Query: `SELECT c.* FROM "TICKET"`}},
			{Schema: "boxoffice", Table: "seat", Name: "fk_row", Parent: "boxoffice.row", State: "ENABLE NOVALIDATE", Target: phases.LooseRows{Rows: 1}, Source: phases.LooseRows{Rows: -1, Why: "counting took longer than 30s"}},
			{Schema: "boxoffice", Table: "seat", Name: "fk_hall", Parent: "boxoffice.hall", Whole: true, State: "not there", Target: phases.LooseRows{Rows: -1}, Source: phases.LooseRows{}},
			{Schema: "boxoffice", Table: "seat", Name: "fk_more", Parent: "boxoffice.hall", Whole: true, State: "not there"},
		}}), []string{
			"Rebuilt 41 indexes and 17 foreign keys in 6 min 10 s; all 58 are the same as before.",
			"⚠ Foreign key `fk_person` on `boxoffice.ticket` stays NOT VALID: 212 rows have no row in `boxoffice.person` (first: ticket_id=88121; ticket_id=88125). " +
				"On Oracle the key is DISABLED; there 212 rows have none either (first: TICKET_ID=88121).",
			"⚠ Foreign key `fk_row` on `boxoffice.seat` is not there as a whole, for PostgreSQL takes no NOT VALID one on a partitioned table; partitions have theirs: 1 row has no row in `boxoffice.row`. " +
				"On Oracle the key is ENABLE NOVALIDATE, so old rows were never checked; how many rows there have none is unknown: counting took longer than 30s.",
			"some rows have no row in `boxoffice.hall`. Oracle has no such key, but there every row has one: see whether `boxoffice.hall` was loaded whole",
			"And 1 more foreign key; cutover's gate names them.",
			"Replicating goes on; cutover's gate names what stays NOT VALID.", "-- PostgreSQL\nSELECT c.* FROM ticket;\n-- Oracle\nSELECT c.* FROM \"TICKET\";",
		}},
		{"nothing to rebuild", "complete", ended("rebuild", "replicate", phases.Rebuilt{}), []string{"Nothing was aside that rebuild brings back."}},
		{"replicating", "replicate.progress", phases.Replicating{Status: "running", Marker: marker, At: noon, Captured: 1400, Applied: 1399}, []string{
			"Replicating · 1.2 s behind: a row written at 12:00:00 was seen at 12:00:01 · 1,400 changes captured, 1,399 applied",
		}},
		{"lagging", "replicate.progress", phases.Replicating{Status: "running", Marker: phases.Marker{ID: 1, Written: noon}, At: noon,
			Waited: 40 * time.Second}, []string{
			"more than 40 s behind: a row written at 12:00:00 has not arrived",
		}},
		{"caught up", "complete", ended("replicate", "validate", phases.Replicating{Marker: marker}),
			[]string{"The target has caught up, 1.2 s behind", "Next: `/migrate-validate`"}},
		{"validating", "validate.progress", phases.Validating{Done: 3, Total: 61, Rows: 1_204_331, At: noon},
			[]string{"Comparing both sides: 3 of 61 tables done, 1,204,331 rows read on Oracle"}},
		{"validated", "complete", ended("validate", "cutover", phases.Validated{Tables: 61, Equal: 60, Rows: 655_000_000, Moving: []string{"ticket"},
			Suspect: map[string][]string{"ticket": {"88121", "88125"}}, DMS: map[string]int{"Validated": 60, "Pending records": 1}}), []string{
			"60 of 61 tables are equal, by count and checksum of every row: 655 M rows in 6 min 10 s.",
			"1 table was changing while both sides were read, so equality is not proven: `ticket`. Cutover compares again when the source is quiet.",
			"In `ticket` these rows differed every time; they change all the while, or they are different. Look at them by key: `88121`, `88125`.",
			"DMS's own validation: Pending records 1 · Validated 60",
		}},
		{"cutting over", "cutover.progress", phases.Cutting{Step: "stop-task", Object: "box-office"}, []string{"Cutting over: stop-task (box-office)"}},
		{"done", "complete", ended("cutover", "",
			phases.CutoverDone{CutoverPlanned: phases.CutoverPlanned{Sequences: 5, Triggers: 12, NotValid: []string{"fk_person"}}, Target: "tickets", Closed: noon,
				Open: noon.Add(158 * time.Second), Stopping: 140 * time.Second, Marker: marker, Compared: 9}), []string{
			"✅ PostgreSQL is open. Point the applications at `tickets`. Oracle was quiet at 12:00:00, PostgreSQL open at 12:02:38: 2 min 38 s; the DMS task took 2 min 20 s to stop.",
			"Last change proven: marker 7731 written 12:00:00, seen 12:00:01. 9 tables were compared again after the source was quiet, and equal.",
			"Back as before: 12 triggers. 5 sequences are ahead. NOT VALID, as on Oracle: `fk_person`; when their rows are mended, validate them or run `ferryman restore`.",
		}},
	}
}

// manyNames are two hundred names that nobody would like to meet.
func manyNames() []string {
	names := make([]string, 200)
	for i := range names {
		names[i] = fmt.Sprintf("<!channel> `x%d` *b* <@%s> <https://evil.example|click> & \"q\"", i, standin.DBA)
	}
	return names
}
