// SPDX-License-Identifier: Apache-2.0

package commands_test

import (
	"testing"

	"github.com/ferryman/ferryman/commands"
	standin "github.com/ferryman/ferryman/internal/standin/slack"
	"github.com/ferryman/ferryman/store"
	"github.com/stretchr/testify/require"
)

// The press that opened the form comes again after a crash, when the form was long filled in: nobody is told that they were not counted
// who were, and the audit log does not say so.
func TestAPressThatOpenedAFormIsNoRefusedClickLater(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := w.asked("cutover")
	w.press(standin.Lead, m, "approval.approve")
	_, err := w.slack.As(standin.Lead).Submit(w.ctx, w.modal(standin.Lead, "approval.confirm").ID, map[string]any{"name": "box-office"})
	require.NoError(t, err)
	w.reads(m, "@lead approved at")

	press := commands.Envelope{ID: "press", Type: commands.BlockAction, User: standin.Lead, Channel: m.Channel, MessageTS: m.TS,
		ActionID: "approval.approve", Value: w.request().ID, Again: true}
	require.NoError(t, w.router.Handle(w.ctx, press))
	require.Empty(t, w.refusals())
	press.ID, press.Again = "another", false
	require.ErrorContains(t, w.router.Handle(w.ctx, press), "you approved this plan already", "a second press is another thing")
	require.Len(t, w.refusals(), 1)
	press.ID, press.Again, press.User = "other", true, standin.DBA
	require.ErrorContains(t, w.router.Handle(w.ctx, press), "you asked for this", "and so is somebody else's, whenever it comes")
}

// A replica slept with a command in its hands that another one refused meanwhile, and wakes up when it would be legal: whoever typed it was
// told that nothing was done. However many were refused before it.
func TestACommandThatWasRefusedIsNotCarriedOutLater(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.open("box-office", standin.Migrations)
	env := commands.Envelope{Type: commands.SlashCommand, User: standin.DBA, Channel: standin.Migrations, Command: "/migrate-schema", Text: "box-office"}
	ids := []string{"e1", "e2", "e3", "e4", "e5", "e6", "e7", "e8", "e9"}
	for _, env.ID = range ids {
		require.ErrorContains(t, w.router.Handle(w.ctx, env), "Schema needs Assess to be complete first.")
	}
	w.change("box-office", func(m *store.Migration) { m.Phases = map[string]*store.Phase{"assess": {Status: store.Complete}} })
	for _, env.ID = range ids {
		require.NoError(t, w.router.Handle(w.ctx, env))
	}
	require.Zero(t, w.load("box-office").Phase("schema").Run)
	env.ID = "e10"
	require.NoError(t, w.router.Handle(w.ctx, env))
	require.Equal(t, 1, w.load("box-office").Phase("schema").Run)
}
