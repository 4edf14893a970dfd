// SPDX-License-Identifier: Apache-2.0

package audit_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"github.com/ferryman/ferryman/bot"
	"github.com/ferryman/ferryman/store"
	"github.com/stretchr/testify/require"
)

func TestAChainThatIsAsItWasWritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.verify()
	require.Empty(t, r.Findings)
	require.Equal(t, int64(16), r.Entries)
	require.Equal(t, []string{"Redis (16 entries)", "the target (14 entries)", "the thread (5 messages that name the end of the chain)"}, r.Compared)
	require.Equal(t, []string{"The target does not have entries 15 to 16 yet: it gets them with the next step, or when something is next commanded."}, r.Notes)
	w.mirror()
	r = w.verify()
	require.Empty(t, r.Findings)
	require.Empty(t, r.Notes)
}

// What somebody does to one of the places, or to several, and what is then said of it first.
func TestWhatWasTamperedWithIsNamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	back := w.keep()
	for name, c := range map[string]struct {
		tamper   func(w *world)
		said     string // the beginning of the first finding
		now, was string // what it says of the entry, where it can
	}{
		"Redis: an entry changed": {func(w *world) { w.redis("LSET", listKey, 3, strings.Replace(w.line(3), `"who":"A"`, `"who":"X"`, 1)) },
			"redis 4 changed: its content does not have its hash", "vote prepare f1 approve, by X, ", "vote prepare f1 approve, by A, "},
		"Redis: an entry is no JSON": {func(w *world) { w.redis("LSET", listKey, 3, "gone") }, "redis 4 changed: it is not written as", "", "vote prepare f1 approve, by A, "},
		"Redis: an entry rewritten":  {func(w *world) { w.redis("LSET", listKey, 3, rewritten(w.T, w.lines(), 3)[3]) }, "redis 5 does not follow", "by B, ", ""},
		"Redis: an entry removed":    {func(w *world) { w.redis("LREM", listKey, 1, w.line(3)) }, "redis 4 missing", "", "vote prepare f1 approve, by A, "},
		"Redis: three removed": {func(w *world) {
			w.redis("LREM", listKey, 1, w.line(3))
			w.redis("LREM", listKey, 1, w.line(3))
			w.redis("LREM", listKey, 1, w.line(3))
		}, "redis 4-6 missing", "", "by A, "},
		"Redis: two swapped": {func(w *world) {
			a, b := w.line(3), w.line(4)
			w.redis("LSET", listKey, 3, b)
			w.redis("LSET", listKey, 4, a)
		},
			"redis 4 out of order: it stands after entry 5", "by A, ", ""},
		"Redis: one twice":        {func(w *world) { w.redis("RPUSH", listKey, w.line(3)) }, "redis 4 there twice", "by A, ", ""},
		"Redis: the end cut off":  {func(w *world) { w.redis("RPOP", listKey, 2) }, "redis 15-16 cut off: the migration's document names entry 16", "", ""},
		"Redis: cut and covered":  {func(w *world) { w.redis("RPOP", listKey, 3); w.fixEnd(w.line(-1)) }, "redis 14 cut off: the target goes on", "", "step load s1 done, by ferryman, "},
		"Redis: the start cut":    {func(w *world) { w.redis("LPOP", listKey, 3) }, "redis 1-3 missing: the chain begins with entry 4", "", "open from profile"},
		"Redis: the list removed": {func(w *world) { w.redis("DEL", listKey) }, "redis 1-16 cut off", "", "open from profile office"},
		"Redis: one added": {func(w *world) {
			m, err := w.store.Load(w.Context(), "box")
			require.NoError(w, err)
			w.enter(store.Audit{What: "vote", Who: "M"})
			m2, err := w.store.Load(w.Context(), "box")
			require.NoError(w, err)
			require.Equal(w, m.AuditSeq+1, m2.AuditSeq)
			w.fixEnd(w.line(-2))
		}, "redis 17 stands behind the end", "vote, by M, ", ""},
		"Redis: rewritten from an entry on": {func(w *world) { w.rewriteRedis(3) }, "redis 4 differs from the one on the target", "by MA, ", "by A, "},
		"Redis: rewritten where the target has nothing yet": {func(w *world) {
			w.say(w.enter(store.Audit{What: "vote", Who: "A"}), "late")
			w.rewriteRedis(15)
		}, "thread 17 has hash ", "vote, by A, ", ""},
		"Redis: wiped": {func(w *world) { w.redis("FLUSHDB") }, "redis 1-14 is not there: Redis does not know the migration", "", ""},

		"the target: an entry changed": {func(w *world) {
			w.sql(`UPDATE ferryman.chain SET entry = replace(entry, '"who":"A"', '"who":"X"') WHERE seq = 4`)
		},
			"target 4 changed: its content", "by X, ", "by A, "},
		"the target: an entry removed": {func(w *world) { w.sql("DELETE FROM ferryman.chain WHERE seq = 4") }, "target 4 missing", "", "by A, "},
		"the target: two swapped": {func(w *world) {
			w.sql(`UPDATE ferryman.chain c SET hash = o.hash, entry = o.entry FROM ferryman.chain o WHERE c.seq IN (4, 5) AND o.seq = 9 - c.seq`)
		}, "target 4 out of order", "by A, ", ""},
		"the target: a hash changed":         {func(w *world) { w.sql("UPDATE ferryman.chain SET hash = 'x' WHERE seq = 4") }, "target 4 is row 4 with hash x", "by A, ", ""},
		"the target: the numbers moved":      {func(w *world) { w.sql("UPDATE ferryman.chain SET seq = 99 WHERE seq = 14") }, "target 99 is row 99 with hash", "", ""},
		"the target: the end cut off":        {func(w *world) { w.sql("DELETE FROM ferryman.chain WHERE seq > 12") }, "target 13-14 cut off: the migration's document names entry 14", "", "plan load f2 started"},
		"the target: the end, and its trace": {func(w *world) { w.sql("DELETE FROM ferryman.chain WHERE seq > 5; DELETE FROM ferryman.state") }, "target 6-16 cut off: entry 6 was there before the first step ran", "", "started, approved by [A B]"},
		"the target: all of it":              {func(w *world) { w.sql("DELETE FROM ferryman.chain; DELETE FROM ferryman.state") }, "target 1-16 cut off", "", "open from profile"},
		"the target: rewritten": {func(w *world) {
			w.rewriteTarget(rewritten(w.T, w.lines(), 3))
		}, "redis 4 differs from the one on the target", "by A, ", "by MA, "},

		"both rewritten alike": {func(w *world) { w.rewriteTarget(w.rewriteRedis(3)) }, "thread 6 has hash ", "started, approved", ""},
		"both cut off alike": {func(w *world) {
			w.redis("LTRIM", listKey, 0, 7)
			w.fixEnd(w.line(-1))
			w.sql("DELETE FROM ferryman.chain WHERE seq > 8; DELETE FROM ferryman.state")
		}, "thread 11 is missing in Redis: the message of ", "", ""},
		"Redis wiped and the target rewritten": {func(w *world) {
			lines := w.lines()
			w.redis("FLUSHDB")
			w.rewriteTarget(rewritten(w.T, lines, 3))
		}, "redis 1-14 is not there", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			w.T = t
			back()
			c.tamper(w)
			r := w.verify()
			require.NotEmpty(t, r.Findings)
			require.True(t, strings.HasPrefix(said(r)[0], c.said), "%q does not begin with %q", said(r), c.said)
			require.Contains(t, r.Findings[0].Now, c.now)
			require.Contains(t, r.Findings[0].Was, c.was)
			require.Less(t, len(r.Findings), 9, "short")
		})
	}
}

func TestWithRedisAwayTheTargetIsComparedWithTheThread(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.sources.Store, w.sources.NoRedis = nil, "no answer"
	r := w.verify()
	require.Empty(t, r.Findings)
	require.Equal(t, []string{"Redis: no answer"}, r.NotCompared)
	require.Len(t, r.Compared, 2)

	w.rewriteTarget(rewritten(t, w.lines(), 3))
	require.True(t, strings.HasPrefix(said(w.verify())[0], "thread 6 has hash"), "the thread tells of a chain that is rewritten whole")

	w.sql("DELETE FROM ferryman.chain WHERE seq > 8; DELETE FROM ferryman.state")
	r = w.verify()
	require.Contains(t, strings.Join(r.Notes, " "), "it can't be told whether the rest was cut off")
}

func TestWithTheTargetAwayRedisIsComparedWithTheThread(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.sources.Config.Profiles["office"].Target.URL = "postgres://u:secret@127.0.0.1:1/x"
	r := w.verify()
	require.Empty(t, r.Findings)
	require.Len(t, r.NotCompared, 1)
	require.Contains(t, r.NotCompared[0], "the target: profile office: PostgreSQL at 127.0.0.1:1 can't be reached")
	require.NotContains(t, r.NotCompared[0], "secret")
	w.rewriteRedis(3)
	require.True(t, strings.HasPrefix(said(w.verify())[0], "thread 6 has hash"))
}

func TestOnlyTheBotsOwnMessagesAreWitnesses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	to, err := url.Parse(w.slack.URL())
	require.NoError(t, err)
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to); r.Out.Header.Del("Accept-Encoding") }}
	forged := 0
	proxy.ModifyResponse = func(r *http.Response) error {
		if !strings.HasSuffix(r.Request.URL.Path, "conversations.replies") {
			return nil
		}
		var answer map[string]any
		if err := json.NewDecoder(r.Body).Decode(&answer); err != nil {
			return err
		}
		messages := answer["messages"].([]any)
		answer["messages"] = append(messages, map[string]any{"type": "message", "user": "U0OTHER", "bot_id": "B0OTHER", "ts": "9999999999.000001",
			"metadata": map[string]any{"event_type": "ferryman", "event_payload": map[string]any{"key": "x", "migration": "box", "audit_seq": 3, "audit_head": "forged"}}})
		body, err := json.Marshal(answer)
		forged++
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		r.Header.Del("Content-Length")
		return err
	}
	between := httptest.NewServer(proxy)
	t.Cleanup(between.Close)
	w.sources.Threads = bot.NewSlack(w.slack.AppToken(), w.slack.BotToken(), between.URL+"/api/")
	r := w.verify()
	require.Empty(t, r.Findings)
	require.Positive(t, forged)
	require.Contains(t, r.Compared, "the thread (5 messages that name the end of the chain)")
}

// A name that was closed is opened again: its chain goes on, and Redis has only the rest of it.
func TestAChainThatGoesOnFromOneThatHasLeftRedis(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.enter(store.Audit{What: "command", Who: "DBA", Object: "open from profile office", Outcome: "opened"})
	w.mirror()
	w.enter(store.Audit{What: "command", Who: "DBA", Phase: "assess", Outcome: "taken"})
	w.redis("LPOP", listKey, 16)
	require.Empty(t, said(w.verify()))
	w.sql("UPDATE ferryman.chain SET entry = replace(entry, 'refused', 'allowed') WHERE seq = 16")
	require.Len(t, said(w.verify()), 1)
	w.sql("DELETE FROM ferryman.chain WHERE seq = 16")
	require.Equal(t, []string{"target 16 missing", "redis 17 does not go on from entry 16 of the target"}, said(w.verify()))
}

// What was lost with Redis before an adoption is not what somebody took away, and only what was.
func TestAnAdoptionExplainsWhatItLeftBehind(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := w.enter(store.Audit{What: "vote", Who: "A"})
	w.say(m, "lost")
	// Redis goes back to what the target has, and is adopted.
	w.redis("LTRIM", listKey, 0, 13)
	w.fixEnd(w.line(-1))
	r := w.verify()
	require.Len(t, r.Findings, 1)
	require.Contains(t, said(r)[0], "thread 17 is missing in Redis")
	m = w.enter(store.Audit{What: "adopted", Who: "DBA", Object: "Redis was at entry 14", Outcome: "goes on after entry 14"})
	require.Len(t, w.verify().Findings, 1, "an adoption that the thread does not know of explains nothing")
	w.say(m, "adopted:1")
	r = w.verify()
	require.Empty(t, r.Findings)
	require.Contains(t, r.Notes[len(r.Notes)-1], "1 messages name entries that were lost with Redis")

	w.say(m, "later") // as it is
	forged := *m
	forged.AuditHead = strings.Repeat("0", 64)
	w.say(&forged, "later still")
	require.Len(t, w.verify().Findings, 1, "what comes after the adoption is not explained by it")
}
