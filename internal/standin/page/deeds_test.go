// SPDX-License-Identifier: Apache-2.0

package page_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/ferryman/ferryman/internal/standin/page"
	"github.com/ferryman/ferryman/internal/standin/slack"
	client "github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
	"github.com/stretchr/testify/require"
)

func TestDeeds(t *testing.T) {
	t.Parallel()
	b := setup(t)
	app := &approver{t: t}
	b.connect(t, app.handle)

	status, answer := b.act(t, "/api/say", object{"member": slack.DBA, "text": "<b> & @lead, @db-approvers in #general, @nobody"})
	require.Equal(t, 200, status, answer)
	said, ok := b.slack.Message(slack.Migrations, answer["ts"].(string))
	require.True(t, ok)
	require.Equal(t, "&lt;b&gt; &amp; <@"+slack.Lead+">, <!subteam^"+slack.Approvers+"> in <#"+slack.General+">, @nobody", said.Text)

	status, answer = b.act(t, "/api/command", object{"member": slack.DBA, "text": "/migrate-new box-office"})
	require.Equal(t, 200, status, answer)
	require.NotContains(t, answer, "error")
	root, request := app.posted()
	_, answer = b.act(t, "/api/command", object{"member": slack.DBA, "text": "/migrate-status", "thread": root})
	require.Equal(t, "not_supported_in_threads", answer["error"])

	status, answer = b.act(t, "/api/press", object{"member": slack.Lead, "ts": request, "action_id": "approve", "value": "another one"})
	require.Equal(t, http.StatusConflict, status, "the value of the button counts: %v", answer)
	status, answer = b.act(t, "/api/press", object{"member": slack.Lead, "ts": request, "action_id": "approve", "value": "one"})
	require.Equal(t, 200, status, answer)
	require.Equal(t, []string{slack.Lead}, app.approvedBy())

	status, answer = b.act(t, "/api/press", object{"member": slack.Lead, "ts": request, "action_id": "reject", "value": "one"})
	require.Equal(t, 200, status, answer)
	view := b.slack.Modals(slack.Lead)[0].ID
	status, _ = b.act(t, "/api/submit", object{"member": slack.OnCall, "view": view, "values": object{}})
	require.Equal(t, http.StatusForbidden, status, "a form is its owner's")
	_, answer = b.act(t, "/api/submit", object{"member": slack.Lead, "view": view, "values": object{"reason": []any{}, "when": "today", "again": "yes"}})
	require.Equal(t, object{"reason": "Please complete this required field."}, answer["errors"])
	status, _ = b.act(t, "/api/submit", object{"member": slack.Lead, "view": view, "values": object{"reason": 7}})
	require.Equal(t, 400, status)
	_, answer = b.act(t, "/api/submit", object{"member": slack.Lead, "view": view, "values": object{"reason": "because", "when": "today", "again": "yes", "tell": []any{"lead"}}})
	require.Equal(t, true, answer["closed"], answer)
	app.mu.Lock()
	defer app.mu.Unlock()
	require.Len(t, app.form["tell"]["tell"].SelectedOptions, 1)
	status, _ = b.act(t, "/api/close", object{"member": slack.Lead, "view": view})
	require.Equal(t, http.StatusForbidden, status, "it is closed already")

	for _, bad := range []string{`{"member":1}`, `{"unknown":true}`, `[]`, `{} {}`, "", `{"text":"` + strings.Repeat("x", 300<<10) + `"}`} {
		status, answer, _ := b.do(t, http.MethodPost, "/api/say", bad)
		require.Equal(t, 400, status, "%.40s: %v", bad, answer)
		require.NotEmpty(t, answer["error"])
	}
}

func TestChoices(t *testing.T) {
	t.Parallel()
	b := setup(t)
	heard := make(chan client.BlockAction, 1)
	b.connect(t, func(a *bot, e socketmode.Event) {
		if e.Type == socketmode.EventTypeInteractive {
			heard <- *e.Data.(client.InteractionCallback).ActionCallback.BlockActions[0]
			_ = a.socket.Ack(*e.Request)
		}
	})
	options := []*client.OptionBlockObject{client.NewOptionBlockObject("a", plain("A"), nil), client.NewOptionBlockObject("b", plain("B"), nil)}
	ts := b.post(t, "", "choose", client.NewActionBlock("x",
		client.NewOptionsSelectBlockElement(client.OptTypeStatic, plain("One"), "one", options...),
		client.NewCheckboxGroupsBlockElement("many", options...)))
	status, answer := b.act(t, "/api/press", object{"member": slack.DBA, "ts": ts, "action_id": "one", "choice": "b"})
	require.Equal(t, 200, status, answer)
	chosen := <-heard
	require.Equal(t, "b", chosen.SelectedOption.Value)
	status, answer = b.act(t, "/api/press", object{"member": slack.DBA, "ts": ts, "action_id": "many", "choice": []any{"a", "b"}})
	require.Equal(t, 200, status, answer)
	chosen = <-heard
	require.Len(t, chosen.SelectedOptions, 2)
	status, _ = b.act(t, "/api/press", object{"member": slack.DBA, "ts": ts, "action_id": "one", "choice": []any{1}})
	require.Equal(t, 400, status)
}

func TestFiles(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for name, content := range map[string]string{"plan.sql": "DROP INDEX a;\n", "report.html": "<script>alert(1)</script>", "data.bin": "\x00\x01\x02"} {
		_, err := b.api().UploadFileContext(b.ctx, client.UploadFileParameters{Channel: slack.Migrations, Filename: name, Content: content, FileSize: len(content)})
		require.NoError(t, err)
	}
	require.NoError(t, b.slack.Wait(b.ctx, func() bool { return len(b.slack.Files(slack.Migrations)) == 3 }))
	for _, f := range b.slack.Files(slack.Migrations) {
		path := "/api/files/" + f.ID + "/" + f.Name + "?member=" + slack.Lead
		status, answer, h := b.do(t, http.MethodGet, path, "")
		require.Equal(t, 200, status)
		require.Equal(t, string(f.Content()), answer["body"])
		require.True(t, strings.HasPrefix(h.Get("Content-Security-Policy"), "sandbox;"), "a file is no page of ours")
		require.Equal(t, "nosniff", h.Get("X-Content-Type-Options"))
		shown := map[bool]string{true: "attachment", false: "inline"}[f.Name == "data.bin"]
		require.Equal(t, shown+"; filename="+f.Name, h.Get("Content-Disposition"))
		_, _, h = b.do(t, http.MethodGet, path+"&download=1", "")
		require.Equal(t, "attachment; filename="+f.Name, h.Get("Content-Disposition"))
	}
	id := b.slack.Files(slack.Migrations)[0].ID
	require.NoError(t, b.slack.Remove(slack.Migrations, slack.GuestID))
	for _, path := range []string{"/api/files/F0/plan.sql", "/api/files/" + id + "/plan.sql?member=" + slack.GuestID} {
		status, _, _ := b.do(t, http.MethodGet, path, "")
		require.Equal(t, http.StatusNotFound, status)
	}
}

// Files that a member drops become one message, in the thread where they were dropped.
func TestDroppedFiles(t *testing.T) {
	t.Parallel()
	b := setup(t)
	root := b.post(t, "", "box-office")
	files := []any{object{"name": "fn_age.sql", "content": []byte("CREATE FUNCTION …")}, object{"name": "big.zip", "content": make([]byte, 2<<20)}}
	status, answer := b.act(t, "/api/share", object{"member": slack.DBA, "thread": root, "text": "for @lead", "files": files})
	require.Equal(t, 200, status, answer)
	m, ok := b.slack.Message(slack.Migrations, answer["ts"].(string))
	require.True(t, ok)
	require.Equal(t, []string{root, slack.DBA, "file_share", "for <@" + slack.Lead + ">"}, []string{m.ThreadTS, m.User, m.Subtype, m.Text})
	require.Len(t, m.Files, 2)
	require.Equal(t, "CREATE FUNCTION …", string(m.Files[0].Content()))
	for _, bad := range []struct {
		status int
		deed   object
	}{
		{http.StatusBadRequest, object{"member": slack.DBA}},
		{http.StatusBadRequest, object{"member": slack.DBA, "files": []any{object{"name": "", "content": []byte("x")}}}},
		{http.StatusBadRequest, object{"member": slack.DBA, "files": []any{object{"name": "a", "content": make([]byte, 7<<20)}}}},
		{http.StatusForbidden, object{"member": slack.DBA, "thread": "1.1", "files": files}},
		{http.StatusForbidden, object{"member": "U0NOBODY", "files": files}},
	} {
		status, answer := b.act(t, "/api/share", bad.deed)
		require.Equal(t, bad.status, status, answer)
	}
}

func TestBreaks(t *testing.T) {
	t.Parallel()
	b := setup(t, func(o *page.Options) {
		o.Breaks = []page.Break{
			{ID: "row", Label: "Write a row", Do: func(context.Context) (string, error) { return "1 row", nil }},
			{ID: "no", Label: "Fail", Do: func(context.Context) (string, error) { return "", errors.New("the table is gone") }},
		}
	})
	_, state, _ := b.do(t, http.MethodGet, "/api/state", "")
	require.Equal(t, []any{object{"id": "row", "label": "Write a row", "help": ""}, object{"id": "no", "label": "Fail", "help": ""}}, state["breaks"])
	status, answer := b.act(t, "/api/break", object{"id": "row"})
	require.Equal(t, []any{200, "1 row"}, []any{status, answer["text"]})
	status, answer = b.act(t, "/api/break", object{"id": "no"})
	require.Equal(t, []any{500, "the table is gone"}, []any{status, answer["error"]})
	status, _ = b.act(t, "/api/break", object{"id": "other"})
	require.Equal(t, http.StatusNotFound, status)
}
