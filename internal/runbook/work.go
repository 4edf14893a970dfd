// SPDX-License-Identifier: Apache-2.0

package runbook

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

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
			switch {
			case hands != nil:
			case e.owesLastWords(m):
				e.lastWords(ctx, m)
			case phase == "" && Watching(m):
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
		case IsTransient(err) && m.Phases[phase].Status != store.Holding && e.tries(ctx, m, phase, &tries, began):
			e.Log.Warn("tried again", "migration", name, "phase", phase, "error", err)
		case IsTransient(err) && approved(m.Phases[phase].Status): // two people's yes is not lost by it
			e.Log.Warn("held up until it can be read", "migration", name, "phase", phase, "error", err)
			if hands != nil {
				hands.Close()
				hands = nil
			}
			e.unreadable(ctx, m, phase, err, time.Since(began))
		case errors.As(err, &forgot):
			e.forgot(ctx, m, phase, forgot)
			return
		default:
			e.failed(ctx, m, phase, err)
		}
	}
	if hands != nil && ctx.Err() == nil {
		e.rememberLast(ctx, name, hands)
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
	if err := e.remember(ctx, m, *hands); err != nil && !(IsTransient(err) && !approved(m.Phases[phase].Status)) {
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
		return e.planInTime(ctx, m, phase, hands)
	case store.Granted, store.Holding:
		return e.start(ctx, m, phase, hands)
	case store.Running:
		return e.run(ctx, m, phase, hands)
	}
	return errOutdated
}

// planInTime plans, and gives up on a source or target that swallows what it is asked.
func (e *Engine) planInTime(ctx context.Context, m *store.Migration, phase string, hands Hands) error {
	limited, cancel := context.WithTimeout(ctx, e.PlanWithin)
	defer cancel()
	err := e.plan(limited, m, phase, hands)
	if err != nil && ctx.Err() == nil && limited.Err() != nil {
		return &Problem{What: fmt.Sprintf("%s could not be planned within %s.", Title(phase), e.PlanWithin), Means: "What it reads does not answer. Nothing was run.",
			Do: "See that the source and the target answer; then give the command again.", Err: err}
	}
	return err
}

// plan drafts a requested phase, reads its gate, and either asks two people or starts.
func (e *Engine) plan(ctx context.Context, m *store.Migration, phase string, hands Hands) error {
	draft, policy, err := e.draft(ctx, m, phase, hands)
	if err != nil {
		return err
	}
	gate, err := e.readGate(ctx, m, hands, draft.Plan)
	if err != nil {
		return err
	}
	if !Holds(gate.evidence) {
		return e.red(ctx, m, phase, gate.evidence)
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
	return e.ask(ctx, m, phase, asking{draft: draft, policy: policy, fingerprint: fingerprint, evidence: gate.evidence})
}

// draft makes the plan, by the present policy.
func (e *Engine) draft(ctx context.Context, m *store.Migration, phase string, hands Hands) (Draft, Policy, error) {
	policy, err := e.policy(ctx, m)
	if err != nil {
		return Draft{}, Policy{}, err
	}
	draft, err := hands.Draft(ctx, m, phase, e.report(ctx, m, phase))
	if err != nil {
		return Draft{}, Policy{}, err
	}
	draft.Plan.FormatVersion, draft.Plan.Migration, draft.Plan.Phase, draft.Plan.Policy, draft.Plan.Run = PlanFormat, m.Name, phase, m.PolicyHash, m.Phases[phase].Run
	draft.Plan.Asked = m.Phases[phase].RequestedAt
	return draft, policy, nil
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

func setFacts(m *store.Migration, facts map[string]any) error {
	for name, value := range facts {
		if err := m.SetFact(name, value); err != nil {
			return fmt.Errorf("keep %s of %s: %w", name, m.Name, err)
		}
	}
	return nil
}
