// SPDX-License-Identifier: Apache-2.0

package runbook

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/ferryman/ferryman/approvals"
	"github.com/ferryman/ferryman/store"
)

// ask makes the approval request for a plan and posts it.
func (e *Engine) ask(ctx context.Context, m *store.Migration, phase string, draft Draft, fingerprint string, evidence []Evidence, moved []string) error {
	facts, err := e.People.Facts(ctx, m, nil)
	if err != nil {
		return Transient(err)
	}
	policy, err := e.People.Policy(ctx, m)
	if err != nil {
		return err
	}
	expires := time.Duration(policy.ExpiresMinutes) * time.Minute
	if expires <= 0 {
		expires = approvals.DefaultExpiry
	}
	var summary json.RawMessage
	if draft.Summary != nil {
		if summary, err = json.Marshal(draft.Summary); err != nil {
			return fmt.Errorf("write the summary of %s: %w", phase, err)
		}
	}
	from := m.Phases[phase].Status
	return e.update(ctx, m, phase, from, func(m *store.Migration, p *store.Phase, now time.Time) (store.Change, error) {
		request := approvals.Request{
			ID: strings.ToLower(rand.Text()), Migration: m.Name, Phase: phase, Fingerprint: fingerprint, Requester: p.By,
			AskedAt: now, ExpiresAt: now.Add(expires), Policy: policy.Approvals, MembersWhenAsked: facts.ApproversNow, Status: approvals.Open,
		}
		if m.Requests == nil {
			m.Requests = map[string]approvals.Request{}
		}
		var outgoing []store.Outgoing
		if old, ok := m.Requests[p.RequestID]; ok && old.Live() {
			old.Status, old.Reason, old.EndedAt = approvals.Void, strings.Join(moved, "; "), now
			m.Requests[old.ID] = old
			message, err := ApprovalMessage(m, old, now)
			if err != nil {
				return store.Change{}, err
			}
			outgoing = append(outgoing, message)
		}
		m.Requests[request.ID] = request
		if err := m.SetFact("ask:"+request.ID, Ask{Why: draft.TwoPeople, Summary: summary, Evidence: evidence, Moved: moved, Steps: len(draft.Plan.Steps)}); err != nil {
			return store.Change{}, err
		}
		p.Status, p.Fingerprint, p.RequestID = store.Waiting, fingerprint, request.ID
		if len(moved) > 0 {
			event, err := NewEvent(EventVoid, now, Ended{Phase: phase, Moved: moved})
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
			Audit:    []store.Audit{{What: "asked", Who: p.By, Phase: phase, Object: fingerprint, Outcome: request.ID}},
			Outgoing: append(outgoing, message),
		}, nil
	})
}

// ApprovalMessage is the edit of a request's message to how it stands now.
func ApprovalMessage(m *store.Migration, r approvals.Request, now time.Time) (store.Outgoing, error) {
	return approvalMessage(m, r, now, false)
}

func approvalMessage(m *store.Migration, r approvals.Request, now time.Time, files bool) (store.Outgoing, error) {
	var ask Ask
	if _, err := m.Fact("ask:"+r.ID, &ask); err != nil {
		return store.Outgoing{}, fmt.Errorf("read what request %s asks: %w", r.ID, err)
	}
	ask.Request, ask.Files = r, files
	event, err := NewEvent(EventApproval, now, ask)
	if err != nil {
		return store.Outgoing{}, err
	}
	return Tell(m, ApprovalKey(r.ID), store.Urgent, event), nil
}

// moved voids an approval because the plan is another one now, and asks for the new one.
func (e *Engine) moved(ctx context.Context, m *store.Migration, phase string, request approvals.Request, draft Draft, evidence []Evidence) error {
	bytes, err := e.Store.Plan(ctx, m.Name, request.Fingerprint)
	if err != nil {
		return err
	}
	words := []string{"the plan is of another format"}
	if old, err := ParsePlan(bytes); err == nil {
		words = old.Differences(draft.Plan)
	}
	if draft.TwoPeople == "" || len(draft.Plan.Steps) == 0 {
		return e.void(ctx, m, phase, append(words, "nothing is left that needs two people"))
	}
	fingerprint, err := e.keepPlan(ctx, m.Name, draft.Plan)
	if err != nil {
		return err
	}
	return e.ask(ctx, m, phase, draft, fingerprint, evidence, words)
}

// void ends the request without a new one.
func (e *Engine) void(ctx context.Context, m *store.Migration, phase string, words []string) error {
	return e.over(ctx, m, phase, m.Phases[phase].Status, store.Refused, approvals.Void, EventVoid, Ended{Phase: phase, Moved: words})
}

// red ends the phase because its gate does not hold.
func (e *Engine) red(ctx context.Context, m *store.Migration, phase string, evidence []Evidence) error {
	return e.over(ctx, m, phase, m.Phases[phase].Status, store.Red, approvals.Void, EventRed, Ended{Phase: phase, Evidence: evidence})
}

// expire ends a waiting request whose time has passed.
func (e *Engine) expire(ctx context.Context, name, phase string) {
	m, err := e.Store.Load(ctx, name)
	if err != nil {
		return
	}
	now, err := e.Store.Now(ctx)
	if err != nil || m.Phase(phase).Status != store.Waiting {
		return
	}
	r := m.Requests[m.Phase(phase).RequestID]
	if approvals.Expire(r, now).Status != approvals.Expired {
		return
	}
	if err := e.expired(ctx, m, phase, fmt.Sprintf("%s was not approved in time.", Title(phase))); err != nil {
		e.Log.Warn("end an expired request", "migration", name, "error", err)
	}
}

// expired ends a phase whose request's time has passed before anything was run.
func (e *Engine) expired(ctx context.Context, m *store.Migration, phase, what string) error {
	problem := &Problem{What: what, Means: "Nothing was run.", Do: "Give the command again."}
	return e.over(ctx, m, phase, m.Phases[phase].Status, store.Refused, approvals.Expired, EventFailed, Ended{Phase: phase, Problem: problem})
}

// failed ends the phase with a problem; what its steps did stays done.
func (e *Engine) failed(ctx context.Context, m *store.Migration, phase string, cause error) {
	e.Log.Error("phase failed", "migration", m.Name, "phase", phase, "error", cause)
	problem := AsProblem(cause)
	if err := e.over(ctx, m, phase, m.Phases[phase].Status, store.Failed, approvals.Void, EventFailed, Ended{Phase: phase, Problem: problem}); err != nil {
		e.Log.Error("tell a failure", "migration", m.Name, "phase", phase, "error", err)
	}
}

// over ends a phase without success, with its live request, in one commit.
func (e *Engine) over(ctx context.Context, m *store.Migration, phase string, from, to store.PhaseStatus, request approvals.Status, kind string, ended Ended) error {
	return e.update(ctx, m, phase, from, func(m *store.Migration, p *store.Phase, now time.Time) (store.Change, error) {
		if p.Status == store.Complete { // the task stopped that it had left running
			delete(m.Facts, completeFact+phase)
		}
		p.Status, p.EndedAt, p.Headline = to, now, ""
		if ended.Problem != nil {
			p.Error = ended.Problem.What
		}
		ended.Next = Next(m)
		event, err := NewEvent(kind, now, ended)
		if err != nil {
			return store.Change{}, err
		}
		outgoing := []store.Outgoing{Tell(m, fmt.Sprintf("%s:%d:end:%d", phase, p.Run, m.Version), store.Urgent, event)}
		if r, ok := m.Requests[p.RequestID]; ok && r.Live() {
			r.Status, r.EndedAt = request, now
			m.Requests[r.ID] = r
			message, err := ApprovalMessage(m, r, now)
			if err != nil {
				return store.Change{}, err
			}
			outgoing = append(outgoing, message)
		}
		return store.Change{Audit: []store.Audit{{What: "phase", Who: "ferryman", Phase: phase, Object: p.Fingerprint, Outcome: string(to)}}, Outgoing: outgoing}, nil
	})
}

// complete ends a phase with success.
func (e *Engine) complete(ctx context.Context, m *store.Migration, phase string, result Result) error {
	data, err := json.Marshal(result.Data)
	if err != nil {
		return fmt.Errorf("write what %s came to: %w", phase, err)
	}
	for _, f := range result.Files {
		if f.Content == nil {
			continue // kept already by a step
		}
		if err := e.Store.PutFile(ctx, m.Name, f.Name, f.Content); err != nil {
			return err
		}
	}
	return e.update(ctx, m, phase, store.Running, func(m *store.Migration, p *store.Phase, now time.Time) (store.Change, error) {
		if err := setFacts(m, result.Facts); err != nil {
			return store.Change{}, err
		}
		p.Status, p.EndedAt, p.Headline, p.Error = store.Complete, now, "", ""
		if err := m.SetFact(completeFact+phase, now); err != nil {
			return store.Change{}, err
		}
		if result.Close {
			m.ClosedAt = now
		}
		event, err := NewEvent(EventComplete, now, Ended{Phase: phase, Took: now.Sub(p.StartedAt), Data: data, Files: result.Files, Next: Next(m)})
		if err != nil {
			return store.Change{}, err
		}
		return store.Change{
			Audit:    []store.Audit{{What: "phase", Who: "ferryman", Phase: phase, Object: p.Fingerprint, Outcome: "complete"}},
			Outgoing: []store.Outgoing{Tell(m, fmt.Sprintf("%s:%d:end", phase, p.Run), store.Urgent, event)},
		}, nil
	})
}
