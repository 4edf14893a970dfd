// SPDX-License-Identifier: Apache-2.0

package runbook

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ferryman/ferryman/store"
)

// run does the steps of a running phase that are not done yet, and concludes it.
func (e *Engine) run(ctx context.Context, m *store.Migration, phase string, hands Hands) error {
	p := m.Phases[phase]
	bytes, err := e.Store.Plan(ctx, m.Name, p.Fingerprint)
	if err != nil {
		return err
	}
	plan, err := ParsePlan(bytes)
	if err != nil {
		return &Problem{What: err.Error(), Err: err}
	}
	if err := e.mayGoOn(ctx, m, p, plan); err != nil {
		return err
	}
	for _, step := range plan.Steps {
		if p.StepDone(step.ID) {
			continue
		}
		if e.stopping() {
			return errStopping
		}
		// The target knows of everything so far, that the plan was started too, before anything more is done: a Redis that goes back in
		// time can't do it again.
		if err := e.remember(ctx, m, hands); err != nil && !(IsTransient(err) && step.Looks) {
			return err
		}
		if m, err = e.step(ctx, m, phase, plan, step, hands); err != nil {
			return err
		}
		p = m.Phases[phase]
	}
	if err := e.remember(ctx, m, hands); err != nil && !IsTransient(err) {
		return err
	}
	result, err := hands.Conclude(ctx, m, plan)
	if err != nil {
		return err
	}
	return e.complete(ctx, m, phase, result)
}

// mayGoOn refuses to go on where the profile was changed, and with an approved plan that was begun too long ago, unless all that is
// left of it is to look.
func (e *Engine) mayGoOn(ctx context.Context, m *store.Migration, p *store.Phase, plan Plan) error {
	policy, err := e.policy(ctx, m)
	if err != nil {
		return err
	}
	looks := !slices.ContainsFunc(plan.Steps, func(s Step) bool { return !s.Looks && !p.StepDone(s.ID) })
	if p.RequestID == "" || looks {
		return nil
	}
	now, err := e.Store.Now(ctx)
	if err != nil {
		return err
	}
	if limit := time.Duration(policy.MaxResumeMinutes) * time.Minute; limit > 0 && now.Sub(p.StartedAt) > limit {
		return &Problem{What: fmt.Sprintf("The approved plan was begun %s ago and is not finished.", now.Sub(p.StartedAt).Round(time.Minute)),
			Means: fmt.Sprintf("After %s it is not resumed without asking again. %d steps are done and stay done.", limit, len(p.Done)), Do: "Give the command again."}
	}
	return nil
}

// step does one step and records that it is done before the next one starts.
func (e *Engine) step(ctx context.Context, m *store.Migration, phase string, plan Plan, step Step, hands Hands) (*store.Migration, error) {
	result, err := e.try(ctx, m, phase, plan, step, hands)
	if err != nil {
		e.stepFailed(ctx, m, phase, step, result, err)
		return m, err
	}
	var after *store.Migration
	err = e.update(ctx, m, phase, store.Running, func(m *store.Migration, p *store.Phase, now time.Time) (store.Change, error) {
		after = m
		if p.StepDone(step.ID) {
			return store.Change{}, store.ErrNoChange
		}
		p.Done = append(p.Done, step.ID)
		if err := setFacts(m, result.Facts); err != nil {
			return store.Change{}, err
		}
		return store.Change{Audit: []store.Audit{stepAudit(phase, step, result, "done")}}, nil
	})
	return after, err
}

// try does a step once. One that only looks is broken off when the engine is told to stop.
func (e *Engine) try(ctx context.Context, m *store.Migration, phase string, plan Plan, step Step, hands Hands) (Result, error) {
	if step.Looks {
		var cancel context.CancelFunc
		ctx, cancel = e.interruptible(ctx)
		defer cancel()
	}
	began := time.Now()
	result, err := hands.Step(ctx, m, plan, step, e.report(ctx, m, phase))
	if e.OnStep != nil {
		e.OnStep(phase, step.Kind, time.Since(began), err)
	}
	return result, err
}
