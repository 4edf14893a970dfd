// SPDX-License-Identifier: Apache-2.0

package commands_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/runbook"
	standin "github.com/ferryman/ferryman/internal/standin/slack"
	"github.com/ferryman/ferryman/internal/standin/slack/text"
	"github.com/ferryman/ferryman/store"
	"github.com/stretchr/testify/require"
)

func raw(v any) json.RawMessage {
	body, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return body
}

// tell posts an event into the thread, by way of the outbox, and returns the message as Slack has it.
func (w *world) tell(key, kind string, data any) standin.Message {
	w.t.Helper()
	o := store.Outgoing{ID: key, Migration: "box-office", Key: key, Event: store.Event{Kind: kind, At: time.Now(), Data: raw(data)}}
	_, err := w.store.Update(w.ctx, "box-office", func(*store.Migration, time.Time) (store.Change, error) {
		return store.Change{Outgoing: []store.Outgoing{o}}, nil
	})
	require.NoError(w.t, err)
	var at store.Posted
	w.eventually(key+" is posted", func() bool {
		var ok bool
		at, ok, err = w.store.PostedMessage(w.ctx, "box-office", key)
		return err == nil && ok
	})
	m, ok := w.slack.Message(at.Channel, at.TS)
	require.True(w.t, ok)
	require.True(w.t, m.IsReply())
	return m
}

// shown is a message as it is read, with times in UTC.
func (w *world) shown(m standin.Message) string {
	return w.slack.Render(m, text.Options{Location: time.UTC})
}

func TestEveryEventInWords(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.open("box-office", standin.Migrations)
	for _, e := range everyEvent() {
		m := w.tell(e.name, e.kind, e.data)
		text := w.shown(m)
		t.Logf("%s:\n%s\n", e.name, text)
		for _, line := range e.says {
			require.Contains(t, text, line, e.name)
		}
		require.NotEmpty(t, m.Blocks, e.name)
		requireFallback(t, e.name, m)
		require.NotContains(t, text, "%!", e.name)
		require.LessOrEqual(t, len(strings.Split(text, "\n")), 25, "%s is too long to be read", e.name)
	}
	require.NotContains(t, w.log.String(), "level=ERROR")
}

// requireFallback holds that the text says all that the blocks' texts say: it is what notifications and screen readers get.
func requireFallback(t *testing.T, name string, m standin.Message) {
	t.Helper()
	require.NotEmpty(t, m.Text, name)
	for _, b := range m.Blocks {
		if b["type"] != "section" {
			continue
		}
		said := b["text"].(map[string]any)["text"].(string)
		require.Contains(t, m.Text, said, "%s: a section is not in the fallback", name)
	}
}

func TestEveryKindOfEventHasWords(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, e := range everyEvent() {
		if end, ok := e.data.(runbook.Ended); ok && e.kind == runbook.EventComplete {
			seen[end.Phase] = true
		}
	}
	for _, s := range runbook.Machine {
		require.True(t, s.Later || seen[s.Name], "nothing tells of the end of %s", s.Name)
	}
}

// shown is more than what any message shows of a list of things.
const shown = 14

// spoil replaces every text from outside by one that would mention, link or break out, and makes every list longer than it is shown.
func spoil(t *testing.T, data any, text string) any {
	t.Helper()
	var v any
	require.NoError(t, json.Unmarshal(raw(data), &v))
	return spoiled("", v, text, manyNames())
}

// kept are keys whose values decide and are not shown.
var kept = []string{"phase", "next", "status", "State", "id", "fingerprint", "requester", "policy", "votes", "migration", "kind", "ended_by", "by", "members_when_asked"}

var isTime = regexp.MustCompile(`^\d{4}-\d\d-\d\dT`)

func spoiled(key string, v any, text string, names []string) any {
	if slices.Contains(kept, key) {
		return v
	}
	switch x := v.(type) {
	case string:
		if isTime.MatchString(x) {
			return x
		}
		return text
	case []any:
		if len(x) == 0 {
			return x
		}
		var many []any
		if _, ok := x[0].(string); ok {
			many = append(many, text)
			for _, name := range names {
				many = append(many, name)
			}
			return many
		}
		for i := range shown {
			name := text
			if i > 1 {
				name = names[i] // two long ones are enough to be too long
			}
			many = append(many, spoiled("", x[i%len(x)], name, names))
		}
		return many
	case map[string]any:
		out := map[string]any{}
		for k, e := range x {
			out[k] = spoiled(k, e, text, names)
		}
		return out
	}
	return v
}

func TestNoNameBreaksAMessage(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("z", 3300)
	for what, name := range map[string]string{
		"markup": manyNames()[0], "long": "<!here> `a`" + long, "long at once": long, "umlauts": strings.Repeat("ü", 3300),
		"lines": "a\nb\r\n```\nc\x00\x07 <!everyone>", "empty": "", "blank": " ", "entities": strings.Repeat("&<>", 700),
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.open("box-office", standin.Migrations)
			w.change("box-office", func(m *store.Migration) {
				m.Source, m.Target, m.Schemas = name, name, []string{name}
				m.Phases = map[string]*store.Phase{"assess": {Status: store.Failed, Error: name, Headline: name}}
			})
			messages := map[string]standin.Message{}
			for _, e := range everyEvent() {
				messages[e.name] = w.tell(e.name, e.kind, spoil(t, e.data, name))
			}
			for _, m := range w.slack.Messages(standin.Migrations) {
				if !m.IsReply() {
					messages["root"] = m
				}
			}
			harmful := regexp.MustCompile(`<!(channel|here|everyone)|<@` + standin.DBA + `> &lt;https|<https`)
			for name, m := range messages {
				require.NotEmpty(t, m.Blocks, name)
				require.NotEmpty(t, strings.TrimSpace(m.Text), name)
				for _, said := range append(marked(m.Blocks), m.Text) {
					require.NotRegexp(t, harmful, said, name)
				}
				if strings.HasSuffix(name, " asked") {
					require.NotPanics(t, func() { _ = m.Blocks[len(m.Blocks)-1]["elements"].([]any)[1] }, "%s keeps its buttons", name)
				}
			}
			require.NotContains(t, w.log.String(), "level=ERROR", "a message was refused or could not be worded")
		})
	}
}

// marked are all texts in which Slack reads its markup.
func marked(part any) []string {
	var texts []string
	switch p := part.(type) {
	case []standin.Block:
		for _, b := range p {
			texts = append(texts, marked(b)...)
		}
	case []any:
		for _, e := range p {
			texts = append(texts, marked(e)...)
		}
	case map[string]any:
		if p["type"] == "mrkdwn" {
			return []string{p["text"].(string)}
		}
		for _, e := range p {
			texts = append(texts, marked(e)...)
		}
	}
	return texts
}

func TestAnEventWithoutWordsIsAnError(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.open("box-office", standin.Migrations)
	for _, e := range []store.Event{{Kind: "unheard.of"}, {Kind: "complete", Data: raw(runbook.Ended{Phase: "offload"})},
		{Kind: "load.progress", Data: json.RawMessage(`"x"`)}} {
		_, err := w.router.Render(w.ctx, store.Outgoing{Migration: "box-office", Event: e})
		require.ErrorContains(t, err, fmt.Sprintf("put %s of box-office into words", e.Kind))
	}
	_, err := w.router.Render(w.ctx, store.Outgoing{Migration: "gone", Event: store.Event{Kind: "root"}})
	require.ErrorIs(t, err, store.ErrNotFound)
}

func TestFilesGoWithTheirMessage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.open("box-office", standin.Migrations)
	end := ended("assess", "schema", assessed())
	end.Files = []runbook.File{{Name: "report.html", Title: "Assessment"}}
	require.NoError(t, w.store.PutFile(w.ctx, "box-office", "report.html", []byte("<html>")))
	w.tell("with a file", "complete", end)
	w.eventually("the file", func() bool { return len(w.slack.Files(standin.Migrations)) == 1 })
	files := w.slack.Files(standin.Migrations)
	require.Equal(t, "report.html", files[0].Name)
	require.Equal(t, "<html>", string(files[0].Content()))
}
