// SPDX-License-Identifier: Apache-2.0

package slack_test

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/standin/slack"
	"github.com/gorilla/websocket"
	client "github.com/slack-go/slack"
	"github.com/stretchr/testify/require"
)

// workspace is where the contract is held: a stand-in, or a real workspace with the app installed and its bot in the channel.
type workspace struct{ url, bot, app, channel string }

func (w workspace) client(token string) *client.Client {
	return client.New(token, client.OptionAppLevelToken(w.app), client.OptionAPIURL(w.url), client.OptionRetry(5))
}

func TestContract(t *testing.T) {
	t.Parallel()
	s := start(t, relaxed())
	contract(t, workspace{url: s.APIURL(), bot: s.BotToken(), app: s.AppToken(), channel: slack.Migrations})
}

// TestContractLive holds the same contract with Slack itself. The app needs the scopes of DefaultScopes and Socket Mode.
func TestContractLive(t *testing.T) {
	w := workspace{
		url: client.APIURL, bot: os.Getenv("FERRYMAN_LIVE_SLACK_BOT_TOKEN"), app: os.Getenv("FERRYMAN_LIVE_SLACK_APP_TOKEN"),
		channel: os.Getenv("FERRYMAN_LIVE_SLACK_CHANNEL"),
	}
	if w.bot == "" || w.app == "" || w.channel == "" {
		t.Skip("no real workspace: set FERRYMAN_LIVE_SLACK_BOT_TOKEN, FERRYMAN_LIVE_SLACK_APP_TOKEN and FERRYMAN_LIVE_SLACK_CHANNEL (an id)")
	}
	contract(t, w)
}

// contract is what Ferryman relies on of Slack, as far as an app alone can see it.
func contract(t *testing.T, w workspace) {
	c := w.client(w.bot)
	text := func(s string) client.MsgOption { return client.MsgOptionText(s, false) }
	post := func(o ...client.MsgOption) string {
		_, ts, err := c.PostMessage(w.channel, o...)
		require.NoError(t, err)
		return ts
	}
	refused := func(want string, err error) {
		t.Helper()
		require.EqualError(t, err, want)
	}

	t.Run("tokens", func(t *testing.T) {
		who, err := c.AuthTest()
		require.NoError(t, err)
		require.NotEmpty(t, who.BotID)
		require.Contains(t, who.Header.Get("X-OAuth-Scopes"), "chat:write")
		_, err = w.client("xoxb-0-0-wrong").AuthTest()
		refused("invalid_auth", err)
		_, err = w.client("").AuthTest()
		refused("not_authed", err)
		_, _, err = w.client(w.app).PostMessage(w.channel, text("x"))
		refused("not_allowed_token_type", err)
	})

	t.Run("messages", func(t *testing.T) {
		root := post(text("contract"), client.MsgOptionMetadata(client.SlackMetadata{
			EventType: "contract", EventPayload: map[string]any{"id": "42"},
		}))
		defer func() { _, _, _ = c.DeleteMessage(w.channel, root) }()
		reply := post(text("reply"), client.MsgOptionTS(root), client.MsgOptionBlocks(section("*reply*"), client.NewActionBlock("",
			button("contract", "Press", strings.Repeat("v", 2000)))))
		defer func() { _, _, _ = c.DeleteMessage(w.channel, reply) }()
		_, _, _, err := c.UpdateMessage(w.channel, reply, text("changed"), client.MsgOptionBlocks(section("changed")))
		require.NoError(t, err)
		list, _, _, err := c.GetConversationReplies(&client.GetConversationRepliesParameters{
			ChannelID: w.channel, Timestamp: root, IncludeAllMetadata: true,
		})
		require.NoError(t, err)
		require.Len(t, list, 2)
		require.Equal(t, "contract", list[0].Metadata.EventType)
		require.Equal(t, "42", list[0].Metadata.EventPayload["id"])
		require.Equal(t, root, list[1].ThreadTimestamp)
		require.Equal(t, "changed", list[1].Text)
	})

	t.Run("refusals", func(t *testing.T) {
		ts := post(text("contract: refusals"))
		defer func() { _, _, _ = c.DeleteMessage(w.channel, ts) }()
		_, _, err := c.PostMessage("C0NOWHERE00", text("x"))
		refused("channel_not_found", err)
		_, _, err = c.PostMessage(w.channel)
		refused("no_text", err)
		_, _, _, err = c.UpdateMessage(w.channel, "1500000000.000001", text("x"))
		refused("message_not_found", err)
		_, _, _, err = c.UpdateMessage(w.channel, ts, text(strings.Repeat("x", 4001)))
		refused("msg_too_long", err)
		_, _, _, err = c.GetConversationReplies(&client.GetConversationRepliesParameters{ChannelID: w.channel, Timestamp: "1500000000.000001"})
		refused("thread_not_found", err)
		big := section(strings.Repeat("x", 3000))
		_, _, err = c.PostMessage(w.channel, client.MsgOptionBlocks(big, big, big, big, big))
		refused("msg_blocks_too_long", err)
		for _, block := range []client.Block{
			section(strings.Repeat("x", 3001)), client.NewHeaderBlock(words(strings.Repeat("x", 151))),
			client.NewActionBlock("", button("a", strings.Repeat("x", 76), "")), client.NewActionBlock("", button("a", "A", strings.Repeat("x", 2001))),
		} {
			_, _, err = c.PostMessage(w.channel, client.MsgOptionBlocks(block))
			refused("invalid_blocks", err)
		}
		_, err = c.OpenView("1.2.abcdef", form("F"))
		refused("invalid_trigger_id", err)
		_, err = c.GetUserInfo("U0NOBODY000")
		refused("user_not_found", err)
	})

	t.Run("files", func(t *testing.T) {
		root := post(text("contract: a file"))
		defer func() { _, _, _ = c.DeleteMessage(w.channel, root) }()
		const body = "select 1;\n"
		up, err := c.UploadFile(client.UploadFileParameters{
			Filename: "plan.sql", FileSize: len(body), Content: body, Channel: w.channel, ThreadTimestamp: root,
		})
		require.NoError(t, err)
		require.Eventually(t, func() bool {
			list, _, _, err := c.GetConversationReplies(&client.GetConversationRepliesParameters{ChannelID: w.channel, Timestamp: root})
			return err == nil && len(list) == 2 && len(list[1].Files) == 1
		}, 2*time.Minute, 500*time.Millisecond)
		info, _, _, err := c.GetFileInfo(up.ID, 0, 0)
		require.NoError(t, err)
		var got bytes.Buffer
		require.NoError(t, c.GetFile(info.URLPrivate, &got))
		require.Equal(t, body, got.String())
	})

	t.Run("socket", func(t *testing.T) {
		_, url, err := c.StartSocketModeContext(within(t))
		require.NoError(t, err)
		ws, _, err := websocket.DefaultDialer.Dial(url+"&debug_reconnects=true", nil)
		require.NoError(t, err)
		defer ws.Close()
		var hello struct {
			Type           string `json:"type"`
			NumConnections int    `json:"num_connections"`
		}
		require.NoError(t, ws.ReadJSON(&hello))
		require.Equal(t, "hello", hello.Type)
		require.Positive(t, hello.NumConnections)
	})
}
