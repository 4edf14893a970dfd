// SPDX-License-Identifier: Apache-2.0

package commands_test

import (
	"testing"

	"github.com/ferryman/ferryman/commands"
	standin "github.com/ferryman/ferryman/internal/standin/slack"
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
