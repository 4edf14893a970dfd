// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Done is the outcome of a step that did what it had to.
const Done = "done"

// StepOutcome is what a step ended with.
type StepOutcome struct {
	Plan    string // the plan's fingerprint
	Step    string
	Outcome string // Done, or what the caller calls it
	Detail  string
	At      time.Time // set by the target
}

// RecordStep writes a step's outcome in the caller's transaction. A step recorded before gets the new outcome.
func (t *Target) RecordStep(ctx context.Context, tx pgx.Tx, migration string, o StepOutcome) error {
	if _, err := tx.Exec(ctx, `INSERT INTO ferryman.step (migration, plan, step, outcome, detail) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (migration, plan, step) DO UPDATE SET outcome = excluded.outcome, detail = excluded.detail, at = clock_timestamp()`,
		migration, o.Plan, o.Step, o.Outcome, o.Detail); err != nil {
		return fmt.Errorf("record the outcome of step %s: %w", o.Step, err)
	}
	return nil
}

// StepOutcome reads a step's outcome; ok is false where none is recorded.
func (t *Target) StepOutcome(ctx context.Context, migration, plan, step string) (o StepOutcome, ok bool, err error) {
	return readStep(ctx, t.pool, migration, plan, step)
}

func readStep(ctx context.Context, q rowQuerier, migration, plan, step string) (o StepOutcome, ok bool, err error) {
	o = StepOutcome{Plan: plan, Step: step}
	err = q.QueryRow(ctx, "SELECT outcome, detail, at FROM ferryman.step WHERE migration = $1 AND plan = $2 AND step = $3", migration, plan, step).
		Scan(&o.Outcome, &o.Detail, &o.At)
	if errors.Is(err, pgx.ErrNoRows) {
		return o, false, nil
	}
	if err != nil {
		return o, false, fmt.Errorf("read the outcome of step %s: %w", step, err)
	}
	return o, true, nil
}

// ConsumeApproval records that an approval is used for a plan. first is false where it was used before, by whomever.
func (t *Target) ConsumeApproval(ctx context.Context, fence Fence, approvalID, fingerprint string) (first bool, err error) {
	err = t.InFence(ctx, fence, func(ctx context.Context, tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `INSERT INTO ferryman.approval (approval_id, fingerprint, migration) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`,
			approvalID, fingerprint, fence.Migration)
		first = err == nil && tag.RowsAffected() == 1
		return err
	})
	return first && err == nil, err
}

// Audit writes a line into ferryman.audit. The migration may be empty.
func (t *Target) Audit(ctx context.Context, migration, actor, action, detail string) error {
	_, err := t.pool.Exec(ctx, "INSERT INTO ferryman.audit (migration, actor, action, detail) VALUES (nullif($1, ''), $2, $3, $4)",
		migration, actor, action, detail)
	return t.homeError("write the target's audit", err)
}
