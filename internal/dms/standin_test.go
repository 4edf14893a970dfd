// SPDX-License-Identifier: Apache-2.0

package dms_test

import (
	"strings"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/config"
	"github.com/ferryman/ferryman/internal/dms"
	"github.com/ferryman/ferryman/internal/standin/aws"
	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/stretchr/testify/require"
)

const tick = 10 * time.Millisecond

// account is a client of an AWS account of its own.
func account(t *testing.T, opts aws.Options) *dms.Client {
	t.Helper()
	client, _ := accountWith(t, opts)
	return client
}

func accountWith(t *testing.T, opts aws.Options) (*dms.Client, *aws.Server) {
	t.Helper()
	opts.Throttle.Off = true
	opts.Delays = aws.Delays{Instance: 30 * time.Millisecond, Connection: tick, Task: 30 * time.Millisecond, Conversion: 30 * time.Millisecond}
	server, err := aws.Start(t.Context(), opts)
	require.NoError(t, err)
	t.Cleanup(server.Close)
	id, secret := server.AccessKey()
	t.Setenv("AWS_ENDPOINT_URL", server.URL())
	t.Setenv("AWS_ACCESS_KEY_ID", id)
	t.Setenv("AWS_SECRET_ACCESS_KEY", secret)
	t.Setenv("AWS_CONFIG_FILE", "/nonexistent")
	client, err := dms.Open(t.Context(), dms.Options{Region: server.Region(), CallsPerSecond: 1000, Poll: tick})
	require.NoError(t, err)
	return client, server
}

func postgresEndpoint(t *testing.T, url string) dms.EndpointSpec {
	t.Helper()
	e, err := config.ParseURL(config.Postgres, config.Secret(url))
	require.NoError(t, err)
	return dms.EndpointSpec{ID: dms.NamesFor("box").Target, Role: dms.TargetRole, Database: e, Migration: "box", Tags: map[string]string{"team": "x"}}
}

func oracleEndpoint(t *testing.T, url string) dms.EndpointSpec {
	t.Helper()
	e, err := config.ParseURL(config.Oracle, config.Secret(url))
	require.NoError(t, err)
	return dms.EndpointSpec{ID: dms.NamesFor("box").Source, Role: dms.SourceRole, Database: e, Migration: "box"}
}

func instanceSpec() dms.InstanceSpec {
	return dms.InstanceSpec{ID: dms.NamesFor("box").Instance, Class: "dms.t3.medium", StorageGB: 50, Migration: "box"}
}

func TestInstanceIsMadeOnceAndComparedAfterwards(t *testing.T) {
	c, ctx := account(t, aws.Options{}), t.Context()
	spec := instanceSpec()

	existing := spec
	existing.Existing = true
	_, err := c.EnsureInstance(ctx, existing)
	var missing *dms.NotFoundError
	require.ErrorAs(t, err, &missing, "an instance of somebody else's is never made")

	made, err := c.EnsureInstance(ctx, spec)
	require.NoError(t, err)
	again, err := c.EnsureInstance(ctx, spec)
	require.NoError(t, err)
	require.Equal(t, made.ARN, again.ARN)
	ready, err := c.WaitInstance(ctx, spec.ID, tick)
	require.NoError(t, err)
	require.Equal(t, "available", ready.Status)

	spec.StorageGB = 100
	_, err = c.EnsureInstance(ctx, spec)
	var drift *dms.DriftError
	require.ErrorAs(t, err, &drift)
	require.Equal(t, []string{"storage in GB is 50, should be 100"}, drift.Differences)
	_, err = c.EnsureInstance(ctx, existing)
	require.NoError(t, err)

	require.ErrorAs(t, c.DeleteInstance(ctx, "other", spec.ID, tick), &drift, "the tag says whose it is")
	require.NoError(t, c.DeleteInstance(ctx, "box", spec.ID, tick))
	require.NoError(t, c.DeleteInstance(ctx, "box", spec.ID, tick))
}

func TestEndpointsAreComparedTestedAndUpdated(t *testing.T) {
	c, ctx := account(t, aws.Options{}), t.Context()
	instance, err := c.EnsureInstance(ctx, instanceSpec())
	require.NoError(t, err)
	_, err = c.WaitInstance(ctx, instance.ID, tick)
	require.NoError(t, err)

	database := testenv.Postgres(t)
	_, roleURL := testenv.Role(t, database)
	wrong := postgresEndpoint(t, strings.Replace(roleURL, ":secret@", ":wrong@", 1))
	made, err := c.EnsureEndpoint(ctx, wrong)
	require.NoError(t, err)
	err = c.TestConnection(ctx, instance.ARN, made.ARN, tick)
	var failed *dms.ConnectionError
	require.ErrorAs(t, err, &failed)
	require.Contains(t, failed.Message, "password")
	require.NotContains(t, err.Error(), "wrong@")

	right := postgresEndpoint(t, roleURL)
	same, err := c.EnsureEndpoint(ctx, right)
	require.NoError(t, err, "a password alone can't be seen")
	require.Equal(t, made.ARN, same.ARN)
	_, err = c.UpdateEndpoint(ctx, right)
	require.NoError(t, err)
	require.NoError(t, c.TestConnection(ctx, instance.ARN, made.ARN, tick))

	moved := right
	moved.Database.Host = "elsewhere"
	_, err = c.EnsureEndpoint(ctx, moved)
	var drift *dms.DriftError
	require.ErrorAs(t, err, &drift)
	require.Equal(t, []string{"host is 127.0.0.1, should be elsewhere"}, drift.Differences)

	source, err := c.EnsureEndpoint(ctx, oracleEndpoint(t, "oracle://dms:hunter2@127.0.0.1:1/FREE"))
	require.NoError(t, err)
	require.Equal(t, dms.SourceRole, source.Role)
	_, err = c.EnsureEndpoint(ctx, oracleEndpoint(t, "oracle://dms:hunter2@127.0.0.1:1/FREE"))
	require.NoError(t, err, "what the service shows is what was asked for")
	require.ErrorAs(t, c.TestConnection(ctx, instance.ARN, source.ARN, tick), &failed)
	require.Equal(t, "connection test", failed.What)
	require.ErrorAs(t, c.RefreshSchemas(ctx, instance.ARN, source.ARN, tick), &failed)
	require.Equal(t, "schema refresh", failed.What)

	require.NoError(t, c.DeleteEndpoint(ctx, "box", made.ID, tick))
	_, err = c.FindEndpoint(ctx, made.ID)
	var missing *dms.NotFoundError
	require.ErrorAs(t, err, &missing)
}

func TestTaskIsMadeComparedAndModified(t *testing.T) {
	c, ctx := account(t, aws.Options{}), t.Context()
	instance, err := c.EnsureInstance(ctx, instanceSpec())
	require.NoError(t, err)
	_, err = c.WaitInstance(ctx, instance.ID, tick)
	require.NoError(t, err)
	target, err := c.EnsureEndpoint(ctx, postgresEndpoint(t, testenv.Postgres(t)))
	require.NoError(t, err)
	source, err := c.EnsureEndpoint(ctx, oracleEndpoint(t, "oracle://dms:hunter2@127.0.0.1:1/FREE"))
	require.NoError(t, err)
	require.NoError(t, c.TestConnection(ctx, instance.ARN, target.ARN, tick))

	spec := dms.TaskSpec{ID: dms.NamesFor("box").Task, SourceARN: source.ARN, TargetARN: target.ARN, InstanceARN: instance.ARN, Migration: "box"}
	spec.TableMappings, err = dms.TableMappings(dms.MappingSpec{Tables: []dms.TableName{table("BOXOFFICE", "TICKET")}, Marker: table("FERRYMAN", "FERRYMAN_MARKER"),
		LOB: map[dms.TableName]int{table("BOXOFFICE", "TICKET"): 64}})
	require.NoError(t, err)
	spec.Settings, err = dms.TaskSettings(dms.SettingsSpec{Validation: true})
	require.NoError(t, err)

	made, err := c.EnsureTask(ctx, spec, tick)
	require.NoError(t, err)
	require.Equal(t, "ready", made.Status)
	require.True(t, made.StartDate.IsZero())
	again, err := c.EnsureTask(ctx, spec, tick)
	require.NoError(t, err, "the service adds to the settings and reorders them")
	require.Equal(t, made.ARN, again.ARN)

	changed := spec
	changed.Settings, err = dms.TaskSettings(dms.SettingsSpec{Validation: true, LOBMaxKB: 64})
	require.NoError(t, err)
	_, err = c.EnsureTask(ctx, changed, tick)
	var drift *dms.DriftError
	require.ErrorAs(t, err, &drift)
	require.Equal(t, []string{"TargetMetadata.LobMaxSize is 32, should be 64"}, drift.Differences)
	_, err = c.UpdateTask(ctx, changed, tick)
	require.NoError(t, err)
	_, err = c.EnsureTask(ctx, changed, tick)
	require.NoError(t, err)

	_, err = c.StartTask(ctx, made.ARN, dms.Resume, made.Guard())
	var state *dms.StateError
	require.ErrorAs(t, err, &state, "the first start is a start")
	require.ErrorAs(t, c.ReloadTables(ctx, made.ARN, []dms.TableName{table("S", "T")}), &state)
	log, err := c.TaskLog(ctx, dms.LogQuery{InstanceID: instance.ID, TaskResourceID: made.ResourceID})
	require.NoError(t, err)
	require.Contains(t, log.Note, "there is no log yet")

	require.NoError(t, c.DeleteTask(ctx, "box", spec.ID, tick))
	require.NoError(t, c.DeleteTask(ctx, "box", spec.ID, tick))
}
