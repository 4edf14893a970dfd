// SPDX-License-Identifier: Apache-2.0

package page_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/standin/page"
	"github.com/ferryman/ferryman/internal/standin/slack"
	client "github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
	"github.com/stretchr/testify/require"
)

const (
	wait = 2 * time.Minute
	poll = 5 * time.Millisecond
)

// testBundle is a workspace with the page on it, and an app where a test connects one.
type testBundle struct {
	slack *slack.Server
	page  *httptest.Server
	ctx   context.Context
	// away has the page's server end every connection without a word.
	away *atomic.Bool
}

func setup(t *testing.T, change ...func(*page.Options)) *testBundle {
	t.Helper()
	workspace := slack.DefaultWorkspace()
	for i, c := range workspace.App.Commands {
		workspace.App.Commands[i].UsageHint, workspace.App.Commands[i].Description = "[migration]", "Starts the phase "+c.Name[9:]
	}
	workspace.Channels[0].Topic = "Oracle → PostgreSQL"
	s := slack.New(slack.Options{Workspace: workspace, Limits: &slack.Limits{Off: true}, Timing: slack.Timing{AckWait: wait, TriggerLife: wait}})
	require.NoError(t, s.Start("127.0.0.1:0"))
	t.Cleanup(s.Close)
	o := page.Options{
		Slack: s, Channel: slack.Migrations, Title: "Tickets",
		Members: []string{slack.DBA, slack.Lead, slack.OnCall, slack.GuestID, slack.StrangerID},
		Breaks: []page.Break{
			{ID: "sockets", Label: "Drop the sockets", Help: "Cuts every connection of the app without a word.", Do: func(context.Context) (string, error) {
				if s.DropSockets() == 0 {
					return "", errors.New("there is no socket to drop")
				}
				return "The sockets were cut.", nil
			}},
		},
		Notes: []string{"Begin with `/migrate-new box-office`. Two people must approve what can't be taken back."},
	}
	for _, c := range change {
		c(&o)
	}
	handler, away := page.New(o), new(atomic.Bool)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if away.Load() {
			panic(http.ErrAbortHandler)
		}
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	t.Cleanup(server.CloseClientConnections) // event streams have no end of their own
	ctx, cancel := context.WithTimeout(context.Background(), 3*wait)
	t.Cleanup(cancel)
	return &testBundle{slack: s, page: server, ctx: ctx, away: away}
}

// bot is a slack-go app on a socket of the stand-in.
type bot struct {
	*client.Client
	socket *socketmode.Client
}

// connect runs an app until the test ends and waits for its socket. The handler acks.
func (b *testBundle) connect(t *testing.T, handle func(*bot, socketmode.Event)) *bot {
	t.Helper()
	api := client.New(b.slack.BotToken(), client.OptionAppLevelToken(b.slack.AppToken()), client.OptionAPIURL(b.slack.APIURL()))
	a := &bot{Client: api, socket: socketmode.New(api)}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = a.socket.RunContext(ctx) }) // ends with the context
	running.Go(func() {
		for {
			select {
			case <-ctx.Done():
				return
			case e := <-a.socket.Events:
				handle(a, e)
			}
		}
	})
	t.Cleanup(func() { cancel(); running.Wait() })
	require.NoError(t, b.slack.WaitSockets(b.ctx, 1))
	return a
}

// api is the app's client without a socket.
func (b *testBundle) api() *client.Client {
	return client.New(b.slack.BotToken(), client.OptionAPIURL(b.slack.APIURL()))
}

// post posts as the app, in a thread unless it is empty, and returns the message's ts.
func (b *testBundle) post(t *testing.T, thread, text string, blocks ...client.Block) string {
	t.Helper()
	options := []client.MsgOption{client.MsgOptionText(text, false), client.MsgOptionBlocks(blocks...)}
	if thread != "" {
		options = append(options, client.MsgOptionTS(thread))
	}
	_, ts, err := b.api().PostMessageContext(b.ctx, slack.Migrations, options...)
	require.NoError(t, err)
	return ts
}

func plain(words string) *client.TextBlockObject {
	return client.NewTextBlockObject(client.PlainTextType, words, true, false)
}

func mrkdwn(words string) *client.TextBlockObject {
	return client.NewTextBlockObject(client.MarkdownType, words, false, false)
}

func section(words string) *client.SectionBlock {
	return client.NewSectionBlock(mrkdwn(words), nil, nil)
}

func aside(words string) *client.ContextBlock { return client.NewContextBlock("", mrkdwn(words)) }

func button(id, label, value string) *client.ButtonBlockElement {
	return client.NewButtonBlockElement(id, value, plain(label))
}

func sectionWithButton() *client.SectionBlock {
	return client.NewSectionBlock(mrkdwn("Press"), nil, client.NewAccessory(button("go", "Go", "1")))
}
