// SPDX-License-Identifier: Apache-2.0

package slack_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/standin/slack"
	client "github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
	"github.com/stretchr/testify/require"
)

func TestACommandArrivesAndTheAckAnswersIt(t *testing.T) {
	t.Parallel()
	s := start(t, relaxed())
	a := connect(t, s, func(a *app, e socketmode.Event) {
		_ = a.socket.Ack(*e.Request, map[string]any{"text": "Opening " + e.Data.(client.SlashCommand).Text})
	})
	answer, err := s.As(slack.DBA).Command(within(t), slack.Migrations, "/migrate-new  box-office ")
	require.NoError(t, err)
	require.Empty(t, answer.Error)
	require.Equal(t, "Opening box-office", answer.Text())
	require.True(t, answer.Message.Ephemeral)
	require.Empty(t, s.Messages(slack.Migrations), "an answer is ephemeral unless it says otherwise")

	e, payload := a.last(t, socketmode.EventTypeSlashCommand)
	command := e.Data.(client.SlashCommand)
	require.True(t, e.Request.AcceptsResponsePayload)
	require.Equal(t, "/migrate-new", command.Command)
	require.Equal(t, "migrations", command.ChannelName)
	require.Equal(t, slack.DBA, command.UserID)
	require.Equal(t, "dba", command.UserName)
	require.NotContains(t, payload, "thread_ts")
	require.Equal(t, "false", payload["is_enterprise_install"], "a string, as Slack sends it")
}

func TestWhatSlackbotSaysToCommands(t *testing.T) {
	t.Parallel()
	o := relaxed()
	o.Timing.AckWait = 100 * time.Millisecond
	s := start(t, o)
	dba := s.As(slack.DBA)
	_, root, err := api(s).PostMessage(slack.Migrations, client.MsgOptionText("root", false))
	require.NoError(t, err)
	typed := func(p *slack.Person, line string) string {
		answer, err := p.Command(within(t), slack.Migrations, line)
		require.NoError(t, err)
		return answer.Error
	}
	require.Equal(t, "dispatch_failed", typed(dba, "/migrate-status"), "nobody is connected")
	require.Equal(t, "invalid_command", typed(dba, "/migrate-nothing"))
	require.Equal(t, "invalid_command", typed(s.As(slack.StrangerID), "/migrate-status"), "another organisation's people have not our commands")
	answer, err := dba.CommandInThread(within(t), slack.Migrations, root, "/migrate-status")
	require.NoError(t, err)
	require.Equal(t, "not_supported_in_threads", answer.Error)
	require.Contains(t, answer.Text(), "/migrate-status is not supported in threads")
	for _, user := range []string{slack.FormerID, slack.BotUserID, "U0NOBODY"} {
		_, err = s.As(user).Command(within(t), slack.Migrations, "/migrate-status")
		require.ErrorIs(t, err, slack.ErrCannotAct, user)
	}
	_, err = s.As(slack.GuestID).Command(within(t), slack.Vault, "/migrate-status")
	require.ErrorIs(t, err, slack.ErrNotVisible)

	connect(t, s, func(*app, socketmode.Event) {})
	answer, err = dba.Command(within(t), slack.Migrations, "/migrate-status")
	require.NoError(t, err)
	require.Equal(t, "operation_timeout", answer.Error)
	require.Equal(t, `/migrate-status failed with the error "operation_timeout"`, answer.Text())
}

func TestSlowAcksTimeOut(t *testing.T) {
	t.Parallel()
	o := relaxed()
	o.Timing.AckWait = 5 * time.Second // enough for an ack that is not delayed, on any machine
	s := start(t, o)
	connect(t, s, nil)
	s.DelayAcks(time.Minute)
	answer, err := s.As(slack.DBA).Command(within(t), slack.Migrations, "/migrate-status")
	require.NoError(t, err)
	require.Equal(t, "operation_timeout", answer.Error)
	s.Heal()
	answer, err = s.As(slack.DBA).Command(within(t), slack.Migrations, "/migrate-status")
	require.NoError(t, err)
	require.Empty(t, answer.Error)
}

func TestResponseURL(t *testing.T) {
	t.Parallel()
	now := newClock()
	s := start(t, now.options(relaxed()))
	a := connect(t, s, nil)
	command := func() string {
		_, err := s.As(slack.DBA).Command(within(t), slack.General, "/migrate-status")
		require.NoError(t, err)
		e, _ := a.last(t, socketmode.EventTypeSlashCommand)
		return e.Data.(client.SlashCommand).ResponseURL
	}
	send := func(url string, m *client.WebhookMessage) error { return client.PostWebhook(url, m) }
	first := command()
	require.NoError(t, send(first, &client.WebhookMessage{Text: "working"}))
	require.NoError(t, send(first, &client.WebhookMessage{Text: "done", ReplaceOriginal: true}))
	own := s.As(slack.DBA).Ephemerals()
	require.Len(t, own, 1)
	require.Equal(t, "done", own[0].Text)
	require.NoError(t, send(first, &client.WebhookMessage{Text: "to all", ResponseType: "in_channel"}))
	require.Equal(t, "to all", s.Messages(slack.General)[0].Text, "also where the bot is no member")
	require.NoError(t, send(first, &client.WebhookMessage{DeleteOriginal: true}))
	require.Empty(t, s.As(slack.DBA).Ephemerals())
	require.Error(t, send(first, &client.WebhookMessage{Blocks: &client.Blocks{BlockSet: []client.Block{section(strings.Repeat("x", 3001))}}}),
		"refused blocks are no use of the URL")
	require.NoError(t, send(first, &client.WebhookMessage{Text: "five"}))
	var status client.StatusCodeError
	require.ErrorAs(t, send(first, &client.WebhookMessage{Text: "six"}), &status)
	require.Equal(t, http.StatusNotFound, status.Code)

	second := command()
	now.forward(29 * time.Minute)
	require.NoError(t, send(second, &client.WebhookMessage{Text: "late"}))
	now.forward(2 * time.Minute)
	require.ErrorAs(t, send(second, &client.WebhookMessage{Text: "too late"}), &status)
}

func TestDuplicatesReachAnotherConnection(t *testing.T) {
	t.Parallel()
	s := start(t, relaxed())
	apps := []*app{connect(t, s, nil), connect(t, s, nil)}
	for i, same := range []bool{true, false} {
		s.DuplicateNext(1, same)
		_, err := s.As(slack.DBA).Command(within(t), slack.Migrations, "/migrate-status")
		require.NoError(t, err)
		want := int64(i + 1)
		require.Eventually(t, func() bool { return apps[0].count.Load() == want && apps[1].count.Load() == want }, 2*time.Minute, time.Millisecond)
		first, one := apps[0].last(t, socketmode.EventTypeSlashCommand)
		second, other := apps[1].last(t, socketmode.EventTypeSlashCommand)
		require.Equal(t, same, first.Request.EnvelopeID == second.Request.EnvelopeID)
		require.Equal(t, one, other)
	}
}

func TestCommandsCanEscapeNames(t *testing.T) {
	t.Parallel()
	o := relaxed()
	o.Workspace = slack.DefaultWorkspace("/ask")
	o.Workspace.App.Commands[0].ShouldEscape = true
	s := start(t, o)
	a := connect(t, s, nil)
	_, err := s.As(slack.DBA).Command(within(t), slack.Migrations, "/ask @lead or @db-approvers in #general, not @nobody")
	require.NoError(t, err)
	e, _ := a.last(t, socketmode.EventTypeSlashCommand)
	require.Equal(t, "<@"+slack.Lead+"|lead> or <!subteam^"+slack.Approvers+"|@db-approvers> in <#"+slack.General+"|general>, not @nobody",
		e.Data.(client.SlashCommand).Text)
}

func TestInviteIsTypedLikeInSlack(t *testing.T) {
	t.Parallel()
	s := start(t, relaxed())
	_, err := s.As(slack.DBA).Command(within(t), slack.General, "/invite @ferryman")
	require.NoError(t, err)
	_, _, err = api(s).PostMessage(slack.General, client.MsgOptionText("thanks", false))
	require.NoError(t, err)
}

// TestEventsAreRetried lets an event go without ack three times: it comes again with its attempt and reason.
func TestEventsAreRetried(t *testing.T) {
	t.Parallel()
	o := relaxed()
	o.Timing.AckWait = 5 * time.Second // the third attempt is acked within it
	o.Timing.EventRetries = []time.Duration{0, time.Millisecond, time.Millisecond}
	s := start(t, o)
	a := connect(t, s, func(a *app, e socketmode.Event) {
		if e.Request.RetryAttempt == 2 {
			_ = a.socket.Ack(*e.Request)
		}
	})
	_, err := s.As(slack.DBA).Say(slack.Migrations, "", "hello <@"+slack.BotUserID+">")
	require.NoError(t, err)
	require.Eventually(t, func() bool { return a.count.Load() == 3 }, 2*time.Minute, time.Millisecond)
	require.Eventually(t, func() bool { return s.Stats().Acks == 1 }, 2*time.Minute, time.Millisecond)
	for _, e := range a.events() {
		if e.Type == socketmode.EventTypeEventsAPI && e.Request.RetryAttempt > 0 {
			require.Equal(t, "timeout", e.Request.RetryReason)
		}
	}
	require.Equal(t, 2, s.Stats().EventRetries)
}
