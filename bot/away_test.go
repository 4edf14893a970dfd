// SPDX-License-Identifier: Apache-2.0

package bot_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/ferryman/ferryman/bot"
	"github.com/ferryman/ferryman/commands"
	"github.com/ferryman/ferryman/internal/localserver"
	standin "github.com/ferryman/ferryman/internal/standin/slack"
	"github.com/ferryman/ferryman/store"
	"github.com/slack-go/slack"
	"github.com/stretchr/testify/require"
)

// buttons renders every message with one button.
func buttons(o store.Outgoing) (commands.Message, error) {
	button := slack.NewButtonBlockElement("next", "box", slack.NewTextBlockObject(slack.PlainTextType, "Next", false, false))
	return commands.Message{Text: o.Key, Blocks: []slack.Block{
		slack.NewSectionBlock(slack.NewTextBlockObject(slack.MarkdownType, o.Key, false, false), nil, nil), slack.NewActionBlock("", button),
	}}, nil
}

// asUsual has the patience with the store that the bot has at work.
func asUsual(o *bot.Options) { o.StoreTimeout = 0 }

func TestRedisAwayIsSaidAtOnceAndIsOverByItself(t *testing.T) {
	t.Parallel()
	w := newWorld(t, unlimited)
	redis, err := localserver.StartRedis(w.ctx, 0)
	require.NoError(t, err)
	t.Cleanup(redis.Stop)
	w.redis = redis.URL(0)
	w.store = openStore(t, w.redis)
	w.router.render = buttons
	w.router.modal = openForm
	w.start(fast)
	w.open("box")
	posted, err := w.slack.WaitMessage(w.ctx, standin.Migrations, func(m standin.Message) bool { return m.Text == "root" })
	require.NoError(t, err)
	form := w.openedForm(standin.Lead, posted)
	w.waitFor("the click's end", func() bool {
		n, err := w.store.Client().XLen(w.ctx, "ferryman:{in}:stream").Result()
		return err == nil && n == 0
	})
	handled := len(w.router.seen())

	redis.Halt()
	answer := w.command(standin.DBA, "/migrate-load")
	require.Empty(t, answer.Error)
	require.Contains(t, answer.Text(), "can't reach its store")
	require.Contains(t, answer.Text(), "nothing was done")
	require.NoError(t, w.slack.As(standin.DBA).Press(w.ctx, posted.Channel, posted.TS, "next"))
	w.waitFor("the answer to the click", func() bool { return len(w.slack.Ephemerals(standin.DBA)) == 2 })
	submitted, err := w.slack.As(standin.Lead).Submit(w.ctx, form.ID, map[string]any{"name": "box"})
	require.NoError(t, err)
	require.Contains(t, submitted.Errors["name_block"], "nothing was done")
	require.Len(t, w.router.seen(), handled)

	require.NoError(t, redis.Start(w.ctx))
	w.waitFor("the bot works again", func() bool {
		w.command(standin.DBA, "/migrate-status")
		return len(w.router.seen()) > handled
	})
	require.NotContains(t, w.router.seen(), "/migrate-load")
}

func TestRedisThatStandsStillIsSaidAndNothingActsLater(t *testing.T) {
	t.Parallel()
	w := newWorld(t, unlimited)
	redis, err := localserver.StartRedis(w.ctx, 0)
	require.NoError(t, err)
	t.Cleanup(redis.Stop)
	w.redis = redis.URL(0)
	w.store = openStore(t, w.redis)
	w.router.render = buttons
	w.start(fast, asUsual, func(o *bot.Options) { o.Sockets = 2 })
	w.open("box")
	posted, err := w.slack.WaitMessage(w.ctx, standin.Migrations, func(m standin.Message) bool { return m.Text == "root" })
	require.NoError(t, err)

	redis.Pause()
	answer := w.command(standin.DBA, "/migrate-load")
	require.Empty(t, answer.Error)
	require.Contains(t, answer.Text(), "store")
	require.NoError(t, w.slack.As(standin.Lead).Press(w.ctx, posted.Channel, posted.TS, "next"))
	w.whispered(standin.Lead, "store")
	redis.Resume()
	for _, who := range []string{standin.DBA, standin.Lead} {
		w.waitFor("a last word", func() bool {
			said := w.slack.Ephemerals(who)
			return strings.Contains(said[len(said)-1].Text, "nothing was done")
		})
	}
	w.waitFor("the bot works again", func() bool {
		w.command(standin.DBA, "/migrate-status")
		return len(w.router.seen()) > 0
	})
	require.NotContains(t, w.router.seen(), "/migrate-load")
	require.NotContains(t, w.router.seen(), "next box")
}

func TestEnvelopesOfAnotherWorkspaceAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, unlimited)
	w.start(func(o *bot.Options) {
		o.Slack = bot.NewSlack(w.slack.AppToken(), w.slack.BotToken(), w.belongingTo("T0OTHER000"))
	})
	answer := w.command(standin.DBA, "/migrate-load")
	require.Contains(t, answer.Text(), "another workspace")
	n, err := w.store.Client().Exists(w.ctx, "ferryman:{in}:stream").Result()
	require.NoError(t, err)
	if n > 0 {
		n, err = w.store.Client().XLen(context.Background(), "ferryman:{in}:stream").Result()
		require.NoError(t, err)
	}
	require.Zero(t, n)
	require.Empty(t, w.router.seen())
}

// belongingTo is the address of a Slack that says the bot's token is another workspace's.
func (w *world) belongingTo(team string) string {
	target, err := url.Parse(w.slack.URL())
	require.NoError(w.t, err)
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) },
		ModifyResponse: func(r *http.Response) error {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				return err
			}
			if strings.HasSuffix(r.Request.URL.Path, "/auth.test") {
				body = bytes.ReplaceAll(body, []byte(w.slack.TeamID()), []byte(team))
			}
			r.Header.Set("Content-Length", strconv.Itoa(len(body)))
			r.Body = io.NopCloser(bytes.NewReader(body))
			return nil
		},
	}
	server := httptest.NewServer(proxy)
	w.t.Cleanup(server.Close)
	return server.URL + "/api/"
}
