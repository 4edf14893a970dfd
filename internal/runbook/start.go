// SPDX-License-Identifier: Apache-2.0

package runbook

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ferryman/ferryman/approvals"
	"github.com/ferryman/ferryman/store"
)

// approved tells whether a phase has two people's yes and has not begun.
func approved(s store.PhaseStatus) bool { return s == store.Granted || s == store.Holding }

// start checks a granted request again, with a plan made afresh, and lets the first step begin. What is read for it may take long, or
// swallow what it is asked: it ends with the request.
func (e *Engine) start(ctx context.Context, m *store.Migration, phase string, hands Hands) error {
	request, ok := m.Requests[m.Phases[phase].RequestID]
	if !ok || request.Status != approvals.Granted {
		return e.void(ctx, m, phase, []string{"its approval is not there any more"})
	}
	now, err := e.Store.Now(ctx)
	if err != nil {
		return err
	}
	if approvals.Expire(request, now).Status == approvals.Expired {
		return e.expired(ctx, m, phase)
	}
	limited, cancel := context.WithTimeout(ctx, request.ExpiresAt.Sub(now))
	defer cancel()
	err = e.startInTime(limited, m, phase, request, hands)
	if err != nil && ctx.Err() == nil && limited.Err() != nil {
		return errOutdated // the next look ends it
	}
	return err
}

func (e *Engine) startInTime(ctx context.Context, m *store.Migration, phase string, request approvals.Request, hands Hands) error {
	if m.Phases[phase].Status == store.Holding {
		// The gate alone, until it holds: making a plan may cost the databases a lot.
		plan, err := e.storedPlan(ctx, m.Name, request.Fingerprint)
		if err != nil {
			return err
		}
		gate, err := e.readGate(ctx, m, hands, plan)
		if err != nil {
			return err
		}
		if !Holds(gate.evidence) {
			return e.holdUp(ctx, m, phase, gate)
		}
	}
	draft, policy, err := e.draft(ctx, m, phase, hands)
	if err != nil {
		return err
	}
	fresh, err := draft.Plan.Fingerprint()
	if err != nil {
		return err
	}
	if fresh != request.Fingerprint {
		return e.moved(ctx, m, phase, request, draft, policy, hands)
	}
	// The gate after the plan, whose making may take minutes, and the people last.
	gate, err := e.readGate(ctx, m, hands, draft.Plan)
	if err != nil {
		return err
	}
	if !Holds(gate.evidence) {
		return e.holdUp(ctx, m, phase, gate)
	}
	facts, err := e.freshPeople(ctx, m, append(request.Voters(), request.Requester))
	if err != nil {
		return err
	}
	now, err := e.Store.Now(ctx)
	if err != nil {
		return err
	}
	if gate.old(now) {
		return e.holdUp(ctx, m, phase, gate.tooSlow())
	}
	notAfter := earliest(request.ExpiresAt, facts.Until(), gate.until())
	if allowed := policy.Allowed[phase]; allowed != nil {
		_, to, within := allowed(now)
		if !within {
			return e.void(ctx, m, phase, []string{fmt.Sprintf("%s is not allowed at this time any more, by the profile's windows of now", phase)})
		}
		notAfter = earliest(notAfter, to)
	}
	switch _, invalid, refused := approvals.Begin(request, fresh, facts, now); {
	case len(invalid) > 0:
		return e.void(ctx, m, phase, lost(invalid))
	case refused == approvals.FactsTooOld:
		return e.holdUp(ctx, m, phase, gate.slowPeople())
	}
	// Somebody may have said No, or the request have been ended, while all this was read.
	if current, err := e.Store.Load(ctx, m.Name); err != nil {
		return err
	} else if current.Requests[request.ID].Status != approvals.Granted {
		return errOutdated
	}
	if err := hands.Consume(ctx, m, request); err != nil {
		return err
	}
	return e.update(ctx, m, phase, m.Phases[phase].Status, func(m *store.Migration, p *store.Phase, now time.Time) (store.Change, error) {
		r, invalid, refused := approvals.Begin(m.Requests[request.ID], fresh, facts, now)
		if refused != "" || len(invalid) > 0 || !now.Before(notAfter) {
			return store.Change{}, errOutdated
		}
		m.Requests[r.ID] = r
		if err := setFacts(m, draft.Facts); err != nil {
			return store.Change{}, err
		}
		var outgoing []store.Outgoing
		if p.Status == store.Holding {
			words, err := goesOn(m, phase, r, now)
			if err != nil {
				return store.Change{}, err
			}
			outgoing = words
		}
		begin(m, phase, fresh, now)
		message, err := ApprovalMessage(m, r, now)
		if err != nil {
			return store.Change{}, err
		}
		return store.Change{
			NotAfter: notAfter,
			Outgoing: append(outgoing, message),
			Audit:    []store.Audit{{What: "plan", Who: "ferryman", Phase: phase, Object: fresh, Outcome: "started, approved by " + fmt.Sprint(r.Voters())}},
		}, nil
	})
}

// storedPlan reads a plan that was kept.
func (e *Engine) storedPlan(ctx context.Context, migration, fingerprint string) (Plan, error) {
	bytes, err := e.Store.Plan(ctx, migration, fingerprint)
	if err != nil {
		return Plan{}, err
	}
	plan, err := ParsePlan(bytes)
	if err != nil {
		return Plan{}, &Problem{What: err.Error(), Err: err}
	}
	return plan, nil
}

// freshPeople reads everybody from Slack now, and says when that was, by Redis's clock.
func (e *Engine) freshPeople(ctx context.Context, m *store.Migration, users []string) (approvals.Facts, error) {
	before, err := e.Store.Now(ctx)
	if err != nil {
		return approvals.Facts{}, err
	}
	slices.Sort(users)
	facts, err := e.People.FreshFacts(ctx, m, slices.Compact(users))
	switch {
	case errors.Is(err, store.ErrUnavailable):
		return facts, err
	case err != nil:
		return facts, Transient(&Problem{What: "Slack does not say who the people of this request are.", Means: err.Error(), Err: err})
	}
	if facts.ReadAt.IsZero() {
		facts.ReadAt = before
	}
	return facts, nil
}

func lost(invalid []approvals.Invalid) []string {
	var words []string
	for _, v := range invalid {
		words = append(words, fmt.Sprintf("<@%s> does not count any more (%s)", v.User, v.Why.Words()))
	}
	return words
}

// moved voids an approval because the plan is another one now, and asks for the new one.
func (e *Engine) moved(ctx context.Context, m *store.Migration, phase string, request approvals.Request, draft Draft, policy Policy, hands Hands) error {
	bytes, err := e.Store.Plan(ctx, m.Name, request.Fingerprint)
	if err != nil {
		return err
	}
	words := []string{"the plan is of another format"}
	if old, err := ParsePlan(bytes); err == nil {
		words = draft.differences(old)
	}
	if draft.TwoPeople == "" || len(draft.Plan.Steps) == 0 {
		return e.void(ctx, m, phase, append(words, "nothing is left that needs two people"))
	}
	gate, err := e.readGate(ctx, m, hands, draft.Plan)
	if err != nil {
		return err
	}
	if !Holds(gate.evidence) {
		return e.void(ctx, m, phase, append(words, "and the gate does not hold just now: "+strings.Join(heldNames(gate.evidence), ", ")))
	}
	fingerprint, err := e.keepPlan(ctx, m.Name, draft.Plan)
	if err != nil {
		return err
	}
	return e.ask(ctx, m, phase, asking{draft: draft, policy: policy, fingerprint: fingerprint, evidence: gate.evidence, moved: words})
}

func earliest(times ...time.Time) time.Time {
	return slices.MinFunc(times, time.Time.Compare)
}
