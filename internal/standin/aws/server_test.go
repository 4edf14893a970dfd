// SPDX-License-Identifier: Apache-2.0

package aws_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	dms "github.com/aws/aws-sdk-go-v2/service/databasemigrationservice"
	"github.com/aws/aws-sdk-go-v2/service/databasemigrationservice/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	"github.com/ferryman/ferryman/internal/standin/aws"
	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// fast makes waiting short and calls unlimited.
func fast() aws.Options {
	return aws.Options{
		Delays:       aws.Delays{Instance: 20 * time.Millisecond, Connection: 5 * time.Millisecond, Task: 10 * time.Millisecond},
		Throttle:     aws.Throttle{Off: true},
		PollInterval: 30 * time.Millisecond, RecoverFor: 400 * time.Millisecond,
	}
}

func start(t *testing.T, opts aws.Options) *aws.Server {
	t.Helper()
	server, err := aws.Start(context.Background(), opts)
	require.NoError(t, err)
	t.Cleanup(server.Close)
	return server
}

func config(server *aws.Server) awssdk.Config {
	id, secret := server.AccessKey()
	return awssdk.Config{Region: server.Region(), BaseEndpoint: awssdk.String(server.URL()),
		Credentials: credentials.NewStaticCredentialsProvider(id, secret, ""), RetryMaxAttempts: 1}
}

// requireCode checks an API error's code and returns its message.
func requireCode(t *testing.T, err error, code string) string {
	t.Helper()
	var api smithy.APIError
	require.ErrorAs(t, err, &api)
	require.Equal(t, code, api.ErrorCode(), api.ErrorMessage())
	return api.ErrorMessage()
}

func TestCallerIdentity(t *testing.T) {
	t.Parallel()
	server := start(t, fast())
	out, err := sts.NewFromConfig(config(server)).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	require.NoError(t, err)
	require.Equal(t, "123456789012", *out.Account)
	require.Equal(t, "arn:aws:iam::123456789012:user/ferryman", *out.Arn)

	wrong := config(server)
	wrong.Credentials = credentials.NewStaticCredentialsProvider("AKIASOMEBODYELSE", "x", "")
	_, err = sts.NewFromConfig(wrong).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	requireCode(t, err, "InvalidClientTokenId")
}

func TestSignatureIsChecked(t *testing.T) {
	t.Parallel()
	server := start(t, fast())
	call := func(change func(*awssdk.Config)) error {
		cfg := config(server)
		change(&cfg)
		_, err := dms.NewFromConfig(cfg).DescribeEndpoints(t.Context(), &dms.DescribeEndpointsInput{})
		return err
	}
	id, _ := server.AccessKey()
	require.NoError(t, call(func(*awssdk.Config) {}))
	requireCode(t, call(func(c *awssdk.Config) {
		c.Credentials = credentials.NewStaticCredentialsProvider("AKIAUNKNOWN", "x", "")
	}),
		"UnrecognizedClientException")
	requireCode(t, call(func(c *awssdk.Config) { c.Credentials = credentials.NewStaticCredentialsProvider(id, "wrong", "") }),
		"InvalidSignatureException")
	requireCode(t, call(func(c *awssdk.Config) { c.Region = "us-east-1" }), "InvalidSignatureException")
	requireCode(t, call(func(c *awssdk.Config) { c.Credentials = awssdk.AnonymousCredentials{} }), "MissingAuthenticationTokenException")
}

func TestUnknownOperation(t *testing.T) {
	t.Parallel()
	server := start(t, fast())
	_, err := dms.NewFromConfig(config(server)).DescribeDataMigrations(t.Context(), &dms.DescribeDataMigrationsInput{})
	requireCode(t, err, "UnknownOperationException")
}

func TestThrottling(t *testing.T) {
	t.Parallel()
	opts := fast()
	opts.Throttle = aws.Throttle{Burst: 3, PerSecond: 0.001}
	server := start(t, opts)
	client := dms.NewFromConfig(config(server))
	var err error
	for range 3 {
		_, err = client.DescribeEndpoints(t.Context(), &dms.DescribeEndpointsInput{})
		require.NoError(t, err)
	}
	_, err = client.DescribeEndpoints(t.Context(), &dms.DescribeEndpointsInput{})
	requireCode(t, err, "ThrottlingException")
	require.Equal(t, 4, server.Calls("DescribeEndpoints"))
	require.Equal(t, 3, server.Effects("DescribeEndpoints"))
}

func TestDenyAndThrottleByOperation(t *testing.T) {
	t.Parallel()
	server := start(t, fast())
	client := dms.NewFromConfig(config(server))
	server.DenyOperation("DescribeEndpoints")
	_, err := client.DescribeEndpoints(t.Context(), &dms.DescribeEndpointsInput{})
	require.Contains(t, requireCode(t, err, "AccessDeniedException"), "is not authorized to perform: dms:DescribeEndpoints")
	server.AllowOperation("DescribeEndpoints")
	server.Throttle("DescribeEndpoints", 1)
	_, err = client.DescribeEndpoints(t.Context(), &dms.DescribeEndpointsInput{})
	requireCode(t, err, "ThrottlingException")
	_, err = client.DescribeEndpoints(t.Context(), &dms.DescribeEndpointsInput{})
	require.NoError(t, err)
}

func TestSecrets(t *testing.T) {
	t.Parallel()
	opts := fast()
	opts.Secrets = map[string]string{"ferryman/source": `{"username":"DMS"}`}
	server := start(t, opts)
	client := secretsmanager.NewFromConfig(config(server))
	byName, err := client.GetSecretValue(t.Context(), &secretsmanager.GetSecretValueInput{SecretId: awssdk.String("ferryman/source")})
	require.NoError(t, err)
	require.JSONEq(t, `{"username":"DMS"}`, *byName.SecretString)
	require.Equal(t, server.SecretARN("ferryman/source"), *byName.ARN)
	byARN, err := client.GetSecretValue(t.Context(), &secretsmanager.GetSecretValueInput{SecretId: byName.ARN})
	require.NoError(t, err)
	require.Equal(t, *byName.SecretString, *byARN.SecretString)
	described, err := client.DescribeSecret(t.Context(), &secretsmanager.DescribeSecretInput{SecretId: byName.ARN})
	require.NoError(t, err)
	require.Equal(t, "ferryman/source", *described.Name)
	_, err = client.GetSecretValue(t.Context(), &secretsmanager.GetSecretValueInput{SecretId: awssdk.String("nothing")})
	requireCode(t, err, "ResourceNotFoundException")
}

func TestInstanceLifecycle(t *testing.T) {
	t.Parallel()
	server := start(t, fast())
	client := dms.NewFromConfig(config(server))
	create := func(id string) (*dms.CreateReplicationInstanceOutput, error) {
		return client.CreateReplicationInstance(t.Context(), &dms.CreateReplicationInstanceInput{
			ReplicationInstanceIdentifier: awssdk.String(id), ReplicationInstanceClass: awssdk.String("dms.t3.medium"),
			Tags: []types.Tag{{Key: awssdk.String("migration"), Value: awssdk.String("box-office")}}})
	}
	created, err := create("Box-Office")
	require.NoError(t, err)
	require.Equal(t, "creating", *created.ReplicationInstance.ReplicationInstanceStatus)
	require.Equal(t, "box-office", *created.ReplicationInstance.ReplicationInstanceIdentifier)
	arn := created.ReplicationInstance.ReplicationInstanceArn
	require.Regexp(t, `^arn:aws:dms:eu-central-1:123456789012:rep:[A-Z2-7]{26}$`, *arn)

	_, err = create("box-office")
	var there *types.ResourceAlreadyExistsFault
	require.ErrorAs(t, err, &there)
	_, err = create("box--office")
	requireCode(t, err, "InvalidParameterValueException")

	status := func() string {
		out, err := client.DescribeReplicationInstances(t.Context(), &dms.DescribeReplicationInstancesInput{Filters: []types.Filter{
			{Name: awssdk.String("replication-instance-arn"), Values: []string{*arn}}}})
		var gone *types.ResourceNotFoundFault
		if errors.As(err, &gone) {
			return "gone"
		}
		require.NoError(t, err)
		return *out.ReplicationInstances[0].ReplicationInstanceStatus
	}
	require.Eventually(t, func() bool { return status() == "available" }, 2*time.Minute, 5*time.Millisecond)
	tags, err := client.ListTagsForResource(t.Context(), &dms.ListTagsForResourceInput{ResourceArn: arn})
	require.NoError(t, err)
	require.Equal(t, "box-office", *tags.TagList[0].Value)
	_, err = client.DeleteReplicationInstance(t.Context(), &dms.DeleteReplicationInstanceInput{ReplicationInstanceArn: arn})
	require.NoError(t, err)
	require.Eventually(t, func() bool { return status() == "gone" }, 2*time.Minute, 5*time.Millisecond)

	events, err := client.DescribeEvents(t.Context(), &dms.DescribeEventsInput{SourceType: types.SourceTypeReplicationInstance,
		SourceIdentifier: awssdk.String("box-office")})
	require.NoError(t, err)
	require.Len(t, events.Events, 2)
}

func TestPagingAndFilters(t *testing.T) {
	t.Parallel()
	server := start(t, fast())
	client := dms.NewFromConfig(config(server))
	for i := range 25 {
		_, err := client.CreateReplicationInstance(t.Context(), &dms.CreateReplicationInstanceInput{
			ReplicationInstanceIdentifier: awssdk.String("i-" + string(rune('a'+i))), ReplicationInstanceClass: awssdk.String("dms.t3.medium")})
		require.NoError(t, err)
	}
	seen := map[string]bool{}
	pages := 0
	for p := dms.NewDescribeReplicationInstancesPaginator(client, &dms.DescribeReplicationInstancesInput{MaxRecords: awssdk.Int32(20)}); p.HasMorePages(); pages++ {
		out, err := p.NextPage(t.Context())
		require.NoError(t, err)
		for _, i := range out.ReplicationInstances {
			seen[*i.ReplicationInstanceIdentifier] = true
		}
	}
	require.Equal(t, 2, pages)
	require.Len(t, seen, 25)
	for _, size := range []int32{19, 101} {
		_, err := client.DescribeReplicationInstances(t.Context(), &dms.DescribeReplicationInstancesInput{MaxRecords: awssdk.Int32(size)})
		requireCode(t, err, "InvalidParameterValueException")
	}
	_, err := client.DescribeReplicationInstances(t.Context(), &dms.DescribeReplicationInstancesInput{
		Filters: []types.Filter{{Name: awssdk.String("colour"), Values: []string{"red"}}}})
	requireCode(t, err, "InvalidParameterValueException")
	_, err = client.DescribeReplicationInstances(t.Context(), &dms.DescribeReplicationInstancesInput{Marker: awssdk.String("nonsense")})
	requireCode(t, err, "InvalidParameterValueException")
}

func TestEndpointNeverShowsItsPassword(t *testing.T) {
	t.Parallel()
	server := start(t, fast())
	client := dms.NewFromConfig(config(server))
	created, err := client.CreateEndpoint(t.Context(), &dms.CreateEndpointInput{
		EndpointIdentifier: awssdk.String("target"), EndpointType: types.ReplicationEndpointTypeValueTarget, EngineName: awssdk.String("postgres"),
		PostgreSQLSettings: &types.PostgreSQLSettings{ServerName: awssdk.String("127.0.0.1"), Port: awssdk.Int32(1), Username: awssdk.String("dms"),
			Password: awssdk.String("hunter2"), DatabaseName: awssdk.String("tickets")}})
	require.NoError(t, err)
	shown, err := json.Marshal(created.Endpoint)
	require.NoError(t, err)
	require.NotContains(t, string(shown), "hunter2")
	require.Equal(t, "dms", *created.Endpoint.Username)
	require.Equal(t, "tickets", *created.Endpoint.PostgreSQLSettings.DatabaseName)
	_, err = client.CreateEndpoint(t.Context(), &dms.CreateEndpointInput{
		EndpointIdentifier: awssdk.String("both"), EndpointType: types.ReplicationEndpointTypeValueTarget, EngineName: awssdk.String("postgres"),
		Password:           awssdk.String("x"),
		PostgreSQLSettings: &types.PostgreSQLSettings{SecretsManagerSecretId: awssdk.String("s"), SecretsManagerAccessRoleArn: awssdk.String("r")}})
	requireCode(t, err, "InvalidParameterCombinationException")
}

func TestLogsOfUnknownGroup(t *testing.T) {
	t.Parallel()
	server := start(t, fast())
	_, err := cloudwatchlogs.NewFromConfig(config(server)).FilterLogEvents(t.Context(), &cloudwatchlogs.FilterLogEventsInput{
		LogGroupName: awssdk.String("dms-tasks-nothing")})
	requireCode(t, err, "ResourceNotFoundException")
}
