// SPDX-License-Identifier: Apache-2.0

package aws_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	dms "github.com/aws/aws-sdk-go-v2/service/databasemigrationservice"
	"github.com/aws/aws-sdk-go-v2/service/databasemigrationservice/types"
	"github.com/ferryman/ferryman/internal/standin/aws"
	"github.com/ferryman/ferryman/internal/standin/oracle"
	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

const patience = 4 * time.Minute

// sourceTables are the source's tables with their rows.
var sourceTables = []string{
	`CREATE TABLE VENUE (ID NUMBER(10) PRIMARY KEY, NAME VARCHAR2(100) NOT NULL)`,
	`CREATE TABLE EVENT (ID NUMBER(10) PRIMARY KEY, VENUE_ID NUMBER(10) NOT NULL, TITLE VARCHAR2(200), STARTS DATE, NOTES CLOB, POSTER BLOB,
		CONSTRAINT EVENT_VENUE_FK FOREIGN KEY (VENUE_ID) REFERENCES VENUE (ID))`,
	`CREATE TABLE TICKET (ID NUMBER(10) PRIMARY KEY, EVENT_ID NUMBER(10) NOT NULL, PRICE NUMBER(10,2), CODE CHAR(8), SOLD TIMESTAMP(6),
		CONSTRAINT TICKET_EVENT_FK FOREIGN KEY (EVENT_ID) REFERENCES EVENT (ID))`,
	`CREATE TABLE VISIT (AT DATE, NOTE VARCHAR2(50))`,
}

// targetTables are theirs on the target, as prepare leaves them: without foreign keys.
const targetTables = `
CREATE TABLE boxoffice.venue (id bigint PRIMARY KEY, name varchar(100) NOT NULL);
CREATE TABLE boxoffice.event (id bigint PRIMARY KEY, venue_id bigint NOT NULL, title varchar(200), starts timestamp(0), notes text, poster bytea);
CREATE TABLE boxoffice.ticket (id bigint PRIMARY KEY, event_id bigint NOT NULL, price numeric(10,2), code char(8), sold timestamp(6));
CREATE TABLE boxoffice.visit (at timestamp(0), note varchar(50));`

// world is an Oracle, a PostgreSQL and an AWS with an instance and tested endpoints.
type world struct {
	t        *testing.T
	oracle   *oracle.Server
	source   *sql.DB   // as the owner of the source's tables
	target   *pgx.Conn // as the superuser
	role     string    // the endpoint's user on the target
	aws      *aws.Server
	client   *dms.Client
	logs     *cloudwatchlogs.Client
	instance string // ARNs
	from, to string
}

func newWorld(t *testing.T, change func(*aws.Options)) *world {
	t.Helper()
	w := newWorldOn(t, change, func(*oracle.Options) {})
	for _, ddl := range sourceTables {
		w.oracleExec(ddl)
	}
	w.oracleExec(`ALTER TABLE VISIT ADD SUPPLEMENTAL LOG DATA (ALL) COLUMNS`)
	return w
}

// newWorldOn makes a world on an Oracle with other things in it.
func newWorldOn(t *testing.T, change func(*aws.Options), with func(*oracle.Options)) *world {
	t.Helper()
	w := &world{t: t}
	var err error
	source := oracle.Options{Postgres: testenv.Server(t), SupplementalLog: true, SupplementalLogPK: true,
		Users: []oracle.User{
			{Name: "BOXOFFICE", Password: "owner", Roles: []string{"RESOURCE", "SELECT_CATALOG_ROLE"}, Privileges: []string{"CREATE TABLE", "SELECT ANY TABLE"}},
			{Name: "DMS", Password: "carrier", Roles: []string{"SELECT_CATALOG_ROLE", "EXECUTE_CATALOG_ROLE"},
				Privileges: []string{"SELECT ANY TABLE", "SELECT ANY TRANSACTION", "LOGMINING"}},
		}}
	with(&source)
	w.oracle, err = oracle.Start(context.Background(), source)
	require.NoError(t, err)
	t.Cleanup(w.oracle.Close)
	w.logOn()

	database := testenv.Postgres(t)
	role, roleURL := testenv.Role(t, database)
	w.role = role
	w.target, err = pgx.Connect(context.Background(), database)
	require.NoError(t, err)
	t.Cleanup(func() { _ = w.target.Close(context.Background()) })
	w.exec("CREATE SCHEMA boxoffice; GRANT USAGE ON SCHEMA boxoffice TO " + role + "; GRANT USAGE, CREATE ON SCHEMA public TO " + role +
		"; GRANT CREATE ON DATABASE " + w.target.Config().Database + " TO " + role)

	opts := fast()
	if change != nil {
		change(&opts)
	}
	if opts.Secrets != nil {
		opts.Secrets["source"] = fmt.Sprintf(`{"username":"DMS","password":"carrier","host":"127.0.0.1","port":%d}`, w.oracle.Port())
	}
	w.aws = start(t, opts)
	cfg := config(w.aws)
	cfg.RetryMaxAttempts = 3 // as the SDK has it: a fast server shows a race in its HTTP client, which it retries
	w.client, w.logs = dms.NewFromConfig(cfg), cloudwatchlogs.NewFromConfig(cfg)
	w.instance = w.makeInstance()
	w.from = w.endpoint("source", types.ReplicationEndpointTypeValueSource, "oracle", "DMS", "carrier", "127.0.0.1", w.oracle.Port(), "ORCL")
	u, err := url.Parse(roleURL)
	require.NoError(t, err)
	password, _ := u.User.Password()
	port, err := strconv.Atoi(u.Port())
	require.NoError(t, err)
	w.to = w.endpoint("target", types.ReplicationEndpointTypeValueTarget, "postgres", u.User.Username(), password, u.Hostname(), port, strings.Trim(u.Path, "/"))
	return w
}

// logOn connects the source's owner; connections from before the port was closed are gone.
func (w *world) logOn() {
	w.t.Helper()
	db := oracle.OpenDB(w.oracle.URL("BOXOFFICE"))
	w.t.Cleanup(func() { _ = db.Close() })
	w.source = db
}

// withTables makes the target's tables and gives the endpoint's user what it needs.
func (w *world) withTables() *world {
	w.exec(targetTables + "GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON ALL TABLES IN SCHEMA boxoffice TO " + w.role)
	return w
}

func (w *world) exec(sql string, args ...any) {
	w.t.Helper()
	_, err := w.target.Exec(context.Background(), sql, args...)
	require.NoError(w.t, err)
}

func (w *world) oracleExec(sql string, args ...any) {
	w.t.Helper()
	_, err := w.source.ExecContext(context.Background(), sql, args...)
	require.NoError(w.t, err, sql)
}

// seed writes a few venues and events and many tickets.
func (w *world) seed(tickets int) {
	w.t.Helper()
	tx, err := w.source.Begin()
	require.NoError(w.t, err)
	do := func(sql string, args ...any) {
		_, err := tx.Exec(sql, args...)
		require.NoError(w.t, err, sql)
	}
	for i := 1; i <= 5; i++ {
		do("INSERT INTO VENUE (ID, NAME) VALUES (:1, :2)", i, fmt.Sprintf("Hall %d\tEast", i))
		do("INSERT INTO EVENT (ID, VENUE_ID, TITLE, STARTS, NOTES, POSTER) VALUES (:1, :2, :3, :4, :5, :6)", i, i, `It's "on" \ `+strconv.Itoa(i),
			time.Date(2026, 5, i, 19, 30, 0, 0, time.UTC), "notes of "+strconv.Itoa(i)+"\nsecond line", []byte{0, 1, byte(i)})
	}
	for i := 1; i <= tickets; i++ {
		do("INSERT INTO TICKET (ID, EVENT_ID, PRICE, CODE, SOLD) VALUES (:1, :2, :3, :4, :5)", i, i%5+1, "12.50", "A",
			time.Date(2026, 1, 1, 0, 0, i, 123456000, time.UTC))
	}
	do("INSERT INTO VISIT (AT, NOTE) VALUES (:1, :2)", time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), "first")
	require.NoError(w.t, tx.Commit())
}

func (w *world) makeInstance() string {
	w.t.Helper()
	created, err := w.client.CreateReplicationInstance(w.t.Context(), &dms.CreateReplicationInstanceInput{
		ReplicationInstanceIdentifier: awssdk.String("box-office"), ReplicationInstanceClass: awssdk.String("dms.t3.medium")})
	require.NoError(w.t, err)
	arn := *created.ReplicationInstance.ReplicationInstanceArn
	require.Eventually(w.t, func() bool {
		out, err := w.client.DescribeReplicationInstances(w.t.Context(), &dms.DescribeReplicationInstancesInput{})
		return err == nil && *out.ReplicationInstances[0].ReplicationInstanceStatus == "available"
	}, patience, 5*time.Millisecond)
	return arn
}

func (w *world) endpoint(id string, kind types.ReplicationEndpointTypeValue, engine, user, password, host string, port int, database string) string {
	w.t.Helper()
	created, err := w.client.CreateEndpoint(w.t.Context(), &dms.CreateEndpointInput{EndpointIdentifier: &id, EndpointType: kind, EngineName: &engine,
		Username: &user, Password: &password, ServerName: &host, Port: awssdk.Int32(int32(port)), DatabaseName: &database})
	require.NoError(w.t, err)
	require.Equal(w.t, "successful", *w.test(*created.Endpoint.EndpointArn).Status)
	return *created.Endpoint.EndpointArn
}

// test runs a connection test and returns its result.
func (w *world) test(endpoint string) types.Connection {
	w.t.Helper()
	_, err := w.client.TestConnection(w.t.Context(), &dms.TestConnectionInput{EndpointArn: &endpoint, ReplicationInstanceArn: &w.instance})
	require.NoError(w.t, err)
	var result types.Connection
	require.Eventually(w.t, func() bool {
		out, err := w.client.DescribeConnections(w.t.Context(), &dms.DescribeConnectionsInput{Filters: []types.Filter{
			{Name: awssdk.String("endpoint-arn"), Values: []string{endpoint}}}})
		require.NoError(w.t, err)
		result = out.Connections[0]
		return *result.Status != "testing"
	}, patience, 5*time.Millisecond)
	return result
}

const lowerCase = `{"rules":[
{"rule-type":"selection","rule-id":"1","rule-name":"1","object-locator":{"schema-name":"BOXOFFICE","table-name":"%"},"rule-action":"include"},
{"rule-type":"transformation","rule-id":"2","rule-name":"2","rule-target":"schema","object-locator":{"schema-name":"%"},"rule-action":"convert-lowercase"},
{"rule-type":"transformation","rule-id":"3","rule-name":"3","rule-target":"table","object-locator":{"schema-name":"%","table-name":"%"},"rule-action":"convert-lowercase"},
{"rule-type":"transformation","rule-id":"4","rule-name":"4","rule-target":"column","object-locator":{"schema-name":"%","table-name":"%","column-name":"%"},"rule-action":"convert-lowercase"}]}`

// runbook are the settings that a migration uses.
const runbook = `{"Logging":{"EnableLogging":true},"FullLoadSettings":{"TargetTablePrepMode":"DO_NOTHING","StopTaskCachedChangesApplied":true},
"ControlTablesSettings":{"StatusTableEnabled":true,"SuspendedTablesTableEnabled":true,"HistoryTableEnabled":true}}`

type run struct {
	*world
	arn string
}

func (w *world) task(kind types.MigrationTypeValue, mappings, settings string) *run {
	w.t.Helper()
	created, err := w.client.CreateReplicationTask(w.t.Context(), &dms.CreateReplicationTaskInput{ReplicationTaskIdentifier: awssdk.String("load"),
		MigrationType: kind, ReplicationInstanceArn: &w.instance, SourceEndpointArn: &w.from, TargetEndpointArn: &w.to,
		TableMappings: &mappings, ReplicationTaskSettings: &settings})
	require.NoError(w.t, err)
	r := &run{w, *created.ReplicationTask.ReplicationTaskArn}
	r.await("ready")
	return r
}

func (r *run) describe() types.ReplicationTask {
	r.t.Helper()
	out, err := r.client.DescribeReplicationTasks(r.t.Context(), &dms.DescribeReplicationTasksInput{WithoutSettings: awssdk.Bool(true),
		Filters: []types.Filter{{Name: awssdk.String("replication-task-arn"), Values: []string{r.arn}}}})
	require.NoError(r.t, err)
	return out.ReplicationTasks[0]
}

// await waits until the task has one of the statuses.
func (r *run) await(statuses ...string) types.ReplicationTask {
	r.t.Helper()
	var found types.ReplicationTask
	r.eventually(func() bool {
		found = r.describe()
		return slices.Contains(statuses, *found.Status)
	}, "status "+strings.Join(statuses, " or "))
	return found
}

func (r *run) start(kind types.StartReplicationTaskTypeValue) {
	r.t.Helper()
	out, err := r.client.StartReplicationTask(r.t.Context(), &dms.StartReplicationTaskInput{ReplicationTaskArn: &r.arn, StartReplicationTaskType: kind})
	require.NoError(r.t, err)
	require.Equal(r.t, "starting", *out.ReplicationTask.Status)
}

func (r *run) stop() types.ReplicationTask {
	r.t.Helper()
	_, err := r.client.StopReplicationTask(r.t.Context(), &dms.StopReplicationTaskInput{ReplicationTaskArn: &r.arn})
	require.NoError(r.t, err)
	return r.await("stopped")
}

func (r *run) table(name string) types.TableStatistics {
	r.t.Helper()
	out, err := r.client.DescribeTableStatistics(r.t.Context(), &dms.DescribeTableStatisticsInput{ReplicationTaskArn: &r.arn,
		Filters: []types.Filter{{Name: awssdk.String("table-name"), Values: []string{name}}}})
	require.NoError(r.t, err)
	if len(out.TableStatistics) == 0 {
		return types.TableStatistics{TableState: awssdk.String(""), ValidationState: awssdk.String("")}
	}
	return out.TableStatistics[0]
}

// log returns the task's log.
func (r *run) log() string {
	r.t.Helper()
	var all strings.Builder
	out, err := r.logs.FilterLogEvents(r.t.Context(), &cloudwatchlogs.FilterLogEventsInput{
		LogGroupName:   awssdk.String("dms-tasks-box-office"),
		LogStreamNames: []string{"dms-task-" + r.arn[strings.LastIndexByte(r.arn, ':')+1:]}})
	var none *logtypes.ResourceNotFoundException
	if errors.As(err, &none) {
		return ""
	}
	require.NoError(r.t, err)
	for _, e := range out.Events {
		all.WriteString(*e.Message + "\n")
	}
	return all.String()
}

// eventually waits for a condition and shows the task and its log when it does not come.
func (r *run) eventually(condition func() bool, what string) {
	r.t.Helper()
	deadline := time.After(patience)
	for !condition() {
		select {
		case <-deadline:
			found := r.describe()
			r.t.Fatalf("%s did not come about; the task is %s: %s\n%s", what, *found.Status, awssdk.ToString(found.LastFailureMessage), r.log())
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// value reads one value from the target.
func value[T any](w *world, sql string, args ...any) T {
	w.t.Helper()
	var v T
	require.NoError(w.t, w.target.QueryRow(context.Background(), sql, args...).Scan(&v), sql)
	return v
}
