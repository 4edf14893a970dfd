// SPDX-License-Identifier: Apache-2.0

package commands_test

import (
	"strings"
	"testing"

	"github.com/ferryman/ferryman/approvals"
	"github.com/ferryman/ferryman/commands"
	standin "github.com/ferryman/ferryman/internal/standin/slack"
	"github.com/ferryman/ferryman/store"
	"github.com/stretchr/testify/require"
)

func (w *world) modal(user, callback string) standin.View {
	w.t.Helper()
	v, err := w.slack.WaitModal(w.ctx, user, func(v standin.View) bool { return v.CallbackID == callback })
	require.NoError(w.t, err)
	return v
}

func TestANoNeedsItsReason(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := w.asked("prepare")
	w.press(standin.OnCall, m, "approval.reject")
	view := w.modal(standin.OnCall, "approval.reject")
	require.Contains(t, w.slack.RenderView(view),
		"Prepare of box-office, plan `"+w.request().Fingerprint[:12]+"`, asked by @dba. One No ends the request.")
	out, err := w.slack.As(standin.OnCall).Submit(w.ctx, view.ID, map[string]any{"reason": "   "})
	require.NoError(t, err)
	require.Equal(t, map[string]string{"reason": "A reason is needed: it is shown in the thread."}, out.Errors)
	require.Equal(t, approvals.Open, w.request().Status)

	out, err = w.slack.As(standin.OnCall).Submit(w.ctx, view.ID, map[string]any{"reason": "not before <!channel> the `audit`"})
	require.NoError(t, err)
	require.True(t, out.Closed)
	w.reads(m, "❌ @oncall said no: not before <!channel> the ˋauditˋ")
	now, _ := w.slack.Message(m.Channel, m.TS)
	require.NotContains(t, strings.Join(marked(now.Blocks), ""), "<!channel>")
	require.Equal(t, store.Refused, w.load("box-office").Phases["prepare"].Status)
	require.Contains(t, w.types(standin.DBA, "/migrate-status"), "Prepare was not approved, and nothing was run. /migrate-prepare asks anew.")
	require.Contains(t, w.types(standin.DBA, "/migrate-prepare"), "is under way", "it may be asked again")
}

// Calling one's own request off needs nobody's leave.
func TestTheRequesterMayReject(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := w.asked("prepare")
	w.press(standin.DBA, m, "approval.reject")
	_, err := w.slack.As(standin.DBA).Submit(w.ctx, w.modal(standin.DBA, "approval.reject").ID, map[string]any{"reason": "too early"})
	require.NoError(t, err)
	w.reads(m, "❌ @dba said no: too early")
}

func TestACutoverIsConfirmedByItsName(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := w.asked("cutover")
	w.press(standin.Lead, m, "approval.approve")
	view := w.modal(standin.Lead, "approval.confirm")
	shown := w.slack.RenderView(view)
	require.Contains(t, shown, "Cutover of box-office, plan `"+w.request().Fingerprint[:12]+"`, asked by @dba: Oracle BOXOFFICE → PostgreSQL tickets.")
	require.Contains(t, shown, "Afterwards the applications write to PostgreSQL.")
	require.Empty(t, w.request().Votes, "the press alone is no approval")
	for _, wrong := range []string{"boxoffice", "BOX-OFFICE", "box-office2"} {
		out, err := w.slack.As(standin.Lead).Submit(w.ctx, view.ID, map[string]any{"name": wrong})
		require.NoError(t, err)
		require.Equal(t, map[string]string{"name": "That is not the migration's name, box-office."}, out.Errors)
	}
	require.Empty(t, w.request().Votes)
	out, err := w.slack.As(standin.Lead).Submit(w.ctx, view.ID, map[string]any{"name": " box-office "})
	require.NoError(t, err)
	require.True(t, out.Closed)
	w.reads(m, "@lead approved at")
	require.Contains(t, w.told(standin.Lead, m, "approval.approve"), "you approved this plan already")
	require.Contains(t, w.told(standin.DBA, m, "approval.approve"), "you asked for this")
	require.Empty(t, w.slack.Modals(standin.DBA))

	w.press(standin.OnCall, m, "approval.approve")
	_, err = w.slack.As(standin.OnCall).Submit(w.ctx, w.modal(standin.OnCall, "approval.confirm").ID, map[string]any{"name": "box-office"})
	require.NoError(t, err)
	w.says("PostgreSQL is open")
}

// Somebody has the form open while another ends the request.
func TestAFormThatIsTooLate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := w.asked("cutover")
	w.press(standin.Lead, m, "approval.approve")
	late := w.modal(standin.Lead, "approval.confirm")
	w.press(standin.OnCall, m, "approval.reject")
	_, err := w.slack.As(standin.OnCall).Submit(w.ctx, w.modal(standin.OnCall, "approval.reject").ID, map[string]any{"reason": "no"})
	require.NoError(t, err)
	w.reads(m, "@oncall said no")
	text := w.answered(standin.Lead, func() {
		_, err := w.slack.As(standin.Lead).Submit(w.ctx, late.ID, map[string]any{"name": "box-office"})
		require.NoError(t, err)
	})
	require.Equal(t, "That wasn't counted: @oncall rejected it already. Nothing was run; /migrate-cutover asks anew.", text)
	require.Empty(t, w.request().Votes)
}

func TestASubmissionThatWasNotLookedAtBefore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.asked("cutover")
	env := commands.Envelope{ID: "v", Type: commands.ViewSubmission, User: standin.Lead, CallbackID: "approval.confirm",
		PrivateMetadata: w.request().ID, Fields: map[string]string{"name": "other"}}
	require.Equal(t, "That wasn't counted: That is not the migration's name, box-office.", w.answered(standin.Lead, func() {
		require.NoError(t, w.router.Handle(w.ctx, env))
	}))
	env.PrivateMetadata = "no-such-request"
	require.ErrorContains(t, w.router.Handle(w.ctx, env), "this request is not known here")
	env.CallbackID = "another.form"
	require.NoError(t, w.router.Handle(w.ctx, env))
	require.Empty(t, w.request().Votes)
}
