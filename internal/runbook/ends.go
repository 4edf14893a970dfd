// SPDX-License-Identifier: Apache-2.0

package runbook

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/ferryman/ferryman/approvals"
	"github.com/ferryman/ferryman/store"
)

// void ends the request without a new one.
func (e *Engine) void(ctx context.Context, m *store.Migration, phase string, words []string) error {
	return e.over(ctx, m, phase, m.Phases[phase].Status, store.Refused, approvals.Void, EventVoid, Ended{Phase: phase, Moved: words})
}

// red ends the phase because its gate does not hold.
func (e *Engine) red(ctx context.Context, m *store.Migration, phase string, evidence []Evidence) error {
	return e.over(ctx, m, phase, m.Phases[phase].Status, store.Red, approvals.Void, EventRed, Ended{Phase: phase, Evidence: evidence})
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
		p.Status, p.EndedAt, p.Headline, p.Held = to, now, "", nil
		if ended.Problem != nil {
			p.Error = ended.Problem.What
		}
		ended.Next = Next(m)
		event, err := NewEvent(kind, now, ended)
		if err != nil {
			return store.Change{}, err
		}
		// The version alone may come again where Redis is set back to the same copy twice; the audit's head does not.
		outgoing := []store.Outgoing{Tell(m, fmt.Sprintf("%s:%d:end:%d:%.8s", phase, p.Run, m.Version, m.AuditHead), store.Urgent, event)}
		audit := []store.Audit{{What: "phase", Who: "ferryman", Phase: phase, Object: p.Fingerprint, Outcome: string(to), Why: ended.why()}}
		if r, ok := m.Requests[p.RequestID]; ok && r.Live() {
			r.Status, r.EndedAt, r.Reason = request, now, strings.Join(ended.Moved, "; ")
			m.Requests[r.ID] = r
			message, err := ApprovalMessage(m, r, now)
			if err != nil {
				return store.Change{}, err
			}
			outgoing = append(outgoing, message)
			audit = append([]store.Audit{planEnded(r)}, audit...)
		}
		return store.Change{Audit: audit, Outgoing: outgoing}, nil
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
		if err := m.SetFact(tookFact+phase, now.Sub(p.StartedAt)); err != nil {
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
