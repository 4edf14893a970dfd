// SPDX-License-Identifier: Apache-2.0

package commands_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/ferryman/ferryman/commands"
	standin "github.com/ferryman/ferryman/internal/standin/slack"
	"github.com/stretchr/testify/require"
)

// refusals are the refused clicks of a migration's audit: who, of what, and why.
func (w *world) refusals() []string {
	w.t.Helper()
	entries, err := w.store.AuditLog(w.ctx, "box-office")
	require.NoError(w.t, err)
	var found []string
	for _, e := range entries {
		if e.What == "refused" {
			found = append(found, fmt.Sprintf("%s %s %s", e.Who, e.Phase, e.Outcome))
		}
	}
	return found
}

func TestEveryRefusedClickIsInTheAudit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := w.asked("cutover")
	id := w.request().ID
	click := commands.Envelope{Type: commands.BlockAction, User: standin.Lead, ActionID: "approval.approve", Channel: m.Channel, MessageTS: m.TS, Value: id}
	var want []string
	refused := func(user, why string, change func(*commands.Envelope)) {
		t.Helper()
		env := click
		env.ID, env.User = why+user, user
		change(&env)
		w.answered(user, func() {
			if err := w.router.Handle(w.ctx, env); err != nil { // the bot would say it
				require.NoError(t, w.client.Ephemeral(w.ctx, m.Channel, user, m.ThreadTS, commands.Message{Text: err.Error()}))
			}
		})
		want = append(want, user+" cutover "+why)
		require.Equal(t, want, w.refusals())
	}
	refused(standin.Lead, "not_its_message", func(e *commands.Envelope) { e.MessageTS = m.ThreadTS })
	refused(standin.OnCall, "not_its_message", func(e *commands.Envelope) { e.Channel = standin.General })
	refused(standin.DBA, "is_requester", func(*commands.Envelope) {})
	refused(standin.StrangerID, "is_external", func(e *commands.Envelope) { e.ActionID = "approval.reject" })
	form := func(e *commands.Envelope) {
		*e = commands.Envelope{ID: e.ID, Type: commands.ViewSubmission, User: e.User, CallbackID: "approval.confirm", PrivateMetadata: id,
			Fields: map[string]string{"name": "other"}}
	}
	refused(standin.Lead, "wrong_name", form)
	w.client.Forget()
	w.slack.FailNext("usergroups.users.list", 1, "internal_error")
	refused(standin.OnCall, "people_unread", func(*commands.Envelope) {})

	// A name that is looked at before the form is taken is written down once, though both look.
	env := click
	env.ID, env.User = "looked at before", standin.OnCall
	form(&env)
	wrong, err := w.router.ViewErrors(w.ctx, env)
	require.NoError(t, err)
	require.NotEmpty(t, wrong)
	require.NoError(t, w.router.Handle(w.ctx, env))
	want = append(want, standin.OnCall+" cutover wrong_name")
	require.Equal(t, want, w.refusals())

	// What belongs to no migration is in the log.
	env = click
	env.ID, env.Value = "unknown", "no-such-request"
	require.ErrorContains(t, w.router.Handle(w.ctx, env), "this request is not known here")
	require.Equal(t, want, w.refusals())
	require.Contains(t, w.log.String(), "why=unknown_request")
	require.Empty(t, w.request().Votes)
}

func TestAnOperatorsButtonPressedByAnotherIsInTheAudit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.open("box-office", standin.Migrations, "assess")
	require.Contains(t, w.types(standin.Lead, "/migrate-schema"), "Only the operators of profile")
	env := commands.Envelope{ID: "b", Type: commands.BlockAction, User: standin.OnCall, ActionID: "phase.start", Channel: standin.Migrations, Value: "box-office/schema"}
	require.ErrorContains(t, w.router.Handle(w.ctx, env), "you are not one of them")
	require.Equal(t, []string{standin.Lead + " schema not_operator", standin.OnCall + " schema not_operator"}, w.refusals())
}

// Somebody who clicks all the time fills a log file, not Redis.
func TestClickingDoesNotFillRedis(t *testing.T) {
	t.Parallel()
	for try := 1; !clickedWithinAMinute(t); try++ {
		require.Less(t, try, 4, "the machine is too busy to tell: what is counted is counted by the minute")
	}
}

// clickedWithinAMinute clicks and judges; it tells false, and judges nothing, where that took longer than what is counted.
func clickedWithinAMinute(t *testing.T) bool {
	w := newWorld(t)
	m := w.asked("prepare")
	began := time.Now()
	for i := range 40 {
		env := commands.Envelope{ID: fmt.Sprint(i), Type: commands.BlockAction, User: standin.DBA, ActionID: "approval.approve", Channel: m.Channel,
			MessageTS: m.TS, Value: w.request().ID}
		require.ErrorContains(t, w.router.Handle(w.ctx, env), "you asked for this", "each is told why")
	}
	refusals := w.refusals()
	// Another person is counted by themselves.
	w.told(standin.StrangerID, m, "approval.approve")
	both, version := w.refusals(), w.load("box-office").Version
	w.told(standin.DBA, m, "approval.approve")
	after := w.load("box-office").Version
	if time.Since(began) >= time.Minute {
		return false
	}
	require.Len(t, refusals, 6)
	require.Equal(t, standin.DBA+" prepare is_requester; more of this person within this minute are only in the log", refusals[5])
	require.Len(t, both, 7)
	require.Equal(t, version, after)
	return true
}

// A click that was told that it did not count never counts later, when Slack or a worker repeats it.
func TestARefusedClickThatIsRepeatedStaysRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := w.asked("prepare")
	env := commands.Envelope{ID: "again", Type: commands.BlockAction, User: standin.Lead, ActionID: "approval.approve", Channel: m.Channel,
		MessageTS: m.TS, Value: w.request().ID}
	w.client.Forget()
	w.slack.FailNext("users.info", 1, "internal_error")
	require.ErrorContains(t, w.router.Handle(w.ctx, env), "Slack does not say who you are just now")
	require.NoError(t, w.router.Handle(w.ctx, env))
	require.Empty(t, w.request().Votes)
	env.ID = "a press of its own"
	require.NoError(t, w.router.Handle(w.ctx, env))
	require.Len(t, w.request().Votes, 1)
}
