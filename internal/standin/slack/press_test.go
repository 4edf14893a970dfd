// SPDX-License-Identifier: Apache-2.0

package slack_test

import (
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/standin/slack"
	client "github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
	"github.com/stretchr/testify/require"
)

// approval posts a message with two buttons and returns its ts.
func approval(t *testing.T, s *slack.Server) string {
	t.Helper()
	_, ts, err := api(s).PostMessage(slack.Migrations, client.MsgOptionText("Approve?", false), client.MsgOptionBlocks(section("Approve?"),
		client.NewActionBlock("votes", button("approval.approve", "Approve", "id-1"), button("approval.reject", "Reject…", "id-1"))))
	require.NoError(t, err)
	return ts
}

func TestAClickArrivesWithMessageAndChannel(t *testing.T) {
	t.Parallel()
	s := start(t, relaxed())
	a := connect(t, s, nil)
	ts := approval(t, s)
	require.NoError(t, s.As(slack.Lead).Press(within(t), slack.Migrations, ts, "approval.approve"))
	e, payload := a.last(t, socketmode.EventTypeInteractive)
	click := e.Data.(client.InteractionCallback)
	require.Equal(t, client.InteractionTypeBlockActions, click.Type)
	require.Equal(t, slack.Lead, click.User.ID)
	require.Equal(t, "T0TICKETS0", click.User.TeamID)
	require.Equal(t, slack.Migrations, click.Channel.ID)
	require.Equal(t, ts, click.Message.Timestamp)
	require.Equal(t, ts, click.Container.MessageTs)
	require.Equal(t, "id-1", click.ActionCallback.BlockActions[0].Value)
	require.Equal(t, "votes", click.ActionCallback.BlockActions[0].BlockID)
	require.False(t, e.Request.AcceptsResponsePayload)
	require.NotEmpty(t, payload["response_url"])
	require.NoError(t, s.As(slack.Lead).PressWhere(within(t), slack.Migrations, ts, slack.ByLabel("Reject…")))
}

func TestOnlyWhatIsOnScreenCanBePressed(t *testing.T) {
	t.Parallel()
	s := start(t, relaxed())
	a := connect(t, s, nil)
	ts := approval(t, s)
	lead := s.As(slack.Lead)
	require.ErrorIs(t, lead.Press(within(t), slack.Migrations, ts, "approval.withdraw"), slack.ErrNoElement)
	require.ErrorIs(t, lead.Press(within(t), slack.Migrations, "1500000000.000001", "approval.approve"), slack.ErrNotVisible)
	require.ErrorIs(t, s.As(slack.FormerID).Press(within(t), slack.Migrations, ts, "approval.approve"), slack.ErrCannotAct)
	require.NoError(t, s.Remove(slack.Migrations, slack.OnCall))
	require.ErrorIs(t, s.As(slack.OnCall).Press(within(t), slack.Migrations, ts, "approval.approve"), slack.ErrNotVisible)
	require.NoError(t, s.As(slack.StrangerID).Press(within(t), slack.Migrations, ts, "approval.approve"), "Slack lets them: the app must not")
	require.NoError(t, s.As(slack.GuestID).Press(within(t), slack.Migrations, ts, "approval.approve"))
	e, _ := a.last(t, socketmode.EventTypeInteractive)
	require.NotNil(t, e.Request)

	shown, _ := s.Message(slack.Migrations, ts)
	_, _, _, err := api(s).UpdateMessage(slack.Migrations, ts, client.MsgOptionText("decided", false), client.MsgOptionBlocks(section("decided")))
	require.NoError(t, err)
	require.ErrorIs(t, lead.Press(within(t), slack.Migrations, ts, "approval.approve"), slack.ErrNoElement)
	require.NoError(t, lead.PressStale(within(t), shown, slack.ByAction("approval.approve")), "a click may cross the update on its way")

	_, err = api(s).PostEphemeral(slack.Migrations, slack.Lead, client.MsgOptionText("only you", false),
		client.MsgOptionBlocks(client.NewActionBlock("", button("own", "Own", ""))))
	require.NoError(t, err)
	own := lead.Ephemerals()[0]
	require.ErrorIs(t, s.As(slack.DBA).Press(within(t), slack.Migrations, own.TS, "own"), slack.ErrNotVisible)
	require.NoError(t, lead.Press(within(t), slack.Migrations, own.TS, "own"))
	_, payload := a.last(t, socketmode.EventTypeInteractive)
	require.NotContains(t, payload, "message", "the app is not told what its ephemeral message said")
	require.Equal(t, true, payload["container"].(map[string]any)["is_ephemeral"])
}

func TestAClickWithoutAckIsSeen(t *testing.T) {
	t.Parallel()
	o := relaxed()
	o.Timing.AckWait = 50 * time.Millisecond
	s := start(t, o)
	ts := approval(t, s)
	require.ErrorIs(t, s.As(slack.Lead).Press(within(t), slack.Migrations, ts, "approval.approve"), slack.ErrNoApp)
	connect(t, s, func(*app, socketmode.Event) {})
	require.ErrorIs(t, s.As(slack.Lead).Press(within(t), slack.Migrations, ts, "approval.approve"), slack.ErrNotAcked)
}

func TestAPayloadThatIsNotAcceptedIsIgnored(t *testing.T) {
	t.Parallel()
	s := start(t, relaxed())
	connect(t, s, func(a *app, e socketmode.Event) { _ = a.socket.Ack(*e.Request, map[string]any{"text": "thanks"}) })
	require.NoError(t, s.As(slack.Lead).Press(within(t), slack.Migrations, approval(t, s), "approval.approve"))
	require.Equal(t, 1, s.Stats().IgnoredPayloads)
	require.Empty(t, s.As(slack.Lead).Ephemerals())
	_, err := s.As(slack.Lead).Command(within(t), slack.Migrations, "/migrate-status")
	require.NoError(t, err)
	require.Len(t, s.As(slack.Lead).Ephemerals(), 1, "a command's ack may carry an answer")
}

func TestAMessageIsReplacedThroughItsResponseURL(t *testing.T) {
	t.Parallel()
	s := start(t, relaxed())
	a := connect(t, s, nil)
	ts := approval(t, s)
	require.NoError(t, s.As(slack.Lead).Press(within(t), slack.Migrations, ts, "approval.approve"))
	e, _ := a.last(t, socketmode.EventTypeInteractive)
	url := e.Data.(client.InteractionCallback).ResponseURL
	require.NoError(t, client.PostWebhook(url, &client.WebhookMessage{Text: "one more", ReplaceOriginal: true}))
	m, _ := s.Message(slack.Migrations, ts)
	require.Equal(t, "one more", m.Text)
	require.Empty(t, m.Blocks)
	require.NoError(t, client.PostWebhook(url, &client.WebhookMessage{DeleteOriginal: true}))
	_, there := s.Message(slack.Migrations, ts)
	require.False(t, there)
}

func TestChoicesCarryTheirOption(t *testing.T) {
	t.Parallel()
	s := start(t, relaxed())
	a := connect(t, s, nil)
	words := func(w string) *client.TextBlockObject {
		return client.NewTextBlockObject(client.PlainTextType, w, false, false)
	}
	pick := client.NewOptionsSelectBlockElement(client.OptTypeStatic, words("which"), "pick",
		client.NewOptionBlockObject("v1", words("One"), nil), client.NewOptionBlockObject("v2", words("Two"), nil))
	_, ts, err := api(s).PostMessage(slack.Migrations, client.MsgOptionBlocks(client.NewActionBlock("b", pick)))
	require.NoError(t, err)
	require.NoError(t, s.As(slack.DBA).Choose(within(t), slack.Migrations, ts, "pick", "Two"))
	e, _ := a.last(t, socketmode.EventTypeInteractive)
	click := e.Data.(client.InteractionCallback)
	require.Equal(t, "v2", click.ActionCallback.BlockActions[0].SelectedOption.Value)
	require.Equal(t, "v2", click.BlockActionState.Values["b"]["pick"].SelectedOption.Value)
	require.ErrorIs(t, s.As(slack.DBA).Choose(within(t), slack.Migrations, ts, "pick", "Three"), slack.ErrNoElement)
}

func TestSubscribersSeeEverythingInOrder(t *testing.T) {
	t.Parallel()
	s := start(t, relaxed())
	connect(t, s, nil)
	sub := s.Subscribe()
	ts := approval(t, s)
	require.NoError(t, s.As(slack.Lead).Press(within(t), slack.Migrations, ts, "approval.approve"))
	_, _, _, err := api(s).UpdateMessage(slack.Migrations, ts, client.MsgOptionText("done", false))
	require.NoError(t, err)
	_, err = s.As(slack.DBA).Command(within(t), slack.Migrations, "/migrate-status box")
	require.NoError(t, err)
	_, _, err = api(s).DeleteMessage(slack.Migrations, ts)
	require.NoError(t, err)
	var kinds []slack.ChangeKind
	var last int64
	for c := range sub.C {
		require.Greater(t, c.Seq, last)
		last = c.Seq
		if kinds = append(kinds, c.Kind); c.Kind == slack.MessageDeleted {
			break
		}
		if c.Kind == slack.CommandTyped {
			require.Equal(t, "/migrate-status box", c.Text)
		}
		if c.Kind == slack.ButtonPressed {
			require.Equal(t, "approval.approve", c.ActionID)
			require.Equal(t, "Approve", c.Text)
		}
	}
	require.Equal(t, []slack.ChangeKind{
		slack.MessagePosted, slack.ButtonPressed, slack.MessageChanged, slack.CommandTyped, slack.MessageDeleted,
	}, kinds)
	sub.Close()
	_, open := <-sub.C
	require.False(t, open)
}
