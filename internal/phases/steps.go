// SPDX-License-Identifier: Apache-2.0

package phases

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/ferryman/ferryman/approvals"
	"github.com/ferryman/ferryman/internal/oracle"
	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Draft implements runbook.Hands.
func (h *hands) Draft(ctx context.Context, m *store.Migration, name string, report runbook.Report) (runbook.Draft, error) {
	p, err := find(name)
	if err != nil {
		return runbook.Draft{}, err
	}
	h.dict = nil
	draft, err := p.draft(ctx, h, m, report)
	draft.Plan.Target = m.TargetID
	return draft, err
}

// Gate implements runbook.Hands.
func (h *hands) Gate(ctx context.Context, m *store.Migration, plan runbook.Plan) ([]runbook.Evidence, error) {
	p, err := find(plan.Phase)
	if err != nil {
		return nil, err
	}
	return p.gate(ctx, h, m, plan)
}

// Step implements runbook.Hands.
func (h *hands) Step(ctx context.Context, m *store.Migration, plan runbook.Plan, step runbook.Step, report runbook.Report) (runbook.Result, error) {
	p, err := find(plan.Phase)
	if err != nil {
		return runbook.Result{}, err
	}
	result, err := p.step(ctx, h, m, plan, step, report)
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
	return p.conclude(ctx, h, m, plan)
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

// record writes a step's outcome on the target, in the fence: a replica that was overtaken learns it here at the latest.
func (h *hands) record(ctx context.Context, plan runbook.Plan, step runbook.Step) error {
	if h.tgt == nil {
		return nil
	}
	fingerprint, err := plan.Fingerprint()
	if err != nil {
		return err
	}
	return h.tgt.InFence(ctx, h.fence, func(ctx context.Context, tx pgx.Tx) error {
		return h.tgt.RecordStep(ctx, tx, h.migration, postgres.StepOutcome{Plan: fingerprint, Step: step.ID, Outcome: postgres.Done})
	})
}

// passing marks the errors after which the same step may be tried again: lost connections, not refusals.
func passing(err error) error {
	if err == nil {
		return nil
	}
	var (
		pg          *pgconn.PgError
		connect     *pgconn.ConnectError
		unreachable *oracle.UnreachableError
		away        *postgres.UnreachableError
		network     net.Error
	)
	switch {
	case errors.As(err, &pg):
		if strings.HasPrefix(pg.Code, "08") || strings.HasPrefix(pg.Code, "57P0") {
			return runbook.Transient(err)
		}
	case errors.As(err, &connect), errors.As(err, &unreachable), errors.As(err, &away), errors.As(err, &network),
		errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, driver.ErrBadConn), pgconn.SafeToRetry(err):
		return runbook.Transient(err)
	}
	return err
}
