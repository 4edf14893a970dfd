// SPDX-License-Identifier: Apache-2.0

package faulty_test

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/databasemigrationservice"
	standin "github.com/ferryman/ferryman/internal/standin/aws"
	"github.com/ferryman/ferryman/internal/standin/faulty"
	workspace "github.com/ferryman/ferryman/internal/standin/slack"
	"github.com/slack-go/slack"
	"github.com/stretchr/testify/require"
)

func TestAWSCallsThatChangeSomethingAreSeen(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	server, err := standin.Start(ctx, standin.Options{})
	require.NoError(t, err)
	t.Cleanup(server.Close)
	var w witness
	p, err := faulty.AWSProxy(server.URL(), "three", w.watch)
	require.NoError(t, err)
	t.Cleanup(p.Close)
	key, secret := server.AccessKey()
	cfg, err := config.LoadDefaultConfig(ctx, config.WithRegion(server.Region()), config.WithCredentialsProvider(credentials.NewStaticCredentialsProvider(key, secret, "")))
	require.NoError(t, err)
	url, class, id := p.URL(), "dms.t3.medium", "one"
	client := databasemigrationservice.NewFromConfig(cfg, func(o *databasemigrationservice.Options) { o.BaseEndpoint, o.RetryMaxAttempts = &url, 1 })
	_, err = client.DescribeReplicationInstances(ctx, nil)
	require.NoError(t, err, "the signature holds through the proxy")
	require.True(t, w.last().Read)
	create := &databasemigrationservice.CreateReplicationInstanceInput{ReplicationInstanceClass: &class, ReplicationInstanceIdentifier: &id}
	_, err = client.CreateReplicationInstance(ctx, create)
	require.NoError(t, err)
	_, err = client.CreateReplicationInstance(ctx, create)
	require.Error(t, err, "there is one of that name")
	require.Equal(t, []string{"DescribeReplicationInstances", "CreateReplicationInstance"}, w.kinds(), "a refused call writes nothing")

	id = "two"
	w.lose = func(x faulty.Write) bool { return !x.Read }
	_, err = client.CreateReplicationInstance(ctx, create)
	require.Error(t, err)
	there, err := client.DescribeReplicationInstances(ctx, nil)
	require.NoError(t, err)
	require.Len(t, there.ReplicationInstances, 2, "the call whose answer was lost had its effect")
}

func TestSlackMethodsThatChangeSomethingAreSeen(t *testing.T) {
	t.Parallel()
	server := workspace.New(workspace.Options{Workspace: workspace.DefaultWorkspace()})
	require.NoError(t, server.Start("127.0.0.1:0"))
	t.Cleanup(server.Close)
	var w witness
	p, err := faulty.SlackProxy(server.APIURL(), "four", w.watch)
	require.NoError(t, err)
	t.Cleanup(p.Close)
	client := slack.New(server.BotToken(), slack.OptionAPIURL(p.URL()))
	_, err = client.AuthTest()
	require.NoError(t, err)
	_, _, err = client.PostMessage(workspace.Migrations, slack.MsgOptionText("hello", false),
		slack.MsgOptionMetadata(slack.SlackMetadata{EventType: "ferryman", EventPayload: map[string]any{"id": "X1", "key": "load:1:progress"}}))
	require.NoError(t, err)
	require.Equal(t, faulty.Write{Service: faulty.Slack, Client: "four", Kind: "chat.postMessage load:#:progress", ID: "X1", Repeats: true}, w.last())
	_, _, err = client.PostMessage("C0NOTTHERE", slack.MsgOptionText("hello", false))
	require.Error(t, err)
	require.Len(t, w.kinds(), 1, "reading and a refused call write nothing")
	_, err = client.UploadFile(slack.UploadFileParameters{Content: "all of it", FileSize: 9, Filename: "plan.json", Channel: workspace.Migrations})
	require.NoError(t, err)
	require.Equal(t, "files.completeUploadExternal", w.last().Kind)
	before := len(server.Messages(workspace.Migrations))
	w.lose = func(faulty.Write) bool { return true }
	_, _, err = client.PostMessage(workspace.Migrations, slack.MsgOptionText("again", false))
	require.Error(t, err)
	require.Len(t, server.Messages(workspace.Migrations), before+1, "the message whose answer was lost is there")
}
