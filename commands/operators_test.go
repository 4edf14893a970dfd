// SPDX-License-Identifier: Apache-2.0

package commands_test

import (
	"testing"

	"github.com/ferryman/ferryman/approvals"
	"github.com/ferryman/ferryman/commands"
	"github.com/ferryman/ferryman/internal/config"
	standin "github.com/ferryman/ferryman/internal/standin/slack"
	"github.com/stretchr/testify/require"
)

// everybody makes every account of the workspace an operator by its name.
func everybody(w *world) {
	w.config.Profiles["box-office"].Operators = config.Operators{
		Users: []string{standin.DBA, standin.GuestID, standin.FormerID, standin.StrangerID, standin.BotUserID}, Groups: []string{standin.Approvers},
	}
}

func TestOnlyOperatorsCommand(t *testing.T) {
	t.Parallel()
	w := newWorld(t, everybody)
	w.config.Profiles["box-office"].Operators.Groups = nil
	w.open("box-office", standin.Migrations)
	for user, says := range map[string]string{
		standin.Lead:    "Only the operators of profile box-office may do that, and you are not one of them. Nothing was done. They are: ",
		standin.GuestID: "you don't count as one: a guest of the workspace. Nothing was done.",
	} {
		for _, line := range []string{"/migrate-assess", "/migrate-new other profile=box-office"} {
			require.Contains(t, w.types(user, line), says, line)
		}
	}
	// Slack takes no command from people of other organisations; should it, they do not count.
	err := w.router.Handle(w.ctx, commands.Envelope{ID: "e", Type: commands.SlashCommand, User: standin.StrangerID, Channel: standin.Migrations,
		Command: "/migrate-assess"})
	require.ErrorContains(t, err, "you don't count as one: of another organisation. Nothing was done.")
	require.Empty(t, w.load("box-office").Phases)
	require.Empty(t, w.opener.opened)
	require.Contains(t, w.types(standin.DBA, "/migrate-assess"), "is under way")
}

// Slack lets some accounts do nothing at all; should an envelope of theirs arrive, it does not count either.
func TestAccountsThatCannotActDoNotCount(t *testing.T) {
	t.Parallel()
	w := newWorld(t, everybody)
	for user, want := range map[string]approvals.Refusal{
		standin.DBA: "", standin.Lead: "", standin.FormerID: approvals.IsDeactivated, standin.BotUserID: approvals.IsBot,
		standin.GuestID: approvals.IsGuest, standin.StrangerID: approvals.IsExternal,
	} {
		got, err := w.router.People.MayCommand(w.ctx, "box-office", user)
		require.NoError(t, err)
		require.Equal(t, want, got, user)
	}
}

func TestOperatorsByGroup(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(w *world) {
		w.config.Profiles["box-office"].Operators = config.Operators{Groups: []string{standin.Approvers}}
	})
	w.open("box-office", standin.Migrations)
	require.Contains(t, w.types(standin.DBA, "/migrate-assess"), "They are: @db-approvers.")
	w.slack.SetGroup(standin.Group{ID: standin.Approvers, Handle: "db-approvers", Name: "Database approvers", Members: []string{standin.DBA}})
	w.client.Forget()
	require.Contains(t, w.types(standin.DBA, "/migrate-assess"), "is under way")
}

func TestWhoSlackDoesNotKnowJustNowDoesNotCount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.open("box-office", standin.Migrations)
	w.slack.FailNext("users.info", 1, "internal_error")
	require.Contains(t, w.types(standin.DBA, "/migrate-assess"),
		"That wasn't done: Slack does not say who you are just now, and without that nobody counts. Try again in a minute.")
	require.Empty(t, w.load("box-office").Phases)
	require.Contains(t, w.types(standin.DBA, "/migrate-assess"), "is under way")
}

func TestAProfileThatIsGone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.open("other", standin.Migrations)
	require.Contains(t, w.types(standin.DBA, "/migrate-assess other"), "the configuration has no profile other any more")
	require.Empty(t, w.load("other").Phases)
}
