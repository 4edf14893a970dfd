// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// applier writes captured transactions to the target, each in one transaction there, in the order of their commits.
type applier struct {
	*run
	conn              *pgx.Conn
	lastStatus        string
	lastTold          time.Time
	readAt, appliedAt time.Time // when redo was last read; commit time of the last transaction applied
	latency           time.Duration
	records           int64
}

// apply brings everything that one look at the redo found to the target. A stop reason ends the task.
func (a *applier) apply(ctx context.Context, m *mined) (string, error) {
	a.readAt = m.at
	for _, tx := range m.transactions {
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		if at := a.Stop.CommitTime; !at.IsZero() && tx.committed.After(at) {
			a.state.setApplied(tx.scn - 1)
			return StoppedAtCommitTime, nil
		}
		if err := a.toItsEnd(ctx, tx); err != nil {
			return "", err
		}
		a.state.setApplied(tx.scn)
		a.appliedAt, a.latency = tx.committed, time.Since(m.at)
	}
	a.state.setApplied(m.upTo)
	a.state.setLow(m.low)
	return "", nil
}

// endWithin is how long a transaction that is under way may go on when the task is stopped.
const endWithin = 2 * time.Second

// toItsEnd applies a transaction. A stop does not break it off: a row that can be seen on the target must be counted as applied, and whether
// it was committed would not be known.
func (a *applier) toItsEnd(ctx context.Context, tx *transaction) error {
	patient, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(endWithin, cancel) })()
	return a.transaction(patient, tx)
}

// outcome collects what a transaction did until it is committed.
type outcome struct {
	applied map[TableName]*Counts
	suspend []*table
}

func (o *outcome) count(c *change) {
	if o.applied[c.table] == nil {
		o.applied[c.table] = &Counts{}
	}
	o.applied[c.table].add(c.operation, 1)
}

// transaction applies one transaction, first as it is; where a statement fails, again with a savepoint before each, so that the
// task's error policies can decide about the one that fails.
func (a *applier) transaction(ctx context.Context, tx *transaction) error {
	var result *outcome
	var err error
	for _, careful := range []bool{false, true} {
		result = &outcome{applied: map[TableName]*Counts{}}
		err = pgx.BeginFunc(ctx, a.conn, func(pgx.Tx) error {
			for _, c := range tx.changes {
				if err := a.change(ctx, tx, c, careful, result); err != nil {
					return err
				}
			}
			return nil
		})
		var refused *pgconn.PgError
		if err == nil || !errors.As(err, &refused) || targetLost(err) {
			break
		}
	}
	if err != nil {
		return a.applyError(ctx, tx, err)
	}
	for name, counts := range result.applied {
		a.state.change(name, func(s *TableStatistics) {
			s.Applied.Inserts += counts.Inserts
			s.Applied.Updates += counts.Updates
			s.Applied.Deletes += counts.Deletes
			s.Applied.DDLs += counts.DDLs
			s.Updated, s.tries = time.Now(), 0
			if v := &s.Validation; v.State == validationDone || v.State == validationMismatched {
				v.State = validationAgain
			}
		})
		a.records += counts.Inserts + counts.Updates + counts.Deletes
	}
	for _, t := range result.suspend {
		a.suspend(ctx, t)
	}
	return nil
}

func (a *applier) applyError(ctx context.Context, tx *transaction, err error) error {
	var end fatal
	var fromSource *sourceFailure
	switch {
	case ctx.Err() != nil || errors.As(err, &end):
		return err
	case errors.As(err, &fromSource):
		return a.sourceError(fromSource.err)
	case targetLost(err):
		a.error("TARGET_APPLY", "%s [1022502]", odbcMessage(err, "08006", 0))
		return err
	}
	a.error("TARGET_APPLY", "%s [1022502]", odbcMessage(err, "HY000", 0))
	return fatal{fmt.Sprintf("The transaction with commit SCN %d can't be applied: %s", tx.scn, odbcMessage(err, "HY000", 0))}
}

// change applies one change. careful puts a savepoint before it.
func (a *applier) change(ctx context.Context, tx *transaction, c *change, careful bool, result *outcome) error {
	t := a.byName[c.table]
	known := a.state.get(c.table)
	for _, suspended := range result.suspend {
		if suspended == t {
			return nil
		}
	}
	if known.State == tableError {
		return nil
	}
	if len(t.key) == 0 && tx.scn <= known.snapshotSCN { // the load saw it, and no key would tell
		result.count(c)
		return nil
	}
	tolerant := tx.scn <= known.tolerantTo
	if !careful {
		affected, err := a.perform(ctx, t, c)
		if err == nil {
			err = a.settle(ctx, t, c, affected, tolerant, result)
		}
		return err
	}
	if _, err := a.conn.Exec(ctx, "SAVEPOINT dms_change"); err != nil {
		return err
	}
	affected, err := a.perform(ctx, t, c)
	var refused *pgconn.PgError
	switch {
	case err == nil:
		err = a.settle(ctx, t, c, affected, tolerant, result)
	case errors.As(err, &refused) && !targetLost(err):
		if _, back := a.conn.Exec(ctx, "ROLLBACK TO SAVEPOINT dms_change"); back != nil {
			return back
		}
		err = a.refused(ctx, t, c, refused, tolerant, result)
	}
	if err != nil {
		return err
	}
	_, err = a.conn.Exec(ctx, "RELEASE SAVEPOINT dms_change")
	return err
}

// settle looks at how many rows a statement changed. None is tolerated for what the full load may have seen already.
func (a *applier) settle(ctx context.Context, t *table, c *change, affected int64, tolerant bool, result *outcome) error {
	if affected > 0 || tolerant {
		result.count(c)
		return nil
	}
	behaviour := a.Settings.ErrorBehavior
	policy := behaviour.ApplyErrorDeletePolicy
	if c.operation == updateRow {
		policy = behaviour.ApplyErrorUpdatePolicy
		if policy == "INSERT_RECORD" {
			insert := &change{operation: insertRow, table: c.table, set: merged(c)}
			_, err := a.perform(ctx, t, insert)
			if err == nil {
				result.count(c)
			}
			return err
		}
	}
	return a.byPolicy(ctx, t, c, policy, "0 rows affected", result)
}

// merged is a row as far as an update tells it: what identified it, with the new values over it.
func merged(c *change) []field {
	row := append([]field(nil), c.set...)
	for _, f := range c.where {
		there := false
		for _, s := range c.set {
			there = there || s.column == f.column
		}
		if !there {
			row = append(row, f)
		}
	}
	return row
}

// refused decides about a statement that the target refused. A row that is there already is updated where that is tolerated.
func (a *applier) refused(ctx context.Context, t *table, c *change, err *pgconn.PgError, tolerant bool, result *outcome) error {
	behaviour := a.Settings.ErrorBehavior
	if c.operation == insertRow && err.Code == "23505" && len(t.key) > 0 && (tolerant || behaviour.ApplyErrorInsertPolicy == "UPDATE_RECORD") {
		update := &change{operation: updateRow, table: c.table, set: c.set, where: keyFields(t, c.set)}
		_, err := a.perform(ctx, t, update)
		if err == nil {
			result.count(c)
		}
		return err
	}
	policy := map[operation]string{insertRow: behaviour.ApplyErrorInsertPolicy, updateRow: behaviour.ApplyErrorUpdatePolicy,
		deleteRow: behaviour.ApplyErrorDeletePolicy}[c.operation]
	return a.byPolicy(ctx, t, c, policy, odbcMessage(err, "HY000", 0), result)
}

func (a *applier) byPolicy(ctx context.Context, t *table, c *change, policy, problem string, result *outcome) error {
	switch policy {
	case "IGNORE_RECORD":
		a.info("TARGET_APPLY", "%s on table '%s'.'%s' was ignored: %s", c.operation, t.Schema, t.Table, problem)
		result.count(c)
		return nil
	case "SUSPEND_TABLE":
		a.error("TARGET_APPLY", "%s on table '%s'.'%s' failed: %s", c.operation, t.Schema, t.Table, problem)
		result.suspend = append(result.suspend, t)
		return nil
	case "STOP_TASK":
		return fatal{fmt.Sprintf("%s on table '%s'.'%s' failed and the task was stopped according to its apply error policy: %s",
			c.operation, t.Schema, t.Table, problem)}
	}
	a.warn("TARGET_APPLY", "Event was not applied to table '%s'.'%s', see awsdms_apply_exceptions: %s", t.Schema, t.Table, problem)
	_, err := a.conn.Exec(ctx, "INSERT INTO "+a.control("awsdms_apply_exceptions")+" VALUES ($1,$2,$3,$4,$5,$6)",
		a.Name, t.targetSchema, t.targetTable, time.Now().UTC(), a.describe(t, c), problem)
	return err
}
