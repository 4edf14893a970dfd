// SPDX-License-Identifier: Apache-2.0

package slack_test

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/ferryman/ferryman/internal/standin/slack"
	client "github.com/slack-go/slack"
	"github.com/stretchr/testify/require"
)

func TestAFileGoesUpInThreeStepsAndAppearsLater(t *testing.T) {
	t.Parallel()
	s := start(t, relaxed())
	c := api(s)
	_, root, err := c.PostMessage(slack.Migrations, client.MsgOptionText("root", false))
	require.NoError(t, err)
	const sql = "DROP INDEX seat_row_idx;\n"
	file, err := c.UploadFile(client.UploadFileParameters{
		Filename: "Prepare.sql", FileSize: len(sql), Content: sql, Title: "The plan", Channel: slack.Migrations, ThreadTimestamp: root,
		InitialComment: "the whole plan",
	})
	require.NoError(t, err)
	m, err := s.WaitMessage(within(t), slack.Migrations, func(m slack.Message) bool { return len(m.Files) > 0 })
	require.NoError(t, err)
	require.Equal(t, root, m.ThreadTS)
	require.Equal(t, "the whole plan", m.Text)
	require.Equal(t, sql, string(s.Files(slack.Migrations)[0].Content()))

	info, _, _, err := c.GetFileInfo(file.ID, 0, 0)
	require.NoError(t, err)
	require.Equal(t, "The plan", info.Title)
	require.Equal(t, len(sql), info.Size)
	require.Contains(t, info.Shares.Public, slack.Migrations)
	require.Equal(t, m.TS, info.Shares.Public[slack.Migrations][0].Ts)

	var got bytes.Buffer
	require.NoError(t, c.GetFile(info.URLPrivate, &got))
	require.Equal(t, sql, got.String())
	got.Reset()
	require.ErrorContains(t, client.New("xoxb-other", client.OptionAPIURL(s.APIURL())).GetFile(info.URLPrivate, &got), "sign-in")
}

func TestWhatUploadsRefuse(t *testing.T) {
	t.Parallel()
	s := start(t, relaxed())
	c := api(s)
	ctx := context.Background()
	answer := call(t, s, "files.getUploadURLExternal", "application/json; charset=utf-8", `{"filename":"x","length":1}`, s.BotToken())
	require.Equal(t, "invalid_arguments", answer["error"], "this method takes a form only")

	u, err := c.GetUploadURLExternalContext(ctx, client.GetUploadURLExternalParameters{FileName: "x.txt", FileSize: 3})
	require.NoError(t, err)
	finish := func(channel string) error {
		_, err := c.CompleteUploadExternalContext(ctx, client.CompleteUploadExternalParameters{
			Files: []client.FileSummary{{ID: u.FileID}}, Channel: channel,
		})
		return err
	}
	require.EqualError(t, finish(slack.Migrations), "file_not_found", "nothing was uploaded yet")
	upload := func(body string) int {
		r, err := http.Post(u.UploadURL, "application/octet-stream", strings.NewReader(body))
		require.NoError(t, err)
		require.NoError(t, r.Body.Close())
		return r.StatusCode
	}
	require.Equal(t, http.StatusBadRequest, upload("four"))
	require.Equal(t, http.StatusOK, upload("abc"), "bytes as the plain body")
	require.EqualError(t, finish(slack.General), "channel_not_found")
	require.NoError(t, finish(slack.Migrations))
	require.EqualError(t, finish(slack.Migrations), "file_not_found", "an upload is finished once")
	s.SetScopes("chat:write")
	_, err = c.GetUploadURLExternalContext(ctx, client.GetUploadURLExternalParameters{FileName: "x.txt", FileSize: 3})
	require.EqualError(t, err, "missing_scope")
}
