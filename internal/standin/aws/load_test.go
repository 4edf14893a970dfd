// SPDX-License-Identifier: Apache-2.0

package aws_test

import (
	"testing"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/databasemigrationservice/types"
	"github.com/ferryman/ferryman/internal/standin/aws"
	"github.com/stretchr/testify/require"
)

const (
	fullLoad       = types.MigrationTypeValueFullLoad
	fullLoadAndCDC = types.MigrationTypeValueFullLoadAndCdc
	fresh          = types.StartReplicationTaskTypeValueStartReplication
	resume         = types.StartReplicationTaskTypeValueResumeProcessing
	reload         = types.StartReplicationTaskTypeValueReloadTarget
)

func TestFullLoadThenChangesThenReplication(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil).withTables()
	w.seed(300)
	w.aws.HoldLoad()
	r := w.task(fullLoadAndCDC, lowerCase, runbook)
	r.start(fresh)
	r.eventually(func() bool { return *r.table("TICKET").TableState == "Full load" }, "the load")
	require.Less(t, r.describe().ReplicationTaskStats.FullLoadProgressPercent, int32(100))

	// changes while the load is held: a new row, a changed one, a deleted one, a LOB, and rows of the table without a key
	w.oracleExec("INSERT INTO TICKET (ID, EVENT_ID, PRICE, CODE) VALUES (1001, 1, 7, 'NEW')")
	w.oracleExec("UPDATE TICKET SET PRICE = 99.95, CODE = NULL WHERE ID = 10")
	w.oracleExec("DELETE FROM TICKET WHERE ID = 11")
	w.oracleExec("UPDATE EVENT SET NOTES = 'changed', STARTS = NULL WHERE ID = 2")
	w.oracleExec("INSERT INTO VISIT (AT, NOTE) VALUES (NULL, 'second')")
	r.eventually(func() bool { ticket := r.table("TICKET"); return ticket.Inserts == 1 && ticket.Deletes == 1 }, "capturing")
	w.aws.ReleaseLoad()

	stopped := r.await("stopped", "failed")
	require.Equal(t, "Stop Reason STOPPED_AFTER_CACHED_EVENTS", awssdk.ToString(stopped.StopReason), r.log())
	require.EqualValues(t, 100, stopped.ReplicationTaskStats.FullLoadProgressPercent)
	require.EqualValues(t, 4, stopped.ReplicationTaskStats.TablesLoaded)
	require.EqualValues(t, 0, stopped.ReplicationTaskStats.TablesErrored)
	require.NotEmpty(t, awssdk.ToString(stopped.RecoveryCheckpoint))
	ticket := r.table("TICKET")
	require.Equal(t, "Table completed", *ticket.TableState)
	require.Equal(t, [3]int64{1, 1, 1}, [3]int64{ticket.Inserts, ticket.Updates, ticket.Deletes})
	require.Equal(t, [3]int64{1, 1, 1}, [3]int64{*ticket.AppliedInserts, *ticket.AppliedUpdates, *ticket.AppliedDeletes})

	require.EqualValues(t, 300, value[int64](w, "SELECT count(*) FROM boxoffice.ticket"))
	require.Equal(t, "99.95 true", value[string](w, "SELECT price || ' ' || (code IS NULL) FROM boxoffice.ticket WHERE id = 10"))
	require.Equal(t, "changed", value[string](w, "SELECT notes FROM boxoffice.event WHERE id = 2 AND starts IS NULL"))
	require.Equal(t, `It's "on" \ 3|2026-05-03 19:30:00|000103`,
		value[string](w, `SELECT title || '|' || starts || '|' || encode(poster, 'hex') FROM boxoffice.event WHERE id = 3`))
	require.Equal(t, "notes of 3\nsecond line", value[string](w, "SELECT notes FROM boxoffice.event WHERE id = 3"))
	require.Equal(t, "Hall 1\tEast", value[string](w, "SELECT name FROM boxoffice.venue WHERE id = 1"))
	require.EqualValues(t, 2, value[int64](w, "SELECT count(*) FROM boxoffice.visit"))
	require.Equal(t, "NOT RUNNING", value[string](w, "SELECT task_status FROM public.awsdms_status"))

	// what happens between stop and resume is not lost
	w.oracleExec("INSERT INTO VENUE (ID, NAME) VALUES (6, 'Open air')")
	r.start(resume)
	r.await("running")
	w.oracleExec("DELETE FROM VISIT WHERE NOTE = 'first'")
	w.oracleExec("INSERT INTO EVENT (ID, VENUE_ID, TITLE, NOTES) VALUES (6, 6, 'Late', 'a note')")
	r.eventually(func() bool {
		return value[int64](w, "SELECT count(*) FROM boxoffice.event WHERE notes = 'a note'") == 1
	}, "replication")
	require.EqualValues(t, 1, value[int64](w, "SELECT count(*) FROM boxoffice.visit"))
	require.EqualValues(t, 6, value[int64](w, "SELECT count(*) FROM boxoffice.venue"))
	require.Equal(t, "Stop Reason NORMAL", *r.stop().StopReason)
	require.EqualValues(t, 0, value[int64](w, "SELECT count(*) FROM public.awsdms_apply_exceptions"))
	require.Regexp(t, `(?m)^\d{8}: \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d \[TASK_MANAGER    \]I:  .+  \(replicationtask\.c:\d+\)$`, r.log())
}

func TestForeignKeyLeftInPlaceFailsTheTable(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil).withTables()
	w.seed(20)
	w.exec("ALTER TABLE boxoffice.ticket ADD CONSTRAINT ticket_event_fk FOREIGN KEY (event_id) REFERENCES boxoffice.event")
	r := w.task(fullLoadAndCDC, lowerCase, runbook)
	r.start(fresh)
	stopped := r.await("stopped", "failed")
	require.Equal(t, "Stop Reason STOPPED_AFTER_CACHED_EVENTS", *stopped.StopReason)
	require.EqualValues(t, 1, stopped.ReplicationTaskStats.TablesErrored)
	require.EqualValues(t, 3, stopped.ReplicationTaskStats.TablesLoaded)
	require.Equal(t, "Table error", *r.table("TICKET").TableState)
	require.Regexp(t, `\[TARGET_LOAD     \]E:  RetCode: SQL_ERROR  SqlState: 23503 NativeError: 1 Message: ERROR: insert or update on table "ticket" `+
		`violates foreign key constraint "ticket_event_fk"`, r.log())
	require.EqualValues(t, 0, value[int64](w, "SELECT count(*) FROM boxoffice.ticket"))
	require.Equal(t, "TICKET", value[string](w, "SELECT table_name FROM public.awsdms_suspended_tables"))

	// without the key the table comes over when the task is resumed
	w.exec("ALTER TABLE boxoffice.ticket DROP CONSTRAINT ticket_event_fk")
	r.start(resume)
	r.await("stopped")
	require.Equal(t, "Table completed", *r.table("TICKET").TableState)
	require.EqualValues(t, 20, value[int64](w, "SELECT count(*) FROM boxoffice.ticket"))
}

func TestTableErrorPolicyMayStopTheTask(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil).withTables()
	w.seed(5)
	w.exec("ALTER TABLE boxoffice.ticket ADD CONSTRAINT ticket_event_fk FOREIGN KEY (event_id) REFERENCES boxoffice.event")
	r := w.task(fullLoad, lowerCase, `{"FullLoadSettings":{"TargetTablePrepMode":"DO_NOTHING"},"ErrorBehavior":{"TableErrorPolicy":"STOP_TASK"}}`)
	r.start(fresh)
	failed := r.await("failed")
	require.Contains(t, *failed.LastFailureMessage, "violates foreign key constraint")
	require.Contains(t, *failed.LastFailureMessage, "Stop Reason FATAL_ERROR Error Level FATAL")
}

func TestTriggersOnTheTargetFire(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil).withTables()
	w.seed(5)
	w.exec(`CREATE FUNCTION boxoffice.shout() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.name := upper(NEW.name); RETURN NEW; END $$;
		CREATE TRIGGER shout BEFORE INSERT ON boxoffice.venue FOR EACH ROW EXECUTE FUNCTION boxoffice.shout()`)
	r := w.task(fullLoad, lowerCase, `{"FullLoadSettings":{"TargetTablePrepMode":"DO_NOTHING"}}`)
	r.start(fresh)
	require.Equal(t, "Stop Reason FULL_LOAD_ONLY_FINISHED", *r.await("stopped").StopReason)
	require.Equal(t, "HALL 1\tEAST", value[string](w, "SELECT name FROM boxoffice.venue WHERE id = 1"))
}

func TestTargetTablesAreMadeWithDMSTypes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.seed(5)
	w.exec("GRANT CREATE ON SCHEMA boxoffice TO " + w.role)
	r := w.task(fullLoad, lowerCase, `{"FullLoadSettings":{"TargetTablePrepMode":"DROP_AND_CREATE"}}`)
	r.start(fresh)
	r.await("stopped")
	require.Equal(t, "id bigint,venue_id bigint,title character varying,starts timestamp without time zone,notes text,poster bytea",
		value[string](w, `SELECT string_agg(column_name || ' ' || data_type, ',' ORDER BY ordinal_position) FROM information_schema.columns
			WHERE table_schema = 'boxoffice' AND table_name = 'event'`))
	require.EqualValues(t, 5, value[int64](w, "SELECT count(*) FROM boxoffice.ticket"))
	require.EqualValues(t, 0, value[int64](w, "SELECT count(*) FROM pg_class WHERE relname LIKE 'awsdms%'")) // none in a full load only

	// again, over what is there
	r.start(reload)
	r.await("stopped")
	require.EqualValues(t, 5, value[int64](w, "SELECT count(*) FROM boxoffice.ticket"))
}

func TestTruncateBeforeLoadAndFilters(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil).withTables()
	w.seed(50)
	w.exec("INSERT INTO boxoffice.ticket (id, event_id) VALUES (1, 1), (5000, 1)")
	mapping := `{"rules":[{"rule-type":"selection","rule-id":"9","rule-name":"9","object-locator":{"schema-name":"BOXOFFICE","table-name":"TICKET"},
		"rule-action":"explicit","filters":[{"filter-type":"source","column-name":"ID","filter-conditions":[{"filter-operator":"between","start-value":"11","end-value":"20"}]}]},` +
		lowerCase[len(`{"rules":[`)+len(`
{"rule-type":"selection","rule-id":"1","rule-name":"1","object-locator":{"schema-name":"BOXOFFICE","table-name":"%"},"rule-action":"include"},`):]
	r := w.task(fullLoadAndCDC, mapping, `{"FullLoadSettings":{"TargetTablePrepMode":"TRUNCATE_BEFORE_LOAD"}}`)
	r.start(fresh)
	r.eventually(func() bool { return *r.table("TICKET").TableState == "Table completed" }, "the load")
	require.Equal(t, "10 11 20", value[string](w, "SELECT count(*) || ' ' || min(id) || ' ' || max(id) FROM boxoffice.ticket"))
	w.oracleExec("UPDATE TICKET SET PRICE = 1 WHERE ID IN (1, 15)")
	r.eventually(func() bool { return value[int64](w, "SELECT count(*) FROM boxoffice.ticket WHERE price = 1") == 1 }, "the change")
	require.EqualValues(t, 1, r.table("TICKET").Updates)
	r.stop()
}

func TestNoTables(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	r := w.task(fullLoad, `{"rules":[{"rule-type":"selection","rule-id":"1","rule-name":"1","object-locator":{"schema-name":"NOBODY","table-name":"%"},"rule-action":"include"}]}`, `{}`)
	r.start(fresh)
	failed := r.await("failed")
	require.Contains(t, *failed.LastFailureMessage, "Last Error  No tables were found at task initialization.")
	require.Equal(t, *failed.LastFailureMessage, *failed.StopReason)
}

func TestSlowLoadShowsItsProgress(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *aws.Options) { o.LoadRowsPerSecond = 8 }).withTables() // it would take many seconds: it is stopped well before its end
	w.seed(150)
	r := w.task(fullLoad, lowerCase, `{"FullLoadSettings":{"TargetTablePrepMode":"DO_NOTHING"}}`)
	r.start(fresh)
	r.eventually(func() bool { rows := r.table("TICKET").FullLoadRows; return rows > 0 && rows < 150 }, "a part")
	require.Equal(t, "Stop Reason NORMAL", *r.stop().StopReason)
	require.Equal(t, "Table cancelled", *r.table("TICKET").TableState)
}

// Sub-tasks that make the schema at the same time: CREATE SCHEMA IF NOT EXISTS fails where another one's is committed while it waits.
func TestASchemaThatAnotherOneMakesMeanwhile(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.seed(5)
	w.exec("DROP SCHEMA boxoffice")
	w.exec("BEGIN; CREATE SCHEMA boxoffice AUTHORIZATION " + w.role)
	r := w.task(fullLoad, lowerCase, `{"Logging":{"EnableLogging":true},"FullLoadSettings":{"TargetTablePrepMode":"DROP_AND_CREATE"}}`)
	r.start(fresh)
	r.eventually(func() bool {
		w.exec("SELECT pg_stat_clear_snapshot()")
		return value[bool](w, "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE query LIKE 'CREATE SCHEMA%' AND wait_event_type = 'Lock' AND datname = current_database())")
	}, "a second CREATE SCHEMA")
	w.exec("COMMIT")
	r.await("stopped")
	for _, name := range []string{"VENUE", "EVENT", "TICKET", "VISIT"} {
		require.Equal(t, "Table completed", *r.table(name).TableState, r.log())
	}
}
