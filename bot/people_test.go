// SPDX-License-Identifier: Apache-2.0

package bot_test

import (
	"testing"
	"time"

	"github.com/ferryman/ferryman/approvals"
	"github.com/ferryman/ferryman/bot"
	"github.com/ferryman/ferryman/commands"
	standin "github.com/ferryman/ferryman/internal/standin/slack"
	"github.com/stretchr/testify/require"
)

func TestWhoCanCountIsReadFromSlack(t *testing.T) {
	t.Parallel()
	w := newWorld(t, unlimited)
	s := w.sharing(bot.Limits{})
	for user, human := range map[string]bool{
		standin.DBA: true, standin.Lead: true, standin.OnCall: true,
		standin.GuestID: false, standin.FormerID: false, standin.StrangerID: false, standin.BotUserID: false,
	} {
		p, read, err := s.Person(w.ctx, user, approvals.FactsFor)
		require.NoError(t, err)
		require.Equal(t, user, p.ID)
		require.NotEmpty(t, p.Name)
		require.Equal(t, human, counts(w.slack.TeamID(), p), "%+v", p)
		now, err := w.store.Now(w.ctx)
		require.NoError(t, err)
		require.False(t, read.At.After(now))
		require.Less(t, now.Sub(read.At), patience)
	}
	for user, is := range map[string]func(approvals.Person) bool{
		standin.StrangerID: func(p approvals.Person) bool { return p.External },
		standin.FormerID:   func(p approvals.Person) bool { return p.Deleted },
		standin.GuestID:    func(p approvals.Person) bool { return p.Guest },
		standin.BotUserID:  func(p approvals.Person) bool { return p.Bot },
	} {
		p, _, err := s.Person(w.ctx, user, approvals.FactsFor)
		require.NoError(t, err)
		require.True(t, is(p), "%+v", p)
	}
	nobody, _, err := s.Person(w.ctx, "UNOBODY000", approvals.FactsFor)
	require.NoError(t, err)
	require.Empty(t, nobody.ID, "whom Slack does not know is nobody")
}

func TestGroupsAreTheirMembersOrAnExplanation(t *testing.T) {
	t.Parallel()
	w := newWorld(t, unlimited)
	s := w.sharing(bot.Limits{})
	members, _, err := s.GroupMembers(w.ctx, standin.Approvers, approvals.FactsFor)
	require.NoError(t, err)
	require.ElementsMatch(t, []string{standin.Lead, standin.OnCall}, members)
	_, _, err = s.GroupMembers(w.ctx, "SNONE00000", approvals.FactsFor)
	require.ErrorContains(t, err, "ids begin with S")

	w.slack.SetScopes("chat:write")
	_, _, err = s.GroupMembers(w.ctx, standin.Approvers, 0)
	require.ErrorContains(t, err, "add the scope usergroups:read")

	workspace := standin.DefaultWorkspace()
	workspace.FreePlan = true
	free := newWorld(t, standin.Options{Workspace: workspace})
	_, _, err = free.sharing(bot.Limits{}).GroupMembers(free.ctx, standin.Approvers, approvals.FactsFor)
	require.ErrorContains(t, err, "name the people one by one")
}

func TestTheBotKnowsWhereItIs(t *testing.T) {
	t.Parallel()
	w := newWorld(t, unlimited)
	s := w.client()
	for channel, want := range map[string]bool{standin.Migrations: true, standin.General: false, standin.Vault: false, "C0NOWHERE0": false} {
		in, err := s.BotInChannel(w.ctx, channel)
		require.NoError(t, err)
		require.Equal(t, want, in, channel)
	}
}

func TestWordsReachOnePersonOrLinkToAMessage(t *testing.T) {
	t.Parallel()
	w := newWorld(t, unlimited)
	s := w.client()
	ts, err := w.slack.As(standin.DBA).Say(standin.Migrations, "", "hello")
	require.NoError(t, err)
	link, err := s.Permalink(w.ctx, standin.Migrations, ts)
	require.NoError(t, err)
	require.Contains(t, link, standin.Migrations)
	require.NoError(t, s.Ephemeral(w.ctx, standin.Migrations, standin.DBA, ts, commands.Message{Text: "only you"}))
	require.Equal(t, ts, w.whispered(standin.DBA, "only you").ThreadTS)
	require.NoError(t, s.Direct(w.ctx, standin.DBA, commands.Message{Text: "directly"}))
	require.Error(t, s.Respond(w.ctx, "", commands.Message{Text: "to nobody"}))
}

func TestAMomentsPatienceIsGivenToSlack(t *testing.T) {
	t.Parallel()
	w := newWorld(t, unlimited)
	s := w.client()
	w.slack.LimitNext("conversations.info", 1, time.Second)
	in, err := s.BotInChannel(w.ctx, standin.Migrations)
	require.NoError(t, err)
	require.True(t, in)
	require.Equal(t, 2, w.slack.Calls("conversations.info"))
}

// counts tells whether the rule of the two people would take a person at all, were they named.
func counts(team string, p approvals.Person) bool {
	return approvals.MayCommand(p.ID, team, map[string]approvals.Person{p.ID: p}, []string{p.ID}) == ""
}
