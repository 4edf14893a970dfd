// SPDX-License-Identifier: Apache-2.0

package aws_test

import (
	"strings"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	dms "github.com/aws/aws-sdk-go-v2/service/databasemigrationservice"
	"github.com/aws/aws-sdk-go-v2/service/databasemigrationservice/types"
	"github.com/stretchr/testify/require"
)

func TestChangesThatTheTargetRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil).withTables()
	w.seed(5)
	r := w.task(fullLoadAndCDC, lowerCase, `{"Logging":{"EnableLogging":true},"FullLoadSettings":{"TargetTablePrepMode":"DO_NOTHING"}}`)
	r.start(fresh)
	r.eventually(func() bool { return r.describe().ReplicationTaskStats.TablesLoaded == 4 }, "the load")
	w.exec("INSERT INTO boxoffice.venue VALUES (50, 'Squatter'); DELETE FROM boxoffice.venue WHERE id = 1")
	tx, err := w.source.Begin()
	require.NoError(t, err)
	for _, sql := range []string{"INSERT INTO VENUE (ID, NAME) VALUES (50, 'Rightful')", "INSERT INTO VENUE (ID, NAME) VALUES (51, 'Other')",
		"UPDATE VENUE SET NAME = 'gone' WHERE ID = 1"} {
		_, err := tx.Exec(sql)
		require.NoError(t, err)
	}
	require.NoError(t, tx.Commit())
	r.eventually(func() bool { return value[int64](w, "SELECT count(*) FROM public.awsdms_apply_exceptions") == 2 }, "the exceptions")
	require.Equal(t, "Squatter", value[string](w, "SELECT name FROM boxoffice.venue WHERE id = 50"))
	require.Equal(t, "Other", value[string](w, "SELECT name FROM boxoffice.venue WHERE id = 51"))
	require.Contains(t, value[string](w, `SELECT "STATEMENT" FROM public.awsdms_apply_exceptions WHERE "ERROR" LIKE '%23505%'`), "Rightful")
	require.Equal(t, "0 rows affected", value[string](w, `SELECT "ERROR" FROM public.awsdms_apply_exceptions WHERE "STATEMENT" LIKE 'UPDATE%'`))
	// What was applied is counted once it is committed.
	r.eventually(func() bool { return *r.table("VENUE").AppliedInserts > 0 }, "the counting")
	venue := r.table("VENUE")
	require.Equal(t, [2]int64{2, 1}, [2]int64{venue.Inserts, *venue.AppliedInserts})
	r.stop()
}

func TestValidation(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil).withTables()
	w.seed(40)
	r := w.task(fullLoadAndCDC, lowerCase, `{"FullLoadSettings":{"TargetTablePrepMode":"DO_NOTHING"},"ValidationSettings":{"EnableValidation":true}}`)
	r.start(fresh)
	for _, name := range []string{"VENUE", "EVENT", "TICKET"} {
		r.eventually(func() bool { return *r.table(name).ValidationState == "Validated" }, "validation of "+name)
	}
	require.Equal(t, "No primary key", *r.table("VISIT").ValidationState)
	w.exec("UPDATE boxoffice.ticket SET price = 1 WHERE id = 7")
	w.oracleExec("UPDATE TICKET SET PRICE = 2 WHERE ID = 8") // a change makes the table be looked at again
	r.eventually(func() bool { return *r.table("TICKET").ValidationState == "Mismatched records" }, "the mismatch")
	require.EqualValues(t, 1, r.table("TICKET").ValidationFailedRecords)
	require.Equal(t, "7 RECORD_DIFF", value[string](w, `SELECT "KEY" || ' ' || "FAILURE_TYPE" FROM public.awsdms_validation_failures_v1`))
	r.stop()
}

func TestStopPositions(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil).withTables()
	w.seed(1)
	r := w.task(types.MigrationTypeValueCdc, lowerCase, `{}`)
	_, err := w.client.StartReplicationTask(t.Context(), &dms.StartReplicationTaskInput{ReplicationTaskArn: &r.arn, StartReplicationTaskType: fresh,
		CdcStopPosition: awssdk.String("server_time:" + time.Now().UTC().Add(-time.Minute).Format("2006-01-02T15:04:05"))})
	require.NoError(t, err)
	require.Equal(t, "Stop Reason STOPPED_AT_SERVER_TIME", *r.await("stopped").StopReason)
}

func TestWhatTheLoadSawIsToleratedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil).withTables()
	w.seed(5)
	w.exec("INSERT INTO boxoffice.ticket (id, event_id, price) VALUES (100, 1, 1)") // as if the load had seen a row of a cached change
	w.aws.HoldLoad()
	r := w.task(fullLoadAndCDC, lowerCase, runbook)
	r.start(fresh)
	r.eventually(func() bool {
		log := r.log()
		return strings.Contains(log, "Unload of table 'BOXOFFICE'.'TICKET' has begun") && strings.Contains(log, "Unload of table 'BOXOFFICE'.'VISIT' has begun")
	}, "reading")
	tx, err := w.source.Begin()
	require.NoError(t, err)
	for _, sql := range []string{"INSERT INTO VISIT (AT, NOTE) VALUES (NULL, 'twice')", "INSERT INTO TICKET (ID, EVENT_ID, PRICE) VALUES (100, 1, 44)",
		"DELETE FROM TICKET WHERE ID = 2", "UPDATE TICKET SET PRICE = 3 WHERE ID = 1"} {
		_, err := tx.Exec(sql)
		require.NoError(t, err)
	}
	require.NoError(t, tx.Commit())
	w.aws.ReleaseLoad()
	require.Equal(t, "Stop Reason STOPPED_AFTER_CACHED_EVENTS", *r.await("stopped").StopReason)
	require.Equal(t, "5 44.00 3.00", value[string](w, `SELECT count(*) || ' ' || max(price) FILTER (WHERE id = 100) || ' ' || max(price) FILTER (WHERE id = 1)
		FROM boxoffice.ticket`))
	require.EqualValues(t, 2, value[int64](w, "SELECT count(*) FROM boxoffice.visit"))
	require.EqualValues(t, 0, value[int64](w, "SELECT count(*) FROM public.awsdms_apply_exceptions"))
	ticket := r.table("TICKET")
	require.Equal(t, [3]int64{1, 1, 1}, [3]int64{*ticket.AppliedInserts, *ticket.AppliedUpdates, *ticket.AppliedDeletes})
}

func TestTransactionsArriveWhole(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil).withTables()
	w.seed(2)
	w.exec(`CREATE TABLE boxoffice.seen (tx xid8, id bigint);
		CREATE FUNCTION boxoffice.see() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN INSERT INTO boxoffice.seen VALUES (pg_current_xact_id(), NEW.id); RETURN NEW; END $$;
		CREATE TRIGGER see AFTER INSERT ON boxoffice.venue FOR EACH ROW EXECUTE FUNCTION boxoffice.see()`)
	r := w.task(fullLoadAndCDC, lowerCase, `{"FullLoadSettings":{"TargetTablePrepMode":"DO_NOTHING"}}`)
	r.start(fresh)
	r.eventually(func() bool { return r.describe().ReplicationTaskStats.TablesLoaded == 4 }, "the load")
	early, err := w.source.Begin()
	require.NoError(t, err)
	_, err = early.Exec("INSERT INTO VENUE (ID, NAME) VALUES (100, 'begun first, committed last')")
	require.NoError(t, err)
	for i := range 5 {
		tx, err := w.source.Begin()
		require.NoError(t, err)
		for j := range 3 {
			_, err = tx.Exec("INSERT INTO VENUE (ID, NAME) VALUES (:1, 'x')", 10+i*3+j)
			require.NoError(t, err)
		}
		require.NoError(t, tx.Commit())
	}
	r.eventually(func() bool { return value[int64](w, "SELECT count(*) FROM boxoffice.venue WHERE id >= 10") == 15 }, "the committed")
	require.NoError(t, early.Commit())
	r.eventually(func() bool { return value[int64](w, "SELECT count(*) FROM boxoffice.venue WHERE id = 100") == 1 }, "the late one")
	require.Equal(t, "10,11,12 13,14,15 16,17,18 19,20,21 22,23,24 100", value[string](w, `SELECT string_agg(ids, ' ' ORDER BY tx) FROM
		(SELECT tx, string_agg(id::text, ',' ORDER BY id) AS ids FROM boxoffice.seen WHERE id >= 10 GROUP BY tx) t`))
	r.stop()
}

func TestLOBsOfChangesNeedNullableColumns(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil).withTables()
	w.seed(1)
	r := w.task(fullLoadAndCDC, lowerCase, `{"FullLoadSettings":{"TargetTablePrepMode":"DO_NOTHING"}}`)
	r.start(fresh)
	r.eventually(func() bool { return r.describe().ReplicationTaskStats.TablesLoaded == 4 }, "the load")
	w.exec("ALTER TABLE boxoffice.event ALTER notes SET NOT NULL")
	w.oracleExec("INSERT INTO EVENT (ID, VENUE_ID, NOTES) VALUES (70, 1, 'never empty on the source')")
	r.eventually(func() bool { return value[int64](w, "SELECT count(*) FROM public.awsdms_apply_exceptions") == 1 }, "the exception")
	require.Contains(t, value[string](w, `SELECT "ERROR" FROM public.awsdms_apply_exceptions`), "SqlState: 23502")
	r.stop()
}

func TestTruncateOnTheSource(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil).withTables()
	w.seed(5)
	r := w.task(fullLoadAndCDC, lowerCase, `{"FullLoadSettings":{"TargetTablePrepMode":"DO_NOTHING"}}`)
	r.start(fresh)
	r.eventually(func() bool { return r.describe().ReplicationTaskStats.TablesLoaded == 4 }, "the load")
	w.oracleExec("TRUNCATE TABLE VISIT")
	r.eventually(func() bool { return *r.table("VISIT").AppliedDdls == 1 }, "the truncation")
	require.EqualValues(t, 0, value[int64](w, "SELECT count(*) FROM boxoffice.visit"))
	r.stop()
}
