// SPDX-License-Identifier: Apache-2.0

package modeltest_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ferryman/ferryman/approvals"
	standin "github.com/ferryman/ferryman/internal/standin/slack"
	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/ferryman/ferryman/store"
	"github.com/stretchr/testify/require"
)

// ackLimit is how long Slack waits for the acknowledgement of a click at most. Looking for races takes the machine's time away, so it is not
// measured then.
const ackLimit = time.Second

// stormSize is how many people click how many approvals, each of them every one, all at once.
func stormSize() (people, requests int) {
	if full {
		return 50, 20
	}
	return 20, 5
}

// Everybody clicks everything at the same moment, through three replicas and within Slack's limits: every plan runs once, by two people who are
// named, and who did not count is told.
func TestAStormOfClicks(t *testing.T) {
	people, requests := stormSize()
	s := newStorm(t, people, requests)
	s.ask()
	took := s.clickAll()
	slices.Sort(took)
	s.calm()
	s.judge()
	t.Logf("%d clicks of %d people on %d requests: acknowledged within %s at the median, %s at the 99th percentile, %s at most; all done after %s",
		len(took), people, requests, took[len(took)/2], took[len(took)*99/100], took[len(took)-1], time.Since(s.began).Round(10*time.Millisecond))
	t.Logf("calls of users.info %d, of usergroups.users.list %d, of chat.update %d", s.slack.Calls("users.info"),
		s.slack.Calls("usergroups.users.list"), s.slack.Calls("chat.update"))
	if !testenv.Racing {
		require.LessOrEqual(t, took[len(took)-1], ackLimit, "the latest acknowledgement")
	}
}

// ask has every migration's plan asked for, and waits until each request is in its thread.
func (s *storm) ask() {
	for _, w := range s.worlds {
		answer, err := s.slack.As(standin.DBA).Command(s.ctx, s.channelOf(w), "/migrate-prepare "+w.name)
		require.NoError(s.t, err)
		require.Empty(s.t, answer.Error)
	}
	for _, w := range s.worlds {
		m, err := s.slack.WaitMessage(s.ctx, s.channelOf(w), func(m standin.Message) bool {
			return strings.Contains(s.slack.RenderText(m), "Prepare "+w.name+" needs two people")
		})
		require.NoError(s.t, err, "the request of %s", w.name)
		s.shown = append(s.shown, m)
	}
}

// clickAll has everybody click every request's Approve at once, as its message was shown to all before the first of them clicked, and returns how
// long each waited for the acknowledgement.
func (s *storm) clickAll() []time.Duration {
	var all sync.WaitGroup
	took := make([]time.Duration, len(s.people)*len(s.shown))
	failed := make([]error, len(took))
	start := make(chan struct{})
	for i, user := range s.people {
		for k := range s.shown {
			n := i*len(s.shown) + k
			message := s.shown[(i+k)%len(s.shown)]
			all.Go(func() {
				<-start
				began := time.Now()
				failed[n] = s.slack.As(user).PressStale(s.ctx, message, standin.ByAction(approve))
				took[n] = time.Since(began)
			})
		}
	}
	s.began = time.Now()
	close(start)
	all.Wait()
	for _, err := range failed {
		require.NoError(s.t, err)
	}
	return took
}

// calm waits until every plan has run and every click was handled.
func (s *storm) calm() {
	require.Eventually(s.t, func() bool {
		for _, w := range s.worlds {
			m, err := s.store.Load(s.ctx, w.name)
			if err != nil || m.Phase("prepare").Status != store.Complete {
				return false
			}
		}
		age, err := s.store.InboxAge(s.ctx)
		return err == nil && age == 0
	}, stormPatience, 50*time.Millisecond, "every plan has run, and every click was handled")
}

// judge: each plan ran once and names its two people, in Redis and on the target; everybody else was told of each of their clicks.
func (s *storm) judge() {
	counted := map[string]int{}
	for _, w := range s.worlds {
		m, err := s.store.Load(s.ctx, w.name)
		require.NoError(s.t, err)
		require.Len(s.t, m.Requests, 1)
		request := m.Requests[m.Phase("prepare").RequestID]
		require.Equal(s.t, approvals.Consumed, request.Status)
		chain, err := s.store.AuditFrom(s.ctx, w.name, 0)
		require.NoError(s.t, err)
		require.NoError(s.t, store.VerifyChain(chain))
		named := namedIn(chain, request.Fingerprint)
		require.Len(s.t, named, quorum, "two names for %s", w.name)
		for _, user := range named {
			require.Contains(s.t, s.people, user)
			counted[user]++
		}
		known, err := w.lane.targets[0].Chain(s.ctx, w.name)
		require.NoError(s.t, err)
		var onTarget []store.AuditEntry
		for _, c := range known {
			e, err := store.ParseAuditEntry(c.Entry)
			require.NoError(s.t, err)
			onTarget = append(onTarget, e)
		}
		require.Equal(s.t, named, namedIn(onTarget, request.Fingerprint), "the same two names on the target of %s", w.name)
		var rows, repeated int
		row := w.lane.pool.QueryRow(s.ctx, "SELECT count(*), count(*) FILTER (WHERE repeated) FROM executed WHERE approval = $1", request.ID)
		require.NoError(s.t, row.Scan(&rows, &repeated))
		require.Equal(s.t, w.plan.at(time.Now()).steps, rows, "each step of %s once", w.name)
		require.Zero(s.t, repeated)
	}
	for _, user := range s.people {
		told := 0
		for _, m := range s.slack.Ephemerals(user) {
			if strings.Contains(s.slack.RenderText(m), "That wasn't counted") {
				told++
			}
		}
		require.GreaterOrEqual(s.t, told, len(s.shown)-counted[user], "%s was told of each click that did not count", user)
	}
}

// namedIn are the people by whose yes a plan was started, in order.
func namedIn(chain []store.AuditEntry, plan string) (named []string) {
	for _, e := range chain {
		switch {
		case e.Object != plan:
		case e.What == "vote" && e.Outcome == "approve":
			named = append(named, e.Who)
		case e.What == "plan" && strings.HasPrefix(e.Outcome, startedWords):
			slices.Sort(named)
			return slices.Compact(named)
		}
	}
	return nil
}

func (s *storm) channelOf(w *world) string { return s.channels[w.name] }

// person is the id of the n-th.
func person(n int) string { return fmt.Sprintf("U0STORM%03d", n) }

// stormWorkspace is a workspace with so many approvers, and a channel for every two requests: Slack takes one message a second in each.
func stormWorkspace(people, channels int) standin.Workspace {
	workspace := standin.DefaultWorkspace()
	group := standin.Group{ID: standin.Approvers, Handle: "db-approvers", Name: "Database approvers"}
	members := []string{standin.DBA, standin.BotUserID}
	for n := range people {
		member := standin.Member{ID: person(n), Name: fmt.Sprintf("person%d", n), RealName: fmt.Sprintf("Person %d", n), Kind: standin.Regular}
		workspace.Members = append(workspace.Members, member)
		group.Members, members = append(group.Members, person(n)), append(members, person(n))
	}
	workspace.Groups = []standin.Group{group}
	for n := range channels {
		channel := standin.Channel{ID: stormChannel(n), Name: fmt.Sprintf("storm-%d", n), Members: slices.Clone(members)}
		workspace.Channels = append(workspace.Channels, channel)
	}
	return workspace
}

func stormChannel(n int) string { return fmt.Sprintf("C0STORM%03d", n) }
