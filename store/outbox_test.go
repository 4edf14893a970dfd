// SPDX-License-Identifier: Apache-2.0

package store_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/ferryman/ferryman/store"
	"github.com/stretchr/testify/require"
)

func inboxStore(t *testing.T) *store.Store {
	t.Helper()
	s, err := store.Open(context.Background(), testenv.Redis(t))
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func leased(t *testing.T, s *store.Store, migration, owner string) *store.Lease {
	t.Helper()
	lease, err := s.Acquire(context.Background(), migration, store.OutboxLease, owner, time.Minute)
	require.NoError(t, err)
	require.NotNil(t, lease)
	return lease
}

func push(t *testing.T, s *store.Store, migration string, messageKeys ...string) {
	t.Helper()
	for i, k := range messageKeys {
		body, err := json.Marshal(store.Outgoing{ID: fmt.Sprintf("%s-%d", k, i), Migration: migration, Key: k, Priority: store.Normal})
		require.NoError(t, err)
		require.NoError(t, s.Client().RPush(context.Background(), store.OutboxKey(migration), body).Err())
	}
}

func TestOutboxIsInOrderThenWhatIsNewAndEditsOnlyInTheirTurn(t *testing.T) {
	t.Parallel()
	s := inboxStore(t)
	ctx := context.Background()
	leased(t, s, "box", "a")
	progress := func(key, id string) {
		require.NoError(t, s.PutProgress(ctx, store.Outgoing{ID: id, Migration: "box", Key: key, Priority: store.Progress}))
	}
	progress("root", "old")
	progress("root", "new")
	progress("load", "load-1")
	push(t, s, "box", "one", "two")
	var got []string
	for {
		o, err := s.NextOutgoing(ctx, "box", "a")
		require.NoError(t, err)
		if o == nil {
			break
		}
		got = append(got, o.ID)
		require.NoError(t, s.DoneOutgoing(ctx, "a", o, &store.Posted{Channel: "C1", TS: o.ID, At: time.UnixMilli(1)}))
		if o.ID == "load-1" { // From now on its message is there.
			progress("load", "load-2")
		}
	}
	require.Equal(t, []string{"one-0", "two-1", "load-1", "new"}, got)

	require.NoError(t, s.Client().SAdd(ctx, "ferryman:{index}:migrations", "box").Err())
	waiting, err := s.WaitingOutboxes(ctx)
	require.NoError(t, err)
	require.Len(t, waiting, 1)
	require.False(t, waiting[0].Ordered)
	require.Len(t, waiting[0].Edits, 1)
	require.Equal(t, "load", waiting[0].Edits[0].Key)
	require.Equal(t, int64(1), waiting[0].Edits[0].Shown.UnixMilli())

	push(t, s, "box", "three")
	o, err := s.NextEdit(ctx, "box", "a", "load")
	require.NoError(t, err)
	require.Nil(t, o, "what is in order goes first")
	o, err = s.NextOutgoing(ctx, "box", "a")
	require.NoError(t, err)
	require.NoError(t, s.DoneOutgoing(ctx, "a", o, nil))
	o, err = s.NextEdit(ctx, "box", "a", "load")
	require.NoError(t, err)
	require.Equal(t, "load-2", o.ID)
	again, err := s.NextOutgoing(ctx, "box", "a")
	require.NoError(t, err)
	require.Equal(t, "load-2", again.ID, "taken without an outcome, it is everybody's")
}

func TestWhatAMessageShowsCanBeShownAgainUnlessSomethingNewerCame(t *testing.T) {
	t.Parallel()
	s := inboxStore(t)
	ctx := context.Background()
	leased(t, s, "box", "a")
	require.NoError(t, s.ShowAgain(ctx, "box", "load"), "of a message that is not there, nothing")
	push(t, s, "box", "load")
	o, err := s.NextOutgoing(ctx, "box", "a")
	require.NoError(t, err)
	at := time.UnixMilli(1700000000123).UTC()
	require.NoError(t, s.DoneOutgoing(ctx, "a", o, &store.Posted{Channel: "C1", TS: "1.1", At: at, Sum: "abc"}))
	for range 2 {
		require.NoError(t, s.ShowAgain(ctx, "box", "load"))
		posted, _, err := s.PostedMessage(ctx, "box", "load")
		require.NoError(t, err)
		require.Equal(t, store.Posted{Channel: "C1", TS: "1.1", At: at}, posted, "what it shows is not known any more")
		o, err = s.NextOutgoing(ctx, "box", "a")
		require.NoError(t, err)
		require.True(t, o.Again)
		require.Equal(t, "load-0", o.ID)
		require.NoError(t, s.DoneOutgoing(ctx, "a", o, &posted))
	}
}

func TestOutgoingWithoutAnOutcomeIsGivenAgainWithItsStage(t *testing.T) {
	t.Parallel()
	s := inboxStore(t)
	ctx := context.Background()
	lease := leased(t, s, "box", "a")
	push(t, s, "box", "one", "two")
	o, err := s.NextOutgoing(ctx, "box", "a")
	require.NoError(t, err)
	require.Equal(t, store.Taken, o.Stage)
	require.NoError(t, s.MarkOutgoing(ctx, "a", o, store.Posting))
	require.NoError(t, lease.Release(ctx))

	leased(t, s, "box", "b")
	again, err := s.NextOutgoing(ctx, "box", "b")
	require.NoError(t, err)
	require.Equal(t, o.ID, again.ID)
	require.Equal(t, store.Posting, again.Stage)
	require.WithinDuration(t, time.Now(), again.Since, 10*time.Second)
	first := again.Since
	require.NoError(t, s.MarkOutgoing(ctx, "b", again, store.Posting))
	require.Equal(t, first, again.Since, "it may be in Slack since the first try")
	require.NoError(t, s.DoneOutgoing(ctx, "b", again, nil))
	next, err := s.NextOutgoing(ctx, "box", "b")
	require.NoError(t, err)
	require.Equal(t, "two", next.Key)
	require.Equal(t, store.Taken, next.Stage)
}

func TestWhoLostTheLeaseSendsNothing(t *testing.T) {
	t.Parallel()
	s := inboxStore(t)
	ctx := context.Background()
	lease := leased(t, s, "box", "a")
	push(t, s, "box", "one")
	o, err := s.NextOutgoing(ctx, "box", "a")
	require.NoError(t, err)
	require.NoError(t, lease.Release(ctx))
	leased(t, s, "box", "b")
	_, err = s.NextOutgoing(ctx, "box", "a")
	require.ErrorIs(t, err, store.ErrLeaseLost)
	require.ErrorIs(t, s.MarkOutgoing(ctx, "a", o, store.Posting), store.ErrLeaseLost)
	require.ErrorIs(t, s.DoneOutgoing(ctx, "a", o, &store.Posted{Channel: "C1", TS: "1.1"}), store.ErrLeaseLost)
	_, found, err := s.PostedMessage(ctx, "box", "one")
	require.NoError(t, err)
	require.False(t, found)
}

func TestPostedIsFoundByKeyAndByPlace(t *testing.T) {
	t.Parallel()
	s := inboxStore(t)
	ctx := context.Background()
	leased(t, s, "box", "a")
	send := func(ts string) {
		push(t, s, "box", "approval:1")
		o, err := s.NextOutgoing(ctx, "box", "a")
		require.NoError(t, err)
		require.NoError(t, s.DoneOutgoing(ctx, "a", o, &store.Posted{Channel: "C1", TS: ts}))
	}
	send("1.1")
	key, found, err := s.FindPosted(ctx, "box", "C1", "1.1")
	require.NoError(t, err)
	require.True(t, found)
	require.Equal(t, "approval:1", key)
	for _, place := range [][2]string{{"C2", "1.1"}, {"C1", "1.2"}} {
		_, found, err = s.FindPosted(ctx, "box", place[0], place[1])
		require.NoError(t, err)
		require.False(t, found)
	}
	send("1.1")
	_, found, err = s.FindPosted(ctx, "box", "C1", "1.1")
	require.NoError(t, err)
	require.True(t, found, "an edit leaves it where it is")
	send("2.2")
	_, found, err = s.FindPosted(ctx, "box", "C1", "1.1")
	require.NoError(t, err)
	require.False(t, found, "what was replaced does not count any more")
	posted, found, err := s.PostedMessage(ctx, "box", "approval:1")
	require.NoError(t, err)
	require.True(t, found)
	require.Equal(t, "2.2", posted.TS)
}

func TestWaitingOutboxesAreListedAndWoken(t *testing.T) {
	t.Parallel()
	s := inboxStore(t)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	require.NoError(t, s.Client().SAdd(ctx, "ferryman:{index}:migrations", "box", "empty").Err())
	waiting, err := s.WaitingOutboxes(ctx)
	require.NoError(t, err)
	require.Empty(t, waiting)

	wakes := s.Wakes(ctx)
	require.Eventually(t, func() bool {
		n, err := s.Client().PubSubNumSub(ctx, store.WakeChannel).Result()
		return err == nil && n[store.WakeChannel] > 0
	}, 2*time.Minute, 10*time.Millisecond)
	s.Wake(ctx, "box")
	for name := ""; name != "box"; { // The channel is the same for all databases of a server, and so for other tests.
		name = <-wakes
	}
	require.NoError(t, s.PutProgress(ctx, store.Outgoing{ID: "1", Migration: "box", Key: "root", Priority: store.Progress}))
	waiting, err = s.WaitingOutboxes(ctx)
	require.NoError(t, err)
	require.Len(t, waiting, 1)
	require.Equal(t, "box", waiting[0].Migration)
	require.True(t, waiting[0].Ordered, "it is new to the thread")

	leased(t, s, "box", "a")
	_, err = s.NextOutgoing(ctx, "box", "a")
	require.NoError(t, err)
	waiting, err = s.WaitingOutboxes(ctx)
	require.NoError(t, err)
	require.Len(t, waiting, 1, "what was taken and has no outcome waits too")
}
