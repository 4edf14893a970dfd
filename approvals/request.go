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
	Policy      Policy    `json:"policy"`
	// MembersWhenAsked are the ids of everybody who was an approver when the request was made. Who joined later does not count.
	MembersWhenAsked []string `json:"members_when_asked"`
	Status           Status   `json:"status"`
	Votes            []Vote   `json:"votes,omitempty"`
	// EndedBy and Reason tell who rejected it and why, or what made it void.
	EndedBy string    `json:"ended_by,omitempty"`
	Reason  string    `json:"reason,omitempty"`
	EndedAt time.Time `json:"ended_at,omitzero"`
}

// Live tells whether the request can still lead to an execution.
func (r Request) Live() bool { return r.Status == Open || r.Status == Granted }

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
