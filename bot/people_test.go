// SPDX-License-Identifier: Apache-2.0

package bot_test

import (
	"testing"
	"time"

	"github.com/ferryman/ferryman/approvals"
	"github.com/ferryman/ferryman/commands"
	standin "github.com/ferryman/ferryman/internal/standin/slack"
	"github.com/stretchr/testify/require"
)

func TestWhoCanCountIsReadFromSlack(t *testing.T) {
	t.Parallel()
	w := newWorld(t, unlimited)
	s := w.client()
	for user, human := range map[string]bool{
		standin.DBA: true, standin.Lead: true, standin.OnCall: true,
		standin.GuestID: false, standin.FormerID: false, standin.StrangerID: false, standin.BotUserID: false,
	} {
		p, err := s.Person(w.ctx, user)
		require.NoError(t, err)
		require.Equal(t, user, p.ID)
		require.Equal(t, human, counts(w.slack.TeamID(), p), "%+v", p)
	}
	stranger, err := s.Person(w.ctx, standin.StrangerID)
	require.NoError(t, err)
	require.True(t, stranger.External)
	former, err := s.Person(w.ctx, standin.FormerID)
	require.NoError(t, err)
	require.True(t, former.Deleted)
	guest, err := s.Person(w.ctx, standin.GuestID)
	require.NoError(t, err)
	require.True(t, guest.Guest)
	name, err := s.UserName(w.ctx, standin.DBA)
	require.NoError(t, err)
	require.NotEmpty(t, name)
	_, err = s.Person(w.ctx, "UNOBODY000")
	require.ErrorContains(t, err, "user_not_found")
}

func TestPeopleAreAskedAboutAgainAfterAMoment(t *testing.T) {
	t.Parallel()
	w := newWorld(t, unlimited)
	s := w.client()
	for range 3 {
		_, err := s.Person(w.ctx, standin.Lead)
		require.NoError(t, err)
	}
	require.Equal(t, 1, w.slack.Calls("users.info"))
	require.NoError(t, w.slack.Deactivate(standin.Lead))
	s.Forget()
	p, err := s.Person(w.ctx, standin.Lead)
	require.NoError(t, err)
	require.False(t, counts(w.slack.TeamID(), p))
}

func TestGroupsAreTheirMembersOrAnExplanation(t *testing.T) {
	t.Parallel()
	w := newWorld(t, unlimited)
	members, err := w.client().GroupMembers(w.ctx, standin.Approvers)
	require.NoError(t, err)
	require.ElementsMatch(t, []string{standin.Lead, standin.OnCall}, members)
	name, err := w.client().GroupName(w.ctx, standin.Approvers)
	require.NoError(t, err)
	require.Equal(t, "db-approvers", name)
	_, err = w.client().GroupMembers(w.ctx, "SNONE00000")
	require.ErrorContains(t, err, "ids begin with S")

	w.slack.SetScopes("chat:write")
	_, err = w.client().GroupMembers(w.ctx, standin.Approvers)
	require.ErrorContains(t, err, "add the scope usergroups:read")

	workspace := standin.DefaultWorkspace()
	workspace.FreePlan = true
	free := newWorld(t, standin.Options{Workspace: workspace})
	_, err = free.client().GroupMembers(free.ctx, standin.Approvers)
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
	name, err := s.ChannelName(w.ctx, standin.Migrations)
	require.NoError(t, err)
	require.Equal(t, "migrations", name)
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
	_, err := s.Identity(w.ctx)
	require.NoError(t, err)
	w.slack.RateLimit("users.info", time.Second, 500*time.Millisecond)
	p, err := s.Person(w.ctx, standin.DBA)
	require.NoError(t, err)
	require.Equal(t, standin.DBA, p.ID)
	require.Equal(t, 2, w.slack.Calls("users.info"))
}

// counts tells whether the rule of the two people would take a person at all, were they named.
func counts(team string, p approvals.Person) bool {
	return approvals.MayCommand(p.ID, team, map[string]approvals.Person{p.ID: p}, []string{p.ID}) == ""
}
