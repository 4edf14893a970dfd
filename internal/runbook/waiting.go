// SPDX-License-Identifier: Apache-2.0

package runbook

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ferryman/ferryman/approvals"
	"github.com/ferryman/ferryman/store"
)

// settle ends what waits for people, or for its gate, when its time has passed, reminds the thread at the half, and ends what waits for a
// request that is not there. Any replica does it, whoever holds the lease: nobody who hangs keeps a request open.
func (e *Engine) settle(ctx context.Context, m *store.Migration, phase string) {
	now, err := e.Store.Now(ctx)
	if err != nil {
		return
	}
	p := m.Phases[phase]
	request, there := m.Requests[p.RequestID]
	switch {
	case approvals.Expire(request, now).Status == approvals.Expired && request.Live():
		err = e.expired(ctx, m, phase)
	case !there || !request.Live():
		err = e.void(ctx, m, phase, []string{"its request is not there any more"})
	case request.ReminderDue(now):
		err = e.remind(ctx, m, phase)
	}
	if err != nil && !errors.Is(err, errOutdated) && ctx.Err() == nil {
		e.Log.Warn("settle a request", "migration", m.Name, "phase", phase, "error", err)
	}
}

// remind mentions those who have not said anything yet, once.
func (e *Engine) remind(ctx context.Context, m *store.Migration, phase string) error {
	return e.update(ctx, m, phase, store.Waiting, func(m *store.Migration, p *store.Phase, now time.Time) (store.Change, error) {
		r := m.Requests[p.RequestID]
		if !r.ReminderDue(now) {
			return store.Change{}, store.ErrNoChange
		}
		r.RemindedAt = now
		m.Requests[r.ID] = r
		event, err := NewEvent(EventReminder, now, Ask{Request: r})
		if err != nil {
			return store.Change{}, err
		}
		return store.Change{
			NotAfter: r.ExpiresAt, Outgoing: []store.Outgoing{Tell(m, "reminder:"+r.ID, store.Urgent, event)},
			Audit: []store.Audit{{What: "reminded", Who: "ferryman", Phase: phase, Object: r.Fingerprint}},
		}, nil
	})
}

// expired ends a phase whose request's time has passed before anything was run.
func (e *Engine) expired(ctx context.Context, m *store.Migration, phase string) error {
	p := m.Phases[phase]
	problem := &Problem{What: fmt.Sprintf("%s was not approved in time.", Title(phase)), Means: "Nothing was run.", Do: "Give the command again."}
	if approved(p.Status) {
		problem.What = fmt.Sprintf("%s was approved, but could not begin before the approval expired.", Title(phase))
		if len(p.Held) > 0 {
			problem.Means = fmt.Sprintf("It was held up by what did not hold: %s. Nothing was run.", strings.Join(p.Held, ", "))
		}
	}
	return e.over(ctx, m, phase, p.Status, store.Refused, approvals.Expired, EventFailed, Ended{Phase: phase, Problem: problem})
}
