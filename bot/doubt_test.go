// SPDX-License-Identifier: Apache-2.0

package bot_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/ferryman/ferryman/bot"
	"github.com/ferryman/ferryman/commands"
	standin "github.com/ferryman/ferryman/internal/standin/slack"
	"github.com/ferryman/ferryman/store"
	"github.com/stretchr/testify/require"
)

// texts counts what is in #migrations, threads included.
func (w *world) texts() map[string]int {
	n := map[string]int{}
	for _, m := range w.slack.Messages(standin.Migrations) {
		n[m.Text]++
	}
	return n
}

// posted waits until it is recorded where a message is, other than at one timestamp.
func (w *world) posted(name, key, not string) (at store.Posted) {
	w.t.Helper()
	w.waitFor("the record of "+key, func() bool {
		var found bool
		var err error
		at, found, err = w.store.PostedMessage(w.ctx, name, key)
		return err == nil && found && at.TS != not
	})
	return at
}

// marked leaves a message as a replica leaves it that died just before its call, or just after.
func (w *world) marked(o store.Outgoing) {
	w.t.Helper()
	w.say(o.Migration, o)
	lease, err := w.store.Acquire(w.ctx, o.Migration, store.OutboxLease, "dead", time.Minute)
	require.NoError(w.t, err)
	require.NotNil(w.t, lease)
	sending, err := w.store.NextOutgoing(w.ctx, o.Migration, "dead")
	require.NoError(w.t, err)
	require.NoError(w.t, w.store.MarkOutgoing(w.ctx, "dead", sending, store.Posting))
	require.NoError(w.t, lease.Release(w.ctx))
}

func TestAPostThatWasMarkedAndNeverSentIsSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t, unlimited)
	first := w.start(fast)
	w.open("box")
	w.waitThread("box", "root of box")
	first.stop()
	w.marked(outgoing("box", "a", store.Normal, "a"))
	w.start(fast)
	w.waitThread("box", "root of box", "a")
}

func TestAPostThatSlackTookAndAnsweredBadlyIsNotRepeated(t *testing.T) {
	t.Parallel()
	w := newWorld(t, unlimited)
	w.start(fast)
	w.slack.FailAfterHTTP("chat.postMessage", 1, http.StatusInternalServerError)
	w.open("box")
	w.waitThread("box", "root of box")
	w.slack.FailAfterHTTP("chat.postMessage", 1, http.StatusBadGateway)
	w.slack.FailNextHTTP("conversations.replies", 1, http.StatusServiceUnavailable) // nor while it can't be looked up
	w.say("box", outgoing("box", "a", store.Normal, "a"), outgoing("box", "b", store.Normal, "b"))
	w.waitThread("box", "root of box", "a", "b")
	require.Equal(t, 3, w.slack.Calls("chat.postMessage"))

	w.slack.FailNext("chat.postMessage", 1, "internal_error") // this one was never taken
	w.say("box", outgoing("box", "c", store.Normal, "c"))
	w.waitThread("box", "root of box", "a", "b", "c")
}

func TestWhatSlackSurelyRefusedIsNotLookedFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t, unlimited)
	w.start(fast)
	w.open("box")
	w.waitThread("box", "root of box")
	w.slack.FailNext("chat.postMessage", 1, "restricted_action")
	w.slack.LimitNext("chat.postMessage", 1, time.Second)
	w.say("box", outgoing("box", "a", store.Normal, "a"))
	w.waitThread("box", "root of box", "a")
	require.Equal(t, 4, w.slack.Calls("chat.postMessage"), "the root, two refusals, and the message")
	require.Zero(t, w.slack.Calls("conversations.replies"))
}

// A replica's call is on its way and slow, its lease passes to another, who looks for the message, does not find it, and posts it. Then the
// first one arrives.
func TestAPostThatArrivesAfterItsSuccessorIsTakenBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t, unlimited)
	hasty := func(o *bot.Options) { fast(o); o.Takeover = 2 * time.Second }
	w.start(hasty)
	w.open("box")
	w.waitThread("box", "root of box")
	stall := w.slack.StallNext("chat.postMessage")
	w.say("box", outgoing("box", "a", store.Normal, "a"))
	<-stall.Arrived()
	lease := "ferryman:{box}:lease:" + store.OutboxLease
	require.NoError(t, w.store.Client().Set(w.ctx, lease, "another", 2*time.Second).Err())
	w.start(hasty)
	w.waitFor("the successor's post", func() bool { return w.texts()["a"] == 1 })
	stall.Release()
	w.waitFor("the late one", func() bool { return w.slack.Calls("chat.delete") > 0 })
	w.waitFor("one of them", func() bool { return w.texts()["a"] == 1 })
	posted, found, err := w.store.PostedMessage(w.ctx, "box", "a")
	require.NoError(t, err)
	require.True(t, found)
	_, found = w.slack.Message(posted.Channel, posted.TS)
	require.True(t, found, "the one that is recorded is the one that is left")
}

// A replica's edit is slow in the same way, and writes old words over the newer ones of its successor.
func TestAnEditThatArrivesAfterItsSuccessorsIsMended(t *testing.T) {
	t.Parallel()
	w := newWorld(t, unlimited)
	hasty := func(o *bot.Options) { fast(o); o.Takeover = 2 * time.Second }
	w.start(hasty)
	w.open("box")
	w.say("box", outgoing("box", "load", store.Normal, "10 %"))
	w.waitThread("box", "root of box", "10 %")
	stall := w.slack.StallNext("chat.update")
	w.say("box", outgoing("box", "load", store.Normal, "63 %"), outgoing("box", "load", store.Normal, "all done"))
	<-stall.Arrived()
	require.NoError(t, w.store.Client().Set(w.ctx, "ferryman:{box}:lease:"+store.OutboxLease, "another", time.Second).Err())
	w.start(hasty)
	w.waitThread("box", "root of box", "all done")
	stall.Release()
	w.waitFor("three edits and a mending", func() bool {
		root, _, err := w.store.PostedMessage(w.ctx, "box", "load")
		m, _ := w.slack.Message(root.Channel, root.TS)
		return err == nil && m.Versions >= 5
	})
	w.waitThread("box", "root of box", "all done")
}

func TestAMessageThatWasDeletedIsPostedAgainAndItsPlaceMoves(t *testing.T) {
	t.Parallel()
	w := newWorld(t, unlimited)
	w.start(fast)
	w.open("box")
	w.say("box", outgoing("box", "approval:1", store.Urgent, "asked"))
	w.waitThread("box", "root of box", "asked")
	old := w.posted("box", "approval:1", "")
	require.NoError(t, w.slack.Delete(old.Channel, old.TS))
	w.say("box", outgoing("box", "approval:1", store.Urgent, "one said yes"))
	w.waitThread("box", "root of box", "one said yes")
	now := w.posted("box", "approval:1", old.TS)
	key, found, err := w.store.FindPosted(w.ctx, "box", now.Channel, now.TS)
	require.NoError(t, err)
	require.True(t, found)
	require.Equal(t, "approval:1", key)
	_, found, err = w.store.FindPosted(w.ctx, "box", old.Channel, old.TS)
	require.NoError(t, err)
	require.False(t, found, "a click on what was there before counts no more")
}

func TestARootThatWasDeletedIsPostedAgain(t *testing.T) {
	t.Parallel()
	for _, replies := range []int{0, 1} {
		t.Run(fmt.Sprint(replies), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, unlimited)
			w.start(fast)
			w.open("box")
			for range replies {
				w.say("box", outgoing("box", "a", store.Normal, "a"))
			}
			w.waitFor("the thread", func() bool { return len(w.thread("box")) == replies+1 })
			root := w.posted("box", store.RootKey, "")
			if replies > 0 {
				w.posted("box", "a", "")
			}
			require.NoError(t, w.slack.Delete(root.Channel, root.TS))
			w.slack.LoseAnswers("chat.postMessage", 1) // and whose answer is lost is not repeated
			w.say("box", outgoing("box", "b", store.Normal, "b"))
			w.waitFor("the message", func() bool { return w.texts()["b"] == 1 })
			w.say("box", outgoing("box", store.RootKey, store.Normal, "root anew"), outgoing("box", "c", store.Normal, "c"))
			w.waitThread("box", "root anew", "c")
			w.say("box", outgoing("box", "b", store.Normal, "b, edited"))
			w.waitFor("what is elsewhere is edited there", func() bool { return w.texts()["b, edited"] == 1 })
			require.Zero(t, w.texts()["b"])
		})
	}
}

func TestFilesAreOnceInTheThreadAndBeforeTheirMessage(t *testing.T) {
	t.Parallel()
	for name, breaks := range map[string]func(*standin.Server){
		"nothing breaks":      func(*standin.Server) {},
		"shared, answer lost": func(s *standin.Server) { s.LoseAnswers("files.completeUploadExternal", 1) },
		"shared, answered with 500": func(s *standin.Server) {
			s.FailAfterHTTP("files.completeUploadExternal", 1, http.StatusInternalServerError)
		},
		"never shared":   func(s *standin.Server) { s.DropNext("files.completeUploadExternal", 1) },
		"never uploaded": func(s *standin.Server) { s.FailNextHTTP("files.getUploadURLExternal", 1, http.StatusBadGateway) },
		"Slack asks to wait": func(s *standin.Server) {
			s.LimitNext("files.completeUploadExternal", 1, time.Second)
		},
		"the message's answer lost": func(s *standin.Server) { s.LoseAnswers("chat.postMessage", 1) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, standin.Options{Limits: &standin.Limits{Off: true}, Timing: standin.Timing{FileProcessing: 700 * time.Millisecond}})
			w.router.render = func(o store.Outgoing) (commands.Message, error) {
				m := commands.Message{Text: o.Key}
				if o.Key == "plan" {
					m.Files = []commands.File{{Name: "plan.json", Content: []byte("{}")}, {Name: "plan.sql", Content: []byte("--")}}
				}
				return m, nil
			}
			w.start(fast)
			w.open("box")
			w.waitThread("box", "root")
			breaks(w.slack)
			w.say("box", outgoing("box", "plan", store.Urgent, ""))
			w.waitFor("the message", func() bool { return slices.Contains(w.thread("box"), "plan") })
			root, _, err := w.store.PostedMessage(w.ctx, "box", store.RootKey)
			require.NoError(t, err)
			var order []string
			for _, m := range w.slack.Thread(root.Channel, root.TS)[1:] {
				for _, f := range m.Files {
					order = append(order, f.Name)
				}
				if len(m.Files) == 0 {
					order = append(order, m.Text)
				}
			}
			require.Equal(t, []string{"plan.json", "plan.sql", "plan"}, order)
		})
	}
}

func TestAFileWhoseUploaderDiedIsSharedOnce(t *testing.T) {
	t.Parallel()
	for _, shared := range []bool{false, true} {
		t.Run(fmt.Sprint("shared ", shared), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, unlimited)
			w.router.render = func(o store.Outgoing) (commands.Message, error) {
				m := commands.Message{Text: o.Key}
				if o.Key == "plan" {
					m.Files = []commands.File{{Name: "plan.json", Content: []byte("{}")}}
				}
				return m, nil
			}
			first := w.start(fast, func(o *bot.Options) { o.Takeover = 2 * time.Second })
			w.open("box")
			w.waitThread("box", "root")
			stall := w.slack.StallNext("files.completeUploadExternal")
			w.say("box", outgoing("box", "plan", store.Urgent, ""))
			<-stall.Arrived()
			first.stop()
			if shared {
				stall.Release()
				w.waitFor("the file", func() bool { return len(w.slack.Files(standin.Migrations)) == 1 })
			}
			w.start(fast)
			w.waitFor("the message", func() bool { return slices.Contains(w.thread("box"), "plan") })
			stall.Release()
			require.Len(t, w.slack.Files(standin.Migrations), 1)
			require.Equal(t, 1, w.slack.Calls("files.getUploadURLExternal"))
		})
	}
}
