// SPDX-License-Identifier: Apache-2.0

package aws_test

import (
	"strings"
	"testing"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	dms "github.com/aws/aws-sdk-go-v2/service/databasemigrationservice"
	"github.com/aws/aws-sdk-go-v2/service/databasemigrationservice/types"
	"github.com/stretchr/testify/require"
)

func TestFailTableAndReload(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil).withTables()
	w.seed(10)
	w.aws.FailTable("BOXOFFICE", "VENUE")
	r := w.task(fullLoadAndCDC, lowerCase, `{"FullLoadSettings":{"TargetTablePrepMode":"TRUNCATE_BEFORE_LOAD"},"ControlTablesSettings":{"SuspendedTablesTableEnabled":true}}`)
	tables := []types.TableToReload{{SchemaName: awssdk.String("BOXOFFICE"), TableName: awssdk.String("VENUE")}}
	_, err := w.client.ReloadTables(t.Context(), &dms.ReloadTablesInput{ReplicationTaskArn: &r.arn, TablesToReload: tables})
	var state *types.InvalidResourceStateFault
	require.ErrorAs(t, err, &state)
	r.start(fresh)
	r.eventually(func() bool { return *r.table("VENUE").TableState == "Table error" }, "the error")
	r.eventually(func() bool { return r.describe().ReplicationTaskStats.TablesLoaded == 3 }, "the others")
	require.Equal(t, "running", *r.describe().Status)
	w.aws.MendTable("BOXOFFICE", "VENUE")
	_, err = w.client.ReloadTables(t.Context(), &dms.ReloadTablesInput{ReplicationTaskArn: &r.arn, TablesToReload: tables})
	require.NoError(t, err)
	r.eventually(func() bool { return *r.table("VENUE").TableState == "Table completed" }, "the reload")
	require.EqualValues(t, 5, value[int64](w, "SELECT count(*) FROM boxoffice.venue"))
	require.True(t, *r.table("VENUE").FullLoadReloaded)
	r.eventually(func() bool { return value[int64](w, "SELECT count(*) FROM public.awsdms_suspended_tables") == 0 }, "forgetting")
	_, err = w.client.ReloadTables(t.Context(), &dms.ReloadTablesInput{ReplicationTaskArn: &r.arn, TablesToReload: []types.TableToReload{
		{SchemaName: awssdk.String("BOXOFFICE"), TableName: awssdk.String("NOTHING")}}})
	requireCode(t, err, "InvalidParameterValueException")
	r.stop()
}

func TestSourceLostDuringTheLoad(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil).withTables()
	w.seed(300)
	w.aws.HoldLoad()
	r := w.task(fullLoadAndCDC, lowerCase, runbook)
	r.start(fresh)
	r.eventually(func() bool { return *r.table("TICKET").TableState == "Full load" }, "the load")
	w.oracle.ClosePort()
	w.aws.ReleaseLoad()
	failed := r.await("failed")
	require.Contains(t, *failed.LastFailureMessage, "unsuccessful recovery attempts")
	require.Contains(t, r.log(), "ORA-")
	require.Contains(t, r.log(), "Recovery attempt 1 failed")
	require.NotContains(t, r.log()+*failed.LastFailureMessage, "carrier")

	// the source comes back and the task goes on; what was there already would be a duplicate with DO_NOTHING
	require.NoError(t, w.oracle.OpenPort())
	w.exec("TRUNCATE boxoffice.venue, boxoffice.event, boxoffice.ticket, boxoffice.visit")
	r.start(reload)
	require.Equal(t, "Stop Reason STOPPED_AFTER_CACHED_EVENTS", *r.await("stopped").StopReason)
	require.EqualValues(t, 300, value[int64](w, "SELECT count(*) FROM boxoffice.ticket"))
}

func TestSourceAwayForAMomentDuringReplication(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil).withTables()
	w.seed(5)
	r := w.task(fullLoadAndCDC, lowerCase, `{"Logging":{"EnableLogging":true},"FullLoadSettings":{"TargetTablePrepMode":"DO_NOTHING"},"ErrorBehavior":{"RecoverableErrorCount":1000}}`)
	r.start(fresh)
	r.eventually(func() bool { return r.describe().ReplicationTaskStats.TablesLoaded == 4 }, "the load")
	w.oracle.ClosePort()
	r.eventually(func() bool { return strings.Contains(r.log(), "Recovery attempt 1 failed") }, "the loss")
	require.NoError(t, w.oracle.OpenPort())
	w.logOn()
	w.oracleExec("INSERT INTO VENUE (ID, NAME) VALUES (77, 'Back')")
	r.eventually(func() bool { return value[int64](w, "SELECT count(*) FROM boxoffice.venue WHERE id = 77") == 1 }, "the change")
	require.Equal(t, "running", *r.describe().Status)
	r.stop()
}

func TestKilledTaskMayBeResumed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil).withTables()
	w.seed(5)
	r := w.task(fullLoadAndCDC, lowerCase, `{"FullLoadSettings":{"TargetTablePrepMode":"DO_NOTHING"}}`)
	r.start(fresh)
	r.eventually(func() bool { return r.describe().ReplicationTaskStats.TablesLoaded == 4 }, "the load")
	w.aws.KillTasks()
	require.Contains(t, *r.await("failed").StopReason, "RECOVERABLE_ERROR")
	w.oracleExec("DELETE FROM TICKET WHERE ID = 3")
	r.start(resume)
	r.eventually(func() bool { return value[int64](w, "SELECT count(*) FROM boxoffice.ticket") == 4 }, "the change")
	r.stop()
}
