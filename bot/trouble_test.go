// SPDX-License-Identifier: Apache-2.0

package bot_test

import (
	"fmt"
	"net/http"
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

// Slack answers 429 to everything for a while, which all replicas wait out together: nothing is lost, doubled or out of order, and Slack is
// hardly called meanwhile.
func TestRateLimitedForAWhileNothingIsLost(t *testing.T) {
	t.Parallel()
	w := newWorld(t, unlimited)
	for range 2 {
		w.start(fast)
	}
	const migrations, messages = 12, 4
	want := map[string][]string{}
	for i := range migrations {
		name := fmt.Sprintf("box%d", i)
		w.open(name)
		want[name] = []string{"root of " + name}
	}
	w.waitFor("the roots", func() bool { return len(w.slack.Messages(standin.Migrations)) == migrations })
	before := w.slack.Calls("chat.postMessage") + w.slack.Calls("chat.update")
	start := time.Now()
	w.slack.RateLimit("", 2*time.Second, 3*time.Second)
	for i := range migrations {
		name := fmt.Sprintf("box%d", i)
		for j := range messages {
			text := fmt.Sprintf("%s %d", name, j)
			want[name] = append(want[name], text)
			w.say(name, outgoing(name, text, store.Normal, text), outgoing(name, store.RootKey, store.Progress, "root of "+name))
		}
	}
	calls := 0
	w.waitFor("the end of it", func() bool {
		if time.Since(start) < 3*time.Second {
			calls = w.slack.Calls("chat.postMessage") + w.slack.Calls("chat.update") - before
			return false
		}
		return true
	})
	require.LessOrEqual(t, calls, 3*migrations, "Slack said when to come back, and all replicas heard it")
	for name, texts := range want {
		w.waitThread(name, texts...)
	}
	n := 0
	for _, times := range w.texts() {
		require.Equal(t, 1, times)
		n++
	}
	require.Equal(t, migrations*(messages+1), n)
}

func TestSlackThatBreaksAtRandomLosesAndDoublesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, unlimited)
	for range 2 {
		w.start(fast)
	}
	w.open("box")
	w.open("other")
	w.waitThread("box", "root of box")
	w.waitThread("other", "root of other")
	w.slack.LoseAnswers("chat.postMessage", 1)
	w.slack.FailNextHTTP("chat.postMessage", 1, http.StatusBadGateway)
	w.slack.FailAfterHTTP("chat.postMessage", 1, http.StatusServiceUnavailable)
	w.slack.DropNext("chat.postMessage", 1)
	w.slack.FailNext("chat.postMessage", 1, "fatal_error")
	w.slack.LoseAnswers("chat.update", 2)
	w.slack.FailNextHTTP("chat.update", 1, http.StatusInternalServerError)
	for i := range 3 {
		for _, name := range []string{"box", "other"} {
			text := fmt.Sprintf("%s %d", name, i)
			w.say(name, outgoing(name, text, store.Normal, text), outgoing(name, store.RootKey, store.Progress, fmt.Sprintf("%s at %d", name, i)))
		}
	}
	w.waitThread("box", "box at 2", "box 0", "box 1", "box 2")
	w.waitThread("other", "other at 2", "other 0", "other 1", "other 2")
}

// Where the bot can't write, nothing is lost, the others are not kept waiting, and who asks for the status is told.
func TestAChannelThatCanNotBeWrittenToKeepsNobodyWaiting(t *testing.T) {
	t.Parallel()
	for code, breaks := range map[string]struct {
		do, undo func(*world) error
		advice   string
	}{
		"not_in_channel": {
			func(w *world) error { return w.slack.Remove(standin.Migrations, standin.BotUserID) },
			func(w *world) error { return w.slack.Invite(standin.Migrations, standin.BotUserID) }, "/invite",
		},
		"is_archived": {
			func(w *world) error { return w.slack.Archive(standin.Migrations, true) },
			func(w *world) error { return w.slack.Archive(standin.Migrations, false) }, "unarchive it",
		},
	} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, unlimited)
			require.NoError(t, w.slack.Invite(standin.General, standin.BotUserID))
			w.start(fast)
			const stuck = 40 // more than are sent for at once
			for i := range stuck {
				w.open(fmt.Sprintf("box%d", i))
			}
			w.waitFor("the roots", func() bool { return len(w.slack.Messages(standin.Migrations)) == stuck })
			require.NoError(t, breaks.do(w))
			for i := range stuck {
				name := fmt.Sprintf("box%d", i)
				w.say(name, outgoing(name, "a", store.Urgent, "a"))
			}
			w.waitFor("the trouble", func() bool {
				why, err := w.store.Trouble(w.ctx, "box0")
				return err == nil && strings.Contains(why, code) && strings.Contains(why, breaks.advice)
			})
			_, err := w.store.Create(w.ctx, &store.Migration{Name: "elsewhere", Channel: standin.General}, store.Change{
				Outgoing: []store.Outgoing{outgoing("elsewhere", store.RootKey, store.Urgent, "elsewhere")},
			})
			require.NoError(t, err)
			w.waitFor("the channel beside it", func() bool { return len(w.slack.Messages(standin.General)) == 1 })

			require.NoError(t, breaks.undo(w))
			w.waitFor("all that waited", func() bool { return w.texts()["a"] == stuck })
			w.waitFor("the end of the trouble", func() bool {
				why, err := w.store.Trouble(w.ctx, "box0")
				return err == nil && why == ""
			})
		})
	}
}

func TestWhatSlackDoesNotTakeIsSaidInASimplerForm(t *testing.T) {
	t.Parallel()
	for refusals, want := range []string{"the words", "the words", "Something happened here", "Something happened here"} {
		for _, code := range []string{"invalid_blocks", "msg_too_long"} {
			t.Run(fmt.Sprint(code, refusals), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, unlimited)
				w.router.render = func(o store.Outgoing) (commands.Message, error) {
					m := commands.Message{Text: o.Key}
					if o.Key == "long" {
						m.Text = "the words"
						m.Blocks = []slack.Block{slack.NewSectionBlock(slack.NewTextBlockObject("mrkdwn", "the words, in blocks", false, false), nil, nil)}
					}
					return m, nil
				}
				w.start(fast)
				w.open("box")
				w.waitThread("box", "root")
				w.slack.FailNext("chat.postMessage", refusals, code)
				w.say("box", outgoing("box", "long", store.Normal, ""), outgoing("box", "next", store.Normal, ""))
				w.waitFor("the next", func() bool { return slices.Contains(w.thread("box"), "next") })
				texts := w.thread("box")
				if refusals == 3 {
					require.Len(t, texts, 2, "what Slack does not take in any form is left out, and in the log")
					return
				}
				require.Contains(t, texts[1], want)
				require.Len(t, texts, 3)
			})
		}
	}
}

func TestUrgentGoesBeforeFiguresOfOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, unlimited)
	const others = 20
	for i := range others {
		name := fmt.Sprintf("box%d", i)
		w.open(name)
	}
	w.open("urgent")
	quick := bot.Rate{PerMinute: 60000, Burst: 100}
	slow := func(o *bot.Options) {
		fast(o)
		o.Limits = &bot.Limits{Post: quick, PostAll: quick, Upload: quick, Update: bot.Rate{PerMinute: 30, Burst: 4}} // figures take most of a minute
	}
	w.start(slow)
	w.start(slow)
	w.say("urgent", outgoing("urgent", "approval", store.Urgent, "asked"))
	w.waitThread("urgent", "root of urgent", "asked")
	w.waitFor("the roots", func() bool { return len(w.slack.Messages(standin.Migrations)) == others+2 })
	for i := range others {
		name := fmt.Sprintf("box%d", i)
		require.NoError(t, w.store.PutProgress(w.ctx, outgoing(name, store.RootKey, store.Progress, name+" goes on")))
	}
	w.waitFor("figures on their way", func() bool { return w.slack.Calls("chat.update") > 3 })
	for i := range 3 {
		text := fmt.Sprintf("%d said yes", i)
		w.say("urgent", outgoing("urgent", "approval", store.Urgent, text))
		w.waitThread("urgent", "root of urgent", text)
	}
	require.Less(t, w.slack.Calls("chat.update"), others, "it did not wait for all figures to be shown")
}
