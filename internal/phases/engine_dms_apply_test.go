// SPDX-License-Identifier: Apache-2.0

package phases_test

import (
	"archive/zip"
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/ferryman/ferryman/internal/assess"
	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/phases"
	"github.com/ferryman/ferryman/store"
	"github.com/stretchr/testify/require"
)

// What AWS wrote is tried and applied, not what Ferryman would have made; what it lacks, what PostgreSQL refuses and what does not belong
// there is named, and nothing of it is done.
func TestWhatAWSWroteIsApplied(t *testing.T) {
	w := newWorld(t, byAWS)
	w.withScripts()
	owner := w.one("SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()")
	w.onTarget("CREATE TABLE public.payroll (salary int); ALTER TABLE public.payroll OWNER TO " + owner)
	w.aws.EditScripts(func(sql string) string {
		return w.without(sql, `ADD CONSTRAINT "venue_pk"`, `CREATE OR REPLACE VIEW "boxoffice"."upcoming_performance"`, `COMMENT ON VIEW "boxoffice"."upcoming_performance"`, `ADD CONSTRAINT "performance_venue_fk"`, `ADD CONSTRAINT "seat_venue_fk"`) + `
INSERT INTO boxoffice.venue (venue_id) VALUES (1);
ALTER TABLE IF EXISTS public.payroll ADD stolen int;
CREATE FUNCTION boxoffice.fn_age(p_customer NUMERIC) RETURNS NUMERIC AS $BODY$ BEGIN RETURN 1; END; $BODY$ LANGUAGE plpgsql SECURITY DEFINER;
CREATE OR REPLACE PROCEDURE boxoffice.cancel_performance(p_id NUMERIC) AS $BODY$ BEGIN NULL; /* [5340 - Severity CRITICAL - no such function] */ END; $BODY$ LANGUAGE plpgsql;
ALTER TABLE boxoffice.refund ADD CONSTRAINT no_such_column CHECK (nowhere > 0);
ALTER TABLE boxoffice.seat OWNER TO ` + owner + `;
`
	})
	w.engine("one")
	w.through("assess")
	m, err := w.store.Load(t.Context(), "box")
	require.NoError(t, err)
	sum, r := w.assessedAs(m, "assessed_last_dms")
	require.Equal(t, 2, sum.Refused, "the function and the check")
	item := func(object, code, subject string) string {
		t.Helper()
		for _, a := range r.Actions {
			if a.Object.Type+" "+a.Object.Name == object && a.Code == code && strings.Contains(a.Subject, subject) {
				return a.Reason
			}
		}
		require.Fail(t, "no item", "%s %s %s in %+v", object, code, subject, r.Actions)
		return ""
	}
	outcome := func(kind, name string) convert.ObjectOutcome {
		t.Helper()
		for _, o := range r.Objects {
			if o.Type == kind && o.Name == name {
				return o
			}
		}
		require.Fail(t, "no object", name)
		return convert.ObjectOutcome{}
	}
	require.Contains(t, item("TABLE VENUE", convert.CodeLacks, "venue_pk"), "without venue_pk PRIMARY KEY (venue_id)")
	require.Contains(t, item("TABLE SEAT", convert.CodeLacks, "seat_venue_fk"), "FOREIGN KEY (venue_id)")
	require.Equal(t, convert.Action, outcome("TABLE", "VENUE").Outcome)
	require.Equal(t, convert.Converted, outcome("TABLE", "TICKET").Outcome)
	require.Contains(t, item("VIEW UPCOMING_PERFORMANCE", convert.CodeNoScript, ""), "neither a script nor an action item")
	require.Equal(t, convert.Action, outcome("VIEW", "UPCOMING_PERFORMANCE").Outcome)
	require.Contains(t, item("FUNCTION FN_AGE", convert.RefusedCode, ""), "SECURITY DEFINER")
	require.Contains(t, item("TABLE REFUND", convert.RefusedCode, "no_such_column"), `column "nowhere" does not exist`)
	require.Contains(t, item("PROCEDURE CANCEL_PERFORMANCE", convert.CodeNotRun, ""), "left parts of it as comments")
	require.Contains(t, item("SCHEMA BOXOFFICE", convert.CodeNotRun, "INSERT INTO"), "makes no object of the source")
	require.Contains(t, item("SCHEMA BOXOFFICE", convert.CodeNotRun, "public.payroll"), "schema public is none of this migration")
	require.Contains(t, item("SCHEMA BOXOFFICE", convert.CodeNotRun, "OWNER TO"), "belongs to its role")
	require.Contains(t, item("SCHEMA BOXOFFICE", convert.NoteNotRun, "DROP"), "3 statements")

	w.command("schema")
	require.Equal(t, store.Complete, w.settles("schema").Phase("schema").Status, "it makes only what is not there: %s", w.told())
	require.Equal(t, "9", w.one("SELECT numeric_precision FROM information_schema.columns WHERE table_schema = 'boxoffice' AND table_name = 'venue' AND column_name = 'venue_id'"), "AWS's type")
	require.Equal(t, "1", w.one("SELECT count(*) FROM pg_proc WHERE proname = 'customer_id_trg$customer' AND NOT prosecdef"))
	require.Equal(t, "0", w.one("SELECT count(*) FROM pg_proc WHERE proname IN ('fn_age', 'cancel_performance')"))
	require.Equal(t, "0", w.one("SELECT count(*) FROM boxoffice.venue"))
	require.Equal(t, "0", w.one("SELECT count(*) FROM information_schema.columns WHERE column_name = 'stolen'"))
	require.Equal(t, "true", w.one("SELECT count(*) > 30 FROM ferryman.made WHERE schema_name = 'boxoffice'"))
	require.Zero(t, w.aws.Effects("StartMetadataModelExportToTarget"), "Ferryman applies it")
	p := w.planned()
	require.Equal(t, assess.DMS, p.Engine)
	require.Len(t, p.Refused, 2)
	m, err = w.store.Load(t.Context(), "box")
	require.NoError(t, err)
	plan, err := w.store.Plan(t.Context(), "box", m.Phase("schema").Fingerprint)
	require.NoError(t, err)
	require.Contains(t, string(plan), "Converted by AWS DMS Schema Conversion: s3://conversion/box/")

	// A person's script takes the place of what AWS has not, and the next run says so.
	require.Empty(t, w.gives("upcoming_performance.sql", "CREATE VIEW boxoffice.upcoming_performance AS SELECT performance_id FROM boxoffice.performance").Refused)
	require.Contains(t, w.gives("fn_age.sql", "CREATE TABLE boxoffice.other (a int)").Refused, "it is for function boxoffice.fn_age")
	m = w.ends("assess", store.Complete)
	sum, r = w.assessedAs(m, "assessed_last_dms")
	require.Equal(t, 1, sum.Delta.Resolved)
	require.Equal(t, map[string]int{"U0DBA": 1}, sum.Delta.By)
	require.Equal(t, convert.Converted, outcome("VIEW", "UPCOMING_PERFORMANCE").Outcome)
	w.command("schema")
	require.Equal(t, store.Waiting, w.settles("schema").Phase("schema").Status, "a person's script takes two people: %s", w.told())
	require.Equal(t, map[convert.Kind]int{"script": 1}, w.planned().Make, "the rest is there and the same")
	w.approve("schema")
	w.settlesAs("schema", store.Complete)
	require.Equal(t, "1", w.one("SELECT count(*) FROM information_schema.columns WHERE table_schema = 'boxoffice' AND table_name = 'upcoming_performance'"))

	// AWS writes something else the next time: what Ferryman made of the first is made anew, by two people.
	w.aws.EditScripts(func(sql string) string {
		return strings.Replace(sql, `"capacity" NUMERIC(9,0)`, `"capacity" BIGINT`, 1)
	})
	w.through("assess")
	w.command("schema")
	require.Equal(t, store.Waiting, w.settles("schema").Phase("schema").Status, w.told())
	w.approve("schema")
	w.settlesAs("schema", store.Complete)
	require.Equal(t, "bigint", w.one("SELECT data_type FROM information_schema.columns WHERE table_schema = 'boxoffice' AND table_name = 'venue' AND column_name = 'capacity'"))
	require.Equal(t, "14", w.one("SELECT count(*) FROM pg_constraint WHERE connamespace = 'boxoffice'::regnamespace AND contype = 'f'"), "now it is whole")
}

// without takes the statements out that hold one of the texts, each of which must be there.
func (w *world) without(sql string, texts ...string) string {
	for _, text := range texts {
		i := strings.Index(sql, text)
		if i < 0 {
			w.Errorf("%s is not in what the stand-in wrote", text)
			return sql
		}
		from := strings.LastIndex(sql[:i], ";\n") + 2
		end := i + strings.Index(sql[i:], ";\n") + 2
		sql = sql[:from] + sql[end:]
	}
	return sql
}

// What people decided is in what AWS is asked for, and in what is made of its script.
func TestAWSIsNotAskedForWhatIsLeftOut(t *testing.T) {
	w := newWorld(t, byAWS)
	w.withScratch()
	w.engine("one")
	w.decides(func(d *convert.Decisions) {
		d.LeaveOut = []convert.Omission{
			{Object: convert.Object{Owner: "BOXOFFICE", Type: "TABLE", Name: "PRICE_HISTORY"}, Decided: convert.Decided{By: "U0DBA", Why: "old"}},
			{Object: convert.Object{Owner: "BOXOFFICE", Type: "INDEX", Name: "SEAT_CATEGORY_IX"}, Decided: convert.Decided{By: "U0DBA", Why: "not needed"}},
		}
		d.Offload = []convert.Offload{{Owner: "BOXOFFICE", Table: "TICKET_SCAN", Column: "SCAN_IMAGE", Decided: convert.Decided{By: "U0DBA", Why: "it is large"}}}
	})
	m := w.ends("assess", store.Complete)
	_, r := w.assessedAs(m, "assessed_last_dms")
	for _, o := range r.Objects {
		if o.Name == "PRICE_HISTORY" || o.Name == "SEAT_CATEGORY_IX" {
			require.Equal(t, convert.LeftOut, o.Outcome, o.Name)
		}
	}
	script, err := w.store.File(t.Context(), "box", "aws-scripts.zip")
	require.NoError(t, err)
	raw := unzipped(t, script)
	require.NotContains(t, raw, `CREATE TABLE "boxoffice"."price_history"`, "AWS was not asked for it")
	require.Contains(t, raw, "seat_category_ix", "an index is not selected by itself: Ferryman leaves it out")
	require.Empty(t, w.planned().Make)
	w.through("schema")
	require.Equal(t, "0", w.one("SELECT count(*) FROM pg_class WHERE relname IN ('price_history', 'seat_category_ix')"))
	require.Equal(t, "text", w.one("SELECT data_type FROM information_schema.columns WHERE table_schema = 'boxoffice' AND table_name = 'ticket_scan' AND column_name = 'scan_image'"))
	require.Equal(t, "0", w.one("SELECT count(*) FROM ferryman.made WHERE id LIKE '%price_history%'"))
}

// Where nobody may make a role without rights, what AWS wrote is neither counted as converted nor planned.
func TestWhatWasNotTriedIsNotApplied(t *testing.T) {
	w := newWorld(t, byAWS)
	w.engine("one")
	m := w.ends("assess", store.Complete)
	sum, _ := w.assessedAs(m, "assessed_last_dms")
	require.False(t, sum.Scratch)
	require.Zero(t, sum.Totals.Converted)
	require.Positive(t, sum.Totals.NotTried)
	w.ends("schema", store.Failed)
	require.Contains(t, w.told(), "What AWS wrote can't be tried")
	require.Equal(t, "0", w.one("SELECT count(*) FROM pg_namespace WHERE nspname = 'boxoffice'"))
}

// A folder of S3 is read as a folder of scripts, with the migration's AWS role.
func TestScriptsAreTakenFromAFolderOfS3(t *testing.T) {
	w := newWorld(t, byAWS)
	w.withScripts()
	m, err := w.store.Load(t.Context(), "box")
	require.NoError(t, err)
	_, err = w.crew.ScriptsAt(t.Context(), m, "s3://conversion/mended")
	require.ErrorContains(t, err, "no .sql file is below s3://conversion/mended")
	for name, sql := range map[string]string{"mended/fn_age.sql": ageScript, "mended/deep/nothing.sql": "CREATE TABLE x (a int)", "mended/read.me": "no"} {
		require.NoError(t, w.aws.PutObject("conversion", name, []byte(sql)))
	}
	list, err := w.crew.ScriptsAt(t.Context(), m, " s3://conversion/mended/ ")
	require.NoError(t, err)
	require.Equal(t, []phases.GivenScript{{Name: "deep/nothing.sql", SQL: "CREATE TABLE x (a int)"}, {Name: "fn_age.sql", SQL: ageScript}}, list)
	require.NoError(t, w.aws.PutObject("conversion", "big/x.sql", make([]byte, phases.MaxScript+1)))
	_, err = w.crew.ScriptsAt(t.Context(), m, "s3://conversion/big")
	require.ErrorContains(t, err, "larger than 256 kB")
	_, err = w.crew.ScriptsAt(t.Context(), m, "s3://nobodys/mended")
	require.ErrorContains(t, err, "nobodys")

	w.engine("one")
	m = w.ends("assess", store.Complete)
	tried, err := w.crew.TakeScripts(t.Context(), m, list)
	require.NoError(t, err)
	require.Contains(t, tried[0].Refused, "there is no object NOTHING on Oracle")
	require.Empty(t, tried[1].Refused, "it is tried on what AWS made")
}

// unzipped is the text of the files of an archive.
func unzipped(t *testing.T, content []byte) string {
	t.Helper()
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	require.NoError(t, err)
	var b strings.Builder
	for _, f := range archive.File {
		r, err := f.Open()
		require.NoError(t, err)
		text, err := io.ReadAll(r)
		require.NoError(t, err)
		b.Write(text)
	}
	return b.String()
}
