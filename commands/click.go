// SPDX-License-Identifier: Apache-2.0

package commands

import (
	"context"
	"errors"
	"fmt"
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
		return err
	}
	if err := r.fromItsMessage(ctx, m, request, env); err != nil {
		return err
	}
	act := approvals.Withdraw
	if env.ActionID == approveAction {
		act = approvals.Approve
	}
	if env.ActionID == rejectAction || act == approvals.Approve && request.Phase == "cutover" {
		return nil
	}
	return r.vote(ctx, env, m.Name, request.ID, approvals.Click{Act: act, User: env.User})
}

// request finds an approval request by its id.
func (r *Router) request(ctx context.Context, id string) (*store.Migration, approvals.Request, error) {
	all, err := r.Store.List(ctx)
	if err != nil {
		return nil, approvals.Request{}, err
	}
	for _, m := range all {
		if request, ok := m.Requests[id]; ok {
			return m, request, nil
		}
	}
	return nil, approvals.Request{}, Refusal("That wasn't counted: this request is not known here. It may belong to another Ferryman, or be long over.")
}

// fromItsMessage refuses a click from anywhere but the message that was posted for the request: a copy carries no power.
func (r *Router) fromItsMessage(ctx context.Context, m *store.Migration, request approvals.Request, env Envelope) error {
	key, ok, err := r.Store.FindPosted(ctx, m.Name, env.Channel, env.MessageTS)
	if err != nil {
		return err
	}
	if !ok || key != runbook.ApprovalKey(request.ID) {
		return Refusal(fmt.Sprintf("That wasn't counted: this is not the message that asks for it. The request of *%s* is%s.", m.Name, r.inThread(ctx, m)))
	}
	return nil
}

// vote decides and commits one person's word; was another first, it is decided afresh.
func (r *Router) vote(ctx context.Context, env Envelope, migration, requestID string, c approvals.Click) error {
	m, err := r.Store.Load(ctx, migration)
	if err != nil {
		return err
	}
	facts, err := r.People.Facts(ctx, m, []string{c.User})
	if err != nil {
		return slackSilent(err)
	}
	var outcome approvals.Outcome
	var after approvals.Request
	_, err = r.Store.Update(ctx, migration, func(m *store.Migration, now time.Time) (store.Change, error) {
		request, ok := m.Requests[requestID]
		if !ok {
			return store.Change{}, Refusal("That wasn't counted: the request is not there any more.")
		}
		after, outcome = approvals.Decide(request, c, facts, now)
		audit := store.Audit{What: "vote", Who: c.User, Phase: request.Phase, Object: request.Fingerprint, Outcome: string(c.Act)}
		if outcome.Refused != "" {
			audit.What, audit.Outcome = "refused", string(outcome.Refused)
			return store.Change{CommandID: env.ID, Audit: []store.Audit{audit}}, nil
		}
		m.Requests[requestID] = after
		p := m.Phase(request.Phase)
		if p.RequestID == requestID && p.Status == store.Waiting {
			switch after.Status {
			case approvals.Granted:
				p.Status = store.Granted
			case approvals.Rejected:
				p.Status, p.EndedAt = store.Refused, now
			}
		}
		message, err := runbook.ApprovalMessage(m, after, now)
		if err != nil {
			return store.Change{}, err
		}
		return store.Change{CommandID: env.ID, NotAfter: request.ExpiresAt, Audit: []store.Audit{audit}, Outgoing: []store.Outgoing{message, runbook.Root(m, now)}}, nil
	})
	switch {
	case errors.Is(err, store.ErrSeen):
		return nil
	case err != nil:
		return err
	case outcome.Refused != "":
		return Refusal(notCounted(outcome, after))
	}
	return nil
}

// notCounted explains a click that did not count, to its clicker alone.
func notCounted(o approvals.Outcome, r approvals.Request) string {
	switch o.Refused {
	case approvals.AlreadyVoted:
		return fmt.Sprintf("That wasn't counted: you approved this plan already at %s. It takes a second person.", clock(o.VotedAt))
	case approvals.IsRequester:
		return "That wasn't counted: you asked for this, so you can't be one of the two."
	case approvals.RequestEnded:
		return fmt.Sprintf("That wasn't counted: this request is over (%s).", r.Status)
	}
	return "That wasn't counted: " + o.Refused.Words() + "."
}
