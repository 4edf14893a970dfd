// SPDX-License-Identifier: Apache-2.0

package aws_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"testing"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	dms "github.com/aws/aws-sdk-go-v2/service/databasemigrationservice"
	"github.com/aws/aws-sdk-go-v2/service/databasemigrationservice/types"
	"github.com/ferryman/ferryman/internal/standin/aws"
	"github.com/stretchr/testify/require"
)

func TestWhatATaskMayNotDoInItsState(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil).withTables()
	w.seed(1)
	r := w.task(fullLoadAndCDC, lowerCase, `{"FullLoadSettings":{"TargetTablePrepMode":"DO_NOTHING"}}`)
	ctx := t.Context()
	wrongState := func(err error) {
		t.Helper()
		var fault *types.InvalidResourceStateFault
		require.ErrorAs(t, err, &fault)
	}
	startAs := func(kind types.StartReplicationTaskTypeValue) error {
		_, err := w.client.StartReplicationTask(ctx, &dms.StartReplicationTaskInput{ReplicationTaskArn: &r.arn, StartReplicationTaskType: kind})
		return err
	}
	requireCode(t, startAs(resume), "InvalidParameterCombinationException")
	_, err := w.client.StopReplicationTask(ctx, &dms.StopReplicationTaskInput{ReplicationTaskArn: &r.arn})
	wrongState(err)
	require.NoError(t, startAs(fresh))
	r.await("running")
	wrongState(startAs(fresh))
	_, err = w.client.ModifyReplicationTask(ctx, &dms.ModifyReplicationTaskInput{ReplicationTaskArn: &r.arn, TableMappings: awssdk.String(lowerCase)})
	wrongState(err)
	_, err = w.client.DeleteReplicationTask(ctx, &dms.DeleteReplicationTaskInput{ReplicationTaskArn: &r.arn})
	wrongState(err)
	_, err = w.client.DeleteEndpoint(ctx, &dms.DeleteEndpointInput{EndpointArn: &w.from})
	wrongState(err)
	_, err = w.client.DeleteReplicationInstance(ctx, &dms.DeleteReplicationInstanceInput{ReplicationInstanceArn: &w.instance})
	wrongState(err)
	r.stop()
	requireCode(t, startAs(fresh), "InvalidParameterCombinationException")

	_, err = w.client.ModifyReplicationTask(ctx, &dms.ModifyReplicationTaskInput{ReplicationTaskArn: &r.arn,
		ReplicationTaskSettings: awssdk.String(`{"FullLoadSettings":{"CommitRate":77}}`)})
	require.NoError(t, err)
	r.await("stopped")
	out, err := w.client.DescribeReplicationTasks(ctx, &dms.DescribeReplicationTasksInput{})
	require.NoError(t, err)
	var settings map[string]map[string]any
	_ = json.Unmarshal([]byte(*out.ReplicationTasks[0].ReplicationTaskSettings), &settings)
	require.EqualValues(t, 77, settings["FullLoadSettings"]["CommitRate"])
	require.Equal(t, "DO_NOTHING", settings["FullLoadSettings"]["TargetTablePrepMode"])

	// a changed endpoint has to be tested again
	_, err = w.client.ModifyEndpoint(ctx, &dms.ModifyEndpointInput{EndpointArn: &w.to, Username: awssdk.String(w.role)})
	require.NoError(t, err)
	wrongState(startAs(resume))
	require.Equal(t, "successful", *w.test(w.to).Status)
	require.NoError(t, startAs(resume))
	r.await("running")
	r.stop()
	_, err = w.client.DeleteReplicationTask(ctx, &dms.DeleteReplicationTaskInput{ReplicationTaskArn: &r.arn})
	require.NoError(t, err)
}

func TestConnectionTestsReallyConnect(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	ctx := t.Context()
	_, err := w.client.ModifyEndpoint(ctx, &dms.ModifyEndpointInput{EndpointArn: &w.to, Password: awssdk.String("not-it")})
	require.NoError(t, err)
	failed := w.test(w.to)
	require.Equal(t, "failed", *failed.Status)
	require.Contains(t, *failed.LastFailureMessage, `Test Endpoint failed: Application-Status: 1020912, Application-Message: Failed to connect Network error `+
		`has occurred, Application-Detailed-Message: RetCode: SQL_ERROR  SqlState: 08001 NativeError: 101 Message: FATAL: `)
	require.NotContains(t, *failed.LastFailureMessage, "not-it")
	_, err = w.client.ModifyEndpoint(ctx, &dms.ModifyEndpointInput{EndpointArn: &w.from, Password: awssdk.String("not-it")})
	require.NoError(t, err)
	failed = w.test(w.from)
	require.Contains(t, *failed.LastFailureMessage, "ORA-01017")
	w.oracle.ClosePort()
	failed = w.test(w.from)
	require.Contains(t, *failed.LastFailureMessage, "ORA-12541")
}

func TestEndpointWithASecret(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *aws.Options) { o.Secrets = map[string]string{"empty": `{}`} })
	create := func(id, secret string) string {
		out, err := w.client.CreateEndpoint(t.Context(), &dms.CreateEndpointInput{EndpointIdentifier: &id, EngineName: awssdk.String("oracle"),
			EndpointType: types.ReplicationEndpointTypeValueSource, DatabaseName: awssdk.String("ORCL"), OracleSettings: &types.OracleSettings{
				SecretsManagerSecretId: &secret, SecretsManagerAccessRoleArn: awssdk.String("arn:aws:iam::123456789012:role/dms")}})
		require.NoError(t, err)
		return *out.Endpoint.EndpointArn
	}
	require.Contains(t, *w.test(create("a", "nowhere")).LastFailureMessage, "Unable to find AWS Secrets Manager secret Arn 'nowhere'")
	require.Contains(t, *w.test(create("b", w.aws.SecretARN("empty"))).LastFailureMessage, "has not the keys")
	require.Equal(t, "successful", *w.test(create("c", "source")).Status)
}

func TestSchemas(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	ctx := t.Context()
	_, err := w.client.DescribeSchemas(ctx, &dms.DescribeSchemasInput{EndpointArn: &w.from})
	var state *types.InvalidResourceStateFault
	require.ErrorAs(t, err, &state)
	_, err = w.client.RefreshSchemas(ctx, &dms.RefreshSchemasInput{EndpointArn: &w.from, ReplicationInstanceArn: &w.instance})
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		out, err := w.client.DescribeRefreshSchemasStatus(ctx, &dms.DescribeRefreshSchemasStatusInput{EndpointArn: &w.from})
		require.NoError(t, err)
		return out.RefreshSchemasStatus.Status == "successful"
	}, patience, 5e6)
	out, err := w.client.DescribeSchemas(ctx, &dms.DescribeSchemasInput{EndpointArn: &w.from})
	require.NoError(t, err)
	require.Contains(t, out.Schemas, "BOXOFFICE")
}

// TestCommandLine runs the aws command line against the server.
func TestCommandLine(t *testing.T) {
	t.Parallel()
	path, err := exec.LookPath("aws")
	if err != nil {
		t.Skip("the aws command line is not installed (Debian: awscli)")
	}
	w := newWorld(t, nil)
	w.task(fullLoad, lowerCase, `{}`)
	id, secret := w.aws.AccessKey()
	run := func(args ...string) map[string]any {
		command := exec.CommandContext(t.Context(), path, append(args, "--endpoint-url", w.aws.URL(), "--region", w.aws.Region(), "--output", "json")...)
		command.Env = append(os.Environ(), "AWS_ACCESS_KEY_ID="+id, "AWS_SECRET_ACCESS_KEY="+secret, "AWS_PAGER=", "AWS_CONFIG_FILE=/dev/null",
			"AWS_SHARED_CREDENTIALS_FILE=/dev/null", "AWS_EC2_METADATA_DISABLED=true")
		out, err := command.CombinedOutput()
		require.NoError(t, err, string(out))
		var answer map[string]any
		require.NoError(t, json.Unmarshal(out, &answer), string(out))
		return answer
	}
	tasks := run("dms", "describe-replication-tasks")["ReplicationTasks"].([]any)
	require.Equal(t, "load", tasks[0].(map[string]any)["ReplicationTaskIdentifier"])
	require.Equal(t, "ready", tasks[0].(map[string]any)["Status"])
	require.Equal(t, "123456789012", run("sts", "get-caller-identity")["Account"])
}
