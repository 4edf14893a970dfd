// SPDX-License-Identifier: Apache-2.0

package phases

import (
	"context"
	"fmt"
	"slices"

	"github.com/ferryman/ferryman/approvals"
	"github.com/ferryman/ferryman/internal/dms"
	"github.com/ferryman/ferryman/internal/ledger"
	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
	"github.com/jackc/pgx/v5"
)

// Draft implements runbook.Hands.
func (h *hands) Draft(ctx context.Context, m *store.Migration, name string, report runbook.Report) (runbook.Draft, error) {
	p, err := find(name)
	if err != nil {
		return runbook.Draft{}, err
	}
	h.dict = nil
	if err := h.obey(ctx, m, name); err != nil {
		return runbook.Draft{}, passing(err)
	}
	draft, err := p.draft(ctx, h, m, report)
	draft.Plan.Target = m.TargetID
	draft.Plan.Decisions = append(DecisionWords(h.decided), draft.Plan.Decisions...)
	if err == nil && draft.TwoPeople == "" && needsTwo(name, draft.Plan) {
		err = fmt.Errorf("a plan of %s that asks nobody is not run; this is a defect of Ferryman", name)
	}
	return draft, passing(err)
}

// needsTwo tells the plans that take two people whatever their phase says of them.
func needsTwo(name string, plan runbook.Plan) bool {
	return name == "prepare" || name == "cutover" || slices.ContainsFunc(plan.Steps, func(s runbook.Step) bool { return s.Kind == "empty" || altersOrScripts(s) })
}

// Gate implements runbook.Hands.
func (h *hands) Gate(ctx context.Context, m *store.Migration, plan runbook.Plan) ([]runbook.Evidence, error) {
	p, err := find(plan.Phase)
	if err != nil {
		return nil, err
	}
	if err := h.obey(ctx, m, plan.Phase); err != nil {
		return nil, passing(err)
	}
	evidence, err := p.gate(ctx, h, m, plan)
	return evidence, passing(err)
}

// Step implements runbook.Hands.
func (h *hands) Step(ctx context.Context, m *store.Migration, plan runbook.Plan, step runbook.Step, report runbook.Report) (runbook.Result, error) {
	p, err := find(plan.Phase)
	if err != nil {
		return runbook.Result{}, err
	}
	if plan.Phase != "assess" { // which changes nothing, anywhere
		if err := h.mine(ctx); err != nil {
			return runbook.Result{}, passing(err)
		}
		ctx = dms.WithGuard(ctx, h.mine)
	}
	if err := h.obey(ctx, m, plan.Phase); err != nil {
		return runbook.Result{}, passing(err)
	}
	ctx, notes := ledger.New(ctx)
	result, err := p.step(ctx, h, m, plan, step, report)
	result.SQL, result.AWS = notes.SQL(), notes.Requests()
	if err == nil {
		err = h.record(ctx, plan, step)
	}
	return result, passing(err)
}

// Conclude implements runbook.Hands.
func (h *hands) Conclude(ctx context.Context, m *store.Migration, plan runbook.Plan) (runbook.Result, error) {
	p, err := find(plan.Phase)
	if err != nil {
		return runbook.Result{}, err
	}
	if err := h.obey(ctx, m, plan.Phase); err != nil {
		return runbook.Result{}, passing(err)
	}
	result, err := p.conclude(ctx, h, m, plan)
	return result, passing(err)
}

func find(name string) (phase, error) {
	p, ok := all[name]
	if !ok {
		return nil, fmt.Errorf("there is no phase %q", name)
	}
	return p, nil
}

// Consume implements runbook.Hands: the row on the target is what keeps a Redis that went back in time from running a plan twice.
func (h *hands) Consume(ctx context.Context, m *store.Migration, r approvals.Request) error {
	return passing(h.consume(ctx, m, r))
}

func (h *hands) consume(ctx context.Context, m *store.Migration, r approvals.Request) error {
	tgt, err := h.target(ctx)
	if err != nil {
		return err
	}
	first, err := tgt.ConsumeApproval(ctx, h.fence, r.ID, r.Fingerprint)
	if err != nil {
		return problem("The approval can't be recorded on the target.", err)
	}
	if first {
		return nil
	}
	// Used already, and still granted in Redis: either Ferryman died between the two records and nothing was run, or Redis went back.
	var steps int
	err = tgt.InFence(ctx, h.fence, func(ctx context.Context, tx pgx.Tx) error {
		return tx.QueryRow(ctx, "SELECT count(*) FROM ferryman.step WHERE migration = $1 AND plan = $2", m.Name, r.Fingerprint).Scan(&steps)
	})
	if err != nil {
		return problem("The target's record of this plan can't be read.", err)
	}
	if steps > 0 {
		return &runbook.Problem{What: "This approval was used already: the target remembers it.", Means: "Redis may have gone back in time. Nothing was run.",
			Do: "Give the command again; two people are asked anew."}
	}
	return nil
}

// mine takes the fence, or looks whether it is still this replica's: before a step touches anything, AWS too.
func (h *hands) mine(ctx context.Context) error {
	tgt, err := h.target(ctx)
	if err != nil {
		return err
	}
	err = tgt.InFence(ctx, h.fence, func(context.Context, pgx.Tx) error { return nil })
	if err != nil {
		return problem("The migration is not this Ferryman's to go on with.", err)
	}
	return nil
}

// record writes a step's outcome on the target, in the fence: a replica that was overtaken learns it here at the latest. What the step
// wrote itself, in the transaction that did it, stays: it is read when the step is run again.
func (h *hands) record(ctx context.Context, plan runbook.Plan, step runbook.Step) error {
	if h.tgt == nil {
		return nil
	}
	fingerprint, err := plan.Fingerprint()
	if err != nil {
		return err
	}
	return h.tgt.InFence(ctx, h.fence, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "INSERT INTO ferryman.step (migration, plan, step, outcome) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
			h.migration, fingerprint, step.ID, postgres.Done)
		if err != nil {
			return fmt.Errorf("record step %s on the target: %w", step.ID, err)
		}
		return nil
	})
}
