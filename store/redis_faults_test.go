// SPDX-License-Identifier: Apache-2.0

package store_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/ferryman/ferryman/store"
	"github.com/stretchr/testify/require"
)

// traffic is people voting and envelopes arriving while something is done to Redis. Each vote and each envelope is said again until it
// is acknowledged, as the bot does; an envelope that certainly was not stored is given up half of the time, as a person does.
type traffic struct {
	t      *testing.T
	url    string
	stores []*store.Store
	stop   chan struct{}
	wg     sync.WaitGroup

	mu       sync.Mutex
	votes    map[string]int // by voter, what was acknowledged
	stored   map[string]bool
	refused  map[string]bool
	handled  map[string]map[string]bool // by payload, the entries it was read from
	failures int
}

// votersOf are the migrations and their voters, chosen so that a Cluster has them on several servers.
var votersOf = map[string]int{"box-office": 3, "hr": 3, "payroll": 2}

func startTraffic(t *testing.T, url string) *traffic {
	t.Helper()
	tr := &traffic{t: t, url: url, stop: make(chan struct{}), votes: map[string]int{}, stored: map[string]bool{}, refused: map[string]bool{}, handled: map[string]map[string]bool{}}
	for range 3 {
		tr.stores = append(tr.stores, open(t, url))
	}
	i := 0
	for _, name := range slices.Sorted(maps.Keys(votersOf)) {
		_, err := tr.stores[0].Create(context.Background(), migration(name), store.Change{})
		require.NoError(t, err)
		for v := range votersOf[name] {
			s := tr.stores[i%len(tr.stores)]
			i++
			tr.wg.Go(func() { tr.vote(s, name, fmt.Sprintf("voter-%d", v)) })
		}
	}
	for i, s := range tr.stores {
		tr.wg.Go(func() { tr.arrive(s, fmt.Sprintf("reader-%d", i)) })
		tr.wg.Go(func() { tr.handle(s, fmt.Sprintf("worker-%d", i)) })
	}
	return tr
}

func (tr *traffic) stopped() bool {
	select {
	case <-tr.stop:
		return true
	default:
		return false
	}
}

// vote commits one vote after the other, each until it is acknowledged.
func (tr *traffic) vote(s *store.Store, name, voter string) {
	for n := 1; !tr.stopped(); n++ {
		id := fmt.Sprintf("%s-%d", voter, n)
		for {
			ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
			_, err := s.Update(ctx, name, func(m *store.Migration, _ time.Time) (store.Change, error) {
				var counted int
				if _, err := m.Fact(voter, &counted); err != nil {
					return store.Change{}, err
				}
				return store.Change{CommandID: id, Audit: []store.Audit{{What: "vote", Who: voter, Object: id}}}, m.SetFact(voter, counted+1)
			})
			cancel()
			if err == nil || errors.Is(err, store.ErrSeen) {
				break
			}
			tr.failed(err)
		}
		tr.mu.Lock()
		tr.votes[name+" "+voter] = n
		tr.mu.Unlock()
		brief()
	}
}

func (tr *traffic) failed(err error) {
	if !errors.Is(err, store.ErrUnavailable) && !errors.Is(err, context.DeadlineExceeded) {
		tr.t.Errorf("neither done nor unavailable: %v", err)
	}
	tr.mu.Lock()
	tr.failures++
	tr.mu.Unlock()
	brief()
}

// arrive stores envelopes within Slack's patience.
func (tr *traffic) arrive(s *store.Store, reader string) {
	for n := 1; !tr.stopped(); n++ {
		id := fmt.Sprintf("%s-%d", reader, n)
		for {
			ctx, cancel := context.WithTimeout(context.Background(), 1500*time.Millisecond)
			_, err := s.PutInbound(ctx, []string{id}, []byte(id), 1500*time.Millisecond)
			cancel()
			tr.mu.Lock()
			if err == nil {
				tr.stored[id] = true
			}
			// Only where this was the first try is it certain of the envelope, and not just of the call.
			giveUp := err != nil && store.NothingDone(err) && n%2 == 0 && !tr.refused[id+" tried"]
			if giveUp {
				tr.refused[id] = true
			}
			if err != nil {
				tr.refused[id+" tried"] = true
			}
			tr.mu.Unlock()
			if err == nil || giveUp {
				break
			}
			tr.failed(err)
		}
		brief()
	}
}

// handle reads the inbox as a worker does; what another worker lost is taken over at once.
func (tr *traffic) handle(s *store.Store, worker string) {
	ctx := context.Background()
	for {
		in, err := s.ReadInbound(ctx, worker, 50*time.Millisecond)
		if err == nil && in == nil {
			in, err = s.ClaimInbound(ctx, worker, 500*time.Millisecond)
		}
		if err != nil {
			tr.failed(err)
			continue
		}
		if in == nil {
			if tr.stopped() && tr.allHandled() {
				return
			}
			continue
		}
		tr.mu.Lock()
		id := string(in.Payload)
		if tr.handled[id] == nil {
			tr.handled[id] = map[string]bool{}
		}
		tr.handled[id][in.Entry] = true
		tr.mu.Unlock()
		if err := s.AckInbound(ctx, in.Entry); err != nil {
			tr.failed(err)
		}
	}
}

func (tr *traffic) allHandled() bool {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	for id := range tr.stored {
		if len(tr.handled[id]) == 0 {
			return false
		}
	}
	return true
}

// goesOn waits until every voter has had votes acknowledged since now.
func (tr *traffic) goesOn() {
	tr.t.Helper()
	tr.mu.Lock()
	before := maps.Clone(tr.votes)
	tr.mu.Unlock()
	require.Eventually(tr.t, func() bool {
		tr.mu.Lock()
		defer tr.mu.Unlock()
		for name, voters := range votersOf {
			for v := range voters {
				who := fmt.Sprintf("%s voter-%d", name, v)
				if tr.votes[who] < before[who]+3 {
					return false
				}
			}
		}
		return true
	}, 40*time.Second, 20*time.Millisecond, "votes count again")
}

// waitFailures waits until so many calls have failed since now: the fault is felt.
func (tr *traffic) waitFailures(n int) {
	tr.t.Helper()
	tr.mu.Lock()
	want := tr.failures + n
	tr.mu.Unlock()
	require.Eventually(tr.t, func() bool {
		tr.mu.Lock()
		defer tr.mu.Unlock()
		return tr.failures >= want
	}, 40*time.Second, 10*time.Millisecond, "the fault is felt")
}

// end stops the traffic and looks whether everything that was acknowledged is there, once.
func (tr *traffic) end(once bool) {
	tr.t.Helper()
	close(tr.stop)
	tr.wg.Wait()
	ctx := context.Background()
	s := open(tr.t, tr.url)
	for name, voters := range votersOf {
		m, err := s.Load(ctx, name)
		require.NoError(tr.t, err)
		total := 0
		for v := range voters {
			voter := fmt.Sprintf("voter-%d", v)
			var counted int
			_, err := m.Fact(voter, &counted)
			require.NoError(tr.t, err)
			require.Equal(tr.t, tr.votes[name+" "+voter], counted, "%s of %s: each acknowledged vote counts once", voter, name)
			total += counted
		}
		entries, err := s.AuditLog(ctx, name)
		require.NoError(tr.t, err)
		require.Len(tr.t, entries, total)
		require.NoError(tr.t, store.VerifyChain(entries))
		require.Equal(tr.t, m.AuditHead, entries[len(entries)-1].Hash)
	}
	for id := range tr.stored {
		require.NotEmpty(tr.t, tr.handled[id], "envelope %s was acknowledged", id)
		if once {
			require.Len(tr.t, tr.handled[id], 1, "envelope %s is there once", id)
		}
	}
	for id := range tr.refused {
		require.Empty(tr.t, tr.handled[id], "who was told that nothing was done with %s can rely on it", id)
	}
	tr.t.Logf("votes %v, %d envelopes, %d given up, %d calls failed", tr.votes, len(tr.stored), len(tr.refused), tr.failures)
}

func brief() {
	timer := time.NewTimer(5 * time.Millisecond)
	defer timer.Stop()
	<-timer.C
}

// rounds is how often a fault is made: once, or often in the full run.
func rounds(full int) int {
	if testenv.Full() {
		return full
	}
	return 1
}
