// SPDX-License-Identifier: Apache-2.0

package commands_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/ferryman/ferryman/approvals"
	"github.com/ferryman/ferryman/commands"
	"github.com/ferryman/ferryman/internal/config"
	"github.com/ferryman/ferryman/internal/phases"
	"github.com/ferryman/ferryman/internal/runbook"
	standin "github.com/ferryman/ferryman/internal/standin/slack"
	"github.com/ferryman/ferryman/store"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
)

// prepareAndCutoverNeedTwo is a crew whose plans of these phases need two people.
func prepareAndCutoverNeedTwo() *crew {
	return &crew{
		two:     map[string]string{"prepare": "it drops objects", "cutover": "it switches over"},
		summary: map[string]any{"prepare": prepared(), "cutover": phases.CutoverPlanned{Sequences: 1, Gap: 10}},
		data:    map[string]any{"prepare": prepared(), "cutover": phases.CutoverDone{Target: "tickets"}},
	}
}

// asked opens a migration, commands the phase, and returns the message that asks for two people.
func (w *world) asked(phase string) standin.Message {
	w.t.Helper()
	return w.askedOf(prepareAndCutoverNeedTwo(), phase)
}

func (w *world) askedOf(c *crew, phase string) standin.Message {
	w.t.Helper()
	w.engine(c)
	complete := []string{"assess", "schema"}
	if phase == "cutover" {
		complete = append(complete, "prepare", "load", "rebuild", "replicate")
	}
	w.open("box-office", standin.Migrations, complete...)
	require.Contains(w.t, w.types(standin.DBA, "/migrate-"+phase), "is under way")
	m := w.says("needs two people")
	w.eventually("that the bot knows where the request is", func() bool {
		at, ok, err := w.store.PostedMessage(w.ctx, "box-office", runbook.ApprovalKey(w.request().ID))
		return err == nil && ok && at.TS == m.TS
	})
	return m
}

func (w *world) press(user string, m standin.Message, action string) {
	w.t.Helper()
	require.NoError(w.t, w.slack.As(user).Press(w.ctx, m.Channel, m.TS, action))
}

// told presses a button that does not count, and returns what its presser is told.
func (w *world) told(user string, m standin.Message, action string) string {
	w.t.Helper()
	return w.answered(user, func() { w.press(user, m, action) })
}

// reads waits until a message reads like this.
func (w *world) reads(m standin.Message, words string) {
	w.t.Helper()
	w.eventually("the message says "+words, func() bool {
		now, ok := w.slack.Message(m.Channel, m.TS)
		return ok && strings.Contains(w.slack.RenderText(now), words)
	})
}

func (w *world) request() approvals.Request {
	w.t.Helper()
	for _, r := range w.load("box-office").Requests {
		return r
	}
	return approvals.Request{}
}

func TestTwoPeopleApprove(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := w.asked("prepare")
	require.Equal(t, "That wasn't counted: you asked for this, so you can't be one of the two.", w.told(standin.DBA, m, "approval.approve"))
	w.press(standin.Lead, m, "approval.approve")
	w.reads(m, "@lead approved at")
	w.reads(m, "One more person of @db-approvers is needed; @dba asked, so can't be one.")
	again := w.told(standin.Lead, m, "approval.approve")
	require.Contains(t, again, "That wasn't counted: you approved this plan already at")
	require.Contains(t, again, "It takes a second person.")
	require.Len(t, w.request().Votes, 1)
	require.Contains(t, w.types(standin.OnCall, "/migrate-status"), "Waiting for one more person's approval of Prepare, until")

	w.press(standin.OnCall, m, "approval.approve")
	w.reads(m, "Two people said yes; it was started.")
	w.says("Prepared in")
	require.Equal(t, approvals.Consumed, w.request().Status)
	require.Equal(t, []string{standin.Lead, standin.OnCall}, w.request().Voters())
	now, _ := w.slack.Message(m.Channel, m.TS)
	require.NotContains(t, w.slack.RenderText(now), "[Approve]", "there is nothing left to press")
}

func TestAClickThatCrossesTheEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := w.asked("prepare")
	w.press(standin.Lead, m, "approval.approve")
	w.press(standin.OnCall, m, "approval.approve")
	w.reads(m, "it was started")
	for _, action := range []string{"approval.approve", "approval.reject"} {
		require.Equal(t, "That wasn't counted: two people approved it and it was started already.", w.answered(standin.Lead, func() {
			require.NoError(t, w.slack.As(standin.Lead).PressStale(w.ctx, m, standin.ByAction(action)))
		}))
	}
	require.Empty(t, w.slack.Modals(standin.Lead))
}

func TestWhoDoesNotCount(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(w *world) {
		w.config.Profiles["box-office"].Approvers = config.Approvers{Users: []string{standin.GuestID, standin.StrangerID, standin.FormerID, standin.OnCall}}
	})
	m := w.asked("prepare")
	for _, action := range []string{"approval.approve", "approval.reject"} {
		require.Equal(t, "That wasn't counted: you are not one of those who may approve this plan: @guest, @partner, @former, @oncall.",
			w.told(standin.Lead, m, action))
		require.Equal(t, "That wasn't counted: you are a guest of the workspace, and only members of this workspace count.",
			w.told(standin.GuestID, m, action))
		require.Equal(t, "That wasn't counted: you are of another organisation, and only members of this workspace count.",
			w.told(standin.StrangerID, m, action))
	}
	w.config.Profiles["box-office"].Approvers.Users = append(w.config.Profiles["box-office"].Approvers.Users, standin.Lead)
	require.Equal(t, "That wasn't counted: you became an approver after this was asked. Somebody who was one then can approve it.",
		w.told(standin.Lead, m, "approval.approve"))
	w.client.Forget()
	w.slack.FailNext("users.info", 1, "internal_error")
	require.Contains(t, w.told(standin.OnCall, m, "approval.approve"), "Slack does not say who you are just now")
	require.Empty(t, w.request().Votes)
	require.Equal(t, approvals.Open, w.request().Status)
	for _, user := range []string{standin.Lead, standin.GuestID, standin.StrangerID} {
		require.Empty(t, w.slack.Modals(user), "nobody fills a form in vain")
	}
}

func TestAnApprovalIsTakenBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := w.asked("prepare")
	w.press(standin.Lead, m, "approval.approve")
	w.reads(m, "[Take back]")
	require.Equal(t, "That wasn't counted: there is no approval of yours to take back.", w.told(standin.OnCall, m, "approval.withdraw"))
	w.press(standin.Lead, m, "approval.withdraw")
	w.reads(m, "Two people of @db-approvers are needed")
	require.Empty(t, w.request().Votes)
	w.press(standin.OnCall, m, "approval.approve")
	w.reads(m, "@oncall approved")
	require.Equal(t, store.Waiting, w.load("box-office").Phases["prepare"].Status)
}

func TestAClickCountsOnlyFromTheMessageOfItsRequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := w.asked("prepare")
	id := w.request().ID
	// Somebody copies the message with its button; in Slack the copy's clicks come with the copy's ts.
	elsewhere, err := w.slack.As(standin.Lead).Say(standin.Migrations, "", "press here")
	require.NoError(t, err)
	for name, env := range map[string]commands.Envelope{
		"a copy":            {Channel: m.Channel, MessageTS: elsewhere, Value: id},
		"another channel":   {Channel: standin.General, MessageTS: m.TS, Value: id},
		"no message at all": {Value: id},
		"the root":          {Channel: m.Channel, MessageTS: m.ThreadTS, Value: id},
	} {
		env.ID, env.Type, env.User, env.ActionID = name, commands.BlockAction, standin.Lead, "approval.approve"
		require.ErrorContains(t, w.router.Handle(w.ctx, env),
			"That wasn't counted: this is a copy, or an older message. Press the button of the request of *box-office*, in <http", name)
		env.ActionID = "approval.reject"
		view, err := w.router.Modal(w.ctx, env)
		require.NoError(t, err)
		require.Nil(t, view, name)
	}
	unknown := commands.Envelope{ID: "u", Type: commands.BlockAction, User: standin.Lead, ActionID: "approval.approve", Channel: m.Channel,
		MessageTS: m.TS, Value: "no-such-request"}
	require.ErrorContains(t, w.router.Handle(w.ctx, unknown), "That wasn't counted: this request is not known here.")
	require.Empty(t, w.request().Votes)
}

// One press may be delivered twice, to two replicas, at the same time.
func TestADoubleClickCountsOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := w.asked("prepare")
	env := commands.Envelope{ID: "click", Type: commands.BlockAction, User: standin.Lead, ActionID: "approval.approve", Channel: m.Channel,
		MessageTS: m.TS, Value: w.request().ID}
	results := make(chan error, 8)
	for range cap(results) {
		go func() { results <- w.router.Handle(context.WithoutCancel(w.ctx), env) }()
	}
	for range cap(results) {
		require.NoError(t, <-results, "what was done already is no mistake of the person's")
	}
	require.Len(t, w.request().Votes, 1)
	other := env
	other.ID = "the second click"
	require.ErrorContains(t, w.router.Handle(w.ctx, other), "you approved this plan already")
}

func TestARequestWhoseTimeHasPassed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.open("box-office", standin.Migrations, "assess", "schema")
	// Without an engine nobody has ended it yet: the click itself looks at the time.
	r := request(approvals.Open)
	r.MembersWhenAsked, r.Policy.Team, r.ExpiresAt = []string{standin.Lead, standin.OnCall}, w.slack.TeamID(), time.Now().Add(-time.Second)
	w.change("box-office", func(m *store.Migration) {
		m.Phases["prepare"] = &store.Phase{Status: store.Waiting, RequestID: r.ID, Fingerprint: fingerprint}
		m.Requests = map[string]approvals.Request{r.ID: r}
	})
	m := w.tell("approval:"+r.ID, "approval", map[string]any{"request": r, "steps": 1, "why": "it drops objects"})
	for _, action := range []string{"approval.approve", "approval.reject"} {
		require.Equal(t, "That wasn't counted: the time for it has passed. Nothing was run; /migrate-prepare asks anew.", w.told(standin.Lead, m, action))
	}
	w.engine(prepareAndCutoverNeedTwo())
	failed := w.says("Prepare was not approved in time")
	require.Contains(t, w.slack.RenderText(failed), "Nothing was run.")
	require.Contains(t, w.types(standin.DBA, "/migrate-status"), "Prepare was not approved, and nothing was run. /migrate-prepare asks anew.")
}

// The replica that posted a request died before it recorded where: who presses its button meanwhile is waited for, and counts.
func TestAClickOnARequestThatIsNotRecordedYetWaits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := w.asked("prepare")
	w.eventually("everything is sent", func() bool {
		_, recorded, err := w.store.PostedMessage(w.ctx, "box-office", "approval:"+w.request().ID)
		waiting, err2 := w.store.WaitingOutboxes(w.ctx)
		return err == nil && err2 == nil && recorded && len(waiting) == 0
	})
	saved := map[string]string{}
	for _, key := range []string{"ferryman:{box-office}:messages", "ferryman:{box-office}:places"} {
		dump, err := w.store.Client().Dump(w.ctx, key).Result()
		require.NoError(t, err)
		saved[key] = dump
		require.NoError(t, w.store.Client().Del(w.ctx, key).Err())
	}
	env := commands.Envelope{ID: "early", Type: commands.BlockAction, User: standin.Lead, ActionID: "approval.approve", Channel: m.Channel,
		MessageTS: m.TS, Value: w.request().ID}
	handled := make(chan error, 1)
	go func() { handled <- w.router.Handle(w.ctx, env) }()
	require.Never(t, func() bool { return len(handled) > 0 }, 1500*time.Millisecond, 100*time.Millisecond)
	_, err := w.store.Client().TxPipelined(w.ctx, func(p redis.Pipeliner) error {
		for key, dump := range saved {
			p.RestoreReplace(w.ctx, key, 0, dump)
		}
		return nil
	})
	require.NoError(t, err)
	require.NoError(t, <-handled)
	require.Len(t, w.request().Votes, 1)
}
