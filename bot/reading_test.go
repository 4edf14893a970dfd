// SPDX-License-Identifier: Apache-2.0

package bot_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/ferryman/ferryman/approvals"
	"github.com/ferryman/ferryman/bot"
	standin "github.com/ferryman/ferryman/internal/standin/slack"
	"github.com/stretchr/testify/require"
)

// atOnce lets n ask at the same time and returns their errors.
func atOnce(n int, ask func(i int) error) []error {
	var all sync.WaitGroup
	errs := make([]error, n)
	for i := range n {
		all.Go(func() { errs[i] = ask(i) })
	}
	all.Wait()
	return errs
}

func TestAllReplicasShareOneReading(t *testing.T) {
	t.Parallel()
	w := newWorld(t, standin.Options{}) // as strict as Slack
	replicas := []*bot.Slack{w.sharing(bot.Limits{}), w.sharing(bot.Limits{}), w.sharing(bot.Limits{})}
	for _, err := range atOnce(60, func(i int) error {
		if _, _, err := replicas[i%3].GroupMembers(w.ctx, standin.Approvers, approvals.FactsFor); err != nil {
			return err
		}
		_, read, err := replicas[i%3].Person(w.ctx, standin.Lead, approvals.FactsFor)
		if err == nil && (read.At.IsZero() || read.Age > approvals.FactsFor) {
			return fmt.Errorf("a reading of %s, %s old", read.At, read.Age)
		}
		return err
	}) {
		require.NoError(t, err)
	}
	require.Equal(t, 1, w.slack.Calls("usergroups.users.list"))
	require.Equal(t, 1, w.slack.Calls("users.info"))
}

func TestAnewMeansAfterTheQuestion(t *testing.T) {
	t.Parallel()
	w := newWorld(t, unlimited)
	s := w.sharing(bot.Limits{})
	before, read, err := s.Person(w.ctx, standin.Lead, approvals.FactsFor)
	require.NoError(t, err)
	require.False(t, before.Deleted)
	require.NoError(t, w.slack.Deactivate(standin.Lead))
	p, again, err := s.Person(w.ctx, standin.Lead, approvals.FactsFor)
	require.NoError(t, err)
	require.Equal(t, before, p, "what was read a moment ago")
	require.Equal(t, read.At, again.At)

	asked, err := w.store.Now(w.ctx)
	require.NoError(t, err)
	p, read, err = s.Person(w.ctx, standin.Lead, 0)
	require.NoError(t, err)
	require.True(t, p.Deleted)
	require.False(t, read.At.Before(asked.Truncate(time.Millisecond)))
	p, _, err = w.sharing(bot.Limits{}).Person(w.ctx, standin.Lead, approvals.FactsFor)
	require.NoError(t, err)
	require.True(t, p.Deleted, "what one replica reads anew, all know")
}

func TestAReadingIsOfUseForItsAgeAndNoLonger(t *testing.T) {
	t.Parallel()
	w := newWorld(t, unlimited)
	s := w.sharing(bot.Limits{})
	now, err := w.store.Now(w.ctx)
	require.NoError(t, err)
	was := []byte(`{"ID":"` + standin.Lead + `","Name":"as it was"}`)
	require.NoError(t, w.store.PutShared(w.ctx, "user:"+standin.Lead, "x", now.Add(-time.Hour), was))
	p, read, err := s.Person(w.ctx, standin.Lead, 2*time.Hour)
	require.NoError(t, err)
	require.Equal(t, "as it was", p.Name)
	require.GreaterOrEqual(t, read.Age, time.Hour)
	p, _, err = s.Person(w.ctx, standin.Lead, 59*time.Minute)
	require.NoError(t, err)
	require.Equal(t, "lead", p.Name, "it was too old, and read anew")

	// A clock that was set back makes a reading of the future, of which nobody knows how old it is.
	require.NoError(t, w.store.PutShared(w.ctx, "user:"+standin.DBA, "x", now.Add(time.Hour), []byte(`{"ID":"`+standin.DBA+`","Bot":true}`)))
	p, _, err = s.Person(w.ctx, standin.DBA, 2*time.Hour)
	require.NoError(t, err)
	require.False(t, p.Bot)
	calls := w.slack.Calls("users.info")
	_, _, err = w.sharing(bot.Limits{}).Person(w.ctx, standin.DBA, 2*time.Hour)
	require.NoError(t, err)
	require.Equal(t, calls, w.slack.Calls("users.info"), "what was read in its place is shared")
}

func TestAFailureIsToldToThoseWhoWaitedAndNotKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t, unlimited)
	s := w.sharing(bot.Limits{})
	w.slack.FailNext("users.info", 1, "internal_error")
	_, _, err := s.Person(w.ctx, standin.Lead, approvals.FactsFor)
	require.ErrorContains(t, err, "internal_error")
	_, _, err = s.Person(w.ctx, standin.Lead, approvals.FactsFor)
	require.NoError(t, err, "the next who asks reaches Slack")

	w.slack.DropNext("usergroups.users.list", 1)
	_, _, err = s.GroupMembers(w.ctx, standin.Approvers, approvals.FactsFor)
	require.NoError(t, err, "a connection that broke is no answer")
	require.Equal(t, 2, w.slack.Calls("usergroups.users.list"))

	w.slack.DropNext("users.info", 100)
	before := w.slack.Calls("users.info")
	for _, err := range atOnce(30, func(int) error {
		_, _, err := s.Person(w.ctx, standin.OnCall, approvals.FactsFor)
		return err
	}) {
		require.Error(t, err, "nobody counts while Slack can't be asked")
	}
	require.LessOrEqual(t, w.slack.Calls("users.info")-before, 9, "they do not all ask for themselves")
}

func TestWaitingForATurnIsNoRefusal(t *testing.T) {
	t.Parallel()
	w := newWorld(t, unlimited)
	s := w.sharing(bot.Limits{Person: bot.Rate{PerMinute: 120, Burst: 1}})
	start := time.Now()
	for _, err := range atOnce(4, func(i int) error {
		user := []string{standin.DBA, standin.Lead, standin.OnCall, standin.GuestID}[i]
		_, _, err := s.Person(w.ctx, user, approvals.FactsFor)
		return err
	}) {
		require.NoError(t, err)
	}
	require.Greater(t, time.Since(start), 1200*time.Millisecond)

	w.slack.LimitNext("users.info", 1, time.Second)
	_, _, err := s.Person(w.ctx, standin.BotUserID, approvals.FactsFor)
	require.NoError(t, err, "Slack asked to wait, and was waited for")

	slow := w.sharing(bot.Limits{Group: bot.Rate{PerMinute: 1, Burst: 1}})
	_, _, err = slow.GroupMembers(w.ctx, standin.Approvers, 0)
	require.NoError(t, err)
	short, cancel := context.WithTimeout(w.ctx, 300*time.Millisecond)
	defer cancel()
	_, _, err = slow.GroupMembers(short, standin.Approvers, 0)
	require.ErrorContains(t, err, "no turn in time")
	require.ErrorIs(t, err, context.DeadlineExceeded)
}

func TestAReaderThatDiedIsSucceeded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, unlimited)
	_, err := w.store.LookShared(w.ctx, "user:"+standin.Lead, "dead", "", time.Time{}, approvals.FactsFor)
	require.NoError(t, err)
	key := "ferryman:{slack}:read:user:" + standin.Lead
	require.NoError(t, w.store.Client().HSet(w.ctx, key, "until", time.Now().Add(300*time.Millisecond).UnixMilli()).Err())
	p, _, err := w.sharing(bot.Limits{}).Person(w.ctx, standin.Lead, approvals.FactsFor)
	require.NoError(t, err)
	require.Equal(t, standin.Lead, p.ID)

	// What the dead one brings when it wakes up is older than what is known.
	require.NoError(t, w.store.PutShared(w.ctx, "user:"+standin.Lead, "dead", time.Now().Add(-time.Hour), []byte(`{"ID":"`+standin.Lead+`","Bot":true}`)))
	p, _, err = w.sharing(bot.Limits{}).Person(w.ctx, standin.Lead, approvals.FactsFor)
	require.NoError(t, err)
	require.False(t, p.Bot)
}

func TestWhatIsReadCanNotBePoisoned(t *testing.T) {
	t.Parallel()
	w := newWorld(t, unlimited)
	s := w.sharing(bot.Limits{})
	for _, id := range []string{"", "U1:x", "U0000\nLEAD", "u00000lead", "U00000LEAD}", "{in}", "../x", "U" + fmt.Sprint(make([]int, 100))} {
		_, _, err := s.Person(w.ctx, id, approvals.FactsFor)
		require.Error(t, err, id)
		_, _, err = s.GroupMembers(w.ctx, id, approvals.FactsFor)
		require.Error(t, err, id)
	}
	keys, err := w.store.Client().Keys(w.ctx, "ferryman:{slack}:read:*").Result()
	require.NoError(t, err)
	require.Empty(t, keys)
	require.Zero(t, w.slack.Calls("users.info"))

	// A name is what its owner chose; it stays a name.
	w.slack.SetMember(standin.Member{ID: "U0MALLORY0", Name: `m","ID":"` + standin.Lead + `","Guest":false,"x":"`, Kind: standin.Guest})
	p, _, err := s.Person(w.ctx, "U0MALLORY0", approvals.FactsFor)
	require.NoError(t, err)
	require.Equal(t, "U0MALLORY0", p.ID)
	require.True(t, p.Guest)

	// Another's reading under one's own key does not make one the other.
	require.NoError(t, w.store.PutShared(w.ctx, "user:"+standin.GuestID, "x", time.Now(), []byte(`{"ID":"`+standin.Lead+`"}`)))
	_, _, err = s.Person(w.ctx, standin.GuestID, approvals.FactsFor)
	require.ErrorContains(t, err, "not what Slack said")
}
