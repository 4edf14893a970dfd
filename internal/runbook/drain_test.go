// SPDX-License-Identifier: Apache-2.0

package runbook_test

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
	"github.com/stretchr/testify/require"
)

// replica starts an engine whose leases outlive the test unless they are given back.
func (b testBundle) replica(t *testing.T, owner string, drain time.Duration) (e *runbook.Engine, tell func(), stopped chan struct{}) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	e = &runbook.Engine{Store: b.store, Crew: b.world, People: b.world, Log: slog.New(slog.DiscardHandler), Owner: owner, LeaseTTL: time.Minute, Drain: drain}
	stopped = make(chan struct{})
	go func() { defer close(stopped); e.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-stopped })
	return e, cancel, stopped
}

func TestAStepThatIsUnderWayEndsAndTheNextBeginsElsewhere(t *testing.T) {
	t.Parallel()
	b := setup(t)
	inStep, goOn := make(chan struct{}), make(chan struct{})
	b.during["1"] = func() { close(inStep); <-goOn }
	first, tell, stopped := b.replica(t, "a", 20*time.Second)
	b.command(t, "prepare")
	<-inStep
	require.Equal(t, []string{"m"}, first.Leading())
	tell()
	b.replica(t, "b", 20*time.Second)
	close(goOn)
	<-stopped
	m := b.reaches(t, "prepare", store.Complete) // well within the lease of a minute
	require.Equal(t, []string{"1", "2"}, b.did, "each once")
	require.Equal(t, []string{"1", "2"}, m.Phases["prepare"].Done)
	require.Empty(t, first.Leading())
}

func TestAStepThatTakesTooLongToEndIsBrokenOff(t *testing.T) {
	t.Parallel()
	b := setup(t)
	inStep := make(chan struct{})
	b.entered = func(ctx context.Context) { close(inStep); <-ctx.Done() }
	_, tell, stopped := b.replica(t, "a", 200*time.Millisecond)
	b.command(t, "prepare")
	<-inStep
	tell()
	<-stopped
	m, err := b.store.Load(context.Background(), "m")
	require.NoError(t, err)
	require.Equal(t, store.Running, m.Phases["prepare"].Status, "broken off is not failed")
	require.Empty(t, m.Phases["prepare"].Error)
	b.replica(t, "b", 20*time.Second)
	b.reaches(t, "prepare", store.Complete)
	require.Equal(t, []string{"1", "2"}, b.did)
}

func TestWhatOnlyLooksIsBrokenOffAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.plan[0].Looks = true
	inStep := make(chan struct{})
	b.entered = func(ctx context.Context) { close(inStep); <-ctx.Done() }
	_, tell, stopped := b.replica(t, "a", time.Hour)
	b.command(t, "prepare")
	<-inStep
	tell()
	<-stopped
	b.replica(t, "b", 20*time.Second)
	b.reaches(t, "prepare", store.Complete)
	require.Equal(t, []string{"1", "2"}, b.did)
}

func TestStepsAreTimed(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var mu sync.Mutex
	seen := map[string]int{}
	ctx, cancel := context.WithCancel(context.Background())
	e := &runbook.Engine{Store: b.store, Crew: b.world, People: b.world, Log: slog.New(slog.DiscardHandler), Owner: "a",
		OnStep: func(phase, kind string, took time.Duration, err error) {
			mu.Lock()
			defer mu.Unlock()
			if err == nil && took >= 0 {
				seen[phase+"/"+kind]++
			}
		}}
	require.True(t, e.LastTurn().IsZero())
	done := make(chan struct{})
	go func() { defer close(done); e.Run(ctx) }()
	b.command(t, "prepare")
	b.reaches(t, "prepare", store.Complete)
	require.WithinDuration(t, time.Now(), e.LastTurn(), 20*time.Second)
	cancel()
	<-done
	require.Equal(t, map[string]int{"prepare/a": 1, "prepare/b": 1}, seen)
}

func TestAnEngineThatStopsAtTheEndOfAPhaseHasToldTheTarget(t *testing.T) {
	t.Parallel()
	b := setup(t)
	inStep, goOn := make(chan struct{}), make(chan struct{})
	b.during["2"] = func() { close(inStep); <-goOn }
	_, tell, stopped := b.replica(t, "a", 20*time.Second)
	b.command(t, "prepare")
	<-inStep
	tell()
	close(goOn)
	<-stopped
	m, err := b.store.Load(context.Background(), "m")
	require.NoError(t, err)
	require.Equal(t, store.Complete, m.Phases["prepare"].Status)
	require.Equal(t, m.AuditSeq, b.last().Seq)
}
