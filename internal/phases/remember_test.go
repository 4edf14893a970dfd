// SPDX-License-Identifier: Apache-2.0

package phases_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/audit"
	"github.com/ferryman/ferryman/internal/ledger"
	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
	"github.com/stretchr/testify/require"
)

// copyOf is Redis as it is; the function it returns puts it back.
func (w *world) copyOf() (back func()) {
	w.Helper()
	ctx, redis := context.Background(), w.store.Client()
	dumps := map[string]string{}
	keys, err := redis.Keys(ctx, "*").Result()
	require.NoError(w, err)
	for _, k := range keys {
		if ttl, err := redis.PTTL(ctx, k).Result(); err == nil && ttl == -1 { // leases end by themselves, and one may have since the keys were listed
			dumps[k], err = redis.Dump(ctx, k).Result()
			require.NoError(w, err)
		}
	}
	return func() {
		w.Helper()
		require.NoError(w, redis.FlushDB(ctx).Err())
		for k, d := range dumps {
			require.NoError(w, redis.Restore(ctx, k, 0, d).Err())
		}
	}
}

// approvedCopy commands a phase that needs two people, copies Redis when they have said yes, and lets it run to its end.
func (w *world) approvedCopy(phase string, stop *func()) (back func()) {
	w.Helper()
	w.command(phase)
	require.Equal(w, store.Waiting, w.settles(phase).Phase(phase).Status, w.told())
	(*stop)()
	w.approve(phase)
	back = w.copyOf()
	*stop = w.engine("again")
	require.Equal(w, store.Complete, w.settles(phase).Phase(phase).Status, w.told())
	return back
}

// An approval that was used does not count again when Redis goes back to before, whatever the phase; and the audit of a whole migration
// says what each step ran.
func TestAUsedApprovalNeverCountsAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "")
	stop := w.engine("a")
	backs := map[string]func(){}
	w.through("assess", "schema")
	backs["prepare"] = w.approvedCopy("prepare", &stop)
	w.aws.FailTable("BOXOFFICE", "SEAT")
	w.ends("load", store.Failed)
	w.aws.MendTable("BOXOFFICE", "SEAT")
	backs["load"] = w.approvedCopy("load", &stop)
	w.through("rebuild", "replicate", "validate")
	backs["cutover"] = w.approvedCopy("cutover", &stop)
	w.isMigrated()
	entries := w.allRemembered()
	stop()
	w.says(entries)

	effects := func() []any {
		return []any{w.aws.Effects("StartReplicationTask"), w.aws.Effects("StopReplicationTask"), w.aws.Effects("CreateReplicationTask"),
			w.one("SELECT count(*) || ' ' || max(at) FROM ferryman.step"), w.one("SELECT count(*) || ' ' || max(dropped_at) || max(restored_at) FROM ferryman.saved"),
			w.one("SELECT count(*) FROM ferryman.approval"), w.one("SELECT count(*) FROM boxoffice.ticket"), w.one("SELECT max(seq) FROM ferryman.chain")}
	}
	before := effects()
	for phase, back := range backs {
		back()
		stop := w.engine("c")
		m := w.settlesAs(phase, store.Failed)
		stop()
		require.Contains(t, m.Phase(phase).Error, "The target remembers more of box than Redis does", phase)
		require.Equal(t, before, effects(), phase)
	}
}

// allRemembered waits until the target has the chain that Redis has, and verifies both.
func (w *world) allRemembered() []store.AuditEntry {
	w.Helper()
	sources := audit.Sources{Store: w.store, Config: w.crew.Config, NoSlack: "none"}
	require.Eventually(w, func() bool {
		v, err := sources.Read(context.Background(), "box", "")
		r := audit.Verify(v)
		require.NoError(w, err)
		require.Empty(w, r.Findings)
		return len(r.Notes) == 0
	}, patience, often)
	entries, err := w.store.AuditLog(context.Background(), "box")
	require.NoError(w, err)
	return entries
}

// says holds the entries against the plans that were run.
func (w *world) says(entries []store.AuditEntry) {
	w.Helper()
	var plan runbook.Plan
	hashes, requests := 0, map[string]int{}
	for _, e := range entries {
		require.NotContains(w, e.Line(), ":secret@")
		if e.What == "plan" && strings.HasPrefix(e.Outcome, "started") {
			bytes, err := w.store.Plan(context.Background(), "box", e.Object)
			require.NoError(w, err)
			plan, err = runbook.ParsePlan(bytes)
			require.NoError(w, err)
		}
		if e.What != "step" {
			continue
		}
		id, _, _ := strings.Cut(e.Object, " ")
		requests[plan.Phase] += len(e.AWS)
		for _, s := range plan.Steps {
			if s.ID == id && e.Outcome == "done" && len(s.SQL) > 0 && (plan.Phase == "prepare" || plan.Phase == "schema" || plan.Phase == "load") {
				require.Equal(w, ledger.Sum(s.SQL), e.SQL, "%s %s", plan.Phase, id)
				hashes++
			}
			if s.ID == id && (s.Kind == "bring_back" || s.ID == "marker-source") {
				require.NotEmpty(w, e.SQL)
			}
		}
	}
	require.Greater(w, hashes, 20)
	require.Greater(w, requests["load"], 5)
	require.Positive(w, requests["cutover"])
	require.Zero(w, requests["prepare"])
	for i, e := range entries {
		require.False(w, e.At.IsZero(), i)
		require.LessOrEqual(w, e.At.Sub(entries[0].At), time.Hour)
	}
}
