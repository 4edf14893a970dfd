// SPDX-License-Identifier: Apache-2.0

package commands_test

import (
	"testing"
	"time"

	"github.com/ferryman/ferryman/approvals"
	"github.com/ferryman/ferryman/commands"
	"github.com/ferryman/ferryman/internal/runbook"
	standin "github.com/ferryman/ferryman/internal/standin/slack"
	"github.com/ferryman/ferryman/store"
	"github.com/stretchr/testify/require"
)

// change writes a change of a migration, as the engine does.
func (w *world) change(name string, change func(m *store.Migration)) {
	w.t.Helper()
	_, err := w.store.Update(w.ctx, name, func(m *store.Migration, now time.Time) (store.Change, error) {
		change(m)
		return store.Change{Outgoing: []store.Outgoing{runbook.Root(m, now)}}, nil
	})
	require.NoError(w.t, err)
}

func TestACommandThatIsNotLegalNow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.open("box-office", standin.Migrations)
	for line, says := range map[string]string{
		"/migrate-load":     "Load needs Prepare to be complete first. Nothing was done. You can now: /migrate-assess.",
		"/migrate-cutover":  "Cutover needs Replicate to be complete first. Nothing was done. You can now: /migrate-assess.",
		"/migrate-offload":  "Offload is not in this version of Ferryman; it comes later. Nothing was done. You can now: /migrate-assess.",
		"/migrate-fallback": "Fallback is not in this version of Ferryman; it comes later.",
	} {
		require.Contains(t, w.types(standin.DBA, line), says)
	}
	require.Empty(t, w.load("box-office").Phases)
	require.ElementsMatch(t, []string{"U000000DBA load not_legal_now", "U000000DBA cutover not_legal_now", "U000000DBA offload not_legal_now", "U000000DBA fallback not_legal_now"}, w.refusals())

	require.Contains(t, w.types(standin.DBA, "/migrate-assess"), "Assess of box-office is under way, in the thread")
	require.Contains(t, w.types(standin.DBA, "/migrate-assess"),
		"Assess is under way; one phase at a time. Nothing was done; /migrate-status shows where things stand.")
	require.Equal(t, 1, w.load("box-office").Phases["assess"].Run)

	w.change("box-office", func(m *store.Migration) {
		m.Phases = map[string]*store.Phase{"assess": {Status: store.Complete}, "schema": {Status: store.Complete},
			"prepare": {Status: store.Waiting, RequestID: "r"}}
		m.Requests = map[string]approvals.Request{"r": {ID: "r", Status: approvals.Open}}
	})
	require.Contains(t, w.types(standin.DBA, "/migrate-schema"), "Prepare waits for two people. Reject it in the thread to do something else.")
}

// What was delivered twice is done once, and answered the same, whatever has become of it meanwhile.
func TestAPhaseDeliveredAgainStartsOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.open("box-office", standin.Migrations)
	env := commands.Envelope{ID: "e1", Type: commands.SlashCommand, User: standin.DBA, Channel: standin.Migrations, Command: "/migrate-assess",
		Text: "box-office"}
	again := func() string {
		return w.answered(standin.DBA, func() { require.NoError(t, w.router.Handle(w.ctx, env)) })
	}
	first := again()
	require.Contains(t, first, "Assess of box-office is under way")
	require.Equal(t, first, again(), "while it is under way")
	require.Equal(t, 1, w.load("box-office").Phases["assess"].Run)
	w.change("box-office", func(m *store.Migration) { m.Phases["assess"].Status = store.Complete })
	require.Equal(t, first, again(), "after it was done")
	require.Equal(t, 1, w.load("box-office").Phases["assess"].Run)
	require.Equal(t, store.Complete, w.load("box-office").Phases["assess"].Status)
}

func TestSlackDeliversTwice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.open("box-office", standin.Migrations)
	w.slack.DuplicateNext(1, false)
	require.Contains(t, w.types(standin.DBA, "/migrate-assess"), "is under way")
	require.Contains(t, w.types(standin.DBA, "/migrate-status"), "▸ Assess")
	require.Equal(t, 1, w.load("box-office").Phases["assess"].Run)
	require.Len(t, w.slack.Ephemerals(standin.DBA), 2)
}

func TestTheNextStepIsAButton(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.engine(&crew{data: map[string]any{"assess": assessed(), "schema": nil}})
	w.open("box-office", standin.Migrations)
	w.types(standin.DBA, "/migrate-assess")
	done := w.says("Assessed BOXOFFICE")
	require.True(t, done.IsReply())
	text := w.answered(standin.Lead, func() {
		require.NoError(t, w.slack.As(standin.Lead).Press(w.ctx, done.Channel, done.TS, "phase.start"))
	})
	require.Contains(t, text, "Only the operators of profile box-office may do that")
	text = w.answered(standin.DBA, func() {
		require.NoError(t, w.slack.As(standin.DBA).Press(w.ctx, done.Channel, done.TS, "phase.start"))
	})
	require.Contains(t, text, "Schema of box-office is under way")
}

func TestAButtonOfAPhaseThatThereIsNot(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.open("box-office", standin.Migrations)
	for value, says := range map[string]string{
		"box-office/<!channel>": "There is no phase \"&lt;!channel&gt;\".", "/assess": "", "gone/assess": "There is no migration *gone*",
		"<!here>/assess": "There is no migration *&lt;!here&gt;*",
	} {
		err := w.router.Handle(w.ctx, commands.Envelope{ID: value, Type: commands.BlockAction, User: standin.DBA, Channel: standin.Migrations,
			ActionID: "phase.start", Value: value})
		if says == "" {
			require.NoError(t, err)
			continue
		}
		require.ErrorContains(t, err, says)
	}
	require.NoError(t, w.router.Handle(w.ctx,
		commands.Envelope{ID: "link", Type: commands.BlockAction, User: standin.DBA, Channel: standin.Migrations, ActionID: "unknown"}))
	require.ErrorContains(t, w.router.Handle(w.ctx, commands.Envelope{ID: "c", Type: commands.SlashCommand, Command: "/migrate-<!channel>"}),
		"`/migrate-&lt;!channel&gt;` is not one of mine")
}
