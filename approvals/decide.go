// SPDX-License-Identifier: Apache-2.0

package approvals

import (
	"slices"
	"strings"
	"time"
)

// Act is what a person does with a request.
type Act string

// The three buttons of a request.
const (
	Approve  Act = "approve"
	Reject   Act = "reject"
	Withdraw Act = "withdraw"
)

// Click is one press of a button.
type Click struct {
	Act    Act
	User   string
	Reason string // for Reject
}

// FactsFor is how long what was read about people may be the ground of a decision.
const FactsFor = 15 * time.Second

// Facts is what was read about people, at most FactsFor before the decision.
type Facts struct {
	// People are the persons by id. Who is not in it could not be read and does not count.
	People map[string]Person
	// ApproversNow are the ids of everybody whom the profile's present policy lets approve: users, and members of groups.
	ApproversNow []string
	// OperatorsNow are the ids of everybody whom the profile's present policy lets command.
	OperatorsNow []string
	// Groups are the present members of every group that the profile or a live request names, by the group's id. A group that is not
	// in it could not be read, and nobody counts by it.
	Groups map[string][]string
	// RequesterMayApprove is the present policy's word; both the request's and this one must allow it.
	RequesterMayApprove bool
	// ReadAt is when the oldest of these readings was taken, by Redis's clock.
	ReadAt time.Time
}

// Until is when the facts are too old to decide by.
func (f Facts) Until() time.Time { return f.ReadAt.Add(FactsFor) }

// fresh tells whether the facts may be the ground of a decision at the time now. What says that it was read later than now was read by
// another clock.
func (f Facts) fresh(now time.Time) bool {
	return !f.ReadAt.IsZero() && !f.ReadAt.After(now) && now.Before(f.Until())
}

// Refusal is why a click did not count. It is the empty string where it did.
type Refusal string

// The reasons for which a click does not count.
const (
	AlreadyVoted   Refusal = "already_voted"
	NotVoted       Refusal = "not_voted"
	IsRequester    Refusal = "is_requester"
	NotApprover    Refusal = "not_approver"
	JoinedLater    Refusal = "joined_later"
	IsBot          Refusal = "is_bot"
	IsDeactivated  Refusal = "is_deactivated"
	IsGuest        Refusal = "is_guest"
	IsExternal     Refusal = "is_external"
	UnknownPerson  Refusal = "unknown_person"
	RequestExpired Refusal = "request_expired"
	RequestEnded   Refusal = "request_ended"
	ReasonMissing  Refusal = "reason_missing"
	AlreadyGranted Refusal = "already_granted"
	UnknownAct     Refusal = "unknown_act"
	NotOperator    Refusal = "not_operator"
	// FactsTooOld asks the caller to read the people anew and decide afresh; it is nobody's fault.
	FactsTooOld Refusal = "facts_too_old"
)

// Outcome is what a click did.
type Outcome struct {
	// Refused is why it did not count.
	Refused Refusal
	// VotedAt is when this person had voted before, for AlreadyVoted.
	VotedAt time.Time
}

// Decide applies one click to a request at the time now. It returns the request as it is afterwards and what the click did; where
// the click did not count, the request is unchanged but for its expiry.
func Decide(r Request, c Click, f Facts, now time.Time) (Request, Outcome) {
	r = Expire(r, now)
	switch {
	case r.Status == Expired:
		return r, Outcome{Refused: RequestExpired}
	case !r.Live():
		return r, Outcome{Refused: RequestEnded}
	case r.Status == Granted && c.Act != Reject:
		// Until the first step one No still stops it. A yes can't be taken back any more: the other gave theirs beside it.
		return r, Outcome{Refused: AlreadyGranted}
	}
	if c.Act == Withdraw {
		// Taking back needs no right beyond having voted: it can only make the quorum harder to reach.
		return withdraw(r, c.User)
	}
	if !f.fresh(now) {
		return r, Outcome{Refused: FactsTooOld}
	}
	if refusal := mayVote(r, c, f); refusal != "" {
		return r, Outcome{Refused: refusal}
	}
	switch c.Act {
	case Approve:
		if at, voted := r.votedAt(c.User); voted {
			return r, Outcome{Refused: AlreadyVoted, VotedAt: at}
		}
		r = r.clone()
		r.Votes = append(r.Votes, Vote{User: c.User, At: now})
		if len(r.Votes) >= Quorum {
			r.Status, r.GrantedAt = Granted, now
		}
		return r, Outcome{}
	case Reject:
		if strings.TrimSpace(c.Reason) == "" {
			return r, Outcome{Refused: ReasonMissing}
		}
		r.Status, r.EndedBy, r.Reason, r.EndedAt = Rejected, c.User, c.Reason, now
		return r, Outcome{}
	default:
		return r, Outcome{Refused: UnknownAct}
	}
}

func withdraw(r Request, user string) (Request, Outcome) {
	if _, voted := r.votedAt(user); !voted {
		return r, Outcome{Refused: NotVoted}
	}
	r = r.clone()
	r.Votes = slices.DeleteFunc(r.Votes, func(v Vote) bool { return v.User == user })
	return r, Outcome{}
}

// mayVote tells why a person's word does not count. The requester may reject: calling one's own request off needs nobody's leave.
func mayVote(r Request, c Click, f Facts) Refusal {
	if refusal := humanHere(c.User, r.Policy.Team, f.People); refusal != "" {
		return refusal
	}
	if c.User == r.Requester {
		if c.Act == Reject {
			return ""
		}
		if !r.Policy.RequesterMayApprove || !f.RequesterMayApprove {
			return IsRequester
		}
	}
	if !slices.Contains(f.ApproversNow, c.User) {
		return NotApprover
	}
	if !slices.Contains(r.MembersWhenAsked, c.User) {
		return JoinedLater
	}
	if !r.Policy.names(c.User, f.Groups) {
		return NotApprover
	}
	return ""
}

func humanHere(user, team string, people map[string]Person) Refusal {
	p, known := people[user]
	switch {
	case !known || p.ID != user:
		return UnknownPerson
	case p.Bot:
		return IsBot
	case p.Deleted:
		return IsDeactivated
	case p.External || (team != "" && p.TeamID != team):
		return IsExternal
	case p.Guest:
		return IsGuest
	}
	return ""
}

// Expire ends an open or granted request whose time has passed.
func Expire(r Request, now time.Time) Request {
	if r.Live() && !now.Before(r.ExpiresAt) {
		r.Status, r.EndedAt = Expired, now
	}
	return r
}

// Invalid is somebody of a granted request who no longer counts, and why.
type Invalid struct {
	User string
	Why  Refusal
}

// Begin decides whether the first step of a plan may be taken by a granted request: it is for this very fingerprint and its time has not
// passed, every voter still counts by the policy of the request and of now, they are as many persons as it takes, and who asked may
// still command. It returns the request as consumed, or those who do not count; the refusal is for everything else.
func Begin(r Request, fingerprint string, f Facts, now time.Time) (Request, []Invalid, Refusal) {
	switch r = Expire(r, now); {
	case r.Status == Expired:
		return r, nil, RequestExpired
	case r.Status != Granted || r.Fingerprint != fingerprint || fingerprint == "":
		return r, nil, RequestEnded
	case !f.fresh(now):
		return r, nil, FactsTooOld
	}
	if invalid := Recheck(r, f); len(invalid) > 0 {
		return r, invalid, ""
	}
	persons := r.Voters()
	slices.Sort(persons)
	if len(slices.Compact(persons)) < Quorum {
		return r, nil, RequestEnded
	}
	r.Status, r.EndedAt = Consumed, now
	return r, nil, ""
}

// Recheck finds those of a granted request who do not count any more: voters, by the policy of the request and of now, and who asked.
func Recheck(r Request, f Facts) []Invalid {
	var invalid []Invalid
	for _, v := range r.Votes {
		if why := mayVote(r, Click{Act: Approve, User: v.User}, f); why != "" {
			invalid = append(invalid, Invalid{User: v.User, Why: why})
		}
	}
	if slices.ContainsFunc(invalid, func(i Invalid) bool { return i.User == r.Requester }) {
		return invalid
	}
	why := MayCommand(r.Requester, r.Policy.Team, f.People, f.OperatorsNow)
	if why == NotApprover {
		why = NotOperator
	}
	if why != "" {
		invalid = append(invalid, Invalid{User: r.Requester, Why: why})
	}
	return invalid
}

// MayCommand tells whether a person is one of the operators. The same people never count as for approvals: bots, guests, the
// deactivated and people of other organisations.
func MayCommand(user, team string, people map[string]Person, operators []string) Refusal {
	if refusal := humanHere(user, team, people); refusal != "" {
		return refusal
	}
	if !slices.Contains(operators, user) {
		return NotApprover
	}
	return ""
}

// Words says a refusal as a part of a sentence.
func (r Refusal) Words() string {
	switch r {
	case AlreadyVoted:
		return "approved already; it takes a second person"
	case NotVoted:
		return "there is no approval of yours to take back"
	case IsRequester:
		return "who asked can't be one of the two"
	case NotApprover:
		return "not one of the approvers"
	case JoinedLater:
		return "became an approver after this was asked"
	case IsBot:
		return "a bot"
	case IsDeactivated:
		return "a deactivated account"
	case IsGuest:
		return "a guest of the workspace"
	case IsExternal:
		return "of another organisation"
	case UnknownPerson:
		return "Slack could not say who this is"
	case RequestExpired:
		return "the time for it has passed"
	case RequestEnded:
		return "it was decided already"
	case AlreadyGranted:
		return "two people said yes already"
	case ReasonMissing:
		return "a reason is needed"
	case NotOperator:
		return "asked for it, and is no operator any more"
	case FactsTooOld:
		return "Slack answered too late"
	}
	return "not a button of this request"
}
