// SPDX-License-Identifier: Apache-2.0

package phases

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ferryman/ferryman/internal/dms"
	"github.com/ferryman/ferryman/internal/oracle"
	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
	"github.com/jackc/pgx/v5"
)

func (cutoverPhase) gate(ctx context.Context, h *hands, m *store.Migration, plan runbook.Plan) ([]runbook.Evidence, error) {
	if err := h.freshDictionary(ctx); err != nil {
		return nil, err
	}
	src, err := h.source(ctx)
	if err != nil {
		return nil, err
	}
	var evidence []runbook.Evidence
	for _, read := range []func(context.Context, *oracle.Source) (runbook.Evidence, error){h.noSessions, h.noTransactions, h.noJobs} {
		e, err := read(ctx, src)
		if err != nil {
			return nil, err
		}
		evidence = append(evidence, e)
	}
	back, err := h.rebuiltEvidence(ctx, m)
	if err != nil {
		return nil, err
	}
	keys, err := h.validKeys(ctx, m)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(plan.Steps, func(s runbook.Step) bool { return s.Kind == "compare_all" }) {
		rests, err := h.restsEvidence(ctx, dms.NamesFor(m.Name).Task)
		return append(evidence, back, keys, validatedEvidence(m), rests), err
	}
	replication, err := h.replicationEvidence(ctx, m)
	if err != nil {
		return nil, err
	}
	return append(append(evidence, back, keys, validatedEvidence(m)), replication...), nil
}

func (h *hands) noSessions(ctx context.Context, src *oracle.Source) (runbook.Evidence, error) {
	sessions, err := src.Sessions(ctx, h.ends.SourceDMS.User)
	if err != nil {
		return runbook.Evidence{}, problem("The source's sessions can't be read.", err)
	}
	var who, kill []string
	for _, s := range sessions {
		who = append(who, fmt.Sprintf("%s from %s (%s)", s.Username, s.Machine, s.Program))
		kill = append(kill, fmt.Sprintf("ALTER SYSTEM KILL SESSION '%d,%d'", s.SID, s.Serial))
	}
	value := "0; Ferryman's and DMS's own not counted"
	if len(who) > 0 {
		value = fmt.Sprintf("%d: %s", len(who), some(who))
	}
	return runbook.Evidence{Name: "no application session", Holds: len(who) == 0, Query: "V$SESSION", Value: value, ReadAt: time.Now(),
		Fix: "Stop the applications; what is left: " + some(kill)}, nil
}

func (h *hands) noTransactions(ctx context.Context, src *oracle.Source) (runbook.Evidence, error) {
	open, err := src.OpenTransactions(ctx, h.ends.SourceDMS.User)
	if err != nil {
		return runbook.Evidence{}, problem("The source's transactions can't be read.", err)
	}
	var who []string
	for _, t := range open {
		who = append(who, fmt.Sprintf("%s (session %d,%d) since %s", t.Username, t.SID, t.Serial, t.Start.Format("15:04:05")))
	}
	value := "0"
	if len(who) > 0 {
		value = some(who)
	}
	return runbook.Evidence{Name: "no open transaction", Holds: len(who) == 0, Query: "V$TRANSACTION", Value: value, ReadAt: time.Now(), Fix: "Commit or roll it back."}, nil
}

func (h *hands) noJobs(ctx context.Context, src *oracle.Source) (runbook.Evidence, error) {
	jobs, err := src.SchedulerJobs(ctx, h.schemas)
	if err != nil {
		return runbook.Evidence{}, problem("The source's scheduler jobs can't be read.", err)
	}
	var on, off []string
	for _, j := range jobs {
		if j.Enabled == "TRUE" {
			on = append(on, j.Name)
			off = append(off, fmt.Sprintf("exec dbms_scheduler.disable('%s.%s')", j.Owner, j.Name))
		}
	}
	value := "none enabled"
	if len(on) > 0 {
		value = some(on)
	}
	return runbook.Evidence{Name: "no scheduler job", Holds: len(on) == 0, Query: "ALL_SCHEDULER_JOBS", Value: value, ReadAt: time.Now(), Fix: strings.Join(off, "; ")}, nil
}

func validatedEvidence(m *store.Migration) runbook.Evidence {
	e := runbook.Evidence{Name: "every table was validated", Query: "/migrate-validate", Value: "never", ReadAt: time.Now(), Fix: "Run /migrate-validate."}
	var last Validated
	if ok, err := m.Fact(validatedFact, &last); err != nil || !ok {
		return e
	}
	e.Holds = m.Phase("validate").Status == store.Complete
	e.ReadAt, e.Record = last.At, true
	e.Value = fmt.Sprintf("%d of %d equal at %s", last.Equal, last.Tables, last.At.UTC().Format("15:04:05 MST"))
	if n := len(last.Moving); n > 0 {
		e.Value += fmt.Sprintf(", %d were changing and are compared again", n)
	}
	return e
}

func (h *hands) replicationEvidence(ctx context.Context, m *store.Migration) ([]runbook.Evidence, error) {
	client, err := h.dms(ctx)
	if err != nil {
		return nil, err
	}
	reading, stopped, err := h.reading(ctx, client, m)
	if err != nil {
		return nil, err
	}
	value := reading.Status
	if stopped != nil {
		value = stopped.What
	}
	limit := h.profile.Cutover.MaxLatency
	lag, ok := reading.Marker.Lag()
	suspended, err := h.suspended(ctx, client, m)
	if err != nil {
		return nil, err
	}
	return []runbook.Evidence{
		{Name: "the task replicates", Holds: stopped == nil && reading.Status == "running", Query: "DescribeReplicationTasks, DescribeTableStatistics", Value: value, ReadAt: reading.At, Fix: "Run /migrate-replicate."},
		{Name: fmt.Sprintf("a change arrives within %s", limit), Holds: ok && lag <= limit, Query: "a row in " + markerTable, Value: lagWords(reading), ReadAt: reading.At, Fix: "Wait until the target has caught up."},
		suspended,
	}, nil
}

// suspended looks in DMS's control table for tables that it does not replicate any more. What it says from before the task was started
// afresh is of an earlier load. Its times are UTC, as the replication instance's are.
func (h *hands) suspended(ctx context.Context, client *dms.Client, m *store.Migration) (runbook.Evidence, error) {
	schema := controlSchema
	if h.ends.TargetDMS.User == h.ends.Target.User {
		schema = "public"
	}
	e := runbook.Evidence{Name: "no table is suspended", Query: schema + ".awsdms_suspended_tables", ReadAt: time.Now(), Fix: "Load again: stop the task, then /migrate-prepare, /migrate-load and on.", Value: "none"}
	pool, err := h.endpointUser(ctx)
	if err != nil {
		return e, err
	}
	var there bool
	if err := pool.QueryRow(ctx, "SELECT to_regclass($1) IS NOT NULL", schema+".awsdms_suspended_tables").Scan(&there); err != nil {
		return e, problem("DMS's control tables can't be read.", err)
	}
	if !there {
		e.Holds, e.Value = true, "DMS has made no such table"
		return e, nil
	}
	task, err := client.DescribeTask(ctx, fact(m, taskFact))
	if err != nil {
		return e, problem("The replication task can't be read.", err)
	}
	var names []string
	rows, err := pool.Query(ctx, `SELECT table_owner || '.' || table_name FROM `+schema+`.awsdms_suspended_tables
		WHERE task_name = $1 AND (suspend_timestamp IS NULL OR suspend_timestamp >= $2)`, task.ResourceID, task.Stats.FreshStart.UTC())
	if err == nil {
		names, err = pgx.CollectRows(rows, pgx.RowTo[string])
	}
	if err != nil {
		return e, problem("DMS's control tables can't be read.", err)
	}
	e.Holds = len(names) == 0
	if len(names) > 0 {
		e.Value = some(names)
	}
	return e, nil
}
