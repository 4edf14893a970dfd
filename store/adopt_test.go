// SPDX-License-Identifier: Apache-2.0

package store_test

import (
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/ferryman/ferryman/store"
	"github.com/stretchr/testify/require"
)

func message(key string, at time.Time) store.Outgoing {
	return store.Outgoing{ID: "id-" + key, Migration: "box", Key: key, Priority: store.Normal, Event: store.Event{Kind: "said", At: at}}
}

// On one server and on three that share the keys: an adoption replaces what is there whole, the places are found again, and a finished
// migration leaves nothing behind.
func TestAnAdoptionReplacesWhatIsThere(t *testing.T) {
	t.Parallel()
	cluster := testenv.Cluster(t, 0, nil)
	require.NoError(t, cluster.Patient(t.Context()))
	for name, url := range map[string]string{"one": testenv.Redis(t), "cluster": cluster.URL()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := t.Context()
			s, err := store.Open(ctx, url)
			require.NoError(t, err)
			t.Cleanup(func() { _ = s.Close() })
			old, err := s.Create(ctx, &store.Migration{Name: "box", Channel: "C1"}, store.Change{
				Audit: []store.Audit{{What: "command", Who: "U1"}}, Outgoing: []store.Outgoing{message(store.RootKey, time.Now())}})
			require.NoError(t, err)
			lines, err := s.AuditLines(ctx, "box", 0)
			require.NoError(t, err)

			fresh := &store.Migration{Name: "box", Channel: "C2", Version: 7, AuditSeq: old.AuditSeq, AuditHead: old.AuditHead}
			adoption := store.Adoption{Migration: fresh, Over: old, Chain: lines,
				Posted: map[string]store.Posted{store.RootKey: {Channel: "C2", TS: "1.0"}, "a": {Channel: "C2", TS: "2.0"}},
				Change: store.Change{CommandID: "c1", Audit: []store.Audit{{What: "adopted", Who: "U2"}}, Outgoing: []store.Outgoing{message("adopted", time.Now())}}}
			after, err := s.Adopt(ctx, adoption)
			require.NoError(t, err)
			require.Greater(t, after.Version, time.Now().Add(-time.Hour).UnixMilli(), "nobody who still holds an older document can commit it")
			require.Equal(t, int64(2), after.AuditSeq)
			entries, err := s.AuditLog(ctx, "box")
			require.NoError(t, err)
			require.NoError(t, store.VerifyChain(entries))
			require.Len(t, entries, 2)
			waiting, err := s.Waiting(ctx, "box")
			require.NoError(t, err)
			require.Len(t, waiting, 1, "what waited was of the document that was replaced")
			require.Equal(t, "adopted", waiting[0].Key)
			key, found, err := s.FindPosted(ctx, "box", "C2", "2.0")
			require.NoError(t, err)
			require.True(t, found)
			require.Equal(t, "a", key)
			_, err = s.Adopt(ctx, adoption)
			require.ErrorIs(t, err, store.ErrMoved)
			adoption.Over = after
			_, err = s.Adopt(ctx, adoption)
			require.ErrorIs(t, err, store.ErrSeen)

			lease, err := s.Acquire(ctx, "box", store.OutboxLease, "me", time.Minute)
			require.NoError(t, err)
			require.NotNil(t, lease)
			require.NoError(t, s.ForgetThreads(ctx))
			unread, err := s.ThreadUnread(ctx, "box")
			require.NoError(t, err)
			require.True(t, unread)
			require.ErrorIs(t, s.Relink(ctx, "box", "another", nil, nil, nil), store.ErrLeaseLost)
			require.NoError(t, s.Relink(ctx, "box", "me", map[string]store.Posted{"a": {Channel: "C2", TS: "3.0"}}, waiting, []store.Outgoing{message("a", time.Now())}))
			_, found, err = s.FindPosted(ctx, "box", "C2", "2.0")
			require.NoError(t, err)
			require.False(t, found, "a message that another took the place of")
			waiting, err = s.Waiting(ctx, "box")
			require.NoError(t, err)
			require.Len(t, waiting, 1)
			require.Equal(t, "a", waiting[0].Key)
			unread, err = s.ThreadUnread(ctx, "box")
			require.NoError(t, err)
			require.False(t, unread)

			require.NoError(t, s.PutFinished(ctx, store.Finished{Name: "box", File: "f"}))
			for range 2 {
				require.NoError(t, s.Remove(ctx, "box"))
			}
			_, err = s.Load(ctx, "box")
			require.ErrorIs(t, err, store.ErrNotFound)
			lines, err = s.AuditLines(ctx, "box", 0)
			require.NoError(t, err)
			require.Empty(t, lines)
			all, err := s.List(ctx)
			require.NoError(t, err)
			require.Empty(t, all)
			f, err := s.Finished(ctx, "box")
			require.NoError(t, err)
			require.Equal(t, "f", f.File)
		})
	}
}

func TestABeatThatFellTellsOfARedisThatWentBack(t *testing.T) {
	t.Parallel()
	s, err := store.Open(t.Context(), testenv.Redis(t))
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	n, err := s.LastBeat(t.Context())
	require.NoError(t, err)
	require.Zero(t, n)
	for want := range int64(3) {
		n, err = s.Beat(t.Context())
		require.NoError(t, err)
		require.Equal(t, want+1, n)
	}
	wipe(t, s)
	n, err = s.LastBeat(t.Context())
	require.NoError(t, err)
	require.Zero(t, n)
}
