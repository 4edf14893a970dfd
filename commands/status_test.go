// SPDX-License-Identifier: Apache-2.0

package commands_test

import (
	"fmt"
	"testing"
	"time"

	standin "github.com/ferryman/ferryman/internal/standin/slack"
	"github.com/ferryman/ferryman/store"
	"github.com/stretchr/testify/require"
)

func TestStatus(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	require.Equal(t, "There is no migration yet. /migrate-new opens one; profiles: box-office, elsewhere, second.",
		w.types(standin.Lead, "/migrate-status"))
	w.open("box-office", standin.Migrations, "assess", "schema", "prepare")
	w.open("second", standin.Migrations, "assess")
	w.open("a-finished-one", standin.Migrations)
	w.change("box-office", func(m *store.Migration) { m.Phases["load"] = &store.Phase{Status: store.Running, Headline: "63 %"} })
	w.change("second", func(m *store.Migration) {
		m.Phases["schema"] = &store.Phase{Status: store.Failed, Error: "PostgreSQL refused a statement", EndedAt: time.Now().Add(time.Second)}
	})
	w.change("a-finished-one", func(m *store.Migration) { m.ClosedAt = noon })
	text := w.types(standin.GuestID, "/migrate-status")
	require.Regexp(t, `(?s)^box-office in #migrations, in the thread.*second in #migrations.*a-finished-one in #migrations`, text)
	require.Contains(t, text, "✔ Assess · ✔ Schema · ✔ Prepare · ▸ Load 63 % · ○ Rebuild · ○ Replicate · ○ Cutover\nWaiting for nobody.")
	require.Contains(t, text, "✔ Assess · ❌ Schema · ○ Prepare")
	require.Contains(t, text, "Schema failed: PostgreSQL refused a statement. The thread says what to do; then /migrate-schema.")
	require.Contains(t, text, "Finished Jan 31, 2026")
	one := w.types(standin.GuestID, "/migrate-status second")
	require.NotContains(t, one, "box-office")
	require.Equal(t, "There is no migration third. /migrate-status lists all.", w.types(standin.GuestID, "/migrate-status third"))
}

func TestStatusOfMany(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 25 {
		_, err := w.store.Create(w.ctx,
			&store.Migration{Name: fmt.Sprintf("m%02d", i), Profile: "second", Channel: standin.Migrations, OpenedBy: standin.DBA}, store.Change{})
		require.NoError(t, err)
	}
	text := w.types(standin.DBA, "/migrate-status")
	require.Contains(t, text, "m19 in #migrations")
	require.NotContains(t, text, "m20")
	require.Contains(t, text, "and 5 more; name one: /migrate-status <name>")
}

func TestWhatTheRootMessageWaitsFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.open("box-office", standin.Migrations, "assess", "schema", "prepare", "load", "rebuild", "replicate")
	later := time.Now().Add(time.Minute)
	for status, says := range map[store.PhaseStatus]string{
		store.Red:      "The gate of Cutover does not hold: the thread says what is missing. When it holds: `/migrate-cutover`.",
		store.Refused:  "Cutover was not approved, and nothing was run. `/migrate-cutover` asks anew.",
		store.Failed:   "Cutover failed: The task did not stop. The thread says what to do; then `/migrate-cutover`.",
		store.Running:  "Waiting for nobody.",
		store.Complete: "Waiting for an operator: `/migrate-validate` is next.",
	} {
		w.change("box-office", func(m *store.Migration) {
			m.Phases["cutover"] = &store.Phase{Status: status, EndedAt: later, StartedAt: noon, Error: "the task did not stop"}
		})
		w.says(says)
	}
}

func TestHelp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	text := w.types(standin.DBA, "/migrate-help")
	require.Contains(t, text, "No migration is open in this channel. /migrate-new <name> [profile=<profile>] opens one; profiles of this channel: box-office, second.")
	for _, phase := range []string{"new <name>", "assess", "offload", "schema", "prepare", "load", "rebuild", "replicate", "validate", "cutover",
		"fallback", "status", "help"} {
		require.Contains(t, text, "/migrate-"+phase)
	}
	w.open("box-office", standin.Migrations, "assess")
	text = w.types(standin.DBA, "/migrate-help")
	require.Contains(t, text, "box-office: Waiting for an operator: /migrate-schema is next.\nYou can now: /migrate-assess, /migrate-schema.")
	require.Contains(t, w.types(standin.Lead, "/migrate-help"), "You may look, not command: operators are @dba.")
	require.Contains(t, w.types(standin.Lead, "/migrate-help nothing"), "No migration nothing is open in this channel. /migrate-status lists all.")
	w.client.Forget()
	w.slack.FailNext("users.info", 1, "internal_error")
	require.Contains(t, w.types(standin.DBA, "/migrate-help box-office"), "Slack does not say just now whether you may command it.")
}

func TestHelpWhileTwoPeopleAreAsked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.asked("prepare")
	text := w.types(standin.OnCall, "/migrate-help")
	require.Contains(t, text, "Waiting for two people's approval of Prepare, until")
	require.Contains(t, text, "Approvers decide, in the thread.")
}
