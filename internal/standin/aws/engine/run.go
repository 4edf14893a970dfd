// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// run is a job between two losses of a database.
type run struct {
	*Job
	state   *State
	source  *sql.DB
	tables  []*table
	byName  map[TableName]*table
	limiter *rate.Limiter // of rows in the full load; nil: none
	applier *applier
}

// captures says that the task follows changes.
func (r *run) captures() bool { return r.Type != FullLoad }

// loads says that the task has a full load.
func (r *run) loads() bool { return r.Type != CDC }

// once runs until the task is finished, which gives a stop reason, or something fails.
func (r *run) once(ctx context.Context, start Start) (string, error) {
	ctx, cancel := context.WithCancel(ctx)
	var capturing sync.WaitGroup
	defer capturing.Wait()
	defer cancel()
	if err := r.open(ctx); err != nil {
		return "", err
	}
	defer r.source.Close()
	if r.RowsPerSecond > 0 {
		r.limiter = rate.NewLimiter(rate.Limit(r.RowsPerSecond), max(1, r.RowsPerSecond/10))
	}
	if err := r.plan(ctx, start.Mode); err != nil {
		return "", err
	}
	if !r.captures() {
		if err := r.load(ctx, r.unloaded()); err != nil {
			return "", err
		}
		return StoppedFullLoadOnly, r.validateAll(ctx)
	}
	applier, err := r.newApplier(ctx)
	if err != nil {
		return "", err
	}
	defer applier.close()
	r.applier = applier
	if err := r.checkLogging(ctx); err != nil {
		return "", err
	}
	from, low, err := r.startSCN(ctx, start)
	if err != nil {
		return "", err
	}
	queue := newQueue()
	capturing.Go(func() { queue.fail(r.capture(ctx, from, low, queue)) })
	var loadEnd uint64
	if pending := r.unloaded(); r.loads() && len(pending) > 0 {
		if err := r.load(ctx, pending); err != nil {
			return "", err
		}
		if r.Settings.FullLoadSettings.StopTaskCachedChangesNotApplied {
			return StoppedAfterFullLoad, nil
		}
		if loadEnd, err = r.currentSCN(ctx); err != nil {
			return "", err
		}
	}
	return r.follow(ctx, queue, loadEnd)
}

// open connects to both sides once, so that a wrong password ends the task at once.
func (r *run) open(ctx context.Context) error {
	r.source = r.Source.open(r.Settings.FullLoadSettings.MaxFullLoadSubTasks + 4)
	err := r.source.PingContext(calm(ctx))
	if err != nil && !isLost(err) {
		err = fatal{"Cannot connect to ORACLE server: " + oracleMessage(err)}
	}
	if err == nil {
		conn, targetErr := r.Target.connect(ctx)
		if err = targetErr; err == nil {
			_ = conn.Close(ctx)
		} else if !targetLost(err) {
			err = fatal{"Failed to connect to the target: " + odbcMessage(err, "08001", 101)}
		}
	}
	if err != nil {
		_ = r.source.Close()
	}
	return err
}

// plan reads what the task is about and tells the state.
func (r *run) plan(ctx context.Context, mode Mode) error {
	tables, err := r.discover(ctx)
	if err != nil {
		return r.sourceError(err)
	}
	if len(tables) == 0 && r.Settings.ErrorBehavior.FailOnNoTablesCaptured {
		return fatal{"No tables were found at task initialization. Either the selected table(s) or schemas(s) no longer exist or no match was " +
			"found for the table selection pattern(s). If you would like to start a Task that does not initially capture any tables, set Task " +
			"Setting FailOnNoTablesCaptured to false and restart task."}
	}
	r.tables, r.byName = loadOrder(tables), map[TableName]*table{}
	for _, t := range tables {
		r.byName[t.TableName] = t
		r.state.change(t.TableName, func(s *TableStatistics) {
			s.estimate = t.estimate
			if mode == Resume && s.State != tableCompleted {
				s.State = tableBefore
			}
			if r.Type == CDC && s.State == tableBefore {
				s.State = tableCompleted
			}
			if r.Settings.ValidationSettings.EnableValidation && s.Validation.State == validationOff {
				s.Validation.State = validationPending
				if len(t.key) == 0 {
					s.Validation.State = validationNoKey
				}
			}
		})
	}
	return nil
}

// unloaded are the tables that the full load has yet to bring over.
func (r *run) unloaded() []*table {
	var pending []*table
	for _, t := range r.tables {
		if r.loads() && r.state.get(t.TableName).State == tableBefore {
			pending = append(pending, t)
		}
	}
	return pending
}

// sourceError says what an error on the source means for the task: a lost connection may come back, anything else ends it.
func (r *run) sourceError(err error) error {
	if isLost(err) {
		return fmt.Errorf("%s: %w", oracleMessage(err), err)
	}
	return fatal{fmt.Sprintf("%s: %s", err, oracleMessage(err))}
}

func (r *run) currentSCN(ctx context.Context) (uint64, error) {
	var scn uint64
	if err := r.source.QueryRowContext(calm(ctx), "SELECT CURRENT_SCN FROM V$DATABASE").Scan(&scn); err != nil {
		return 0, r.sourceError(fmt.Errorf("reading the source's SCN: %w", err))
	}
	return scn, nil
}

// startSCN decides from which SCN changes are captured. A task that starts afresh waits for the transactions that are open, as parts
// of them may be before the first SCN that is read.
func (r *run) startSCN(ctx context.Context, start Start) (from, low uint64, err error) {
	from, low, captured := r.state.positions()
	if from > 0 { // what was read may have been applied: of the last transaction it was not seen
		for _, t := range r.tables {
			r.state.change(t.TableName, func(s *TableStatistics) { s.tolerantTo = max(s.tolerantTo, captured) })
		}
		return from, low, nil
	}
	if from = start.From; from == 0 {
		if from, err = r.currentSCN(ctx); err != nil {
			return 0, 0, err
		}
		if err := r.awaitTransactions(ctx, from); err != nil {
			return 0, 0, err
		}
	}
	r.state.setApplied(from)
	r.state.setLow(from)
	return from, from, nil
}

func (r *run) awaitTransactions(ctx context.Context, scn uint64) error {
	deadline := time.Now().Add(time.Duration(r.Settings.FullLoadSettings.TransactionConsistencyTimeout) * time.Second)
	for told := false; ; told = true {
		began, err := openTransactions(ctx, r.source)
		if err != nil {
			return r.sourceError(fmt.Errorf("reading the source's open transactions: %w", err))
		}
		open := len(slices.DeleteFunc(began, func(at uint64) bool { return at > scn }))
		if open == 0 {
			return nil
		}
		if !told {
			r.warn("SORTER", "Waiting for %d open transaction(s) to end before the task starts", open)
		}
		if time.Now().After(deadline) {
			if r.Settings.ErrorBehavior.FailOnTransactionConsistencyBreached {
				return fatal{fmt.Sprintf("%d open transaction(s) did not end within TransactionConsistencyTimeout", open)}
			}
			r.warn("SORTER", "%d open transaction(s) did not end in time: their changes may be missed", open)
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(r.PollInterval):
		}
	}
}

// follow applies changes until the task is to stop. loadEnd is the SCN at which this run's full load was through, 0 without one.
func (r *run) follow(ctx context.Context, queue *queue, loadEnd uint64) (string, error) {
	for {
		b, err := queue.next(ctx, time.Second)
		if err != nil {
			return "", err
		}
		if b != nil {
			reason, err := r.applier.apply(ctx, b)
			if reason != "" || err != nil {
				return reason, err
			}
			if r.Settings.FullLoadSettings.StopTaskCachedChangesApplied && loadEnd > 0 && b.upTo >= loadEnd {
				return StoppedAfterCachedEvents, r.applier.status(ctx, "NOT RUNNING", queue.pending())
			}
		}
		if at := r.Stop.ServerTime; !at.IsZero() && time.Now().After(at) {
			return StoppedAtServerTime, nil
		}
		if err := r.applier.status(ctx, "CHANGE PROCESSING", queue.pending()); err != nil {
			return "", err
		}
		if err := r.reloadRequested(ctx); err != nil {
			return "", err
		}
		if queue.pending() == 0 {
			if err := r.validateAll(ctx); err != nil {
				return "", err
			}
		}
	}
}

// reloadRequested loads the tables that ReloadTables asked for. Changes to them go on being captured and are applied afterwards.
func (r *run) reloadRequested(ctx context.Context) error {
	var again []*table
	for _, name := range r.state.takeReloads() {
		if t := r.byName[name]; t != nil {
			again = append(again, t)
		}
	}
	if len(again) == 0 {
		return nil
	}
	for _, t := range again {
		r.info("TASK_MANAGER", "Reload of table '%s'.'%s' was requested", t.Schema, t.Table)
		r.state.change(t.TableName, func(s *TableStatistics) { s.LoadedRows, s.Reloaded = 0, true })
	}
	return errors.Join(r.load(ctx, again), r.applier.unsuspend(ctx, again))
}
