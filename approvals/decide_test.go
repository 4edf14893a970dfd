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
		Fingerprint: "f", Policy: approvals.Policy{Team: "T1", Users: []string{"U_DBA"}, Groups: []string{"S_DB", "S_MORE"}},
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
		OperatorsNow: []string{"U_DBA"},
		Groups: map[string][]string{"S_DB": {"U_LEAD", "U_ONCALL", "U_GUEST", "U_GONE", "U_BOT", "U_OTHER", "U_NEW", "U_UNREAD"},
			"S_MORE": {"U_LEAD"}},
		ReadAt: noon,
	}
}

// at are the facts as read at another time.
func at(when time.Time) approvals.Facts {
	f := facts()
	f.ReadAt = when
	return f
}

func yes(user string) approvals.Click { return approvals.Click{Act: approvals.Approve, User: user} }

func TestTwoOthersGrant(t *testing.T) {
	t.Parallel()
	r, out := approvals.Decide(request(), yes("U_LEAD"), facts(), noon)
	require.Empty(t, out.Refused)
	require.Equal(t, approvals.Open, r.Status)
	require.Equal(t, 1, r.Missing())
	r, out = approvals.Decide(r, yes("U_ONCALL"), at(noon.Add(time.Minute)), noon.Add(time.Minute))
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
			got, out := approvals.Decide(c.r, c.click, at(c.at), c.at)
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

// granted is a request that two people said yes to.
func granted() approvals.Request {
	r, _ := approvals.Decide(request(), yes("U_LEAD"), facts(), noon)
	r, _ = approvals.Decide(r, yes("U_ONCALL"), facts(), noon)
	return r
}

func TestThePlanBeginsOnce(t *testing.T) {
	t.Parallel()
	r, invalid, refused := approvals.Begin(granted(), "f", facts(), noon)
	require.Empty(t, invalid)
	require.Empty(t, refused)
	require.Equal(t, approvals.Consumed, r.Status)
	_, _, refused = approvals.Begin(r, "f", facts(), noon)
	require.Equal(t, approvals.RequestEnded, refused)
}

func TestNothingBeginsOtherwise(t *testing.T) {
	t.Parallel()
	one, _ := approvals.Decide(request(), yes("U_LEAD"), facts(), noon)
	written := one // by somebody with Redis at hand, but without a second person
	written.Status = approvals.Granted
	twice := written
	twice.Votes = append(twice.Votes, twice.Votes[0])
	unread := facts()
	unread.ReadAt = time.Time{}
	for name, c := range map[string]struct {
		r           approvals.Request
		fingerprint string
		f           approvals.Facts
		now         time.Time
		want        approvals.Refusal
	}{
		"another plan":           {granted(), "g", facts(), noon, approvals.RequestEnded},
		"no plan":                {granted(), "", facts(), noon, approvals.RequestEnded},
		"one person":             {one, "f", facts(), noon, approvals.RequestEnded},
		"one vote, two written":  {written, "f", facts(), noon, approvals.RequestEnded},
		"one person, two votes":  {twice, "f", facts(), noon, approvals.RequestEnded},
		"too late":               {granted(), "f", at(noon.Add(time.Hour)), noon.Add(time.Hour), approvals.RequestExpired},
		"people read long ago":   {granted(), "f", facts(), noon.Add(approvals.FactsFor), approvals.FactsTooOld},
		"people read by another": {granted(), "f", at(noon.Add(time.Second)), noon, approvals.FactsTooOld},
		"people never read":      {granted(), "f", unread, noon, approvals.FactsTooOld},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, invalid, refused := approvals.Begin(c.r, c.fingerprint, c.f, c.now)
			require.Equal(t, c.want, refused)
			require.Empty(t, invalid)
			require.NotEqual(t, approvals.Consumed, r.Status)
		})
	}
}

func TestWhoNoLongerCountsAtTheStart(t *testing.T) {
	t.Parallel()
	f := facts()
	f.People["U_LEAD"] = approvals.Person{ID: "U_LEAD", TeamID: "T1", Deleted: true}
	f.ApproversNow, f.OperatorsNow = []string{"U_LEAD"}, nil
	r, invalid, refused := approvals.Begin(granted(), "f", f, noon)
	require.Empty(t, refused)
	require.Equal(t, approvals.Granted, r.Status)
	require.Equal(t, []approvals.Invalid{{User: "U_LEAD", Why: approvals.IsDeactivated}, {User: "U_ONCALL", Why: approvals.NotApprover},
		{User: "U_DBA", Why: approvals.NotOperator}}, invalid)
	// Who asked and is one of the two is told of once.
	r, f = granted(), facts()
	r.Policy.RequesterMayApprove, f.RequesterMayApprove, r.Votes[0].User = true, true, "U_DBA"
	_, invalid, _ = approvals.Begin(r, "f", f, noon)
	require.Empty(t, invalid)
	delete(f.People, "U_DBA")
	_, invalid, _ = approvals.Begin(r, "f", f, noon)
	require.Equal(t, []approvals.Invalid{{User: "U_DBA", Why: approvals.UnknownPerson}}, invalid)
}

// A vote satisfies the policy of the request and of now, each by who is in its groups at this moment.
func TestBothPoliciesDecide(t *testing.T) {
	t.Parallel()
	f := facts()
	f.Groups = map[string][]string{"S_DB": {"U_ONCALL"}, "S_NEW": {"U_LEAD"}} // the profile names S_NEW by now, and Lead moved there
	_, out := approvals.Decide(request(), yes("U_LEAD"), f, noon)
	require.Equal(t, approvals.NotApprover, out.Refused, "the request's own groups don't have them any more")
	_, out = approvals.Decide(request(), yes("U_ONCALL"), f, noon)
	require.Empty(t, out.Refused)
	f.ApproversNow = []string{"U_LEAD"}
	_, out = approvals.Decide(request(), yes("U_ONCALL"), f, noon)
	require.Equal(t, approvals.NotApprover, out.Refused, "the profile does not name them any more")
	require.Equal(t, []approvals.Invalid{{User: "U_LEAD", Why: approvals.NotApprover}, {User: "U_ONCALL", Why: approvals.NotApprover}},
		approvals.Recheck(granted(), f))
}

func TestOnePersonInTwoGroupsIsOne(t *testing.T) {
	t.Parallel()
	r, _ := approvals.Decide(request(), yes("U_LEAD"), facts(), noon) // in S_DB and S_MORE
	r, out := approvals.Decide(r, yes("U_LEAD"), facts(), noon)
	require.Equal(t, approvals.AlreadyVoted, out.Refused)
	require.Equal(t, 1, r.Missing())
}

func TestWhatWasReadTooLongAgoDecidesNothing(t *testing.T) {
	t.Parallel()
	for _, act := range []approvals.Act{approvals.Approve, approvals.Reject} {
		c := approvals.Click{Act: act, User: "U_LEAD", Reason: "no"}
		_, out := approvals.Decide(request(), c, facts(), noon.Add(approvals.FactsFor-time.Millisecond))
		require.Empty(t, out.Refused)
		for name, f := range map[string]approvals.Facts{"old": at(noon.Add(-approvals.FactsFor)), "by another clock": at(noon.Add(time.Second)), "never": at(time.Time{})} {
			r, out := approvals.Decide(request(), c, f, noon)
			require.Equal(t, approvals.FactsTooOld, out.Refused, name)
			require.Equal(t, request(), r)
		}
	}
}

func TestANoStopsWhatIsGranted(t *testing.T) {
	t.Parallel()
	for _, act := range []approvals.Act{approvals.Approve, approvals.Withdraw} {
		r, out := approvals.Decide(granted(), approvals.Click{Act: act, User: "U_LEAD"}, facts(), noon)
		require.Equal(t, approvals.AlreadyGranted, out.Refused)
		require.Equal(t, granted(), r)
	}
	r, out := approvals.Decide(granted(), approvals.Click{Act: approvals.Reject, User: "U_LEAD", Reason: "the backup failed"}, facts(), noon)
	require.Empty(t, out.Refused)
	require.Equal(t, approvals.Rejected, r.Status)
	_, _, refused := approvals.Begin(r, "f", facts(), noon)
	require.Equal(t, approvals.RequestEnded, refused)
}

func TestTheReminderIsDueOnce(t *testing.T) {
	t.Parallel()
	r := request()
	require.False(t, r.ReminderDue(noon.Add(30*time.Minute-time.Second)))
	require.True(t, r.ReminderDue(noon.Add(30*time.Minute)))
	require.True(t, r.ReminderDue(noon.Add(59*time.Minute)), "nobody was there to remind at the half")
	require.False(t, r.ReminderDue(noon.Add(time.Hour)))
	r.RemindedAt = noon
	require.False(t, r.ReminderDue(noon.Add(40*time.Minute)))
	require.False(t, granted().ReminderDue(noon.Add(40*time.Minute)))
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
			when := noon.Add(time.Duration(step*rng.IntN(10)) * time.Minute)
			r, _ = approvals.Decide(r, c, at(when), when)
		}
		if r.Status == approvals.Granted {
			granted++
			require.Len(t, r.Votes, 2)
			require.ElementsMatch(t, []string{"U_LEAD", "U_ONCALL"}, r.Voters(), fmt.Sprint(r))
		}
	}
	require.Positive(t, granted)
}
