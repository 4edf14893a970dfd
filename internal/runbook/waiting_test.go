// SPDX-License-Identifier: Apache-2.0

package runbook_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/ferryman/ferryman/approvals"
	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
	"github.com/stretchr/testify/require"
)

// waits has prepare asked for, and returns the id of the request.
func (b testBundle) waits(t *testing.T) (id string, stop func()) {
	t.Helper()
	b.two = "it drops things"
	stop = b.engine(t, "asker")
	b.command(t, "prepare")
	return b.reaches(t, "prepare", store.Waiting).Phases["prepare"].RequestID, stop
}

func TestTheThreadIsRemindedOnceThroughRestarts(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id, stop := b.waits(t)
	require.Empty(t, b.told(t, runbook.EventReminder))
	b.change(t, func(m *store.Migration, now time.Time) { // half an hour passes
		r := m.Requests[id]
		r.AskedAt, r.ExpiresAt = now.Add(-31*time.Minute), now.Add(29*time.Minute)
		m.Requests[id] = r
	})
	reminded := func() bool { return len(b.told(t, runbook.EventReminder)) > 0 }
	require.Eventually(t, reminded, 2*time.Minute, time.Millisecond)
	stop()
	stopTwo := b.engine(t, "b")
	b.engine(t, "c")
	// A new request's expiry is noticed by both, so both have looked.
	b.expires(t, id)
	b.reaches(t, "prepare", store.Refused)
	stopTwo()
	require.Len(t, b.told(t, runbook.EventReminder), 1)
	require.False(t, b.request(t, id).RemindedAt.IsZero())
}

// A replica that hangs for ever keeps its lease; the others end what it holds, and when it wakes up nothing runs.
func TestAHungReplicaKeepsNoRequestOpen(t *testing.T) {
	t.Parallel()
	b := setup(t)
	wake := make(chan struct{})
	id := b.asked(t, func(w *world) { w.hang["draft"] = wake })
	stop := b.engine(t, "hung")
	require.Eventually(t, func() bool {
		held, err := b.store.Client().Get(context.Background(), "ferryman:{m}:lease:engine").Result()
		return err == nil && held == "hung"
	}, 2*time.Minute, time.Millisecond)
	b.engine(t, "b")
	b.expires(t, id)
	m := b.reaches(t, "prepare", store.Refused)
	require.Equal(t, approvals.Expired, m.Requests[id].Status)
	b.set(func(w *world) { w.hang = nil })
	close(wake)
	stop()
	require.Empty(t, b.did)
	require.Empty(t, b.consumed)
}

// What hangs in the replica itself ends with the request's time, or with the time for planning.
func TestWhatIsAskedAndNeverAnswersEndsInTime(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.planning = 100 * time.Millisecond
	b.set(func(w *world) { w.silent = true })
	b.engine(t, "a")
	b.command(t, "prepare")
	m := b.reaches(t, "prepare", store.Failed)
	require.Contains(t, m.Phases["prepare"].Error, "Prepare could not be planned within 100ms")
}

func TestAGrantedRequestWhoseStartNeverAnswersEndsWithItsTime(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.asked(t, func(w *world) { w.silent = true })
	b.change(t, func(m *store.Migration, now time.Time) {
		r := m.Requests[id]
		r.ExpiresAt = now.Add(700 * time.Millisecond)
		m.Requests[id] = r
	})
	b.engine(t, "a")
	m := b.reaches(t, "prepare", store.Refused)
	require.Equal(t, approvals.Expired, m.Requests[id].Status)
	require.Empty(t, b.did)
}

func TestAGrantedRequestWhoseProfileIsGoneEnds(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.asked(t, func(w *world) {
		w.fail["open"] = []error{&runbook.Problem{What: `There is no profile "m" in the configuration any more.`, Do: "Put it back and restart Ferryman."}}
	})
	b.engine(t, "a")
	m := b.reaches(t, "prepare", store.Failed)
	require.Equal(t, approvals.Void, m.Requests[id].Status)
	require.Contains(t, string(b.told(t, runbook.EventFailed)[0].Event.Data), "There is no profile")
	require.Empty(t, b.did)
}

func TestAPhaseWhoseRequestIsGoneEnds(t *testing.T) {
	t.Parallel()
	for _, status := range []store.PhaseStatus{store.Waiting, store.Granted, store.Holding} {
		b := setup(t)
		b.engine(t, "a")
		b.change(t, func(m *store.Migration, now time.Time) {
			*m.Phase("prepare") = store.Phase{Status: status, Run: 1, RequestID: "gone", Fingerprint: "f"}
		})
		b.reaches(t, "prepare", store.Refused)
		require.Contains(t, string(b.told(t, runbook.EventVoid)[0].Event.Data), "not there any more")
		require.Empty(t, b.did)
	}
}

// A document that a newer program has moved forward, or that was damaged, keeps no other migration's request open.
func TestAMigrationThatCantBeReadKeepsNoOtherWaiting(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := context.Background()
	id, stop := b.waits(t)
	stop()
	require.NoError(t, b.store.Client().SAdd(ctx, "ferryman:{index}:migrations", "newer", "damaged").Err())
	require.NoError(t, b.store.Client().HSet(ctx, "ferryman:{newer}:state", "version", 1, "doc", `{"schema_version":99}`).Err())
	require.NoError(t, b.store.Client().HSet(ctx, "ferryman:{damaged}:state", "version", 1, "doc", "{").Err())
	_, unreadable, err := b.store.Readable(ctx)
	require.NoError(t, err)
	require.Len(t, unreadable, 2)
	b.expires(t, id)
	b.engine(t, "b")
	b.reaches(t, "prepare", store.Refused)
}

func TestWhoAskedMustStillCommand(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.asked(t, func(w *world) { w.facts.OperatorsNow = []string{"OTHER"} })
	b.engine(t, "a")
	b.reaches(t, "prepare", store.Refused)
	require.Contains(t, string(b.told(t, runbook.EventVoid)[0].Event.Data), "\\u003c@DBA\\u003e does not count any more (asked for it, and is no operator any more)")
	require.Empty(t, b.consumed)
}

func TestOldRequestsAreDropped(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.two = "it drops things"
	b.engine(t, "a")
	var m *store.Migration
	for range 8 {
		b.command(t, "prepare")
		id := b.reaches(t, "prepare", store.Waiting).Phases["prepare"].RequestID
		b.expires(t, id)
		m = b.reaches(t, "prepare", store.Refused)
	}
	require.LessOrEqual(t, len(m.Requests), 4)
	asks := 0
	for name := range m.Facts {
		if len(name) > 4 && name[:4] == "ask:" {
			asks++
		}
	}
	require.Equal(t, len(m.Requests), asks)
}

// between is a calendar of one window.
func between(from, to time.Time) func(time.Time) (time.Time, time.Time, bool) {
	return func(now time.Time) (time.Time, time.Time, bool) {
		if now.Before(to) {
			return from, to, !now.Before(from)
		}
		return from.AddDate(0, 0, 7), to.AddDate(0, 0, 7), false
	}
}

func TestARequestNamesItsWindowAndEndsWithIt(t *testing.T) {
	t.Parallel()
	b := setup(t)
	now, err := b.store.Now(context.Background())
	require.NoError(t, err)
	from, to := now.Add(-time.Hour), now.Add(3*time.Hour)
	b.allowed = between(from, to)
	id, _ := b.waits(t)
	r := b.request(t, id)
	require.WithinDuration(t, to, r.ExpiresAt, time.Millisecond)
	require.WithinDuration(t, from, r.Window.From, time.Millisecond)
	require.WithinDuration(t, to, r.Window.To, time.Millisecond)
}

func TestAWindowThatClosedWhileThePlanWasMade(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.two = "it drops things"
	now, err := b.store.Now(context.Background())
	require.NoError(t, err)
	b.allowed = between(now.Add(-time.Hour), now.Add(-time.Minute))
	b.engine(t, "a")
	b.command(t, "prepare")
	m := b.reaches(t, "prepare", store.Refused)
	require.Empty(t, m.Requests)
	require.Contains(t, string(b.told(t, runbook.EventFailed)[0].Event.Data), "Its window closed while the plan was made")
}

func TestAWindowThatWasMovedVoids(t *testing.T) {
	t.Parallel()
	b := setup(t)
	now, err := b.store.Now(context.Background())
	require.NoError(t, err)
	b.allowed = between(now.Add(-time.Hour), now.Add(time.Hour))
	b.asked(t, func(w *world) { w.allowed = between(now.Add(time.Hour), now.Add(2*time.Hour)) })
	b.engine(t, "a")
	b.reaches(t, "prepare", store.Refused)
	require.Contains(t, string(b.told(t, runbook.EventVoid)[0].Event.Data), "prepare is not allowed at this time any more")
	require.Empty(t, b.did)
}

// Two replicas, one request after the other, votes and a gate that turns red and green: each is run once or not at all.
func TestManyRequestsOneAfterTheOther(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.two = "it drops things"
	b.engine(t, "a")
	b.engine(t, "b")
	for i := range 6 {
		b.set(func(w *world) { w.evidence = nil })
		b.command(t, "prepare")
		b.reaches(t, "prepare", store.Waiting)
		if i%2 == 0 {
			b.set(func(w *world) { w.evidence = red("no session") })
		}
		b.vote(t, "A", "B")
		if i%2 == 0 {
			b.reaches(t, "prepare", store.Holding)
			b.set(func(w *world) { w.evidence = nil })
		}
		b.reaches(t, "prepare", store.Complete)
	}
	b.set(func(w *world) {
		require.Len(t, w.did, 12)
		require.Len(t, w.consumed, 6)
		for id, n := range w.consumed {
			require.Equal(t, 1, n, fmt.Sprint(id))
		}
	})
}
