// SPDX-License-Identifier: Apache-2.0

package bot_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ferryman/ferryman/bot"
	"github.com/ferryman/ferryman/commands"
	standin "github.com/ferryman/ferryman/internal/standin/slack"
	"github.com/ferryman/ferryman/store"
	"github.com/slack-go/slack"
	"github.com/stretchr/testify/require"
)

// fast is for tests that are about something else than Slack's rates.
func fast(o *bot.Options) {
	quick := bot.Rate{PerMinute: 60000, Burst: 100}
	o.Limits = &bot.Limits{Post: quick, PostAll: quick, Update: quick, Upload: quick, Person: quick, Group: quick}
}

var unlimited = standin.Options{Limits: &standin.Limits{Off: true}}

func TestRootGoesToTheChannelAndAllElseToItsThreadInOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t, unlimited)
	w.start(fast)
	w.start(fast) // Two replicas do not send twice, nor out of order.
	w.open("box")
	want := []string{"root of box"}
	for i := range 20 {
		text := fmt.Sprintf("message %d", i)
		want = append(want, text)
		w.say("box", outgoing("box", fmt.Sprintf("k%d", i), store.Normal, text))
	}
	w.waitThread("box", want...)
	inChannel := 0
	for _, m := range w.slack.Messages(standin.Migrations) {
		if !m.IsReply() {
			inChannel++
		}
	}
	require.Equal(t, 1, inChannel)
}

func TestMessageIsEditedInPlace(t *testing.T) {
	t.Parallel()
	w := newWorld(t, unlimited)
	w.start(fast)
	w.open("box")
	w.say("box", outgoing("box", "load", store.Normal, "0 %"))
	w.waitThread("box", "root of box", "0 %")
	w.say("box", outgoing("box", "load", store.Normal, "all done"), outgoing("box", store.RootKey, store.Normal, "root, loaded"))
	w.waitThread("box", "root, loaded", "all done")
	posted, found, err := w.store.PostedMessage(w.ctx, "box", "load")
	require.NoError(t, err)
	require.True(t, found)
	m, found := w.slack.Message(posted.Channel, posted.TS)
	require.True(t, found)
	require.Equal(t, 2, m.Versions)
	key, found, err := w.store.FindPosted(w.ctx, "box", posted.Channel, posted.TS)
	require.NoError(t, err)
	require.True(t, found)
	require.Equal(t, "load", key)
}

func TestWaitingProgressIsReplacedAndNeverComesAfterTheEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t, unlimited)
	w.open("box")
	w.say("box", outgoing("box", "load", store.Normal, "0 %"))
	stale := outgoing("box", "load", store.Progress, "98 %")
	for i := range 50 {
		require.NoError(t, w.store.PutProgress(w.ctx, outgoing("box", "load", store.Progress, fmt.Sprintf("%d %%", i))))
	}
	require.NoError(t, w.store.PutProgress(w.ctx, stale))
	w.say("box", outgoing("box", "load", store.Normal, "all done"))
	w.start(fast)
	w.waitFor("the outbox is empty", func() bool {
		waiting, err := w.store.WaitingOutboxes(w.ctx)
		return err == nil && len(waiting) == 0
	})
	require.Equal(t, []string{"root of box", "all done"}, w.thread("box"))
	require.Equal(t, 1, w.slack.Calls("chat.update"), "fifty readings that waited were none")
}

func TestEditThatSlackRefusesBecomesANewMessage(t *testing.T) {
	t.Parallel()
	w := newWorld(t, unlimited)
	w.start(fast)
	w.open("box")
	w.say("box", outgoing("box", "load", store.Normal, "first"))
	w.waitThread("box", "root of box", "first")
	w.slack.FailNext("chat.update", 1, "edit_window_closed")
	w.say("box", outgoing("box", "load", store.Normal, "second"))
	w.waitThread("box", "root of box", "first", "second")
	w.say("box", outgoing("box", "load", store.Normal, "third"))
	w.waitThread("box", "root of box", "first", "third")
}

func TestRateLimitIsWaitedOutAndNothingIsLost(t *testing.T) {
	t.Parallel()
	w := newWorld(t, unlimited)
	w.start(fast)
	w.open("box")
	w.waitThread("box", "root of box")
	w.slack.RateLimit("chat.postMessage", time.Second, 1500*time.Millisecond)
	before := w.slack.Calls("chat.postMessage")
	w.say("box", outgoing("box", "a", store.Normal, "a"), outgoing("box", "b", store.Normal, "b"))
	w.waitThread("box", "root of box", "a", "b")
	require.LessOrEqual(t, w.slack.Calls("chat.postMessage")-before, 4, "Slack said when to come back")
}

func TestSlacksOwnRatesAreKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t, standin.Options{}) // as strict as Slack
	w.start()
	w.open("box")
	want := []string{"root of box"}
	start := time.Now()
	for i := range 5 {
		text := fmt.Sprintf("message %d", i)
		want = append(want, text)
		w.say("box", outgoing("box", text, store.Normal, text))
	}
	w.waitThread("box", want...)
	require.Equal(t, 6, w.slack.Calls("chat.postMessage"), "not one was refused")
	require.Greater(t, time.Since(start), 2*time.Second)
}

func TestPostWhoseAnswerWasLostIsFoundAndNotRepeated(t *testing.T) {
	t.Parallel()
	w := newWorld(t, unlimited)
	w.slack.LoseAnswers("chat.postMessage", 1)
	w.start(fast)
	w.open("box")
	w.waitThread("box", "root of box")
	w.slack.LoseAnswers("chat.postMessage", 1)
	w.say("box", outgoing("box", "a", store.Normal, "a"), outgoing("box", "b", store.Normal, "b"))
	w.waitThread("box", "root of box", "a", "b")
	require.Equal(t, 3, w.slack.Calls("chat.postMessage"))

	w.slack.DropNext("chat.postMessage", 1) // this one was never taken: it is not found, and posted
	w.say("box", outgoing("box", "c", store.Normal, "c"))
	w.waitThread("box", "root of box", "a", "b", "c")
}

func TestAReplicaThatDiedWhilePostingIsSucceededWithoutARepetition(t *testing.T) {
	t.Parallel()
	w := newWorld(t, unlimited)
	first := w.start(fast)
	w.open("box")
	w.waitThread("box", "root of box")
	first.stop()

	// What a replica leaves that dies between Slack's answer and its record: the message is there, the entry is marked.
	root, _, err := w.store.PostedMessage(w.ctx, "box", store.RootKey)
	require.NoError(t, err)
	o := outgoing("box", "a", store.Normal, "a")
	w.say("box", o)
	lease, err := w.store.Acquire(w.ctx, "box", store.OutboxLease, "dead", time.Minute)
	require.NoError(t, err)
	sending, err := w.store.NextOutgoing(w.ctx, "box", "dead")
	require.NoError(t, err)
	require.NoError(t, w.store.MarkOutgoing(w.ctx, "dead", sending, store.Posting))
	_, _, err = slack.New(w.slack.BotToken(), slack.OptionAPIURL(w.slack.APIURL())).PostMessageContext(w.ctx, root.Channel,
		slack.MsgOptionText("a", false), slack.MsgOptionTS(root.TS),
		slack.MsgOptionMetadata(slack.SlackMetadata{EventType: "ferryman", EventPayload: map[string]any{"id": o.ID, "key": "a"}}))
	require.NoError(t, err)
	require.NoError(t, lease.Release(w.ctx))

	w.start(fast)
	w.say("box", outgoing("box", "b", store.Normal, "b"))
	w.waitThread("box", "root of box", "a", "b")
}

func TestFilesAreUploadedOnceIntoTheThread(t *testing.T) {
	t.Parallel()
	w := newWorld(t, unlimited)
	w.router.render = func(o store.Outgoing) (commands.Message, error) {
		m := commands.Message{Text: o.Key}
		if o.Key == "plan" {
			m.Files = []commands.File{{Name: "plan.json", Title: "The plan", Content: []byte("{}")}, {Name: "empty.sql"}}
		}
		return m, nil
	}
	w.slack.LoseAnswers("chat.postMessage", 2) // What is tried again does not upload again.
	w.start(fast)
	w.open("box")
	w.say("box", outgoing("box", "plan", store.Urgent, ""))
	w.waitFor("the message", func() bool { return slices.Contains(w.thread("box"), "plan") })
	w.waitFor("the files", func() bool { return len(w.slack.Files(standin.Migrations)) == 2 })
	root, _, err := w.store.PostedMessage(w.ctx, "box", store.RootKey)
	require.NoError(t, err)
	for _, m := range w.slack.Messages(standin.Migrations) {
		if len(m.Files) > 0 {
			require.Equal(t, root.TS, m.ThreadTS)
		}
	}
	require.Equal(t, 2, w.slack.Calls("files.completeUploadExternal"))
}

func TestAFileThatSlackRefusesIsNamedInItsMessage(t *testing.T) {
	t.Parallel()
	w := newWorld(t, unlimited)
	w.router.render = func(o store.Outgoing) (commands.Message, error) {
		m := commands.Message{Text: o.Key}
		if o.Key == "plan" {
			m.Files = []commands.File{{Name: "plan.json", Content: []byte("{}")}}
		}
		return m, nil
	}
	w.slack.SetScopes("chat:write")
	w.start(fast)
	w.open("box")
	w.say("box", outgoing("box", "plan", store.Urgent, ""))
	w.waitFor("the message", func() bool { return len(w.thread("box")) == 2 })
	require.Contains(t, w.thread("box")[1], "plan.json is missing")
	require.Contains(t, w.thread("box")[1], "files:write")
}

func TestWhatSlackCannotTakeIsCutOrSaidPlainly(t *testing.T) {
	t.Parallel()
	w := newWorld(t, unlimited)
	text := func(kind, s string) *slack.TextBlockObject { return slack.NewTextBlockObject(kind, s, false, false) }
	w.router.render = func(o store.Outgoing) (commands.Message, error) {
		m := commands.Message{Text: o.Key}
		switch o.Key {
		case "long":
			m.Text = strings.Repeat("t", 50000)
			for range 70 {
				m.Blocks = append(m.Blocks, slack.NewSectionBlock(text("mrkdwn", strings.Repeat("é", 4000)), nil, nil))
			}
			m.Blocks = append(m.Blocks, slack.NewHeaderBlock(text("plain_text", strings.Repeat("h", 300))),
				slack.NewActionBlock("", slack.NewButtonBlockElement("approval.approve", "1", text("plain_text", strings.Repeat("b", 100)))))
		case "invalid":
			m.Blocks = []slack.Block{slack.NewSectionBlock(text("mrkdwn", ""), nil, nil)}
		case "panic":
			panic("no words")
		case "error":
			return m, errors.New("no words")
		case "nothing":
			return commands.Message{}, nil
		}
		return m, nil
	}
	w.start(fast)
	w.open("box")
	for _, key := range []string{"long", "invalid", "panic", "error", "nothing", "last"} {
		w.say("box", outgoing("box", key, store.Normal, ""))
	}
	w.waitFor("the last message", func() bool { texts := w.thread("box"); return len(texts) > 0 && texts[len(texts)-1] == "last" })
	texts := w.thread("box")
	require.Len(t, texts, 6, "all but the one that has nothing to show")
	require.Equal(t, "invalid", texts[2])
	require.Contains(t, texts[3], "can't put into words")
	require.NotContains(t, texts[3], "no words")

	posted, _, err := w.store.PostedMessage(w.ctx, "box", "long")
	require.NoError(t, err)
	m, _ := w.slack.Message(posted.Channel, posted.TS)
	body, err := json.Marshal(m.Blocks)
	require.NoError(t, err)
	require.Contains(t, string(body), "the rest does not fit")
	require.Contains(t, string(body), "approval.approve", "the buttons are never left out")
	require.Less(t, len([]rune(string(body))), 13200)
}

func TestAThreadWaitsUntilTheBotIsInvited(t *testing.T) {
	t.Parallel()
	w := newWorld(t, unlimited)
	require.NoError(t, w.slack.Remove(standin.Migrations, standin.BotUserID))
	w.start(fast)
	w.open("box")
	w.waitFor("a try", func() bool { return w.slack.Calls("chat.postMessage") > 0 })
	require.NoError(t, w.slack.Invite(standin.Migrations, standin.BotUserID))
	w.waitThread("box", "root of box")
}
