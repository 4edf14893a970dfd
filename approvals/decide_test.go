// SPDX-License-Identifier: Apache-2.0

package approvals_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/ferryman/ferryman/approvals"
	"github.com/stretchr/testify/require"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func person(id string) approvals.Person { return approvals.Person{ID: id, TeamID: "T1"} }

func people(ps ...approvals.Person) map[string]approvals.Person {
	m := map[string]approvals.Person{}
	for _, p := range ps {
		m[p.ID] = p
	}
	return m
}

func request() approvals.Request {
	return approvals.Request{
		ID: "r", Requester: "U_DBA", AskedAt: noon, ExpiresAt: noon.Add(time.Hour), Status: approvals.Open,
		Policy:           approvals.Policy{Team: "T1"},
		MembersWhenAsked: []string{"U_DBA", "U_LEAD", "U_ONCALL", "U_GUEST", "U_GONE", "U_BOT", "U_OTHER"},
	}
}

func facts() approvals.Facts {
	return approvals.Facts{
		People: people(person("U_DBA"), person("U_LEAD"), person("U_ONCALL"), person("U_NEW"), person("U_STRANGER"),
			approvals.Person{ID: "U_GUEST", TeamID: "T1", Guest: true},
			approvals.Person{ID: "U_GONE", TeamID: "T1", Deleted: true},
			approvals.Person{ID: "U_BOT", TeamID: "T1", Bot: true},
			approvals.Person{ID: "U_OTHER", TeamID: "T2"}),
		ApproversNow: []string{"U_DBA", "U_LEAD", "U_ONCALL", "U_GUEST", "U_GONE", "U_BOT", "U_OTHER", "U_NEW", "U_UNREAD"},
	}
}

func yes(user string) approvals.Click { return approvals.Click{Act: approvals.Approve, User: user} }

func TestTwoOthersGrant(t *testing.T) {
	t.Parallel()
	r, out := approvals.Decide(request(), yes("U_LEAD"), facts(), noon)
	require.Empty(t, out.Refused)
	require.Equal(t, approvals.Open, r.Status)
	require.Equal(t, 1, r.Missing())
	r, out = approvals.Decide(r, yes("U_ONCALL"), facts(), noon.Add(time.Minute))
	require.Empty(t, out.Refused)
	require.Equal(t, approvals.Granted, r.Status)
	require.Equal(t, []string{"U_LEAD", "U_ONCALL"}, r.Voters())
}

func TestClicksThatDoNotCount(t *testing.T) {
	t.Parallel()
	voted, _ := approvals.Decide(request(), yes("U_LEAD"), facts(), noon)
	rejected, _ := approvals.Decide(request(), approvals.Click{Act: approvals.Reject, User: "U_LEAD", Reason: "not tonight"}, facts(), noon)
	require.Equal(t, approvals.Rejected, rejected.Status)
	for _, c := range []struct {
		name  string
		r     approvals.Request
		click approvals.Click
		at    time.Time
		want  approvals.Refusal
	}{
		{"the same person twice", voted, yes("U_LEAD"), noon, approvals.AlreadyVoted},
		{"the requester", request(), yes("U_DBA"), noon, approvals.IsRequester},
		{"a guest", request(), yes("U_GUEST"), noon, approvals.IsGuest},
		{"deactivated", request(), yes("U_GONE"), noon, approvals.IsDeactivated},
		{"a bot", request(), yes("U_BOT"), noon, approvals.IsBot},
		{"another organisation", request(), yes("U_OTHER"), noon, approvals.IsExternal},
		{"no approver", request(), yes("U_STRANGER"), noon, approvals.NotApprover},
		{"joined after it was asked", request(), yes("U_NEW"), noon, approvals.JoinedLater},
		{"could not be read", request(), yes("U_UNREAD"), noon, approvals.UnknownPerson},
		{"too late", request(), yes("U_LEAD"), noon.Add(time.Hour), approvals.RequestExpired},
		{"already rejected", rejected, yes("U_ONCALL"), noon, approvals.RequestEnded},
		{"no reason given", request(), approvals.Click{Act: approvals.Reject, User: "U_LEAD"}, noon, approvals.ReasonMissing},
		{"a blank reason", request(), approvals.Click{Act: approvals.Reject, User: "U_LEAD", Reason: " \n"}, noon, approvals.ReasonMissing},
		{"nothing to take back", request(), approvals.Click{Act: approvals.Withdraw, User: "U_LEAD"}, noon, approvals.NotVoted},
		{"not a button of ours", request(), approvals.Click{Act: "force", User: "U_LEAD"}, noon, approvals.UnknownAct},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, out := approvals.Decide(c.r, c.click, facts(), c.at)
			require.Equal(t, c.want, out.Refused)
			require.Equal(t, c.r.Votes, got.Votes)
			require.NotEqual(t, approvals.Granted, got.Status)
		})
	}
}

func TestRequesterCountsOnlyWhereBothPoliciesSaySo(t *testing.T) {
	t.Parallel()
	r, f := request(), facts()
	r.Policy.RequesterMayApprove = true
	_, out := approvals.Decide(r, yes("U_DBA"), f, noon)
	require.Equal(t, approvals.IsRequester, out.Refused)
	f.RequesterMayApprove = true
	r, out = approvals.Decide(r, yes("U_DBA"), f, noon)
	require.Empty(t, out.Refused)
	require.Equal(t, approvals.Open, r.Status, "one other is still needed")
}

func TestTakenBack(t *testing.T) {
	t.Parallel()
	r, _ := approvals.Decide(request(), yes("U_LEAD"), facts(), noon)
	r, out := approvals.Decide(r, approvals.Click{Act: approvals.Withdraw, User: "U_LEAD"}, facts(), noon)
	require.Empty(t, out.Refused)
	require.Equal(t, 2, r.Missing())
}

func TestRecheckFindsWhoNoLongerCounts(t *testing.T) {
	t.Parallel()
	r, _ := approvals.Decide(request(), yes("U_LEAD"), facts(), noon)
	r, _ = approvals.Decide(r, yes("U_ONCALL"), facts(), noon)
	require.Empty(t, approvals.Recheck(r, facts()))
	f := facts()
	f.People["U_LEAD"] = approvals.Person{ID: "U_LEAD", TeamID: "T1", Deleted: true}
	f.ApproversNow = []string{"U_LEAD"}
	require.Equal(t, []approvals.Invalid{{User: "U_LEAD", Why: approvals.IsDeactivated}, {User: "U_ONCALL", Why: approvals.NotApprover}}, approvals.Recheck(r, f))
}

// Whatever is clicked in whatever order, a grant has two different eligible humans, neither of them the requester.
func TestRandomClicksNeverGrantWithoutTwo(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 1))
	users := []string{"U_DBA", "U_LEAD", "U_ONCALL", "U_GUEST", "U_GONE", "U_BOT", "U_OTHER", "U_NEW", "U_STRANGER", "U_NOBODY"}
	acts := []approvals.Act{approvals.Approve, approvals.Approve, approvals.Approve, approvals.Withdraw, approvals.Reject}
	granted := 0
	for range 5000 {
		r := request()
		for step := range 12 {
			c := approvals.Click{Act: acts[rng.IntN(len(acts))], User: users[rng.IntN(len(users))], Reason: []string{"", "no"}[rng.IntN(2)]}
			r, _ = approvals.Decide(r, c, facts(), noon.Add(time.Duration(step*rng.IntN(10))*time.Minute))
		}
		if r.Status == approvals.Granted {
			granted++
			require.Len(t, r.Votes, 2)
			require.ElementsMatch(t, []string{"U_LEAD", "U_ONCALL"}, r.Voters(), fmt.Sprint(r))
		}
	}
	require.Positive(t, granted)
}
