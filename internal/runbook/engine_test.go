// SPDX-License-Identifier: Apache-2.0

package runbook_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/ferryman/ferryman/approvals"
	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/ferryman/ferryman/store"
	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// world is what the phases of these tests act on.
type world struct {
	memory
	mu       sync.Mutex
	plan     []runbook.Step
	two      string
	evidence []runbook.Evidence
	fail     map[string][]error // by step, one for each try
	did      []string
	consumed map[string]int
	facts    approvals.Facts
	hash     string
	block    chan struct{}
	during   map[string]func() // by step, before it is done
	resume   int               // MaxResumeMinutes
	requests []string          // that a step which fails had made at AWS
	patience time.Duration
	// lease is so long that a busy machine does not lose it; a replica that stops gives it back.
	lease    time.Duration
	entered  func(ctx context.Context) // by the first step to come
	allowed  func(now time.Time) (from, to time.Time, within bool)
	hang     map[string]chan struct{} // by call: it ends when the channel does, whatever its context says
	hold     time.Duration            // HoldEvery
	planning time.Duration            // PlanWithin
	gates    int                      // how often the gate was read
	silent   bool                     // a draft never answers
}

// hangs waits where a call is to hang.
func (w *world) hangs(call string) {
	w.mu.Lock()
	hang := w.hang[call]
	w.mu.Unlock()
	if hang != nil {
		<-hang
	}
}

// next takes what a call is to fail with, if anything.
func (w *world) next(call string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	errs := w.fail[call]
	if len(errs) == 0 {
		return nil
	}
	w.fail[call] = errs[1:]
	return errs[0]
}

func (w *world) Open(context.Context, *store.Migration) (runbook.Hands, error) {
	return w, w.next("open")
}
func (w *world) Close() {}

func (w *world) Draft(ctx context.Context, _ *store.Migration, _ string, _ runbook.Report) (runbook.Draft, error) {
	w.hangs("draft")
	w.mu.Lock()
	silent := w.silent
	w.mu.Unlock()
	if silent {
		<-ctx.Done()
		return runbook.Draft{}, ctx.Err()
	}
	if err := w.next("draft"); err != nil {
		return runbook.Draft{}, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return runbook.Draft{Plan: runbook.Plan{Steps: append([]runbook.Step(nil), w.plan...)}, TwoPeople: w.two}, nil
}

func (w *world) Gate(context.Context, *store.Migration, runbook.Plan) ([]runbook.Evidence, error) {
	if err := w.next("gate"); err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.gates++
	evidence := slices.Clone(w.evidence)
	for i := range evidence {
		if evidence[i].ReadAt.IsZero() {
			evidence[i].ReadAt = time.Now()
		}
	}
	return evidence, nil
}

func (w *world) Consume(_ context.Context, _ *store.Migration, r approvals.Request) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.consumed[r.ID]++
	return nil
}

func (w *world) Step(ctx context.Context, _ *store.Migration, _ runbook.Plan, s runbook.Step, report runbook.Report) (runbook.Result, error) {
	w.mu.Lock()
	block, entered := w.block, w.entered
	w.entered = nil
	w.mu.Unlock()
	if entered != nil {
		entered(ctx)
		return runbook.Result{}, ctx.Err()
	}
	if block != nil {
		select {
		case <-block:
		case <-ctx.Done():
			return runbook.Result{}, ctx.Err()
		}
	}
	w.mu.Lock()
	during := w.during[s.ID]
	delete(w.during, s.ID)
	w.mu.Unlock()
	if during != nil {
		during()
	}
	if err := w.next(s.ID); err != nil {
		return runbook.Result{AWS: w.requests}, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.did = append(w.did, s.ID)
	return runbook.Result{Facts: map[string]any{"did " + s.ID: true}}, nil
}

func (w *world) Conclude(context.Context, *store.Migration, runbook.Plan) (runbook.Result, error) {
	return runbook.Result{Data: "done"}, w.next("conclude")
}

func (w *world) Watch(context.Context, *store.Migration, runbook.Report) (*runbook.Problem, error) {
	return nil, nil
}

func (w *world) Facts(context.Context, *store.Migration, []string) (approvals.Facts, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.facts, nil
}

func (w *world) FreshFacts(ctx context.Context, m *store.Migration, users []string) (approvals.Facts, error) {
	if err := w.next("people"); err != nil {
		return approvals.Facts{}, err
	}
	return w.Facts(ctx, m, users)
}

func (w *world) Policy(context.Context, *store.Migration) (runbook.Policy, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	p := runbook.Policy{Approvals: approvals.Policy{Team: "T", Users: []string{"A", "B"}}, Hash: w.hash, Expires: time.Hour, MaxResumeMinutes: w.resume}
	if w.allowed != nil {
		p.Allowed = map[string]func(time.Time) (time.Time, time.Time, bool){"prepare": w.allowed}
	}
	return p, nil
}

type testBundle struct {
	*world
	store *store.Store
}

func setup(t *testing.T) testBundle {
	t.Helper()
	return setupOn(t, testenv.Redis(t))
}

func setupOn(t *testing.T, redisURL string) testBundle {
	t.Helper()
	s, err := store.Open(context.Background(), redisURL)
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	w := &world{
		plan: []runbook.Step{{ID: "1", Kind: "a"}, {ID: "2", Kind: "b"}}, fail: map[string][]error{}, consumed: map[string]int{}, hash: "h",
		during: map[string]func(){}, resume: 240, hold: 30 * time.Millisecond, lease: 15 * time.Second, hang: map[string]chan struct{}{},
		facts: approvals.Facts{ApproversNow: []string{"A", "B"}, OperatorsNow: []string{"DBA"}, People: map[string]approvals.Person{
			"A": {ID: "A", TeamID: "T"}, "B": {ID: "B", TeamID: "T"}, "DBA": {ID: "DBA", TeamID: "T"}}},
	}
	_, err = s.Create(context.Background(), &store.Migration{Name: "m", PolicyHash: "h", Phases: map[string]*store.Phase{"assess": {Status: store.Complete}, "schema": {Status: store.Complete}}}, store.Change{})
	require.NoError(t, err)
	return testBundle{w, s}
}

// engine runs one replica until the returned function is called or the test ends.
func (b testBundle) engine(t *testing.T, owner string) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	e := &runbook.Engine{Store: b.store, Crew: b.world, People: b.world, Log: slog.New(slog.DiscardHandler), Owner: owner, LeaseTTL: b.lease, Patience: b.patience, Drain: 100 * time.Millisecond,
		HoldEvery: b.hold, PlanWithin: b.planning}
	done := make(chan struct{})
	go func() { defer close(done); e.Run(ctx) }()
	stop = func() { cancel(); <-done }
	t.Cleanup(stop)
	return stop
}

func (b testBundle) command(t *testing.T, phase string) {
	t.Helper()
	_, err := b.store.Update(context.Background(), "m", func(m *store.Migration, now time.Time) (store.Change, error) {
		p := m.Phase(phase)
		p.Status, p.By, p.Run = store.Requested, "DBA", p.Run+1
		return store.Change{}, nil
	})
	require.NoError(t, err)
}

func (b testBundle) reaches(t *testing.T, phase string, status store.PhaseStatus) *store.Migration {
	t.Helper()
	var m *store.Migration
	require.Eventually(t, func() bool {
		var err error
		m, err = b.store.Load(context.Background(), "m")
		return err == nil && m.Phase(phase).Status == status
	}, 2*time.Minute, 10*time.Millisecond, "%s does not get %s", phase, status)
	return m
}

func (b testBundle) vote(t *testing.T, users ...string) {
	t.Helper()
	_, err := b.store.Update(context.Background(), "m", func(m *store.Migration, now time.Time) (store.Change, error) {
		p := m.Phase("prepare")
		r := m.Requests[p.RequestID]
		for _, u := range users {
			var out approvals.Outcome
			facts := b.facts
			facts.ReadAt = now
			if r, out = approvals.Decide(r, approvals.Click{Act: approvals.Approve, User: u}, facts, now); out.Refused != "" {
				return store.Change{}, fmt.Errorf("%s: %s", u, out.Refused)
			}
		}
		m.Requests[r.ID] = r
		if r.Status == approvals.Granted {
			p.Status = store.Granted
		}
		return store.Change{}, nil
	})
	require.NoError(t, err)
}

func TestOnePersonIsEnoughWhereThePlanSaysSo(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.engine(t, "a")
	b.command(t, "prepare")
	m := b.reaches(t, "prepare", store.Complete)
	require.Equal(t, []string{"1", "2"}, b.did)
	require.Equal(t, []string{"1", "2"}, m.Phases["prepare"].Done)
	require.Contains(t, m.Facts, "did 1")
}

func TestNothingRunsBeforeTwoPeopleSaidYes(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.two = "it drops things"
	b.engine(t, "a")
	b.command(t, "prepare")
	m := b.reaches(t, "prepare", store.Waiting)
	require.Empty(t, b.did)
	require.Equal(t, []string{"A", "B"}, m.Requests[m.Phases["prepare"].RequestID].MembersWhenAsked)
	b.vote(t, "A")
	b.vote(t, "B")
	m = b.reaches(t, "prepare", store.Complete)
	require.Equal(t, []string{"1", "2"}, b.did)
	require.Equal(t, map[string]int{m.Phases["prepare"].RequestID: 1}, b.consumed)
	require.Equal(t, approvals.Consumed, m.Requests[m.Phases["prepare"].RequestID].Status)
}

func TestAMovedPlanVoidsTheApproval(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.two = "it drops things"
	stop := b.engine(t, "a")
	b.command(t, "prepare")
	first := b.reaches(t, "prepare", store.Waiting).Phases["prepare"].RequestID
	stop()
	b.vote(t, "A", "B")
	b.plan = append(b.plan, runbook.Step{ID: "3", Kind: "index", Object: "seat_row_idx"})
	b.engine(t, "b")
	m := b.reaches(t, "prepare", store.Waiting)
	require.Empty(t, b.did)
	require.Equal(t, approvals.Void, m.Requests[first].Status)
	second := m.Requests[m.Phases["prepare"].RequestID]
	require.NotEqual(t, first, second.ID)
	require.Equal(t, approvals.Open, second.Status)
	require.Empty(t, second.Votes)
	var ask runbook.Ask
	_, err := m.Fact("ask:"+second.ID, &ask)
	require.NoError(t, err)
	require.Equal(t, []string{"index seat_row_idx was added since"}, ask.Moved)
}

func TestAVoterWhoLeftDoesNotCount(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.two = "it drops things"
	stop := b.engine(t, "a")
	b.command(t, "prepare")
	b.reaches(t, "prepare", store.Waiting)
	stop()
	b.vote(t, "A", "B")
	b.facts.ApproversNow = []string{"A"}
	b.engine(t, "b")
	m := b.reaches(t, "prepare", store.Refused)
	require.Empty(t, b.did)
	require.Equal(t, approvals.Void, m.Requests[m.Phases["prepare"].RequestID].Status)
}

func TestAChangedPolicyStopsEverything(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.hash = "other"
	b.engine(t, "a")
	b.command(t, "prepare")
	m := b.reaches(t, "prepare", store.Failed)
	require.Contains(t, m.Phases["prepare"].Error, "profile was changed")
	require.Empty(t, b.did)
}

func TestARedGateRunsNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.evidence = []runbook.Evidence{{Name: "no sessions", Holds: false, Value: "3"}}
	b.engine(t, "a")
	b.command(t, "prepare")
	b.reaches(t, "prepare", store.Red)
	require.Empty(t, b.did)
}

func TestWhatPassesByItselfIsTriedAgainAndWhatDoesNotFails(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.fail["1"] = []error{runbook.Transient(errors.New("connection lost"))}
	b.fail["2"] = []error{&runbook.Problem{What: "Disk full.", Do: "Make room."}}
	b.engine(t, "a")
	b.command(t, "prepare")
	m := b.reaches(t, "prepare", store.Failed)
	require.Equal(t, []string{"1"}, b.did)
	require.Equal(t, "Disk full.", m.Phases["prepare"].Error)
	require.Equal(t, []string{"1"}, m.Phases["prepare"].Done)
}

func TestAnotherReplicaGoesOnWhereTheFirstStopped(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.two = "it drops things"
	stop := b.engine(t, "a")
	b.command(t, "prepare")
	b.reaches(t, "prepare", store.Waiting)
	b.block = make(chan struct{})
	b.vote(t, "A", "B")
	b.reaches(t, "prepare", store.Running)
	stop()
	require.Empty(t, b.did)
	b.block = nil
	b.engine(t, "b")
	m := b.reaches(t, "prepare", store.Complete)
	require.Equal(t, []string{"1", "2"}, b.did)
	require.Equal(t, map[string]int{m.Phases["prepare"].RequestID: 1}, b.consumed)
}

func TestARequestThatNobodyDecidesExpires(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.two = "it drops things"
	b.engine(t, "a")
	b.command(t, "prepare")
	b.reaches(t, "prepare", store.Waiting)
	_, err := b.store.Update(context.Background(), "m", func(m *store.Migration, now time.Time) (store.Change, error) {
		r := m.Requests[m.Phase("prepare").RequestID]
		r.ExpiresAt = now.Add(-time.Second)
		m.Requests[r.ID] = r
		return store.Change{}, nil
	})
	require.NoError(t, err)
	m := b.reaches(t, "prepare", store.Refused)
	require.Equal(t, approvals.Expired, m.Requests[m.Phases["prepare"].RequestID].Status)
}
