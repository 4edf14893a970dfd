// SPDX-License-Identifier: Apache-2.0

package runbook_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/ferryman/ferryman/approvals"
	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
	"github.com/stretchr/testify/require"
)

// set changes what the world answers, while engines ask it.
func (b testBundle) set(change func(w *world)) {
	b.world.mu.Lock()
	defer b.world.mu.Unlock()
	change(b.world)
}

// told are the events of a kind that wait to be sent, oldest first.
func (b testBundle) told(t *testing.T, kind string) []store.Outgoing {
	t.Helper()
	raw, err := b.store.Client().LRange(context.Background(), store.OutboxKey("m"), 0, -1).Result()
	require.NoError(t, err)
	var found []store.Outgoing
	for _, r := range raw {
		var o store.Outgoing
		require.NoError(t, json.Unmarshal([]byte(r), &o))
		if o.Event.Kind == kind {
			found = append(found, o)
		}
	}
	return found
}

// asked has prepare asked for, approved by A and B, and returns the id of the request. What changes before the start is done meanwhile.
func (b testBundle) asked(t *testing.T, meanwhile func(w *world)) (request string) {
	t.Helper()
	b.two = "it drops things"
	stop := b.engine(t, "asker")
	b.command(t, "prepare")
	request = b.reaches(t, "prepare", store.Waiting).Phases["prepare"].RequestID
	stop()
	b.vote(t, "A", "B")
	b.set(meanwhile)
	return request
}

func (b testBundle) request(t *testing.T, id string) approvals.Request {
	t.Helper()
	m, err := b.store.Load(context.Background(), "m")
	require.NoError(t, err)
	return m.Requests[id]
}

func red(names ...string) []runbook.Evidence {
	evidence := []runbook.Evidence{{Name: "archive log", Holds: true}}
	for _, n := range names {
		evidence = append(evidence, runbook.Evidence{Name: n, Value: "3"})
	}
	return evidence
}

func TestAGateThatTurnsRedHoldsTheStartUntilItHolds(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.asked(t, func(w *world) { w.evidence = red("no session") })
	stop := b.engine(t, "a")
	m := b.reaches(t, "prepare", store.Holding)
	require.Equal(t, []string{"no session"}, m.Phases["prepare"].Held)
	require.Error(t, runbook.Check(m, "load"), "it is busy")
	gates := func() (n int) { b.set(func(w *world) { n = w.gates }); return n }
	before := gates()
	require.Eventually(t, func() bool { return gates() > before+3 }, 2*time.Minute, time.Millisecond, "it is read again and again")
	require.Len(t, b.told(t, runbook.EventHolding), 1, "the thread is told once")
	b.set(func(w *world) { w.evidence = red("no session", "no job") })
	require.Eventually(t, func() bool { return len(b.told(t, runbook.EventHolding)) == 2 }, 2*time.Minute, time.Millisecond, "what holds it up is another thing now")

	stop() // and through restarts
	b.engine(t, "b")
	before = gates()
	require.Eventually(t, func() bool { return gates() > before+1 }, 2*time.Minute, time.Millisecond)
	require.Empty(t, b.did)
	require.Empty(t, b.consumed)
	require.Equal(t, approvals.Granted, b.request(t, id).Status)
	b.set(func(w *world) { w.evidence = red() })
	m = b.reaches(t, "prepare", store.Complete)
	require.Equal(t, []string{"1", "2"}, b.did)
	require.Equal(t, map[string]int{id: 1}, b.consumed)
	require.Empty(t, m.Phases["prepare"].Held)
	require.Len(t, b.told(t, runbook.EventGoesOn), 1)
	holding := b.told(t, runbook.EventHolding)
	require.Len(t, holding, 3, "the first message says what became of it")
	require.Contains(t, string(holding[2].Event.Data), `"went_on"`)
	require.Equal(t, holding[0].Key, holding[2].Key)
}

func TestANoStopsWhatIsHeldUp(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.asked(t, func(w *world) { w.evidence = red("no session") })
	b.engine(t, "a")
	b.reaches(t, "prepare", store.Holding)
	b.change(t, func(m *store.Migration, now time.Time) { // as the click does
		facts := b.facts
		facts.ReadAt = now
		r, out := approvals.Decide(m.Requests[id], approvals.Click{Act: approvals.Reject, User: "A", Reason: "the backup failed"}, facts, now)
		require.Empty(t, out.Refused)
		m.Requests[id] = r
		m.Phase("prepare").Status = store.Refused
	})
	b.set(func(w *world) { w.evidence = nil })
	b.command(t, "prepare") // the engine is free for it at once
	m := b.reaches(t, "prepare", store.Waiting)
	require.NotEqual(t, id, m.Phases["prepare"].RequestID)
	require.Empty(t, b.did)
}

func TestWhatIsHeldUpEndsWithItsTime(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.asked(t, func(w *world) { w.evidence = red("no session") })
	b.engine(t, "a")
	b.reaches(t, "prepare", store.Holding)
	b.expires(t, id)
	m := b.reaches(t, "prepare", store.Refused)
	require.Equal(t, approvals.Expired, m.Requests[id].Status)
	failed := b.told(t, runbook.EventFailed)
	require.Contains(t, string(failed[len(failed)-1].Event.Data), "It was held up by what did not hold: no session. Nothing was run.")
	require.Empty(t, b.did)
}

// expires lets a request's time pass.
func (b testBundle) expires(t *testing.T, id string) {
	t.Helper()
	b.change(t, func(m *store.Migration, now time.Time) {
		r := m.Requests[id]
		r.ExpiresAt = now.Add(-time.Second)
		m.Requests[id] = r
	})
}

func TestAPlanThatMovedWhileItWasHeldUpVoids(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.asked(t, func(w *world) { w.evidence = red("no session") })
	b.engine(t, "a")
	b.reaches(t, "prepare", store.Holding)
	b.set(func(w *world) {
		w.plan = append(w.plan, runbook.Step{ID: "3", Kind: "index", Object: "seat_row_idx"})
		w.evidence = nil
	})
	m := b.reaches(t, "prepare", store.Waiting)
	require.Equal(t, approvals.Void, m.Requests[id].Status)
	require.Equal(t, "index seat_row_idx was added since", m.Requests[id].Reason)
	require.Empty(t, b.did)
}

// A moved plan whose gate is red is not asked for: there would be nothing to say yes to.
func TestAPlanThatMovedAndAGateThatIsRed(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.asked(t, func(w *world) {
		w.plan, w.evidence = w.plan[:1], red("no session")
	})
	b.engine(t, "a")
	b.reaches(t, "prepare", store.Refused)
	void := b.told(t, runbook.EventVoid)
	require.Contains(t, string(void[0].Event.Data), "b is gone since")
	require.Contains(t, string(void[0].Event.Data), "the gate does not hold just now: no session")
}

func TestWhatCantBeReadHoldsTheStartUp(t *testing.T) {
	t.Parallel()
	for _, call := range []string{"open", "draft", "gate", "people"} {
		t.Run(call, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			b.patience = 50 * time.Millisecond
			away := func(w *world) {
				for range 100_000 {
					w.fail[call] = append(w.fail[call], runbook.Transient(errors.New("connection lost")))
				}
			}
			id := b.asked(t, away)
			b.engine(t, "a")
			m := b.reaches(t, "prepare", store.Holding)
			require.Equal(t, []string{"everything can be read"}, m.Phases["prepare"].Held)
			require.Contains(t, string(b.told(t, runbook.EventHolding)[0].Event.Data), "connection lost")
			b.set(func(w *world) { w.fail[call] = nil })
			b.reaches(t, "prepare", store.Complete)
			require.Equal(t, map[string]int{id: 1}, b.consumed)
		})
	}
}

// What was read too long ago is no ground to begin on, however long the plan took to make.
func TestTheGateIsYoungWhenItBegins(t *testing.T) {
	t.Parallel()
	b := setup(t)
	read := func(age time.Duration, record bool) []runbook.Evidence {
		return []runbook.Evidence{{Name: "no session", Holds: true, ReadAt: time.Now().Add(-age), Record: record}}
	}
	b.asked(t, func(w *world) { w.evidence = read(runbook.GateFor+time.Second, false) })
	b.engine(t, "a")
	m := b.reaches(t, "prepare", store.Holding)
	require.Equal(t, []string{"the whole gate is read within 30s"}, m.Phases["prepare"].Held)
	require.Empty(t, b.consumed)
	b.set(func(w *world) { w.evidence = read(100*24*time.Hour, true) }) // a validation of long ago, found just now
	b.reaches(t, "prepare", store.Complete)
}

func TestPeopleReadTooLongAgoAreReadAgain(t *testing.T) {
	t.Parallel()
	b := setup(t)
	now, err := b.store.Now(context.Background())
	require.NoError(t, err)
	id := b.asked(t, func(w *world) { w.facts.ReadAt = now.Add(-time.Minute) })
	b.engine(t, "a")
	m := b.reaches(t, "prepare", store.Holding)
	require.Equal(t, []string{"Slack says within 15s who the people are"}, m.Phases["prepare"].Held)
	require.Empty(t, b.consumed)
	b.set(func(w *world) { w.facts.ReadAt = time.Time{} })
	b.reaches(t, "prepare", store.Complete)
	require.Equal(t, []string{"1", "2"}, b.did)
	require.Equal(t, approvals.Consumed, b.request(t, id).Status)
}
