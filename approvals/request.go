// SPDX-License-Identifier: Apache-2.0

package approvals

import (
	"slices"
	"time"
)

// Quorum is how many humans must say yes. No configuration goes below it.
const Quorum = 2

// DefaultExpiry is how long a request waits where the profile does not say.
const DefaultExpiry = time.Hour

// Status is where a request stands.
type Status string

// A request begins open. Granted, rejected, void and expired are its ends; consumed follows granted when the first step may run.
const (
	Open     Status = "open"
	Granted  Status = "granted"
	Rejected Status = "rejected"
	Void     Status = "void"
	Expired  Status = "expired"
	Consumed Status = "consumed"
)

// Policy is the part of a profile that rules one request, copied into it when it is made.
type Policy struct {
	// Users and Groups are Slack ids of those who may approve.
	Users  []string `json:"users,omitempty"`
	Groups []string `json:"groups,omitempty"`
	// RequesterMayApprove lets the requester be one of the two; the other must still be somebody else.
	RequesterMayApprove bool `json:"requester_may_approve"`
	// Team is the workspace whose members count.
	Team string `json:"team"`
}

// names tells whether the policy names somebody, by themselves or by a group whose present members are given.
func (p Policy) names(user string, groups map[string][]string) bool {
	return slices.Contains(p.Users, user) ||
		slices.ContainsFunc(p.Groups, func(g string) bool { return slices.Contains(groups[g], user) })
}

// Window is a time in which something is allowed.
type Window struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// Vote is one person's yes.
type Vote struct {
	User string    `json:"user"`
	At   time.Time `json:"at"`
}

// Request asks for two people's yes to one plan fingerprint.
type Request struct {
	ID          string    `json:"id"`
	Migration   string    `json:"migration"`
	Phase       string    `json:"phase"`
	Fingerprint string    `json:"fingerprint"`
	Requester   string    `json:"requester"`
	AskedAt     time.Time `json:"asked_at"`
	ExpiresAt   time.Time `json:"expires_at"`
	// Window is the time that the request is for, where its phase is allowed only at certain times; it expires at the window's end.
	Window *Window `json:"window,omitempty"`
	Policy Policy  `json:"policy"`
	// MembersWhenAsked are the ids of everybody who was an approver when the request was made. Who joined later does not count.
	MembersWhenAsked []string `json:"members_when_asked"`
	Status           Status   `json:"status"`
	Votes            []Vote   `json:"votes,omitempty"`
	// RemindedAt is when the thread was reminded of it, at the half of its time; GrantedAt when the second person said yes.
	RemindedAt time.Time `json:"reminded_at,omitzero"`
	GrantedAt  time.Time `json:"granted_at,omitzero"`
	// EndedBy and Reason tell who rejected it and why, or what made it void.
	EndedBy string    `json:"ended_by,omitempty"`
	Reason  string    `json:"reason,omitempty"`
	EndedAt time.Time `json:"ended_at,omitzero"`
}

// Live tells whether the request can still lead to an execution.
func (r Request) Live() bool { return r.Status == Open || r.Status == Granted }

// ReminderDue tells whether the thread is to be reminded now: once, from the half of an open request's time on.
func (r Request) ReminderDue(now time.Time) bool {
	half := r.AskedAt.Add(r.ExpiresAt.Sub(r.AskedAt) / 2)
	return r.Status == Open && r.RemindedAt.IsZero() && !now.Before(half) && now.Before(r.ExpiresAt)
}

// Missing is how many more people are needed.
func (r Request) Missing() int { return max(0, Quorum-len(r.Votes)) }

// Voters are the ids of those who said yes, in the order in which they did.
func (r Request) Voters() []string {
	ids := make([]string, len(r.Votes))
	for i, v := range r.Votes {
		ids[i] = v.User
	}
	return ids
}

func (r Request) votedAt(user string) (time.Time, bool) {
	i := slices.IndexFunc(r.Votes, func(v Vote) bool { return v.User == user })
	if i < 0 {
		return time.Time{}, false
	}
	return r.Votes[i].At, true
}

// clone copies what a decision may change, so that the caller's request stays as it was.
func (r Request) clone() Request {
	r.Votes = slices.Clone(r.Votes)
	return r
}
