// SPDX-License-Identifier: Apache-2.0

package bot_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/ferryman/ferryman/approvals"
	"github.com/ferryman/ferryman/commands"
	"github.com/ferryman/ferryman/internal/runbook"
	standin "github.com/ferryman/ferryman/internal/standin/slack"
	"github.com/ferryman/ferryman/store"
	"github.com/redis/go-redis/v9"
	"github.com/slack-go/slack"
	"github.com/stretchr/testify/require"
)

// copied is what Redis has now; setBack has it again.
func (w *world) copied() map[string]string {
	w.t.Helper()
	all := map[string]string{}
	keys, err := w.store.Client().Keys(w.ctx, "ferryman:*").Result()
	require.NoError(w.t, err)
	for _, key := range keys {
		all[key], err = w.store.Client().Dump(w.ctx, key).Result()
		if err == redis.Nil {
			delete(all, key)
			continue
		}
		require.NoError(w.t, err)
	}
	return all
}

func (w *world) setBack(to map[string]string) {
	w.t.Helper()
	_, err := w.store.Client().TxPipelined(w.ctx, func(p redis.Pipeliner) error {
		p.FlushDB(w.ctx)
		for key, dump := range to {
			p.Restore(w.ctx, key, 0, dump)
		}
		return nil
	})
	require.NoError(w.t, err)
}

// Whether a bot runs meanwhile or not: what was sent after the copy was taken is not sent again.
func TestARedisThatWentBackSendsNothingTwice(t *testing.T) {
	t.Parallel()
	for _, running := range []bool{true, false} {
		w := newWorld(t, unlimited)
		r := w.start(fast)
		w.open("box")
		w.say("box", outgoing("box", "a", store.Normal, "first"))
		w.waitThread("box", "root of box", "first")
		r.stop()
		w.say("box", outgoing("box", "b", store.Normal, "second"), outgoing("box", "a", store.Normal, "first, edited"))
		copied := w.copied()
		r = w.start(fast)
		w.waitThread("box", "root of box", "first, edited", "second")
		w.say("box", outgoing("box", "a", store.Normal, "first, edited again"), outgoing("box", "c", store.Normal, "third"))
		w.waitThread("box", "root of box", "first, edited again", "second", "third")
		beat, err := w.store.LastBeat(w.ctx)
		require.NoError(t, err)
		w.waitFor("the replica has seen a later Redis", func() bool {
			now, err := w.store.LastBeat(w.ctx)
			return err == nil && now > beat+1 // it has noted one beat before it gives the next
		})
		if !running {
			r.stop()
		}
		w.setBack(copied)
		if !running {
			w.start(fast)
		}
		w.say("box", outgoing("box", "d", store.Normal, "fourth"), outgoing("box", "c", store.Normal, "third, edited"))
		w.waitThread("box", "root of box", "first, edited again", "second", "third, edited", "fourth")
	}
}

func TestAThreadIsFoundAgainByItsMetadata(t *testing.T) {
	t.Parallel()
	w := newWorld(t, unlimited)
	w.router.render = func(o store.Outgoing) (commands.Message, error) {
		text := func(s string) *slack.TextBlockObject { return slack.NewTextBlockObject("mrkdwn", s, false, false) }
		button := func(id string) slack.Block {
			return slack.NewActionBlock("b", slack.NewButtonBlockElement(id, "v", slack.NewTextBlockObject("plain_text", id, false, false)))
		}
		switch {
		case o.Event.Kind == runbook.EventStripped:
			return commands.Message{Text: "stripped"}, nil
		case o.Key == runbook.ApprovalKey("r1"), o.Key == runbook.ApprovalKey("r2"):
			return commands.Message{Text: "asks", Blocks: []slack.Block{slack.NewSectionBlock(text("asks"), nil, nil), button("approval.approve")}}, nil
		case o.Key == "next":
			return commands.Message{Text: "next", Blocks: []slack.Block{button("phase.start")}}, nil
		}
		var s string
		err := json.Unmarshal(o.Event.Data, &s)
		return commands.Message{Text: s}, err
	}
	w.start(fast)
	w.open("box")
	w.open("other")
	w.say("box", outgoing("box", "load:3:end", store.Normal, "loaded"), outgoing("box", runbook.ApprovalKey("r1"), store.Urgent, ""),
		outgoing("box", runbook.ApprovalKey("r2"), store.Urgent, ""), outgoing("box", "next", store.Normal, ""))
	w.waitThread("box", "root of box", "loaded", "asks", "asks", "next")
	// Anybody may write the same metadata.
	root, _, err := w.store.PostedMessage(w.ctx, "box", store.RootKey)
	require.NoError(t, err)
	_, err = w.slack.As(standin.DBA).Say(standin.Migrations, root.TS, "hello")
	require.NoError(t, err)

	thread, err := w.client().Thread(w.ctx, standin.Migrations, "box", time.Now().Add(-time.Hour))
	require.NoError(t, err)
	require.Equal(t, root.TS, thread.Root)
	require.Len(t, thread.Messages, 5)
	require.Equal(t, map[string]int{"load": 3}, thread.Runs())
	require.Len(t, thread.Lively(), 2)
	require.False(t, thread.Messages[1].At.IsZero())
	none, err := w.client().Thread(w.ctx, standin.Migrations, "box", time.Now().Add(time.Hour))
	require.NoError(t, err)
	require.Empty(t, none.Root)

	// A document with one of the two requests, and nothing of where its messages are.
	m, err := w.store.Load(w.ctx, "box")
	require.NoError(t, err)
	m.Requests = map[string]approvals.Request{"r1": {ID: "r1", Status: approvals.Open}}
	require.NoError(t, w.store.Client().Del(w.ctx, "ferryman:{box}:messages", "ferryman:{box}:places").Err())
	_, err = w.store.Adopt(w.ctx, store.Adoption{Migration: m, Over: m, Change: store.Change{Outgoing: []store.Outgoing{
		outgoing("box", store.RootKey, store.Urgent, "root, adopted"), outgoing("box", "load:3:end", store.Normal, "loaded, edited")}}})
	require.NoError(t, err)
	w.waitFor("all is edited in place", func() bool {
		texts := w.thread("box")
		return len(texts) == 6 && texts[0] == "root, adopted" && texts[1] == "loaded, edited" && texts[2] == "asks" && texts[3] == "stripped" && texts[4] == "next"
	})
	unread, err := w.store.ThreadUnread(w.ctx, "box")
	require.NoError(t, err)
	require.False(t, unread)
	_, err = w.store.Adopt(w.ctx, store.Adoption{Migration: m, Over: m})
	require.ErrorIs(t, err, store.ErrMoved)
}
