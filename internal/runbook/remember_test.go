// SPDX-License-Identifier: Apache-2.0

package runbook_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/ferryman/ferryman/approvals"
	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
	"github.com/stretchr/testify/require"
)

// remembersAll waits until the target has the whole chain.
func (b testBundle) remembersAll(t *testing.T) []store.AuditEntry {
	t.Helper()
	var all []store.AuditEntry
	require.Eventually(t, func() bool {
		var err error
		all, err = b.store.AuditLog(context.Background(), "m")
		return err == nil && len(all) > 0 && slices.Equal(b.redisLines(t), b.lines())
	}, 2*time.Minute, 10*time.Millisecond)
	require.NoError(t, store.VerifyChain(all))
	return all
}

func (b testBundle) redisLines(t *testing.T) []string {
	t.Helper()
	lines, err := b.store.AuditLines(context.Background(), "m", 0)
	require.NoError(t, err)
	return lines
}

func TestTheTargetKnowsOfEachActBeforeTheNext(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.two = "it drops things"
	seen := map[string]store.AuditEntry{}
	for _, id := range []string{"1", "2"} {
		b.during[id] = func() { seen[id] = b.last() }
	}
	b.engine(t, "a")
	b.command(t, "prepare")
	b.reaches(t, "prepare", store.Waiting)
	require.Equal(t, "asked", b.remembersAll(t)[0].What, "while it waits for people, the target knows of the request")
	b.vote(t, "A", "B")
	b.reaches(t, "prepare", store.Complete)
	all := b.remembersAll(t)
	require.Equal(t, "started, approved by [A B]", seen["1"].Outcome)
	require.Equal(t, "1 done", seen["2"].Object+" "+seen["2"].Outcome)
	require.Equal(t, "complete", all[len(all)-1].Outcome)
}

// copyOf is Redis as it is now; back puts it back.
func copyOf(t *testing.T, s *store.Store) (back func()) {
	t.Helper()
	ctx := context.Background()
	keys, err := s.Client().Keys(ctx, "*").Result()
	require.NoError(t, err)
	dumps := map[string]string{}
	for _, k := range keys {
		if ttl, err := s.Client().PTTL(ctx, k).Result(); err != nil || ttl > 0 {
			continue // leases: by the time it is put back they have ended
		}
		dumps[k], err = s.Client().Dump(ctx, k).Result()
		require.NoError(t, err)
	}
	return func() {
		require.NoError(t, s.Client().FlushDB(ctx).Err())
		for k, d := range dumps {
			require.NoError(t, s.Client().Restore(ctx, k, 0, d).Err())
		}
	}
}

// ended is what the thread is told last of the end of a phase.
func (b testBundle) ended(t *testing.T) (told []runbook.Ended) {
	t.Helper()
	raw, err := b.store.Client().LRange(context.Background(), store.OutboxKey("m"), 0, -1).Result()
	require.NoError(t, err)
	for _, r := range raw {
		var o store.Outgoing
		require.NoError(t, json.Unmarshal([]byte(r), &o))
		if o.Event.Kind == runbook.EventFailed {
			var e runbook.Ended
			require.NoError(t, json.Unmarshal(o.Event.Data, &e))
			told = append(told, e)
		}
	}
	return told
}

func TestAfterRedisWentBackNothingIsRunAgain(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		until func(t *testing.T, b testBundle, take func()) // runs the phase, and takes the copy somewhere on the way
		what  string
	}{
		"to before the approval was used up": {func(t *testing.T, b testBundle, take func()) {
			stop := b.engine(t, "a")
			b.command(t, "prepare")
			b.reaches(t, "prepare", store.Waiting)
			stop()
			b.vote(t, "A", "B")
			take()
		}, "The target remembers more of m than Redis does"},
		"to between two steps": {func(t *testing.T, b testBundle, take func()) {
			b.during["2"] = take
			stop := b.engine(t, "a")
			b.command(t, "prepare")
			b.reaches(t, "prepare", store.Waiting)
			b.vote(t, "A", "B")
			b.reaches(t, "prepare", store.Complete)
			b.remembersAll(t)
			stop()
		}, "The target remembers more of m than Redis does"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			b.two = "it drops things"
			var back func()
			c.until(t, b, func() { back = copyOf(t, b.store) })
			stop := b.engine(t, "b")
			b.reaches(t, "prepare", store.Complete)
			b.remembersAll(t)
			stop()
			did := len(b.did)
			require.Equal(t, 2, did)

			back()
			b.engine(t, "c")
			m := b.reaches(t, "prepare", store.Failed)
			require.Contains(t, m.Phases["prepare"].Error, c.what)
			require.Len(t, b.did, did, "no step is done again")
			require.Len(t, b.consumed, 1)
			if r, ok := m.Requests[m.Phases["prepare"].RequestID]; ok && r.Status != approvals.Consumed {
				require.Equal(t, approvals.Void, r.Status, "no approval survives")
			}
			told := b.ended(t)
			require.Len(t, told, 1, "it is said once")
			require.True(t, told[0].Adopt)

			b.command(t, "prepare")
			require.Eventually(t, func() bool { return len(b.ended(t)) == 2 }, 2*time.Minute, 10*time.Millisecond, "and to each command again")
			require.Len(t, b.did, did)
		})
	}
}

func TestWhatWasWrittenToRedisPastFerrymanRunsNothing(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		tamper func(t *testing.T, b testBundle)
		what   string
	}{
		"an entry changed": {func(t *testing.T, b testBundle) {
			lines := b.redisLines(t)
			last := lines[len(lines)-1]
			require.NoError(t, b.store.Client().LSet(t.Context(), "ferryman:{m}:audit", -1, last[:10]+" "+last[10:]).Err())
		}, "is not what Ferryman wrote (audit entry 4: changed"},
		"the end cut off": {func(t *testing.T, b testBundle) {
			require.NoError(t, b.store.Client().RPop(t.Context(), "ferryman:{m}:audit").Err())
		}, "another course of m than Redis"},
		"another chain of the same length": {func(t *testing.T, b testBundle) {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.memory.mu.Lock()
			defer b.memory.mu.Unlock()
			last := &b.entries[len(b.entries)-1]
			last.Hash = last.Prev
		}, "another course of m than Redis"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			stop := b.engine(t, "a")
			b.fail["2"] = []error{errors.New("broken")}
			b.command(t, "prepare")
			b.reaches(t, "prepare", store.Failed)
			require.Len(t, b.remembersAll(t), 4)
			stop()
			b.tamperable(t)
			c.tamper(t, b)
			did := len(b.did)
			b.command(t, "prepare")
			b.engine(t, "b")
			require.Eventually(t, func() bool { return len(b.ended(t)) == 2 }, 2*time.Minute, 10*time.Millisecond)
			last := b.ended(t)[1]
			require.True(t, last.Adopt)
			require.Contains(t, last.Problem.What, c.what)
			require.Len(t, b.did, did)
		})
	}
}

// tamperable takes the last entry from the target's memory, so that the engine reads it from Redis again.
func (b testBundle) tamperable(t *testing.T) {
	t.Helper()
	b.memory.mu.Lock()
	defer b.memory.mu.Unlock()
	b.entries = b.entries[:len(b.entries)-1]
}

func TestATargetThatIsAwayForAWhile(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.patience = 2 * time.Minute
	b.goesAway(2)
	b.during["1"] = func() { b.goesAway(2) }
	b.engine(t, "a")
	b.command(t, "prepare")
	b.reaches(t, "prepare", store.Complete)
	require.Equal(t, []string{"1", "2"}, b.did)
	b.remembersAll(t)
}

func TestAPhaseThatIsCompleteStaysComplete(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.patience = time.Millisecond
	b.during["2"] = func() { b.goesAway(3) } // before the conclusion, at the end, and once more
	b.engine(t, "a")
	b.command(t, "prepare")
	b.reaches(t, "prepare", store.Complete)
	require.Eventually(t, func() bool {
		held, err := b.store.Client().Exists(t.Context(), "ferryman:{m}:lease:engine").Result()
		return err == nil && held == 0
	}, 2*time.Minute, 10*time.Millisecond, "the engine has given up")
	b.memory.mu.Lock()
	left := len(b.away)
	b.away = nil
	b.memory.mu.Unlock()
	require.LessOrEqual(t, left, 1)
	require.Less(t, len(b.lines()), len(b.redisLines(t)))
	m, err := b.store.Load(t.Context(), "m")
	require.NoError(t, err)
	require.Equal(t, store.Complete, m.Phases["prepare"].Status)
	b.command(t, "load")
	b.reaches(t, "load", store.Complete)
	b.remembersAll(t)
}

func TestWhatOnlyLooksNeedsNoTarget(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.patience = time.Millisecond
	b.plan = []runbook.Step{{ID: "1", Kind: "a", Looks: true}}
	b.goesAway(1000)
	b.engine(t, "a")
	b.command(t, "assess")
	b.reaches(t, "assess", store.Complete)
	require.Equal(t, []string{"1"}, b.did)
}

func TestFailedStepsAreInTheAudit(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.requests = []string{"req-1"}
	b.fail["1"] = []error{runbook.Transient(errors.New("connection lost"))}
	b.fail["2"] = []error{&runbook.Problem{What: "Disk full.", Means: "Nothing was written.", Do: "Make room."}}
	b.engine(t, "a")
	b.command(t, "prepare")
	b.reaches(t, "prepare", store.Failed)
	type entry struct{ what, object, outcome, why string }
	var all []entry
	for _, e := range b.remembersAll(t) {
		all = append(all, entry{e.What, e.Object, e.Outcome, e.Why})
		if e.What == "step" && e.Outcome != "done" {
			require.Equal(t, []string{"req-1"}, e.AWS)
		}
	}
	require.Equal(t, []entry{
		{"step", "1", "broken off", "connection lost"},
		{"step", "1", "done", ""},
		{"step", "2", "failed", "Disk full. Nothing was written."},
	}, all[1:4])
	require.Equal(t, "failed", all[4].outcome)
}

// Clicks are entered into the chain all the time, by whichever replica got them: that is no Redis that forgot.
func TestEntriesOfOthersWhileAPlanRuns(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.plan = nil
	for _, id := range []string{"1", "2", "3", "4", "5", "6", "7", "8"} {
		b.plan = append(b.plan, runbook.Step{ID: id, Kind: "a"})
	}
	clicking, done := context.WithCancel(t.Context())
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			for clicking.Err() == nil {
				_, _ = b.store.Update(clicking, "m", func(*store.Migration, time.Time) (store.Change, error) {
					return store.Change{Audit: []store.Audit{{What: "refused", Who: "U9"}}}, nil
				})
			}
		})
	}
	b.engine(t, "a")
	b.command(t, "prepare")
	b.reaches(t, "prepare", store.Complete)
	done()
	all.Wait()
	require.Len(t, b.did, 8)
	require.Empty(t, b.ended(t))
	entries := b.memory.all()
	require.NoError(t, store.VerifyChain(entries))
	require.Greater(t, len(entries), 15)
}
