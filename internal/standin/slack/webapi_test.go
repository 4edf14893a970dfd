// SPDX-License-Identifier: Apache-2.0

package slack_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/ferryman/ferryman/internal/standin/slack"
	client "github.com/slack-go/slack"
	"github.com/stretchr/testify/require"
)

func TestAuthTestSaysWhoAndWhatScopes(t *testing.T) {
	t.Parallel()
	s := start(t, relaxed())
	who, err := api(s).AuthTest()
	require.NoError(t, err)
	require.Equal(t, "ferryman", who.User)
	require.Equal(t, slack.BotUserID, who.UserID)
	require.Equal(t, "T0TICKETS0", who.TeamID)
	require.NotEmpty(t, who.BotID)
	require.Contains(t, strings.Split(who.Header.Get("X-OAuth-Scopes"), ","), "chat:write")
}

func TestTokensAreOfAKindAndMayBeWrongOrRevoked(t *testing.T) {
	t.Parallel()
	s := start(t, relaxed())
	with := func(token string) error {
		_, _, err := client.New(token, client.OptionAPIURL(s.APIURL())).PostMessage(slack.Migrations, client.MsgOptionText("x", false))
		return err
	}
	require.EqualError(t, with(""), "not_authed")
	require.EqualError(t, with("xoxb-other"), "invalid_auth")
	require.EqualError(t, with(s.AppToken()), "not_allowed_token_type")
	_, _, err := client.New("", client.OptionAppLevelToken(s.BotToken()), client.OptionAPIURL(s.APIURL())).StartSocketModeContext(within(t))
	require.EqualError(t, err, "not_allowed_token_type")
	s.RevokeToken(s.BotToken())
	require.EqualError(t, with(s.BotToken()), "token_revoked")
	s.Heal()
	require.NoError(t, with(s.BotToken()))
}

func TestATokenIsTakenFromHeaderOrFormOnly(t *testing.T) {
	t.Parallel()
	s := start(t, relaxed())
	post := func(path, kind, body string) map[string]any {
		return call(t, s, path, kind, body, "")
	}
	require.Equal(t, "not_authed", post("auth.test?token="+s.BotToken(), "application/x-www-form-urlencoded", "")["error"])
	require.Equal(t, "not_authed", post("auth.test", "application/json; charset=utf-8", `{"token":"`+s.BotToken()+`"}`)["error"])
	require.Equal(t, true, post("auth.test", "application/x-www-form-urlencoded", "token="+s.BotToken())["ok"])
	require.Equal(t, "invalid_json", call(t, s, "auth.test", "application/json; charset=utf-8", `{`, s.BotToken())["error"])
	require.Equal(t, "json_not_object", call(t, s, "auth.test", "application/json; charset=utf-8", `[]`, s.BotToken())["error"])
	require.Equal(t, "unknown_method", call(t, s, "chat.shout", "application/json", `{}`, s.BotToken())["error"])
}

func TestAJSONBodyWithoutCharsetIsTakenWithAWarning(t *testing.T) {
	t.Parallel()
	s := start(t, relaxed())
	body := `{"channel":"` + slack.Migrations + `","text":"hello","blocks":[{"type":"divider"}]}`
	answer := call(t, s, "chat.postMessage", "application/json", body, s.BotToken())
	require.Equal(t, true, answer["ok"])
	require.Equal(t, "missing_charset", answer["warning"])
	require.NotContains(t, call(t, s, "chat.postMessage", "application/json; charset=utf-8", body, s.BotToken()), "warning")
}

func TestMissingScopesAreNamed(t *testing.T) {
	t.Parallel()
	s := start(t, relaxed())
	s.SetScopes("users:read", "channels:read")
	_, _, err := api(s).PostMessage(slack.Migrations, client.MsgOptionText("x", false))
	var answer client.SlackErrorResponse
	require.ErrorAs(t, err, &answer)
	require.Equal(t, "missing_scope", answer.Err)
	require.Equal(t, "chat:write", answer.Needed)
	require.Equal(t, "users:read,channels:read", answer.Provided)

	require.NoError(t, s.Invite(slack.Vault, slack.BotUserID))
	_, err = api(s).GetConversationInfo(&client.GetConversationInfoInput{ChannelID: slack.Vault})
	require.ErrorAs(t, err, &answer)
	require.Equal(t, "groups:read", answer.Needed, "a private channel needs its own scope")
}

func TestPostUpdateDelete(t *testing.T) {
	t.Parallel()
	s := start(t, relaxed())
	c := api(s)
	_, root, err := c.PostMessage(slack.Migrations, client.MsgOptionText("root", false), client.MsgOptionMetadata(client.SlackMetadata{
		EventType: "ferryman", EventPayload: map[string]any{"id": "42", "n": 7},
	}))
	require.NoError(t, err)
	_, reply, err := c.PostMessage(slack.Migrations, client.MsgOptionTS(root), client.MsgOptionText("reply", false),
		client.MsgOptionBlocks(section("*reply*"), client.NewActionBlock("", button("go", "Go", "1"))))
	require.NoError(t, err)
	require.Greater(t, reply, root)

	_, _, _, err = c.UpdateMessage(slack.Migrations, reply, client.MsgOptionText("changed", false), client.MsgOptionBlocks(section("changed")))
	require.NoError(t, err)
	m, ok := s.Message(slack.Migrations, reply)
	require.True(t, ok)
	require.Equal(t, 2, m.Versions)
	require.Empty(t, m.EditedTS, "blocks are replaced without the edited mark")
	require.Len(t, m.Blocks, 1)
	require.NotEmpty(t, m.Blocks[0]["block_id"])

	_, _, _, err = c.UpdateMessage(slack.Migrations, reply, client.MsgOptionText("only text", false))
	require.NoError(t, err)
	m, _ = s.Message(slack.Migrations, reply)
	require.Empty(t, m.Blocks, "text without blocks takes the blocks away")
	require.NotEmpty(t, m.EditedTS)

	replies, _, _, err := c.GetConversationReplies(&client.GetConversationRepliesParameters{
		ChannelID: slack.Migrations, Timestamp: root, IncludeAllMetadata: true,
	})
	require.NoError(t, err)
	require.Len(t, replies, 2)
	require.Equal(t, "ferryman", replies[0].Metadata.EventType)
	require.Equal(t, "42", replies[0].Metadata.EventPayload["id"])
	require.Equal(t, 1, replies[0].ReplyCount)
	replies, _, _, err = c.GetConversationReplies(&client.GetConversationRepliesParameters{ChannelID: slack.Migrations, Timestamp: root})
	require.NoError(t, err)
	require.Empty(t, replies[0].Metadata.EventType, "metadata comes only when asked for")

	link, err := c.GetPermalink(&client.PermalinkParameters{Channel: slack.Migrations, Ts: reply})
	require.NoError(t, err)
	require.Equal(t, "https://tickets.slack.com/archives/C0MIGRATNS/p"+strings.ReplaceAll(reply, ".", "")+"?thread_ts="+root+"&cid=C0MIGRATNS", link)

	_, _, err = c.DeleteMessage(slack.Migrations, root)
	require.NoError(t, err)
	m, ok = s.Message(slack.Migrations, root)
	require.True(t, ok)
	require.Equal(t, "tombstone", m.Subtype, "a root with replies leaves a tombstone")
	_, _, _, err = c.UpdateMessage(slack.Migrations, root, client.MsgOptionText("x", false))
	require.EqualError(t, err, "cant_update_message")
}

func TestWhatChatRefuses(t *testing.T) {
	t.Parallel()
	s := start(t, relaxed())
	s.AddChannel(slack.Channel{ID: "C0OLD", Name: "old", Archived: true, Members: []string{slack.BotUserID}})
	c := api(s)
	said, err := s.As(slack.DBA).Say(slack.Migrations, "", "mine")
	require.NoError(t, err)
	_, root, err := c.PostMessage(slack.Migrations, client.MsgOptionText("root", false))
	require.NoError(t, err)
	_, reply, err := c.PostMessage(slack.Migrations, client.MsgOptionText("reply", false), client.MsgOptionTS(root))
	require.NoError(t, err)
	_, gone, err := c.PostMessage(slack.Migrations, client.MsgOptionText("gone", false))
	require.NoError(t, err)
	_, _, err = c.DeleteMessage(slack.Migrations, gone)
	require.NoError(t, err)
	text := func(s string) client.MsgOption { return client.MsgOptionText(s, false) }
	post := func(channel string, o ...client.MsgOption) error {
		_, _, err := c.PostMessage(channel, o...)
		return err
	}
	update := func(ts string, o ...client.MsgOption) error {
		_, _, _, err := c.UpdateMessage(slack.Migrations, ts, o...)
		return err
	}
	big := strings.Repeat("x", 2900)
	for want, err := range map[string]error{
		"channel_not_found":       post("C0NOWHERE", text("x")),
		"not_in_channel":          post(slack.General, text("x")),
		"is_archived":             post("C0OLD", text("x")),
		"no_text":                 post(slack.Migrations),
		"msg_too_long":            post(slack.Migrations, text(strings.Repeat("é", 40001))),
		"invalid_thread_ts":       post(slack.Migrations, text("x"), client.MsgOptionTS("yesterday")),
		"thread_not_found":        post(slack.Migrations, text("x"), client.MsgOptionTS("1500000000.000001")),
		"cannot_reply_to_message": post(slack.Migrations, text("x"), client.MsgOptionTS(reply)),
		"msg_blocks_too_long":     post(slack.Migrations, client.MsgOptionBlocks(section(big), section(big), section(big), section(big), section(big))),
		"message_not_found":       update("1500000000.000001", text("x")),
		"cant_update_message":     update(said, text("x")),
	} {
		require.EqualError(t, err, want)
	}
	require.EqualError(t, post(slack.Vault, text("x")), "channel_not_found", "a private channel the bot is not in does not exist for it")
	require.EqualError(t, update(root, text(strings.Repeat("x", 4001))), "msg_too_long", "chat.update takes shorter texts than chat.postMessage")
	require.NoError(t, post(slack.Migrations, text(strings.Repeat("é", 40000))))
	_, err = c.PostEphemeral(slack.Migrations, "U0NOBODY", text("x"))
	require.EqualError(t, err, "user_not_found")
	_, err = c.PostEphemeral(slack.Migrations, slack.FormerID, text("x"))
	require.EqualError(t, err, "user_not_found")

	_, _, full, err := c.PostMessageWithResponse(slack.Migrations, text("late"), client.MsgOptionTS(gone))
	require.NoError(t, err)
	require.Empty(t, full.ThreadTimestamp, "under a root that was deleted it becomes a plain message")
}

func TestHistoryPagesNewestFirst(t *testing.T) {
	t.Parallel()
	s := start(t, relaxed())
	c := api(s)
	var sent []string
	for range 5 {
		_, ts, err := c.PostMessage(slack.Migrations, client.MsgOptionText("m", false))
		require.NoError(t, err)
		sent = append([]string{ts}, sent...)
	}
	var got []string
	cursor := ""
	for {
		page, err := c.GetConversationHistory(&client.GetConversationHistoryParameters{ChannelID: slack.Migrations, Limit: 2, Cursor: cursor})
		require.NoError(t, err)
		require.LessOrEqual(t, len(page.Messages), 2)
		for _, m := range page.Messages {
			got = append(got, m.Timestamp)
		}
		if cursor = page.ResponseMetaData.NextCursor; cursor == "" {
			break
		}
	}
	require.Equal(t, sent, got)
	page, err := c.GetConversationHistory(&client.GetConversationHistoryParameters{ChannelID: slack.Migrations, Oldest: sent[2]})
	require.NoError(t, err)
	require.Len(t, page.Messages, 2)
	_, err = c.GetConversationHistory(&client.GetConversationHistoryParameters{ChannelID: slack.Migrations, Cursor: "nonsense"})
	require.EqualError(t, err, "invalid_cursor")
	_, err = c.GetConversationHistory(&client.GetConversationHistoryParameters{ChannelID: slack.General})
	require.EqualError(t, err, "not_in_channel")
}

func TestMembersOfEveryKind(t *testing.T) {
	t.Parallel()
	s := start(t, relaxed())
	c := api(s)
	info := func(id string) *client.User {
		u, err := c.GetUserInfo(id)
		require.NoError(t, err)
		return u
	}
	require.True(t, info(slack.GuestID).IsRestricted)
	require.False(t, info(slack.GuestID).IsUltraRestricted)
	require.True(t, info(slack.FormerID).Deleted)
	require.True(t, info(slack.BotUserID).IsBot)
	stranger := info(slack.StrangerID)
	require.NotEqual(t, s.TeamID(), stranger.TeamID)
	require.False(t, stranger.IsStranger, "in a common channel only team_id tells a stranger")
	require.NoError(t, s.Remove(slack.Migrations, slack.StrangerID))
	require.True(t, info(slack.StrangerID).IsStranger)
	_, err := c.GetUserInfo("U0NOBODY")
	require.EqualError(t, err, "user_not_found")

	all, err := c.GetUsers()
	require.NoError(t, err)
	require.Len(t, all, 7)
	in, _, err := c.GetUsersInConversation(&client.GetUsersInConversationParameters{ChannelID: slack.Migrations})
	require.NoError(t, err)
	require.NotContains(t, in, slack.FormerID)

	groups, err := c.GetUserGroups()
	require.NoError(t, err)
	require.Len(t, groups, 1)
	require.Equal(t, "db-approvers", groups[0].Handle)
	users, err := c.GetUserGroupMembers(slack.Approvers)
	require.NoError(t, err)
	require.ElementsMatch(t, []string{slack.Lead, slack.OnCall}, users)
	require.NoError(t, s.Deactivate(slack.OnCall))
	users, err = c.GetUserGroupMembers(slack.Approvers)
	require.NoError(t, err)
	require.Equal(t, []string{slack.Lead}, users)
	_, err = c.GetUserGroupMembers("S0NONE")
	require.EqualError(t, err, "no_such_subteam")
}

func TestUserGroupsNeedAPaidPlan(t *testing.T) {
	t.Parallel()
	o := relaxed()
	o.Workspace = slack.DefaultWorkspace()
	o.Workspace.FreePlan = true
	_, err := api(start(t, o)).GetUserGroups()
	require.EqualError(t, err, "plan_upgrade_required")
}

func TestChannelsAsTheBotSeesThem(t *testing.T) {
	t.Parallel()
	s := start(t, relaxed())
	c := api(s)
	list, _, err := c.GetConversations(&client.GetConversationsParameters{Types: []string{"public_channel", "private_channel"}})
	require.NoError(t, err)
	require.Len(t, list, 2, "the private channel is not seen")
	ch, err := c.GetConversationInfo(&client.GetConversationInfoInput{ChannelID: slack.General})
	require.NoError(t, err)
	require.False(t, ch.IsMember)
	_, _, _, err = c.JoinConversation(slack.General)
	require.NoError(t, err)
	_, _, err = c.PostMessage(slack.General, client.MsgOptionText("hello", false))
	require.NoError(t, err)
	_, _, err = c.PostMessage(slack.DBA, client.MsgOptionText("a word between us", false))
	require.NoError(t, err, "a member's id means the direct message with them")
	ts, err := c.PostEphemeral(slack.Migrations, slack.DBA, client.MsgOptionText("psst", false))
	require.NoError(t, err)
	require.NotEmpty(t, ts)
	require.Equal(t, "psst", s.As(slack.DBA).Ephemerals()[0].Text)
	require.Empty(t, s.As(slack.Lead).Ephemerals())
	require.Empty(t, s.Messages(slack.Migrations), "an ephemeral message is in no history")
	_, ts, err = c.PostMessage(slack.Migrations, client.MsgOptionText("good", false))
	require.NoError(t, err)
	ref := client.NewRefToMessage(slack.Migrations, ts)
	require.NoError(t, c.AddReaction("eyes", ref))
	require.EqualError(t, c.AddReaction("eyes", ref), "already_reacted")
	require.NoError(t, c.AddPin(slack.Migrations, ref))
}

// call makes one raw request.
func call(t *testing.T, s *slack.Server, method, kind, body, token string) map[string]any {
	t.Helper()
	r, err := http.NewRequestWithContext(within(t), http.MethodPost, s.APIURL()+method, strings.NewReader(body))
	require.NoError(t, err)
	r.Header.Set("Content-Type", kind)
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer response.Body.Close()
	var answer map[string]any
	require.NoError(t, decode(response, &answer))
	return answer
}
