// SPDX-License-Identifier: Apache-2.0

package commands

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/ferryman/ferryman/approvals"
	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
)

// The action ids of a request's buttons, and of the button that starts the next phase.
const (
	approveAction  = "approval.approve"
	rejectAction   = "approval.reject"
	withdrawAction = "approval.withdraw"
	startAction    = "phase.start"
)

// click carries out a press of one of a request's buttons. Rejecting, and approving a cutover, ask something first: their modal carries
// them out.
func (r *Router) click(ctx context.Context, env Envelope) error {
	m, request, err := r.request(ctx, env.Value)
	if err != nil {
		return r.noted(ctx, env, "", "", env.Value, err)
	}
	return r.noted(ctx, env, m.Name, request.Phase, request.Fingerprint, r.pressed(ctx, env, m, request))
}

func (r *Router) pressed(ctx context.Context, env Envelope, m *store.Migration, request approvals.Request) error {
	if err := r.fromItsMessage(ctx, m, request, env); err != nil {
		return err
	}
	c := clickOf(env)
	if asksFirst(env, request) {
		if env.Again && decided(request, env.User) {
			return nil // the form that it opened was filled in since
		}
		// What would be refused anyway is refused now, and no modal opens for it.
		refused, err := r.wouldRefuse(ctx, m, request, c)
		if err != nil || !refused {
			return err
		}
	}
	return r.vote(ctx, env, m.Name, request.ID, c)
}

func clickOf(env Envelope) approvals.Click {
	acts := map[string]approvals.Act{approveAction: approvals.Approve, rejectAction: approvals.Reject, withdrawAction: approvals.Withdraw}
	return approvals.Click{Act: acts[env.ActionID], User: env.User}
}

// asksFirst tells the buttons that open a modal.
func asksFirst(env Envelope, request approvals.Request) bool {
	return env.ActionID == rejectAction || env.ActionID == approveAction && request.Phase == "cutover"
}

// decided tells whether somebody's word counts in a request.
func decided(request approvals.Request, user string) bool {
	return request.EndedBy == user || slices.ContainsFunc(request.Votes, func(v approvals.Vote) bool { return v.User == user })
}

// request finds an approval request by its id.
func (r *Router) request(ctx context.Context, id string) (*store.Migration, approvals.Request, error) {
	all, _, err := r.Store.Readable(ctx)
	if err != nil {
		return nil, approvals.Request{}, err
	}
	for _, m := range all {
		if request, ok := m.Requests[id]; ok {
			return m, request, nil
		}
	}
	return nil, approvals.Request{},
		&uncounted{"That wasn't counted: this request is not known here. It may belong to another Ferryman, or be long over.", unknownRequest}
}

// fromItsMessage refuses a click from anywhere but the message that was posted for the request: a copy carries no power.
func (r *Router) fromItsMessage(ctx context.Context, m *store.Migration, request approvals.Request, env Envelope) error {
	want := runbook.ApprovalKey(request.ID)
	if err := r.recorded(ctx, m.Name, want); err != nil {
		return err
	}
	key, ok, err := r.Store.FindPosted(ctx, m.Name, env.Channel, env.MessageTS)
	if err != nil {
		return err
	}
	if !ok || key != want {
		return &uncounted{Refusal(fmt.Sprintf("That wasn't counted: this is a copy, or an older message. Press the button of the request of *%s*%s.",
			m.Name, r.inThread(ctx, m))), notItsMessage}
	}
	return nil
}

// recordedWithin is how long a click waits for the message of its request to be recorded: somebody may be quick, and where the replica died
// that had just posted it, another one finds it in the thread once it has taken over (replicas.takeover, 15 s).
const recordedWithin = 20 * time.Second

func (r *Router) recorded(ctx context.Context, migration, key string) error {
	ctx, cancel := context.WithTimeout(ctx, recordedWithin)
	defer cancel()
	return r.waitPosted(ctx, migration, key, math.MaxInt)
}

// facts reads the people that a decision is about, and says when that was, by Redis's clock.
func (r *Router) facts(ctx context.Context, m *store.Migration, users ...string) (approvals.Facts, error) {
	before, err := r.Store.Now(ctx)
	if err != nil {
		return approvals.Facts{}, err
	}
	facts, err := r.People.Facts(ctx, m, users)
	if err != nil {
		return approvals.Facts{}, unread(err)
	}
	if facts.ReadAt.IsZero() {
		facts.ReadAt = before
	}
	return facts, nil
}

// unread is that nobody counts, for Slack does not say who they are. Where it is Redis that is away, the click waits for it.
func unread(err error) error {
	if errors.Is(err, store.ErrUnavailable) {
		return err
	}
	var refusal Refusal
	if said := slackSilent(err); errors.As(said, &refusal) {
		return &uncounted{refusal, peopleUnread}
	}
	return err
}

// factsFor reads the people where the decision depends on them. A request that has ended refuses everybody alike, and taking back asks
// for nobody: neither waits for a turn in Slack's limits.
func (r *Router) factsFor(ctx context.Context, m *store.Migration, request approvals.Request, c approvals.Click) (approvals.Facts, error) {
	now, err := r.Store.Now(ctx)
	if err != nil {
		return approvals.Facts{}, err
	}
	if _, outcome := approvals.Decide(request, c, approvals.Facts{}, now); outcome.Refused != approvals.FactsTooOld {
		return approvals.Facts{}, nil
	}
	return r.facts(ctx, m, c.User)
}

// wouldRefuse tells whether a click would not count now, whatever is filled into its modal. It commits nothing.
func (r *Router) wouldRefuse(ctx context.Context, m *store.Migration, request approvals.Request, c approvals.Click) (bool, error) {
	facts, err := r.factsFor(ctx, m, request, c)
	if err != nil {
		return false, err
	}
	now, err := r.Store.Now(ctx)
	if err != nil {
		return false, err
	}
	c.Reason = "asked for next"
	_, outcome := approvals.Decide(request, c, facts, now)
	return outcome.Refused != "" && outcome.Refused != approvals.FactsTooOld, nil
}

// readAgain is how often people are read for one click, each time because what was read had become too old to decide by.
const readAgain = 3

// errTooOld tells that the people are to be read anew.
var errTooOld = errors.New("what was read of the people is too old to decide by")

// vote decides and commits one person's word; was another first, or what was read too old by then, it is decided afresh.
func (r *Router) vote(ctx context.Context, env Envelope, migration, requestID string, c approvals.Click) error {
	for range readAgain {
		err := r.voteOnce(ctx, env, migration, requestID, c)
		if !errors.Is(err, errTooOld) {
			return err
		}
	}
	return unread(errTooOld)
}

func (r *Router) voteOnce(ctx context.Context, env Envelope, migration, requestID string, c approvals.Click) error {
	m, err := r.Store.Load(ctx, migration)
	if err != nil {
		return err
	}
	facts, err := r.factsFor(ctx, m, m.Requests[requestID], c)
	if err != nil {
		return err
	}
	var outcome approvals.Outcome
	var after approvals.Request
	_, err = r.Store.Update(ctx, migration, func(m *store.Migration, now time.Time) (store.Change, error) {
		request, ok := m.Requests[requestID]
		if !ok {
			return store.Change{}, &uncounted{"That wasn't counted: the request is not there any more.", unknownRequest}
		}
		after, outcome = approvals.Decide(request, c, facts, now)
		switch outcome.Refused {
		case "":
		case approvals.FactsTooOld:
			return store.Change{}, errTooOld
		default:
			return store.Change{}, store.ErrNoChange
		}
		m.Requests[requestID] = after
		p := m.Phase(request.Phase)
		if p.RequestID == requestID && p.Status.Busy() {
			switch after.Status {
			case approvals.Granted:
				p.Status = store.Granted
			case approvals.Rejected:
				p.Status, p.EndedAt, p.Held = store.Refused, now, nil
			}
		}
		message, err := runbook.ApprovalMessage(m, after, now)
		if err != nil {
			return store.Change{}, err
		}
		notAfter := request.ExpiresAt
		if c.Act != approvals.Withdraw && facts.Until().Before(notAfter) {
			notAfter = facts.Until()
		}
		return store.Change{CommandID: env.ID, NotAfter: notAfter,
			Audit:    []store.Audit{{What: "vote", Who: c.User, Phase: request.Phase, Object: request.Fingerprint, Outcome: string(c.Act)}},
			Outgoing: []store.Outgoing{message, runbook.Root(m, now)}}, nil
	})
	switch {
	case errors.Is(err, store.ErrSeen):
		return nil
	case err != nil:
		return err
	case outcome.Refused != "":
		seen, err := r.Store.Seen(ctx, migration, env.ID)
		if err != nil || seen { // delivered again: it has counted the first time, or was told why not
			return err
		}
		return &uncounted{Refusal(notCounted(outcome, after)), string(outcome.Refused)}
	}
	return nil
}

// notCounted explains a click that did not count, to its clicker alone.
func notCounted(o approvals.Outcome, r approvals.Request) string {
	why := o.Refused.Words() + "."
	again := fmt.Sprintf("Nothing was run; `/migrate-%s` asks anew.", r.Phase)
	switch o.Refused {
	case approvals.AlreadyVoted:
		why = fmt.Sprintf("you approved this plan already at %s. It takes a second person.", clock(o.VotedAt))
	case approvals.NotVoted:
		why = "there is no approval of yours to take back."
	case approvals.IsRequester:
		why = "you asked for this, so you can't be one of the two."
	case approvals.NotApprover:
		why = "you are not one of those who may approve this plan: " + mentions(r.Policy.Users, r.Policy.Groups) + "."
	case approvals.JoinedLater:
		why = "you became an approver after this was asked. Somebody who was one then can approve it."
	case approvals.IsBot, approvals.IsDeactivated, approvals.IsGuest, approvals.IsExternal:
		why = "you are " + o.Refused.Words() + ", and only members of this workspace count."
	case approvals.UnknownPerson:
		why = "Slack does not say who you are just now. Try again in a minute."
	case approvals.RequestExpired:
		why = "the time for it has passed. " + again
	case approvals.AlreadyGranted:
		why = "two people said yes already, so nothing can be added or taken back. Until it starts, *Reject…* with a reason still stops it."
	case approvals.RequestEnded:
		why = over(r) + " already."
		if r.Status != approvals.Consumed {
			why += " " + again
		}
	}
	return "That wasn't counted: " + why
}

// over says how a request ended.
func over(r approvals.Request) string {
	switch r.Status {
	case approvals.Rejected:
		return fmt.Sprintf("<@%s> rejected it", r.EndedBy)
	case approvals.Consumed:
		return "two people approved it and it was started"
	case approvals.Void:
		return "it became void"
	}
	return "it was decided"
}
