// SPDX-License-Identifier: Apache-2.0

package runbook

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/ferryman/ferryman/approvals"
	"github.com/ferryman/ferryman/store"
)

// errOutdated tells that the migration changed under the engine's hands: it looks again.
var errOutdated = errors.New("the migration changed meanwhile")

// work does what is to do for one migration, one state after the other.
func (e *Engine) work(ctx context.Context, name string, lease *store.Lease) {
	var hands Hands
	defer func() {
		if hands != nil {
			hands.Close()
		}
	}()
	tries := tries{patience: e.Patience}
	for ctx.Err() == nil && !e.stopping() {
		m, err := e.Store.Load(ctx, name)
		if err != nil {
			e.Log.Error("read the migration", "migration", name, "error", err)
			return
		}
		phase := m.BusyPhase()
		if phase == "" || m.Phases[phase].Status == store.Waiting {
			if hands != nil && e.rememberEnd(ctx, m, hands, &tries) {
				continue
			}
			if phase == "" && Watching(m) && hands == nil {
				e.watch(ctx, m)
			}
			return
		}
		began := time.Now()
		err = e.once(ctx, m, phase, &hands)
		var forgot *ForgotError
		switch {
		case err == nil, errors.Is(err, errOutdated), ctx.Err() != nil:
		case e.stopping(): // whoever goes on meets the same again, if it was more than being broken off
			e.Log.Info("left for the next to go on with", "migration", name, "phase", phase, "error", err)
		case errors.Is(err, store.ErrUnavailable):
			e.Log.Error("Redis is away: the work goes on when it is back", "migration", name, "phase", phase, "error", err)
			return
		case errors.Is(err, ErrOvertaken) && !e.stillOurs(ctx, lease):
			e.Log.Warn("overtaken: another replica goes on", "migration", name, "phase", phase, "error", err)
			return
		case IsTransient(err) && e.tries(ctx, m, phase, &tries, began):
			e.Log.Warn("tried again", "migration", name, "phase", phase, "error", err)
		case errors.As(err, &forgot):
			e.forgot(ctx, m, phase, forgot)
			return
		default:
			e.failed(ctx, m, phase, err)
		}
	}
}

// tryingAgain is a phase's headline while something that passes by itself is in its way; its next progress takes it away.
const tryingAgain = "trying again"

// tries says in the root message that something is tried again, and waits for the next attempt.
func (e *Engine) tries(ctx context.Context, m *store.Migration, phase string, t *tries, began time.Time) bool {
	if err := e.headline(ctx, m.Name, phase, tryingAgain); err != nil {
		e.Log.Warn("say that it is tried again", "migration", m.Name, "phase", phase, "error", err)
	}
	ctx, cancel := e.interruptible(ctx)
	defer cancel()
	return t.again(ctx, m.Phases[phase], began)
}

// once opens the hands where they are not open yet, and moves the phase on by one state.
func (e *Engine) once(ctx context.Context, m *store.Migration, phase string, hands *Hands) error {
	if *hands == nil {
		opened, err := e.Crew.Open(ctx, m)
		if err != nil {
			return err
		}
		*hands = &remembering{Hands: opened}
	}
	// What only reads may go on without the target; what changes something looks again.
	if err := e.remember(ctx, m, *hands); err != nil && !(IsTransient(err) && m.Phases[phase].Status != store.Granted) {
		return err
	}
	return e.advance(ctx, m, phase, *hands)
}

// stillOurs tells whether the lease is held: whoever raised the fence without it is no replica that would go on.
func (e *Engine) stillOurs(ctx context.Context, lease *store.Lease) bool {
	held, err := lease.Renew(ctx)
	return err == nil && held
}

// advance moves a busy phase on by one state. A panic in a phase fails the phase, not the bot.
func (e *Engine) advance(ctx context.Context, m *store.Migration, phase string, hands Hands) (err error) {
	defer func() {
		if r := recover(); r != nil {
			e.Log.Error("panic", "migration", m.Name, "phase", phase, "panic", r, "stack", string(debug.Stack()))
			err = &Problem{What: Title(phase) + " stopped at an error of Ferryman's own.", Do: "The log has the details; give the command again after reading them.", Err: fmt.Errorf("panic: %v", r)}
		}
	}()
	switch m.Phases[phase].Status {
	case store.Requested: // a plan is made anew by whoever goes on
		ctx, cancel := e.interruptible(ctx)
		defer cancel()
		return e.plan(ctx, m, phase, hands)
	case store.Granted:
		return e.start(ctx, m, phase, hands)
	case store.Running:
		return e.run(ctx, m, phase, hands)
	}
	return errOutdated
}

// plan drafts a requested phase, reads its gate, and either asks two people or starts.
func (e *Engine) plan(ctx context.Context, m *store.Migration, phase string, hands Hands) error {
	draft, evidence, err := e.draft(ctx, m, phase, hands)
	if err != nil {
		return err
	}
	if !Holds(evidence) {
		return e.red(ctx, m, phase, evidence)
	}
	fingerprint, err := e.keepPlan(ctx, m.Name, draft.Plan)
	if err != nil {
		return err
	}
	if draft.TwoPeople == "" {
		return e.update(ctx, m, phase, store.Requested, func(m *store.Migration, p *store.Phase, now time.Time) (store.Change, error) {
			if err := setFacts(m, draft.Facts); err != nil {
				return store.Change{}, err
			}
			begin(m, phase, fingerprint, now)
			return store.Change{Audit: []store.Audit{{What: "plan", Who: p.By, Phase: phase, Object: fingerprint, Outcome: "started"}}}, nil
		})
	}
	return e.ask(ctx, m, phase, draft, fingerprint, evidence, nil)
}

// draft makes the plan and reads the gate.
func (e *Engine) draft(ctx context.Context, m *store.Migration, phase string, hands Hands) (Draft, []Evidence, error) {
	if _, err := e.policy(ctx, m); err != nil {
		return Draft{}, nil, err
	}
	draft, err := hands.Draft(ctx, m, phase, e.report(ctx, m, phase))
	if err != nil {
		return Draft{}, nil, err
	}
	draft.Plan.FormatVersion, draft.Plan.Migration, draft.Plan.Phase, draft.Plan.Policy, draft.Plan.Run = PlanFormat, m.Name, phase, m.PolicyHash, m.Phases[phase].Run
	draft.Plan.Asked = m.Phases[phase].RequestedAt
	evidence, err := hands.Gate(ctx, m, draft.Plan)
	return draft, evidence, err
}

// policy reads the profile's present policy, which must be the one that the migration was opened with.
func (e *Engine) policy(ctx context.Context, m *store.Migration) (Policy, error) {
	policy, err := e.People.Policy(ctx, m)
	if err == nil && policy.Hash != m.PolicyHash {
		err = &Problem{What: "The profile was changed after " + m.Name + " was opened.", Means: "People or databases would not be those that were agreed on; nothing was run.",
			Do: "Put the profile back as it was, or finish this migration and open a new one."}
	}
	return policy, err
}

func (e *Engine) keepPlan(ctx context.Context, migration string, plan Plan) (string, error) {
	bytes, err := plan.Bytes()
	if err != nil {
		return "", err
	}
	fingerprint, err := e.Store.PutPlan(ctx, migration, bytes)
	if err != nil {
		return "", err
	}
	short := fingerprint[:12]
	if err := e.Store.PutFile(ctx, migration, plan.Phase+"-"+short+".json", bytes); err != nil {
		return "", err
	}
	return fingerprint, e.Store.PutFile(ctx, migration, plan.Phase+"-"+short+".sql", []byte(plan.Script(fingerprint)))
}

// start checks a granted request again, with a plan made afresh, and lets the first step begin.
func (e *Engine) start(ctx context.Context, m *store.Migration, phase string, hands Hands) error {
	p := m.Phases[phase]
	request, ok := m.Requests[p.RequestID]
	if !ok || request.Status != approvals.Granted {
		return e.void(ctx, m, phase, []string{"its approval is not there any more"})
	}
	now, err := e.Store.Now(ctx)
	if err != nil {
		return err
	}
	if approvals.Expire(request, now).Status == approvals.Expired {
		return e.expired(ctx, m, phase, fmt.Sprintf("%s was approved, but could not begin before the approval expired.", Title(phase)))
	}
	draft, evidence, err := e.draft(ctx, m, phase, hands)
	if err != nil {
		return err
	}
	// The voters last: making the plan may take minutes.
	facts, err := e.People.FreshFacts(ctx, m, append(request.Voters(), request.Requester))
	if err != nil {
		return Transient(err)
	}
	if invalid := approvals.Recheck(request, facts); len(invalid) > 0 {
		var words []string
		for _, v := range invalid {
			words = append(words, fmt.Sprintf("<@%s> does not count any more (%s)", v.User, v.Why.Words()))
		}
		return e.void(ctx, m, phase, words)
	}
	if !Holds(evidence) {
		return e.red(ctx, m, phase, evidence)
	}
	fresh, err := draft.Plan.Fingerprint()
	if err != nil {
		return err
	}
	if fresh != request.Fingerprint {
		return e.moved(ctx, m, phase, request, draft, evidence)
	}
	if err := hands.Consume(ctx, m, request); err != nil {
		return err
	}
	return e.update(ctx, m, phase, store.Granted, func(m *store.Migration, p *store.Phase, now time.Time) (store.Change, error) {
		r := m.Requests[request.ID]
		if approvals.Expire(r, now).Status != approvals.Granted || r.Fingerprint != fresh {
			return store.Change{}, errOutdated
		}
		r.Status = approvals.Consumed
		m.Requests[r.ID] = r
		if err := setFacts(m, draft.Facts); err != nil {
			return store.Change{}, err
		}
		begin(m, phase, fresh, now)
		message, err := ApprovalMessage(m, r, now)
		if err != nil {
			return store.Change{}, err
		}
		return store.Change{
			NotAfter: r.ExpiresAt,
			Outgoing: []store.Outgoing{message},
			Audit:    []store.Audit{{What: "plan", Who: "ferryman", Phase: phase, Object: fresh, Outcome: "started, approved by " + fmt.Sprint(r.Voters())}},
		}, nil
	})
}

func setFacts(m *store.Migration, facts map[string]any) error {
	for name, value := range facts {
		if err := m.SetFact(name, value); err != nil {
			return fmt.Errorf("keep %s of %s: %w", name, m.Name, err)
		}
	}
	return nil
}
