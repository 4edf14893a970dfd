// SPDX-License-Identifier: Apache-2.0

package dms_test

import (
	"database/sql"
	"slices"
	"strings"
	"testing"

	"github.com/ferryman/ferryman/internal/dms"
	"github.com/ferryman/ferryman/internal/standin/aws"
	"github.com/ferryman/ferryman/internal/standin/oracle"
	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// world is a migration of one table, as far as a task that is ready.
type world struct {
	client *dms.Client
	source *sql.DB
	target *pgx.Conn
	task   dms.TaskStatus
	scope  []dms.TableName
}

func newWorld(t *testing.T, statements ...string) *world {
	t.Helper()
	c, ctx := account(t, aws.Options{}), t.Context()
	server, err := oracle.Start(ctx, oracle.Options{Postgres: testenv.Server(t), SupplementalLog: true, SupplementalLogPK: true, Users: []oracle.User{
		{Name: "BOX", Password: "box", Roles: []string{"CONNECT", "RESOURCE"}},
		{Name: "DMS", Password: "dms", Roles: []string{"DBA"}},
	}})
	require.NoError(t, err)
	t.Cleanup(server.Close)
	source := oracle.OpenDB(server.URL("BOX"))
	t.Cleanup(func() { _ = source.Close() })
	for _, s := range append([]string{"CREATE TABLE SEAT (ID NUMBER(10) PRIMARY KEY, NAME VARCHAR2(20))", "INSERT INTO SEAT VALUES (1, 'a')", "INSERT INTO SEAT VALUES (2, 'b')"}, statements...) {
		_, err := source.ExecContext(ctx, s)
		require.NoError(t, err, s)
	}
	database := testenv.Postgres(t)
	target, err := pgx.Connect(ctx, database)
	require.NoError(t, err)
	t.Cleanup(func() { _ = target.Close(ctx) })
	_, err = target.Exec(ctx, "CREATE SCHEMA box; CREATE TABLE box.seat (id bigint PRIMARY KEY, name varchar(20))")
	require.NoError(t, err)

	instance, err := c.EnsureInstance(ctx, instanceSpec())
	require.NoError(t, err)
	_, err = c.WaitInstance(ctx, instance.ID, tick)
	require.NoError(t, err)
	from, err := c.EnsureEndpoint(ctx, oracleEndpoint(t, server.URL("DMS")))
	require.NoError(t, err)
	to, err := c.EnsureEndpoint(ctx, postgresEndpoint(t, database))
	require.NoError(t, err)
	require.NoError(t, c.TestConnection(ctx, instance.ARN, from.ARN, tick))
	require.NoError(t, c.TestConnection(ctx, instance.ARN, to.ARN, tick))
	require.NoError(t, c.RefreshSchemas(ctx, instance.ARN, from.ARN, tick))

	w := &world{client: c, source: source, target: target, scope: []dms.TableName{table("BOX", "SEAT")}}
	spec := dms.TaskSpec{ID: dms.NamesFor("box").Task, SourceARN: from.ARN, TargetARN: to.ARN, InstanceARN: instance.ARN, Migration: "box"}
	spec.TableMappings, err = dms.TableMappings(dms.MappingSpec{Tables: w.scope})
	require.NoError(t, err)
	spec.Settings, err = dms.TaskSettings(dms.SettingsSpec{})
	require.NoError(t, err)
	w.task, err = c.EnsureTask(ctx, spec, tick)
	require.NoError(t, err)
	return w
}

// load starts the task and returns the verdict.
func (w *world) load(t *testing.T) dms.Verdict {
	t.Helper()
	started, err := w.client.StartTask(t.Context(), w.task.ARN, dms.Start, w.task.Guard())
	require.NoError(t, err)
	require.True(t, started)
	return w.follow(t)
}

func (w *world) follow(t *testing.T) dms.Verdict {
	t.Helper()
	var verdict dms.Verdict
	require.NoError(t, w.client.WaitTask(t.Context(), w.task.ARN, tick, func(task dms.TaskStatus, tables []dms.TableStat) (bool, error) {
		w.task, verdict = task, dms.Judge(task, tables, w.scope)
		return verdict.Outcome != dms.Going, nil
	}))
	return verdict
}

func TestLoadStopsAfterCachedChangesAndGoesOn(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	before := w.task.Guard()
	require.Equal(t, dms.Verdict{Outcome: dms.Complete}, w.load(t))
	again, err := w.client.StartTask(ctx, w.task.ARN, dms.Start, before)
	require.NoError(t, err)
	require.False(t, again, "the first call reached AWS, so it is not repeated")

	stats, err := w.client.TableStatistics(ctx, w.task.ARN)
	require.NoError(t, err)
	require.Len(t, stats, 1)
	require.Equal(t, int64(2), stats[0].FullLoadRows)

	guard := w.task.Guard()
	started, err := w.client.StartTask(ctx, w.task.ARN, dms.Resume, guard)
	require.NoError(t, err)
	require.True(t, started)
	started, err = w.client.StartTask(ctx, w.task.ARN, dms.Resume, guard)
	require.NoError(t, err)
	require.False(t, started)

	_, err = w.source.ExecContext(ctx, "INSERT INTO SEAT VALUES (3, 'c')")
	require.NoError(t, err)
	require.NoError(t, w.client.WaitTask(ctx, w.task.ARN, tick, func(task dms.TaskStatus, tables []dms.TableStat) (bool, error) {
		v := dms.JudgeReplication(task, tables, w.scope)
		require.Equal(t, dms.Going, v.Outcome, v.Reason)
		return tables[0].AppliedInserts == 1, nil
	}))
	var name string
	require.NoError(t, w.target.QueryRow(ctx, "SELECT name FROM box.seat WHERE id = 3").Scan(&name))
	require.Equal(t, "c", name)

	_, err = w.client.StopTask(ctx, w.task.ARN)
	require.NoError(t, err)
	require.NoError(t, w.client.WaitTask(ctx, w.task.ARN, tick, func(task dms.TaskStatus, _ []dms.TableStat) (bool, error) { return task.Status == "stopped", nil }))
	now, err := w.client.StopTask(ctx, w.task.ARN)
	require.NoError(t, err)
	require.Equal(t, dms.StopNormal, now.StopReason)
}

func TestATableThatFailsIsExplained(t *testing.T) {
	w := newWorld(t)
	_, err := w.target.Exec(t.Context(), "ALTER TABLE box.seat ADD CHECK (name <> 'b')")
	require.NoError(t, err)
	v := w.load(t)
	require.Equal(t, dms.Failed, v.Outcome)
	require.Contains(t, v.Reason, "BOX.SEAT (Table error)")
	instance := dms.NamesFor("box").Instance
	log, err := w.client.TaskLog(t.Context(), dms.LogQuery{InstanceID: instance, TaskResourceID: w.task.ResourceID})
	require.NoError(t, err)
	require.True(t, slices.ContainsFunc(log.Lines, func(l dms.LogLine) bool { return l.Severity == "E" && strings.Contains(l.Text, "seat_name_check") }), "%v", log)
	require.False(t, slices.ContainsFunc(log.Lines, func(l dms.LogLine) bool { return l.Severity == "I" }))
}
