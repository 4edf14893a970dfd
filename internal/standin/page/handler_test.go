// SPDX-License-Identifier: Apache-2.0

package page_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ferryman/ferryman/internal/standin/page"
	"github.com/ferryman/ferryman/internal/standin/slack"
	client "github.com/slack-go/slack"
	"github.com/stretchr/testify/require"
)

type object = map[string]any

// do sends a request with headers given as "Name: value"; "Host: …" sets the host.
func (b *testBundle) do(t *testing.T, method, path, body string, headers ...string) (int, object, http.Header) {
	t.Helper()
	r, err := http.NewRequestWithContext(b.ctx, method, b.page.URL+path, strings.NewReader(body))
	require.NoError(t, err)
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		if name == "Host" {
			r.Host = value
		}
		r.Header.Set(name, value)
	}
	answer, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer func() { require.NoError(t, answer.Body.Close()) }()
	raw, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	decoded := object{}
	if strings.HasPrefix(answer.Header.Get("Content-Type"), "application/json") {
		require.NoError(t, json.Unmarshal(raw, &decoded))
	} else {
		decoded["body"] = string(raw)
	}
	return answer.StatusCode, decoded, answer.Header
}

func (b *testBundle) act(t *testing.T, path string, deed object) (int, object) {
	t.Helper()
	body, err := json.Marshal(deed)
	require.NoError(t, err)
	status, answer, _ := b.do(t, http.MethodPost, path, string(body))
	return status, answer
}

func TestOtherWebsitesAreKeptOut(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const say = `{"member":"` + slack.DBA + `","text":"hi"}`
	cases := []struct {
		name, method, path string
		headers            []string
		status             int
	}{
		{"a name that was made to point here", "GET", "/", []string{"Host: evil.example"}, 403},
		{"the same with the port", "POST", "/api/say", []string{"Host: evil.example:8484"}, 403},
		{"an address of the network", "GET", "/api/state", []string{"Host: 192.168.1.7:8484"}, 403},
		{"a name that begins like localhost", "GET", "/", []string{"Host: localhost.evil.example"}, 403},
		{"localhost", "GET", "/", []string{"Host: localhost:8484"}, 200},
		{"the loopback address of IPv6", "GET", "/", []string{"Host: [::1]:8484"}, 200},
		{"a page elsewhere, by its fetch metadata", "POST", "/api/say", []string{"Sec-Fetch-Site: cross-site"}, 403},
		{"another port of this machine", "POST", "/api/say", []string{"Sec-Fetch-Site: same-site"}, 403},
		{"a page elsewhere, by its origin", "POST", "/api/say", []string{"Origin: https://evil.example"}, 403},
		{"a form", "POST", "/api/say", []string{"Content-Type: text/plain"}, 415},
		{"the page itself", "POST", "/api/say", []string{"Sec-Fetch-Site: same-origin", "Origin: " + b.page.URL}, 200},
	}
	for _, c := range cases {
		body := ""
		if c.method == http.MethodPost {
			body = say
		}
		status, answer, _ := b.do(t, c.method, c.path, body, c.headers...)
		require.Equal(t, c.status, status, "%s: %v", c.name, answer)
	}
	require.Len(t, b.slack.Messages(slack.Migrations), 1, "only the page itself may write")
	_, _, h := b.do(t, http.MethodGet, "/", "")
	require.Contains(t, h.Get("Content-Security-Policy"), "script-src 'self'")
	require.Contains(t, h.Get("Content-Security-Policy"), "require-trusted-types-for 'script'")
	require.Equal(t, "DENY", h.Get("X-Frame-Options"))
}

// TestNoHTMLFromStrings keeps the ways to make HTML of a string out of the scripts.
func TestNoHTMLFromStrings(t *testing.T) {
	t.Parallel()
	scripts, err := filepath.Glob("assets/*.js")
	require.NoError(t, err)
	require.NotEmpty(t, scripts)
	for _, name := range append(scripts, "assets/index.html") {
		source, err := os.ReadFile(name)
		require.NoError(t, err)
		for _, way := range []string{"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", " onclick=", "style="} {
			require.NotContains(t, string(source), way, name)
		}
	}
}

func TestStateIsWhatTheMemberSees(t *testing.T) {
	t.Parallel()
	b := setup(t)
	root := b.post(t, "", "root")
	b.post(t, root, "reply")
	_, err := b.api().PostEphemeralContext(b.ctx, slack.Migrations, slack.Lead, client.MsgOptionText("for the lead", false))
	require.NoError(t, err)
	_, dba, _ := b.do(t, http.MethodGet, "/api/state", "")
	require.Equal(t, slack.DBA, dba["me"], "the first member is the one to begin with")
	require.Len(t, dba["messages"], 2)
	require.Empty(t, dba["ephemerals"])
	require.Len(t, dba["playable"], 5)
	require.NotContains(t, dba, "refused")
	raw, err := json.Marshal(dba)
	require.NoError(t, err)
	require.NotContains(t, string(raw), slack.DefaultBotToken)
	require.NotContains(t, string(raw), slack.DefaultAppToken)

	_, lead, _ := b.do(t, http.MethodGet, "/api/state?member="+slack.Lead, "")
	require.Len(t, lead["ephemerals"], 1)
	_, guest, _ := b.do(t, http.MethodGet, "/api/state?member="+slack.GuestID, "")
	require.NotContains(t, guest["channels"], object{"id": slack.Vault, "name": "vault"}, "a private channel's name is for its members")

	require.NoError(t, b.slack.Remove(slack.Migrations, slack.GuestID))
	_, guest, _ = b.do(t, http.MethodGet, "/api/state?member="+slack.GuestID, "")
	require.Empty(t, guest["messages"])
	require.Equal(t, "This person is not in the channel.", guest["refused"])
	for _, nobody := range []string{slack.FormerID, slack.BotUserID, "U_NOBODY"} {
		status, _, _ := b.do(t, http.MethodGet, "/api/state?member="+nobody, "")
		require.Equal(t, http.StatusForbidden, status)
		status, _ = b.act(t, "/api/say", object{"member": nobody, "text": "hi"})
		require.Equal(t, http.StatusForbidden, status)
	}
}

func TestEveryHumanInTheChannelMayBePlayedByDefault(t *testing.T) {
	t.Parallel()
	b := setup(t, func(o *page.Options) { o.Members = nil })
	_, state, _ := b.do(t, http.MethodGet, "/api/state", "")
	var ids []any
	for _, m := range state["playable"].([]any) {
		ids = append(ids, m.(object)["id"])
	}
	require.Equal(t, []any{slack.DBA, slack.Lead, slack.OnCall, slack.GuestID, slack.StrangerID}, ids)
}

// TestEvents reads the stream of one member: the state, then what changes, and nothing that is another's.
func TestEvents(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx, stop := context.WithCancel(b.ctx)
	defer stop()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, b.page.URL+"/api/events?member="+slack.Lead, nil)
	require.NoError(t, err)
	stream, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer func() { require.NoError(t, stream.Body.Close()) }()
	require.Equal(t, "text/event-stream", stream.Header.Get("Content-Type"))
	lines := bufio.NewScanner(stream.Body)
	lines.Buffer(nil, 1<<20)
	next := func() (kind string, data any) {
		for lines.Scan() {
			if rest, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
				kind = rest
			}
			if rest, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				require.NoError(t, json.Unmarshal([]byte(rest), &data))
				return kind, data
			}
		}
		require.NoError(t, lines.Err())
		require.Fail(t, "the stream ended")
		return "", nil
	}
	kind, data := next()
	require.Equal(t, "state", kind)
	require.Equal(t, slack.Lead, data.(object)["me"])

	root := b.post(t, "", "root\n\nevent: state")
	kind, data = next()
	require.Equal(t, []any{"message", root}, []any{kind, data.(object)["ts"]})
	require.Equal(t, "root\n\nevent: state", data.(object)["message"].(object)["text"], "a message can't forge an event")

	for user, words := range map[string]string{slack.DBA: "for the DBA", slack.Lead: "for the lead"} {
		_, err = b.api().PostEphemeralContext(b.ctx, slack.Migrations, user, client.MsgOptionText(words, false))
		require.NoError(t, err)
	}
	kind, data = next()
	require.Equal(t, "ephemeral", kind)
	require.Equal(t, "for the lead", data.(object)["message"].(object)["text"])

	reply := b.post(t, root, "reply")
	_, data = next()
	require.Equal(t, reply, data.(object)["ts"])
	_, data = next()
	require.Equal(t, root, data.(object)["ts"], "the root counts its replies")
	require.EqualValues(t, 1, data.(object)["message"].(object)["reply_count"])

	_, _, err = b.api().DeleteMessageContext(b.ctx, slack.Migrations, reply)
	require.NoError(t, err)
	kind, data = next()
	require.Equal(t, []any{"message", reply, nil}, []any{kind, data.(object)["ts"], data.(object)["message"]})
	next()

	require.NoError(t, b.slack.Invite(slack.General, slack.BotUserID))
	kind, _ = next()
	require.Equal(t, "state", kind)
	b.connect(t, (&approver{t: t}).handle)
	kind, data = next()
	require.Equal(t, []any{"sockets", 1.0}, []any{kind, data})
}
