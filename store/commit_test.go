// SPDX-License-Identifier: Apache-2.0

package store_test

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/ferryman/ferryman/store"
	"github.com/stretchr/testify/require"
)

func openStore(t *testing.T) *store.Store {
	t.Helper()
	s, err := store.Open(context.Background(), testenv.Redis(t))
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func migration(name string) *store.Migration {
	return &store.Migration{Name: name, Channel: "C1", OpenedBy: "U1"}
}

func TestCreateOnce(t *testing.T) {
	t.Parallel()
	ctx, s := context.Background(), openStore(t)
	m, err := s.Create(ctx, migration("m"), store.Change{Audit: []store.Audit{{What: "command", Who: "U1"}}})
	require.NoError(t, err)
	require.EqualValues(t, 1, m.Version)
	_, err = s.Create(ctx, migration("m"), store.Change{})
	require.ErrorIs(t, err, store.ErrExists)
	_, err = s.Load(ctx, "other")
	require.ErrorIs(t, err, store.ErrNotFound)
	all, err := s.List(ctx)
	require.NoError(t, err)
	require.Len(t, all, 1)
}

func TestConcurrentUpdatesAreNotLost(t *testing.T) {
	t.Parallel()
	ctx, s := context.Background(), openStore(t)
	_, err := s.Create(ctx, migration("m"), store.Change{})
	require.NoError(t, err)
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			_, err := s.Update(ctx, "m", func(m *store.Migration, _ time.Time) (store.Change, error) {
				return store.Change{Audit: []store.Audit{{What: "n", Who: fmt.Sprint(i)}}}, m.SetFact(fmt.Sprint(i), i)
			})
			require.NoError(t, err)
		})
	}
	wg.Wait()
	m, err := s.Load(ctx, "m")
	require.NoError(t, err)
	require.Len(t, m.Facts, 20)
	log, err := s.AuditLog(ctx, "m")
	require.NoError(t, err)
	require.Len(t, log, 20)
	for i, e := range log {
		require.EqualValues(t, i+1, e.Seq)
		if i > 0 {
			require.Equal(t, log[i-1].Hash, e.Prev)
		}
	}
	require.Equal(t, m.AuditHead, log[19].Hash)
}

// Redis is set back while a decision is made, and goes on from there to a document of the same number: what was decided on the other
// one can't be committed on this.
func TestNothingIsCommittedOnAnotherCourseOfEvents(t *testing.T) {
	t.Parallel()
	ctx, s := context.Background(), openStore(t)
	said := func(what string) func(*store.Migration, time.Time) (store.Change, error) {
		return func(*store.Migration, time.Time) (store.Change, error) {
			return store.Change{Audit: []store.Audit{{What: what}}}, nil
		}
	}
	m, err := s.Create(ctx, migration("m"), store.Change{Audit: []store.Audit{{What: "command"}}})
	require.NoError(t, err)
	saved := map[string]string{}
	for _, key := range []string{"ferryman:{m}:state", "ferryman:{m}:audit"} {
		saved[key], err = s.Client().Dump(ctx, key).Result()
		require.NoError(t, err)
	}
	forgotten, err := s.Update(ctx, "m", said("forgotten"))
	require.NoError(t, err)
	var heads []string
	last, err := s.Update(ctx, "m", func(m *store.Migration, now time.Time) (store.Change, error) {
		heads = append(heads, m.AuditHead)
		if len(heads) == 1 {
			for key, dump := range saved {
				require.NoError(t, s.Client().RestoreReplace(ctx, key, 0, dump).Err())
			}
			other, err := s.Update(ctx, "m", said("instead"))
			require.NoError(t, err)
			require.Equal(t, forgotten.Version, other.Version)
		}
		return said("decided")(m, now)
	})
	require.NoError(t, err)
	require.Len(t, heads, 2, "it was decided afresh")
	log, err := s.AuditLog(ctx, "m")
	require.NoError(t, err)
	require.NoError(t, store.VerifyChain(log))
	require.Equal(t, "instead", log[1].What)
	require.EqualValues(t, 3, last.Version)

	_, err = s.Adopt(ctx, store.Adoption{Migration: m, Over: forgotten})
	require.ErrorIs(t, err, store.ErrMoved)
}

func TestACommandIsCarriedOutOnce(t *testing.T) {
	t.Parallel()
	ctx, s := context.Background(), openStore(t)
	_, err := s.Create(ctx, migration("m"), store.Change{})
	require.NoError(t, err)
	act := func(m *store.Migration, _ time.Time) (store.Change, error) {
		m.Phase("load").Run++
		return store.Change{CommandID: "c1"}, nil
	}
	_, err = s.Update(ctx, "m", act)
	require.NoError(t, err)
	_, err = s.Update(ctx, "m", act)
	require.ErrorIs(t, err, store.ErrSeen)
	m, err := s.Load(ctx, "m")
	require.NoError(t, err)
	require.Equal(t, 1, m.Phases["load"].Run)
}

func TestNothingIsWrittenPastItsTime(t *testing.T) {
	t.Parallel()
	ctx, s := context.Background(), openStore(t)
	_, err := s.Create(ctx, migration("m"), store.Change{})
	require.NoError(t, err)
	calls := 0
	_, err = s.Update(ctx, "m", func(m *store.Migration, now time.Time) (store.Change, error) {
		calls++
		if calls > 1 {
			return store.Change{}, store.ErrNoChange
		}
		m.Profile = "late"
		return store.Change{NotAfter: now.Add(-time.Second)}, nil
	})
	require.NoError(t, err)
	require.Equal(t, 2, calls, "a late decision is made afresh")
	m, err := s.Load(ctx, "m")
	require.NoError(t, err)
	require.Empty(t, m.Profile)
}

func TestMessagesGoOutWithTheCommit(t *testing.T) {
	t.Parallel()
	ctx, s := context.Background(), openStore(t)
	event := store.Event{Kind: "x"}
	_, err := s.Create(ctx, migration("m"), store.Change{Outgoing: []store.Outgoing{
		{ID: "1", Migration: "m", Key: "a", Priority: store.Normal, Event: event},
		{ID: "2", Migration: "m", Key: "p", Priority: store.Progress, Event: event},
		{ID: "3", Migration: "m", Key: "p", Priority: store.Progress, Event: event},
	}})
	require.NoError(t, err)
	n, err := s.Client().LLen(ctx, store.OutboxKey("m")).Result()
	require.NoError(t, err)
	require.EqualValues(t, 1, n)
	latest, err := s.Client().HGet(ctx, store.ProgressKey("m"), "p").Bytes()
	require.NoError(t, err)
	var o store.Outgoing
	require.NoError(t, json.Unmarshal(latest, &o))
	require.Equal(t, "3", o.ID)
}

func TestANewerDocumentIsRefused(t *testing.T) {
	t.Parallel()
	ctx, s := context.Background(), openStore(t)
	require.NoError(t, s.Client().HSet(ctx, "ferryman:{m}:state", "version", 1, "doc", `{"schema_version":99}`).Err())
	_, err := s.Load(ctx, "m")
	var newer *store.NewerError
	require.ErrorAs(t, err, &newer)
}

func TestAPlanIsWhatItsFingerprintSays(t *testing.T) {
	t.Parallel()
	ctx, s := context.Background(), openStore(t)
	fp, err := s.PutPlan(ctx, "m", []byte(`{"steps":[]}`))
	require.NoError(t, err)
	got, err := s.Plan(ctx, "m", fp)
	require.NoError(t, err)
	require.JSONEq(t, `{"steps":[]}`, string(got))
	require.NoError(t, s.Client().Set(ctx, "ferryman:{m}:plan:"+fp, `{"steps":[1]}`, 0).Err())
	_, err = s.Plan(ctx, "m", fp)
	require.ErrorContains(t, err, "was changed in Redis")
}

func TestALeaseHasOneHolder(t *testing.T) {
	t.Parallel()
	ctx, s := context.Background(), openStore(t)
	a, err := s.Acquire(ctx, "m", "engine", "a", time.Minute)
	require.NoError(t, err)
	require.NotNil(t, a)
	b, err := s.Acquire(ctx, "m", "engine", "b", time.Minute)
	require.NoError(t, err)
	require.Nil(t, b)
	held, err := a.Renew(ctx)
	require.NoError(t, err)
	require.True(t, held)
	require.NoError(t, a.Release(ctx))
	b, err = s.Acquire(ctx, "m", "engine", "b", time.Minute)
	require.NoError(t, err)
	require.NotNil(t, b)
	held, err = a.Renew(ctx)
	require.NoError(t, err)
	require.False(t, held)
}
