// SPDX-License-Identifier: Apache-2.0

package runbook_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/ferryman/ferryman/approvals"
	"github.com/ferryman/ferryman/internal/localserver"
	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
	"github.com/stretchr/testify/require"
)

func away() []error { return []error{runbook.Transient(errors.New("connection lost"))} }

// change rewrites the migration as another replica, or somebody with Redis at hand, would.
func (b testBundle) change(t *testing.T, f func(m *store.Migration, now time.Time)) {
	t.Helper()
	_, err := b.store.Update(context.Background(), "m", func(m *store.Migration, now time.Time) (store.Change, error) {
		f(m, now)
		return store.Change{}, nil
	})
	require.NoError(t, err)
}

func TestWhatPassesByItselfCostsNoApproval(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.two = "it drops things"
	b.fail["open"], b.fail["draft"], b.fail["gate"] = away(), away(), away()
	stop := b.engine(t, "a")
	b.command(t, "prepare")
	first := b.reaches(t, "prepare", store.Waiting).Phases["prepare"].RequestID
	stop()
	b.vote(t, "A", "B")
	b.fail["open"], b.fail["draft"], b.fail["gate"], b.fail["1"], b.fail["conclude"] = away(), away(), away(), away(), away()
	b.engine(t, "b")
	m := b.reaches(t, "prepare", store.Complete)
	require.Equal(t, first, m.Phases["prepare"].RequestID)
	require.Equal(t, []string{"1", "2"}, b.did)
	require.Equal(t, map[string]int{first: 1}, b.consumed)
}

func TestPatienceEnds(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for range 100 {
		b.fail["1"] = append(b.fail["1"], away()...)
	}
	b.patience = 3 * time.Second // a machine that stalls for two has time for another try
	b.engine(t, "a")
	b.command(t, "prepare")
	m := b.reaches(t, "prepare", store.Failed)
	require.Equal(t, "connection lost", m.Phases["prepare"].Error)
	require.Less(t, len(b.fail["1"]), 99, "it was tried more than once")
}

func TestAReplicaThatWasOvertakenLeavesThePhaseToTheOther(t *testing.T) {
	t.Parallel()
	b := setup(t)
	lease := "ferryman:{m}:lease:engine"
	overtaken := fmt.Errorf("fence: %w", runbook.ErrOvertaken)
	stolen := make(chan struct{})
	b.during["1"] = func() { // asleep, while another takes the lease and the fence
		_ = b.store.Client().Set(context.Background(), lease, "other", time.Second).Err()
		close(stolen)
	}
	b.fail["1"] = []error{overtaken}
	b.engine(t, "a")
	b.command(t, "prepare")
	<-stolen
	m := b.reaches(t, "prepare", store.Complete) // never Failed in between: reaches would wait for ever
	require.Equal(t, []string{"1", "2"}, b.did)
	require.Empty(t, m.Phases["prepare"].Error)

	b.fail["1"] = []error{overtaken}
	b.command(t, "prepare")
	m = b.reaches(t, "prepare", store.Failed)
	require.Contains(t, m.Phases["prepare"].Error, "another Ferryman", "the lease is held, so it is no replica: somebody must be told")
}

func TestAnApprovalThatExpiredBeforeItBeganRunsNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.two = "it drops things"
	stop := b.engine(t, "a")
	b.command(t, "prepare")
	b.reaches(t, "prepare", store.Waiting)
	stop()
	b.vote(t, "A", "B")
	b.change(t, func(m *store.Migration, now time.Time) {
		r := m.Requests[m.Phase("prepare").RequestID]
		r.ExpiresAt = now.Add(-time.Second)
		m.Requests[r.ID] = r
	})
	b.engine(t, "b")
	m := b.reaches(t, "prepare", store.Refused)
	require.Equal(t, approvals.Expired, m.Requests[m.Phases["prepare"].RequestID].Status)
	require.Empty(t, b.did)
	require.Empty(t, b.consumed)
}

func TestAStepOfAnEarlierRunDoesNotCountForThisOne(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.during["1"] = func() { // meanwhile the phase failed and was commanded and begun again
		b.change(t, func(m *store.Migration, now time.Time) {
			p := m.Phase("prepare")
			p.Run, p.Done = p.Run+1, nil
		})
	}
	b.engine(t, "a")
	b.command(t, "prepare")
	b.reaches(t, "prepare", store.Complete)
	require.Equal(t, []string{"1", "1", "2"}, b.did)
}

func TestALoadTakesBackWhatCameAfterIt(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.change(t, func(m *store.Migration, now time.Time) {
		for _, name := range []string{"prepare", "load", "rebuild", "replicate", "validate"} {
			*m.Phase(name) = store.Phase{Status: store.Complete, Run: 3, StartedAt: now, Done: []string{"1"}}
		}
	})
	b.engine(t, "a")
	b.command(t, "load")
	m := b.reaches(t, "load", store.Complete)
	for _, name := range []string{"rebuild", "replicate", "validate"} {
		require.Equal(t, store.Phase{Run: 3}, *m.Phases[name], name)
	}
	require.Equal(t, store.Complete, m.Phases["prepare"].Status)
	require.Equal(t, "rebuild", runbook.Next(m))
	require.Error(t, runbook.Check(m, "cutover"))
}

func TestWhatWasRefusedTakesNothingBack(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.engine(t, "a")
	b.command(t, "prepare")
	b.reaches(t, "prepare", store.Complete)
	b.evidence = []runbook.Evidence{{Name: "the task does not run", Holds: false}}
	b.command(t, "prepare")
	m := b.reaches(t, "prepare", store.Red)
	require.NoError(t, runbook.Check(m, "load"))
	require.Equal(t, "load", runbook.Next(m))
	b.evidence, b.fail["1"] = nil, []error{errors.New("disk full")}
	b.command(t, "prepare")
	m = b.reaches(t, "prepare", store.Failed)
	require.Error(t, runbook.Check(m, "load"), "its first step was begun")
}

func TestAfterMaxResumeOnlyLookingGoesOn(t *testing.T) {
	t.Parallel()
	for _, looks := range []bool{true, false} {
		b := setup(t)
		b.two, b.resume = "it empties tables", 1
		b.plan[1].Looks = looks
		stop := b.engine(t, "a")
		b.command(t, "prepare")
		b.reaches(t, "prepare", store.Waiting)
		b.block = make(chan struct{})
		b.vote(t, "A", "B")
		b.reaches(t, "prepare", store.Running)
		stop()
		b.block = nil
		b.change(t, func(m *store.Migration, now time.Time) {
			p := m.Phase("prepare")
			p.Done, p.StartedAt = []string{"1"}, now.Add(-time.Hour)
		})
		b.engine(t, "b")
		if looks {
			b.reaches(t, "prepare", store.Complete)
			require.Equal(t, []string{"2"}, b.did)
			continue
		}
		m := b.reaches(t, "prepare", store.Failed)
		require.Contains(t, m.Phases["prepare"].Error, "not finished")
		require.Empty(t, b.did)
	}
}

func TestAProfileThatChangedStopsAResumedPhase(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.block = make(chan struct{})
	stop := b.engine(t, "a")
	b.command(t, "prepare")
	b.reaches(t, "prepare", store.Running)
	stop()
	b.block, b.hash = nil, "other"
	b.engine(t, "b")
	m := b.reaches(t, "prepare", store.Failed)
	require.Contains(t, m.Phases["prepare"].Error, "profile was changed")
	require.Empty(t, b.did)
}

func TestTheSameWorkCommandedAgainIsAnotherPlan(t *testing.T) {
	t.Parallel()
	p := runbook.Plan{Run: 1, Asked: time.Unix(1, 0).UTC()}
	q := p
	q.Asked = time.Unix(2, 0).UTC()
	a, err := p.Fingerprint()
	require.NoError(t, err)
	b, err := q.Fingerprint()
	require.NoError(t, err)
	require.NotEqual(t, a, b, "Redis may have been lost, and Run begun at 1 again")
}

func TestWhileRedisIsAwayEverythingWaits(t *testing.T) {
	t.Parallel()
	server, err := localserver.StartRedis(context.Background(), 0)
	require.NoError(t, err)
	t.Cleanup(server.Stop)
	b := setupOn(t, server.URL(0))
	b.two, b.lease = "it drops things", 3*time.Second
	b.engine(t, "a")
	b.command(t, "prepare")
	b.reaches(t, "prepare", store.Waiting)
	started, ended := make(chan struct{}), make(chan struct{})
	b.entered = func(ctx context.Context) {
		close(started)
		<-ctx.Done() // the lease can't be renewed, so another replica might have the migration by now
		close(ended)
	}
	b.vote(t, "A", "B")
	<-started
	server.Halt()
	<-ended
	require.NoError(t, server.Start(context.Background()))
	m := b.reaches(t, "prepare", store.Complete)
	require.Equal(t, []string{"1", "2"}, b.did)
	require.Equal(t, map[string]int{m.Phases["prepare"].RequestID: 1}, b.consumed)
}
