// SPDX-License-Identifier: Apache-2.0

package aws_test

import (
	"strings"
	"testing"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	dms "github.com/aws/aws-sdk-go-v2/service/databasemigrationservice"
	"github.com/aws/aws-sdk-go-v2/service/databasemigrationservice/types"
	"github.com/stretchr/testify/require"

	"github.com/ferryman/ferryman/internal/standin/oracle"
)

func TestTableWithoutSupplementalLogging(t *testing.T) {
	t.Parallel()
	w := newWorldOn(t, nil, func(o *oracle.Options) {
		o.SupplementalLogPK = false
		for i := range o.Users {
			o.Users[i].Privileges = append(o.Users[i].Privileges, "ALTER ANY TABLE")
		}
	})
	for _, ddl := range sourceTables {
		w.oracleExec(ddl)
	}
	w.oracleExec("ALTER TABLE VENUE ADD SUPPLEMENTAL LOG DATA (PRIMARY KEY) COLUMNS")
	w.withTables().seed(2)
	r := w.task(fullLoadAndCDC, lowerCase, runbook)
	r.start(fresh)
	require.EqualValues(t, 3, r.await("stopped").ReplicationTaskStats.TablesErrored)
	require.Equal(t, "Table completed", *r.table("VENUE").TableState)
	require.Contains(t, r.log(), "supplemental logging is not defined for table 'BOXOFFICE'.'TICKET'")

	_, err := w.client.ModifyEndpoint(t.Context(), &dms.ModifyEndpointInput{EndpointArn: &w.from,
		OracleSettings: &types.OracleSettings{AddSupplementalLogging: awssdk.Bool(true)}})
	require.NoError(t, err)
	require.Equal(t, "successful", *w.test(w.from).Status)
	r.start(resume)
	require.EqualValues(t, 0, r.await("stopped").ReplicationTaskStats.TablesErrored)
	require.EqualValues(t, 2, value[int64](w, "SELECT count(*) FROM boxoffice.ticket"))
}

func TestStartWaitsForOpenTransactions(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil).withTables()
	w.seed(1)
	open, err := w.source.Begin()
	require.NoError(t, err)
	_, err = open.Exec("INSERT INTO VISIT (AT, NOTE) VALUES (NULL, 'open at the start')")
	require.NoError(t, err)
	r := w.task(fullLoadAndCDC, lowerCase, runbook)
	r.start(fresh)
	r.eventually(func() bool { return strings.Contains(r.log(), "Waiting for 1 open transaction(s)") }, "waiting")
	require.Equal(t, "Before load", *r.table("VISIT").TableState)
	require.NoError(t, open.Commit())
	require.Equal(t, "Stop Reason STOPPED_AFTER_CACHED_EVENTS", *r.await("stopped").StopReason)
	require.EqualValues(t, 2, value[int64](w, "SELECT count(*) FROM boxoffice.visit"))
}

func TestStopBeforeCachedChanges(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil).withTables()
	w.seed(5)
	w.aws.HoldLoad()
	r := w.task(fullLoadAndCDC, lowerCase, `{"Logging":{"EnableLogging":true},
		"FullLoadSettings":{"TargetTablePrepMode":"DO_NOTHING","StopTaskCachedChangesNotApplied":true}}`)
	r.start(fresh)
	r.eventually(func() bool { return strings.Contains(r.log(), "Unload of table 'BOXOFFICE'.'TICKET' has begun") }, "reading")
	w.oracleExec("DELETE FROM TICKET WHERE ID = 1")
	w.aws.ReleaseLoad()
	require.Equal(t, "Stop Reason STOPPED_AFTER_FULL_LOAD", *r.await("stopped").StopReason)
	require.EqualValues(t, 5, value[int64](w, "SELECT count(*) FROM boxoffice.ticket"))
	r.start(resume)
	r.eventually(func() bool { return value[int64](w, "SELECT count(*) FROM boxoffice.ticket") == 4 }, "the cached change")
	r.stop()
}
