// SPDX-License-Identifier: Apache-2.0

package runbook

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ferryman/ferryman/approvals"
	"github.com/ferryman/ferryman/store"
)

// asking is what two people are asked for.
type asking struct {
	draft       Draft
	policy      Policy
	fingerprint string
	evidence    []Evidence
	// moved says what is different from the plan of the request that this one replaces.
	moved []string
}

// errOutside tells that the phase is not allowed at this time.
var errOutside = errors.New("outside the windows")

// ask makes the approval request for a plan and posts it.
func (e *Engine) ask(ctx context.Context, m *store.Migration, phase string, a asking) error {
	facts, err := e.People.Facts(ctx, m, nil)
	switch {
	case errors.Is(err, store.ErrUnavailable):
		return err
	case err != nil:
		return Transient(&Problem{What: "Slack does not say who may approve.", Means: err.Error(), Err: err})
	}
	var summary json.RawMessage
	if a.draft.Summary != nil {
		if summary, err = json.Marshal(a.draft.Summary); err != nil {
			return fmt.Errorf("write the summary of %s: %w", phase, err)
		}
	}
	from := m.Phases[phase].Status
	var next time.Time
	err = e.update(ctx, m, phase, from, func(m *store.Migration, p *store.Phase, now time.Time) (store.Change, error) {
		expires, window, from := a.policy.expiry(phase, now)
		if !from.IsZero() {
			next = from
			return store.Change{}, errOutside
		}
		request := approvals.Request{
			ID: strings.ToLower(rand.Text()), Migration: m.Name, Phase: phase, Fingerprint: a.fingerprint, Requester: p.By, AskedAt: now, ExpiresAt: expires,
			Window: window, Policy: a.policy.Approvals, MembersWhenAsked: facts.ApproversNow, Status: approvals.Open,
		}
		if m.Requests == nil {
			m.Requests = map[string]approvals.Request{}
		}
		var outgoing []store.Outgoing
		var voided []store.Audit
		if old, ok := m.Requests[p.RequestID]; ok && old.Live() {
			old.Status, old.Reason, old.EndedAt = approvals.Void, strings.Join(a.moved, "; "), now
			m.Requests[old.ID] = old
			message, err := ApprovalMessage(m, old, now)
			if err != nil {
				return store.Change{}, err
			}
			outgoing, voided = append(outgoing, message), []store.Audit{planEnded(old)}
		}
		forget(m, phase)
		m.Requests[request.ID] = request
		ask := Ask{Why: a.draft.TwoPeople, Summary: summary, Evidence: a.evidence, Moved: a.moved, Steps: len(a.draft.Plan.Steps), Before: Took(m, phase)}
		if err := m.SetFact(askFact+request.ID, ask); err != nil {
			return store.Change{}, err
		}
		p.Status, p.Fingerprint, p.RequestID, p.Held = store.Waiting, a.fingerprint, request.ID, nil
		if len(a.moved) > 0 {
			event, err := NewEvent(EventVoid, now, Ended{Phase: phase, Moved: a.moved})
			if err != nil {
				return store.Change{}, err
			}
			outgoing = append(outgoing, Tell(m, fmt.Sprintf("%s:%d:void:%s", phase, p.Run, request.ID), store.Urgent, event))
		}
		message, err := approvalMessage(m, request, now, true)
		if err != nil {
			return store.Change{}, err
		}
		return store.Change{
			Audit:    append(voided, store.Audit{What: "asked", Who: p.By, Phase: phase, Object: a.fingerprint, Outcome: request.ID}),
			Outgoing: append(outgoing, message),
		}, nil
	})
	if errors.Is(err, errOutside) {
		return e.outside(ctx, m, phase, next)
	}
	return err
}

// outside ends a phase whose window closed while it was planned.
func (e *Engine) outside(ctx context.Context, m *store.Migration, phase string, next time.Time) error {
	problem := &Problem{What: fmt.Sprintf("%s is not allowed at this time, by the profile's windows.", Title(phase)), Means: "Its window closed while the plan was made. Nothing was run.",
		Do: "Give the command again from " + next.Format("Mon 2 January 15:04 MST") + " on."}
	return e.over(ctx, m, phase, m.Phases[phase].Status, store.Refused, approvals.Void, EventFailed, Ended{Phase: phase, Problem: problem})
}

// tookFact is the prefix of how long a phase took when it was last run to its end.
const tookFact = "took:"

// Took is how long a phase took when it was last run to its end; zero where it never was.
func Took(m *store.Migration, phase string) time.Duration {
	var took time.Duration
	_, _ = m.Fact(tookFact+phase, &took)
	return took
}

// keptRequests is how many ended requests of a phase are kept, so that a click on them is still told how they ended. Their votes are in
// the audit.
const keptRequests = 3

// forget drops all but the last ended requests of a phase, and what they asked.
func forget(m *store.Migration, phase string) {
	var ended []approvals.Request
	for _, r := range m.Requests {
		if r.Phase == phase && !r.Live() {
			ended = append(ended, r)
		}
	}
	slices.SortFunc(ended, func(a, b approvals.Request) int { return b.AskedAt.Compare(a.AskedAt) })
	for _, r := range ended[min(len(ended), keptRequests):] {
		delete(m.Requests, r.ID)
	}
	for name := range m.Facts {
		if id, ok := strings.CutPrefix(name, askFact); ok {
			if _, there := m.Requests[id]; !there {
				delete(m.Facts, name)
			}
		}
	}
}

// ApprovalMessage is the edit of a request's message to how it stands now.
func ApprovalMessage(m *store.Migration, r approvals.Request, now time.Time) (store.Outgoing, error) {
	return approvalMessage(m, r, now, false)
}

func approvalMessage(m *store.Migration, r approvals.Request, now time.Time, files bool) (store.Outgoing, error) {
	var ask Ask
	if _, err := m.Fact(askFact+r.ID, &ask); err != nil {
		return store.Outgoing{}, fmt.Errorf("read what request %s asks: %w", r.ID, err)
	}
	ask.Request, ask.Files = r, files
	event, err := NewEvent(EventApproval, now, ask)
	if err != nil {
		return store.Outgoing{}, err
	}
	return Tell(m, ApprovalKey(r.ID), store.Urgent, event), nil
}
